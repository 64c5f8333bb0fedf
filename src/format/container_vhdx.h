/* container_vhdx: headers of VHDX: headers, regions, metadata (docs/format/container.md). See container.h for
 * what all of these have in common. */
#ifndef FORMAT_CONTAINER_VHDX_H
#define FORMAT_CONTAINER_VHDX_H

#include "format/container.h"

enum {
    VHDX_HEADER = 4096,
    VHDX_REGIONS = 65536,
    VHDX_SLOT = 65536
}; /* bytes; VHDX_SLOT: places in the head */

struct container_vhdx_header {
    uint64_t sequence;
    uint8_t data_write[16]; /* what a child's parent_linkage names */
    bool logged;            /* the log holds changes that are not written back */
};

/* One of the two headers; false, without a fault, if it is not valid. */
bool container_vhdx_header(struct span bytes, struct container_vhdx_header *ret);

struct container_vhdx_regions {
    uint64_t table, metadata;           /* offsets */
    uint32_t table_size, metadata_size; /* bytes */
};

/* One of the two region tables; false, without a fault, if it is not valid. */
bool container_vhdx_regions(struct span bytes, struct container_vhdx_regions *ret);

struct container_vhdx {
    uint64_t size;          /* of the disk, bytes */
    uint32_t block, sector; /* bytes, powers of two */
    bool has_parent;
    uint8_t parent[16], parent_second[16]; /* data_write of the parent; second: zeros if there is none */
    char parent_name[CONTAINER_NAME];
};

bool container_vhdx(struct job *job, struct span metadata, struct container_vhdx *ret) MUST_USE;

#endif
