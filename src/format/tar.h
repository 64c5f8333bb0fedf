/* tar: the members of a TAR (docs/format/tar.md): old, ustar, GNU and pax.
 *
 * Read through a function that fetches bytes at ascending offsets, so that a packed TAR can be unpacked along
 * the way:
 *
 *     if (tar_open(&job, fetch, context, size, &tar))
 *         while (tar_next(&tar, &entry))
 *             ...                                  the data of the member is at entry.data
 *
 * What is no header is skipped in blocks up to the next one with a right checksum, and noted in the job with
 * its offset. Long names of more than TAR_LONG bytes and pax records of more than TAR_PAX bytes are skipped
 * with a LIMIT note. Spans of an entry are valid until the next call. */
#ifndef FORMAT_TAR_H
#define FORMAT_TAR_H

#include "base/job.h"
#include "base/span.h"

enum {
    TAR_BLOCK = 512,
    TAR_LONG = 64 * 1024, /* bytes of a long name */
    TAR_PAX = 256 * 1024, /* bytes of the pax records of one member */
    TAR_TAIL = 1 << 20    /* bytes behind the end mark that are looked at */
};

/* Reads up to `size` bytes at `offset`, which never lies before the end of the read before. Returns how many;
 * fewer only where they end or cannot be read. Notes nothing where they simply end. */
typedef size_t tar_fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size);

enum tar_type { TAR_FILE, TAR_DIRECTORY, TAR_SYMLINK, TAR_HARDLINK, TAR_SPECIAL };

struct tar_entry {
    uint64_t at, data;           /* of the header; of the member's bytes */
    uint64_t size;               /* bytes at `data` */
    uint64_t modified, accessed; /* FILETIME, 0 where not told */
    enum tar_type type;
    char flag;     /* as stored */
    uint32_t mode; /* Unix */
    bool sparse;   /* GNU: the bytes at `data` are not the file as it was; not restored */
    struct span name, link;
};

struct tar_pax {
    struct span path, link;
    uint64_t size, modified, accessed;
    bool has_size, has_modified, sparse;
};

struct tar {
    struct job *job;
    tar_fetch *fetch;
    void *context;
    uint64_t size;           /* bytes of the TAR, UINT64_MAX if not known */
    uint64_t next;           /* of the next header */
    uint64_t found, damaged; /* members; runs of blocks that are no header */
    uint64_t ended;          /* where the end mark is; UINT64_MAX before it was seen */
    bool in_damage, behind, torn;
    uint8_t *block, *name, *link, *records; /* of `job` */
    char joined[TAR_BLOCK];
    struct tar_pax pax;
    struct span long_name, long_link;
};

/* False with a fault in `job` if memory runs out. */
bool tar_open(struct job *job, tar_fetch *fetch, void *context, uint64_t size, struct tar *ret) MUST_USE;

bool tar_next(struct tar *tar, struct tar_entry *ret);

/* Does this block have a right checksum and fields that make sense? All of a header that is believed. */
bool tar_sniff(struct span block);

#endif
