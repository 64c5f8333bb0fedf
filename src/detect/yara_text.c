#include "detect/yara_text.h"

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_PATTERN,  /* a regular expression */
    TOKEN_VARIABLE, /* $a, #a, @a, !a */
    TOKEN_SIGN,
    TOKEN_BAD
};

struct token {
    enum token_kind kind;
    size_t start, end;
    struct span text;
};

/* --- characters to tokens --- */

static bool is_word(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static size_t skip_comment(struct span source, size_t at) {
    bool line = span_u8(source, at + 1) == '/';
    for (at += 2; at < source.size; at++) {
        if (line && source.data[at] == '\n')
            return at;
        if (!line && source.data[at] == '*' && span_u8(source, at + 1) == '/')
            return at + 2;
    }
    return at;
}

static bool is_comment(struct span source, size_t at) {
    uint8_t next = span_u8(source, at + 1);
    return span_u8(source, at) == '/' && (next == '/' || next == '*');
}

static size_t skip_blanks(struct span source, size_t at) {
    while (at < source.size) {
        uint8_t c = source.data[at];
        if (is_comment(source, at))
            at = skip_comment(source, at);
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

static struct token next_token(struct span source, size_t at) {
    struct token token = {.kind = TOKEN_END};
    token.start = token.end = at = skip_blanks(source, at);
    uint8_t c = span_u8(source, at), next = span_u8(source, at + 1);
    if (at >= source.size)
        return token;
    if (c == '"' || c == '/') {
        token.kind = c == '"' ? TOKEN_STRING : TOKEN_PATTERN;
        token.end = skip_quoted(source, at, c);
        if (token.end == 0)
            token = (struct token){.kind = TOKEN_BAD, .start = at, .end = at};
    } else if (is_word(c)) {
        token.kind = is_digit(c) ? TOKEN_NUMBER : TOKEN_WORD;
        token.end = skip_word(source, at);
    } else if (c == '$' || c == '#' || c == '@' || (c == '!' && next != '=')) {
        token.kind = TOKEN_VARIABLE;
        token.end = skip_word(source, at + 1);
    } else {
        token.kind = TOKEN_SIGN;
        token.end = skip_sign(source, at);
    }
    token.text = span_part(source, token.start, token.end - token.start);
    return token;
}

static bool is(const struct token *token, const char *text) {
    return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) && token->text.size == strlen(text) &&
           span_starts(token->text, text, token->text.size);
}

/* --- statements --- */

/* Behind a string of bytes in braces, in which comments may stand; 0 if it does not end. */
static size_t skip_bytes(struct span source, size_t at) {
    while (at < source.size && source.data[at] != '}')
        at = is_comment(source, at) ? skip_comment(source, at) : at + 1;
    return at < source.size ? at + 1 : 0;
}

/* From behind the opening brace of a rule; false if it has no end that is known. */
static bool read_body(struct span source, size_t at, struct yara_text_statement *ret) {
    bool strings = false, condition = false, after_equal = false;
    size_t begin = 0;
    struct token before = {.kind = TOKEN_END};
    for (;;) {
        struct token token = next_token(source, at);
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            return false;
        at = token.end;
        if (is(&token, "}") && condition) {
            ret->condition = span_part(source, begin, token.start - begin);
            ret->end = token.end;
            return true;
        }
        if (is(&token, "{") && strings && after_equal) {
            at = skip_bytes(source, at);
            if (at == 0)
                return false;
        } else if (is(&token, "{") || is(&token, "}")) {
            return false;
        }
        if (is(&token, ":") && !condition) {
            strings = is(&before, "strings");
            condition = is(&before, "condition");
            begin = token.end;
        }
        after_equal = is(&token, "=");
        before = token;
    }
}

static int gate_of(struct span condition, unsigned depth);

static bool read_rule(struct span source, struct token token, struct yara_text_statement *ret) {
    while (is(&token, "global") || is(&token, "private")) {
        ret->global = ret->global || is(&token, "global");
        token = next_token(source, token.end);
    }
    if (!is(&token, "rule"))
        return false;
    token = next_token(source, token.end);
    if (token.kind != TOKEN_WORD)
        return false;
    ret->name = token.text;
    do /* tags */
        token = next_token(source, token.end);
    while (token.kind == TOKEN_WORD || is(&token, ":"));
    if (!is(&token, "{") || !read_body(source, token.end, ret))
        return false;
    ret->gate = gate_of(ret->condition, 0);
    return true;
}

struct yara_text yara_text_of(struct span source) {
    struct yara_text text = {.source = source};
    if (span_starts(source, "\xef\xbb\xbf", 3))
        text.at = 3;
    return text;
}

bool yara_text_next(struct yara_text *text, struct yara_text_statement *ret) {
    struct token token = next_token(text->source, text->at);
    *ret = (struct yara_text_statement){.start = token.start, .gate = YARA_TEXT_ANY};
    if (text->lost || token.kind == TOKEN_END)
        return false;
    bool import = is(&token, "import"), good;
    if (import || is(&token, "include")) {
        token = next_token(text->source, token.end);
        ret->kind = import ? YARA_TEXT_IMPORT : YARA_TEXT_INCLUDE;
        ret->end = token.end;
        good = token.kind == TOKEN_STRING;
        if (good)
            ret->name = span_part(token.text, 1, token.text.size - 2);
    } else {
        ret->kind = YARA_TEXT_RULE;
        good = read_rule(text->source, token, ret);
    }
    text->at = ret->end;
    text->lost = !good;
    return good;
}

/* --- conditions --- */

/* Decimal or hexadecimal, without a unit. */
static bool number_of(const struct token *token, uint64_t *ret) {
    size_t at = 0;
    uint64_t base = 10, value = 0;
    if (token->kind != TOKEN_NUMBER || token->text.size > 18)
        return false;
    if (span_starts(token->text, "0x", 2)) {
        base = 16;
        at = 2;
    }
    for (size_t start = at; at < token->text.size; at++) {
        uint8_t c = token->text.data[at], low = c | 0x20;
        unsigned digit = is_digit(c) ? c - 48u : low >= 'a' && low <= 'f' ? low - 87u : 99;
        if (digit >= base || at - start > 15)
            return false;
        value = value * base + digit;
    }
    *ret = value;
    return true;
}

static int swapped(uint64_t value) {
    return (int)((value >> 8 & 0xff) | (value & 0xff) << 8);
}

/* The first two bytes that `NAME(0) == value` asks for. */
static int gate_of_read(const struct token *name, uint64_t value) {
    if (is(name, "uint16") && value <= 0xffff)
        return (int)value;
    if (is(name, "uint32") && value <= 0xffffffff)
        return (int)(value & 0xffff);
    if (is(name, "uint16be") && value <= 0xffff)
        return swapped(value);
    return is(name, "uint32be") && value <= 0xffffffff ? swapped(value >> 16) : YARA_TEXT_ANY;
}

enum { READ_TOKENS = 6 };

/* `uint16(0) == 0x5a4d` and its like, either side first. */
static int gate_of_comparison(const struct token *tokens) {
    uint64_t where, value;
    const struct token *read = tokens[0].kind == TOKEN_NUMBER ? tokens + 2 : tokens;
    const struct token *sign = read == tokens ? tokens + 4 : tokens + 1;
    const struct token *number = read == tokens ? tokens + 5 : tokens;
    if (!is(&read[1], "(") || !number_of(&read[2], &where) || where != 0 || !is(&read[3], ")") ||
        !is(sign, "==") || !number_of(number, &value))
        return YARA_TEXT_ANY;
    return gate_of_read(&read[0], value);
}

/* Every field of `pe` but its constants and is_pe is undefined for what is no PE, and whatever is made of
 * what is undefined is false (YARA documentation, "Undefined values"). */
static int gate_of_field(const struct token *tokens, size_t count) {
    if (count < 3 || !is(&tokens[0], "pe") || !is(&tokens[1], ".") || tokens[2].kind != TOKEN_WORD)
        return YARA_TEXT_ANY;
    uint8_t first = span_u8(tokens[2].text, 0);
    if ((first >= 'A' && first <= 'Z') || (is(&tokens[2], "is_pe") && count > 3))
        return YARA_TEXT_ANY;
    return 'M' | 'Z' << 8;
}

/* What is in brackets as a whole is what the brackets hold. */
static bool unwrap(struct span *expression) {
    struct token token = next_token(*expression, 0);
    unsigned depth = 0;
    size_t start = token.end;
    if (!is(&token, "("))
        return false;
    for (; token.kind != TOKEN_END && token.kind != TOKEN_BAD; token = next_token(*expression, token.end)) {
        depth += is(&token, "(");
        depth -= is(&token, ")");
        if (depth == 0) {
            struct token last = next_token(*expression, token.end);
            if (last.kind != TOKEN_END)
                return false;
            *expression = span_part(*expression, start, token.start - start);
            return true;
        }
    }
    return false;
}

/* A term without `and` and `or` outside brackets. */
static int gate_of_term(struct span term, unsigned depth) {
    struct token tokens[READ_TOKENS];
    size_t count = 0, at = 0;
    if (unwrap(&term))
        return gate_of(term, depth + 1);
    for (;;) {
        struct token token = next_token(term, at);
        if (token.kind == TOKEN_END)
            break;
        if (token.kind == TOKEN_BAD)
            return YARA_TEXT_ANY;
        if (count < READ_TOKENS)
            tokens[count] = token;
        count++;
        at = token.end;
    }
    return count == READ_TOKENS && !is(&tokens[0], "pe") ? gate_of_comparison(tokens)
                                                         : gate_of_field(tokens, count);
}

/* Each side of `or` must ask for the same; of the sides of `and` one has to. */
static int gate_of(struct span condition, unsigned depth) {
    size_t at = 0, term = 0;
    unsigned brackets = 0;
    int side = YARA_TEXT_ANY, all = YARA_TEXT_ANY;
    bool first = true;
    if (depth > YARA_TEXT_NESTING)
        return YARA_TEXT_ANY;
    for (;;) {
        struct token token = next_token(condition, at);
        bool end = token.kind == TOKEN_END, other = is(&token, "or");
        if (token.kind == TOKEN_BAD)
            return YARA_TEXT_ANY;
        brackets += is(&token, "(");
        brackets -= is(&token, ")") && brackets > 0;
        if (end || (brackets == 0 && (other || is(&token, "and")))) {
            int gate = gate_of_term(span_part(condition, term, token.start - term), depth);
            side = side == YARA_TEXT_ANY ? gate : side;
            term = token.end;
        }
        if (end || (brackets == 0 && other)) {
            all = first || all == side ? side : YARA_TEXT_ANY;
            if (all == YARA_TEXT_ANY || end)
                return all;
            first = false;
            side = YARA_TEXT_ANY;
        }
        at = token.end;
    }
}

bool yara_text_word(struct span condition, size_t *at, struct yara_text_word *ret) {
    bool field = false;
    for (;;) {
        struct token token = next_token(condition, *at), next = next_token(condition, token.end);
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            return false;
        *at = token.end;
        if (token.kind == TOKEN_WORD && !field) {
            *ret = (struct yara_text_word){token.text, is(&next, "."), is(&next, "*")};
            return true;
        }
        field = is(&token, ".");
    }
}
