#include "format/asar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The directory of an archive: every entry's path is text, and there is an end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct asar_entry entry;
    uint64_t text, bytes;
    job_init(&job, 1 << 20);
    (void)!asar_head(span_of(data, size, 0), size, &text, &bytes);
    struct asar asar = asar_of(&job, span_of(data, size, 0));
    for (size_t n = 0; asar_next(&asar, &entry); n++)
        if (n > size || !text_valid((const char *)entry.path.data, entry.path.size))
            __builtin_trap();
    asar_end(&asar);
    job_reset(&job);
    return 0;
}
