/* Hand-made registry hives and their logs, for tests and generators. Cells are laid down one after the other
 * in bins of 4096 bytes, or of as much as one cell needs; the caller then lies about what it likes. */
#ifndef TEST_REGF_MADE_H
#define TEST_REGF_MADE_H

#include "format/regf.h"
#include "format/regf_log.h"
#include "format/regf_text.h"

#include <string.h>

enum { REGF_MADE_FIRST = 32, REGF_MADE_BIN = 4096, REGF_MADE_SECTOR = 512 };

struct regf_made {
    uint8_t *bytes; /* zeroed by the caller */
    size_t size;
    size_t at, bin_end; /* from the end of the base block */
    uint64_t time;      /* of the keys made next */
    bool full;          /* something did not fit; nothing later is made */
};

static inline void regf_made_put(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline uint8_t *regf_made_at(struct regf_made *made, uint32_t cell) {
    return made->bytes + REGF_BASE + cell;
}

/* The rest of the bin becomes a free cell. */
static inline void regf_made_fill(struct regf_made *made) {
    if (made->at < made->bin_end)
        regf_made_put(regf_made_at(made, (uint32_t)made->at), made->bin_end - made->at, 4);
    made->at = made->bin_end;
}

/* A cell for `size` bytes; 0 if the buffer is full. */
static inline uint32_t regf_made_cell(struct regf_made *made, size_t size) {
    size = (size + 4 + 7) / 8 * 8;
    if (size > made->bin_end - made->at) {
        regf_made_fill(made);
        size_t bin = (REGF_MADE_FIRST + size + REGF_MADE_BIN - 1) / REGF_MADE_BIN * REGF_MADE_BIN;
        if (made->full || bin > made->size - REGF_BASE - made->at) {
            made->full = true;
            return 0;
        }
        uint8_t *header = regf_made_at(made, (uint32_t)made->at);
        memcpy(header, "hbin", 4);
        regf_made_put(header + 4, made->at, 4);
        regf_made_put(header + 8, bin, 4);
        made->bin_end = made->at + bin;
        made->at += REGF_MADE_FIRST;
    }
    uint32_t cell = (uint32_t)made->at;
    regf_made_put(regf_made_at(made, cell), 0u - (uint32_t)size, 4);
    made->at += size;
    return cell;
}

/* A key without subkeys and values; its name in Latin-1. */
static inline uint32_t regf_made_key(struct regf_made *made, uint32_t parent, const char *name) {
    size_t length = strlen(name);
    uint32_t cell = regf_made_cell(made, 76 + length);
    if (!cell)
        return 0;
    uint8_t *p = regf_made_at(made, cell) + 4;
    memcpy(p, "nk", 2);
    regf_made_put(p + 2, REGF_LATIN | (parent == REGF_NONE ? REGF_ENTRY : 0), 2);
    regf_made_put(p + 4, made->time, 8);
    regf_made_put(p + 16, parent, 4);
    for (int at = 28; at <= 48; at += 4)
        regf_made_put(p + at, at == 36 ? 0 : REGF_NONE, 4);
    regf_made_put(p + 72, length, 2);
    memcpy(p + 76, name, length);
    return cell;
}

/* The cells of `count` offsets, with a head of `stride - 4` bytes each between them if stride is 8. */
static inline uint32_t regf_made_list(struct regf_made *made, const char *kind, const uint32_t *cells,
                                      size_t count) {
    size_t stride = kind[0] == 'l' && kind[1] != 'i' ? 8 : 4, head = kind[0] ? 4 : 0;
    uint32_t cell = regf_made_cell(made, head + count * stride);
    if (!cell)
        return 0;
    uint8_t *p = regf_made_at(made, cell) + 4;
    if (head) {
        memcpy(p, kind, 2);
        regf_made_put(p + 2, count, 2);
    }
    for (size_t i = 0; i < count; i++)
        regf_made_put(p + head + i * stride, cells[i], 4);
    return cell;
}

/* Gives a key its subkeys by a list made before. */
static inline void regf_made_subkeys(struct regf_made *made, uint32_t key, uint32_t list, size_t count) {
    regf_made_put(regf_made_at(made, key) + 4 + 20, count, 4);
    regf_made_put(regf_made_at(made, key) + 4 + 28, list, 4);
}

static inline void regf_made_values(struct regf_made *made, uint32_t key, const uint32_t *cells,
                                    size_t count) {
    uint32_t list = regf_made_list(made, "", cells, count);
    regf_made_put(regf_made_at(made, key) + 4 + 36, count, 4);
    regf_made_put(regf_made_at(made, key) + 4 + 40, list, 4);
}

static inline uint32_t regf_made_data(struct regf_made *made, const void *data, size_t size) {
    uint32_t cell = regf_made_cell(made, size);
    if (cell)
        memcpy(regf_made_at(made, cell) + 4, data, size);
    return cell;
}

/* Data in segments. */
static inline uint32_t regf_made_big(struct regf_made *made, const uint8_t *data, size_t size) {
    uint32_t segments[64], list, cell;
    size_t count = 0;
    for (size_t at = 0; at < size && count < 64; at += REGF_BIG)
        segments[count++] = regf_made_data(made, data + at, size - at < REGF_BIG ? size - at : REGF_BIG);
    list = regf_made_list(made, "", segments, count);
    cell = regf_made_cell(made, 8);
    if (!cell)
        return 0;
    memcpy(regf_made_at(made, cell) + 4, "db", 2);
    regf_made_put(regf_made_at(made, cell) + 6, count, 2);
    regf_made_put(regf_made_at(made, cell) + 8, list, 4);
    return cell;
}

static inline uint32_t regf_made_value(struct regf_made *made, const char *name, uint32_t type,
                                       const void *data, size_t size) {
    size_t length = strlen(name);
    uint32_t where = 0;
    if (size > REGF_BIG)
        where = regf_made_big(made, (const uint8_t *)data, size);
    else if (size > 4)
        where = regf_made_data(made, data, size);
    uint32_t cell = regf_made_cell(made, 20 + length);
    if (!cell)
        return 0;
    uint8_t *p = regf_made_at(made, cell) + 4;
    memcpy(p, "vk", 2);
    regf_made_put(p + 2, length, 2);
    regf_made_put(p + 4, size <= 4 ? size | 0x80000000u : size, 4);
    if (size <= 4)
        memcpy(p + 8, data, size);
    else
        regf_made_put(p + 8, where, 4);
    regf_made_put(p + 12, type, 4);
    regf_made_put(p + 16, 1, 2);
    memcpy(p + 20, name, length);
    return cell;
}

/* A string of ASCII letters as UTF-16 with its NUL. */
static inline uint32_t regf_made_string(struct regf_made *made, const char *name, const char *string) {
    uint8_t wide[512] = {0};
    size_t length = strlen(string) < 255 ? strlen(string) : 255;
    for (size_t i = 0; i < length; i++)
        wide[2 * i] = (uint8_t)string[i];
    return regf_made_value(made, name, REGF_SZ, wide, 2 * length + 2);
}

/* Base block of a hive (type 0) or of a log, with its checksum. */
static inline void regf_made_base(uint8_t *base, uint32_t type, uint32_t primary, uint32_t secondary,
                                  size_t bins_size) {
    uint32_t sum = 0;
    memcpy(base, "regf", 4);
    regf_made_put(base + 4, primary, 4);
    regf_made_put(base + 8, secondary, 4);
    regf_made_put(base + 20, 1, 4);
    regf_made_put(base + 24, 5, 4);
    regf_made_put(base + 28, type, 4);
    regf_made_put(base + 32, 1, 4);
    regf_made_put(base + 36, REGF_MADE_FIRST, 4);
    regf_made_put(base + 40, bins_size, 4);
    regf_made_put(base + 44, 1, 4);
    for (int i = 0; i < 508; i += 4)
        sum ^= (uint32_t)base[i] | (uint32_t)base[i + 1] << 8 | (uint32_t)base[i + 2] << 16 |
               (uint32_t)base[i + 3] << 24;
    regf_made_put(base + 508, sum, 4);
}

/* Ends the hive and returns its size in bytes, 0 if something did not fit. */
static inline size_t regf_made_end(struct regf_made *made) {
    regf_made_fill(made);
    regf_made_put(made->bytes + 12, made->time, 8);
    regf_made_base(made->bytes, 0, 7, 7, made->at);
    return made->full ? 0 : REGF_BASE + made->at;
}

/* An entry of a new log at `to`: whole pages of 4096 bytes from a hive. Returns its size. */
static inline size_t regf_made_entry(uint8_t *to, uint32_t sequence, size_t bins_size, const uint8_t *hive,
                                     const uint32_t *pages, size_t count) {
    size_t size = (40 + count * (8 + REGF_BIN) + 511) / 512 * 512;
    memset(to, 0, size);
    memcpy(to, "HvLE", 4);
    regf_made_put(to + 4, size, 4);
    regf_made_put(to + 12, sequence, 4);
    regf_made_put(to + 16, bins_size, 4);
    regf_made_put(to + 20, count, 4);
    for (size_t i = 0; i < count; i++) {
        regf_made_put(to + 40 + 8 * i, pages[i], 4);
        regf_made_put(to + 44 + 8 * i, REGF_BIN, 4);
        memcpy(to + 40 + 8 * count + REGF_BIN * i, hive + REGF_BASE + pages[i], REGF_BIN);
    }
    regf_made_put(to + 24, regf_marvin32(span_of(to + 40, size - 40, 0)), 8);
    regf_made_put(to + 32, regf_marvin32(span_of(to, 32, 0)), 8);
    return size;
}

#endif
