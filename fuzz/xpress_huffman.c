#include "format/xpress_huffman.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool decode(struct span in, uint8_t *to, size_t room, struct unpacked *got) {
    bool good = xpress_huffman_decode(in, to, room, got);
    if (good != (got->fault.code == FAULT_NONE) || got->size > room || got->used > in.size ||
        (good && got->size != room) || got->fault.offset > in.size)
        abort();
    for (size_t i = got->size; i < room; i++)
        if (to[i] != 0)
            abort();
    return good;
}

/* The first three bytes say how large the data are, up to 80000 bytes, more than one block. With more input,
 * nothing that was there changes, and what was cut off does not become good by it before its end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 3)
        return 0;
    size_t room = ((size_t)(data[0] | data[1] << 8 | data[2] << 16)) % 80000 + 1;
    struct span in = span_of(data + 3, size - 3, 0);
    struct unpacked got, cut;
    uint8_t *whole = malloc(room), *some = malloc(room);
    if (!whole || !some)
        exit(2);
    decode(in, whole, room, &got);
    decode(span_clip(in, 0, in.size - in.size / 3), some, room, &cut);
    size_t both = cut.size < got.size ? cut.size : got.size;
    if (cut.size > got.size || memcmp(whole, some, both) != 0)
        abort();
    free(whole);
    free(some);
    return 0;
}
