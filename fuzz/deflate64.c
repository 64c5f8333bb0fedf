#include "format/deflate64.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fill(struct intake *in) {
    (void)in;
    return false;
}

/* The first byte chooses the kind, the second the size of a read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MOST = 4 << 20 };
    static uint8_t out[65536];
    struct job job;
    if (size < 2)
        return 0;
    job_init(&job, 1 << 20);
    struct deflate64 *decoder = deflate64_new(&job);
    struct intake in = {.at = data + 2, .end = data + size, .fill = fill};
    enum intake_state state = INTAKE_GOES_ON;
    size_t part = 1 + (size_t)data[1] * 257, sum = 0;
    deflate64_start(decoder, data[0] & 1 ? DEFLATE64_NSIS : DEFLATE64);
    while (state == INTAKE_GOES_ON && sum < MOST) {
        size_t got = deflate64_read(decoder, &in, out, part, &state);
        if (got > part || (got < part && state == INTAKE_GOES_ON))
            abort();
        sum += got;
    }
    job_reset(&job);
    return 0;
}
