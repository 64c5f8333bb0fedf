#include "format/xpress_huffman.h"

#include "format/huffman.h"

enum { SYMBOLS = 512, DIRECT = 10, LITERALS = 256 };

static bool refuse(struct unpacked *ret, const struct huffman_bits *bits, enum fault_code code,
                   const char *text) {
    ret->fault = (struct fault){code, bits->in.span.offset + huffman_used(bits), text};
    return false;
}

/* The table of a block. The bits begin behind it. */
static bool table(struct huffman_bits *bits, struct huffman_code *code, struct unpacked *ret) {
    uint8_t lengths[SYMBOLS];
    struct cursor *c = &bits->in;
    struct cursor packed = cursor_of(cursor_take(c, XPRESS_HUFFMAN_TABLE));
    if (c->torn)
        return refuse(ret, bits, FAULT_TORN, "the table of a code is cut off");
    for (unsigned i = 0; i < SYMBOLS; i += 2) {
        uint8_t two = cursor_u8(&packed);
        lengths[i] = two & 15;
        lengths[i + 1] = two >> 4;
    }
    if (!huffman_build(code, lengths, SYMBOLS, DIRECT))
        return refuse(ret, bits, FAULT_BAD, "lengths that are no prefix code");
    return true;
}

/* The length of a match whose symbol says 15: in a byte, or if that is not enough in two, or in four. Less
 * than what the shorter form can say is absurd, and yields 0. */
static uint32_t long_length(struct cursor *c) {
    uint32_t length = cursor_u8(c);
    if (length < 255)
        return length + 15 + XPRESS_HUFFMAN_LENGTH;
    length = cursor_u16(c);
    if (length == 0)
        length = cursor_u32(c);
    return length < 15 || length > UINT32_MAX - XPRESS_HUFFMAN_LENGTH ? 0 : length + XPRESS_HUFFMAN_LENGTH;
}

/* The rest of a match, whose symbol has been read. */
static bool match(struct huffman_bits *bits, unsigned symbol, struct unpack *out, struct unpacked *ret) {
    uint32_t length = (symbol & 15) + XPRESS_HUFFMAN_LENGTH;
    unsigned width = symbol >> 4 & 15;
    if ((symbol & 15) == 15) {
        length = long_length(huffman_bytes(bits));
        huffman_fill(bits);
    }
    size_t distance = (size_t)1 << width | huffman_take(bits, width);
    if (huffman_torn(bits))
        return refuse(ret, bits, FAULT_TORN, "the data end before their size");
    if (length == 0)
        return refuse(ret, bits, FAULT_BAD, "a match of an absurd length");
    if (distance > out->at)
        return refuse(ret, bits, FAULT_BAD, "a match before the start");
    if (length > unpack_room(out))
        return refuse(ret, bits, FAULT_BAD, "a match beyond the size of the data");
    unpack_repeat(out, distance, length);
    return true;
}

static bool block(struct huffman_bits *bits, struct unpack *out, struct unpacked *ret) {
    struct huffman_code code;
    if (!table(bits, &code, ret))
        return false;
    size_t start = out->at;
    while (unpack_room(out) > 0 && out->at - start < XPRESS_HUFFMAN_BLOCK) {
        huffman_fill(bits);
        unsigned symbol = huffman_symbol(bits, &code, DIRECT);
        if (symbol == HUFFMAN_NONE)
            return refuse(ret, bits, FAULT_BAD, "data under a code without symbols");
        if (huffman_torn(bits))
            return refuse(ret, bits, FAULT_TORN, "the data end before their size");
        if (symbol < LITERALS)
            out->to[out->at++] = (uint8_t)symbol;
        else if (!match(bits, symbol, out, ret))
            return false;
    }
    return true;
}

bool xpress_huffman_decode(struct span in, uint8_t *to, size_t size, struct unpacked *ret) {
    struct huffman_bits bits = huffman_bits_of(in);
    struct unpack out = unpack_of(to, size);
    *ret = (struct unpacked){0};
    while (unpack_room(&out) > 0 && block(&bits, &out, ret))
        if (unpack_room(&out) > 0)
            huffman_restart(&bits); /* the next table */
    ret->used = huffman_used(&bits);
    return unpack_end(&out, ret);
}
