#include "format/ntfs_runs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says how large the volume is: 2 to its power, in clusters. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    uint64_t clusters = UINT64_C(1) << data[0] % 52, vcn = 0, allocated = 0;
    struct ntfs_runs runs = ntfs_runs_of(span_of(data + 1, size - 1, 0), 0, clusters);
    struct ntfs_run run;
    while (ntfs_runs_next(&runs, &run)) {
        if (run.vcn != vcn || run.count == 0 || run.count > NTFS_RUNS_VCN - vcn)
            abort();
        vcn += run.count;
        allocated += run.sparse ? 0 : run.count;
        if (allocated > clusters || (!run.sparse && (run.lcn >= clusters || run.count > clusters - run.lcn)))
            abort();
    }
    return 0;
}
