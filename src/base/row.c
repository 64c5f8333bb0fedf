#include "base/row.h"

void row_begin(struct row_writer *writer, struct text *out, unsigned table) {
    *writer = (struct row_writer){out, out->size};
    uint8_t head[2] = {(uint8_t)table, 0};
    text_bytes(out, head, sizeof head);
}

static bool cell(struct row_writer *writer, unsigned column, enum row_kind kind) {
    struct text *out = writer->out;
    if (out->full || (uint8_t)out->data[writer->start + 1] >= ROW_CELLS)
        return false;
    out->data[writer->start + 1]++;
    uint8_t head[3] = {(uint8_t)column, (uint8_t)(column >> 8), (uint8_t)kind};
    text_bytes(out, head, sizeof head);
    return true;
}

static void little(struct text *out, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    text_bytes(out, bytes, size);
}

void row_integer(struct row_writer *writer, unsigned column, uint64_t value) {
    if (cell(writer, column, ROW_INTEGER))
        little(writer->out, value, 8);
}

void row_text(struct row_writer *writer, unsigned column, const char *utf8, size_t size) {
    if (size > UINT32_MAX || !cell(writer, column, ROW_TEXT))
        return;
    little(writer->out, size, 4);
    text_bytes(writer->out, utf8, size);
}

void row_string(struct row_writer *writer, unsigned column, const char *utf8) {
    row_text(writer, column, utf8, strlen(utf8));
}

void row_blob(struct row_writer *writer, unsigned column, const void *data, size_t size) {
    if (size > UINT32_MAX || !cell(writer, column, ROW_BLOB))
        return;
    little(writer->out, size, 4);
    text_bytes(writer->out, data, size);
}

bool row_next(struct cursor *cursor, struct row *ret, bool *bad) {
    *bad = false;
    if (cursor_left(cursor) == 0)
        return false;
    ret->table = cursor_u8(cursor);
    ret->count = cursor_u8(cursor);
    *bad = ret->count > ROW_CELLS;
    for (size_t i = 0; i < ret->count && !*bad; i++) {
        struct row_cell *c = &ret->cells[i];
        *c = (struct row_cell){.column = cursor_u16(cursor)};
        c->kind = (enum row_kind)cursor_u8(cursor);
        if (c->kind == ROW_INTEGER)
            c->integer = cursor_u64(cursor);
        else
            c->bytes = cursor_take(cursor, cursor_u32(cursor));
        *bad = c->kind < ROW_INTEGER || c->kind > ROW_BLOB || cursor->torn;
    }
    *bad = *bad || cursor->torn;
    return !*bad;
}
