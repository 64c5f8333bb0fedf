/* ntfs_boots: the boot sector of a volume, or its copy.
 *
 * NTFS keeps a copy of the boot sector behind the last cluster, in the last sector of the partition. It is
 * asked when the first one is not sane, and believed only if the volume that it describes ends right before
 * it. */
#ifndef SOURCE_NTFS_BOOTS_H
#define SOURCE_NTFS_BOOTS_H

#include "format/ntfs_boot.h"
#include "source/reader.h"

/* The boot sector of the volume at [offset, offset + size) of what `reader` sees. False with the first one's
 * fault in `job` if neither is sane; `*copy` says which one it was. Reads 512 bytes, or up to 1536. */
bool ntfs_boots_read(struct evidence_reader *reader, struct job *job, uint64_t offset, uint64_t size,
                     struct ntfs_boot *ret, bool *copy) MUST_USE;

/* The copy alone; never a fault. */
bool ntfs_boots_copy(struct evidence_reader *reader, uint64_t offset, uint64_t size,
                     struct ntfs_boot *ret) MUST_USE;

#endif
