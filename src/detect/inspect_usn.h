/* inspect_usn: a change journal as rows of usn, usn_clock and usn_summary. For inspect.c only. */
#ifndef DETECT_INSPECT_USN_H
#define DETECT_INSPECT_USN_H

#include "base/text.h"
#include "detect/inspect.h"

enum {
    INSPECT_USN_RECORDS = 4000000, /* records kept of one journal, the first ones */
    INSPECT_USN_STEPS = 1000,      /* rows of usn_clock */
    INSPECT_USN_WINDOW = 1 << 20,  /* bytes read at once */
    INSPECT_USN_FLUSH = 4 << 20    /* bytes of rows after which options->flush is called */
};

/* Reads all of the content from `from` on (a multiple of 8), holes excepted, `*read` bytes: twice where
 * events are chosen. Damage is noted in the job. False if it was more than is kept or than options->max_size,
 * or memory ran out. The summary says that a journal is complete only if nothing of this happened, its
 * records lie where they say and follow each other without a gap. */
bool inspect_usn(struct content *content, struct job *job, const struct inspect_options *options,
                 uint64_t from, struct text *rows, uint64_t *read) MUST_USE;

/* Where in a content whose head is zeros a journal begins: behind its hole, or as many zeros in a copy. False
 * if what comes first is no journal. Reads the zeros, holes excepted, up to options->max_size; `*read` bytes.
 */
bool inspect_usn_find(struct content *content, struct job *job, const struct inspect_options *options,
                      uint64_t *from, uint64_t *read) MUST_USE;

#endif
