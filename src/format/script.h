/* script: what the text of a script asks for, by words of its language (format/script.def), and whether it
 * hides what it is (docs/format/script.md).
 *
 * Looks at words, not at grammar: comments and texts count as code does, and a name that is put together at
 * run time is not seen. Time grows with the text times the words of its language; nothing is allocated. */
#ifndef FORMAT_SCRIPT_H
#define FORMAT_SCRIPT_H

#include "base/fault.h"
#include "base/span.h"

enum script_language {
    SCRIPT_NONE,
    SCRIPT_JAVASCRIPT, /* also TypeScript, and HTML with what is in it */
    SCRIPT_POWERSHELL,
    SCRIPT_SHELL,
    SCRIPT_BATCH,
    SCRIPT_PYTHON,
    SCRIPT_VBSCRIPT,
    SCRIPT_PHP,
    SCRIPT_RUBY,
    SCRIPT_PERL
};

enum script_class {
    SCRIPT_network,
    SCRIPT_execution,   /* of other programs */
    SCRIPT_evaluation,  /* of code that is made or decoded at run time */
    SCRIPT_obfuscation, /* a long line of names or characters that only a machine writes */
    SCRIPT_hiding,      /* code far to the right of what an editor shows */
    SCRIPT_CLASSES
};

enum {
    SCRIPT_LINE = 1024,   /* bytes from which on a line is long */
    SCRIPT_NAMES = 16,    /* names such as _0x3fa2 in one */
    SCRIPT_ESCAPES = 64,  /* printable characters written as \x41 in one, half of its bytes or more */
    SCRIPT_BASE64 = 1024, /* characters of base64 without a break, outside of data: addresses */
    SCRIPT_BLANKS = 200,  /* in a row, with code behind them */
    SCRIPT_EXAMPLE = 80   /* bytes of an example */
};

struct script {
    struct span
        found[SCRIPT_CLASSES]; /* where it is seen first, at most SCRIPT_EXAMPLE bytes; empty if not */
};

/* By the name's ending; of a name without one by the first line (#!). */
enum script_language script_language_of(const char *name, struct span text);

/* `text`: UTF-8 or an 8-bit code page. */
void script_examine(enum script_language language, struct span text, struct script *ret);

/* "network", "execution", "evaluation", "obfuscation", "hiding". */
const char *script_class_word(enum script_class class);

#endif
