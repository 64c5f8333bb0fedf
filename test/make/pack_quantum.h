/* A Quantum compressor for tests, of streams as cabinets have them. */
#ifndef TEST_MAKE_PACK_QUANTUM_H
#define TEST_MAKE_PACK_QUANTUM_H

#include "make/pack_lzx_stream.h"

struct pack_quantum_model {
    unsigned count, left;
    unsigned symbols[65], sums[65];
};

/* Raw bits stand where the decoder is when it needs them, which is 16 bits ahead of the coder's. */
struct pack_quantum {
    struct pack_quantum_model literals[4], selector, three, four, slots, length;
    uint32_t low, high, pending;
    uint8_t *coded; /* a bit a byte */
    size_t coded_size, shifts;
    uint32_t *raw, *raw_at, *raw_width;
    size_t raw_count;
};

static inline void pack_quantum_model(struct pack_quantum_model *m, unsigned first, unsigned count) {
    *m = (struct pack_quantum_model){.count = count, .left = 4};
    for (unsigned i = 0; i <= count; i++) {
        m->symbols[i] = first + i;
        m->sums[i] = count - i;
    }
}

static inline void pack_quantum_update(struct pack_quantum_model *m) {
    if (--m->left > 0) {
        for (unsigned i = m->count; i-- > 0;) {
            m->sums[i] /= 2;
            if (m->sums[i] <= m->sums[i + 1])
                m->sums[i] = m->sums[i + 1] + 1;
        }
        return;
    }
    m->left = 50;
    unsigned often[65];
    for (unsigned i = 0; i < m->count; i++)
        often[i] = (m->sums[i] - m->sums[i + 1] + 1) / 2;
    for (unsigned i = 0; i + 1 < m->count; i++)
        for (unsigned k = i + 1; k < m->count; k++)
            if (often[i] < often[k]) {
                unsigned a = often[i], b = m->symbols[i];
                often[i] = often[k], m->symbols[i] = m->symbols[k];
                often[k] = a, m->symbols[k] = b;
            }
    for (unsigned i = m->count; i-- > 0;)
        m->sums[i] = m->sums[i + 1] + often[i];
}

static inline void pack_quantum_bit(struct pack_quantum *q, unsigned bit) {
    q->coded[q->coded_size++] = (uint8_t)bit;
    for (; q->pending > 0; q->pending--)
        q->coded[q->coded_size++] = !bit;
}

static inline void pack_quantum_symbol(struct pack_quantum *q, struct pack_quantum_model *m,
                                       unsigned symbol) {
    unsigned i = 0;
    while (m->symbols[i] != symbol)
        i++;
    uint32_t range = q->high - q->low + 1, all = m->sums[0], low = q->low;
    q->high = low + m->sums[i] * range / all - 1;
    q->low = low + m->sums[i + 1] * range / all;
    for (unsigned k = 0; k <= i; k++)
        m->sums[k] += 8;
    if (m->sums[0] > 3800)
        pack_quantum_update(m);
    for (;; q->shifts++) {
        if ((q->low & 0x8000) == (q->high & 0x8000)) {
            pack_quantum_bit(q, q->low >> 15);
        } else if (q->low & 0x4000 && !(q->high & 0x4000)) {
            q->pending++;
            q->low &= 0x3fff;
            q->high |= 0x4000;
        } else {
            return;
        }
        q->low = q->low << 1 & 0xffff;
        q->high = (q->high << 1 & 0xffff) | 1;
    }
}

static inline void pack_quantum_raw(struct pack_quantum *q, uint32_t value, unsigned width) {
    q->raw[q->raw_count] = value;
    q->raw_at[q->raw_count] = (uint32_t)q->shifts + 16;
    q->raw_width[q->raw_count++] = width;
}

static inline void pack_quantum_token(struct pack_quantum *q, const struct pack_token *t) {
    static const unsigned bases[] = {0,  1,  2,  3,  4,  5,  6,  8,   10,  12,  14,  18,  22, 26,
                                     30, 38, 46, 54, 62, 78, 94, 110, 126, 158, 190, 222, 254};
    if (t->length == 0) {
        pack_quantum_symbol(q, &q->selector, t->literal / 64);
        pack_quantum_symbol(q, &q->literals[t->literal / 64], t->literal);
        return;
    }
    unsigned slot = 0, n = 0;
    while (pack_lzx_base(slot + 1) <= t->distance - 1)
        slot++;
    /* few slots for short matches: longer ones can reach further */
    bool three = t->length == 3 && slot < q->three.count, four = t->length == 4 && slot < q->four.count;
    pack_quantum_symbol(q, &q->selector, three ? 4 : four ? 5 : 6);
    if (!three && !four) {
        while (n < 26 && bases[n + 1] + 5 <= t->length)
            n++;
        pack_quantum_symbol(q, &q->length, n);
        unsigned width = n < 6 || n == 26 ? 0 : (n - 2) / 4;
        pack_quantum_raw(q, t->length - 5 - bases[n], width);
    }
    pack_quantum_symbol(q, three ? &q->three : four ? &q->four : &q->slots, slot);
    pack_quantum_raw(q, t->distance - 1 - pack_lzx_base(slot), pack_lzx_width(slot));
}

/* Ends a frame: coded and raw bits, in the order in which they are read. */
static inline size_t pack_quantum_frame(struct pack_quantum *q, uint8_t *to) {
    size_t bits = 0;
    q->pending++;
    pack_quantum_bit(q, q->low >= 0x4000);
    while (q->coded_size < q->shifts + 16)
        q->coded[q->coded_size++] = 0;
    size_t raw = 0;
    memset(to, 0, q->coded_size / 8 + q->raw_count * 4 + 8);
    for (size_t i = 0; i <= q->shifts + 16; i++) {
        for (; raw < q->raw_count && q->raw_at[raw] == i; raw++)
            for (unsigned k = q->raw_width[raw]; k-- > 0; bits++)
                to[bits / 8] |= (uint8_t)((q->raw[raw] >> k & 1) << (7 - bits % 8));
        if (i < q->shifts + 16) {
            to[bits / 8] |= (uint8_t)(q->coded[i] << (7 - bits % 8));
            bits++;
        }
    }
    return (bits + 2 + 7) / 8; /* two more, as 7-Zip wants */
}

/* Packs for a window of 2^bits. `to` has room for 2 * size + 1000 bytes. Returns the size. */
static inline size_t pack_quantum(const uint8_t *plain, size_t size, unsigned bits, bool matches,
                                  uint64_t seed, uint8_t *to, struct pack_lzx_stream *ret) {
    struct pack_quantum *q = calloc(1, sizeof *q);
    struct pack_token *tokens = malloc(32768 * sizeof *tokens);
    struct pack_search search = {3, 259, (1u << bits) - 3, matches, seed};
    size_t packed = 0;
    q->coded = malloc(32768 * 40);
    q->raw = malloc(65536 * 4), q->raw_at = malloc(65536 * 4), q->raw_width = malloc(65536 * 4);
    for (unsigned i = 0; i < 4; i++)
        pack_quantum_model(&q->literals[i], i * 64, 64);
    pack_quantum_model(&q->selector, 0, 7);
    pack_quantum_model(&q->three, 0, 2 * bits < 24 ? 2 * bits : 24);
    pack_quantum_model(&q->four, 0, 2 * bits < 36 ? 2 * bits : 36);
    pack_quantum_model(&q->slots, 0, 2 * bits);
    pack_quantum_model(&q->length, 0, 27);
    *ret = (struct pack_lzx_stream){0};
    for (size_t at = 0; at < size; at += 32768) {
        size_t end = size - at < 32768 ? size : at + 32768;
        size_t count = pack_tokens(&search, plain, at, end, tokens), place = at;
        q->low = q->pending = 0, q->high = 0xffff;
        q->coded_size = q->shifts = q->raw_count = 0;
        for (size_t i = 0; i < count; i++) {
            struct pack_token t = tokens[i];
            unsigned slots = t.length == 3 ? q->three.count : q->four.count;
            size_t length = t.length ? t.length : 1;
            if ((t.length == 3 || t.length == 4) && t.distance - 1 >= pack_lzx_base(slots)) /* too far */
                for (size_t k = 0; k < length; k++)
                    pack_quantum_token(q, &(struct pack_token){0, 0, plain[place + k]});
            else
                pack_quantum_token(q, &t);
            place += length;
        }
        packed += pack_quantum_frame(q, to + packed);
        ret->ends[ret->frames++] = packed;
    }
    free(q->coded), free(q->raw), free(q->raw_at), free(q->raw_width);
    free(q);
    free(tokens);
    return packed;
}

#endif
