/* Any bytes are packed and come back; any bytes are unpacked or refused. */
#include "format/deflate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct span packed, back, bytes = span_of(data, size, 0);
    job_init(&job, 64 << 20);
    if (size <= DEFLATE_MOST && (!deflate_once(&job, bytes, &packed) ||
                                 !deflate_undo(&job, packed, size, &back) || !span_equal(back, bytes)))
        abort();
    if (deflate_undo(&job, bytes, size * 2, &back) && back.size != size * 2)
        abort();
    job_reset(&job);
    return 0;
}
