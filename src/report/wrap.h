/* wrap: paragraphs for a terminal of a certain width, perhaps in colour. Texts must be safe for a terminal
 * already (text_terminal). Words are never cut: what is longer than a line stands alone on one, so that a
 * path can be copied. */
#ifndef REPORT_WRAP_H
#define REPORT_WRAP_H

#include "base/text.h"

enum wrap_colour { WRAP_PLAIN, WRAP_BOLD, WRAP_DIM, WRAP_RED, WRAP_YELLOW, WRAP_CYAN, WRAP_GREEN };

struct wrap {
    unsigned width; /* columns */
    bool colour;    /* false: colours are left out */
};

/* The columns that a text takes: East Asian wide characters two, combining marks none. */
size_t wrap_columns(const char *utf8, size_t size);

void wrap_coloured(struct text *out, const struct wrap *wrap, enum wrap_colour colour, const char *text);

/* Appends `label` at column `margin`, then `text` as words from column `indent` on, line after line; ends
 * with a newline. A label that does not fit before `indent` gets a line of its own. */
void wrap_paragraph(struct text *out, const struct wrap *wrap, unsigned margin, unsigned indent,
                    enum wrap_colour colour, const char *label, const char *text);

/* The same with the text as one line, whatever its length. */
void wrap_line(struct text *out, const struct wrap *wrap, unsigned margin, unsigned indent,
               enum wrap_colour colour, const char *label, const char *text);

#endif
