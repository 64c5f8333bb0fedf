/* asar_seal: what a program of Electron says of the archives that it loads (docs/format/asar.md): the
 * resource ElectronAsar of type Integrity, a JSON text such as
 *
 *     [{"file":"resources\\app.asar","alg":"SHA256","value":"<hex>"}]
 *
 *     struct asar_seals seals = asar_seals_of(&job, text);
 *     while (asar_seal_next(&seals, &seal))
 *         ...
 *     asar_seals_end(&seals);
 */
#ifndef FORMAT_ASAR_SEAL_H
#define FORMAT_ASAR_SEAL_H

#include "format/json.h"

struct asar_seal {
    const char *file;   /* stored form, with / between names; until the next one */
    bool known;         /* a SHA-256 is given */
    uint8_t sha256[32]; /* of the archive's directory, the JSON text in front of its members */
};

struct asar_seals {
    struct json json;
    struct text file, value;
};

struct asar_seals asar_seals_of(struct job *job, struct span text); /* `text` must stay */
void asar_seals_end(struct asar_seals *seals);

/* The next one that names a file; false at the end, and with a fault in the job where the text is no JSON. */
bool asar_seal_next(struct asar_seals *seals, struct asar_seal *ret);

#endif
