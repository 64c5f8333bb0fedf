/* What a host recorded of itself, and what the judge chain makes of it. */
#include "report/timeline_gather.h"

enum { OWN = TIMELINE_PLACE_COLUMNS };

static uint64_t number(struct db_query *query, int at) {
    return (uint64_t)db_integer(query, at);
}

static const char *some(struct db_query *query, int at) {
    return db_is_null(query, at) ? "" : db_text(query, at, NULL);
}

/* `before`text, if there is one, with a comma where something stands already. */
static void add(struct text *text, const char *before, const char *value) {
    if (value[0])
        text_format(text, "%s%s%s", text->size > 0 ? ", " : "", before, value);
}

/* The event is not about the artifact that tells of it, but about what has this path; NULL for nothing. */
static void about(struct timeline_event *event, const char *path) {
    event->has_record = event->has_sequence = event->has_size = false;
    event->flags = 0;
    event->stream = NULL;
    event->folder = path ? "" : NULL;
    event->name = path && path[0] == '/' ? path + 1 : path;
}

/* --- event logs --- */

static const char event_sql[] =
    TIMELINE_PLACE "e.number, coalesce(e.time, e.written), e.provider, e.event_id, e.channel, e.user, e.data"
                   " FROM event e CROSS JOIN artifact a ON a.id = e.artifact" TIMELINE_JOINS
                   "WHERE coalesce(e.time, e.written) IS NOT NULL AND coalesce(e.slack, 0) = 0"
                   " ORDER BY e.artifact, e.ordinal";

static bool read_event(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                       struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN);
    text_format(&words->what, "event %llu of %s", (unsigned long long)number(query, OWN + 3),
                some(query, OWN + 2));
    timeline_gather_moment(event, TIMELINE_RECORDED, text_string(&words->what), number(query, OWN + 1));
    text_format(&words->detail, "record %llu", (unsigned long long)event->order);
    add(&words->detail, "log ", some(query, OWN + 4));
    add(&words->detail, "user ", some(query, OWN + 5));
    add(&words->detail, "", some(query, OWN + 6));
    event->has_size = false;
    return true;
}

/* --- traces of execution --- */

/* Events are told as such. */
#define TRACES                                                                                               \
    " FROM execution x CROSS JOIN artifact a ON a.id = x.traced" TIMELINE_JOINS                              \
    "WHERE x.source NOT LIKE 'event %' AND x.source NOT LIKE 'sysmon %'"                                     \
    " AND x.source NOT LIKE 'codeintegrity %' AND "

static const char first_sql[] =
    TIMELINE_PLACE "x.id, x.first_time, x.path, x.kind, x.source, x.count, x.detail, x.last_time IS NULL OR"
                   " x.last_time = x.first_time, 0" TRACES "x.first_time IS NOT NULL ORDER BY x.id";
static const char last_sql[] = TIMELINE_PLACE
    "x.id, x.last_time, x.path, x.kind, x.source, x.count, x.detail, x.first_time IS NULL, 1" TRACES
    "x.last_time IS NOT NULL AND x.last_time IS NOT x.first_time ORDER BY x.id";

static bool read_execution(struct timeline_gather *gather, struct db_query *query,
                           struct timeline_event *event, struct timeline_words *words) {
    (void)gather;
    bool only = db_integer(query, OWN + 7) != 0, last = db_integer(query, OWN + 8) != 0;
    event->order = number(query, OWN);
    text_format(&words->what, "%s%s, says %s", some(query, OWN + 3),
                only   ? ""
                : last ? " last"
                       : " first",
                some(query, OWN + 4));
    timeline_gather_moment(event, TIMELINE_RECORDED, text_string(&words->what), number(query, OWN + 1));
    text_format(&words->path, "%s", some(query, OWN + 2));
    about(event, words->path.size > 0 ? text_string(&words->path) : NULL);
    if (!db_is_null(query, OWN + 5) && db_integer(query, OWN + 5) > 1)
        text_format(&words->detail, "%lld times", (long long)db_integer(query, OWN + 5));
    add(&words->detail, "", some(query, OWN + 6));
    return true;
}

/* --- keys --- */

static const char service_sql[] = TIMELINE_PLACE
    "x.key, x.last_write, x.name, x.image, x.library, x.state FROM service x CROSS JOIN artifact a"
    " ON a.id = x.hive" TIMELINE_JOINS "WHERE x.last_write IS NOT NULL ORDER BY x.hive, x.key, x.rowid";

static bool read_service(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                         struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN);
    timeline_gather_moment(event, TIMELINE_RECORDED, "key of a service written", number(query, OWN + 1));
    text_format(&words->detail, "service %s", some(query, OWN + 2));
    add(&words->detail, "runs ", some(query, OWN + 3));
    add(&words->detail, "loads ", some(query, OWN + 4));
    add(&words->detail, "", some(query, OWN + 5));
    event->has_size = false;
    return true;
}

static const char autostart_sql[] = TIMELINE_PLACE
    "coalesce(x.key, 0), x.last_write, x.kind, x.key_path, x.name, x.command, x.state FROM autostart x"
    " CROSS JOIN artifact a ON a.id = x.hive" TIMELINE_JOINS
    "WHERE x.last_write IS NOT NULL AND coalesce(x.incomplete, 0) = 0 ORDER BY x.hive, x.key, x.rowid";

static bool read_autostart(struct timeline_gather *gather, struct db_query *query,
                           struct timeline_event *event, struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN);
    timeline_gather_moment(event, TIMELINE_RECORDED, "key of something that starts written",
                           number(query, OWN + 1));
    add(&words->detail, "", some(query, OWN + 2));
    add(&words->detail, "", some(query, OWN + 3));
    add(&words->detail, "value ", some(query, OWN + 4));
    add(&words->detail, "starts ", some(query, OWN + 5));
    add(&words->detail, "", some(query, OWN + 6));
    event->has_size = false;
    return true;
}

/* --- browsers --- */

static const char download_sql[] =
    TIMELINE_PLACE "x.ordinal, x.time, x.host, x.referrer, x.target FROM browser_download x"
                   " CROSS JOIN artifact a ON a.id = x.artifact" TIMELINE_JOINS
                   "WHERE x.time IS NOT NULL ORDER BY x.artifact, x.ordinal";

static bool read_download(struct timeline_gather *gather, struct db_query *query,
                          struct timeline_event *event, struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN);
    timeline_gather_moment(event, TIMELINE_RECORDED, "download begun", number(query, OWN + 1));
    add(&words->detail, "from ", some(query, OWN + 2));
    add(&words->detail, "led to by ", some(query, OWN + 3));
    add(&words->detail, "to ", some(query, OWN + 4));
    event->has_size = false;
    return true;
}

/* --- the story --- */

static const char story_sql[] =
    "SELECT c.evidence, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, '', NULL, NULL, 0,"
    " s.chain * 1000 + s.ordinal, s.time, s.stage, s.name, s.text, s.time_source FROM chain_step s"
    " JOIN chain c ON c.id = s.chain WHERE s.time IS NOT NULL ORDER BY s.chain, s.ordinal";

static bool read_story(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                       struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN);
    text_format(&words->what, "step of the story: %s", some(query, OWN + 2));
    timeline_gather_moment(event, TIMELINE_JUDGED, text_string(&words->what), number(query, OWN + 1));
    text_format(&words->path, "%s", some(query, OWN + 3));
    about(event, NULL);
    add(&words->detail, "", text_string(&words->path));
    add(&words->detail, "", some(query, OWN + 4));
    add(&words->detail, "time: ", some(query, OWN + 5));
    return true;
}

static const struct timeline_kind kinds[] = {
    {TIMELINE_EVENT, event_sql, read_event},
    {TIMELINE_EXECUTION, first_sql, read_execution},
    {TIMELINE_EXECUTION, last_sql, read_execution},
    {TIMELINE_REGISTRY, service_sql, read_service},
    {TIMELINE_REGISTRY, autostart_sql, read_autostart},
    {TIMELINE_DOWNLOAD, download_sql, read_download},
    {TIMELINE_STORY, story_sql, read_story},
};

bool timeline_host(struct timeline_gather *gather, struct db *db) {
    return timeline_gather_kinds(gather, db, kinds, sizeof kinds / sizeof kinds[0]);
}
