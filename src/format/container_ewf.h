/* container_ewf: headers of EWF, version 1 (E01): segments of sections, chunk tables
 * (docs/format/container.md). See container.h for what all of these have in common. */
#ifndef FORMAT_CONTAINER_EWF_H
#define FORMAT_CONTAINER_EWF_H

#include "format/container.h"

enum { EWF_HEAD = 13, EWF_SECTION = 76, EWF_VOLUME_MIN = 94, EWF_TABLE = 24, EWF_DIGEST = 80, EWF_HASH = 36 };

/* False, without a fault, if this is no segment. `segment` counts from 1. */
bool container_ewf(struct span head, unsigned *segment);

struct container_section {
    char type[17];
    uint64_t next,
        size; /* next: from the start of the file; size may be 0 in done and next, and in old files */
};

/* A section's descriptor of EWF_SECTION bytes. BAD if its checksum is wrong, TORN if there are fewer bytes.
 */
bool container_ewf_section(struct job *job, struct span bytes, struct container_section *ret) MUST_USE;

struct container_volume {
    uint32_t chunks, chunk_size; /* chunk_size: bytes, at most CONTAINER_UNIT */
    uint64_t size;               /* of the disk, bytes */
    bool good;                   /* the checksum is right */
};

/* The data of a section "volume" or "disk". */
bool container_ewf_volume(struct job *job, struct span bytes, struct container_volume *ret) MUST_USE;

/* The first EWF_TABLE bytes of a section "table" or "table2": how many entries of 4 bytes follow, and what
 * their offsets count from. */
bool container_ewf_table(struct job *job, struct span bytes, uint32_t *count, uint64_t *base) MUST_USE;

#endif
