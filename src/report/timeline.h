/* timeline: what happened when, by all that a case knows of times, in order (docs/timeline.md).
 *
 * Events of equal time come by source, volume, record, place in that record's source; what a shadow copy
 * tells exactly as its volume does is told once. Output depends on the case alone. Needs memory for a sort
 * (report/timeline_sort.h), whatever the number of events. */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include "base/output.h"
#include "case/casefile.h"
#include "report/timeline_format.h"

struct timeline_options {
    enum timeline_format format;
    unsigned sources;  /* mask of 1 << enum timeline_source */
    uint64_t from, to; /* FILETIME: the first that is told, the first that is not any more; `to` 0: no end */
    size_t memory;     /* bytes for sorting; 0: TIMELINE_SORT_MEMORY */
    const volatile int *interrupt; /* not 0: stop; NULL if there is none */
};

struct timeline_result {
    uint64_t lines;
    uint64_t zero;     /* of them, with a FILETIME of 0: first in the list */
    uint64_t beyond;   /* the same, after the year 30828, which Windows calls invalid: last */
    uint64_t timeless; /* records of $LogFile that write no time and are not told */
    uint64_t cut;      /* fields that Timesketch would have refused, cut */
    char error[256];   /* why it failed, unless the output or the case did; "" */
};

/* False if the output failed, the case could not be read, sorting failed or it was interrupted. */
bool timeline_print(struct casefile *casefile, const struct timeline_options *options, struct output *output,
                    struct timeline_result *ret) MUST_USE;

/* Warns, a sentence a line, of what this case cannot tell, such as records that its scan did not keep. False
 * if the case could not be read. */
bool timeline_gaps(struct casefile *casefile, struct text *out) MUST_USE;

#endif
