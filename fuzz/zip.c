#include "format/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    const struct span *all = context;
    (void)job;
    return span_copy(span_clip(*all, offset, size), to, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span all = span_of(data, size, 0);
    struct zip zip;
    struct zip_entry entry;
    struct text text = {0};
    struct job job;
    job_init(&job, 1 << 20);
    uint64_t n = 0;
    if (zip_open(&job, fetch, &all, size, &zip)) {
        while (zip_next(&zip, &entry)) {
            enum inflate_method packing;
            struct zip_told told = zip_told_of(&entry);
            text_clear(&text);
            zip_name(&entry, &text);
            if (!text_valid(text_string(&text), text.size) || ++n > size / ZIP_CENTRAL)
                __builtin_trap();
            if (entry.local != UINT64_MAX &&
                zip_data(&job, &told, span_from(all, entry.local)) > size + 131100)
                __builtin_trap();
            if (zip_packing(entry.method, &packing) && packing >= INFLATE_METHODS)
                __builtin_trap();
        }
        if (zip_next(&zip, &entry) || zip.found != n)
            __builtin_trap();
    } else if (job.fault.code == FAULT_NONE) {
        __builtin_trap();
    }
    text_free(&text);
    job_reset(&job);
    return 0;
}
