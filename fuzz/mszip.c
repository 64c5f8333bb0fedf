#include "format/mszip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blocks, each behind two bytes of packed and two bytes of unpacked size. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t out[MSZIP_BLOCK];
    struct job job;
    struct cursor c = cursor_of(span_of(data, size, 0));
    job_init(&job, 1 << 20);
    struct mszip *mszip = mszip_new(&job);
    while (mszip && cursor_left(&c) > 4) {
        size_t packed = cursor_u16(&c), room = cursor_u16(&c) % (MSZIP_BLOCK + 1u);
        struct span in = cursor_take(&c, packed < cursor_left(&c) ? packed : cursor_left(&c));
        struct unpacked got;
        bool good = mszip_decode(mszip, in, out, room, &got);
        if (good != (got.fault.code == FAULT_NONE) || got.size > room || got.used > in.size ||
            (good && got.size != room) || got.fault.offset > size)
            abort();
        for (size_t i = got.size; i < room; i++)
            if (out[i] != 0)
                abort();
    }
    job_reset(&job);
    return 0;
}
