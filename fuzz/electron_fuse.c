#include "format/electron_fuse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found lies inside, goes on, and is nothing but states. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct electron_fuse fuses;
    for (uint64_t from = 0; electron_fuse_find(span_of(data, size, 0), from, &fuses); from = fuses.behind) {
        if (fuses.behind < from + ELECTRON_FUSE_MARK || fuses.behind > size || fuses.wire.size == 0)
            __builtin_trap();
        for (size_t i = 0; i < fuses.wire.size; i++)
            if (!electron_fuse_state(fuses.wire.data[i]))
                __builtin_trap();
    }
    return 0;
}
