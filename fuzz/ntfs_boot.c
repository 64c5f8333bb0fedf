#include "format/ntfs_boot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct ntfs_boot boot;
    job_init(&job, 0);
    if (!ntfs_boot_read(&job, span_of(data, size, 0), &boot))
        return job.fault.code == FAULT_NONE ? (abort(), 0) : 0;
    if (boot.cluster_size > NTFS_CLUSTER_MAX || boot.record_size > NTFS_RECORD_MAX || boot.clusters == 0 ||
        boot.mft >= boot.clusters || boot.clusters * boot.cluster_size > boot.size)
        abort();
    return 0;
}
