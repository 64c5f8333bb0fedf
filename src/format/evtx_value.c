#include "format/evtx_value.h"

#include <math.h>

enum { SID_HEADER = 8, SID_PARTS = 15, SID_PART = 12, SID_TEXT = (SID_PARTS + 4) * SID_PART, NUMBER = 24 };

static uint64_t little(struct span bytes) {
    uint64_t value = 0;
    for (size_t i = bytes.size < 8 ? bytes.size : 8; i > 0; i--)
        value = value << 8 | bytes.data[i - 1];
    return value;
}

static uint64_t signed_little(struct span bytes) {
    uint64_t value = little(bytes);
    unsigned bits = (unsigned)bytes.size * 8;
    return bits < 64 && value >> (bits - 1) & 1 ? value | ~UINT64_C(0) << bits : value;
}

struct span evtx_value_string(const struct evtx_node *value) {
    struct span utf16 = value->value;
    if (value->type != EVTX_STRING)
        return span_of("", 0, utf16.offset);
    if (utf16.size >= 2 && utf16.data[utf16.size - 1] == 0 && utf16.data[utf16.size - 2] == 0)
        utf16.size -= 2;
    return utf16;
}

static void put_signed(struct text *text, struct span bytes) {
    uint64_t value = signed_little(bytes);
    if (value >> 63) {
        text_char(text, '-');
        value = 0 - value;
    }
    text_number(text, value);
}

static void put_hex(struct text *text, struct span bytes) {
    static const char digits[] = "0123456789abcdef";
    char out[NUMBER];
    size_t at = sizeof out;
    uint64_t value = little(bytes);
    do
        out[--at] = digits[value & 15];
    while ((value >>= 4) > 0);
    out[--at] = 'x';
    out[--at] = '0';
    text_bytes(text, out + at, sizeof out - at);
}

static void put_binary(struct text *text, struct span bytes) {
    static const char digits[] = "0123456789ABCDEF";
    char out[64];
    for (size_t at = 0, used; at < bytes.size;) {
        for (used = 0; used < sizeof out && at < bytes.size; at++) {
            out[used++] = digits[bytes.data[at] >> 4];
            out[used++] = digits[bytes.data[at] & 15];
        }
        text_bytes(text, out, used);
    }
}

static void put_guid(struct text *text, struct span bytes) {
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char digits[] = "0123456789ABCDEF";
    char out[36];
    size_t used = 0;
    for (size_t i = 0; i < sizeof order; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[used++] = '-';
        out[used++] = digits[bytes.data[order[i]] >> 4];
        out[used++] = digits[bytes.data[order[i]] & 15];
    }
    text_bytes(text, out, used);
}

static char *put_part(char *out, uint32_t value) {
    char digits[SID_PART];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    digits[--at] = '-';
    while (at < sizeof digits)
        *out++ = digits[at++];
    return out;
}

/* [MS-DTYP] 2.4.2.1: an authority of six bytes, big-endian, in hex if it needs more than four. */
static void put_sid(struct text *text, struct span bytes) {
    struct cursor c = cursor_of(bytes);
    char out[SID_TEXT], *at = out;
    unsigned revision = cursor_u8(&c), parts = cursor_u8(&c);
    uint64_t authority = (uint64_t)cursor_u16be(&c) << 32;
    authority |= cursor_u32be(&c);
    *at++ = 'S';
    at = put_part(at, revision);
    if (authority >> 32)
        at += snprintf(at, SID_PART + 4, "-0x%012llx", (unsigned long long)authority);
    else
        at = put_part(at, (uint32_t)authority);
    for (unsigned i = 0; i < parts && i < SID_PARTS; i++)
        at = put_part(at, cursor_u32(&c));
    text_bytes(text, out, (size_t)(at - out));
}

static void put_time(struct evtx_printer *printer, struct text *text, uint64_t filetime) {
    char out[FILETIME_TEXT];
    text_bytes(text, out, filetime_print(&printer->times, filetime, out));
}

/* [MS-DTYP] 2.3.13; false if it is no time of any calendar. */
static bool system_time(struct span bytes, uint64_t *ret) {
    struct cursor c = cursor_of(bytes);
    unsigned part[8];
    for (size_t i = 0; i < 8; i++)
        part[i] = cursor_u16(&c);
    char out[64];
    snprintf(out, sizeof out, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", part[0], part[1], part[3], part[4],
             part[5], part[6], part[7] % 1000);
    return part[7] < 1000 && filetime_parse(out, ret);
}

/* A bare number would be no JSON where a real is none. */
static void put_real(struct text *text, double value, int digits) {
    char out[40];
    snprintf(out, sizeof out, "%.*g", digits, isfinite(value) ? value : 0.0);
    text_add(text, isnan(value) ? "NaN" : isinf(value) ? (value > 0 ? "INF" : "-INF") : out);
}

static double real_of(struct span bytes) {
    union {
        uint32_t word;
        float value;
    } narrow;
    union {
        uint64_t word;
        double value;
    } wide;
    narrow.word = (uint32_t)little(bytes);
    wide.word = little(bytes);
    return bytes.size == 4 ? (double)narrow.value : wide.value;
}

/* Does the size fit, so that it can be told as what it claims to be? */
static bool fits(unsigned type, struct span bytes) {
    if (type == EVTX_SID)
        return bytes.size >= SID_HEADER && bytes.data[1] <= SID_PARTS &&
               bytes.size == SID_HEADER + 4 * (size_t)bytes.data[1];
    if (type == EVTX_SIZE)
        return bytes.size == 4 || bytes.size == 8;
    if (type == EVTX_BOOLEAN) /* some are a single byte */
        return bytes.size > 0 && bytes.size <= 4;
    uint32_t width = evtx_binxml_width(type);
    return width > 0 && bytes.size == width;
}

/* Text of any type but strings, which needs no escape in any output. */
static void put(struct evtx_printer *printer, unsigned type, struct span bytes, struct text *text) {
    uint64_t time;
    if (!fits(type, bytes)) {
        put_binary(text, bytes);
        return;
    }
    switch (type) {
    case EVTX_INT8:
    case EVTX_INT16:
    case EVTX_INT32:
    case EVTX_INT64:
        put_signed(text, bytes);
        break;
    case EVTX_REAL32:
        put_real(text, real_of(bytes), 9);
        break;
    case EVTX_REAL64:
        put_real(text, real_of(bytes), 17);
        break;
    case EVTX_BOOLEAN:
        text_add(text, little(bytes) ? "true" : "false");
        break;
    case EVTX_GUID:
        put_guid(text, bytes);
        break;
    case EVTX_SIZE:
    case EVTX_HEX32:
    case EVTX_HEX64:
        put_hex(text, bytes);
        break;
    case EVTX_FILETIME:
        put_time(printer, text, little(bytes));
        break;
    case EVTX_SYSTEMTIME:
        if (system_time(bytes, &time))
            put_time(printer, text, time);
        else
            put_binary(text, bytes);
        break;
    case EVTX_SID:
        put_sid(text, bytes);
        break;
    default:
        text_number(text, little(bytes));
    }
}

/* The code page is not known: told as if it were Latin-1. */
static void inside_ansi(struct span bytes, struct text *text) {
    uint8_t utf16[256];
    if (bytes.size > 0 && bytes.data[bytes.size - 1] == 0)
        bytes.size--;
    for (size_t at = 0, used; at < bytes.size;) {
        for (used = 0; used < sizeof utf16 && at < bytes.size; used += 2) {
            utf16[used] = bytes.data[at++];
            utf16[used + 1] = 0;
        }
        text_json_utf16(text, span_of(utf16, used, 0));
    }
}

static void inside_one(struct evtx_printer *printer, const struct evtx_node *value, struct text *text) {
    if (value->type == EVTX_STRING)
        text_json_utf16(text, evtx_value_string(value));
    else if (value->type == EVTX_ANSI)
        inside_ansi(value->value, text);
    else
        put(printer, value->type, value->value, text);
}

/* An array where one value is expected has its items behind one another, a comma between them. */
void evtx_value_inside(struct evtx_printer *printer, const struct evtx_node *value, struct text *text) {
    if (!(value->type & EVTX_ARRAY)) {
        inside_one(printer, value, text);
        return;
    }
    struct evtx_node item = *value;
    struct span rest = value->value;
    item.type = value->type & (uint8_t)~EVTX_ARRAY;
    for (bool first = true; evtx_binxml_item(item.type, &rest, &item.value); first = false) {
        if (!first)
            text_char(text, ',');
        inside_one(printer, &item, text);
    }
}

static bool is_bare(const struct evtx_node *value) {
    unsigned type = value->type;
    return ((type >= EVTX_INT8 && type <= EVTX_UINT64) || type == EVTX_BOOLEAN) && fits(type, value->value);
}

static void json_one(struct evtx_printer *printer, const struct evtx_node *value, struct text *text) {
    if (is_bare(value)) {
        put(printer, value->type, value->value, text);
        return;
    }
    text_char(text, '"');
    inside_one(printer, value, text);
    text_char(text, '"');
}

void evtx_value_json(struct evtx_printer *printer, const struct evtx_node *value, struct text *text) {
    if (!(value->type & EVTX_ARRAY)) {
        json_one(printer, value, text);
        return;
    }
    struct evtx_node item = *value;
    struct span rest = value->value;
    item.type = value->type & (uint8_t)~EVTX_ARRAY;
    text_char(text, '[');
    for (bool first = true; evtx_binxml_item(item.type, &rest, &item.value); first = false) {
        if (!first)
            text_char(text, ',');
        json_one(printer, &item, text);
    }
    text_char(text, ']');
}

void evtx_value_text(struct evtx_printer *printer, const struct evtx_node *value, struct text *text) {
    if (value->type == EVTX_STRING)
        text_from_prose(text, evtx_value_string(value));
    else if (value->type == EVTX_ANSI)
        text_from_latin(text, value->value);
    else
        evtx_value_inside(printer, value, text);
}

static bool parse_number(struct span utf16, uint64_t *ret) {
    size_t units = utf16.size / 2, at = 0;
    uint64_t value = 0, base = 10;
    if (units > 2 && utf16.data[0] == '0' && (utf16.data[2] | 0x20) == 'x') {
        base = 16;
        at = 2;
    }
    if (at == units)
        return false;
    for (; at < units; at++) {
        unsigned c = (unsigned)(utf16.data[2 * at] | utf16.data[2 * at + 1] << 8);
        unsigned lower = c | 0x20, digit = c >= '0' && c <= '9'           ? c - '0'
                                           : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                                          : 16;
        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *ret = value;
    return true;
}

bool evtx_value_number(const struct evtx_node *value, uint64_t *ret) {
    unsigned type = value->type;
    if (type == EVTX_STRING)
        return parse_number(evtx_value_string(value), ret);
    bool integer = (type >= EVTX_INT8 && type <= EVTX_UINT64) || type == EVTX_SIZE || type == EVTX_HEX32 ||
                   type == EVTX_HEX64;
    if (!integer || !fits(type, value->value))
        return false;
    bool is_signed = type <= EVTX_INT64 && type % 2 == 1;
    *ret = is_signed ? signed_little(value->value) : little(value->value);
    return true;
}

bool evtx_value_time(const struct evtx_node *value, uint64_t *ret) {
    struct span utf16 = evtx_value_string(value);
    char ascii[FILETIME_TEXT];
    if (value->type == EVTX_SYSTEMTIME)
        return fits(value->type, value->value) && system_time(value->value, ret);
    if (value->type == EVTX_FILETIME && fits(value->type, value->value)) {
        *ret = little(value->value);
        return true;
    }
    size_t units = utf16.size / 2;
    if (units == 0 || units >= sizeof ascii + 2)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < units; i++) {
        if (utf16.data[2 * i + 1] != 0)
            return false;
        if (i < 27 || utf16.data[2 * i] == 'Z') /* nanoseconds: two digits that are always zero */
            ascii[used++] = (char)utf16.data[2 * i];
    }
    ascii[used] = 0;
    return filetime_parse(ascii, ret);
}

static uint8_t lower(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool begins(struct span utf16, const char *ascii, size_t size) {
    if (utf16.size / 2 < size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (lower(utf16.data[2 * i]) != lower((uint8_t)ascii[i]) || utf16.data[2 * i + 1] != 0)
            return false;
    return true;
}

bool evtx_value_is(const struct evtx_node *value, const char *ascii) {
    struct span utf16 = evtx_value_string(value);
    size_t size = strlen(ascii);
    return value->type == EVTX_STRING && utf16.size == 2 * size && begins(utf16, ascii, size);
}

bool evtx_value_has(const struct evtx_node *value, const char *ascii, size_t size) {
    struct span utf16 = evtx_value_string(value);
    for (size_t at = 0; value->type == EVTX_STRING && at <= utf16.size; at += 2)
        if (begins(span_from(utf16, at), ascii, size))
            return true;
    return false;
}
