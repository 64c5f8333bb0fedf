#include "format/regf_text.h"

enum { PIECE = 128 };

const char *regf_type_name(uint32_t type) {
    static const char *const names[] = {"REG_NONE",
                                        "REG_SZ",
                                        "REG_EXPAND_SZ",
                                        "REG_BINARY",
                                        "REG_DWORD",
                                        "REG_DWORD_BIG_ENDIAN",
                                        "REG_LINK",
                                        "REG_MULTI_SZ",
                                        "REG_RESOURCE_LIST",
                                        "REG_FULL_RESOURCE_DESCRIPTOR",
                                        "REG_RESOURCE_REQUIREMENTS_LIST",
                                        "REG_QWORD"};
    return type < sizeof names / sizeof *names ? names[type] : NULL;
}

static unsigned unit_at(struct span units, size_t index) {
    return (unsigned)(span_u8(units, 2 * index) | span_u8(units, 2 * index + 1) << 8);
}

static size_t put_point(uint32_t point, char out[4]) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xc0 | point >> 6);
        out[1] = (char)(0x80 | (point & 63));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xe0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 63));
        out[2] = (char)(0x80 | (point & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 63));
    out[2] = (char)(0x80 | (point >> 6 & 63));
    out[3] = (char)(0x80 | (point & 63));
    return 4;
}

/* The ASCII characters from `from` on, other than NUL, that `out` has room for; returns how many. */
static size_t put_ascii(struct span units, size_t from, size_t to, char *out, size_t room) {
    const uint8_t *unit = units.data + 2 * from;
    size_t most = to - from < room ? to - from : room, n = 0;
    for (; n < most && unit[2 * n + 1] == 0 && unit[2 * n] != 0 && unit[2 * n] < 0x80; n++)
        out[n] = (char)unit[2 * n];
    return n;
}

/* Adds the units [from, to); false if one of them had to be escaped. */
static bool add_units(struct span units, size_t from, size_t to, struct text *text) {
    char buffer[PIECE + 4];
    bool plain = true;
    for (size_t i = from; i < to;) {
        size_t size = put_ascii(units, i, to, buffer, PIECE);
        i += size;
        uint32_t point = i < to ? unit_at(units, i) : 0, low = i + 1 < to ? unit_at(units, i + 1) : 0;
        bool pair = point >> 10 == 0xd800 >> 10 && low >> 10 == 0xdc00 >> 10;
        bool escaped = i < to && !pair && (point == 0 || point >> 11 == 0xd800 >> 11);
        if (pair)
            point = 0x10000 + ((point & 0x3ff) << 10) + (low & 0x3ff);
        if (i < to && !escaped)
            size += put_point(point, buffer + size);
        text_bytes(text, buffer, size);
        if (escaped)
            text_format(text, "\\u%04X", (unsigned)point);
        plain = plain && !escaped;
        i += pair ? 2 : 1;
    }
    return plain;
}

/* Index of the first NUL from `from` on, or the number of units. */
static size_t find_nul(struct span units, size_t from) {
    size_t count = units.size / 2;
    const uint8_t *unit = units.data;
    while (from < count && (unit[2 * from] | unit[2 * from + 1]) != 0)
        from++;
    return from;
}

static bool add_string(struct span data, struct text *text) {
    size_t end = find_nul(data, 0);
    bool plain = add_units(data, 0, end, text);
    return plain && span_is_zero(span_from(data, 2 * end));
}

static bool add_strings(struct span data, struct text *text) {
    size_t count = data.size / 2, at = 0;
    bool plain = true;
    while (at < count) {
        size_t end = find_nul(data, at);
        if (end == at)
            break;
        if (at > 0)
            text_char(text, '\n');
        plain = add_units(data, at, end, text) && plain;
        at = end + 1;
    }
    return plain && (at >= count ? data.size % 2 == 0 : span_is_zero(span_from(data, 2 * at)));
}

static bool add_number(struct span data, size_t size, bool big, struct text *text) {
    struct cursor c = cursor_of(data);
    uint64_t number = size == 8 ? cursor_u64(&c) : big ? cursor_u32be(&c) : cursor_u32(&c);
    if (c.torn)
        return false;
    text_number(text, number);
    return data.size == size;
}

bool regf_text(uint32_t type, struct span data, struct text *text) {
    switch (type) {
    case REGF_SZ:
    case REGF_EXPAND_SZ:
    case REGF_REG_LINK:
        return add_string(data, text);
    case REGF_MULTI_SZ:
        return add_strings(data, text);
    case REGF_DWORD:
        return add_number(data, 4, false, text);
    case REGF_DWORD_BE:
        return add_number(data, 4, true, text);
    case REGF_QWORD:
        return add_number(data, 8, false, text);
    default:
        return false;
    }
}

/* Is its stored form the name itself? */
static bool is_plain(struct span name) {
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] == 0 || name.data[i] >= 0x80 || name.data[i] == '/' || name.data[i] == '\\')
            return false;
    return true;
}

void regf_name(struct span name, bool latin, size_t units, struct text *text) {
    uint8_t wide[2 * PIECE];
    if (!latin) {
        text_from_utf16(text, span_clip(name, 0, 2 * (uint64_t)units));
        return;
    }
    if (is_plain(name)) {
        text_bytes(text, name.data, name.size < units ? name.size : units);
        return;
    }
    for (size_t at = 0; at < name.size && at < units; at += PIECE) {
        struct span piece = span_clip(name, at, units - at < PIECE ? units - at : PIECE);
        for (size_t i = 0; i < piece.size; i++) {
            wide[2 * i] = piece.data[i];
            wide[2 * i + 1] = 0;
        }
        text_from_utf16(text, span_of(wide, 2 * piece.size, piece.offset));
    }
}
