#include "format/nsis_bzip2.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fill(struct intake *in) {
    (void)in;
    return false;
}

/* The first byte is the size of a read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MOST = 4 << 20 };
    static uint8_t out[65536];
    struct job job;
    if (size == 0)
        return 0;
    job_init(&job, 8 << 20);
    struct nsis_bzip2 *decoder = nsis_bzip2_new(&job);
    struct intake in = {.at = data + 1, .end = data + size, .fill = fill};
    enum intake_state state = INTAKE_GOES_ON;
    size_t part = 1 + (size_t)data[0] * 257, sum = 0;
    nsis_bzip2_start(decoder);
    while (state == INTAKE_GOES_ON && sum < MOST) {
        size_t got = nsis_bzip2_read(decoder, &in, out, part, &state);
        if (got > part || (got < part && state == INTAKE_GOES_ON))
            abort();
        sum += got;
    }
    job_reset(&job);
    return 0;
}
