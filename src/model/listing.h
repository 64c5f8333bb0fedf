/* listing: one file or stream as `assay list` shows it. Texts are in stored form and borrowed for one call.
 */
#ifndef MODEL_LISTING_H
#define MODEL_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values of artifact.flags. */
enum listing_flag {
    LISTING_DIRECTORY = 1,
    LISTING_DELETED = 2,
    LISTING_COMPRESSED = 4,
    LISTING_ENCRYPTED = 8,
    LISTING_SPARSE = 16,
    LISTING_REPARSE = 32,
    LISTING_ORPHAN = 64, /* its folder is not known; listed under $Orphan */
    LISTING_RESIDENT = 128,
    LISTING_WOF = 256,
    LISTING_RECOVERABLE = 512, /* deleted, and its clusters are free by $Bitmap, or it is resident */
    LISTING_REUSED = 1024      /* deleted, and some of its clusters belong to something else now */
};

enum { LISTING_CREATED, LISTING_MODIFIED, LISTING_CHANGED, LISTING_ACCESSED, LISTING_TIMES };

struct listing {
    const char *folder; /* with / between names, starts with /, ends without; empty at the root */
    size_t folder_size;
    const char *name; /* the root itself has an empty name and an empty folder */
    size_t name_size;
    const char *stream; /* NULL for the main stream */
    size_t stream_size;
    unsigned evidence, volume; /* from 1; volume 0 outside images */
    unsigned shadow;           /* number of the shadow copy that it is in, from 1; 0: the volume itself */
    uint64_t record;           /* MFT entry; inode in a folder */
    uint16_t sequence;
    bool has_fn;     /* fn[] is meant */
    bool unrecorded; /* not from an MFT: a time that is 0 is not known, record and sequence are not of one */
    uint8_t link;    /* 0 for the first path, then 1, 2, ... for further hard links */
    uint32_t flags;  /* enum listing_flag */
    uint32_t attributes; /* FILE_ATTRIBUTE_* */
    uint64_t size;
    uint64_t si[LISTING_TIMES], fn[LISTING_TIMES]; /* FILETIME */
    uint64_t content;      /* number of the content in its index, plus one; 0 if there is none to read */
    const uint8_t *sha256; /* 32 bytes, or NULL */
    const char *reason;    /* why the content could not be read; NULL if it could, or nobody wanted to */
};

#endif
