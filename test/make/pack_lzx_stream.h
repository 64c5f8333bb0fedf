/* An LZX compressor for tests, of streams as cabinets have them: frames of 32 KiB, blocks of any length. */
#ifndef TEST_MAKE_PACK_LZX_STREAM_H
#define TEST_MAKE_PACK_LZX_STREAM_H

#include "make/pack_lzx.h"

enum { PACK_LZX_FRAMES = 4096 };

struct pack_lzx_stream {
    size_t ends[PACK_LZX_FRAMES]; /* where each frame's packed bytes end */
    size_t frames;
};

/* Relative targets of calls to absolute ones, frame by frame. */
static inline void pack_lzx_stream_calls(uint8_t *data, size_t size, int32_t file_size) {
    for (size_t frame = 0; frame < size; frame += PACK_LZX_CHUNK) {
        size_t part = size - frame < PACK_LZX_CHUNK ? size - frame : PACK_LZX_CHUNK;
        for (size_t i = frame; part > 10 && i < frame + part - 10; i++) {
            if (data[i] != 0xe8)
                continue;
            int32_t at = (int32_t)i;
            int32_t target = (int32_t)((uint32_t)data[i + 1] | (uint32_t)data[i + 2] << 8 |
                                       (uint32_t)data[i + 3] << 16 | (uint32_t)data[i + 4] << 24);
            if (target >= -at && target < file_size) {
                target += target < file_size - at ? at : -file_size;
                for (int k = 0; k < 4; k++)
                    data[i + 1 + (size_t)k] = (uint8_t)((uint32_t)target >> 8 * k);
            }
            i += 4;
        }
    }
}

/* Ends a frame: the next bits begin a word of its own. */
static inline void pack_lzx_frame(struct pack_lzx *x, struct pack_lzx_stream *ret, size_t at, size_t size) {
    if (at % PACK_LZX_CHUNK == 0 || at == size) {
        ret->ends[ret->frames++] = x->bits.at;
        pack_bits_start(&x->bits, 0);
    }
}

static inline void pack_lzx_stream_stored(struct pack_lzx *x, const uint8_t *data, size_t at, size_t part,
                                          size_t size, struct pack_lzx_stream *ret) {
    pack_lzx_head(x, part);
    if (x->bits.filled == 16)
        pack_bits_add(&x->bits, 0, 16);
    for (unsigned i = 0; i < 12; i++)
        pack_byte(&x->bits, x->recent[i / 4] >> 8 * (i % 4));
    for (size_t i = 0; i < part; i++) {
        pack_byte(&x->bits, data[at + i]);
        if (i + 1 == part && part % 2)
            pack_byte(&x->bits, 0);
        pack_lzx_frame(x, ret, at + i + 1, size);
    }
    pack_bits_start(&x->bits, 0);
}

static inline void pack_lzx_stream_coded(struct pack_lzx *x, struct pack_search *search, const uint8_t *data,
                                         size_t at, size_t part, size_t size, struct pack_token *tokens,
                                         struct pack_lzx_stream *ret) {
    size_t count = 0, place = at;
    for (size_t from = at; from < at + part;) {
        size_t to = (from / PACK_LZX_CHUNK + 1) * PACK_LZX_CHUNK;
        to = to < at + part ? to : at + part;
        count += pack_tokens(search, data, from, to, tokens + count);
        from = to;
    }
    pack_lzx_codes(x, tokens, count, part);
    for (size_t i = 0; i < count; i++) {
        pack_lzx_token(x, &tokens[i], false);
        place += tokens[i].length > 0 ? tokens[i].length : 1;
        pack_lzx_frame(x, ret, place, size);
    }
}

/* Packs `size` bytes in blocks of `block` bytes for a window of 2^bits. `file_size`: for calls; 0: none are
 * changed. `to` has room for pack_lzx_most(size). Returns the size. */
static inline size_t pack_lzx_stream(const uint8_t *plain, size_t size, enum pack_lzx_kind kind, size_t block,
                                     unsigned bits, int32_t file_size, uint64_t seed, uint8_t *to,
                                     struct pack_lzx_stream *ret) {
    static const unsigned slots[] = {30, 32, 34, 36, 38, 42, 50};
    struct pack_lzx *x = calloc(1, sizeof *x);
    struct pack_token *tokens = malloc((size + 1) * sizeof *tokens);
    struct pack_search search = {2, 257, (1u << bits) - 3, true, seed};
    uint8_t *data = malloc(size + 1);
    memcpy(data, plain, size);
    if (file_size > 0)
        pack_lzx_stream_calls(data, size, file_size);
    *x = (struct pack_lzx){.slots = slots[bits - 15], .stream = true, .recent = {1, 1, 1}};
    x->bits.to = to;
    *ret = (struct pack_lzx_stream){0};
    pack_bits_start(&x->bits, 0);
    pack_bits_add(&x->bits, file_size > 0, 1);
    if (file_size > 0) {
        pack_bits_add(&x->bits, (uint32_t)file_size >> 16, 16);
        pack_bits_add(&x->bits, (uint32_t)file_size & 0xffff, 16);
    }
    for (size_t at = 0, n = 0; at < size; at += block, n++) {
        size_t part = size - at < block ? size - at : block;
        x->kind = kind == PACK_LZX_MIXED ? 1 + (enum pack_lzx_kind)((seed + n) % 3) : kind;
        if (x->kind == PACK_LZX_STORED)
            pack_lzx_stream_stored(x, data, at, part, size, ret);
        else
            pack_lzx_stream_coded(x, &search, data, at, part, size, tokens, ret);
    }
    size_t packed = x->bits.at;
    free(x);
    free(tokens);
    free(data);
    return packed;
}

#endif
