/* yara_text: where the rules of a source lie, and which contents they cannot match.
 *
 * libyara compiles; this only divides the text, so that rules which cannot hold for a content need not be
 * tried on it (docs/rules.md). It reads a source statement by statement, allocates nothing, and ends on the
 * first thing it does not know: such a source is then used undivided, which costs time and nothing else.
 * Grammar: "Writing YARA rules" of YARA 4.2. */
#ifndef DETECT_YARA_TEXT_H
#define DETECT_YARA_TEXT_H

#include "base/fault.h"
#include "base/span.h"

#include <stdbool.h>

enum yara_text_kind { YARA_TEXT_IMPORT, YARA_TEXT_INCLUDE, YARA_TEXT_RULE };

struct yara_text_statement {
    enum yara_text_kind kind;
    size_t start, end;     /* bytes of the source that it takes */
    size_t word;           /* of a rule: where it says so, behind `global` and `private` */
    struct span name;      /* of the rule, of the module, of the file to include */
    struct span condition; /* of a rule */
    bool global, has_strings;
    int gate;                               /* detect/yara_condition.h, and the next */
    bool needs_string, always_needs_string; /* without MZ, in any content */
};

struct yara_text {
    struct span source;
    size_t at;
    bool lost; /* something is not understood: what follows is not known */
};

struct yara_text yara_text_of(struct span source);

/* The next statement; false at the end, and when the reader is lost. */
bool yara_text_next(struct yara_text *text, struct yara_text_statement *ret) MUST_USE;

/* The identifiers of a condition that are no strings, fields or keywords of a module: `*at` counts on from 0.
 * `qualified`: a field of it is named, as of a module. `many`: it stands for all that begin with it. */
struct yara_text_word {
    struct span text;
    bool qualified, many;
};
bool yara_text_word(struct span condition, size_t *at, struct yara_text_word *ret) MUST_USE;

#endif
