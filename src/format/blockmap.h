/* blockmap: AppxBlockMap.xml, the digests of the files of an Appx or MSIX package (docs/format/appx.md).
 *
 * Each file is divided into blocks of 64 KiB, of which the map has the SHA-256 each. What is told of a file
 * is one digest: SHA-256 over the digests of its blocks, one behind the other, so that a file can be compared
 * without keeping its blocks (blockmap_digest).
 *
 * XML is read by libexpat. A document type declaration is refused, and with it every entity. */
#ifndef FORMAT_BLOCKMAP_H
#define FORMAT_BLOCKMAP_H

#include "base/digest.h"
#include "base/job.h"

#define BLOCKMAP_NAME "AppxBlockMap.xml" /* of the file, in any case of letters */

enum {
    BLOCKMAP_BLOCK = 65536,  /* bytes of a file that one digest stands for; the last may have fewer */
    BLOCKMAP_FILES = 200000, /* files read of one map */
    BLOCKMAP_MAX = 48 << 20, /* bytes of a map */
    BLOCKMAP_DIGEST = 32     /* bytes */
};

struct blockmap_file {
    const char *name; /* stored form, in the job's memory, with / between folders */
    uint64_t size;    /* bytes */
    uint8_t blocks[BLOCKMAP_DIGEST];
};

struct blockmap {
    struct blockmap_file *files; /* in the order of the map */
    size_t count;
    bool complete; /* all of it was read and understood */
};

/* Do these first bytes of a file look like one? */
bool blockmap_sniff(struct span head);

/* Reads a map. What is wrong is noted in the job, and what was read before stays: BAD if it is not
 * well-formed or a file's entry contradicts itself (it is left out), UNSUPPORTED for another digest than
 * SHA-256, LIMIT. `scratch` is a running digest of the caller's. False only if memory runs out. */
bool blockmap_decode(struct job *job, struct span bytes, struct digest *scratch,
                     struct blockmap *ret) MUST_USE;

/* The digest of a file whose bytes these are. */
void blockmap_digest(struct span bytes, struct digest *scratch, uint8_t value[BLOCKMAP_DIGEST]);

#endif
