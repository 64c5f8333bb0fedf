#include "format/bcj2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span parts[BCJ2_STREAMS];

static size_t more(void *context, struct job *job, enum bcj2_stream stream, uint8_t *to, size_t size) {
    (void)context;
    (void)job;
    size_t got = span_copy(parts[stream], to, size);
    parts[stream] = span_from(parts[stream], got);
    return got;
}

/* Four streams, each a quarter of the input. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct bcj2 bcj2;
    static uint8_t out[65536];
    struct job job;
    job_init(&job, 1 << 16);
    for (size_t i = 0; i < BCJ2_STREAMS; i++)
        parts[i] = span_of(data + size / 4 * i, size / 4, 0);
    bcj2_start(&bcj2, more, NULL);
    size_t got = bcj2_read(&bcj2, &job, out, sizeof out);
    if (got > 5 * size || bcj2_read(&bcj2, &job, out, 1) > 1)
        __builtin_trap();
    job_reset(&job);
    return 0;
}
