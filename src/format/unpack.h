/* unpack: what the decompressors of this folder share: their answer, and how they write.
 *
 * A decompressor gets one span (an NTFS compression unit, a WOF chunk) and a buffer of the caller's. It
 * writes inside that buffer only, keeps nothing and needs no memory but a few KiB of stack. Its work is
 * bounded by the size of the buffer plus the size of the span. Input and buffer must not overlap. */
#ifndef FORMAT_UNPACK_H
#define FORMAT_UNPACK_H

#include "base/fault.h"
#include "base/span.h"

struct unpacked {
    size_t size;        /* bytes of the buffer, from its start, that the input stands for */
    size_t used;        /* bytes of the input that they took; what lies behind was not looked at */
    struct fault fault; /* why it ended early, at an offset of the artifact, or FAULT_NONE */
};

/* The buffer while it fills. `at` is at most `size`. */
struct unpack {
    uint8_t *to;
    size_t size, at;
};

static inline struct unpack unpack_of(uint8_t *to, size_t size) {
    return (struct unpack){to, size, 0};
}

static inline size_t unpack_room(const struct unpack *out) {
    return out->size - out->at;
}

/* Ends a decompressor: what is not filled becomes zeros, so that nothing old shows through. `used` and the
 * fault must be set; true if there is no fault. */
static inline bool unpack_end(const struct unpack *out, struct unpacked *ret) {
    ret->size = out->at;
    if (out->at < out->size)
        memset(out->to + out->at, 0, out->size - out->at);
    return ret->fault.code == FAULT_NONE;
}

/* Repeats `length` bytes from `distance` back. The distance is 1 to `at` and the length fits: both are for
 * the caller to check. While the room allows it, writes up to 7 bytes more than asked, which later ones
 * cover. */
static inline void unpack_repeat(struct unpack *out, size_t distance, size_t length) {
    uint8_t *to = out->to + out->at, *end = to + length;
    const uint8_t *from = to - distance;
    bool wide = unpack_room(out) - length >= 8;
    out->at += length;
    if (distance == 1) {
        memset(to, *from, length);
    } else if (distance >= 8 && wide) {
        for (; to < end; to += 8, from += 8)
            span_copy(span_of(from, 8, 0), to, 8);
    } else {
        while (to < end)
            *to++ = *from++;
    }
}

#endif
