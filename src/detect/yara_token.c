#include "detect/yara_token.h"

static bool is_word(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

size_t yara_token_skip_comment(struct span source, size_t at) {
    bool line = span_u8(source, at + 1) == '/';
    for (at += 2; at < source.size; at++) {
        if (line && source.data[at] == '\n')
            return at;
        if (!line && source.data[at] == '*' && span_u8(source, at + 1) == '/')
            return at + 2;
    }
    return at;
}

bool yara_token_is_comment(struct span source, size_t at) {
    uint8_t next = span_u8(source, at + 1);
    return span_u8(source, at) == '/' && (next == '/' || next == '*');
}

static size_t skip_blanks(struct span source, size_t at) {
    while (at < source.size) {
        uint8_t c = source.data[at];
        if (yara_token_is_comment(source, at))
            at = yara_token_skip_comment(source, at);
        else if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            at++;
        else
            break;
    }
    return at;
}

/* Behind the closing `mark`, or 0 if the line ends before it. */
static size_t skip_quoted(struct span source, size_t at, uint8_t mark) {
    for (at++; at < source.size && source.data[at] != '\n'; at++) {
        if (source.data[at] == '\\')
            at++;
        else if (source.data[at] == mark)
            return at + 1;
    }
    return 0;
}

static size_t skip_word(struct span source, size_t at) {
    while (at < source.size && is_word(source.data[at]))
        at++;
    return at;
}

static size_t skip_sign(struct span source, size_t at) {
    static const char *const pairs[] = {"==", "!=", "<=", ">=", "..", "<<", ">>"};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (span_starts(span_from(source, at), pairs[i], 2))
            return at + 2;
    return at + 1;
}

struct yara_token yara_token_next(struct span source, size_t at) {
    struct yara_token token = {.kind = YARA_TOKEN_END};
    token.start = token.end = at = skip_blanks(source, at);
    uint8_t c = span_u8(source, at), next = span_u8(source, at + 1);
    if (at >= source.size)
        return token;
    if (c == '"' || c == '/') {
        token.kind = c == '"' ? YARA_TOKEN_STRING : YARA_TOKEN_PATTERN;
        token.end = skip_quoted(source, at, c);
        if (token.end == 0)
            token = (struct yara_token){.kind = YARA_TOKEN_BAD, .start = at, .end = at};
    } else if (is_word(c)) {
        token.kind = is_digit(c) ? YARA_TOKEN_NUMBER : YARA_TOKEN_WORD;
        token.end = skip_word(source, at);
    } else if (c == '$' || c == '#' || c == '@' || (c == '!' && next != '=')) {
        token.kind = YARA_TOKEN_VARIABLE;
        token.end = skip_word(source, at + 1);
    } else {
        token.kind = YARA_TOKEN_SIGN;
        token.end = skip_sign(source, at);
    }
    token.text = span_part(source, token.start, token.end - token.start);
    return token;
}

bool yara_token_is(const struct yara_token *token, const char *text) {
    return (token->kind == YARA_TOKEN_WORD || token->kind == YARA_TOKEN_SIGN) &&
           token->text.size == strlen(text) && span_starts(token->text, text, token->text.size);
}
