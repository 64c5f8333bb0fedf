/* ntfs_boot: the boot sector of an NTFS volume (docs/format/ntfs.md, "Boot sector"). */
#ifndef FORMAT_NTFS_BOOT_H
#define FORMAT_NTFS_BOOT_H

#include "base/job.h"
#include "base/span.h"

enum {
    NTFS_SECTOR_MAX = 4096,
    NTFS_CLUSTER_MAX = 2 << 20, /* bytes */
    NTFS_RECORD_MAX = 4096,     /* bytes; 1024 or 4096 in the wild */
    NTFS_INDEX_MAX = 65536      /* bytes of an index record */
};

struct ntfs_boot {
    uint32_t sector_size, cluster_size, record_size, index_size; /* bytes; all are powers of two */
    uint64_t size;        /* of the volume, bytes: the sectors that the boot sector counts */
    uint64_t clusters;    /* whole clusters in it */
    uint64_t mft, mirror; /* first clusters of $MFT and $MFTMirr */
    uint64_t serial;
};

/* Reads the first 512 bytes of a volume. False with a TORN or BAD fault in `job` if they are not a sane NTFS
 * boot sector: wrong OEM name or signature, a size that is no power of two or out of bounds, no sectors, or a
 * $MFT outside the volume. */
bool ntfs_boot_read(struct job *job, struct span sector, struct ntfs_boot *ret) MUST_USE;

#endif
