#include "format/quantum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A byte for the window, then blocks, each behind two bytes of packed and two bytes of unpacked size. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct cursor c = cursor_of(span_of(data, size, 0));
    job_init(&job, 16 << 20);
    struct quantum *s = quantum_new(&job, QUANTUM_LEAST + cursor_u8(&c) % 12u);
    while (s && cursor_left(&c) > 4) {
        size_t packed = cursor_u16(&c), room = cursor_u16(&c) % (QUANTUM_BLOCK + 1u);
        struct span in = cursor_take(&c, packed < cursor_left(&c) ? packed : cursor_left(&c));
        struct unpacked got;
        const uint8_t *bytes;
        bool good = quantum_decode(s, in, room, &bytes, &got);
        if (good != (got.fault.code == FAULT_NONE) || got.size > room || got.used > in.size ||
            (good && got.size != room) || got.fault.offset > size)
            abort();
        for (size_t i = got.size; i < room; i++)
            if (bytes[i] != 0)
                abort();
    }
    job_reset(&job);
    return 0;
}
