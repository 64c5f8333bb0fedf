/* huffman: bits and canonical codes as Xpress Huffman and LZX write them (docs/format/huffman.md).
 *
 * Bits come in words of 16, little-endian, the highest bit of a word first. Between them whole bytes may
 * stand; where is a matter of which words a decoder that reads ahead by 16 bits has already taken, so
 * huffman_bytes goes back to there.
 *
 * Past the end of its input the reader yields zeros, which it counts: a decoder reads one symbol with all
 * that belongs to it, asks huffman_torn, and only then believes it. */
#ifndef FORMAT_HUFFMAN_H
#define FORMAT_HUFFMAN_H

#include "base/fault.h"
#include "base/span.h"

/* Each symbol passes through these, and a reader stays in registers only where all of them are inlined. */
#define HUFFMAN_INLINE __attribute__((always_inline)) static inline

enum {
    HUFFMAN_SYMBOLS = 656, /* most symbols of a code */
    HUFFMAN_LENGTH = 16,   /* longest code, in bits */
    HUFFMAN_DIRECT = 11,   /* most bits that one look into a table can settle */
    HUFFMAN_NONE = 0xffff  /* no symbol: only a code without any has such */
};

struct huffman_bits {
    struct cursor in;
    uint64_t hold;  /* the next bits, the first one highest; zeros behind them */
    unsigned count; /* of bits in hold */
    unsigned ghost; /* of bits handed out or held that the input does not have */
};

/* A code. Fill with huffman_build; about 5 KiB. */
struct huffman_code {
    uint16_t direct[1 << HUFFMAN_DIRECT]; /* symbol << 4 | length, by the next bits; 0 for longer codes */
    uint16_t symbols[HUFFMAN_SYMBOLS];    /* in the order of their codes */
    uint32_t end[HUFFMAN_LENGTH + 1];     /* behind the last code of a length, as 16 bits from the left */
    uint16_t first[HUFFMAN_LENGTH + 1];   /* first code of a length, as 16 bits from the left ... */
    uint16_t place[HUFFMAN_LENGTH + 1];   /* ... and where its symbol stands */
};

/* The code of `count` symbols (at most HUFFMAN_SYMBOLS) whose lengths in bits are given, 0 for a symbol that
 * does not occur. Codes of up to `direct` bits (1 to HUFFMAN_DIRECT) are settled by one look. A code must use
 * up all bit patterns or none; false for others and for a length above 16. */
bool huffman_build(struct huffman_code *code, const uint8_t *lengths, unsigned count,
                   unsigned direct) MUST_USE;

static inline struct huffman_bits huffman_bits_of(struct span in) {
    return (struct huffman_bits){.in = cursor_of(in)};
}

/* huffman_fill near the end of the input. By value: a loop that kept its reader in memory for this would be
 * slower by a third. */
struct huffman_bits huffman_fill_last(struct huffman_bits bits);

/* Makes sure of at least 32 bits in hold. */
HUFFMAN_INLINE void huffman_fill(struct huffman_bits *bits) {
    if (bits->count >= 32)
        return;
    if (cursor_left(&bits->in) >= 4) {
        uint32_t words = cursor_u32(&bits->in);
        bits->hold |= (uint64_t)(words << 16 | words >> 16) << (32 - bits->count);
        bits->count += 32;
    } else {
        *bits = huffman_fill_last(*bits);
    }
}

/* True if bits were taken that the input does not have. */
HUFFMAN_INLINE bool huffman_torn(const struct huffman_bits *bits) {
    return bits->ghost > bits->count || bits->in.torn;
}

/* Takes `count` bits, at most 16, of those that huffman_fill made sure of. */
HUFFMAN_INLINE unsigned huffman_take(struct huffman_bits *bits, unsigned count) {
    unsigned value = (unsigned)(bits->hold >> 1 >> (63 - count));
    bits->hold <<= count;
    bits->count -= count;
    return value;
}

/* The symbol << 5 | length of the code that the next 16 bits begin with, longer than `direct`; 0 if none. */
unsigned huffman_long(const struct huffman_code *code, unsigned next, unsigned direct) __attribute__((pure));

/* The next symbol, of at most 16 bits that huffman_fill made sure of. `direct` as it was for huffman_build.
 * HUFFMAN_NONE if the code is empty. */
HUFFMAN_INLINE unsigned huffman_symbol(struct huffman_bits *bits, const struct huffman_code *code,
                                       unsigned direct) {
    unsigned entry = code->direct[bits->hold >> (64 - direct)];
    if (entry) {
        bits->hold <<= entry & 15;
        bits->count -= entry & 15;
        return entry >> 4;
    }
    entry = huffman_long(code, (unsigned)(bits->hold >> 48), direct);
    if (entry == 0)
        return HUFFMAN_NONE;
    huffman_take(bits, entry & 31);
    return entry >> 5;
}

/* Bytes of the input that were needed so far: whole words. */
static inline size_t huffman_used(const struct huffman_bits *bits) {
    unsigned held = bits->count > bits->ghost ? bits->count - bits->ghost : 0;
    return bits->in.at - held / 16 * 2;
}

/* Gives back what is in hold behind the next `keep` bits, which is whole words. */
HUFFMAN_INLINE void huffman_give_back(struct huffman_bits *bits, unsigned keep) {
    for (; bits->count > keep; bits->count -= 16)
        if (bits->ghost >= 16)
            bits->ghost -= 16;
        else
            bits->in.at -= 2;
    bits->hold = keep ? bits->hold & UINT64_MAX << (64 - keep) : 0;
}

/* The cursor for whole bytes that stand between the words: behind the words that a decoder has taken who
 * always holds 16 to 31 bits. Torn if the input does not have all of these words. */
HUFFMAN_INLINE struct cursor *huffman_bytes(struct huffman_bits *bits) {
    huffman_fill(bits);
    huffman_give_back(bits, 16 + bits->count % 16);
    bits->in.torn |= bits->ghost > 0;
    return &bits->in;
}

/* Drops those bits, so that other data can follow where huffman_bytes is. */
static inline void huffman_restart(struct huffman_bits *bits) {
    huffman_bytes(bits);
    bits->hold = 0;
    bits->count = bits->ghost = 0;
}

/* Drops the bits up to the next word, 1 to 16 of them, and gives the cursor for whole bytes from there. */
static inline struct cursor *huffman_align(struct huffman_bits *bits) {
    huffman_fill(bits);
    huffman_take(bits, (bits->count - 1) % 16 + 1);
    huffman_give_back(bits, 0);
    return &bits->in;
}

#endif
