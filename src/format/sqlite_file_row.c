#include "format/sqlite_file_row.h"

#include "format/sqlite_file_private.h"

uint64_t sqlite_file_varint(struct cursor *c) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        uint8_t byte = cursor_u8(c);
        value = value << 7 | (byte & 0x7f);
        if (!(byte & 0x80))
            return value;
    }
    return value << 8 | cursor_u8(c);
}

/* Bytes of a value of this type. */
static uint64_t size_of(uint64_t type) {
    static const uint8_t sizes[12] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0};
    return type < 12 ? sizes[type] : (type - 12) / 2;
}

bool sqlite_file_record(struct sqlite_file_row *row, uint32_t page, struct span payload) {
    struct cursor c = cursor_of(payload);
    uint64_t size = sqlite_file_varint(&c);
    if (c.torn || size < c.at || size > payload.size) {
        sqlite_file_damage(row->file, FAULT_BAD, page, "a row of a database without a header that fits");
        return false;
    }
    row->types = span_part(payload, c.at, size - c.at);
    row->body = span_from(payload, size);
    uint64_t left = row->body.size;
    for (c = cursor_of(row->types); cursor_left(&c) > 0;) {
        uint64_t type = sqlite_file_varint(&c), need = size_of(type);
        bool odd = c.torn || type == 10 || type == 11, lies = need > left && !row->cut;
        if (odd || lies)
            sqlite_file_damage(row->file, FAULT_BAD, page,
                               odd ? "a row of a database with a value of no known type"
                                   : "a row of a database that is shorter than its header says");
        row->cut |= lies;
        left -= need < left ? need : left;
    }
    return true;
}

static int64_t integer(struct span bytes) {
    uint64_t value = span_u8(bytes, 0) & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < bytes.size; i++)
        value = value << 8 | span_u8(bytes, i);
    return (int64_t)value;
}

static double real(struct span bytes) {
    union {
        int64_t bits;
        double value;
    } both = {.bits = integer(bytes)};
    return both.value;
}

/* The value of a type whose `bytes` are there. */
static bool take(uint64_t type, struct span bytes, struct sqlite_file_value *ret) {
    ret->cut = bytes.size < size_of(type);
    if (type >= 12) {
        ret->kind = type & 1 ? SQLITE_FILE_TEXT : SQLITE_FILE_BLOB;
        ret->bytes = bytes;
        return true;
    }
    if (ret->cut || type == 10 || type == 11)
        return false;
    ret->kind = type == 0 ? SQLITE_FILE_NULL : type == 7 ? SQLITE_FILE_REAL : SQLITE_FILE_INTEGER;
    if (type == 7)
        ret->real = real(bytes);
    else if (type >= 8)
        ret->integer = type == 9;
    else
        ret->integer = integer(bytes);
    return true;
}

bool sqlite_file_value(const struct sqlite_file_row *row, int column, struct sqlite_file_value *ret) {
    struct cursor c = cursor_of(row->types);
    uint64_t at = 0;
    *ret = (struct sqlite_file_value){.bytes = span_of("", 0, 0)};
    for (int i = 0; i <= column && cursor_left(&c) > 0; i++) {
        uint64_t type = sqlite_file_varint(&c), size = size_of(type);
        if (c.torn || at > row->body.size)
            return false;
        if (i == column)
            return take(type, span_clip(row->body, at, size), ret);
        at = size <= row->body.size - at ? at + size : (uint64_t)row->body.size + (size > 0);
    }
    return false;
}
