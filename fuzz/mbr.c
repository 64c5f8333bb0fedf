#include "format/mbr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct mbr mbr;
    struct span all = span_of(data, size, 0);
    job_init(&job, 0);
    if (!mbr_read(span_clip(all, 0, 512), size / 512 + 1, &mbr))
        return 0;
    for (size_t i = 0; i < mbr.count; i++) {
        uint64_t at = mbr_is_extended(mbr.partitions[i].type) ? mbr.partitions[i].first : 0, next = 0;
        struct mbr_partition logical;
        for (uint64_t before = 0; at != 0; before = at, at = next) {
            if (at <= before)
                abort(); /* a chain that ascends ends */
            if (!mbr_logical_read(&job, span_part(all, at * 512, 512), at, mbr.partitions[i].first, &logical,
                                  &next))
                break;
        }
    }
    return 0;
}
