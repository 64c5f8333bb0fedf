#include "format/inno.h"

#include "format/inflate.h"

enum { NAME = 12 };

static const char id_5[] = "rDlPtS\xcd\xe6\xd7\x7b\x0b\x2a", id_4[] = "rDlPtS07\x87"
                                                                      "eVx";

bool inno_pointer_read(struct span bytes, uint64_t *ret) {
    struct cursor c = cursor_of(bytes);
    bool named = cursor_u32(&c) == 0x6f6e6e49; /* "Inno" */
    uint32_t at = cursor_u32(&c), not_at = cursor_u32(&c);
    *ret = at;
    return !c.torn && named && at == ~not_at;
}

static void read_narrow(struct cursor *c, struct inno_table *ret) {
    cursor_skip(c, 4); /* the least size of the installer */
    ret->program = cursor_u32(c);
    ret->program_size = cursor_u32(c);
    ret->program_crc = cursor_u32(c);
    ret->headers = cursor_u32(c);
    ret->data = cursor_u32(c);
}

static void read_wide(struct cursor *c, struct inno_table *ret) {
    cursor_skip(c, 8);
    ret->program = cursor_u64(c);
    ret->program_size = cursor_u32(c);
    ret->program_crc = cursor_u32(c);
    ret->headers = cursor_u64(c);
    ret->data = cursor_u64(c);
    cursor_skip(c, 4);
}

bool inno_table_read(struct span bytes, struct inno_table *ret) {
    struct cursor c = cursor_of(bytes);
    struct span name = cursor_take(&c, NAME);
    *ret = (struct inno_table){0};
    bool latest = span_starts(name, id_5, NAME);
    if (!latest && !span_starts(name, id_4, NAME))
        return span_starts(name, id_4, 7); /* a table of before: "rDlPtS0" */
    if (latest && cursor_u32(&c) != 1)
        read_wide(&c, ret);
    else
        read_narrow(&c, ret);
    struct span summed = span_part(bytes, 0, c.at);
    ret->sound = cursor_u32(&c) == inflate_crc(0, summed) && !c.torn;
    return !c.torn;
}

/* --- versions --- */

static unsigned number(struct cursor *c) {
    unsigned value = 0;
    for (uint8_t digit; (digit = span_u8(c->span, c->at)) >= '0' && digit <= '9' && value < 256; c->at++)
        value = 10 * value + (digit - '0');
    return value;
}

bool inno_version_read(struct span bytes, struct inno_version *ret) {
    static const char first[] = "Inno Setup Setup Data (";
    struct cursor c = cursor_of(span_clip(bytes, 0, INNO_VERSION));
    unsigned parts[4] = {0};
    *ret = (struct inno_version){0};
    if (c.span.size < INNO_VERSION || !span_starts(bytes, first, sizeof first - 1))
        return false;
    c.at = sizeof first - 1;
    size_t begin = c.at;
    for (size_t i = 0; i < 4; i++) {
        parts[i] = number(&c);
        if (span_u8(c.span, c.at) != '.')
            break;
        c.at++;
    }
    /* "6.1.0) (u)" is told as "6.1.0 (u)". */
    size_t size = 0;
    bool closed = false, marked = false;
    for (size_t i = begin; i < INNO_VERSION && span_u8(c.span, i) >= ' ' && span_u8(c.span, i) < 0x7f; i++) {
        uint8_t letter = span_u8(c.span, i);
        bool first_end = letter == ')' && !closed;
        closed = closed || first_end;
        marked = marked || (closed && (letter == 'u' || letter == 'U'));
        if (!first_end)
            ret->text[size++] = (char)letter;
    }
    ret->number = INNO(parts[0] & 255, parts[1] & 255, parts[2] & 255, parts[3] & 255);
    ret->unicode = marked || ret->number >= INNO(6, 3, 0, 0);
    return closed && parts[0] > 0 && parts[0] < 256;
}

bool inno_block_read(struct span bytes, struct inno_block *ret) {
    struct cursor c = cursor_of(bytes);
    uint32_t crc = cursor_u32(&c);
    ret->size = cursor_u32(&c);
    ret->packed = cursor_u8(&c) != 0;
    return !c.torn && crc == inflate_crc(0, span_part(bytes, 4, INNO_BLOCK - 4));
}

/* --- calls --- */

static bool is_call(uint8_t byte) {
    return byte == 0xe8 || byte == 0xe9;
}

/* Addresses of 32 bits, wherever they lie. */
static void undo_old(struct inno_calls *calls, uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < size; i++, calls->at++) {
        if (calls->left > 0) {
            calls->address += bytes[i];
            bytes[i] = (uint8_t)calls->address;
            calls->address >>= 8;
            calls->left--;
        } else if (is_call(bytes[i])) {
            calls->address = 0u - (calls->at + 5);
            calls->left = 4;
        }
    }
}

/* Addresses of 24 bits and their sign, none of which lies in two blocks. */
static void undo_blocks(struct inno_calls *calls, uint8_t *bytes, size_t size) {
    for (size_t i = 0; i + 5 <= size; i++) {
        if (!is_call(bytes[i]))
            continue;
        uint8_t *to = bytes + i + 1;
        if (to[3] == 0 || to[3] == 0xff) {
            uint32_t place = (calls->at + (uint32_t)i + 5) & 0xffffff;
            uint32_t relative = (uint32_t)to[0] | (uint32_t)to[1] << 8 | (uint32_t)to[2] << 16;
            relative -= place;
            to[0] = (uint8_t)relative;
            to[1] = (uint8_t)(relative >> 8);
            to[2] = (uint8_t)(relative >> 16);
            if (calls->kind == INNO_CALLS_LATEST && relative & 0x800000)
                to[3] = (uint8_t)~to[3];
        }
        i += 4;
    }
    calls->at += (uint32_t)size;
}

void inno_calls_undo(struct inno_calls *calls, uint8_t *bytes, size_t size) {
    if (calls->kind == INNO_CALLS_OLD)
        undo_old(calls, bytes, size);
    else
        undo_blocks(calls, bytes, size);
}
