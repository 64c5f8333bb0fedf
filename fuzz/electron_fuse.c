#include "format/electron_fuse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found lies inside, goes on, and is nothing but states; in pieces the same is found. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct electron_fuse_stream whole, pieces;
    struct electron_fuse fuses;
    size_t count = 0, step = size > 0 ? 1u + data[0] : 1;
    electron_fuse_start(&whole);
    electron_fuse_add(&whole, span_of(data, size, 0));
    electron_fuse_start(&pieces);
    for (size_t at = 0; at < size; at += step)
        electron_fuse_add(&pieces, span_clip(span_of(data, size, 0), at, step));
    if (pieces.count != whole.count)
        __builtin_trap();
    for (size_t i = 0; i < whole.count; i++)
        if (!span_equal(span_of(whole.wire[i], whole.wire_size[i], 0),
                        span_of(pieces.wire[i], pieces.wire_size[i], 0)))
            __builtin_trap();
    for (uint64_t from = 0; electron_fuse_find(span_of(data, size, 0), from, &fuses); from = fuses.behind) {
        if (fuses.behind < from + ELECTRON_FUSE_MARK || fuses.behind > size || fuses.wire.size == 0)
            __builtin_trap();
        for (size_t i = 0; i < fuses.wire.size; i++)
            if (!electron_fuse_state(fuses.wire.data[i]))
                __builtin_trap();
        if (count < whole.count &&
            !span_equal(fuses.wire, span_of(whole.wire[count], whole.wire_size[count], 0)))
            __builtin_trap();
        count++;
    }
    if (whole.count != (count < ELECTRON_FUSE_PLACES ? count : ELECTRON_FUSE_PLACES))
        __builtin_trap();
    return 0;
}
