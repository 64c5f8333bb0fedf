/* Events that are not a file's own times. */
#include "report/timeline_gather.h"

#include "base/filetime.h"

enum { OWN = TIMELINE_PLACE_COLUMNS };

static uint64_t number(struct db_query *query, int at) {
    return (uint64_t)db_integer(query, at);
}

static const char *text_or_null(struct db_query *query, int at) {
    return db_is_null(query, at) ? NULL : db_text(query, at, NULL);
}

/* The record is about another file than the artifact that holds it. */
static void about(struct timeline_event *event, struct db_query *query, int record, const char *folder,
                  const char *name) {
    event->has_record = !db_is_null(query, record);
    event->record = number(query, record);
    event->sequence = number(query, record + 1);
    event->has_sequence = !db_is_null(query, record + 1);
    event->has_size = false;
    event->flags = 0;
    event->stream = NULL;
    event->folder = folder;
    event->name = name;
}

/* --- the change journal --- */

static const char journal_sql[] =
    TIMELINE_PLACE "u.file, u.file_sequence, u.usn, u.time, u.reasons, u.folder, u.name, u.path_source,"
                   " u.attributes FROM usn_event u CROSS JOIN artifact a ON a.id = u.artifact" TIMELINE_JOINS
                   "WHERE u.time IS NOT NULL ORDER BY u.artifact, u.ordinal";

static bool read_journal(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                         struct timeline_words *words) {
    (void)gather;
    const char *folder = text_or_null(query, OWN + 5), *source = text_or_null(query, OWN + 7);
    event->order = number(query, OWN + 2);
    event->numbered = true;
    timeline_gather_moment(event, TIMELINE_RECORDED, db_text(query, OWN + 4, NULL), number(query, OWN + 3));
    about(event, query, OWN, folder ? folder : "/$Unknown", db_text(query, OWN + 6, NULL));
    event->flags = number(query, OWN + 8) & 0x10 ? LISTING_DIRECTORY : 0; /* FILE_ATTRIBUTE_DIRECTORY */
    text_format(&words->detail, "USN %llu, path by %s", (unsigned long long)event->order,
                source ? source : "the record");
    return true;
}

/* --- $LogFile --- */

/* Where the log names a file, its folder is looked up, else the file itself; of a shadow copy in the volume,
 * for a copy holds only what differs. An entry's sequence number is not always told; then it is the file that
 * has the entry now. */
static const char log_sql[] = TIMELINE_PLACE
    "CASE WHEN l.file IS NULL THEN l.record ELSE l.file END,"
    " CASE WHEN l.file IS NULL THEN l.sequence ELSE l.file_sequence END, l.lsn, l.what, l.name, l.stale,"
    " l.created_before, l.modified_before, l.changed_before, l.accessed_before,"
    " l.created_after, l.modified_after, l.changed_after, l.accessed_after, l.name_changed,"
    " p.path, t.name, t.id FROM log_record l CROSS JOIN artifact a ON a.id = l.artifact" TIMELINE_JOINS
    "LEFT JOIN artifact t ON t.volume = coalesce(v.shadow_of, a.volume)"
    " AND t.record = CASE WHEN l.name IS NULL THEN l.record ELSE l.parent END AND t.stream IS NULL"
    " AND coalesce(CASE WHEN l.name IS NULL THEN l.sequence ELSE l.parent_sequence END, t.sequence) = t.sequence"
    " LEFT JOIN folder p ON p.id = t.folder ORDER BY l.artifact, l.ordinal";

enum { BEFORE = OWN + 6, AFTER = BEFORE + LISTING_TIMES, NAME_CHANGED = AFTER + LISTING_TIMES, PATH };

/* The time that the record writes: of the change of the file record, else the latest. */
static bool log_time(struct db_query *query, uint64_t *ret) {
    *ret = 0;
    bool found = false;
    if (!db_is_null(query, AFTER + LISTING_CHANGED) || !db_is_null(query, NAME_CHANGED)) {
        bool own = !db_is_null(query, AFTER + LISTING_CHANGED);
        *ret = number(query, own ? AFTER + LISTING_CHANGED : NAME_CHANGED);
        return true;
    }
    for (int i = 0; i < LISTING_TIMES; i++)
        if (!db_is_null(query, AFTER + i) && (!found || number(query, AFTER + i) > *ret)) {
            *ret = number(query, AFTER + i);
            found = true;
        }
    return found;
}

static void say_time(struct text *text, struct db_query *query, int at, const char *before) {
    char when[FILETIME_TEXT];
    filetime_text(number(query, at), when);
    text_add(text, before);
    text_add(text, when);
}

static void say_changes(struct text *detail, struct db_query *query) {
    static const char *const words[] = {"created", "modified", "changed", "accessed"};
    for (int i = 0; i < LISTING_TIMES; i++) {
        bool before = !db_is_null(query, BEFORE + i), after = !db_is_null(query, AFTER + i);
        if ((!before && !after) ||
            (before && after && db_integer(query, BEFORE + i) == db_integer(query, AFTER + i)))
            continue;
        text_format(detail, ", %s", words[i]);
        if (before)
            say_time(detail, query, BEFORE + i, after ? " " : " was ");
        if (after)
            say_time(detail, query, AFTER + i, before ? " -> " : " ");
    }
}

/* The times in a $FILE_NAME are older than the record, if its file is; those of the file itself are written
 * as it changes. */
static enum timeline_confidence log_confidence(struct db_query *query) {
    const char *what = db_text(query, OWN + 3, NULL);
    bool name = strncmp(what, "fn_", 3) == 0 || strncmp(what, "index_", 6) == 0;
    bool stale = !db_is_null(query, OWN + 5);
    return stale ? TIMELINE_STALE : name ? TIMELINE_INHERITED : TIMELINE_RECORDED;
}

/* The path of the file, in `event->folder` and `name`, joined in `joined` where that is a folder. */
static void log_path(struct db_query *query, struct timeline_event *event, struct text *joined) {
    const char *name = text_or_null(query, OWN + 4);
    bool found = !db_is_null(query, PATH + 2);
    const char *folder = found ? db_text(query, PATH, NULL) : "/$Unknown",
               *last = db_text(query, PATH + 1, NULL);
    bool usual = !name && found;
    if (!usual && found) {
        text_format(joined, "%s%s%s", folder, last[0] ? "/" : "", last);
        folder = text_string(joined);
    }
    about(event, query, OWN, name || found ? folder : NULL, usual ? last : name ? name : "");
}

static bool read_log(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                     struct timeline_words *words) {
    uint64_t time;
    if (!log_time(query, &time)) {
        gather->timeless++;
        return false;
    }
    event->order = number(query, OWN + 2);
    event->numbered = true;
    timeline_gather_moment(event, log_confidence(query), db_text(query, OWN + 3, NULL), time);
    log_path(query, event, &words->path);
    text_format(&words->detail, "LSN %llu", (unsigned long long)event->order);
    say_changes(&words->detail, query);
    return true;
}

/* --- slack of indexes --- */

static const char index_sql[] =
    TIMELINE_PLACE "i.file, i.file_sequence, i.offset, i.size, i.attributes, i.name, i.node, i.created,"
                   " i.modified, i.changed, i.accessed FROM index_entry i CROSS JOIN artifact a"
                   " ON a.id = i.artifact" TIMELINE_JOINS "WHERE i.slack = 1 ORDER BY i.artifact, i.ordinal";

static bool read_index(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                       struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN + 2);
    event->confidence = TIMELINE_STALE;
    event->what = "$I30 slack";
    if (event->name[0])
        text_format(&words->path, "%s/%s", event->folder, event->name);
    about(event, query, OWN, text_string(&words->path), db_text(query, OWN + 5, NULL));
    event->flags = number(query, OWN + 4) & 0x10000010 ? LISTING_DIRECTORY : 0;
    event->has_size = !db_is_null(query, OWN + 3);
    event->size = number(query, OWN + 3);
    text_format(&words->detail, "%s, at byte %llu", db_text(query, OWN + 6, NULL),
                (unsigned long long)event->order);
    timeline_gather_times(query, OWN + 7, event);
    return event->known != 0;
}

/* --- programs and signatures --- */

static const char image_sql[] =
    TIMELINE_PLACE "x.timestamp FROM pe x CROSS JOIN artifact a ON a.id = x.artifact" TIMELINE_JOINS
                   "WHERE x.timestamp > 0 AND coalesce(x.reproducible, 0) = 0 ORDER BY x.artifact";

static bool read_image(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                       struct timeline_words *words) {
    (void)gather;
    (void)words;
    timeline_gather_moment(event, TIMELINE_CLAIMED, "PE link time",
                           filetime_from_unix(db_integer(query, OWN), 0));
    return true;
}

static const char stamp_sql[] = TIMELINE_PLACE
    "s.ordinal, s.stamp_time, s.stamp, s.stamp_faults, s.stamp_signer, s.subject FROM signature s"
    " CROSS JOIN artifact a ON a.id = s.artifact" TIMELINE_JOINS
    "WHERE s.stamp_time IS NOT NULL ORDER BY s.artifact, s.ordinal";

static bool read_stamp(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                       struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN);
    bool counts = !db_is_null(query, OWN + 3) && db_integer(query, OWN + 3) == 0;
    timeline_gather_moment(event, counts ? TIMELINE_SIGNED : TIMELINE_CLAIMED,
                           counts ? "time stamp of a signature"
                                  : "time stamp of a signature, which does not count",
                           number(query, OWN + 1));
    text_format(&words->detail, "%s by %s, signed by %s", db_text(query, OWN + 2, NULL),
                db_text(query, OWN + 4, NULL), db_text(query, OWN + 5, NULL));
    return true;
}

static const char claim_sql[] = TIMELINE_PLACE
    "s.ordinal, s.claimed_time, s.subject FROM signature s CROSS JOIN artifact a"
    " ON a.id = s.artifact" TIMELINE_JOINS "WHERE s.claimed_time IS NOT NULL ORDER BY s.artifact, s.ordinal";

static bool read_claim(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                       struct timeline_words *words) {
    (void)gather;
    event->order = number(query, OWN);
    timeline_gather_moment(event, TIMELINE_CLAIMED, "signing time, as the signer says",
                           number(query, OWN + 1));
    text_format(&words->detail, "signed by %s", db_text(query, OWN + 2, NULL));
    return true;
}

static const char catalog_sql[] =
    TIMELINE_PLACE "c.list_time FROM catalog c CROSS JOIN artifact a ON a.id = c.artifact" TIMELINE_JOINS
                   "WHERE c.list_time IS NOT NULL ORDER BY c.artifact";

static bool read_catalog(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                         struct timeline_words *words) {
    (void)gather;
    (void)words;
    timeline_gather_moment(event, TIMELINE_CLAIMED, "catalog made", number(query, OWN));
    return true;
}

/* --- shadow copies --- */

static const char shadow_sql[] =
    "SELECT v.evidence, v.shadow_of, v.shadow, v.shadow_of, NULL, NULL, NULL, 0, NULL, '', NULL, v.id, 0,"
    " v.shadow_created, v.shadow_id FROM volume v WHERE v.shadow_created IS NOT NULL ORDER BY v.id";

static bool read_shadow(struct timeline_gather *gather, struct db_query *query, struct timeline_event *event,
                        struct timeline_words *words) {
    (void)gather;
    timeline_gather_moment(event, TIMELINE_RECORDED, "shadow copy created", number(query, OWN));
    event->folder = NULL;
    text_format(&words->detail, "shadow copy %llu of the volume, store %s", (unsigned long long)event->shadow,
                db_text(query, OWN + 1, NULL));
    return true;
}

static const struct timeline_kind kinds[] = {
    {TIMELINE_JOURNAL, journal_sql, read_journal},   {TIMELINE_LOG, log_sql, read_log},
    {TIMELINE_INDEX, index_sql, read_index},         {TIMELINE_PE, image_sql, read_image},
    {TIMELINE_SIGNATURE, stamp_sql, read_stamp},     {TIMELINE_SIGNATURE, claim_sql, read_claim},
    {TIMELINE_SIGNATURE, catalog_sql, read_catalog}, {TIMELINE_SHADOW, shadow_sql, read_shadow},
};

bool timeline_records(struct timeline_gather *gather, struct db *db) {
    return timeline_gather_kinds(gather, db, kinds, sizeof kinds / sizeof kinds[0]);
}
