/* asar: the directory of an archive of Electron applications (docs/format/asar.md).
 *
 *     u32 4, u32 size of the header, u32 size of its content, u32 size of the text, the text (JSON), padding
 *
 * little-endian; the members' bytes follow behind the header, where offsets count from. */
#ifndef FORMAT_ASAR_H
#define FORMAT_ASAR_H

#include "format/json.h"

enum {
    ASAR_HEAD = 16,   /* bytes in front of the text */
    ASAR_DEPTH = 30,  /* folders in one another; a deeper text is LIMIT (format/json.h) */
    ASAR_PATH = 32767 /* bytes of a path; longer ones are cut */
};

/* Where things lie. False if `head`, at least ASAR_HEAD bytes, is none of an archive of `size` bytes. */
bool asar_head(struct span head, uint64_t size, uint64_t *text_size, uint64_t *data) MUST_USE;

struct asar_entry {
    struct span path; /* stored form, with / between names; until the next entry */
    bool folder, link, executable;
    bool unpacked; /* its bytes lie beside the archive, in a folder named as it with .unpacked behind */
    bool placed;   /* size and offset are there and make sense */
    uint64_t size, offset;
    bool sealed; /* integrity says a SHA-256 of all its bytes */
    uint8_t sha256[32];
};

struct asar {
    struct json json;
    struct text path;
    size_t names[ASAR_DEPTH + 2]; /* length of `path` before each name */
    bool folders[ASAR_DEPTH + 2]; /* this one has members */
    unsigned depth;
    bool in_files, ended; /* in_files: names come next, not what is known of one */
};

/* `text` must stay. */
struct asar asar_of(struct job *job, struct span text);
void asar_end(struct asar *asar);

/* The next member, what a folder holds before the folder itself; false at the end, and with a fault in the
 * job where the text is none (BAD, TORN, LIMIT). */
bool asar_next(struct asar *asar, struct asar_entry *ret);

#endif
