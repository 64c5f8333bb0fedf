/* inspect_evtx: an event log as rows of event, event_gap and event_log. For inspect.c only. */
#ifndef DETECT_INSPECT_EVTX_H
#define DETECT_INSPECT_EVTX_H

#include "base/text.h"
#include "detect/inspect.h"

enum {
    INSPECT_EVTX_EVENTS = 4000000, /* rows of event of one log, the first ones */
    INSPECT_EVTX_GAPS = 1000,      /* rows of event_gap */
    INSPECT_EVTX_CHUNKS = 1 << 18, /* of the largest log (16 GiB); gaps between more are not looked for */
    INSPECT_EVTX_WINDOW = 1 << 20, /* bytes read at once, whole chunks */
    INSPECT_EVTX_FLUSH = 4 << 20,  /* bytes of rows after which options->flush is called */
    INSPECT_EVTX_DATA = 60000,     /* bytes of event.data */
    INSPECT_EVTX_CUT = 1024,       /* bytes to which values are cut if it would be more */
    INSPECT_EVTX_STRING = 1000     /* bytes of a name in a row */
};

/* Is it a log, by its head, or by its name if the head is wiped? */
bool inspect_evtx_is(const struct content *content, const char *name) MUST_USE;

/* Reads all of the content once, `*read` bytes besides the head, and shows each byte to `seen` (or NULL), the
 * head too. Damage is noted in the job. False if it was more than is kept, or memory ran out. The summary
 * says that a log is complete only if nothing of this happened, it is not damaged and no number is missing.
 */
bool inspect_evtx(struct content *content, struct job *job, const struct inspect_options *options,
                  void (*seen)(struct span bytes), struct text *rows, uint64_t *read) MUST_USE;

#endif
