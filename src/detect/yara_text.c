#include "detect/yara_text.h"

#include "detect/yara_condition.h"
#include "detect/yara_token.h"

/* Behind a string of bytes in braces, in which comments may stand; 0 if it does not end. */
static size_t skip_bytes(struct span source, size_t at) {
    while (at < source.size && source.data[at] != '}')
        at = yara_token_is_comment(source, at) ? yara_token_skip_comment(source, at) : at + 1;
    return at < source.size ? at + 1 : 0;
}

/* From behind the opening brace of a rule; false if it has no end that is known. */
static bool read_body(struct span source, size_t at, struct yara_text_statement *ret) {
    bool strings = false, condition = false, after_equal = false;
    size_t begin = 0;
    struct yara_token before = {.kind = YARA_TOKEN_END};
    for (;;) {
        struct yara_token token = yara_token_next(source, at);
        if (token.kind == YARA_TOKEN_END || token.kind == YARA_TOKEN_BAD)
            return false;
        at = token.end;
        if (yara_token_is(&token, "}") && condition) {
            ret->condition = span_part(source, begin, token.start - begin);
            ret->end = token.end;
            return true;
        }
        if (yara_token_is(&token, "{") && strings && after_equal) {
            at = skip_bytes(source, at);
            if (at == 0)
                return false;
        } else if (yara_token_is(&token, "{") || yara_token_is(&token, "}")) {
            return false;
        }
        if (yara_token_is(&token, ":") && !condition) {
            strings = yara_token_is(&before, "strings");
            ret->has_strings = ret->has_strings || strings;
            condition = yara_token_is(&before, "condition");
            begin = token.end;
        }
        after_equal = yara_token_is(&token, "=");
        before = token;
    }
}

static bool read_rule(struct span source, struct yara_token token, struct yara_text_statement *ret) {
    while (yara_token_is(&token, "global") || yara_token_is(&token, "private")) {
        ret->global = ret->global || yara_token_is(&token, "global");
        token = yara_token_next(source, token.end);
    }
    if (!yara_token_is(&token, "rule"))
        return false;
    ret->word = token.start;
    token = yara_token_next(source, token.end);
    if (token.kind != YARA_TOKEN_WORD)
        return false;
    ret->name = token.text;
    do /* tags */
        token = yara_token_next(source, token.end);
    while (token.kind == YARA_TOKEN_WORD || yara_token_is(&token, ":"));
    if (!yara_token_is(&token, "{") || !read_body(source, token.end, ret))
        return false;
    ret->gate = yara_condition_gate(ret->condition);
    ret->needs_string = yara_condition_needs_string(ret->condition, true);
    ret->always_needs_string = yara_condition_needs_string(ret->condition, false);
    return true;
}

struct yara_text yara_text_of(struct span source) {
    struct yara_text text = {.source = source};
    if (span_starts(source, "\xef\xbb\xbf", 3))
        text.at = 3;
    return text;
}

bool yara_text_next(struct yara_text *text, struct yara_text_statement *ret) {
    struct yara_token token = yara_token_next(text->source, text->at);
    *ret = (struct yara_text_statement){.start = token.start, .gate = YARA_CONDITION_ANY};
    if (text->lost || token.kind == YARA_TOKEN_END)
        return false;
    bool import = yara_token_is(&token, "import"), good;
    if (import || yara_token_is(&token, "include")) {
        token = yara_token_next(text->source, token.end);
        ret->kind = import ? YARA_TEXT_IMPORT : YARA_TEXT_INCLUDE;
        ret->end = token.end;
        good = token.kind == YARA_TOKEN_STRING;
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

bool yara_text_word(struct span condition, size_t *at, struct yara_text_word *ret) {
    bool field = false;
    for (;;) {
        struct yara_token token = yara_token_next(condition, *at),
                          next = yara_token_next(condition, token.end);
        if (token.kind == YARA_TOKEN_END || token.kind == YARA_TOKEN_BAD)
            return false;
        *at = token.end;
        if (token.kind == YARA_TOKEN_WORD && !field) {
            *ret = (struct yara_text_word){token.text, yara_token_is(&next, "."), yara_token_is(&next, "*")};
            return true;
        }
        field = yara_token_is(&token, ".");
    }
}
