#include "format/lzx_codes.h"

enum {
    PRE = 20,    /* symbols of the code for lengths of codes */
    ALIGNED = 8, /* symbols of the code for the lowest 3 bits of a distance */
    MAIN_DIRECT = 11,
    LONG_DIRECT = 9,
    PRE_DIRECT = 6,
    ALIGNED_DIRECT = 7,
    LENGTH_LEAST = 2 /* of a match */
};

/* How a row of symbols ended, like in xpress_huffman.c. */
enum end { GOOD, CUT, EMPTY, BEFORE, BEYOND };

void lzx_start(struct lzx *x, unsigned slots, uint32_t reach) {
    x->main_count = LZX_LITERALS + 8 * slots;
    x->reach = reach;
    memset(x->main_lengths, 0, sizeof x->main_lengths);
    memset(x->long_lengths, 0, sizeof x->long_lengths);
    for (int i = 0; i < LZX_RECENT; i++)
        x->recent[i] = 1;
}

bool lzx_refuse(struct lzx *x, enum fault_code code, const char *text) {
    x->ret->fault = (struct fault){code, x->bits.in.span.offset + huffman_used(&x->bits), text};
    return false;
}

bool lzx_torn(struct lzx *x) {
    return huffman_torn(&x->bits) && !lzx_refuse(x, FAULT_TORN, "the data end before their size");
}

unsigned lzx_take(struct lzx *x, unsigned count) {
    huffman_fill(&x->bits);
    return huffman_take(&x->bits, count);
}

/* A short code whose lengths stand there in `width` bits each. */
static bool short_code(struct lzx *x, struct huffman_code *code, unsigned count, unsigned width,
                       unsigned direct) {
    uint8_t lengths[PRE];
    for (unsigned i = 0; i < count; i++)
        lengths[i] = (uint8_t)lzx_take(x, width);
    if (lzx_torn(x))
        return false;
    return huffman_build(code, lengths, count, direct) ||
           lzx_refuse(x, FAULT_BAD, "lengths that are no prefix code");
}

static unsigned pre_symbol(struct lzx *x, const struct huffman_code *pre) {
    huffman_fill(&x->bits);
    return huffman_symbol(&x->bits, pre, PRE_DIRECT);
}

/* A symbol of the pre-code as a length: the difference from the one before, modulo 17. */
static uint8_t changed(uint8_t length, unsigned symbol) {
    return (uint8_t)((length + 17 - symbol) % 17);
}

/* Updates `count` lengths of codes: 17 and 18 are runs of zeros, 19 is a run of one new length. */
static bool lengths(struct lzx *x, uint8_t *at, unsigned count) {
    struct huffman_code pre;
    if (!short_code(x, &pre, PRE, 4, PRE_DIRECT))
        return false;
    for (const uint8_t *end = at + count; at < end;) {
        unsigned symbol = pre_symbol(x, &pre), run = 1;
        if (symbol == 17)
            run = 4 + lzx_take(x, 4);
        else if (symbol == 18)
            run = 20 + lzx_take(x, 5);
        else if (symbol == 19) {
            run = 4 + lzx_take(x, 1);
            symbol = pre_symbol(x, &pre);
            if (symbol > 16)
                return lzx_torn(x) ? false : lzx_refuse(x, FAULT_BAD, "a length of a code that is none");
        }
        if (lzx_torn(x))
            return false;
        if (symbol == HUFFMAN_NONE || run > (size_t)(end - at))
            return lzx_refuse(x, FAULT_BAD, "lengths of codes that do not fit");
        memset(at, symbol > 16 ? 0 : changed(*at, symbol), run);
        at += run;
    }
    return true;
}

/* The codes of a block. */
bool lzx_codes(struct lzx *x, enum lzx_kind kind) {
    if (kind == LZX_ALIGNED && !short_code(x, &x->aligned, ALIGNED, 3, ALIGNED_DIRECT))
        return false;
    if (!lengths(x, x->main_lengths, LZX_LITERALS) ||
        !lengths(x, x->main_lengths + LZX_LITERALS, x->main_count - LZX_LITERALS) ||
        !lengths(x, x->long_lengths, LZX_LONG))
        return false;
    return (huffman_build(&x->main, x->main_lengths, x->main_count, MAIN_DIRECT) &&
            huffman_build(&x->length, x->long_lengths, LZX_LONG, LONG_DIRECT)) ||
           lzx_refuse(x, FAULT_BAD, "lengths that are no prefix code");
}

/* The distance of a slot beyond the recent ones. 0 if it is none. */
static inline uint32_t distance(struct huffman_bits *bits, const struct huffman_code *aligned,
                                unsigned slot) {
    if (slot < 4)
        return slot - 2;
    unsigned width = slot / 2 - 1;
    uint32_t base = ((2 + (slot & 1)) << width) - 2;
    huffman_fill(bits);
    if (!aligned || width < 3)
        return base + huffman_take(bits, width);
    base += huffman_take(bits, width - 3) << 3;
    unsigned low = huffman_symbol(bits, aligned, ALIGNED_DIRECT);
    return low == HUFFMAN_NONE ? 0 : base + low;
}

/* The distance of a match, which becomes the most recent one. */
static inline uint32_t recall(uint32_t *recent, struct huffman_bits *bits, const struct huffman_code *aligned,
                              unsigned slot) {
    uint32_t found;
    if (slot < LZX_RECENT) {
        found = recent[slot];
        recent[slot] = recent[0];
    } else {
        found = distance(bits, aligned, slot);
        recent[2] = recent[1];
        recent[1] = recent[0];
    }
    recent[0] = found;
    return found;
}

/* Symbols until there are `most` bytes. A match may not reach further. `aligned` is NULL in a block without.
 */
static enum end symbols(struct lzx *x, const struct huffman_code *aligned, size_t most) {
    struct huffman_bits bits = x->bits;
    struct unpack out = x->out;
    enum end end = GOOD;
    uint32_t reach = x->reach;
    while (out.at < most && end == GOOD) {
        huffman_fill(&bits);
        unsigned symbol = huffman_symbol(&bits, &x->main, MAIN_DIRECT);
        if (huffman_torn(&bits) || symbol == HUFFMAN_NONE) {
            end = huffman_torn(&bits) ? CUT : EMPTY;
            break;
        }
        if (symbol < LZX_LITERALS) {
            out.to[out.at++] = (uint8_t)symbol;
            continue;
        }
        unsigned length = (symbol & 7) + LENGTH_LEAST, more = 0;
        if ((symbol & 7) == 7)
            more = huffman_symbol(&bits, &x->length, LONG_DIRECT);
        length += more;
        uint32_t back = recall(x->recent, &bits, aligned, (symbol - LZX_LITERALS) >> 3);
        if (huffman_torn(&bits))
            end = CUT;
        else if (more == HUFFMAN_NONE)
            end = EMPTY;
        else if (back == 0 || back > out.at || back > reach)
            end = BEFORE;
        else if (length > most - out.at)
            end = BEYOND;
        else
            unpack_repeat(&out, back, length);
    }
    x->bits = bits;
    x->out = out;
    return end;
}

bool lzx_symbols(struct lzx *x, enum lzx_kind kind, size_t most) {
    static const struct fault faults[] = {
        [CUT] = {FAULT_TORN, 0, "the data end before their size"},
        [EMPTY] = {FAULT_BAD, 0, "data under a code without symbols"},
        [BEFORE] = {FAULT_BAD, 0, "a match before the start of its chunk"},
        [BEYOND] = {FAULT_BAD, 0, "a match beyond the end of its block"},
    };
    enum end end = symbols(x, kind == LZX_ALIGNED ? &x->aligned : NULL, most);
    return end == GOOD || lzx_refuse(x, faults[end].code, faults[end].text);
}

bool lzx_stored(struct lzx *x) {
    struct cursor *c = huffman_align(&x->bits);
    for (int i = 0; i < LZX_RECENT; i++)
        x->recent[i] = cursor_u32(c);
    return !lzx_torn(x);
}

/* Compressors turn the target of a call (E8) from relative to absolute, so that calls of one function look
 * alike. Undone for calls that begin more than 10 bytes before the end of the chunk. */
void lzx_undo_calls(uint8_t *to, size_t size, size_t valid, uint32_t position, int32_t file_size) {
    size_t end = size > 10 ? size - 10 : 0;
    if (end + 4 > valid)
        end = valid > 4 ? valid - 4 : 0;
    for (size_t i = 0; i < end; i += 5) {
        const uint8_t *found = memchr(to + i, 0xe8, end - i);
        if (!found)
            return;
        i = (size_t)(found - to);
        struct cursor c = cursor_of(span_of(found + 1, 4, 0));
        int32_t at = (int32_t)(position + i), target = (int32_t)cursor_u32(&c);
        if (target < -at || target >= file_size)
            continue;
        uint32_t relative = (uint32_t)(target >= 0 ? target - at : target + file_size);
        for (int k = 0; k < 4; k++)
            to[i + 1 + (size_t)k] = (uint8_t)(relative >> 8 * k);
    }
}
