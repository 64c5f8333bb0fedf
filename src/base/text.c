#include "base/text.h"

#include <endian.h>
#include <stdarg.h>

void text_free(struct text *text) {
    free(text->data);
    *text = (struct text){.max = text->max};
}

void text_clear(struct text *text) {
    text->size = 0;
    text->full = false;
    if (text->data)
        text->data[0] = 0;
}

const char *text_string(const struct text *text) {
    return text->data ? text->data : "";
}

static bool more_room(struct text *text, size_t more) {
    size_t max = text->max ? text->max : TEXT_MAX;
    if (text->full || more >= max - text->size) {
        text->full = true;
        return false;
    }
    if (more < text->room - text->size)
        return true;
    size_t room = text->room ? text->room : 128;
    while (room - text->size <= more)
        room *= 2;
    char *data = realloc(text->data, room);
    if (!data) {
        text->full = true;
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

/* Room for `more` bytes and a NUL. */
static inline bool make_room(struct text *text, size_t more) {
    size_t max = text->max ? text->max : TEXT_MAX, least = max < text->room ? max : text->room;
    return (!text->full && text->size < least && more < least - text->size) || more_room(text, more);
}

void text_bytes(struct text *text, const void *data, size_t size) {
    if (!make_room(text, size))
        return;
    if (size > 0)
        memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = 0;
}

void text_add(struct text *text, const char *string) {
    text_bytes(text, string, strlen(string));
}

void text_char(struct text *text, char c) {
    if (!make_room(text, 1))
        return;
    text->data[text->size++] = c;
    text->data[text->size] = 0;
}

void text_format(struct text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need > 0 && make_room(text, (size_t)need)) {
        vsnprintf(text->data + text->size, (size_t)need + 1, format, again);
        text->size += (size_t)need;
    }
    va_end(again);
}

void text_number(struct text *text, uint64_t value) {
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    text_bytes(text, digits + at, sizeof digits - at);
}

void text_hex(struct text *text, const void *data, size_t size) {
    static const char digit[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    if (!make_room(text, 2 * size))
        return;
    for (size_t i = 0; i < size; i++) {
        text->data[text->size++] = digit[bytes[i] >> 4];
        text->data[text->size++] = digit[bytes[i] & 15];
    }
    text->data[text->size] = 0;
}

static size_t utf8_put(uint32_t point, char *out) {
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

/* Length and value of the well-formed sequence at `s` (Unicode 15, table 3-7), or 0. */
static size_t utf8_get(const uint8_t *s, size_t size, uint32_t *ret) {
    if (size == 0)
        return 0;
    uint8_t lead = s[0];
    size_t length = lead < 0x80                   ? 1
                    : lead >= 0xc2 && lead < 0xe0 ? 2
                    : (lead & 0xf0) == 0xe0       ? 3
                    : lead >= 0xf0 && lead < 0xf5 ? 4
                                                  : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t point = length == 1 ? lead : lead & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (s[i] & 63u);
    }
    if ((length == 3 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) ||
        (length == 4 && (point < 0x10000 || point > 0x10ffff)))
        return 0;
    *ret = point;
    return length;
}

int text_cut(const char *utf8, int most) {
    int size = (int)strnlen(utf8, (size_t)most + 1);
    if (size <= most)
        return size;
    while (most > 0 && ((unsigned char)utf8[most] & 0xc0) == 0x80)
        most--;
    return most;
}

bool text_valid(const char *utf8, size_t size) {
    for (size_t i = 0, length; i < size; i += length) {
        uint32_t point = 0;
        length = utf8_get((const uint8_t *)utf8 + i, size - i, &point);
        if (length == 0 || point == 0)
            return false;
    }
    return true;
}

static size_t escape_unit(unsigned unit, char *out) {
    static const char digit[] = "0123456789ABCDEF";
    out[0] = '\\';
    out[1] = 'u';
    for (int i = 0; i < 4; i++)
        out[2 + i] = digit[unit >> (12 - 4 * i) & 15];
    return 6;
}

/* In a name a slash is escaped, too. */
static inline size_t stored_utf16(const uint8_t *utf16, size_t units, char *out, bool name) {
    size_t n = 0;
    for (size_t i = 0; i < units; i++) {
        unsigned unit = (unsigned)(utf16[2 * i] | utf16[2 * i + 1] << 8);
        if (unit < 0x80) {
            if (unit == 0 || (name && unit == '/'))
                n += escape_unit(unit, out + n);
            else {
                out[n++] = (char)unit;
                if (unit == '\\')
                    out[n++] = '\\';
            }
        } else if (unit < 0xd800 || unit >= 0xe000)
            n += utf8_put(unit, out + n);
        else {
            unsigned low = i + 1 < units ? (unsigned)(utf16[2 * i + 2] | utf16[2 * i + 3] << 8) : 0;
            if (unit < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
                n += utf8_put(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), out + n);
                i++;
            } else
                n += escape_unit(unit, out + n);
        }
    }
    return n;
}

size_t text_name_utf16(const uint8_t *utf16, size_t units, char *out) {
    return stored_utf16(utf16, units, out, true);
}

static void add_stored(struct text *text, struct span utf16, bool name) {
    size_t units = utf16.size / 2;
    if (make_room(text, 6 * units)) {
        text->size += stored_utf16(utf16.data, units, text->data + text->size, name);
        text->data[text->size] = 0;
    }
    if (utf16.size % 2 == 1)
        text_format(text, "\\x%02X", utf16.data[utf16.size - 1]);
}

void text_from_utf16(struct text *text, struct span utf16) {
    add_stored(text, utf16, true);
}

void text_from_prose(struct text *text, struct span utf16) {
    add_stored(text, utf16, false);
}

void text_from_bytes(struct text *text, struct span bytes) {
    for (size_t i = 0; i < bytes.size;) {
        size_t plain = i; /* almost all names are such altogether */
        while (plain < bytes.size && bytes.data[plain] - 1u < 0x7f && bytes.data[plain] != '\\')
            plain++;
        text_bytes(text, bytes.data + i, plain - i);
        if ((i = plain) == bytes.size)
            return;
        uint32_t point;
        size_t length = utf8_get(bytes.data + i, bytes.size - i, &point);
        if (length == 0)
            text_format(text, "\\x%02X", bytes.data[i++]);
        else {
            if (point == 0)
                text_add(text, "\\u0000");
            else if (point == '\\')
                text_add(text, "\\\\");
            else
                text_bytes(text, bytes.data + i, length);
            i += length;
        }
    }
}

void text_from_latin(struct text *text, struct span bytes) {
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t c = bytes.data[i];
        if (c == '\\')
            text_add(text, "\\\\");
        else if (c < 0x20 || c > 0x7e)
            text_format(text, "\\x%02X", c);
        else
            text_char(text, (char)c);
    }
}

/* What a terminal could act on, or what could make one line look like another. */
static bool unprintable(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

typedef void escape_fn(struct text *text, uint32_t point, const char *raw, size_t size);

#define EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

/* The top bit of each byte that is below `least`; exact for words whose own top bits are clear. */
static uint64_t below(uint64_t word, uint64_t least) {
    return (word - EACH(least)) & ~word;
}

/* How many bytes from the start are printable ASCII that no output escapes; whole words only. */
static size_t plain_run(const char *utf8, size_t size) {
    static const char special[] = {0x7f, '"', '\\', '&', '<', '>', '\''};
    size_t at = 0;
    for (; size - at >= 8; at += 8) {
        uint64_t word, bad;
        memcpy(&word, utf8 + at, 8);
        bad = word | below(word, 0x20);
        for (size_t i = 0; i < sizeof special; i++)
            bad |= below(word ^ EACH(special[i]), 1);
        if (bad & EACH(0x80))
            break;
    }
    return at;
}

static void each_point(struct text *text, const char *utf8, size_t size, escape_fn *escape) {
    for (size_t i = 0, run; i < size;) {
        uint32_t point;
        if ((run = plain_run(utf8 + i, size - i)) > 0) {
            text_bytes(text, utf8 + i, run);
            i += run;
            continue;
        }
        size_t length = utf8_get((const uint8_t *)utf8 + i, size - i, &point);
        if (length == 0) {
            escape(text, 0xfffd, "\xef\xbf\xbd", 3);
            i++;
        } else {
            escape(text, point, utf8 + i, length);
            i += length;
        }
    }
}

static void terminal_point(struct text *text, uint32_t point, const char *raw, size_t size) {
    if (!unprintable(point))
        text_bytes(text, raw, size);
    else if (point < 0x100)
        text_format(text, "\\x%02X", (unsigned)point);
    else
        text_format(text, "\\u{%X}", (unsigned)point);
}

void text_terminal(struct text *text, const char *utf8, size_t size) {
    each_point(text, utf8, size, terminal_point);
}

static void json_point(struct text *text, uint32_t point, const char *raw, size_t size) {
    if (point == '"' || point == '\\') {
        text_char(text, '\\');
        text_char(text, (char)point);
    } else if (point >= 0x10000 && unprintable(point)) {
        unsigned v = (unsigned)point - 0x10000;
        text_format(text, "\\u%04x\\u%04x", 0xd800 + (v >> 10), 0xdc00 + (v & 0x3ff));
    } else if (unprintable(point))
        text_format(text, "\\u%04x", (unsigned)point);
    else
        text_bytes(text, raw, size);
}

void text_json(struct text *text, const char *utf8, size_t size) {
    text_char(text, '"');
    each_point(text, utf8, size, json_point);
    text_char(text, '"');
}

/* The next four units as bytes, if all are ASCII that JSON does not escape. */
static bool plain_units(const uint8_t *utf16, char *out) {
    uint64_t word;
    memcpy(&word, utf16, 8);
    word = le64toh(word);
    if (word & 0xff80ff80ff80ff80u)
        return false;
    word = (word | word >> 8) & 0x0000ffff0000ffffu;
    uint64_t packed = (word | word >> 16) & 0xffffffffu;
    uint64_t word8 = packed | (uint64_t)0x20202020 << 32;
    uint64_t bad = below(word8, 0x20) | below(word8 ^ EACH(0x7f), 1) | below(word8 ^ EACH('"'), 1) |
                   below(word8 ^ EACH('\\'), 1);
    if (bad & EACH(0x80))
        return false;
    for (int i = 0; i < 4; i++)
        out[i] = (char)(packed >> 8 * i);
    return true;
}

/* One code point of at most two units; U+FFFD for half of one. Returns how many units it took. */
static size_t unit_point(const uint8_t *utf16, size_t units, uint32_t *ret) {
    unsigned unit = (unsigned)(utf16[0] | utf16[1] << 8);
    *ret = unit;
    if (unit < 0xd800 || unit >= 0xe000)
        return 1;
    unsigned low = units > 1 ? (unsigned)(utf16[2] | utf16[3] << 8) : 0;
    if (unit >= 0xdc00 || low < 0xdc00 || low >= 0xe000) {
        *ret = 0xfffd;
        return 1;
    }
    *ret = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    return 2;
}

/* An ASCII character as JSON has it inside a string. */
static size_t json_ascii(unsigned c, char *out) {
    static const char digit[] = "0123456789abcdef";
    out[0] = (char)c;
    if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
        return 1;
    out[0] = '\\';
    out[1] = (char)c;
    if (c == '"' || c == '\\')
        return 2;
    memcpy(out + 1, "u00", 3);
    out[4] = digit[c >> 4];
    out[5] = digit[c & 15];
    return 6;
}

/* Up to four units, one by one. Returns how many there were, more by one if the last is half of two. */
static size_t json_units(struct text *text, const uint8_t *utf16, size_t units) {
    size_t i = 0;
    while (i < units && i < 4) {
        uint32_t point;
        i += unit_point(utf16 + 2 * i, units - i, &point);
        if (point < 0x80)
            text->size += json_ascii(point, text->data + text->size);
        else {
            char raw[4];
            json_point(text, point, raw, utf8_put(point, raw));
        }
    }
    return i;
}

void text_json_utf16(struct text *text, struct span utf16) {
    size_t units = utf16.size / 2;
    if (!make_room(text, 6 * units + 3)) /* \uXXXX is the longest that a unit becomes */
        return;
    for (size_t i = 0; i < units;) {
        if (units - i >= 4 && plain_units(utf16.data + 2 * i, text->data + text->size)) {
            text->size += 4;
            i += 4;
        } else
            i += json_units(text, utf16.data + 2 * i, units - i);
    }
    if (utf16.size % 2 == 1)
        text->size += utf8_put(0xfffd, text->data + text->size);
    text->data[text->size] = 0;
}

static void csv_point(struct text *text, uint32_t point, const char *raw, size_t size) {
    if (point == '"')
        text_add(text, "\"\"");
    else
        terminal_point(text, point, raw, size);
}

void text_csv(struct text *text, const char *utf8, size_t size) {
    bool formula = size > 0 && strchr("=+-@\t\r", utf8[0]) != NULL;
    bool quote = formula;
    for (size_t i = 0; i < size && !quote; i++)
        quote = utf8[i] == ',' || utf8[i] == '"' || utf8[i] == ' ' || utf8[i] == ';' || utf8[i] == '\'';
    if (quote)
        text_char(text, '"');
    if (formula)
        text_char(text, '\'');
    each_point(text, utf8, size, csv_point);
    if (quote)
        text_char(text, '"');
}

static void html_point(struct text *text, uint32_t point, const char *raw, size_t size) {
    switch (point) {
    case '&':
        text_add(text, "&amp;");
        break;
    case '<':
        text_add(text, "&lt;");
        break;
    case '>':
        text_add(text, "&gt;");
        break;
    case '"':
        text_add(text, "&quot;");
        break;
    case '\'':
        text_add(text, "&#39;");
        break;
    default:
        terminal_point(text, point, raw, size);
    }
}

void text_html(struct text *text, const char *utf8, size_t size) {
    each_point(text, utf8, size, html_point);
}

void text_percent(struct text *text, const char *utf8, size_t size, const char *keep) {
    for (size_t i = 0; i < size; i++) {
        char c = utf8[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c != 0 && (strchr("-._~", c) || strchr(keep, c)));
        if (plain)
            text_char(text, c);
        else
            text_format(text, "%%%02X", (unsigned char)c);
    }
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool text_unpercent(struct text *text, const char *ascii, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (ascii[i] != '%') {
            text_char(text, ascii[i]);
            continue;
        }
        int high = i + 2 < size ? hex_value(ascii[i + 1]) : -1;
        int low = high >= 0 ? hex_value(ascii[i + 2]) : -1;
        if (low < 0 || high + low == 0)
            return false;
        text_char(text, (char)(high << 4 | low));
        i += 2;
    }
    return true;
}

bool text_unstore(struct text *text, const char *stored) {
    for (; *stored; stored++) {
        if (*stored != '\\')
            text_char(text, *stored);
        else if (stored[1] == '\\') {
            text_char(text, '\\');
            stored++;
        } else {
            int high = stored[1] == 'x' ? hex_value(stored[2]) : -1,
                low = high >= 0 ? hex_value(stored[3]) : -1;
            if (low < 0 || high + low == 0)
                return false;
            text_char(text, (char)(high << 4 | low));
            stored += 3;
        }
    }
    return true;
}

void text_grouped(struct text *text, uint64_t value) {
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            text_char(text, ',');
        text_char(text, digits[i]);
    }
}

void text_size(struct text *text, uint64_t bytes) {
    static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    int i = 0;
    while (value >= 1023.95 && i < 6) {
        value /= 1024;
        i++;
    }
    text_format(text, i == 0 ? "%.0f %s" : "%.1f %s", value, unit[i]);
}

void text_hexdump(struct text *text, struct span bytes, const char *indent) {
    for (size_t row = 0; row < bytes.size; row += 16) {
        text_format(text, "%s%08llx ", indent, (unsigned long long)(bytes.offset + row));
        for (size_t i = row; i < row + 16; i++) {
            if (i % 8 == 0)
                text_char(text, ' ');
            if (i < bytes.size)
                text_format(text, "%02x ", bytes.data[i]);
            else
                text_add(text, "   ");
        }
        text_char(text, '|');
        for (size_t i = row; i < row + 16 && i < bytes.size; i++)
            text_char(text, bytes.data[i] >= 0x20 && bytes.data[i] < 0x7f ? (char)bytes.data[i] : '.');
        text_add(text, "|\n");
    }
}

void text_guid(struct text *text, struct span bytes) {
    static const char digits[] = "0123456789abcdef";
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t i = 0; i < sizeof order && bytes.size >= sizeof order; i++) {
        uint8_t byte = bytes.data[order[i]];
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text_char(text, '-');
        text_char(text, digits[byte >> 4]);
        text_char(text, digits[byte & 15]);
    }
}
