#include "base/filetime.h"
#include "case/casefile.h"
#include "model/judge.h"

#include <string.h>

#define STEP ((uint64_t)2 * 10000000) /* smaller ones are the time service's daily work */

/* Security 4616 and Kernel-General 1 tell both times; records in slack are mostly copies. */
static const char events_sql[] =
    "SELECT a.evidence, e.artifact, e.ordinal, CASE e.event_id WHEN 4616 THEN 'Security 4616' ELSE 'Kernel-General 1' END,"
    " coalesce(json_extract(e.data, '$.PreviousTime'), json_extract(e.data, '$.OldTime')),"
    " json_extract(e.data, '$.NewTime'), json_extract(e.data, '$.ProcessName') FROM event e JOIN artifact a ON a.id ="
    " e.artifact WHERE e.slack = 0 AND (e.event_id = 4616 AND e.provider = 'Microsoft-Windows-Security-Auditing' OR"
    " e.event_id = 1 AND e.provider = 'Microsoft-Windows-Kernel-General')"
    " ORDER BY e.artifact, e.ordinal";

static const char journals_sql[] =
    "SELECT a.evidence, c.artifact, c.ordinal, 'change journal', c.before, c.after FROM usn_clock c JOIN artifact a ON"
    " a.id = c.artifact ORDER BY c.artifact, c.ordinal";

static bool take(struct casefile *casefile, struct db_query *q, uint64_t before, uint64_t after,
                 const char *program) {
    if ((before < after ? after - before : before - after) < STEP)
        return true;
    struct casefile_clock_step step = {.evidence = (uint64_t)db_integer(q, 0),
                                       .artifact = (uint64_t)db_integer(q, 1),
                                       .ordinal = (uint64_t)db_integer(q, 2),
                                       .source = db_text(q, 3, NULL),
                                       .before = before,
                                       .after = after,
                                       .program = program};
    return casefile_clock_step(casefile, &step);
}

static bool take_event(struct casefile *casefile, struct db_query *q) {
    uint64_t before, after;
    if (!filetime_parse(db_text(q, 4, NULL), &before) || !filetime_parse(db_text(q, 5, NULL), &after))
        return true; /* older systems write date and time apart, as they please */
    return take(casefile, q, before, after, db_is_null(q, 6) ? NULL : db_text(q, 6, NULL));
}

static bool take_journal(struct casefile *casefile, struct db_query *q) {
    return take(casefile, q, (uint64_t)db_integer(q, 4), (uint64_t)db_integer(q, 5), NULL);
}

static bool each(struct casefile *casefile, const char *sql,
                 bool (*take_row)(struct casefile *, struct db_query *)) {
    struct db_query *q = db_prepare(casefile_db(casefile), sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = take_row(casefile, q);
    db_finish(q);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    (void)intel;
    return each(casefile, events_sql, take_event) && each(casefile, journals_sql, take_journal) &&
           casefile_error(casefile)[0] == 0;
}

const struct judge judge_clock_steps = {
    .text =
        {
            .id = "clock_steps",
            .title = "when the clock of a machine was set",
            .why =
                "All times on a machine are its clock's. Where that was set, files are made before they are changed, or "
                "in a year that has not come; whoever sets it back on purpose makes files that look old everywhere. The "
                "table clock_step has every step of two seconds or more that event logs (Security 4616, Kernel-General "
                "1) and change journals show; the judge stomp heeds it. It gives no finding.",
            .innocent =
                "Clocks are set by time services, after an empty battery, and of virtual machines whenever they are "
                "resumed or moved.",
            .verify =
                "SELECT * FROM clock_step; in the event viewer: Security 4616, System, Kernel-General 1.",
            .attack = "T1070.006",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
};
