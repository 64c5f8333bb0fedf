#include "store/presences.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first thing, then a chunk: what is one is packed into one of the same rows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct presences one, other;
    static struct store_presence rows[PRESENCES_ROWS];
    struct text chunk = {0};
    uint64_t first = 0;
    if (size < sizeof first)
        return 0;
    span_copy(span_of(data, size, 0), &first, sizeof first);
    struct span rest = span_of(data + sizeof first, size - sizeof first, 0);
    bool good = presences_unpack(first, rest, true, &one);
    if (good != (one.count > 0) || one.count > PRESENCES_ROWS)
        __builtin_trap();
    for (size_t i = 0; i < one.count; i++)
        rows[i] = (struct store_presence){one.things[i], one.times[i]};
    for (size_t done = 0; done < one.count;) {
        size_t taken = presences_pack(rows + done, one.count - done, &chunk);
        if (taken == 0 ||
            !presences_unpack(rows[done].thing, span_of(chunk.data, chunk.size, 0), true, &other) ||
            other.count != taken)
            __builtin_trap();
        for (size_t i = 0; i < taken; i++)
            if (other.things[i] != rows[done + i].thing || other.times[i] != rows[done + i].time)
                __builtin_trap();
        done += taken;
    }
    text_free(&chunk);
    return 0;
}
