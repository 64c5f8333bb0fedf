/* ntfs_gather: the steps of an index that need all records: chains, split streams, reading order. */
#ifndef SOURCE_NTFS_GATHER_H
#define SOURCE_NTFS_GATHER_H

#include "source/ntfs_build.h"

/* Chains were built backwards; turns them round, so that they ascend. */
void ntfs_gather_chains(struct ntfs_build *build);

/* Joins the parts of streams whose runs are spread over several records, then refuses runs that overlap or do
 * not reach as far as their stream's size says. */
void ntfs_gather_streams(struct ntfs_build *build);

/* Marks the folders that hold a block map: NTFS_ROW_PACKAGE. */
void ntfs_gather_packages(struct ntfs_build *build);

/* Sorts what can be read by its first cluster. */
void ntfs_gather_order(struct ntfs_build *build);

#endif
