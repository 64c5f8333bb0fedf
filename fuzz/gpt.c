#include "format/gpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct gpt gpt;
    struct gpt_partition partition;
    job_init(&job, 0);
    struct span all = span_of(data, size, 0), entries = span_from(all, 512);
    if (!gpt_read(&job, span_clip(all, 0, 512), &gpt))
        return 0;
    (void)gpt_entries_match(&gpt, entries);
    for (uint32_t i = 0; i < gpt.count + 2; i++)
        if (gpt_entry(&gpt, entries, i, &partition) &&
            (partition.count == 0 || partition.name.size > GPT_NAME))
            abort();
    return 0;
}
