#include "format/lznt1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool decode(struct span in, uint8_t *to, size_t room, struct unpacked *got) {
    bool good = lznt1_decode(in, to, room, got);
    if (good != (got->fault.code == FAULT_NONE) || got->size > room || got->used > in.size ||
        (good && got->size != room) || got->fault.offset > in.size)
        abort();
    for (size_t i = got->size; i < room; i++)
        if (to[i] != 0)
            abort();
    return good;
}

/* The first two bytes say how large the unit is. A part of the unit must be the beginning of the whole. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    size_t room = (size_t)(data[0] | data[1] << 8) + 1, part = room / 3 + 1;
    struct span in = span_of(data + 2, size - 2, 0);
    struct unpacked got, head;
    uint8_t *whole = malloc(room), *some = malloc(part);
    if (!whole || !some)
        exit(2);
    bool good = decode(in, whole, room, &got), some_good = decode(in, some, part, &head);
    if ((good && !some_good) || memcmp(whole, some, head.size < got.size ? head.size : got.size) != 0)
        abort();
    free(whole);
    free(some);
    return 0;
}
