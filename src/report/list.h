/* list: files and streams, one a row, as text, CSV, JSON lines or body file. Columns are in docs/list.md.
 *
 * Rows are appended to the caller's text, one or more whole lines each; a text that becomes full (its max,
 * memory) has `full` set and lacks rows. Names are escaped as each format needs. For millions of rows. */
#ifndef REPORT_LIST_H
#define REPORT_LIST_H

#include "base/text.h"
#include "model/listing.h"
#include "report/list_time.h"

enum list_format { LIST_TEXT, LIST_CSV, LIST_JSONL, LIST_BODY };

/* The format named "text", "csv", "jsonl" or "bodyfile"; false for anything else. */
bool list_format_parse(const char *word, enum list_format *ret) MUST_USE;

struct list_printer {
    enum list_format format;
    const char
        *prefix; /* body file only: stands before each path, such as "C:"; stored form, NULL for none */
    struct list_time time;
};

void list_init(struct list_printer *printer, enum list_format format);

/* The line before the first row: columns for text and CSV, nothing otherwise. */
void list_head(struct list_printer *printer, struct text *out);

void list_row(struct list_printer *printer, const struct listing *row, struct text *out);

#endif
