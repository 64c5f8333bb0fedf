/* ntfs_recover: what $Bitmap says of the clusters of deleted files. */
#ifndef SOURCE_NTFS_RECOVER_H
#define SOURCE_NTFS_RECOVER_H

#include "source/ntfs_build.h"

enum { NTFS_RECOVER_BITMAP = 128 << 20 }; /* bytes of the largest $Bitmap that is looked at */

/* Marks streams of records not in use NTFS_STREAM_FREE or NTFS_STREAM_REUSED. None if $Bitmap cannot be read
 * or its runs lie; a stream whose runs lie, or lie outside what was read of $Bitmap, stays unmarked. Free
 * clusters may have been written and freed again since: it is as much as the volume can tell. Linear in
 * $Bitmap and the extents. */
void ntfs_recover_deleted(struct ntfs_build *build);

#endif
