#include "format/shimcache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct shimcache cache;
    struct shimcache_entry entry;
    struct span bytes = span_of(data, size, 0);
    uint32_t count = 0;
    job_init(&job, 0);
    bool good = shimcache_open(&job, bytes, &cache);
    if (good != (job.fault.code == FAULT_NONE))
        __builtin_trap();
    while (good && shimcache_next(&cache, &entry)) {
        bool inside = entry.path.size == 0 ||
                      (entry.path.data >= data && entry.path.data + entry.path.size <= data + size);
        if (!inside || entry.path.size % 2 != 0 || entry.path.size > SHIMCACHE_PATH || entry.offset > size ||
            ++count > SHIMCACHE_ENTRIES)
            __builtin_trap();
    }
    job_reset(&job);
    return 0;
}
