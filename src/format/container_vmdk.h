/* container_vmdk: headers of VMDK: sparse extents and descriptors (docs/format/container.md). See container.h
 * for what all of these have in common. */
#ifndef FORMAT_CONTAINER_VMDK_H
#define FORMAT_CONTAINER_VMDK_H

#include "format/container.h"

enum { VMDK_SECTOR = 512, VMDK_HEAD = 512, VMDK_EXTENTS = 4096 };

struct container_sparse {
    uint64_t sectors, grain;              /* of the disk or extent; of a grain, a power of two */
    uint64_t descriptor, descriptor_size; /* sectors; 0: none */
    uint64_t directory, second;           /* sector of the grain directory; of its copy, or 0 */
    uint32_t entries;                     /* of a grain table */
    bool compressed, zeroed;              /* grains are deflated behind markers; table entry 1 means zeros */
    bool at_end;                          /* the directory is told by a footer, 1024 bytes before the end */
    bool unclean;                         /* was not closed */
};

bool container_vmdk(struct job *job, struct span head, struct container_sparse *ret) MUST_USE;

enum container_extent_type { EXTENT_SPARSE, EXTENT_FLAT, EXTENT_ZERO };

struct container_extent {
    enum container_extent_type type;
    uint64_t sectors, offset;  /* offset: of a flat one in its file, sectors */
    char name[CONTAINER_NAME]; /* base name; "" for EXTENT_ZERO */
};

struct container_descriptor {
    struct span text;
    size_t at;    /* next line */
    bool delta;   /* it has a parent: not read */
    uint64_t sum; /* sectors of the extents so far */
};

/* Begins to read a descriptor. UNSUPPORTED if it describes what is not read. */
bool container_vmdk_text(struct job *job, struct span text, struct container_descriptor *ret) MUST_USE;

/* The next extent; false at the end, or with a fault. */
bool container_vmdk_extent(struct job *job, struct container_descriptor *text, struct container_extent *ret);

#endif
