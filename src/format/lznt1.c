#include "format/lznt1.h"

enum { COMPRESSED = 0x8000, SIGNATURE = 0x7000, SIGNATURE_3 = 0x3000, BODY = 0x0fff, MATCH_LEAST = 3 };

static bool refuse(struct unpacked *ret, enum fault_code code, uint64_t offset, const char *text) {
    ret->fault = (struct fault){code, offset, text};
    return false;
}

/* How many low bits of a match hold its length: 12 up to 16 bytes into the chunk, and one less each time that
 * doubles, because the distance needs it. */
static unsigned length_bits(size_t done) {
    unsigned last = (unsigned)(done - (done > 0)) | 15; /* never 0, for the count of leading zeros */
    return 16 - (32 - (unsigned)__builtin_clz(last));
}

/* One match at `done` bytes of a chunk that may grow to `most`. A match may reach over the end of a buffer
 * that is smaller than the chunk, but not over the end of the chunk. */
static bool match(struct cursor *c, struct unpack *out, size_t start, struct unpacked *ret) {
    uint64_t offset = cursor_offset(c);
    size_t done = out->at - start;
    unsigned word = cursor_u16(c), bits = length_bits(done);
    size_t length = (word & ((1u << bits) - 1)) + MATCH_LEAST, distance = (word >> bits) + 1;
    if (c->torn)
        return refuse(ret, FAULT_BAD, offset, "a chunk that ends inside a match");
    if (distance > done)
        return refuse(ret, FAULT_BAD, offset, "a match before the start of its chunk");
    if (length > LZNT1_CHUNK - done)
        return refuse(ret, FAULT_BAD, offset, "a chunk of more than 4096 bytes");
    unpack_repeat(out, distance, length < unpack_room(out) ? length : unpack_room(out));
    return true;
}

/* A byte of flags and up to eight tokens. Stops where the chunk, the input or the buffer does. */
static bool group(struct cursor *c, struct unpack *out, size_t start, struct unpacked *ret) {
    unsigned flags = cursor_u8(c);
    size_t most = LZNT1_CHUNK - (out->at - start);
    if (flags == 0 && cursor_left(c) >= 8 && unpack_room(out) >= 8 && most >= 8) {
        span_copy(cursor_take(c, 8), out->to + out->at, 8);
        out->at += 8;
        return true;
    }
    for (unsigned i = 0; i < 8; i++, flags >>= 1) {
        if (cursor_left(c) == 0 || unpack_room(out) == 0 || out->at - start == LZNT1_CHUNK)
            break;
        if (!(flags & 1))
            out->to[out->at++] = cursor_u8(c);
        else if (!match(c, out, start, ret))
            return false;
    }
    return true;
}

/* What a compressed chunk holds. */
static bool tokens(struct cursor *c, struct unpack *out, struct unpacked *ret) {
    size_t start = out->at;
    while (cursor_left(c) > 0 && unpack_room(out) > 0) {
        if (!group(c, out, start, ret))
            return false;
        if (out->at - start == LZNT1_CHUNK && cursor_left(c) > 0)
            return refuse(ret, FAULT_BAD, cursor_offset(c), "a chunk of more than 4096 bytes");
    }
    return true;
}

/* One chunk behind its header. `c` is left behind it. */
static bool chunk(struct cursor *c, unsigned header, struct unpack *out, struct unpacked *ret) {
    uint64_t offset = cursor_offset(c) - 2;
    if ((header & SIGNATURE) != SIGNATURE_3)
        return refuse(ret, FAULT_BAD, offset, "a chunk without its signature");
    size_t start = out->at, size = (header & BODY) + 1, there = cursor_left(c);
    struct cursor body = cursor_of(cursor_take(c, size < there ? size : there));
    if (!(header & COMPRESSED))
        out->at += span_copy(body.span, out->to + out->at, unpack_room(out));
    else if (!tokens(&body, out, ret)) {
        if (size > there && body.torn) /* not the chunk's fault */
            return refuse(ret, FAULT_TORN, ret->fault.offset, "a chunk that is cut off");
        return false;
    }
    if (size > there && unpack_room(out) > 0)
        return refuse(ret, FAULT_TORN, offset, "a chunk that is cut off");
    size_t fill = LZNT1_CHUNK - (out->at - start);
    if (fill > unpack_room(out))
        fill = unpack_room(out);
    memset(out->to + out->at, 0, fill);
    out->at += fill;
    return true;
}

bool lznt1_decode(struct span in, uint8_t *to, size_t size, struct unpacked *ret) {
    struct cursor c = cursor_of(in);
    struct unpack out = unpack_of(to, size);
    *ret = (struct unpacked){0};
    bool good = true;
    while (good && unpack_room(&out) > 0 && cursor_left(&c) >= 2) {
        unsigned header = cursor_u16(&c);
        if (header == 0)
            break;
        good = chunk(&c, header, &out, ret);
    }
    ret->used = c.at;
    if (good && unpack_room(&out) > 0 && cursor_left(&c) == 1 && span_u8(in, c.at) != 0)
        good = refuse(ret, FAULT_TORN, cursor_offset(&c), "half a header of a chunk");
    unpack_end(&out, ret);
    if (good)
        ret->size = size;
    return good;
}
