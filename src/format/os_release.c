#include "format/os_release.h"

#include <string.h>

bool os_release_named(const char *name) {
    return strcmp(name, "os-release") == 0;
}

static bool is_called(struct span name, const char *called) {
    return span_equal(name, span_of(called, strlen(called), 0));
}

/* A value in quotes ends with the same ones; what is behind them is no value of ours. */
static bool unquoted(struct span value, struct span *ret) {
    uint8_t quote = span_u8(value, 0);
    if (value.size == 0 || (quote != '"' && quote != '\'')) {
        *ret = value;
        return true;
    }
    if (value.size < 2 || span_u8(value, value.size - 1) != quote)
        return false;
    *ret = span_clip(value, 1, value.size - 2);
    return true;
}

static void take_line(struct span line, struct os_release *ret) {
    while (line.size > 0 && (span_u8(line, line.size - 1) == ' ' || span_u8(line, line.size - 1) == '\r' ||
                             span_u8(line, line.size - 1) == '\t'))
        line = span_clip(line, 0, line.size - 1);
    const uint8_t *equals = line.size ? memchr(line.data, '=', line.size) : NULL;
    if (!equals)
        return;
    size_t size = (size_t)(equals - line.data);
    struct span name = span_clip(line, 0, size), value;
    struct span *slot = is_called(name, "ID")            ? &ret->id
                        : is_called(name, "VERSION_ID")  ? &ret->version
                        : is_called(name, "PRETTY_NAME") ? &ret->name
                                                         : NULL;
    if (slot && unquoted(span_from(line, size + 1), &value))
        *slot = value;
}

bool os_release_decode(struct span bytes, struct os_release *ret) {
    struct os_release got = {{0}, {0}, {0}};
    struct span rest = span_clip(bytes, 0, OS_RELEASE_SIZE);
    while (rest.size > 0) {
        const uint8_t *feed = memchr(rest.data, '\n', rest.size);
        size_t size = feed ? (size_t)(feed - rest.data) : rest.size;
        take_line(span_clip(rest, 0, size), &got);
        rest = span_from(rest, feed ? size + 1 : size);
    }
    if (got.id.size == 0)
        return false;
    *ret = got;
    return true;
}

void os_release_text(struct span value, struct text *out) {
    struct text plain = {0};
    for (size_t i = 0; i < value.size; i++) {
        uint8_t c = span_u8(value, i);
        if (c == '\\' && i + 1 < value.size)
            c = span_u8(value, ++i);
        text_char(&plain, (char)c);
    }
    text_from_bytes(out, span_of(text_string(&plain), plain.size, 0));
    text_free(&plain);
}
