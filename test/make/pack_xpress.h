/* An LZ77+Huffman compressor for tests, after [MS-XCA] 2.1. */
#ifndef TEST_MAKE_PACK_XPRESS_H
#define TEST_MAKE_PACK_XPRESS_H

#include "make/pack_bits.h"

/* Room that the packed form of `size` bytes may need. */
static inline size_t pack_xpress_most(size_t size) {
    return size * 2 + 300 * (size / 65536 + 1);
}

static inline unsigned pack_xpress_symbol(const struct pack_token *t) {
    uint32_t length = t->length - 3;
    if (t->length == 0)
        return t->literal;
    return 256 + (31 - (unsigned)__builtin_clz(t->distance)) * 16 + (length < 15 ? length : 15);
}

static inline void pack_xpress_token(struct pack_bits *b, const struct pack_code *code,
                                     const struct pack_token *t) {
    unsigned width = t->length ? 31 - (unsigned)__builtin_clz(t->distance) : 0;
    uint32_t length = t->length - 3;
    pack_symbol(b, code, pack_xpress_symbol(t));
    if (t->length == 0)
        return;
    if (length >= 15)
        pack_byte(b, length - 15 < 255 ? length - 15 : 255);
    if (length >= 270)
        for (int i = 0; i < 2; i++)
            pack_byte(b, length <= 65535 ? length >> 8 * i : 0);
    if (length > 65535)
        for (int i = 0; i < 4; i++)
            pack_byte(b, length >> 8 * i);
    pack_bits_add(b, t->distance & ((1u << width) - 1), width);
}

/* Packs `size` bytes. Matches have 3 to `most` bytes, none if that is 0. `seed` varies the choices, `end`
 * adds the mark of the end. Returns the size. */
static inline size_t pack_xpress(const uint8_t *data, size_t size, uint32_t most, uint64_t seed, bool end,
                                 uint8_t *to) {
    struct pack_token *tokens = malloc(65536 * sizeof *tokens);
    struct pack_search search = {3, most, 65535, most > 0, seed};
    struct pack_bits b = {.to = to};
    for (size_t at = 0; at < size; at += 65536) {
        size_t part = size - at < 65536 ? size - at : 65536;
        size_t count = pack_tokens(&search, data, at, at + part, tokens);
        uint32_t often[512] = {0};
        struct pack_code code;
        for (size_t i = 0; i < count; i++)
            often[pack_xpress_symbol(&tokens[i])]++;
        bool last = at + part == size;
        often[256] += last && end;
        pack_code_make(&code, often, 512, 15);
        for (unsigned i = 0; i < 512; i += 2)
            pack_byte(&b, code.lengths[i] + 16u * code.lengths[i + 1]);
        pack_bits_start(&b, 2);
        for (size_t i = 0; i < count; i++)
            pack_xpress_token(&b, &code, &tokens[i]);
        if (last && end)
            pack_symbol(&b, &code, 256);
    }
    free(tokens);
    return b.at;
}

#endif
