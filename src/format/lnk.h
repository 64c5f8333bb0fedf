/* lnk: a Shell link, *.lnk ([MS-SHLLINK]; docs/format/lnk.md).
 *
 * What it says of its target: times, size, the volume that it lay on, the machine. Strings are borrowed from
 * the bytes, and UTF-16LE or bytes of an 8-bit code page as their flag says. Damage behind the header is
 * noted, and what comes before it holds. Lists of shell items are passed over. */
#ifndef FORMAT_LNK_H
#define FORMAT_LNK_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum { LNK_SIZE = 1 << 20, LNK_BLOCKS = 64 }; /* bytes that are read at most; extra data blocks */

struct lnk_string {
    struct span text;
    bool wide; /* UTF-16LE */
};

struct lnk {
    uint32_t flags, attributes;           /* [MS-SHLLINK] 2.1.1 and 2.1.2 */
    uint64_t created, accessed, modified; /* FILETIME of the target when the link was made; 0 not set */
    uint32_t size;                        /* of the target, its low 32 bits */
    bool has_volume, has_tracker;
    uint32_t drive_type, drive_serial; /* DRIVE_*: 3 fixed, 2 removable, 4 remote */
    struct lnk_string label, local_path, share,
        suffix; /* of LinkInfo: label, base path, network share, rest */
    struct lnk_string name, relative, working, arguments, icon;
    struct span machine;                                            /* NetBIOS name, 8-bit */
    uint8_t volume[16], file[16], birth_volume[16], birth_file[16]; /* GUIDs as Windows keeps them */
};

/* Do these first bytes begin a link? */
bool lnk_sniff(struct span head);

/* False with a fault in `job` if there is no header. */
bool lnk_decode(struct job *job, struct span bytes, struct lnk *ret) MUST_USE;

/* Appends a string in stored form. */
void lnk_text(const struct lnk_string *string, struct text *out);

#endif
