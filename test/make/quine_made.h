/* A file of gzip that unpacks to itself, byte for byte: two operations of deflate, what is said and what is
 * said again, are enough (R. Cox, "Zip Files All The Way Down", 2010). Each operation takes five bytes here;
 * the checksum, which is of bytes that hold it twice, comes out of 32 linear equations. */
#ifndef TEST_MAKE_QUINE_MADE_H
#define TEST_MAKE_QUINE_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifndef ZLIB_CONST
#define ZLIB_CONST
#endif
#include <zlib.h>

enum { QUINE_MADE_ROOM = 1024, QUINE_MADE_HEAD = 15, QUINE_MADE_TAIL = 13, QUINE_MADE_STEP = 5 };

struct quine_made {
    uint8_t bytes[QUINE_MADE_ROOM];
    size_t size, bits; /* bits: of the last byte that are used */
};

static inline void quine_made_bytes(struct quine_made *made, const void *from, size_t size) {
    memcpy(made->bytes + made->size, from, size);
    made->size += size;
}

static inline void quine_made_bit(struct quine_made *made, unsigned bit) {
    if (made->bits == 0)
        made->bytes[made->size++] = 0;
    made->bytes[made->size - 1] |= (uint8_t)(bit << made->bits);
    made->bits = (made->bits + 1) % 8;
}

static inline void quine_made_code(struct quine_made *made, unsigned code, int size) {
    while (size-- > 0)
        quine_made_bit(made, code >> size & 1);
}

/* The next `size` bytes are said. */
static inline void quine_made_say(struct quine_made *made, size_t size) {
    uint8_t bytes[QUINE_MADE_STEP] = {0, (uint8_t)size, 0, (uint8_t)~size, 0xff};
    quine_made_bytes(made, bytes, sizeof bytes);
}

/* The last `size` bytes, 18 or 20, again: in two copies, which fill forty bits. */
static inline void quine_made_again(struct quine_made *made, size_t size) {
    quine_made_code(made, 2, 3); /* a block of fixed codes */
    for (int i = 0; i < 2; i++) {
        quine_made_code(made, (unsigned)(i == 0 ? size - 10 : 10) - 2, 7);
        quine_made_code(made, 8, 5);
        for (unsigned k = 0; k < 3; k++)
            quine_made_bit(made, (unsigned)(size - 17) >> k & 1);
    }
    quine_made_code(made, 0, 7);
}

/* Operations by letters: P and S the first and last bytes; p and s say so many and five more, 0, 1 and 4 so
 * many steps; q, t and r repeat what p, s and 4 say. */
static inline void quine_made_run(struct quine_made *made, const uint8_t *head, const uint8_t *tail) {
    static const char code[] = "PpPpq1q114q114r4r4r4r4r00sr00stStS";
    *made = (struct quine_made){.size = 0};
    for (const char *c = code; *c; c++)
        switch (*c) {
        case 'P':
            quine_made_bytes(made, head, QUINE_MADE_HEAD);
            break;
        case 'S':
            quine_made_bytes(made, tail, QUINE_MADE_TAIL);
            break;
        case 'p':
            quine_made_say(made, QUINE_MADE_HEAD + QUINE_MADE_STEP);
            break;
        case 's':
            quine_made_say(made, QUINE_MADE_TAIL + QUINE_MADE_STEP);
            break;
        case 'q':
            quine_made_again(made, QUINE_MADE_HEAD + QUINE_MADE_STEP);
            break;
        case 't':
            quine_made_again(made, QUINE_MADE_TAIL + QUINE_MADE_STEP);
            break;
        case 'r':
            quine_made_again(made, 4 * QUINE_MADE_STEP);
            break;
        default:
            quine_made_say(made, (size_t)(*c - '0') * QUINE_MADE_STEP);
        }
}

static inline uint32_t quine_made_sum(struct quine_made *made, const uint8_t *head, uint8_t *tail,
                                      uint32_t sum) {
    for (unsigned i = 0; i < 4; i++)
        tail[QUINE_MADE_STEP + i] = (uint8_t)(sum >> 8 * i);
    quine_made_run(made, head, tail);
    return (uint32_t)crc32(0, made->bytes, (uInt)made->size);
}

/* The checksum x with x = sum(x). False if there is none. */
static inline bool quine_made_solve(struct quine_made *made, const uint8_t *head, uint8_t *tail,
                                    uint32_t *ret) {
    uint64_t rows[32] = {0}; /* bit 32: the right side */
    uint32_t base = quine_made_sum(made, head, tail, 0);
    for (unsigned column = 0; column < 32; column++) {
        uint32_t difference = quine_made_sum(made, head, tail, 1u << column) ^ base ^ 1u << column;
        for (unsigned row = 0; row < 32; row++)
            rows[row] |= (uint64_t)(difference >> row & 1) << column;
    }
    for (unsigned row = 0; row < 32; row++)
        rows[row] |= (uint64_t)(base >> row & 1) << 32;
    for (unsigned column = 0; column < 32; column++) {
        unsigned pivot = column;
        while (pivot < 32 && !(rows[pivot] >> column & 1))
            pivot++;
        if (pivot == 32)
            return false;
        uint64_t kept = rows[pivot];
        rows[pivot] = rows[column];
        rows[column] = kept;
        for (unsigned row = 0; row < 32; row++)
            if (row != column && rows[row] >> column & 1)
                rows[row] ^= kept;
    }
    *ret = 0;
    for (unsigned row = 0; row < 32; row++)
        *ret |= (uint32_t)(rows[row] >> 32 & 1) << row;
    return true;
}

/* False if no time of the many that are tried has a solution. */
static inline bool quine_made(struct quine_made *made) {
    uint8_t head[QUINE_MADE_HEAD] = {0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0xff, 's', 'e', 'l', 'f', 0};
    uint8_t tail[QUINE_MADE_TAIL] = {1, 0, 0, 0xff, 0xff};
    quine_made_run(made, head, tail);
    tail[9] = (uint8_t)made->size;
    tail[10] = (uint8_t)(made->size >> 8);
    for (unsigned time = 0; time < 256; time++) {
        uint32_t sum = 0;
        head[4] = (uint8_t)time;
        if (quine_made_solve(made, head, tail, &sum))
            return quine_made_sum(made, head, tail, sum) == sum;
    }
    return false;
}

#endif
