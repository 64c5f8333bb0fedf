/* time_history: everything in a case that happened to one file, in the order of time. For report/time.c only.
 */
#ifndef REPORT_TIME_HISTORY_H
#define REPORT_TIME_HISTORY_H

#include "base/db.h"
#include "base/text.h"

struct time_subject {
    int64_t artifact, volume, record, sequence;
    int64_t journal, log; /* their artifacts, 0 none */
    uint64_t si[4], fn[4];
    bool has_fn;
};

/* Texts are offsets in `texts`, each ended by NUL; stored form. */
struct time_event {
    uint64_t time, order; /* FILETIME; events of one time keep their order */
    const char *source; /* constant: "$STANDARD_INFORMATION", "$FILE_NAME", "journal", "log", "index", "copy",
                           "link", "signature" */
    size_t text;
};

struct time_history {
    struct time_event *events;
    size_t count, room;
    uint64_t left_out; /* beyond TIME_EVENTS */
    struct text texts;
};

/* False if the case cannot be read or memory runs out. Free it in either case. */
bool time_history_load(struct time_history *ret, struct db *db, const struct time_subject *subject) MUST_USE;
void time_history_free(struct time_history *history);

#endif
