#include "format/lzx.h"

#include "format/lzx_codes.h"

enum { SLOTS = 30 }; /* of distances in a window of 32 KiB */

/* Bytes as they are, after the distances that may be repeated. Words begin anew behind them. */
static bool stored(struct lzx *x, size_t size) {
    if (!lzx_stored(x))
        return false;
    struct cursor *c = &x->bits.in;
    x->out.at += span_copy(span_clip(c->span, c->at, size), x->out.to + x->out.at, size);
    cursor_skip(c, size);
    if (lzx_torn(x))
        return false;
    cursor_skip(c, size % 2 && cursor_left(c) > 0 ? 1 : 0); /* nothing need follow the last block */
    return true;
}

static bool block(struct lzx *x) {
    unsigned kind = lzx_take(x, 3);
    size_t size = lzx_take(x, 1) ? LZX_CHUNK : lzx_take(x, 16);
    if (lzx_torn(x))
        return false;
    if (kind < LZX_VERBATIM || kind > LZX_STORED)
        return lzx_refuse(x, FAULT_BAD, "a block of a kind that is none");
    if (size == 0 || size > unpack_room(&x->out))
        return lzx_refuse(x, FAULT_BAD, "a block that is empty or larger than its chunk");
    if (kind == LZX_STORED)
        return stored(x, size);
    return lzx_codes(x, (enum lzx_kind)kind) && lzx_symbols(x, (enum lzx_kind)kind, x->out.at + size);
}

bool lzx_decode(struct span in, uint8_t *to, size_t size, struct unpacked *ret) {
    struct lzx x;
    x.bits = huffman_bits_of(in);
    x.out = unpack_of(to, size);
    x.ret = ret;
    *ret = (struct unpacked){0};
    lzx_start(&x, SLOTS, LZX_CHUNK);
    if (size > LZX_CHUNK)
        lzx_refuse(&x, FAULT_LIMIT, "a chunk of more than 32 KiB");
    else
        while (unpack_room(&x.out) > 0 && block(&x))
            continue;
    lzx_undo_calls(to, size, x.out.at, 0, LZX_FILE_SIZE);
    ret->used = huffman_used(&x.bits);
    return unpack_end(&x.out, ret);
}
