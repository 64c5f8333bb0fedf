/* diff: a comparison of two releases, told to people and programs. docs/diff.md has the forms. */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include "base/output.h"
#include "model/diff.h"

struct diff_report {
    unsigned width;        /* of text: columns */
    bool colour, all;      /* of text; all: what stayed the same, too, and every change */
    enum severity fail_on; /* what would stop the release; above SEVERITY_CRITICAL: nothing */
};

typedef void diff_printer(const struct diff *diff, const struct diff_report *how, struct output *output);

diff_printer diff_text, diff_jsonl, diff_sarif, diff_markdown, diff_html;

/* What is said in one line: how many members, what became of them, and whether it would be stopped. */
void diff_verdict(const struct diff *diff, const struct diff_report *how, struct text *out);

/* Findings of a severity that are told by themselves, and of at least that one. */
size_t diff_count(const struct diff *diff, enum severity severity);
size_t diff_count_from(const struct diff *diff, enum severity severity, enum strength strength);

/* The path of a pair as it is now, or was. */
const char *diff_path(const struct diff_pair *pair);

#endif
