#include "format/inflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 4 << 20 };

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct span *rest = context;
    (void)job;
    size_t n = span_copy(*rest, to, size);
    *rest = span_from(*rest, n);
    return n;
}

/* The first byte chooses the method, the second the size of a read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t out[65536];
    if (size < 2)
        return 0;
    struct span rest = span_of(data + 2, size - 2, 0);
    struct inflate inflate = {.pool = NULL};
    struct job memory, job;
    job_init(&memory, (size_t)INFLATE_WINDOW + (64 << 20));
    job_init(&job, 65536);
    size_t part = 1 + (size_t)data[1] * 257;
    enum inflate_method method = (enum inflate_method)(data[0] % INFLATE_METHODS);
    if (method == INFLATE_FILTERED)
        return 0;
    (void)inflate_sniff(rest);
    if (inflate_open(&inflate, &memory, method, more, &rest)) {
        uint64_t sum = 0;
        while (inflate.state == INFLATE_GOES_ON && sum < MOST) {
            size_t got = inflate_read(&inflate, &job, out, part);
            if (got > part || (got < part && inflate.state == INFLATE_GOES_ON))
                __builtin_trap();
            sum += got;
        }
        if (inflate.out != sum || inflate.in > size || (inflate.state == INFLATE_BROKEN && job.noted == 0))
            __builtin_trap();
    }
    job_reset(&memory);
    job_reset(&job);
    return 0;
}
