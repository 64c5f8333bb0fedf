/* container_vhd: headers of VHD: footers, headers of dynamic and differencing disks
 * (docs/format/container.md). See container.h for what all of these have in common. */
#ifndef FORMAT_CONTAINER_VHD_H
#define FORMAT_CONTAINER_VHD_H

#include "format/container.h"

enum { VHD_FOOTER = 512, VHD_HEADER = 1024, VHD_LOCATORS = 8, VHD_SECTOR = 512 };
enum container_vhd_type { VHD_FIXED = 2, VHD_DYNAMIC = 3, VHD_DIFFERENCING = 4 };

struct container_vhd {
    enum container_vhd_type type;
    uint64_t size;   /* of the disk, bytes */
    uint64_t header; /* offset of the dynamic header */
    uint8_t identifier[16];
    bool good; /* the checksum is right */
};

/* A footer. */
bool container_vhd(struct job *job, struct span footer, struct container_vhd *ret) MUST_USE;

struct container_vhd_locator {
    uint32_t platform, size; /* size: bytes */
    uint64_t offset;
};

struct container_vhd_header {
    uint64_t table;          /* offset of the allocation table */
    uint32_t entries, block; /* blocks; bytes of one, a power of two */
    uint8_t parent[16];
    char parent_name[CONTAINER_NAME]; /* "" if there is none that can be used */
    struct container_vhd_locator locators[VHD_LOCATORS];
    bool good;
};

bool container_vhd_header(struct job *job, struct span header, const struct container_vhd *vhd,
                          struct container_vhd_header *ret) MUST_USE;

/* The base name from the data of a locator; false if this platform's is not known. */
bool container_vhd_locator(const struct container_vhd_locator *locator, struct span data,
                           char ret[CONTAINER_NAME]);

#endif
