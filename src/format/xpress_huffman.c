#include "format/xpress_huffman.h"

#include "format/huffman.h"

enum { SYMBOLS = 512, DIRECT = 10, LITERALS = 256 };

/* How a row of symbols ended. The loop over them works on copies of its state, which no pointer that leaves
 * it may reach, so that they stay in registers; the reason is put into words outside. */
enum end { GOOD, CUT, EMPTY, ABSURD, BEFORE, BEYOND };

static bool refuse(struct unpacked *ret, const struct huffman_bits *bits, enum end end) {
    static const struct fault faults[] = {
        [CUT] = {FAULT_TORN, 0, "the data end before their size"},
        [EMPTY] = {FAULT_BAD, 0, "data under a code without symbols"},
        [ABSURD] = {FAULT_BAD, 0, "a match of an absurd length"},
        [BEFORE] = {FAULT_BAD, 0, "a match before the start"},
        [BEYOND] = {FAULT_BAD, 0, "a match beyond the size of the data"},
    };
    ret->fault = faults[end];
    ret->fault.offset = bits->in.span.offset + huffman_used(bits);
    return false;
}

/* The table of a block. The bits begin behind it. */
static bool table(struct huffman_bits *bits, struct huffman_code *code, struct unpacked *ret) {
    uint8_t lengths[SYMBOLS];
    struct cursor packed = cursor_of(cursor_take(&bits->in, XPRESS_HUFFMAN_TABLE));
    if (bits->in.torn)
        return refuse(ret, bits, CUT);
    for (unsigned i = 0; i < SYMBOLS; i += 2) {
        uint8_t two = cursor_u8(&packed);
        lengths[i] = two & 15;
        lengths[i + 1] = two >> 4;
    }
    if (huffman_build(code, lengths, SYMBOLS, DIRECT))
        return true;
    ret->fault = (struct fault){FAULT_BAD, packed.span.offset, "lengths that are no prefix code"};
    return false;
}

/* The length of a match whose symbol says 15: in a byte, or if that is not enough in two, or in four. Less
 * than what the shorter form can say is absurd, and yields 0. */
static inline uint32_t long_length(struct cursor *c) {
    uint32_t length = cursor_u8(c);
    if (length < 255)
        return length + 15 + XPRESS_HUFFMAN_LENGTH;
    length = cursor_u16(c);
    if (length == 0)
        length = cursor_u32(c);
    return length < 15 || length > UINT32_MAX - XPRESS_HUFFMAN_LENGTH ? 0 : length + XPRESS_HUFFMAN_LENGTH;
}

/* The rest of a match, whose symbol has been read. */
static inline enum end match(struct huffman_bits *bits, unsigned symbol, struct unpack *out) {
    uint32_t length = (symbol & 15) + XPRESS_HUFFMAN_LENGTH;
    unsigned width = symbol >> 4 & 15;
    if ((symbol & 15) == 15) {
        length = long_length(huffman_bytes(bits));
        huffman_fill(bits);
    }
    size_t distance = (size_t)1 << width | huffman_take(bits, width);
    if (huffman_torn(bits))
        return CUT;
    if (length == 0)
        return ABSURD;
    if (distance > out->at)
        return BEFORE;
    if (length > unpack_room(out))
        return BEYOND;
    unpack_repeat(out, distance, length);
    return GOOD;
}

/* Symbols until there are `most` bytes. */
static enum end symbols(struct huffman_bits *bits_kept, const struct huffman_code *code,
                        struct unpack *out_kept, size_t most) {
    struct huffman_bits bits = *bits_kept;
    struct unpack out = *out_kept;
    enum end end = GOOD;
    while (out.at < most && end == GOOD) {
        huffman_fill(&bits);
        unsigned symbol = huffman_symbol(&bits, code, DIRECT);
        if (huffman_torn(&bits))
            end = CUT;
        else if (symbol < LITERALS)
            out.to[out.at++] = (uint8_t)symbol;
        else
            end = symbol == HUFFMAN_NONE ? EMPTY : match(&bits, symbol, &out);
    }
    *bits_kept = bits;
    *out_kept = out;
    return end;
}

static bool block(struct huffman_bits *bits, struct unpack *out, struct unpacked *ret) {
    struct huffman_code code;
    if (!table(bits, &code, ret))
        return false;
    size_t room = unpack_room(out);
    enum end end =
        symbols(bits, &code, out, out->at + (room < XPRESS_HUFFMAN_BLOCK ? room : XPRESS_HUFFMAN_BLOCK));
    return end == GOOD || refuse(ret, bits, end);
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
