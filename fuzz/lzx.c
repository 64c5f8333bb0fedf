#include "format/lzx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool decode(struct span in, uint8_t *to, size_t room, struct unpacked *got) {
    bool good = lzx_decode(in, to, room, got);
    if (good != (got->fault.code == FAULT_NONE) || got->size > room || got->used > in.size ||
        (good && got->size != room) || got->fault.offset > in.size)
        abort();
    for (size_t i = got->size; i < room; i++)
        if (to[i] != 0)
            abort();
    return good;
}

/* The first two bytes say how large the chunk is. What a cut input yields is the beginning of what the whole
 * one does, up to a call whose target is cut off. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2)
        return 0;
    size_t room = (size_t)(data[0] | data[1] << 8) % LZX_CHUNK + 1;
    struct span in = span_of(data + 2, size - 2, 0);
    struct unpacked got, cut;
    uint8_t *whole = malloc(room), *some = malloc(room);
    if (!whole || !some)
        exit(2);
    decode(in, whole, room, &got);
    decode(span_clip(in, 0, in.size - in.size / 3), some, room, &cut);
    if (cut.size > got.size || (cut.size > 4 && memcmp(whole, some, cut.size - 4) != 0))
        abort();
    free(whole);
    free(some);
    return 0;
}
