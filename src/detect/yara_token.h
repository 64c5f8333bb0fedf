/* yara_token: the words and signs of a source of rules. A token borrows the source, and tokens follow each
 * other by their ends. Grammar: "Writing YARA rules" of YARA 4.2; strings of bytes in braces are the
 * caller's. */
#ifndef DETECT_YARA_TOKEN_H
#define DETECT_YARA_TOKEN_H

#include "base/span.h"

enum yara_token_kind {
    YARA_TOKEN_END,
    YARA_TOKEN_WORD,
    YARA_TOKEN_NUMBER,
    YARA_TOKEN_STRING,
    YARA_TOKEN_PATTERN,  /* a regular expression */
    YARA_TOKEN_VARIABLE, /* $a, #a, @a, !a */
    YARA_TOKEN_SIGN,
    YARA_TOKEN_BAD
};

struct yara_token {
    enum yara_token_kind kind;
    size_t start, end; /* in the source */
    struct span text;
};

/* The token at or behind `at`; blanks and comments are skipped. */
struct yara_token yara_token_next(struct span source, size_t at);

/* Is it this word or sign? */
bool yara_token_is(const struct yara_token *token, const char *text);

/* Does a comment begin there, and where does it end? */
bool yara_token_is_comment(struct span source, size_t at);
size_t yara_token_skip_comment(struct span source, size_t at);

#endif
