/* ntfs_i30: what belongs together of a directory's index of names: $INDEX_ROOT, $INDEX_ALLOCATION, $BITMAP.
 */
#ifndef SOURCE_NTFS_I30_H
#define SOURCE_NTFS_I30_H

#include "source/ntfs_content.h"

enum { NTFS_I30_BITMAP = 1 << 20 }; /* bytes of a $BITMAP that are read, for 8 million blocks */

struct ntfs_i30 {
    uint64_t record;    /* the directory; */
    uint16_t sequence;  /* that its files name: of a deleted one, the number before its own */
    uint32_t block;     /* bytes of a block: a power of two from 512 to 65536 */
    struct span root;   /* value of $INDEX_ROOT, of the index's memory; empty if there is none */
    struct span bitmap; /* the job's; empty if there is none, or it cannot be read */
    bool has_blocks;    /* the content is $INDEX_ALLOCATION and not $INDEX_ROOT */
};

/* The index that a content with NTFS_STREAM_I30 stands for. Reads a $BITMAP that is not resident. What is
 * missing is noted in `job`; without a root, blocks have the usual size. */
void ntfs_i30_open(const struct ntfs_content *content, struct job *job, struct ntfs_i30 *ret);

/* Is that record there, with this sequence number, and is each of these times that of its
 * $STANDARD_INFORMATION or of a $FILE_NAME that is kept? The volume's own files ($MFT ...) may have no times.
 * At most NTFS_I30_LINKS names are asked; a record with more always agrees. */
bool ntfs_i30_agrees(const struct ntfs_index *index, uint64_t record, uint16_t sequence,
                     const uint64_t times[NTFS_TIMES]);
enum { NTFS_I30_LINKS = 64 };

#endif
