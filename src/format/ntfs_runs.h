/* ntfs_runs: mapping pairs, the run lists of non-resident attributes (docs/format/ntfs.md, "Runs").
 *
 * Each pair is a length and a signed distance from the previous run's first cluster. A decoder never yields a
 * run that lies outside the volume or wraps, nor more allocated clusters than the volume has: such a list
 * ends with `fault` set. Sparse runs may exceed the volume; their total is bounded by NTFS_RUNS_VCN. */
#ifndef FORMAT_NTFS_RUNS_H
#define FORMAT_NTFS_RUNS_H

#include "base/fault.h"
#include "base/span.h"

#define NTFS_RUNS_VCN ((uint64_t)1 << 51) /* clusters of one stream, sparse ones too */

struct ntfs_run {
    uint64_t vcn, lcn, count; /* clusters; lcn is 0 for a sparse run */
    bool sparse;
};

struct ntfs_runs {
    struct cursor cursor;
    uint64_t vcn, lcn;            /* where the next run begins; where the last allocated one did */
    uint64_t clusters, allocated; /* of the volume; used up so far */
    struct fault fault;           /* why it ended early, or FAULT_NONE */
};

/* Over a run list whose first run has number `vcn`, on a volume of `clusters` clusters. */
static inline struct ntfs_runs ntfs_runs_of(struct span list, uint64_t vcn, uint64_t clusters) {
    return (struct ntfs_runs){.cursor = cursor_of(list), .vcn = vcn, .clusters = clusters};
}

/* The next run; false at the end and on a fault: TORN if the list has no end mark, BAD if it lies. */
bool ntfs_runs_next(struct ntfs_runs *runs, struct ntfs_run *ret);

#endif
