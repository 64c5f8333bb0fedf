#include "format/lzx_stream.h"

#include "format/lzx_codes.h"

enum {
    SLACK = 16,
    ROOM = 256 * 1024,
    CALLS = 1 << 30
}; /* CALLS: bytes of a stream in which they are undone */

struct lzx_stream {
    struct lzx x;
    unsigned slots;
    size_t window, room; /* room: bytes of the buffer */
    uint32_t left;       /* bytes of the block that is not done yet */
    enum lzx_kind kind;  /* of that block */
    bool odd;            /* that block is stored and odd: a byte follows */
    bool begun, broken;
    int32_t file_size; /* for calls; 0: they are as they were */
    uint64_t done;     /* bytes so far */
    uint8_t calls[LZX_STREAM_BLOCK];
    uint8_t *buffer;
};

struct lzx_stream *lzx_stream_new(struct job *job, unsigned bits) {
    static const uint8_t slots[] = {30, 32, 34, 36, 38, 42, 50};
    if (bits < LZX_STREAM_LEAST || bits > LZX_STREAM_MOST) {
        job_fail(job, FAULT_BAD, 0, "an LZX window of a size that is none");
        return NULL;
    }
    struct lzx_stream *s = job_alloc(job, 1, sizeof *s);
    size_t window = (size_t)1 << bits;
    if (!s)
        return NULL;
    s->window = window;
    s->slots = slots[bits - LZX_STREAM_LEAST];
    s->room = window + (window > ROOM ? window : ROOM) + LZX_STREAM_BLOCK + SLACK;
    s->buffer = job_alloc(job, s->room, 1);
    if (!s->buffer)
        return NULL;
    lzx_stream_start(s);
    return s;
}

void lzx_stream_start(struct lzx_stream *s) {
    lzx_start(&s->x, s->slots, (uint32_t)s->window);
    s->x.out = unpack_of(s->buffer, s->room);
    s->left = 0;
    s->begun = s->broken = s->odd = false;
    s->file_size = 0;
    s->done = 0;
}

static void begin(struct lzx_stream *s) {
    s->begun = true;
    if (lzx_take(&s->x, 1)) {
        uint32_t high = lzx_take(&s->x, 16);
        s->file_size = (int32_t)(high << 16 | lzx_take(&s->x, 16));
    }
}

static bool head(struct lzx_stream *s) {
    struct lzx *x = &s->x;
    unsigned kind = lzx_take(x, 3);
    s->left = lzx_take(x, 16) << 8;
    s->left |= lzx_take(x, 8);
    s->kind = (enum lzx_kind)kind;
    if (lzx_torn(x))
        return false;
    if (kind < LZX_VERBATIM || kind > LZX_STORED)
        return lzx_refuse(x, FAULT_BAD, "a block of a kind that is none");
    s->odd = kind == LZX_STORED && s->left % 2;
    return kind == LZX_STORED ? lzx_stored(x) : lzx_codes(x, s->kind);
}

static bool copy(struct lzx_stream *s, size_t size) {
    struct lzx *x = &s->x;
    struct cursor *c = &x->bits.in;
    x->out.at += span_copy(span_clip(c->span, c->at, size), x->out.to + x->out.at, size);
    cursor_skip(c, size);
    return !lzx_torn(x);
}

/* As much of the current block as belongs before `end`. */
static bool go_on(struct lzx_stream *s, size_t end) {
    struct lzx *x = &s->x;
    size_t before = x->out.at, size = end - before < s->left ? end - before : s->left;
    bool good = s->kind == LZX_STORED ? copy(s, size) : lzx_symbols(x, s->kind, before + size);
    s->left -= (uint32_t)(x->out.at - before);
    if (good && s->odd && s->left == 0) {
        cursor_skip(&x->bits.in, cursor_left(&x->bits.in) > 0 ? 1 : 0);
        s->odd = false;
    }
    return good;
}

/* What came before moves to the start of the buffer when the next block does not fit behind it; then it lies
 * behind where it moves to. */
static void make_room(struct lzx_stream *s, size_t size) {
    struct unpack *out = &s->x.out;
    if (unpack_room(out) >= size + SLACK)
        return;
    span_copy(span_of(out->to + out->at - s->window, s->window, 0), out->to, s->window);
    out->at = s->window;
}

bool lzx_stream_decode(struct lzx_stream *s, struct span in, size_t size, const uint8_t **bytes,
                       struct unpacked *ret) {
    struct lzx *x = &s->x;
    *ret = (struct unpacked){0};
    x->ret = ret;
    x->bits = huffman_bits_of(in);
    *bytes = s->calls;
    if (size > LZX_STREAM_BLOCK || s->broken) {
        memset(s->calls, 0, sizeof s->calls);
        return size > LZX_STREAM_BLOCK ? lzx_refuse(x, FAULT_LIMIT, "a block of more than 32 KiB")
                                       : lzx_refuse(x, FAULT_BAD, "a block behind one that is broken");
    }
    make_room(s, size);
    size_t start = x->out.at, end = start + size;
    bool good = true;
    if (!s->begun)
        begin(s);
    while (good && x->out.at < end)
        good = s->left > 0 ? go_on(s, end) : head(s);
    s->broken = !good;
    ret->size = x->out.at - start;
    ret->used = huffman_used(&x->bits);
    memset(s->buffer + x->out.at, 0, end - x->out.at);
    *bytes = s->buffer + start;
    if (s->file_size > 0 && s->done < CALLS && memchr(*bytes, 0xe8, size)) {
        span_copy(span_of(*bytes, size, 0), s->calls, size);
        lzx_undo_calls(s->calls, size, ret->size, (uint32_t)s->done, s->file_size);
        *bytes = s->calls;
    }
    s->done += size;
    return good;
}
