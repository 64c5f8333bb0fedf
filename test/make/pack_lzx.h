/* An LZX compressor for tests, of chunks as WIM has them. What it shares with pack_lzx_stream.h is told apart
 * by the number of slots. */
#ifndef TEST_MAKE_PACK_LZX_H
#define TEST_MAKE_PACK_LZX_H

#include "make/pack_bits.h"

enum pack_lzx_kind { PACK_LZX_VERBATIM = 1, PACK_LZX_ALIGNED, PACK_LZX_STORED, PACK_LZX_MIXED };
enum {
    PACK_LZX_CHUNK = 32768,
    PACK_LZX_MAIN = 496,
    PACK_LZX_MOST = 656,
    PACK_LZX_SLOTS = 30,
    PACK_LZX_LONG = 249,
    PACK_LZX_FILE = 12000000
};

struct pack_lzx {
    struct pack_bits bits;
    unsigned slots; /* of distances */
    bool stream;    /* sizes of blocks take 24 bits */
    uint32_t recent[3];
    uint8_t main_lengths[PACK_LZX_MOST], long_lengths[PACK_LZX_LONG];
    uint32_t often_main[PACK_LZX_MOST], often_long[PACK_LZX_LONG], often_aligned[8];
    struct pack_code main, length, aligned;
    enum pack_lzx_kind kind;
};

static inline size_t pack_lzx_most(size_t size) {
    return size * 2 + 2000 * (size / 1000 + 2);
}

/* Relative targets of calls to absolute ones. */
static inline void pack_lzx_calls(uint8_t *data, size_t size) {
    for (size_t i = 0; size > 10 && i < size - 10; i++) {
        if (data[i] != 0xe8)
            continue;
        int32_t target = (int32_t)((uint32_t)data[i + 1] | (uint32_t)data[i + 2] << 8 |
                                   (uint32_t)data[i + 3] << 16 | (uint32_t)data[i + 4] << 24);
        if (target >= -(int32_t)i && target < PACK_LZX_FILE) {
            target += target < PACK_LZX_FILE - (int32_t)i ? (int32_t)i : -PACK_LZX_FILE;
            for (int k = 0; k < 4; k++)
                data[i + 1 + (size_t)k] = (uint8_t)((uint32_t)target >> 8 * k);
        }
        i += 4;
    }
}

static inline unsigned pack_lzx_width(unsigned slot) {
    return slot < 4 ? 0 : slot < 36 ? slot / 2 - 1 : 17;
}

static inline uint32_t pack_lzx_base(unsigned slot) {
    return slot < 4 ? slot : slot < 36 ? (2 + (slot & 1)) << pack_lzx_width(slot) : (slot - 34) << 17;
}

/* One token: counted if `count`, written otherwise. */
static inline void pack_lzx_token(struct pack_lzx *x, const struct pack_token *t, bool count) {
    unsigned slot = 0, header = t->length - 2 < 7 ? t->length - 2 : 7;
    if (t->length == 0) {
        count ? (void)x->often_main[t->literal]++ : pack_symbol(&x->bits, &x->main, t->literal);
        return;
    }
    while (slot < 3 && x->recent[slot] != t->distance)
        slot++;
    if (slot == 3)
        while (slot + 1 < x->slots && pack_lzx_base(slot + 1) <= t->distance + 2)
            slot++;
    if (slot >= 3)
        memmove(x->recent + 1, x->recent, 2 * sizeof *x->recent);
    else
        x->recent[slot] = x->recent[0];
    x->recent[0] = t->distance;
    unsigned symbol = 256 + slot * 8 + header, width = pack_lzx_width(slot);
    uint32_t extra = slot < 3 ? 0 : t->distance + 2 - pack_lzx_base(slot);
    bool aligned = slot >= 3 && width >= 3 && x->kind == PACK_LZX_ALIGNED;
    if (count) {
        x->often_main[symbol]++;
        if (header == 7)
            x->often_long[t->length - 9]++;
        if (aligned)
            x->often_aligned[extra & 7]++;
        return;
    }
    pack_symbol(&x->bits, &x->main, symbol);
    if (header == 7)
        pack_symbol(&x->bits, &x->length, t->length - 9);
    if (slot < 3)
        return;
    pack_bits_add(&x->bits, aligned ? extra >> 3 : extra, aligned ? width - 3 : width);
    if (aligned)
        pack_symbol(&x->bits, &x->aligned, extra & 7);
}

/* How the lengths from `i` on are said: the symbol, and how many it stands for. */
static inline unsigned pack_lzx_length(const uint8_t *old, const uint8_t *now, unsigned i, unsigned count,
                                       unsigned *run) {
    unsigned n = 1;
    while (i + n < count && now[i + n] == now[i] && n < 51)
        n++;
    *run = n;
    if (now[i] == 0 && n >= 20)
        return 18;
    if (now[i] == 0 && n >= 4) {
        *run = n < 19 ? n : 19;
        return 17;
    }
    *run = n >= 4 ? 4 + (n > 4) : 1;
    return n >= 4 ? 19 : (old[i] + 17u - now[i]) % 17;
}

static inline void pack_lzx_lengths(struct pack_lzx *x, uint8_t *old, const uint8_t *now, unsigned count) {
    uint32_t often[20] = {0};
    struct pack_code pre;
    unsigned run;
    for (unsigned i = 0; i < count; i += run) {
        unsigned symbol = pack_lzx_length(old, now, i, count, &run);
        often[symbol]++;
        if (symbol == 19)
            often[(old[i] + 17u - now[i]) % 17]++;
    }
    pack_code_make(&pre, often, 20, 15);
    for (unsigned i = 0; i < 20; i++)
        pack_bits_add(&x->bits, pre.lengths[i], 4);
    for (unsigned i = 0; i < count; i += run) {
        unsigned symbol = pack_lzx_length(old, now, i, count, &run);
        pack_symbol(&x->bits, &pre, symbol);
        if (symbol == 17)
            pack_bits_add(&x->bits, run - 4, 4);
        else if (symbol == 18)
            pack_bits_add(&x->bits, run - 20, 5);
        else if (symbol == 19) {
            pack_bits_add(&x->bits, run - 4, 1);
            pack_symbol(&x->bits, &pre, (old[i] + 17u - now[i]) % 17);
        }
    }
    memcpy(old, now, count);
}

static inline void pack_lzx_head(struct pack_lzx *x, size_t size) {
    pack_bits_add(&x->bits, x->kind, 3);
    if (x->stream)
        pack_bits_add(&x->bits, (unsigned)size, 24);
    else
        pack_bits_add(&x->bits, size == PACK_LZX_CHUNK, 1);
    if (!x->stream && size != PACK_LZX_CHUNK)
        pack_bits_add(&x->bits, (unsigned)size, 16);
}

static inline void pack_lzx_stored(struct pack_lzx *x, const uint8_t *data, size_t size, bool last) {
    pack_lzx_head(x, size);
    if (x->bits.filled == 16)
        pack_bits_add(&x->bits, 0, 16); /* already at the end of a word: a whole one is dropped */
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 4; k++)
            pack_byte(&x->bits, x->recent[i] >> 8 * k);
    for (size_t i = 0; i < size; i++)
        pack_byte(&x->bits, data[i]);
    if (size % 2 && !last)
        pack_byte(&x->bits, 0);
    pack_bits_start(&x->bits, 0);
}

/* The codes of a block of these tokens, and its head. */
static inline void pack_lzx_codes(struct pack_lzx *x, const struct pack_token *tokens, size_t count,
                                  size_t size) {
    unsigned main = 256 + 8 * x->slots;
    uint32_t recent[3];
    memcpy(recent, x->recent, sizeof recent);
    memset(x->often_main, 0, sizeof x->often_main);
    memset(x->often_long, 0, sizeof x->often_long);
    memset(x->often_aligned, 0, sizeof x->often_aligned);
    bool any_long = false;
    for (size_t i = 0; i < count; i++) {
        pack_lzx_token(x, &tokens[i], true);
        any_long |= tokens[i].length >= 9;
    }
    memcpy(x->recent, recent, sizeof recent);
    pack_code_make(&x->main, x->often_main, main, 16);
    pack_code_make(&x->length, x->often_long, PACK_LZX_LONG, 16);
    pack_code_make(&x->aligned, x->often_aligned, 8, 7);
    if (!any_long) /* an empty code, as real compressors write */
        memset(x->length.lengths, 0, sizeof x->length.lengths);
    pack_lzx_head(x, size);
    for (unsigned i = 0; x->kind == PACK_LZX_ALIGNED && i < 8; i++)
        pack_bits_add(&x->bits, x->aligned.lengths[i], 3);
    pack_lzx_lengths(x, x->main_lengths, x->main.lengths, 256);
    pack_lzx_lengths(x, x->main_lengths + 256, x->main.lengths + 256, main - 256);
    pack_lzx_lengths(x, x->long_lengths, x->length.lengths, PACK_LZX_LONG);
}

static inline void pack_lzx_coded(struct pack_lzx *x, const struct pack_token *tokens, size_t count,
                                  size_t size) {
    pack_lzx_codes(x, tokens, count, size);
    for (size_t i = 0; i < count; i++)
        pack_lzx_token(x, &tokens[i], false);
}

/* Packs one chunk, at most PACK_LZX_CHUNK bytes, in blocks of at most `block` bytes. With PACK_LZX_MIXED the
 * kinds take turns. Returns the size. */
static inline size_t pack_lzx(const uint8_t *plain, size_t size, enum pack_lzx_kind kind, size_t block,
                              bool matches, uint64_t seed, uint8_t *to) {
    struct pack_lzx *x = calloc(1, sizeof *x);
    struct pack_token *tokens = malloc(PACK_LZX_CHUNK * sizeof *tokens);
    struct pack_search search = {2, 257, 32765, matches, seed};
    uint8_t *data = malloc(size + 1);
    memcpy(data, plain, size);
    pack_lzx_calls(data, size);
    x->recent[0] = x->recent[1] = x->recent[2] = 1;
    x->slots = PACK_LZX_SLOTS;
    x->bits.to = to;
    pack_bits_start(&x->bits, 0);
    for (size_t at = 0, n = 0; at < size; at += block, n++) {
        size_t part = size - at < block ? size - at : block;
        x->kind = kind == PACK_LZX_MIXED ? 1 + (enum pack_lzx_kind)((seed + n) % 3) : kind;
        if (x->kind == PACK_LZX_STORED)
            pack_lzx_stored(x, data + at, part, at + part == size);
        else
            pack_lzx_coded(x, tokens, pack_tokens(&search, data, at, at + part, tokens), part);
    }
    size_t packed = x->bits.at;
    free(x);
    free(tokens);
    free(data);
    return packed;
}

#endif
