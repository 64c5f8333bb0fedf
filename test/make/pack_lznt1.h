/* An LZNT1 compressor for tests: greedy, slow, and able to write what NTFS never writes. */
#ifndef TEST_MAKE_PACK_LZNT1_H
#define TEST_MAKE_PACK_LZNT1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Room that the packed form of `size` bytes may need. */
static inline size_t pack_lznt1_most(size_t size) {
    return size + size / 8 + 3 * (size / 4096 + 2);
}

static inline unsigned pack_lznt1_length_bits(size_t done) {
    static const uint16_t up_to[] = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
    unsigned i = 0;
    while (done > up_to[i])
        i++;
    return 12 - i;
}

/* The longest earlier occurrence of what stands at `at`, if it has 3 bytes; nearest first. */
static inline size_t pack_lznt1_find(const uint8_t *chunk, size_t size, size_t at, size_t *distance) {
    unsigned bits = pack_lznt1_length_bits(at);
    size_t best = 0, most = ((size_t)1 << bits) + 2, reach = (size_t)1 << (16 - bits);
    for (size_t back = 1; back <= at && back <= reach; back++) {
        size_t n = 0;
        while (at + n < size && n < most && chunk[at + n] == chunk[at + n - back])
            n++;
        if (n >= 3 && n > best) {
            best = n;
            *distance = back;
        }
    }
    return best;
}

/* One chunk of at most 4096 bytes, with its header, compressed even if that does not pay. Returns its size.
 */
static inline size_t pack_lznt1_chunk(const uint8_t *chunk, size_t size, bool matches, uint8_t *to) {
    size_t at = 0, n = 2, flags = 0;
    unsigned token = 8;
    while (at < size) {
        if (token == 8) {
            token = 0;
            flags = n++;
            to[flags] = 0;
        }
        size_t distance = 0, length = matches ? pack_lznt1_find(chunk, size, at, &distance) : 0;
        if (length) {
            unsigned word = (unsigned)((distance - 1) << pack_lznt1_length_bits(at) | (length - 3));
            to[flags] |= (uint8_t)(1u << token);
            to[n++] = (uint8_t)word;
            to[n++] = (uint8_t)(word >> 8);
            at += length;
        } else {
            to[n++] = chunk[at++];
        }
        token++;
    }
    if (n - 3 > 0xfff)
        return 0; /* does not fit; nobody packs 4096 different literals */
    to[0] = (uint8_t)(n - 3);
    to[1] = (uint8_t)(0xb0 | (n - 3) >> 8);
    return n;
}

/* A whole unit. Chunks that do not shrink are stored, as NTFS does. No end mark. Returns the size. */
static inline size_t pack_lznt1(const uint8_t *data, size_t size, bool matches, uint8_t *to) {
    size_t n = 0;
    for (size_t at = 0; at < size; at += 4096) {
        size_t part = size - at < 4096 ? size - at : 4096;
        size_t packed = pack_lznt1_chunk(data + at, part, matches, to + n);
        if (packed == 0 || (packed >= part + 2 && part == 4096)) {
            to[n] = (uint8_t)(part - 1);
            to[n + 1] = (uint8_t)(0x30 | (part - 1) >> 8);
            memcpy(to + n + 2, data + at, part);
            packed = part + 2;
        }
        n += packed;
    }
    return n;
}

#endif
