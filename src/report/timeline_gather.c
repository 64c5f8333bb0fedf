#include "report/timeline_gather.h"

/* Marks of the web, in the order of artifacts, beside the files, of which each is followed by its streams. */
struct zones {
    struct db_query *query;
    bool there;
    struct text text; /* of the one in hand */
};

enum { LINKS = 1 << 20 }; /* further names of a file come after its first and its streams */

static const char zones_sql[] =
    "SELECT z.artifact, a.volume, a.record, a.sequence, z.zone_id, z.host_url, z.referrer_url, z.package"
    " FROM zone z JOIN artifact a ON a.id = z.artifact ORDER BY z.artifact";

static const char files_sql[] =
    TIMELINE_PLACE "a.si_created, a.si_modified, a.si_changed, a.si_accessed, a.fn_created, a.fn_modified,"
                   " a.fn_changed, a.fn_accessed FROM artifact a" TIMELINE_JOINS "ORDER BY a.id";

static const char links_sql[] =
    "SELECT a.evidence, a.volume, v.shadow, coalesce(v.shadow_of, a.volume), a.record, a.sequence, a.size,"
    " a.flags, o.path, p.name, NULL, a.id, v.kind = 'collected', a.si_created, a.si_modified, a.si_changed, a.si_accessed,"
    " p.fn_created, p.fn_modified, p.fn_changed, p.fn_accessed"
    " FROM artifact_path p CROSS JOIN artifact a ON a.id = p.artifact LEFT JOIN folder o ON o.id = p.folder"
    " LEFT JOIN volume v ON v.id = a.volume ORDER BY p.rowid";

static uint64_t number(struct db_query *query, int at) {
    return (uint64_t)db_integer(query, at);
}

struct timeline_event timeline_gather_place(struct db_query *query) {
    bool volume = !db_is_null(query, 1);
    return (struct timeline_event){.evidence = number(query, 0),
                                   .volume = number(query, 1),
                                   .shadow = number(query, 2),
                                   .base = number(query, 3),
                                   .has_record = !db_is_null(query, 4),
                                   .has_sequence = !db_is_null(query, 5),
                                   .has_size = !db_is_null(query, 6),
                                   .record = number(query, 4),
                                   .sequence = number(query, 5),
                                   .size = number(query, 6),
                                   .flags = (uint32_t)number(query, 7),
                                   .folder = db_text(query, 8, NULL),
                                   .name = db_text(query, 9, NULL),
                                   .collected = db_integer(query, 12) != 0,
                                   .stream = db_is_null(query, 10) ? NULL : db_text(query, 10, NULL),
                                   .item = volume ? number(query, 4) : number(query, 11)};
}

void timeline_gather_times(struct db_query *query, int at, struct timeline_event *event) {
    event->known = 0;
    for (int i = 0; i < LISTING_TIMES; i++) {
        event->times[i] = number(query, at + i);
        event->known |= db_is_null(query, at + i) ? 0u : 1u << i;
    }
}

/* --- marks of the web --- */

static void add_part(struct text *text, const char *before, struct db_query *query, int at) {
    if (!db_is_null(query, at))
        text_format(text, "%s%s%s", text->size ? ", " : "", before, db_text(query, at, NULL));
}

static void say_zone(struct zones *zones) {
    static const char *const names[] = {"this computer", "local intranet", "trusted sites", "Internet",
                                        "restricted sites"};
    struct db_query *query = zones->query;
    text_clear(&zones->text);
    if (!db_is_null(query, 4)) {
        uint64_t zone = number(query, 4);
        text_format(&zones->text, "zone %llu%s%s%s", (unsigned long long)zone, zone < 5 ? " (" : "",
                    zone < 5 ? names[zone] : "", zone < 5 ? ")" : "");
    }
    add_part(&zones->text, "from ", query, 5);
    add_part(&zones->text, "referrer ", query, 6);
    add_part(&zones->text, "by ", query, 7);
    if (zones->text.size == 0)
        text_add(&zones->text, "Zone.Identifier that says nothing");
}

/* The mark of the file `artifact`, as text; NULL if it has none. */
static const char *zone_of(struct zones *zones, uint64_t artifact, const struct timeline_event *file) {
    while (zones->there && number(zones->query, 0) < artifact)
        zones->there = db_step(zones->query);
    if (!zones->there || number(zones->query, 1) != file->volume || number(zones->query, 2) != file->record ||
        number(zones->query, 3) != file->sequence)
        return NULL;
    say_zone(zones);
    return text_string(&zones->text);
}

/* --- files and names --- */

static bool wants(const struct timeline_gather *gather, enum timeline_source source) {
    return gather->sources >> source & 1;
}

/* One kind of the times of a row, from column `at` on. */
static bool take_times(struct timeline_gather *gather, struct db_query *query, int at,
                       struct timeline_event *event) {
    timeline_gather_times(query, at, event);
    return event->known == 0 || !wants(gather, event->source) || gather->take(gather->context, event);
}

static bool take_file(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event) {
    event->source = TIMELINE_FILE;
    event->confidence = TIMELINE_SETTABLE;
    event->what = event->volume != 0 && !event->collected ? "$STANDARD_INFORMATION" : "file system times";
    return take_times(gather, query, TIMELINE_PLACE_COLUMNS, event);
}

static bool take_name(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event) {
    event->source = TIMELINE_NAME;
    event->confidence = TIMELINE_INHERITED;
    event->what = "$FILE_NAME";
    return take_times(gather, query, TIMELINE_PLACE_COLUMNS + LISTING_TIMES, event);
}

/* Rows of one file record follow one another. */
static bool is_of_same(const struct timeline_event *event, const struct timeline_event *last) {
    return event->volume != 0 && event->volume == last->volume && last->has_record &&
           event->record == last->record && event->sequence == last->sequence;
}

static bool gather_files(struct timeline_gather *gather, struct db *db, struct zones *zones) {
    struct db_query *query = db_prepare(db, files_sql);
    struct timeline_event last = {0};
    bool good = query != NULL;
    while (good && db_step(query)) {
        struct timeline_event event = timeline_gather_place(query);
        bool same = is_of_same(&event, &last);
        if (!gather->each_name && same && event.stream) /* it has the times of its file */
            continue;
        event.order = same ? last.order + 1 : 0;
        last = event;
        event.detail = event.stream ? NULL : zone_of(zones, number(query, 11), &event);
        bool named = !event.stream || !same; /* a name is that of the file */
        good = take_file(gather, query, &event) && (!named || take_name(gather, query, &event));
    }
    db_finish(query);
    return good && db_error(db)[0] == 0;
}

static bool gather_links(struct timeline_gather *gather, struct db *db) {
    struct db_query *query = db_prepare(db, links_sql);
    struct timeline_event last = {0};
    bool good = query != NULL;
    while (good && db_step(query)) {
        struct timeline_event event = timeline_gather_place(query);
        event.order = is_of_same(&event, &last) ? last.order + 1 : LINKS;
        last = event;
        good = (!gather->each_name || take_file(gather, query, &event)) && take_name(gather, query, &event);
    }
    db_finish(query);
    return good && db_error(db)[0] == 0;
}

/* --- the rest --- */

void timeline_gather_moment(struct timeline_event *event, enum timeline_confidence confidence,
                            const char *what, uint64_t time) {
    event->confidence = confidence;
    event->what = what;
    event->single = true;
    event->times[0] = time;
    event->known = 1;
}

static bool gather_kind(struct timeline_gather *gather, struct db *db, const struct timeline_kind *kind) {
    struct db_query *query = db_prepare(db, kind->sql);
    struct timeline_words words = {{0}, {0}, {0}};
    bool good = query != NULL;
    while (good && db_step(query)) {
        struct timeline_event event = timeline_gather_place(query);
        text_clear(&words.detail);
        text_clear(&words.path);
        text_clear(&words.what);
        event.source = kind->source;
        if (!kind->read(gather, query, &event, &words))
            continue;
        event.detail = words.detail.size > 0 ? text_string(&words.detail) : NULL;
        good = gather->take(gather->context, &event);
    }
    db_finish(query);
    text_free(&words.detail);
    text_free(&words.path);
    text_free(&words.what);
    return good && db_error(db)[0] == 0;
}

bool timeline_gather_kinds(struct timeline_gather *gather, struct db *db, const struct timeline_kind *kinds,
                           size_t count) {
    for (size_t i = 0; i < count; i++)
        if (wants(gather, kinds[i].source) && !gather_kind(gather, db, &kinds[i]))
            return false;
    return true;
}

bool timeline_gather(struct timeline_gather *gather, struct casefile *casefile) {
    struct db *db = casefile_db(casefile);
    bool good = true;
    if (wants(gather, TIMELINE_FILE) || wants(gather, TIMELINE_NAME)) {
        struct zones zones = {.query = db_prepare(db, zones_sql)};
        zones.there = zones.query && db_step(zones.query);
        good = zones.query && gather_files(gather, db, &zones) && gather_links(gather, db);
        db_finish(zones.query);
        text_free(&zones.text);
    }
    return good && timeline_records(gather, db) && timeline_host(gather, db) && db_error(db)[0] == 0;
}
