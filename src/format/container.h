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

/* --- EWF, version 1 --- */

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

/* --- VMDK --- */

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

/* --- VHD --- */

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

/* --- VHDX --- */

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

/* --- QCOW --- */

enum { QCOW_HEAD = 112 };

struct container_qcow {
    unsigned version;               /* 1 to 3 */
    unsigned cluster_bits, l2_bits; /* bytes of a cluster; entries of a table of the second level */
    uint64_t size, l1;              /* of the disk, bytes; offset of the first table */
    uint64_t l1_entries;
    bool corrupt; /* whoever wrote it says so */
};

bool container_qcow(struct job *job, struct span head, struct container_qcow *ret) MUST_USE;

#endif
