/* What the compressors of the tests share: prefix codes, words of 16 bits, and a search for matches. */
#ifndef TEST_MAKE_PACK_BITS_H
#define TEST_MAKE_PACK_BITS_H

#include "make/pack_samples.h"

#include <stdbool.h>
#include <stdlib.h>

enum { PACK_SYMBOLS = 656 };

/* Bits into words, the highest first. A word's place is taken when its first bit is written, or `ahead` words
 * earlier; whole bytes go behind all places taken. */
struct pack_bits {
    uint8_t *to;
    size_t at;        /* behind everything */
    size_t places[3]; /* of the word being filled and of those taken ahead */
    unsigned ahead, word, filled;
};

static inline size_t pack_bits_place(struct pack_bits *b) {
    b->to[b->at] = b->to[b->at + 1] = 0;
    b->at += 2;
    return b->at - 2;
}

static inline void pack_bits_start(struct pack_bits *b, unsigned ahead) {
    b->ahead = ahead;
    b->word = 0;
    b->filled = 16;
    for (unsigned i = 1; i <= ahead; i++)
        b->places[i] = pack_bits_place(b);
    if (ahead > 0) { /* the first word counts as begun */
        b->places[0] = b->places[1];
        b->places[1] = b->places[2];
        b->filled = 0;
    }
}

static inline void pack_bit(struct pack_bits *b, unsigned bit) {
    if (b->filled == 16) {
        if (b->ahead == 0) {
            b->places[0] = pack_bits_place(b);
        } else {
            b->places[0] = b->places[1];
            b->places[1] = pack_bits_place(b);
        }
        b->word = b->filled = 0;
    }
    b->word |= bit << (15 - b->filled++);
    b->to[b->places[0]] = (uint8_t)b->word;
    b->to[b->places[0] + 1] = (uint8_t)(b->word >> 8);
}

static inline void pack_bits_add(struct pack_bits *b, unsigned value, unsigned count) {
    while (count-- > 0)
        pack_bit(b, count < 32 ? value >> count & 1 : 0);
}

static inline void pack_byte(struct pack_bits *b, unsigned value) {
    b->to[b->at++] = (uint8_t)value;
}

struct pack_code {
    uint8_t lengths[PACK_SYMBOLS];
    uint16_t codes[PACK_SYMBOLS];
};

/* Lengths by joining the two rarest trees until one is left. */
static inline unsigned pack_code_try(const uint32_t *often, unsigned count, uint8_t *lengths) {
    uint64_t weight[2 * PACK_SYMBOLS];
    unsigned parent[2 * PACK_SYMBOLS], nodes = count, longest = 0;
    for (unsigned i = 0; i < count; i++)
        weight[i] = often[i];
    for (;;) {
        unsigned a = nodes, b = nodes;
        for (unsigned i = 0; i < nodes; i++)
            if (weight[i] > 0 && (a == nodes || weight[i] < weight[a]))
                b = a, a = i;
            else if (weight[i] > 0 && (b == nodes || weight[i] < weight[b]))
                b = i;
        if (b == nodes)
            break;
        parent[a] = parent[b] = nodes;
        weight[nodes++] = weight[a] + weight[b];
        weight[a] = weight[b] = 0;
    }
    for (unsigned i = 0; i < count; i++) {
        lengths[i] = 0;
        if (often[i] > 0)
            for (unsigned node = i; node != nodes - 1; node = parent[node])
                lengths[i]++;
        longest = lengths[i] > longest ? lengths[i] : longest;
    }
    return longest;
}

/* A complete code with lengths of at most `most` bits for symbols that occur so often; two at least get one.
 */
static inline void pack_code_make(struct pack_code *code, const uint32_t *how_often, unsigned count,
                                  unsigned most) {
    uint32_t often[PACK_SYMBOLS];
    unsigned used = 0, next = 0;
    memcpy(often, how_often, count * sizeof *often);
    for (unsigned i = 0; i < count; i++)
        used += often[i] > 0;
    for (unsigned i = 0; i < count && used < 2; i++)
        if (often[i] == 0)
            used++, often[i] = 1;
    while (pack_code_try(often, count, code->lengths) > most)
        for (unsigned i = 0; i < count; i++)
            often[i] = often[i] > 0 ? often[i] / 2 + 1 : 0;
    for (unsigned length = 1; length <= most; length++, next <<= 1)
        for (unsigned i = 0; i < count; i++)
            if (code->lengths[i] == length)
                code->codes[i] = (uint16_t)next++;
}

static inline void pack_symbol(struct pack_bits *b, const struct pack_code *code, unsigned symbol) {
    pack_bits_add(b, code->codes[symbol], code->lengths[symbol]);
}

struct pack_token {
    uint32_t length, distance; /* 0 for a literal */
    uint8_t literal;
};

struct pack_search {
    uint32_t least, most, reach; /* lengths of matches; greatest distance */
    bool matches;                /* otherwise only literals */
    uint64_t state;              /* now and then a match is shortened, or not taken */
};

/* The tokens of data[from, to), with matches back to data[0]. Returns how many; there is room for to - from.
 */
static inline size_t pack_tokens(struct pack_search *s, const uint8_t *data, size_t from, size_t to,
                                 struct pack_token *tokens) {
    static uint32_t last[4096]; /* position + 1 */
    size_t count = 0;
    memset(last, 0, sizeof last);
    for (size_t at = 0; at < to;) {
        uint32_t length = 0, distance = 0, step = 1;
        unsigned key = at + 3 <= to ? (data[at] * 33u ^ data[at + 1] * 7u ^ data[at + 2] * 129u) % 4096 : 0;
        if (at >= from && s->matches && at + 3 <= to && last[key] > 0) {
            distance = (uint32_t)(at + 1 - last[key]);
            uint32_t limit = s->most < to - at ? s->most : (uint32_t)(to - at);
            uint32_t draw = pack_sample_draw(&s->state);
            if (draw % 16 == 0)
                limit = limit < 40 ? limit : draw % 40;
            while (distance <= s->reach && length < limit &&
                   data[at + length] == data[at + length - distance])
                length++;
        }
        if (at + 3 <= to)
            last[key] = (uint32_t)at + 1;
        if (length < s->least)
            length = distance = 0;
        if (at >= from)
            tokens[count++] = (struct pack_token){length, distance, data[at]};
        if (length > 0)
            step = length;
        at += step;
    }
    return count;
}

#endif
