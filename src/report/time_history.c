#include "report/time_history.h"

#include "base/filetime.h"
#include "report/time.h"

#include <stdlib.h>

static const char journal_sql[] =
    "SELECT time, usn, reasons, coalesce(path, name, '') FROM usn_event WHERE artifact = ?"
    " AND file = ? AND file_sequence = ? ORDER BY ordinal";

static const char log_sql[] =
    "SELECT lsn, redo, what, created_before, modified_before, changed_before, accessed_before, created_after,"
    " modified_after, changed_after, accessed_after, coalesce(name, '') FROM log_record WHERE artifact = ?1 AND"
    " (record = ?2 AND (sequence IS NULL OR sequence = ?3) AND what NOT LIKE 'index%' OR file = ?2 AND file_sequence = ?3)"
    " ORDER BY ordinal";

static const char entries_sql[] =
    "SELECT DISTINCT e.created, e.modified, e.changed, e.accessed, e.slack, e.offset, e.name, o.path || '/' || a.name FROM"
    " index_entry e JOIN artifact a ON a.id = e.artifact LEFT JOIN folder o ON o.id = a.folder WHERE a.volume = ? AND"
    " e.file = ? AND e.file_sequence = ? ORDER BY e.artifact, e.ordinal";

static const char copies_sql[] =
    "SELECT v.shadow_created, v.shadow, a.si_created, a.si_modified, a.si_changed, a.si_accessed FROM volume v JOIN"
    " artifact a ON a.volume = v.id WHERE v.shadow_of = ? AND a.record = ? AND a.sequence = ? AND a.stream IS NULL"
    " ORDER BY v.shadow";

static const char content_sql[] =
    "SELECT CASE WHEN coalesce(p.reproducible, 0) = 0 THEN p.timestamp END, (SELECT max(s.stamp_time) FROM signature s WHERE"
    " s.artifact = p.artifact AND s.stamp_faults = 0) FROM pe p WHERE p.artifact = ?";

static bool add(struct time_history *history, uint64_t time, const char *source, const struct text *line) {
    if (history->count == TIME_EVENTS) {
        history->left_out++;
        return true;
    }
    if (history->count == history->room) {
        size_t want = history->room ? 2 * history->room : 64;
        struct time_event *more = realloc(history->events, want * sizeof *more);
        if (!more)
            return false;
        history->events = more;
        history->room = want;
    }
    history->events[history->count] = (struct time_event){
        .time = time, .order = history->count, .source = source, .text = history->texts.size};
    history->count++;
    text_bytes(&history->texts, text_string(line), line->size);
    text_bytes(&history->texts, "", 1);
    return !history->texts.full;
}

static struct db_query *ask(struct db *db, const char *sql, int64_t first,
                            const struct time_subject *subject) {
    struct db_query *q = db_prepare(db, sql);
    if (!q)
        return NULL;
    db_bind_integer(q, 1, first);
    db_bind_integer(q, 2, subject->record);
    db_bind_integer(q, 3, subject->sequence);
    return q;
}

/* The four times of one attribute, equal ones together. */
static bool own_times(struct time_history *history, const uint64_t times[4], const char *source) {
    static const char *const words[] = {"created", "modified", "changed", "accessed"};
    struct text line = {0};
    bool good = true;
    for (int i = 0; i < 4 && good; i++) {
        bool told = false;
        for (int k = 0; k < i; k++)
            told = told || times[k] == times[i];
        if (told)
            continue;
        text_clear(&line);
        for (int k = i; k < 4; k++)
            if (times[k] == times[i])
                text_format(&line, "%s%s", line.size ? ", " : "", words[k]);
        good = add(history, times[i], source, &line);
    }
    text_free(&line);
    return good;
}

static bool load_journal(struct time_history *history, struct db *db, const struct time_subject *subject) {
    struct db_query *q = ask(db, journal_sql, subject->journal, subject);
    struct text line = {0};
    bool good = q != NULL;
    while (good && db_step(q)) {
        text_clear(&line);
        text_format(&line, "USN %lld: ", (long long)db_integer(q, 1));
        text_add(&line, db_text(q, 2, NULL));
        text_add(&line, ", ");
        text_add(&line, db_text(q, 3, NULL));
        good = add(history, (uint64_t)db_integer(q, 0), "journal", &line);
    }
    db_finish(q);
    text_free(&line);
    return good;
}

static void add_pair(struct text *line, const char *word, struct db_query *q, int before, int after) {
    char from[FILETIME_TEXT], to[FILETIME_TEXT];
    if (db_is_null(q, before) && db_is_null(q, after))
        return;
    if (!db_is_null(q, before) && db_integer(q, before) == db_integer(q, after))
        return;
    filetime_text((uint64_t)db_integer(q, before), from);
    filetime_text((uint64_t)db_integer(q, after), to);
    text_format(line, "; %s %s -> %s", word, db_is_null(q, before) ? "?" : from,
                db_is_null(q, after) ? "?" : to);
}

static bool load_log(struct time_history *history, struct db *db, const struct time_subject *subject) {
    static const char *const words[] = {"created", "modified", "changed", "accessed"};
    struct db_query *q = ask(db, log_sql, subject->log, subject);
    struct text line = {0};
    bool good = q != NULL;
    while (good && db_step(q)) {
        text_clear(&line);
        text_format(&line, "LSN %lld: ", (long long)db_integer(q, 0));
        text_add(&line, db_text(q, 1, NULL));
        text_format(&line, " (%s)%s", db_text(q, 2, NULL), db_text(q, 11, NULL)[0] ? " " : "");
        text_add(&line, db_text(q, 11, NULL));
        for (int i = 0; i < 4; i++)
            add_pair(&line, words[i], q, 3 + i, 7 + i);
        uint64_t time = (uint64_t)db_integer(q, db_is_null(q, 9) ? 5 : 9);
        good = add(history, time, "log", &line);
    }
    db_finish(q);
    text_free(&line);
    return good;
}

static bool load_entries(struct time_history *history, struct db *db, const struct time_subject *subject) {
    struct db_query *q = ask(db, entries_sql, subject->volume, subject);
    struct text line = {0};
    char created[FILETIME_TEXT], modified[FILETIME_TEXT];
    bool good = q != NULL;
    while (good && db_step(q)) {
        text_clear(&line);
        filetime_text((uint64_t)db_integer(q, 0), created);
        filetime_text((uint64_t)db_integer(q, 1), modified);
        text_format(&line, "%s entry at byte %lld of $I30 of ", db_integer(q, 4) ? "slack" : "live",
                    (long long)db_integer(q, 5));
        text_add(&line, db_text(q, 7, NULL));
        text_format(&line, ": created %s, modified %s, name ", created, modified);
        text_add(&line, db_text(q, 6, NULL));
        good = add(history, (uint64_t)db_integer(q, 2), "index", &line);
    }
    db_finish(q);
    text_free(&line);
    return good;
}

static bool load_copies(struct time_history *history, struct db *db, const struct time_subject *subject) {
    static const char *const words[] = {"created", ", modified", ", changed", ", accessed"};
    struct db_query *q = ask(db, copies_sql, subject->volume, subject);
    struct text line = {0};
    char time[FILETIME_TEXT];
    bool good = q != NULL;
    while (good && db_step(q)) {
        text_clear(&line);
        text_format(&line, "shadow copy %lld: ", (long long)db_integer(q, 1));
        for (int i = 0; i < 4; i++) {
            filetime_text((uint64_t)db_integer(q, 2 + i), time);
            text_format(&line, "%s %s", words[i], time);
        }
        good = add(history, (uint64_t)db_integer(q, 0), "copy", &line);
    }
    db_finish(q);
    text_free(&line);
    return good;
}

static bool load_content(struct time_history *history, struct db *db, const struct time_subject *subject) {
    struct db_query *q = db_prepare(db, content_sql);
    struct text line = {0};
    bool good = q != NULL;
    if (q)
        db_bind_integer(q, 1, subject->artifact);
    if (q && db_step(q)) {
        text_add(&line, "the linker says that it was made then");
        if (!db_is_null(q, 0) && db_integer(q, 0) > 0)
            good = add(history, filetime_from_unix(db_integer(q, 0), 0), "link", &line);
        text_clear(&line);
        text_add(&line, "time stamp on its signature");
        if (good && !db_is_null(q, 1))
            good = add(history, (uint64_t)db_integer(q, 1), "signature", &line);
    }
    db_finish(q);
    text_free(&line);
    return good;
}

static int by_time(const void *left, const void *right) {
    const struct time_event *a = left, *b = right;
    return a->time != b->time ? (a->time > b->time) - (a->time < b->time)
                              : (a->order > b->order) - (a->order < b->order);
}

bool time_history_load(struct time_history *ret, struct db *db, const struct time_subject *subject) {
    *ret = (struct time_history){0};
    bool good = own_times(ret, subject->si, "$STANDARD_INFORMATION") &&
                (!subject->has_fn || own_times(ret, subject->fn, "$FILE_NAME")) &&
                load_content(ret, db, subject) && (!subject->journal || load_journal(ret, db, subject)) &&
                (!subject->log || load_log(ret, db, subject)) && load_entries(ret, db, subject) &&
                load_copies(ret, db, subject);
    if (good && ret->count > 1)
        qsort(ret->events, ret->count, sizeof *ret->events, by_time);
    return good && db_error(db)[0] == 0;
}

void time_history_free(struct time_history *history) {
    free(history->events);
    text_free(&history->texts);
    *history = (struct time_history){0};
}
