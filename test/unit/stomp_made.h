/* stomp_made: small volumes for tests of the judge of times: a few files, and what journal, log, indexes and
 * event logs have of them. */
#ifndef TEST_STOMP_MADE_H
#define TEST_STOMP_MADE_H

#include "case_made.h"

#include "base/filetime.h"
#include "base/row.h"
#include "judge/judges.h"

#define SECOND ((uint64_t)10000000)
#define HOUR   (3600 * SECOND)
#define DAY    (24 * HOUR)
#define T0     ((uint64_t)133500000000000000) /* the journal begins */
#define AT(x)  (T0 + (x) + 1234567)           /* with all seven digits */
#define OLD    ((uint64_t)132900000007654321)

enum {
    CREATE = 0x100,
    EXTEND = 2,
    OVERWRITE = 1,
    DELETED = 0x200,
    FROM = 0x1000,
    TO = 0x2000,
    BASIC = 0x8000
};
#define CLOSE 0x80000000u

enum { JOURNAL = 1, LOG = 2, FOLDER = 3, EVENTS = 4, FILES = 10 };

struct scene {
    struct casefile *c;
    uint64_t next, ordinal, usn, lsn_ordinal, entry_ordinal, event_ordinal;
};

struct times {
    uint64_t c, m, e, fc, fm, fe;
};

static inline void made(struct scene *scene, uint64_t id, const char *folder, const char *name,
                        const char *stream, unsigned record, unsigned flags, uint64_t size, struct times t) {
    struct listing listing = made_listing(folder, name);
    listing.record = record;
    listing.sequence = 1;
    listing.flags = flags;
    listing.size = size;
    listing.stream = stream;
    listing.stream_size = stream ? strlen(stream) : 0;
    listing.has_fn = true;
    uint64_t si[4] = {t.c, t.m, t.e, t.m}, fn[4] = {t.fc, t.fm, t.fe, t.fc};
    memcpy(listing.si, si, sizeof si);
    memcpy(listing.fn, fn, sizeof fn);
    assert_true(casefile_artifact(scene->c, id, &listing, span_of("", 0, 0), "read", NULL));
}

static inline struct scene start(void) {
    struct scene scene = {.c = made_case(NULL), .next = FILES, .usn = 4096};
    struct times plain = {OLD - DAY, OLD - DAY, OLD - DAY, OLD - DAY, OLD - DAY, OLD - DAY};
    assert_true(casefile_detector(scene.c, "judge", &judges_find("stomp")->text));
    made(&scene, JOURNAL, "/$Extend", "$UsnJrnl", "$J", 30, 0, 100000, plain);
    made(&scene, LOG, "", "$LogFile", NULL, 2, 0, 100000, plain);
    made(&scene, FOLDER, "", "d", NULL, 40, LISTING_DIRECTORY, 0, plain);
    return scene;
}

/* A file with the record 90 more than its number; returns the record. */
static inline unsigned file_in(struct scene *scene, const char *folder, const char *name, uint64_t size,
                               struct times times) {
    unsigned record = (unsigned)(90 + scene->next);
    made(scene, scene->next++, folder, name, NULL, record, 0, size, times);
    return record;
}

static inline unsigned file(struct scene *scene, const char *name, struct times times) {
    return file_in(scene, "/d", name, 5000 + scene->next, times);
}

static inline void send(struct scene *scene, struct text *bytes, uint64_t artifact) {
    assert_int_equal(made_send(scene->c, bytes, artifact), CASEFILE_TAKEN);
    text_free(bytes);
}

static unsigned sequence = 1; /* of the files in events */

static inline void event(struct scene *scene, unsigned record, uint64_t time, unsigned reason,
                         const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_usn);
    row_integer(&row, FACT_usn_ordinal, scene->ordinal++);
    row_integer(&row, FACT_usn_usn, scene->usn += 80);
    row_integer(&row, FACT_usn_version, 2);
    row_integer(&row, FACT_usn_time, time);
    row_integer(&row, FACT_usn_file, record);
    row_integer(&row, FACT_usn_file_sequence, sequence);
    row_integer(&row, FACT_usn_parent, 40);
    row_integer(&row, FACT_usn_parent_sequence, 1);
    row_integer(&row, FACT_usn_reason, reason);
    row_integer(&row, FACT_usn_attributes, 0x20);
    row_string(&row, FACT_usn_name, name);
    send(scene, &bytes, JOURNAL);
}

/* A session with these reasons, which add up, closed a tenth of a second later. */
static inline void session(struct scene *scene, unsigned record, uint64_t time, unsigned reasons,
                           const char *name) {
    if (reasons & CREATE && reasons != CREATE)
        event(scene, record, time, CREATE, name);
    event(scene, record, time, reasons, name);
    event(scene, record, time + SECOND / 10, reasons | CLOSE, name);
}

static inline void journal(struct scene *scene, uint64_t from, uint64_t to, bool complete, unsigned damaged) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_usn_summary);
    row_integer(&row, FACT_usn_summary_records, scene->ordinal);
    row_integer(&row, FACT_usn_summary_first_time, from);
    row_integer(&row, FACT_usn_summary_last_time, to);
    row_integer(&row, FACT_usn_summary_damaged, damaged);
    row_integer(&row, FACT_usn_summary_complete, complete);
    send(scene, &bytes, JOURNAL);
}

static inline void log_pair(struct scene *scene, unsigned record, uint64_t before, uint64_t after,
                            uint64_t changed) {
    struct text bytes = {0};
    struct row_writer row;
    if (scene->lsn_ordinal == 0) {
        row_begin(&row, &bytes, FACT_log_summary);
        row_string(&row, FACT_log_summary_state, "used");
        row_integer(&row, FACT_log_summary_complete, 1);
        row_integer(&row, FACT_log_summary_torn, 0);
        send(scene, &bytes, LOG);
    }
    row_begin(&row, &bytes, FACT_log_record);
    row_integer(&row, FACT_log_record_ordinal, scene->lsn_ordinal);
    row_integer(&row, FACT_log_record_lsn, 1000 + scene->lsn_ordinal++);
    row_string(&row, FACT_log_record_what, "si_update");
    row_integer(&row, FACT_log_record_record, record);
    row_integer(&row, FACT_log_record_created_before, before);
    row_integer(&row, FACT_log_record_created_after, after);
    row_integer(&row, FACT_log_record_changed_before, changed - SECOND);
    row_integer(&row, FACT_log_record_changed_after, changed);
    send(scene, &bytes, LOG);
}

/* Its content was changed. */
static inline void log_write(struct scene *scene, unsigned record, uint64_t time) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_log_record);
    row_integer(&row, FACT_log_record_ordinal, scene->lsn_ordinal);
    row_integer(&row, FACT_log_record_lsn, 1000 + scene->lsn_ordinal++);
    row_string(&row, FACT_log_record_what, "si_update");
    row_integer(&row, FACT_log_record_record, record);
    row_integer(&row, FACT_log_record_modified_before, T0);
    row_integer(&row, FACT_log_record_modified_after, time);
    row_integer(&row, FACT_log_record_changed_before, T0);
    row_integer(&row, FACT_log_record_changed_after, time);
    send(scene, &bytes, LOG);
}

static inline void entry(struct scene *scene, unsigned record, uint64_t created, uint64_t changed,
                         uint64_t size) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_index_entry);
    row_integer(&row, FACT_index_entry_ordinal, scene->entry_ordinal++);
    row_string(&row, FACT_index_entry_node, "node");
    row_integer(&row, FACT_index_entry_offset, 512);
    row_integer(&row, FACT_index_entry_slack, 1);
    row_integer(&row, FACT_index_entry_file, record);
    row_integer(&row, FACT_index_entry_file_sequence, 1);
    row_integer(&row, FACT_index_entry_created, created);
    row_integer(&row, FACT_index_entry_changed, changed);
    row_integer(&row, FACT_index_entry_size, size);
    send(scene, &bytes, FOLDER);
}

/* An event log with one event; the first one brings the log. */
static inline void log_event(struct scene *scene, unsigned id, const char *provider, const char *format,
                             ...) {
    struct text bytes = {0};
    struct row_writer row;
    char data[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(data, sizeof data, format, arguments);
    va_end(arguments);
    if (scene->event_ordinal == 0) {
        made(scene, EVENTS, "/logs", "x.evtx", NULL, 41, 0, 69632, (struct times){T0, T0, T0, T0, T0, T0});
        row_begin(&row, &bytes, FACT_event_log);
        row_integer(&row, FACT_event_log_records, 1);
        send(scene, &bytes, EVENTS);
    }
    row_begin(&row, &bytes, FACT_event);
    row_integer(&row, FACT_event_ordinal, scene->event_ordinal++);
    row_integer(&row, FACT_event_slack, 0);
    row_integer(&row, FACT_event_number, 100 + scene->event_ordinal);
    row_string(&row, FACT_event_provider, provider);
    row_integer(&row, FACT_event_event_id, id);
    row_string(&row, FACT_event_data, data);
    send(scene, &bytes, EVENTS);
}

/* Sysmon saw the creation time of a file changed. Its times have three digits and a space. */
static inline void sysmon(struct scene *scene, const char *path, uint64_t from, uint64_t to, uint64_t when) {
    char times[3][FILETIME_TEXT];
    const uint64_t values[] = {from, to, when};
    for (int i = 0; i < 3; i++) {
        filetime_text(values[i], times[i]);
        times[i][10] = ' ';
        times[i][23] = 0;
    }
    log_event(
        scene, 2, "Microsoft-Windows-Sysmon",
        "{\"UtcTime\":\"%s\",\"TargetFilename\":\"%s\",\"CreationUtcTime\":\"%s\",\"PreviousCreationUtcTime\":\"%s\"}",
        times[2], path, times[1], times[0]);
}

static inline void clock_set(struct scene *scene, uint64_t from, uint64_t to) {
    char times[2][FILETIME_TEXT];
    filetime_text(from, times[0]);
    filetime_text(to, times[1]);
    log_event(
        scene, 4616, "Microsoft-Windows-Security-Auditing",
        "{\"PreviousTime\":\"%s\",\"NewTime\":\"%s\",\"ProcessName\":\"C:\\\\Windows\\\\System32\\\\svchost.exe\"}",
        times[0], times[1]);
}

/* Judges; the verdict of a file, "none" without one. */
static inline const char *verdict(struct scene *scene, unsigned record) {
    char sql[160];
    snprintf(
        sql, sizeof sql,
        "SELECT coalesce((SELECT v.verdict FROM time_verdict v JOIN artifact a ON a.id = v.artifact WHERE a.record = %u),"
        " 'none')",
        record);
    return made_ask(scene->c, sql);
}

static inline void run(struct scene *scene) {
    assert_true(judges_find("clock_steps")->judge(scene->c, NULL));
    assert_true(judges_find("stomp")->judge(scene->c, NULL));
    assert_string_equal(casefile_error(scene->c), "");
}

#define VERDICT(scene, record, wanted) assert_string_equal(verdict(scene, record), wanted)
#define ASK(scene, sql, wanted)        assert_string_equal(made_ask((scene)->c, sql), wanted)

static inline struct times plain(uint64_t t) {
    return (struct times){t, t, t, t, t, t};
}

/* Creation and modification moved to OLD at `set`, of a file that was made at `born`. */
static inline struct times stomped(uint64_t born, uint64_t set) {
    return (struct times){OLD, OLD, set, born, born, born};
}

#endif
