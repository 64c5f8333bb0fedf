/* timeline_format: lines of a timeline. Columns are in docs/timeline.md.
 *
 * Lines are appended to the caller's text, each with its end; a text that becomes full has `full` set. Texts
 * from evidence are escaped as each format needs. For millions of lines. */
#ifndef REPORT_TIMELINE_FORMAT_H
#define REPORT_TIMELINE_FORMAT_H

#include "report/list_time.h"
#include "report/timeline_event.h"

enum timeline_format {
    TIMELINE_TEXT,
    TIMELINE_CSV,
    TIMELINE_JSONL,
    TIMELINE_BODY,          /* The Sleuth Kit 3 */
    TIMELINE_TIMESKETCH,    /* JSON lines */
    TIMELINE_TIMESKETCH_CSV /* has no word: it is what a file named *.csv gets */
};

/* Bytes of a field that Timesketch takes: OpenSearch refuses a keyword that is longer. */
enum { TIMELINE_KEYWORD = 32766 };

struct timeline_printer {
    enum timeline_format format;
    struct list_time time;
    struct text message, path; /* scratch */
    uint64_t cut;              /* fields that were cut at TIMELINE_KEYWORD */
};

/* The format named "text", "csv", "jsonl", "bodyfile" or "timesketch"; false for anything else. */
bool timeline_format_parse(const char *word, enum timeline_format *ret) MUST_USE;

void timeline_format_init(struct timeline_printer *printer, enum timeline_format format);
void timeline_format_free(struct timeline_printer *printer);

/* The line before the first: columns, where the format has them. */
void timeline_format_head(struct timeline_printer *printer, struct text *out);

/* One line for the times that are in `mask`, all equal (timeline_event_equal); of a single event, 1. A body
 * file has one line for all times of an event, whatever the mask. */
void timeline_format_line(struct timeline_printer *printer, const struct timeline_event *event, unsigned mask,
                          struct text *out);

#endif
