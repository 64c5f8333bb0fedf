/* container: the headers of disk image formats (docs/format/container.md): which one it is, how long the disk
 * inside says that it is, and where its tables lie. Spans in, structs out; whoever reads the disk
 * (source/image.h) does so by what stands here.
 *
 * Values outside of what a format allows are refused here: BAD; beyond our own caps: LIMIT; what the format
 * has and we do not read: UNSUPPORTED, with the reason. All functions leave *ret zeroed or partly filled on
 * failure. */
#ifndef FORMAT_CONTAINER_H
#define FORMAT_CONTAINER_H

#include "base/job.h"
#include "base/span.h"

enum {
    CONTAINER_HEAD = 4096,       /* bytes at either end that container_sniff wants to see */
    CONTAINER_NAME = 256,        /* bytes of a file name and its NUL */
    CONTAINER_TEXT = 1 << 20,    /* bytes of a VMDK descriptor that are read */
    CONTAINER_UNIT = 16 << 20,   /* bytes of a chunk, grain or cluster */
    CONTAINER_METADATA = 1 << 20 /* bytes of a VHDX metadata region */
};

/* The longest disk: 1 PiB, beyond what any of the formats is used for. */
#define CONTAINER_DISK ((uint64_t)1 << 50)

enum container_format {
    CONTAINER_NONE,
    CONTAINER_EWF,
    CONTAINER_VMDK,      /* a sparse extent */
    CONTAINER_VMDK_TEXT, /* a descriptor */
    CONTAINER_VHD,
    CONTAINER_VHDX,
    CONTAINER_QCOW,
    CONTAINER_REFUSED /* known, but not read */
};

struct container_kind {
    enum container_format format;
    const char *name; /* constant; "raw" for CONTAINER_NONE */
};

/* By the first CONTAINER_HEAD bytes and the last ones, or all there is. */
struct container_kind container_sniff(struct span head, struct span tail);

/* Adler-32 (RFC 1950) of bytes in memory. */
uint32_t container_adler(struct span bytes);

/* The last component of a path with either slash, if it is a plain name of fewer than CONTAINER_NAME bytes:
 * valid UTF-8 without control characters, not "." or "..". */
bool container_base(const char *path, size_t size, char ret[CONTAINER_NAME]) MUST_USE;

/* The same for UTF-16. */
bool container_base_utf16(struct span path, bool big, char ret[CONTAINER_NAME]) MUST_USE;

#endif
