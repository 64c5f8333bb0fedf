/* Hand-made TAR files, for tests: headers and data, one behind the other. */
#ifndef TEST_TAR_MADE_H
#define TEST_TAR_MADE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { TAR_MADE_BLOCK = 512 };

struct tar_made {
    uint8_t *bytes; /* zeroed by the caller */
    size_t size, at;
};

static inline void tar_made_octal(uint8_t *to, uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; i--, value >>= 3)
        to[i] = (uint8_t)('0' + (value & 7));
}

static inline void tar_made_sum(uint8_t *block) {
    uint32_t sum = 0;
    memset(block + 148, ' ', 8);
    for (int i = 0; i < TAR_MADE_BLOCK; i++)
        sum += block[i];
    tar_made_octal(block + 148, sum, 6);
    block[154] = 0;
}

/* One header and its data; returns the header. The checksum is right until something is changed:
 * tar_made_sum. */
static inline uint8_t *tar_made_add(struct tar_made *made, const char *name, char flag, const void *data,
                                    size_t size) {
    uint8_t *block = made->bytes + made->at;
    size_t length = strlen(name);
    memcpy(block, name, length < 100 ? length : 100);
    tar_made_octal(block + 100, 0644, 7);
    tar_made_octal(block + 124, size, 11);
    tar_made_octal(block + 136, 1700000000, 11);
    block[156] = (uint8_t)flag;
    memcpy(block + 257, "ustar\00000", 8);
    tar_made_sum(block);
    made->at += TAR_MADE_BLOCK;
    if (size)
        memcpy(made->bytes + made->at, data, size);
    made->at += (size + TAR_MADE_BLOCK - 1) / TAR_MADE_BLOCK * TAR_MADE_BLOCK;
    return block;
}

/* Two blocks of zeros. */
static inline size_t tar_made_end(struct tar_made *made) {
    made->at += 2 * TAR_MADE_BLOCK;
    return made->at;
}

#endif
