/* timeline_gather: all events of a case, in no order.
 *
 * Reads the case table by table, each once, and holds nothing of it but one row. Some events have several
 * times. What a stream shares with its file is told once, unless `each_name` asks for every name and stream
 * with all its times, as a body file has it. */
#ifndef REPORT_TIMELINE_GATHER_H
#define REPORT_TIMELINE_GATHER_H

#include "case/casefile.h"
#include "report/timeline_event.h"

struct timeline_gather {
    unsigned sources; /* mask of 1 << enum timeline_source */
    bool each_name;
    /* Takes one event, whose texts are valid during the call; false ends the gathering. */
    bool (*take)(void *context, const struct timeline_event *event);
    void *context;
    uint64_t timeless; /* records of $LogFile that write no time, which are left out */
};

/* False if `take` said so or the case could not be read; casefile_error tells which. */
bool timeline_gather(struct timeline_gather *gather, struct casefile *casefile) MUST_USE;

/* The same of all but files and their names (timeline_records.c), and of what the host recorded
 * (timeline_host.c). For timeline_gather. */
bool timeline_records(struct timeline_gather *gather, struct db *db) MUST_USE;
bool timeline_host(struct timeline_gather *gather, struct db *db) MUST_USE;

/* --- what they share --- */

/* Texts of one event. */
struct timeline_words {
    struct text detail, path, what;
};

/* One kind of record: a query, and what a row of it means. False leaves the row out. */
struct timeline_kind {
    enum timeline_source source;
    const char *sql;
    bool (*read)(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                 struct timeline_words *words);
};

/* Gathers those kinds whose sources are wanted. False as timeline_gather. */
bool timeline_gather_kinds(struct timeline_gather *gather, struct db *db, const struct timeline_kind *kinds,
                           size_t count) MUST_USE;

/* What happened at one moment. */
void timeline_gather_moment(struct timeline_event *event, enum timeline_confidence confidence,
                            const char *what, uint64_t time);

/* The columns that every query begins with. */

#define TIMELINE_PLACE                                                                                       \
    "SELECT a.evidence, a.volume, v.shadow, coalesce(v.shadow_of, a.volume), a.record, a.sequence, a.size,"  \
    " a.flags, o.path, a.name, a.stream, a.id, v.kind = 'collected', "
#define TIMELINE_JOINS " LEFT JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume "

enum { TIMELINE_PLACE_COLUMNS = 13 }; /* the first column of the query's own */

/* An event at the artifact of the row. */
struct timeline_event timeline_gather_place(struct db_query *query);

/* Sets the four times from the columns from `at` on; those that are NULL are not known. */
void timeline_gather_times(struct db_query *query, int at, struct timeline_event *event);

#endif
