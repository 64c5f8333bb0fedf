/* ntfs_overlap: clusters that two streams in use claim, which on a sound volume do not exist. */
#ifndef SOURCE_NTFS_OVERLAP_H
#define SOURCE_NTFS_OVERLAP_H

#include "source/ntfs_build.h"

enum {
    NTFS_OVERLAP_TOLD = 8,           /* shared places that are told one by one; the rest is counted */
    NTFS_OVERLAP_BITMAP = 128 << 20, /* bytes of a map of clusters; larger volumes are sorted at once */
    NTFS_OVERLAP_EXTENTS = 8 << 20   /* extents that are sorted; more is a LIMIT */
};

/* Notes, BAD, each place that two streams share, with both records and the first cluster. Refuses a stream
 * that shares one with itself. Looks at the streams that are kept; of attributes that are not kept nothing is
 * known. Linear while nothing is shared. */
void ntfs_overlap_find(struct ntfs_build *build);

#endif
