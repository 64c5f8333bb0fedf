#include "report/explain.h"

#include "report/wrap.h"

enum { WIDTH = 100, LEAST = 40, INDENT = 10 };

void explain_text(struct text *out, const char *kind, const struct explanation *text, unsigned width) {
    struct wrap wrap = {.width = width == 0 ? WIDTH : width < LEAST ? LEAST : width};
    text_format(out, "%s (%s): %s\n", text->id, kind, text->title);
    text_format(out, "severity  up to %s%s%s\n", severity_word(text->severity),
                text->attack[0] ? "; ATT&CK " : "", text->attack);
    wrap_paragraph(out, &wrap, 0, INDENT, WRAP_PLAIN, "why", text->why);
    wrap_paragraph(out, &wrap, 0, INDENT, WRAP_PLAIN, "innocent", text->innocent);
    wrap_paragraph(out, &wrap, 0, INDENT, WRAP_PLAIN, "check", text->verify);
}

static void row(struct text *out, const char *id, const char *kind, const char *severity, const char *attack,
                const char *title) {
    text_format(out, "%-22s %-9s %-9s %-11s %s\n", id, kind, severity, attack, title);
}

void explain_head(struct text *out) {
    row(out, "id", "kind", "up to", "ATT&CK", "says");
}

void explain_row(struct text *out, const char *kind, const struct explanation *text) {
    row(out, text->id, kind, severity_word(text->severity), text->attack, text->title);
}
