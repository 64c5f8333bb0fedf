#include "detect/yara_condition.h"

#include "detect/yara_token.h"

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* Decimal or hexadecimal, without a unit. */
static bool number_of(const struct yara_token *token, uint64_t *ret) {
    size_t at = 0;
    uint64_t base = 10, value = 0;
    if (token->kind != YARA_TOKEN_NUMBER || token->text.size > 18)
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
static int gate_of_read(const struct yara_token *name, uint64_t value) {
    if (yara_token_is(name, "uint16") && value <= 0xffff)
        return (int)value;
    if (yara_token_is(name, "uint32") && value <= 0xffffffff)
        return (int)(value & 0xffff);
    if (yara_token_is(name, "uint16be") && value <= 0xffff)
        return swapped(value);
    return yara_token_is(name, "uint32be") && value <= 0xffffffff ? swapped(value >> 16) : YARA_CONDITION_ANY;
}

enum { TOKENS = 6 };

/* `uint16(0) == 0x5a4d` and its like, either side first. */
static int gate_of_comparison(const struct yara_token *tokens) {
    uint64_t where, value;
    const struct yara_token *read = tokens[0].kind == YARA_TOKEN_NUMBER ? tokens + 2 : tokens;
    const struct yara_token *sign = read == tokens ? tokens + 4 : tokens + 1;
    const struct yara_token *number = read == tokens ? tokens + 5 : tokens;
    if (!yara_token_is(&read[1], "(") || !number_of(&read[2], &where) || where != 0 ||
        !yara_token_is(&read[3], ")") || !yara_token_is(sign, "==") || !number_of(number, &value))
        return YARA_CONDITION_ANY;
    return gate_of_read(&read[0], value);
}

/* Every field of `pe` but its constants and is_pe is undefined for what is no PE, and whatever is made of
 * what is undefined is false (YARA documentation, "Undefined values"). */
static int gate_of_field(const struct yara_token *tokens, size_t count) {
    if (count < 3 || !yara_token_is(&tokens[0], "pe") || !yara_token_is(&tokens[1], ".") ||
        tokens[2].kind != YARA_TOKEN_WORD)
        return YARA_CONDITION_ANY;
    uint8_t first = span_u8(tokens[2].text, 0);
    if ((first >= 'A' && first <= 'Z') || (yara_token_is(&tokens[2], "is_pe") && count > 3))
        return YARA_CONDITION_ANY;
    return YARA_CONDITION_MZ;
}

/* What is in brackets as a whole is what the brackets hold. */
static bool unwrap(struct span *expression) {
    struct yara_token token = yara_token_next(*expression, 0);
    unsigned depth = 0;
    size_t start = token.end;
    if (!yara_token_is(&token, "("))
        return false;
    for (; token.kind != YARA_TOKEN_END && token.kind != YARA_TOKEN_BAD;
         token = yara_token_next(*expression, token.end)) {
        depth += yara_token_is(&token, "(");
        depth -= yara_token_is(&token, ")");
        if (depth == 0) {
            struct yara_token last = yara_token_next(*expression, token.end);
            if (last.kind != YARA_TOKEN_END)
                return false;
            *expression = span_part(*expression, start, token.start - start);
            return true;
        }
    }
    return false;
}

/* --- taking an expression apart --- */

/* The sides of an operator that stands outside brackets. */
struct sides {
    struct span expression;
    size_t at;
    bool bad; /* something is not understood */
};

static bool next_side(struct sides *sides, const char *operator, struct span * ret) {
    size_t start = sides->at, at = start;
    unsigned brackets = 0;
    if (sides->bad || start > sides->expression.size)
        return false;
    for (;;) {
        struct yara_token token = yara_token_next(sides->expression, at);
        sides->bad = token.kind == YARA_TOKEN_BAD;
        if (sides->bad)
            return false;
        bool end = token.kind == YARA_TOKEN_END;
        brackets += yara_token_is(&token, "(");
        brackets -= yara_token_is(&token, ")") && brackets > 0;
        if (end || (brackets == 0 && yara_token_is(&token, operator))) {
            *ret = span_part(sides->expression, start, token.start - start);
            sides->at = end ? SIZE_MAX : token.end;
            return true;
        }
        at = token.end;
    }
}

/* The first tokens of a term, and how many there are in all. */
static size_t read_term(struct span term, struct yara_token tokens[TOKENS]) {
    size_t count = 0;
    struct yara_token token = yara_token_next(term, 0);
    for (size_t i = 0; i < TOKENS; i++)
        tokens[i] = (struct yara_token){.kind = YARA_TOKEN_END};
    for (; token.kind != YARA_TOKEN_END && token.kind != YARA_TOKEN_BAD;
         token = yara_token_next(term, token.end)) {
        if (count < TOKENS)
            tokens[count] = token;
        count++;
    }
    return count;
}

/* --- how a content begins --- */

static int gate_of(struct span condition, unsigned depth);

static int gate_of_term(struct span term, unsigned depth) {
    struct yara_token tokens[TOKENS];
    if (unwrap(&term))
        return gate_of(term, depth + 1);
    size_t count = read_term(term, tokens);
    int gate = count == TOKENS ? gate_of_comparison(tokens) : YARA_CONDITION_ANY;
    return gate != YARA_CONDITION_ANY ? gate : gate_of_field(tokens, count);
}

/* Of the sides of `and` one has to ask for it. */
static int gate_of_all(struct span expression, unsigned depth) {
    struct sides sides = {.expression = expression};
    struct span side;
    int gate = YARA_CONDITION_ANY;
    while (gate == YARA_CONDITION_ANY && next_side(&sides, "and", &side))
        gate = gate_of_term(side, depth);
    return gate;
}

/* Each side of `or` must ask for the same. */
static int gate_of(struct span condition, unsigned depth) {
    struct sides sides = {.expression = condition};
    struct span side;
    int gate = YARA_CONDITION_ANY;
    bool first = true;
    if (depth > YARA_CONDITION_NESTING)
        return YARA_CONDITION_ANY;
    for (; next_side(&sides, "or", &side); first = false) {
        int other = gate_of_all(side, depth);
        if (other == YARA_CONDITION_ANY || (!first && other != gate))
            return YARA_CONDITION_ANY;
        gate = other;
    }
    return sides.bad ? YARA_CONDITION_ANY : gate;
}

int yara_condition_gate(struct span condition) {
    return gate_of(condition, 0);
}

/* --- strings --- */

static bool is_positive(const struct yara_token *token) {
    uint64_t value;
    return number_of(token, &value) && value > 0;
}

/* `#a > 0`, `#a >= 1`, `#a == 1` and their like. */
static bool counts_strings(const struct yara_token *tokens, size_t count) {
    uint64_t value;
    if (count != 3 || tokens[0].kind != YARA_TOKEN_VARIABLE || span_u8(tokens[0].text, 0) != '#')
        return false;
    return (yara_token_is(&tokens[1], ">") && number_of(&tokens[2], &value)) ||
           ((yara_token_is(&tokens[1], ">=") || yara_token_is(&tokens[1], "==")) && is_positive(&tokens[2]));
}

/* `any of them`, `2 of ($a*)` and their like, but not of rules. */
static bool asks_for_strings(const struct yara_token *tokens) {
    bool some =
        yara_token_is(&tokens[0], "any") || yara_token_is(&tokens[0], "all") || is_positive(&tokens[0]);
    bool strings = yara_token_is(&tokens[2], "them") ||
                   (yara_token_is(&tokens[2], "(") && tokens[3].kind == YARA_TOKEN_VARIABLE);
    return some && yara_token_is(&tokens[1], "of") && strings;
}

/* `for any i in (0 .. pe.x) : (...)`: a range whose end is undefined has nothing in it. */
static bool counts_fields(struct span term) {
    struct yara_token tokens[TOKENS];
    read_term(term, tokens);
    if (!yara_token_is(&tokens[0], "for") || !yara_token_is(&tokens[1], "any") ||
        tokens[2].kind != YARA_TOKEN_WORD || !yara_token_is(&tokens[3], "in") ||
        !yara_token_is(&tokens[4], "(") || tokens[5].kind != YARA_TOKEN_NUMBER)
        return false;
    struct yara_token range = yara_token_next(term, tokens[5].end);
    if (!yara_token_is(&range, ".."))
        return false;
    read_term(span_from(term, range.end), tokens);
    return gate_of_field(tokens, 4) == YARA_CONDITION_MZ;
}

/* What is known of a content, and how deep brackets lie. */
struct asked {
    bool no_mz;
    unsigned depth;
};

static bool needs(struct span condition, struct asked asked);

static bool term_needs(struct span term, struct asked asked) {
    struct yara_token tokens[TOKENS];
    if (unwrap(&term))
        return needs(term, (struct asked){asked.no_mz, asked.depth + 1});
    size_t count = read_term(term, tokens);
    bool found = tokens[0].kind == YARA_TOKEN_VARIABLE && span_u8(tokens[0].text, 0) == '$';
    bool program =
        asked.no_mz && (gate_of_term(term, asked.depth) == YARA_CONDITION_MZ || counts_fields(term));
    return found || counts_strings(tokens, count) || asks_for_strings(tokens) || program;
}

static bool all_need(struct span expression, struct asked asked) {
    struct sides sides = {.expression = expression};
    struct span side;
    while (next_side(&sides, "and", &side))
        if (term_needs(side, asked))
            return true;
    return false;
}

static bool needs(struct span condition, struct asked asked) {
    struct sides sides = {.expression = condition};
    struct span side;
    if (asked.depth > YARA_CONDITION_NESTING)
        return false;
    while (next_side(&sides, "or", &side))
        if (!all_need(side, asked))
            return false;
    return !sides.bad;
}

bool yara_condition_needs_string(struct span condition, bool no_mz) {
    return needs(condition, (struct asked){no_mz, 0});
}

/* --- what is its own --- */

static bool is_own(const struct yara_token *word) {
    static const char *const words[] = {
        "all",      "and",      "any",    "at",    "contains", "entrypoint", "false",
        "filesize", "for",      "in",     "int16", "int16be",  "int32",      "int32be",
        "int8",     "int8be",   "not",    "of",    "or",       "them",       "true",
        "uint16",   "uint16be", "uint32", "uint8", "none",     "uint32be",   "uint8be",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (yara_token_is(word, words[i]))
            return true;
    return false;
}

static bool names_others(struct span side) {
    struct yara_token token = yara_token_next(side, 0);
    for (; token.kind != YARA_TOKEN_END && token.kind != YARA_TOKEN_BAD;
         token = yara_token_next(side, token.end))
        if (token.kind == YARA_TOKEN_WORD && !is_own(&token))
            return true;
    return false;
}

/* Those sides of `and` that name nothing else. Behind each a new line: it may end in a remark. */
static bool write_own(struct span expression, struct text *out) {
    struct sides sides = {.expression = expression};
    struct span side;
    bool any = false;
    while (next_side(&sides, "and", &side)) {
        if (names_others(side))
            continue;
        text_add(out, any ? " and (" : "(");
        text_bytes(out, side.data, side.size);
        text_add(out, "\n)");
        any = true;
    }
    return any && !sides.bad;
}

bool yara_condition_own(struct span condition, struct text *out) {
    struct sides sides;
    struct span side;
    size_t start = out->size;
    bool good = true;
    for (unsigned depth = 0; depth < YARA_CONDITION_NESTING && unwrap(&condition); depth++)
        continue;
    sides = (struct sides){.expression = condition};
    while (good && next_side(&sides, "or", &side)) {
        text_add(out, out->size > start ? " or (" : "(");
        good = write_own(side, out);
        text_char(out, ')');
    }
    good = good && !sides.bad;
    if (!good && out->data) {
        out->size = start;
        out->data[start] = 0;
    }
    return good;
}
