#include "format/prefetch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span whole, struct span part) {
    if (part.size % 2 != 0 || part.size > whole.size ||
        (part.size > 0 && (part.data < whole.data || part.data + part.size > whole.data + whole.size)))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct prefetch prefetch;
    struct prefetch_file file;
    struct prefetch_volume volume;
    struct span bytes = span_of(data, size, 0);
    job_init(&job, 32 << 20);
    (void)prefetch_sniff(bytes);
    bool good = prefetch_decode(&job, bytes, &prefetch);
    if (good != (job.fault.code == FAULT_NONE) || prefetch.file_count > PREFETCH_FILES ||
        prefetch.volume_count > PREFETCH_VOLUMES)
        __builtin_trap();
    for (uint32_t i = 0; good && i < prefetch.file_count; i++)
        if (prefetch_file(&prefetch, i, &file))
            inside(prefetch.bytes, file.path);
    for (uint32_t i = 0; good && i < prefetch.volume_count; i++)
        if (prefetch_volume(&prefetch, i, &volume))
            inside(prefetch.bytes, volume.path);
    job_reset(&job);
    return 0;
}
