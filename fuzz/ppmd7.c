#include "format/ppmd7.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool fill(struct intake *in) {
    (void)in;
    return false;
}

/* The first byte chooses the order, the second the size of the model, the third the size of a read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { MOST = 1 << 18 };
    static uint8_t out[65536];
    struct job job;
    if (size < 3)
        return 0;
    job_init(&job, 4 << 20);
    struct ppmd7 *model = ppmd7_new(&job, 2 + data[0] % 63u, (uint32_t)PPMD7_LEAST << data[1] % 10);
    struct intake in = {.at = data + 3, .end = data + size, .fill = fill};
    enum intake_state state = INTAKE_GOES_ON;
    size_t part = 1 + (size_t)data[2] * 257, sum = 0;
    ppmd7_start(model);
    while (state == INTAKE_GOES_ON && sum < MOST) {
        size_t got = ppmd7_read(model, &in, out, part, &state);
        if (got > part || (got < part && state == INTAKE_GOES_ON))
            abort();
        sum += got;
    }
    job_reset(&job);
    return 0;
}
