/* Hand-made nodes of directory indexes ($I30), for tests: entries added, and taken out as NTFS does it, by
 * moving what follows over them. */
#ifndef TEST_I30_MADE_H
#define TEST_I30_MADE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { I30_MADE_ROOT = 16, I30_MADE_BLOCK = 24, I30_MADE_NAME = 66 };

#define I30_MADE_TIME UINT64_C(133500000000000000) /* in 2024 */

struct i30_made {
    uint8_t *bytes;
    size_t size;
    size_t header; /* where the node's header lies */
    size_t at;     /* the last entry, which has no key */
};

static inline void i30_made_put(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t i30_made_get(const uint8_t *from, int size) {
    uint64_t value = 0;
    for (int i = 0; i < size; i++)
        value |= (uint64_t)from[i] << 8 * i;
    return value;
}

/* The last entry, and how much is used. */
static inline void i30_made_close(struct i30_made *made) {
    uint8_t *end = made->bytes + made->at, *header = made->bytes + made->header;
    i30_made_put(end, 0, 8);
    i30_made_put(end + 8, 16, 2);
    i30_made_put(end + 10, 0, 2);
    i30_made_put(end + 12, 2, 4);
    i30_made_put(header + 4, made->at + 16 - made->header, 4);
}

static inline struct i30_made i30_made_begin(uint8_t *bytes, size_t size, size_t header, size_t first) {
    struct i30_made made = {bytes, size, header, header + first};
    memset(bytes, 0, size);
    i30_made_put(bytes + header, first, 4);
    i30_made_put(bytes + header + 8, size - header, 4);
    i30_made_close(&made);
    return made;
}

/* An empty block; i30_made_fix makes it what lies on a disk. */
static inline struct i30_made i30_made_block(uint8_t *bytes, size_t size) {
    size_t fixups = (2 * (size / 512 + 1) + 7) / 8 * 8;
    struct i30_made made = i30_made_begin(bytes, size, I30_MADE_BLOCK, 16 + fixups);
    memcpy(bytes, "INDX", 4);
    i30_made_put(bytes + 4, 40, 2);
    i30_made_put(bytes + 6, size / 512 + 1, 2);
    return made;
}

/* An empty value of $INDEX_ROOT. */
static inline struct i30_made i30_made_root(uint8_t *bytes, size_t size, uint32_t block) {
    struct i30_made made = i30_made_begin(bytes, size, I30_MADE_ROOT, 16);
    i30_made_put(bytes, 0x30, 4);
    i30_made_put(bytes + 4, 1, 4);
    i30_made_put(bytes + 8, block, 4);
    bytes[12] = 1;
    return made;
}

/* A $FILE_NAME with four different times from `time` on; returns its size. */
static inline size_t i30_made_name(uint8_t *to, uint64_t parent, uint64_t time, const char *name) {
    size_t units = strlen(name);
    memset(to, 0, I30_MADE_NAME);
    i30_made_put(to, parent, 8);
    for (unsigned i = 0; i < 4; i++)
        i30_made_put(to + 8 + 8 * i, time + i, 8);
    i30_made_put(to + 40, 4096, 8);
    i30_made_put(to + 48, 1234, 8);
    i30_made_put(to + 56, 0x20, 4);
    to[64] = (uint8_t)units;
    to[65] = 1;
    for (size_t i = 0; i < units; i++)
        i30_made_put(to + I30_MADE_NAME + 2 * i, (uint8_t)name[i], 2);
    return I30_MADE_NAME + 2 * units;
}

/* One more entry behind the others; false if there is no room. */
static inline bool i30_made_add(struct i30_made *made, uint64_t file, uint64_t parent, uint64_t time,
                                const char *name) {
    size_t key = I30_MADE_NAME + 2 * strlen(name), length = (16 + key + 7) / 8 * 8;
    if (made->size - made->at < length + 16)
        return false;
    uint8_t *entry = made->bytes + made->at;
    i30_made_name(entry + 16, parent, time, name);
    i30_made_put(entry, file, 8);
    i30_made_put(entry + 8, length, 2);
    i30_made_put(entry + 10, key, 2);
    i30_made_put(entry + 12, 0, 4);
    made->at += length;
    i30_made_close(made);
    return true;
}

/* Takes entry `index` out: the others move up, and the end of what they were stays behind. */
static inline void i30_made_remove(struct i30_made *made, unsigned index) {
    size_t at = made->header + i30_made_get(made->bytes + made->header, 4);
    while (index-- > 0)
        at += i30_made_get(made->bytes + at + 8, 2);
    if (at >= made->at)
        abort();
    size_t length = i30_made_get(made->bytes + at + 8, 2);
    memmove(made->bytes + at, made->bytes + at + length, made->at + 16 - at - length);
    made->at -= length;
    i30_made_close(made);
}

/* Puts the fixups of a block in. */
static inline void i30_made_fix(struct i30_made *made) {
    i30_made_put(made->bytes + 40, 0x0777, 2);
    for (size_t i = 1; i <= made->size / 512; i++) {
        memcpy(made->bytes + 40 + 2 * i, made->bytes + 512 * i - 2, 2);
        i30_made_put(made->bytes + 512 * i - 2, 0x0777, 2);
    }
}

#endif
