/* Archives of cpio and packages of RPM around them, for tests, by docs/format/cpio.md and rpm.md. Trusts its
 * callers. */
#ifndef TEST_MAKE_CPIO_MADE_H
#define TEST_MAKE_CPIO_MADE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CPIO_MADE_ROOM = 1 << 16 };
enum cpio_made_kind {
    CPIO_MADE_NEW,
    CPIO_MADE_SUMMED,
    CPIO_MADE_OLD,
    CPIO_MADE_BINARY,
    CPIO_MADE_BIG,
    CPIO_MADE_KINDS
};

struct cpio_made {
    enum cpio_made_kind kind;
    uint8_t bytes[CPIO_MADE_ROOM];
    size_t size;
};

static inline void cpio_made_half(struct cpio_made *cpio, unsigned value) {
    cpio->bytes[cpio->size + (cpio->kind == CPIO_MADE_BIG)] = (uint8_t)value;
    cpio->bytes[cpio->size + (cpio->kind != CPIO_MADE_BIG)] = (uint8_t)(value >> 8);
    cpio->size += 2;
}

static inline void cpio_made_pad(struct cpio_made *cpio) {
    size_t unit = cpio->kind == CPIO_MADE_OLD ? 1 : cpio->kind >= CPIO_MADE_BINARY ? 2 : 4;
    while (cpio->size % unit)
        cpio->bytes[cpio->size++] = 0;
}

static inline void cpio_made_head(struct cpio_made *cpio, const char *name, unsigned mode, unsigned links,
                                  size_t size, unsigned sum) {
    char *to = (char *)cpio->bytes + cpio->size;
    unsigned long name_size = strlen(name) + 1, time = 1600000000;
    if (cpio->kind <= CPIO_MADE_SUMMED)
        cpio->size +=
            (size_t)snprintf(to, 200, "07070%d%08x%08x%08x%08x%08x%08lx%08zx%08x%08x%08x%08x%08lx%08x",
                             cpio->kind + 1, 7, mode, 0, 0, links, time, size, 0, 0, 0, 0, name_size, sum);
    else if (cpio->kind == CPIO_MADE_OLD)
        cpio->size += (size_t)snprintf(to, 200, "070707%06o%06o%06o%06o%06o%06o%06o%011lo%06lo%011zo", 0, 7,
                                       mode, 0, 0, links, 0, time, name_size, size);
    else {
        const unsigned halves[] = {070707,
                                   0,
                                   7,
                                   mode,
                                   0,
                                   0,
                                   links,
                                   0,
                                   (unsigned)(time >> 16),
                                   (unsigned)time & 0xffff,
                                   (unsigned)name_size,
                                   (unsigned)(size >> 16),
                                   (unsigned)size & 0xffff};
        for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++)
            cpio_made_half(cpio, halves[i]);
    }
}

static inline void cpio_made_add(struct cpio_made *cpio, const char *name, unsigned mode, unsigned links,
                                 const void *bytes, size_t size) {
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += ((const uint8_t *)bytes)[i];
    cpio_made_head(cpio, name, mode, links, size, cpio->kind == CPIO_MADE_SUMMED ? sum : 0);
    memcpy(cpio->bytes + cpio->size, name, strlen(name) + 1);
    cpio->size += strlen(name) + 1;
    cpio_made_pad(cpio);
    if (size > 0)
        memcpy(cpio->bytes + cpio->size, bytes, size);
    cpio->size += size;
    cpio_made_pad(cpio);
}

static inline void cpio_made_end(struct cpio_made *cpio) {
    cpio_made_add(cpio, "TRAILER!!!", 0, 1, "", 0);
}

/* --- RPM --- */

static inline void cpio_made_big(uint8_t **to, uint32_t value) {
    for (int i = 24; i >= 0; i -= 8)
        *(*to)++ = (uint8_t)(value >> i);
}

/* A header of string tags; returns its end. */
static inline uint8_t *cpio_made_header(uint8_t *to, const unsigned *tags, const char *const *texts,
                                        uint32_t count) {
    uint32_t size = 0;
    for (uint32_t i = 0; i < count; i++)
        size += (uint32_t)strlen(texts[i]) + 1;
    memcpy(to, "\x8e\xad\xe8\x01\0\0\0\0", 8);
    to += 8;
    cpio_made_big(&to, count);
    cpio_made_big(&to, size);
    size = 0;
    for (uint32_t i = 0; i < count; i++) {
        cpio_made_big(&to, tags[i]);
        cpio_made_big(&to, 6);
        cpio_made_big(&to, size);
        cpio_made_big(&to, 1);
        size += (uint32_t)strlen(texts[i]) + 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        memcpy(to, texts[i], strlen(texts[i]) + 1);
        to += strlen(texts[i]) + 1;
    }
    return to;
}

/* A package with this payload, packed or not; the caller frees it. */
static inline uint8_t *cpio_made_rpm(const unsigned *tags, const char *const *texts, uint32_t count,
                                     const void *payload, size_t size, size_t *ret) {
    static const unsigned signature[] = {269};
    static const char *const value[] = {"0123456789"};
    uint8_t *whole = calloc(1, 8192 + size), *at;
    if (!whole)
        exit(2);
    memcpy(whole, "\xed\xab\xee\xdb\3\0", 6);
    at = cpio_made_header(whole + 96, signature, value, 1);
    at += (8 - (at - whole) % 8) % 8;
    at = cpio_made_header(at, tags, texts, count);
    memcpy(at, payload, size);
    *ret = (size_t)(at - whole) + size;
    return whole;
}

#endif
