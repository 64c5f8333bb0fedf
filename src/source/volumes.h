/* volumes: what a file given as evidence is, told by its content and never by its name.
 *
 * Disk image formats are opened before (source/image.h): what is looked at is the disk inside. Order of the
 * tests: a file system at offset 0; a partition table; a $MFT of its own; else
 * a plain file. FAT and NTFS boot sectors end in 55 AA like a master boot record does, so a boot sector that
 * is sane wins over a partition table that would have to be read out of its boot code. */
#ifndef SOURCE_VOLUMES_H
#define SOURCE_VOLUMES_H

#include "base/job.h"
#include "format/ntfs_boot.h"
#include "source/reader.h"

enum volumes_kind {
    VOLUMES_FILE,   /* none of the others: an ordinary file */
    VOLUMES_VOLUME, /* a bare file system: volumes[0] at offset 0 */
    VOLUMES_DISK,   /* a partitioned disk */
    VOLUMES_MFT     /* a $MFT of its own, extracted from a volume */
};

enum { VOLUMES_MAX = 256, VOLUMES_NAME = 112 }; /* partitions kept; bytes of a stored GPT name and its NUL */

struct volume {
    uint64_t offset;         /* of its first byte in the evidence */
    uint64_t size;           /* bytes, as the partition table or the boot sector says */
    uint64_t present;        /* how many of them the evidence holds; less than size if the image was cut */
    unsigned ordinal;        /* number in its table, from 1, empty entries not counted */
    uint8_t mbr_type;        /* partition type in an MBR, 0 otherwise */
    const char *filesystem;  /* "ntfs", "fat12", "fat16", "fat32", "exfat", "ext2", "ext3", "ext4", "refs",
         "bitlocker", "hfs+", "apfs", "xfs", "btrfs", "luks", "swap", "lvm", "iso9660", "unknown",
         "unreadable" (its first sectors are not there) */
    char name[VOLUMES_NAME]; /* GPT partition name, stored form; "" if none */
    struct ntfs_boot boot;   /* only if filesystem is "ntfs" */
};

struct volumes {
    enum volumes_kind kind;
    const char *scheme;    /* "mbr" or "gpt"; NULL unless kind is VOLUMES_DISK */
    uint32_t sector_size;  /* bytes, of the partition table; 0 unless kind is VOLUMES_DISK */
    uint32_t record_size;  /* bytes of a file record; 0 unless kind is VOLUMES_MFT */
    size_t count, omitted; /* volumes kept; partitions beyond VOLUMES_MAX */
    struct volume volumes[VOLUMES_MAX];
    uint64_t bytes_read; /* evidence read to find out */
};

/* Could these first bytes of a file be those of an image, so that volumes_find is worth asking? Cheap; true
 * for boot sectors, partition tables and $MFT files. */
bool volumes_suspect(struct span head);

/* Is what was found in a file of `size` bytes evidence of its own, where the file lies among others? Not the
 * copy of a $Boot or of a partition table, which collectors keep: no volume is as small. */
bool volumes_nested(const struct volumes *volumes, uint64_t size);

/* Looks at all that `evidence` sees. False only if nothing could be read
 * (IO) or memory ran out; damage found on the way (a bad GPT checksum, a partition longer than the file, an
 * extended chain that loops) is noted in `job`. Reads at most 68 KiB and then 68 KiB
 * a partition, and where a boot sector is bad the copy of it at the end. */
bool volumes_find(struct job *job, const struct evidence_reader *evidence, struct volumes *ret) MUST_USE;

#endif
