#include "format/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    struct span all;
    uint64_t reached;
};

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    struct source *source = context;
    (void)job;
    if (offset < source->reached)
        __builtin_trap();
    size_t got = span_copy(span_clip(source->all, offset, size), to, size);
    source->reached = offset + got;
    return got;
}

/* Once with the size known, once without. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (int known = 0; known < 2; known++) {
        struct source source = {span_of(data, size, 0), 0};
        struct tar tar;
        struct tar_entry entry;
        struct job job;
        job_init(&job, 1 << 20);
        if (!tar_open(&job, fetch, &source, known ? size : UINT64_MAX, &tar))
            __builtin_trap();
        uint64_t last = 0;
        for (uint64_t n = 0; tar_next(&tar, &entry); n++) {
            if (entry.data <= entry.at || (n > 0 && entry.at <= last) || n > size / TAR_BLOCK)
                __builtin_trap();
            last = entry.at;
            (void)span_is_zero(entry.name);
            (void)span_is_zero(entry.link);
        }
        (void)tar_next(&tar, &entry);
        job_reset(&job);
    }
    return 0;
}
