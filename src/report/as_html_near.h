/* as_html_near: which events of a case stand on its page one by one: those of files of steps, of files with
 * findings, and those close to a step, in this order of rank and as many as as_html.h says. The rest is in
 * bins. */
#ifndef REPORT_AS_HTML_NEAR_H
#define REPORT_AS_HTML_NEAR_H

#include "case/casefile.h"
#include "report/timeline_event.h"

enum as_html_rank { AS_HTML_STEP, AS_HTML_FINDING, AS_HTML_CLOSE_BY, AS_HTML_RANKS };

/* One time of an event. Texts are borrowed from the list. */
struct as_html_event {
    uint64_t time;
    enum as_html_rank rank;
    int64_t chain, step, finding; /* by rank: the step that it is of or close to, or the finding */
    enum timeline_source source;
    enum timeline_confidence confidence;
    unsigned mask; /* which of the four times; 0 if it is something that happened */
    size_t order;  /* in which they came */
    const char *stage, *what, *place, *detail;
};

struct as_html_near;

/* What is near in this case; NULL if it cannot be read or memory runs out. Freed by as_html_near_free. */
struct as_html_near *as_html_near_new(struct db *db);
void as_html_near_free(struct as_html_near *near);

/* Keeps the times of the event that are near. False if memory runs out. */
bool as_html_near_take(struct as_html_near *near, const struct timeline_event *event) MUST_USE;

/* What was kept, in order of time; and how many of each rank were not for want of room. */
const struct as_html_event *as_html_near_list(struct as_html_near *near, size_t *count);
uint64_t as_html_near_omitted(const struct as_html_near *near, enum as_html_rank rank);

#endif
