/* span and cursor: the only way to take a number out of evidence.
 *
 * A span is borrowed bytes that know their offset in the artifact. Whoever made it owns the bytes; it is
 * valid as long as they are. A cursor reads a span forward. The first read past the end tears it; a torn
 * cursor stays torn and every later read yields 0 or an empty span, so a record is read like its
 * specification and checked once at the end. All integers are little-endian unless the name ends in `be`. No
 * function here can fail in any other way, allocate or read outside the span. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *data;
    size_t size;     /* bytes */
    uint64_t offset; /* of data[0], in the artifact */
};

struct cursor {
    struct span span;
    size_t at; /* next byte, at most span.size */
    bool torn;
};

static inline struct span span_of(const void *data, size_t size, uint64_t offset) {
    return (struct span){(const uint8_t *)data, size, offset};
}

/* True if `size` bytes from `start` lie inside. Subtracts, so it cannot wrap. */
static inline bool span_holds(struct span span, uint64_t start, uint64_t size) {
    return start <= span.size && size <= span.size - start;
}

/* The part [start, start + size), or an empty span at the end if it does not lie wholly inside. */
static inline struct span span_part(struct span span, uint64_t start, uint64_t size) {
    if (!span_holds(span, start, size))
        return (struct span){span.data + span.size, 0, span.offset + span.size};
    return (struct span){span.data + start, (size_t)size, span.offset + start};
}

/* Everything from `start` on; empty if start lies outside. */
static inline struct span span_from(struct span span, uint64_t start) {
    return span_part(span, start, start <= span.size ? span.size - start : 0);
}

/* As much of [start, start + size) as there is. */
static inline struct span span_clip(struct span span, uint64_t start, uint64_t size) {
    if (start > span.size)
        start = span.size;
    return span_part(span, start, size < span.size - start ? size : span.size - start);
}

/* The byte at `at`, 0 outside. */
static inline uint8_t span_u8(struct span span, uint64_t at) {
    return at < span.size ? span.data[at] : 0;
}

static inline bool span_equal(struct span a, struct span b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* True if the span begins with the `size` bytes at `head`. */
static inline bool span_starts(struct span span, const void *head, size_t size) {
    return span.size >= size && memcmp(span.data, head, size) == 0;
}

/* Copies min(span.size, size) bytes to `to` and returns how many. */
static inline size_t span_copy(struct span span, void *to, size_t size) {
    size_t n = span.size < size ? span.size : size;
    if (n > 0)
        memcpy(to, span.data, n);
    return n;
}

/* True if every byte is zero; true for an empty span. */
bool span_is_zero(struct span span);

/* Shannon entropy in thousandths of a bit a byte, 0 to 8000; 0 for an empty span. */
unsigned span_entropy(struct span span);

static inline struct cursor cursor_of(struct span span) {
    return (struct cursor){span, 0, false};
}

/* Bytes not read yet; 0 when torn. */
static inline size_t cursor_left(const struct cursor *c) {
    return c->torn ? 0 : c->span.size - c->at;
}

/* Where the next byte lies in the artifact. */
static inline uint64_t cursor_offset(const struct cursor *c) {
    return c->span.offset + c->at;
}

/* The next `size` bytes, or NULL and a torn cursor. */
static inline const uint8_t *cursor_step(struct cursor *c, size_t size) {
    if (c->torn || size > c->span.size - c->at) {
        c->torn = true;
        return NULL;
    }
    const uint8_t *p = c->span.data + c->at;
    c->at += size;
    return p;
}

static inline uint8_t cursor_u8(struct cursor *c) {
    const uint8_t *p = cursor_step(c, 1);
    return p ? p[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c) {
    const uint8_t *p = cursor_step(c, 2);
    return p ? (uint16_t)((unsigned)p[0] | (unsigned)p[1] << 8) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c) {
    const uint8_t *p = cursor_step(c, 4);
    return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24 : 0;
}

static inline uint64_t cursor_u64(struct cursor *c) {
    uint64_t low = cursor_u32(c);
    return low | (uint64_t)cursor_u32(c) << 32;
}

static inline uint16_t cursor_u16be(struct cursor *c) {
    const uint8_t *p = cursor_step(c, 2);
    return p ? (uint16_t)((unsigned)p[0] << 8 | (unsigned)p[1]) : 0;
}

static inline uint32_t cursor_u32be(struct cursor *c) {
    const uint8_t *p = cursor_step(c, 4);
    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline void cursor_skip(struct cursor *c, uint64_t size) {
    if (c->torn || size > c->span.size - c->at)
        c->torn = true;
    else
        c->at += (size_t)size;
}

/* Goes to `at` bytes from the start of the span; tears if that lies outside. */
static inline void cursor_seek(struct cursor *c, uint64_t at) {
    if (c->torn || at > c->span.size)
        c->torn = true;
    else
        c->at = (size_t)at;
}

/* The next `size` bytes as a span of their own, so that an inner parser cannot see its neighbours. */
static inline struct span cursor_take(struct cursor *c, uint64_t size) {
    struct span empty = {c->span.data, 0, cursor_offset(c)};
    if (c->torn || size > c->span.size - c->at) {
        c->torn = true;
        return empty;
    }
    struct span part = {c->span.data + c->at, (size_t)size, c->span.offset + c->at};
    c->at += (size_t)size;
    return part;
}

#endif
