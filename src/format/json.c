#include "format/json.h"

#include <strings.h>

struct json json_of(struct job *job, struct span text) {
    struct json json = {.job = job, .cursor = cursor_of(text)};
    if (span_starts(text, "\xef\xbb\xbf", 3))
        json.cursor.at = 3;
    return json;
}

static bool fail(struct json *json, enum fault_code code, const char *text) {
    json->broken = true;
    return job_fail(json->job, code, cursor_offset(&json->cursor), text);
}

static int peek(const struct json *json) {
    return json->cursor.at < json->cursor.span.size ? json->cursor.span.data[json->cursor.at] : -1;
}

static void skip_blanks(struct json *json) {
    for (int c = peek(json); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(json))
        json->cursor.at++;
}

static bool bad(struct json *json) {
    bool torn = peek(json) < 0;
    return fail(json, torn ? FAULT_TORN : FAULT_BAD, torn ? "JSON that ends too early" : "what is not JSON");
}

static bool is_hex(uint8_t c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Behind the first quote. */
static bool read_string(struct json *json, struct span *ret) {
    size_t start = json->cursor.at;
    for (int c = peek(json); c != '"'; c = peek(json)) {
        if (c < ' ')
            return bad(json);
        json->cursor.at++;
        if (c != '\\')
            continue;
        c = peek(json);
        if (c <= 0 || !strchr("\"\\/bfnrtu", c))
            return bad(json);
        json->cursor.at++;
        for (int i = 0; c == 'u' && i < 4; i++, json->cursor.at++)
            if (peek(json) < 0 || !is_hex((uint8_t)peek(json)))
                return bad(json);
    }
    *ret = span_part(json->cursor.span, start, json->cursor.at - start);
    json->cursor.at++;
    return true;
}

static size_t digits(struct json *json) {
    size_t start = json->cursor.at;
    while (peek(json) >= '0' && peek(json) <= '9')
        json->cursor.at++;
    return json->cursor.at - start;
}

static bool read_number(struct json *json, struct span *ret) {
    size_t start = json->cursor.at;
    if (peek(json) == '-')
        json->cursor.at++;
    bool zero = peek(json) == '0';
    size_t whole = digits(json);
    if (whole == 0 || (zero && whole > 1))
        return bad(json);
    if (peek(json) == '.') {
        json->cursor.at++;
        if (digits(json) == 0)
            return bad(json);
    }
    if (peek(json) == 'e' || peek(json) == 'E') {
        json->cursor.at++;
        if (peek(json) == '+' || peek(json) == '-')
            json->cursor.at++;
        if (digits(json) == 0)
            return bad(json);
    }
    *ret = span_part(json->cursor.span, start, json->cursor.at - start);
    return true;
}

static bool read_word(struct json *json, struct span *ret) {
    static const char *const words[] = {"true", "false", "null"};
    struct span rest = span_from(json->cursor.span, json->cursor.at);
    for (int i = 0; i < 3; i++)
        if (span_starts(rest, words[i], strlen(words[i]))) {
            *ret = span_part(rest, 0, strlen(words[i]));
            json->cursor.at += ret->size;
            return true;
        }
    return bad(json);
}

static bool in_array(const struct json *json) {
    return json->depth > 0 && json->arrays >> (json->depth - 1) & 1;
}

static bool open_level(struct json *json, bool array, struct json_token *ret) {
    if (json->depth == JSON_DEPTH)
        return fail(json, FAULT_LIMIT, "JSON of more levels than are read");
    *ret = (struct json_token){array ? JSON_ARRAY : JSON_OBJECT, json->depth,
                               span_part(json->cursor.span, json->cursor.at, 1)};
    json->cursor.at++;
    json->arrays = (json->arrays & ~(1ull << json->depth)) | (uint64_t)array << json->depth;
    json->depth++;
    json->wants = JSON_WANTS_FIRST;
    return true;
}

static bool close_level(struct json *json, struct json_token *ret) {
    json->depth--;
    *ret = (struct json_token){JSON_END, json->depth, span_part(json->cursor.span, json->cursor.at, 1)};
    json->cursor.at++;
    json->wants = json->depth > 0 ? JSON_WANTS_COMMA : JSON_WANTS_VALUE;
    return true;
}

static bool read_value(struct json *json, struct json_token *ret) {
    int c = peek(json);
    bool good;
    if (c == '{' || c == '[')
        return open_level(json, c == '[', ret);
    ret->depth = json->depth;
    if (c == '"') {
        json->cursor.at++;
        ret->kind = JSON_STRING;
        good = read_string(json, &ret->text);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        ret->kind = JSON_NUMBER;
        good = read_number(json, &ret->text);
    } else {
        ret->kind = JSON_WORD;
        good = read_word(json, &ret->text);
    }
    json->wants = json->depth > 0 ? JSON_WANTS_COMMA : JSON_WANTS_VALUE;
    return good;
}

static bool read_key(struct json *json, struct json_token *ret) {
    if (peek(json) != '"')
        return bad(json);
    json->cursor.at++;
    ret->kind = JSON_KEY;
    ret->depth = json->depth;
    if (!read_string(json, &ret->text))
        return false;
    skip_blanks(json);
    if (peek(json) != ':')
        return bad(json);
    json->cursor.at++;
    json->wants = JSON_WANTS_VALUE;
    return true;
}

bool json_next(struct json *json, struct json_token *ret) {
    if (json->broken)
        return false;
    skip_blanks(json);
    if (peek(json) < 0 && json->depth == 0)
        return false;
    bool first = json->wants == JSON_WANTS_FIRST;
    if ((first || json->wants == JSON_WANTS_COMMA) && peek(json) == (in_array(json) ? ']' : '}'))
        return close_level(json, ret);
    if (json->wants == JSON_WANTS_COMMA) {
        if (peek(json) != ',')
            return bad(json);
        json->cursor.at++;
        skip_blanks(json);
        json->wants = in_array(json) ? JSON_WANTS_VALUE : JSON_WANTS_NAME;
    }
    if (json->wants == JSON_WANTS_NAME || (first && !in_array(json)))
        return read_key(json, ret);
    return read_value(json, ret);
}

static uint32_t hex4(const uint8_t *at) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 4 | (uint32_t)(at[i] <= '9' ? at[i] - '0' : (at[i] | 32) - 'a' + 10);
    return value;
}

/* \uHHHH, or two of them that are one character; how many bytes of the text that was. */
static size_t add_escaped(struct text *text, struct span s) {
    uint8_t units[4];
    size_t used = 0, n = 0;
    bool high = true;
    while (high && n < sizeof units && span_holds(s, used, 6) && s.data[used] == '\\' &&
           s.data[used + 1] == 'u') {
        uint32_t unit = hex4(s.data + used + 2);
        units[n++] = (uint8_t)unit;
        units[n++] = (uint8_t)(unit >> 8);
        used += 6;
        high = unit >> 10 == 0x36; /* the first half of a pair */
    }
    text_from_utf16(text, span_of(units, n, 0));
    return used;
}

void json_string(struct json_token token, struct text *text) {
    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";
    struct span s = token.text;
    for (size_t i = 0; i < s.size;) {
        struct span rest = span_from(s, i);
        const uint8_t *escape = memchr(rest.data, '\\', rest.size);
        size_t plain = escape ? (size_t)(escape - rest.data) : rest.size;
        text_from_bytes(text, span_part(rest, 0, plain));
        i += plain;
        uint8_t c = span_u8(s, i + 1);
        if (c == 0)
            return;
        if (c == 'u' && span_holds(s, i, 6)) {
            i += add_escaped(text, span_from(s, i));
            continue;
        }
        const char *at = strchr(letters, c);
        uint8_t byte = at ? (uint8_t)values[at - letters] : c;
        text_from_bytes(text, span_of(&byte, 1, 0));
        i += 2;
    }
}

bool json_is(struct json_token token, const char *word) {
    return token.text.size == strlen(word) &&
           strncasecmp((const char *)token.text.data, word, token.text.size) == 0;
}

bool json_number(struct json_token token, uint64_t *ret) {
    uint64_t value = 0;
    if ((token.kind != JSON_NUMBER && token.kind != JSON_STRING) || token.text.size == 0)
        return false;
    for (size_t i = 0; i < token.text.size; i++) {
        unsigned digit = token.text.data[i] - (unsigned)'0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}
