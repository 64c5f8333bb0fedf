#include "report/time.h"

#include "base/filetime.h"
#include "report/address.h"
#include "report/findings.h"
#include "report/time_history.h"
#include "report/wrap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 2, INDENT = 18, WIDTH = 100 };

static const char subject_sql[] =
    "SELECT a.volume, a.record, a.sequence, a.si_created, a.si_modified, a.si_changed, a.si_accessed, a.fn_created,"
    " a.fn_modified, a.fn_changed, a.fn_accessed, e.path, v.ordinal, v.kind, v.drive, o.path, a.name, a.size, a.flags,"
    " t.journal, t.log, t.journal_from, t.journal_to, t.journal_state, t.log_from, t.log_to, t.log_state FROM artifact a"
    " JOIN evidence e ON e.id = a.evidence LEFT JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume"
    " LEFT JOIN time_summary t ON t.volume = a.volume WHERE a.id = ?";

static const char names_sql[] =
    "SELECT o.path || '/' || p.name, p.fn_created, p.fn_modified, p.fn_changed, p.fn_accessed FROM artifact_path p JOIN"
    " folder o ON o.id = p.folder WHERE p.artifact = ? ORDER BY p.rowid";

static const char verdict_sql[] =
    "SELECT verdict, summary, history, fails, innocent, journal, log, directory, shadow, records, marks, score, cohort,"
    " (SELECT o.path || '/' || x.name FROM artifact x JOIN folder o ON o.id = x.folder WHERE x.id = v.twin), events FROM"
    " time_verdict v WHERE artifact = ?";

static const char zone_sql[] =
    "SELECT z.zone_id, coalesce(z.host_url, ''), coalesce(z.referrer_url, '') FROM artifact a JOIN artifact s ON s.volume ="
    " a.volume AND s.record = a.record AND s.sequence = a.sequence JOIN zone z ON z.artifact = s.id WHERE a.id = ? LIMIT 1";

static const char find_sql[] =
    "SELECT a.id FROM artifact a JOIN folder o ON o.id = a.folder JOIN volume v ON v.id = a.volume WHERE a.stream IS NULL"
    " AND v.shadow IS NULL AND v.kind = 'ntfs' AND (?1 IS NULL OR v.drive IS NULL OR lower(v.drive) = lower(?1))"
    " AND (lower(o.path || '/' || a.name) = lower(?2) OR o.path || '/' || a.name = ?3) UNION SELECT a.id FROM artifact_path p JOIN artifact a ON a.id ="
    " p.artifact JOIN folder o ON o.id = p.folder JOIN volume v ON v.id = a.volume WHERE v.shadow IS NULL AND v.kind ="
    " 'ntfs' AND (?1 IS NULL OR v.drive IS NULL OR lower(v.drive) = lower(?1)) AND (lower(o.path || '/' || p.name) ="
    " lower(?2) OR o.path || '/' || p.name = ?3) ORDER BY 1";

static const char entry_sql[] =
    "SELECT a.id FROM artifact a JOIN volume v ON v.id = a.volume WHERE a.stream IS NULL AND v.shadow IS NULL AND v.kind ="
    " 'ntfs' AND a.record = ?1 AND (?2 IS NULL OR a.sequence = ?2) ORDER BY a.id";

struct telling {
    struct casefile *casefile;
    struct db *db;
    const struct time_options *options;
    struct output *output;
    struct wrap wrap;
    struct text out, scratch;
    struct time_subject subject;
    struct db_query *row, *verdict;
    bool judged;
};

/* --- which file --- */

static bool parse_entry(const char *name, int64_t *record, int64_t *sequence) {
    char *end;
    *sequence = -1;
    if (!isdigit((unsigned char)name[0]))
        return false;
    *record = strtoll(name, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1]))
        *sequence = strtoll(end + 1, &end, 10);
    return *end == 0 && *record >= 0;
}

/* Stored form has every backslash of a name doubled; one that was typed divides. */
static void as_path(const char *name, struct text *path) {
    if (name[0] != '/' && name[0] != '\\')
        text_char(path, '/');
    for (const char *c = name; *c; c++)
        text_char(path, *c == '\\' ? '/' : *c);
    while (path->size > 1 && path->data[path->size - 1] == '/')
        path->data[--path->size] = 0;
}

bool time_find(struct casefile *casefile, const char *name, void (*found)(void *context, int64_t artifact),
               void *context) {
    struct db *db = casefile_db(casefile);
    struct text path = {0};
    int64_t record = 0, sequence = 0;
    bool entry = parse_entry(name, &record, &sequence);
    bool drive = isalpha((unsigned char)name[0]) && name[1] == ':';
    struct db_query *q = db_prepare(db, entry ? entry_sql : find_sql);
    if (!q)
        return false;
    as_path(drive ? name + 2 : name, &path);
    if (entry) {
        db_bind_integer(q, 1, record);
        if (sequence >= 0)
            db_bind_integer(q, 2, sequence);
    } else {
        if (drive)
            db_bind_text(q, 1, name, 2);
        db_bind_text(q, 2, text_string(&path), path.size);
        db_bind_text(q, 3, name, strlen(name)); /* as a list shows it */
    }
    while (db_step(q))
        found(context, db_integer(q, 0));
    db_finish(q);
    text_free(&path);
    return db_error(db)[0] == 0;
}

/* --- text --- */

static const char *safe(struct telling *t, const char *text) {
    text_clear(&t->scratch);
    text_terminal(&t->scratch, text, findings_clip(text));
    return text_string(&t->scratch);
}

static void paragraph(struct telling *t, const char *label, const char *text) {
    if (text && text[0])
        wrap_paragraph(&t->out, &t->wrap, MARGIN, INDENT, WRAP_DIM, label, safe(t, text));
}

static void heading(struct telling *t, const char *text) {
    text_char(&t->out, '\n');
    wrap_coloured(&t->out, &t->wrap, WRAP_BOLD, text);
    text_char(&t->out, '\n');
}

static void table(struct telling *t, const uint64_t si[4], const uint64_t fn[4], bool has_fn) {
    static const char *const words[] = {"created ", "modified", "changed ", "accessed"};
    char a[FILETIME_TEXT], b[FILETIME_TEXT] = "";
    text_format(&t->out, "            %-30s%s\n", "$STANDARD_INFORMATION", has_fn ? "$FILE_NAME" : "");
    for (int i = 0; i < 4; i++) {
        filetime_text(si[i], a);
        if (has_fn)
            filetime_text(fn[i], b);
        text_format(&t->out, "  %s  %s  %s\n", words[i], a, b);
    }
}

static void further_names(struct telling *t) {
    static const char *const words[] = {"created ", ", modified ", ", changed ", ", accessed "};
    struct db_query *q = db_prepare(t->db, names_sql);
    char time[FILETIME_TEXT];
    struct text line = {0};
    if (q)
        db_bind_integer(q, 1, t->subject.artifact);
    while (q && db_step(q)) {
        text_clear(&line);
        text_add(&line, db_text(q, 0, NULL));
        text_add(&line, ": ");
        for (int i = 0; i < 4 && !db_is_null(q, 1); i++) {
            filetime_text((uint64_t)db_integer(q, 1 + i), time);
            text_format(&line, "%s%s", words[i], time);
        }
        paragraph(t, "further name", text_string(&line));
    }
    db_finish(q);
    text_free(&line);
}

static void place(struct telling *t) {
    struct db_query *q = t->row;
    struct address address = {.evidence = db_text(q, 11, NULL),
                              .volume = (uint64_t)db_integer(q, 12),
                              .volume_kind = db_text(q, 13, NULL),
                              .drive = db_text(q, 14, NULL),
                              .folder = db_text(q, 15, NULL),
                              .name = db_text(q, 16, NULL)};
    text_clear(&t->scratch);
    address_eyes(&t->scratch, &address);
    wrap_coloured(&t->out, &t->wrap, WRAP_BOLD, text_string(&t->scratch));
    text_format(&t->out, "\n  MFT entry %lld-%lld, ", (long long)t->subject.record,
                (long long)t->subject.sequence);
    text_grouped(&t->out, (uint64_t)db_integer(q, 17));
    text_add(&t->out, " bytes");
    text_add(&t->out, db_integer(q, 18) & 1 ? ", a folder" : "");
    text_add(&t->out, db_integer(q, 18) & 2 ? ", deleted\n\n" : "\n\n");
}

static void period(struct telling *t, const char *label, int artifact, int from, int to, int state,
                   int said) {
    char first[FILETIME_TEXT], last[FILETIME_TEXT];
    struct text line = {0};
    if (t->judged)
        text_add(&line, db_text(t->verdict, said, NULL));
    else
        text_add(&line,
                 db_is_null(t->row, artifact) ? "there is none" : "nothing that speaks against its times");
    if (!db_is_null(t->row, artifact) && !db_is_null(t->row, from)) {
        filetime_text((uint64_t)db_integer(t->row, from), first);
        filetime_text((uint64_t)db_integer(t->row, to), last);
        text_format(&line, " (covers %s to %s, ", first, last);
        text_add(&line, db_text(t->row, state, NULL));
        text_char(&line, ')');
    }
    paragraph(t, label, text_string(&line));
    text_free(&line);
}

static const char regular[] =
    "A plain creation explains these times, and nothing in the evidence contradicts them.";

static void verdict(struct telling *t) {
    heading(t, "Verdict");
    if (!t->judged) {
        paragraph(t, "regular", regular);
        return;
    }
    struct text word = {0};
    text_terminal(&word, db_text(t->verdict, 0, NULL), findings_clip(db_text(t->verdict, 0, NULL)));
    paragraph(t, text_string(&word), db_text(t->verdict, 1, NULL));
    text_free(&word);
    paragraph(t, "history", db_text(t->verdict, 2, NULL));
    paragraph(t, "fails where", db_text(t->verdict, 3, NULL));
    paragraph(t, "innocent if", db_text(t->verdict, 4, NULL));
    paragraph(t, "same times as", db_text(t->verdict, 13, NULL));
    struct text line = {0};
    text_add(&line, db_text(t->verdict, 10, NULL));
    text_format(&line, "; oddness %lld of 100; %lld other files show the same and were made or set with it",
                (long long)db_integer(t->verdict, 11), (long long)db_integer(t->verdict, 12));
    paragraph(t, "marks", text_string(&line));
    text_free(&line);
}

static void sources(struct telling *t) {
    heading(t, "What the sources say");
    period(t, "change journal", 19, 21, 22, 23, 5);
    period(t, "$LogFile", 20, 24, 25, 26, 6);
    if (t->judged) {
        paragraph(t, "directory index", db_text(t->verdict, 7, NULL));
        paragraph(t, "shadow copies", db_text(t->verdict, 8, NULL));
        paragraph(t, "event logs", db_text(t->verdict, 14, NULL));
    }
    struct db_query *q = db_prepare(t->db, zone_sql);
    if (q)
        db_bind_integer(q, 1, t->subject.artifact);
    if (q && db_step(q)) {
        struct text line = {0};
        text_format(&line, "zone %lld ", (long long)db_integer(q, 0));
        text_add(&line, db_text(q, 1, NULL));
        text_add(&line, db_text(q, 2, NULL)[0] ? ", from " : "");
        text_add(&line, db_text(q, 2, NULL));
        paragraph(t, "mark of the web", text_string(&line));
        text_free(&line);
    }
    db_finish(q);
    paragraph(t, "to check", t->judged ? db_text(t->verdict, 9, NULL) : "");
}

static void events(struct telling *t, const struct time_history *history) {
    char time[FILETIME_TEXT];
    heading(t, "History");
    for (size_t i = 0; i < history->count && t->output->error == 0; i++) {
        const struct time_event *event = &history->events[i];
        const char *text = history->texts.data + event->text;
        filetime_text(event->time, time);
        text_format(&t->out, "  %s  %-21s  ", time, event->source);
        text_terminal(&t->out, text, findings_clip(text));
        text_char(&t->out, '\n');
        output_text(t->output, &t->out);
    }
    if (history->left_out > 0)
        text_format(&t->out, "  and %llu more\n", (unsigned long long)history->left_out);
    text_char(&t->out, '\n');
}

/* --- JSON --- */

static void json_key(struct text *out, const char *key) {
    text_format(out, "%s\"%s\":", out->size > 0 && out->data[out->size - 1] != '{' ? "," : "", key);
}

static void json_text(struct text *out, const char *key, const char *text) {
    json_key(out, key);
    text_json(out, text, strlen(text));
}

static void json_times(struct text *out, const char *key, const uint64_t times[4]) {
    static const char *const words[] = {"created", "modified", "changed", "accessed"};
    char time[FILETIME_TEXT];
    json_key(out, key);
    text_char(out, '{');
    for (int i = 0; i < 4; i++) {
        filetime_text(times[i], time);
        json_text(out, words[i], time);
    }
    text_char(out, '}');
}

static void json_verdict(struct telling *t) {
    static const char *const keys[] = {"verdict", "summary", "history", "fails",   "innocent_if", "journal",
                                       "log",     "index",   "shadow",  "records", "marks"};
    for (int i = 0; t->judged && i < 11; i++)
        if (!db_is_null(t->verdict, i))
            json_text(&t->out, keys[i], db_text(t->verdict, i, NULL));
    if (t->judged && !db_is_null(t->verdict, 14))
        json_text(&t->out, "event_logs", db_text(t->verdict, 14, NULL));
    if (!t->judged)
        json_text(&t->out, "verdict", "regular");
    else
        text_format(&t->out, ",\"score\":%lld,\"cohort\":%lld", (long long)db_integer(t->verdict, 11),
                    (long long)db_integer(t->verdict, 12));
}

static void json(struct telling *t, const struct time_history *history) {
    struct db_query *q = t->row;
    char time[FILETIME_TEXT];
    text_char(&t->out, '{');
    json_text(&t->out, "evidence", db_text(q, 11, NULL));
    text_format(&t->out, ",\"volume\":%lld,\"record\":%lld,\"sequence\":%lld", (long long)db_integer(q, 12),
                (long long)t->subject.record, (long long)t->subject.sequence);
    text_clear(&t->scratch);
    text_add(&t->scratch, db_text(q, 15, NULL));
    text_char(&t->scratch, '/');
    text_add(&t->scratch, db_text(q, 16, NULL));
    json_text(&t->out, "path", text_string(&t->scratch));
    json_times(&t->out, "si", t->subject.si);
    if (t->subject.has_fn)
        json_times(&t->out, "fn", t->subject.fn);
    json_verdict(t);
    text_add(&t->out, ",\"events\":[");
    for (size_t i = 0; i < history->count && t->output->error == 0; i++) {
        const struct time_event *event = &history->events[i];
        filetime_text(event->time, time);
        text_add(&t->out, i ? ",{" : "{");
        json_text(&t->out, "time", time);
        json_text(&t->out, "source", event->source);
        json_text(&t->out, "text", history->texts.data + event->text);
        text_char(&t->out, '}');
        output_text(t->output, &t->out);
    }
    text_format(&t->out, "],\"events_left_out\":%llu}\n", (unsigned long long)history->left_out);
}

/* --- all --- */

static void take_subject(struct telling *t) {
    struct db_query *q = t->row;
    t->subject.volume = db_integer(q, 0);
    t->subject.record = db_integer(q, 1);
    t->subject.sequence = db_integer(q, 2);
    t->subject.has_fn = !db_is_null(q, 7);
    t->subject.journal = db_integer(q, 19);
    t->subject.log = db_integer(q, 20);
    for (int i = 0; i < 4; i++) {
        t->subject.si[i] = (uint64_t)db_integer(q, 3 + i);
        t->subject.fn[i] = (uint64_t)db_integer(q, 7 + i);
    }
}

static bool tell(struct telling *t, bool *doubt) {
    struct time_history history = {0};
    take_subject(t);
    const char *word = t->judged ? db_text(t->verdict, 0, NULL) : "";
    *doubt = strcmp(word, "firm") == 0 || strcmp(word, "strong") == 0;
    bool good = time_history_load(&history, t->db, &t->subject);
    if (good && t->options->jsonl)
        json(t, &history);
    else if (good) {
        place(t);
        table(t, t->subject.si, t->subject.fn, t->subject.has_fn);
        further_names(t);
        verdict(t);
        sources(t);
        events(t, &history);
    }
    output_text(t->output, &t->out);
    time_history_free(&history);
    return good;
}

bool time_print(struct casefile *casefile, int64_t artifact, const struct time_options *options,
                struct output *output, bool *doubt) {
    struct db *db = casefile_db(casefile);
    struct telling t = {.casefile = casefile,
                        .db = db,
                        .options = options,
                        .output = output,
                        .wrap = {.width = options->width ? options->width : WIDTH, .colour = options->colour},
                        .subject = {.artifact = artifact},
                        .row = db_prepare(db, subject_sql),
                        .verdict = db_prepare(db, verdict_sql)};
    *doubt = false;
    bool good = t.row && t.verdict;
    if (good) {
        db_bind_integer(t.row, 1, artifact);
        db_bind_integer(t.verdict, 1, artifact);
        t.judged = db_step(t.verdict);
        good = db_step(t.row) && tell(&t, doubt);
    }
    db_finish(t.row);
    db_finish(t.verdict);
    text_free(&t.out);
    text_free(&t.scratch);
    return good && db_error(db)[0] == 0 && output->error == 0;
}
