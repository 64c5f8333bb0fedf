#include "judge/stomp_volume.h"

#include "format/usn.h"

#include <stdlib.h>
#include <string.h>

#define FREED_FOR ((uint64_t)20 * STOMP_SECOND) /* tunnelling is for 15 seconds, by default */

static const char journal_sql[] =
    "SELECT complete, damaged, first_time, last_time, (SELECT max(c.before - c.after) FROM"
    " usn_clock c WHERE c.artifact = s.artifact) FROM usn_summary s WHERE artifact = ?";

static const char events_sql[] =
    "SELECT file, file_sequence, parent, parent_sequence, reason, time, usn, name FROM usn"
    " WHERE artifact = ? AND version < 4 ORDER BY ordinal";

static const char log_sql[] =
    "SELECT complete, stale, torn FROM log_summary WHERE artifact = ? AND state IN ('used', 'headless')";

static const char changes_sql[] =
    "SELECT lsn, record, sequence, created_before, created_after, changed_before, changed_after,"
    " what FROM log_record WHERE artifact = ? AND what IN ('si_update', 'record_init')"
    " ORDER BY ordinal";

/* Names that were given up, by a hash of folder and name: when, and by whom. */
struct freed {
    uint64_t hash, time;
    uint32_t file; /* record number */
};

struct freed_table {
    struct freed *slots;
    size_t count, room; /* room: a power of two */
};

struct event {
    uint64_t record, sequence, time, usn, name;
    unsigned reason;
};

static uint64_t hash_name(uint64_t parent, uint64_t sequence, const char *name, size_t size) {
    uint64_t hash = 0xcbf29ce484222325u ^ (parent << 16 | (sequence & 0xffff));
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3u;
    }
    hash = (hash ^ hash >> 31) * 0x9e3779b97f4a7c15u;
    return hash ? hash : 1;
}

static struct freed *slot_of(const struct freed_table *table, uint64_t hash) {
    size_t at = (size_t)(hash >> 17) & (table->room - 1);
    while (table->slots[at].hash && table->slots[at].hash != hash)
        at = (at + 1) & (table->room - 1);
    return &table->slots[at];
}

static bool make_room(struct freed_table *table) {
    if (table->room > 0 && table->count < table->room / 2)
        return true;
    struct freed_table more = {.room = table->room ? 2 * table->room : 1024, .count = table->count};
    more.slots = calloc(more.room, sizeof *more.slots);
    if (!more.slots)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].hash)
            *slot_of(&more, table->slots[i].hash) = table->slots[i];
    free(table->slots);
    *table = more;
    return true;
}

static bool give_up_name(struct freed_table *table, const struct event *event) {
    if (!make_room(table))
        return false;
    struct freed *slot = slot_of(table, event->name);
    table->count += slot->hash == 0;
    *slot = (struct freed){event->name, event->time, (uint32_t)event->record};
    return true;
}

static bool was_given_up(const struct freed_table *table, const struct event *event) {
    if (table->room == 0)
        return false;
    const struct freed *slot = slot_of(table, event->name);
    return slot->hash && slot->file != (uint32_t)event->record && event->time >= slot->time &&
           event->time - slot->time <= FREED_FOR;
}

static unsigned marks_of(unsigned reason) {
    unsigned data = USN_DATA_OVERWRITE | USN_DATA_EXTEND | USN_DATA_TRUNCATION;
    return (reason & USN_FILE_CREATE ? (unsigned)STOMP_CREATE : 0u) |
           (reason & data ? (unsigned)STOMP_DATA : 0u) |
           (reason & USN_BASIC_INFO_CHANGE ? (unsigned)STOMP_BASIC : 0u) |
           (reason & USN_RENAME_NEW_NAME ? (unsigned)STOMP_RENAME : 0u);
}

static struct stomp_session *begin_session(struct stomp_volume *volume, struct stomp_file *file,
                                           const struct event *event) {
    void *list = volume->sessions;
    bool good =
        stomp_volume_grow(&list, volume->session_count, &volume->session_room, sizeof *volume->sessions);
    volume->sessions = list;
    if (!good)
        return NULL;
    struct stomp_session_link *link = &volume->sessions[volume->session_count++];
    *link = (struct stomp_session_link){.session = {.start = event->time, .usn = event->usn}};
    if (file->first_session)
        volume->sessions[file->last_session - 1].next = volume->session_count;
    else
        file->first_session = volume->session_count;
    file->last_session = volume->session_count;
    return &link->session;
}

/* Reasons add up until the last handle is closed: what follows CLOSE is another session. */
static bool take_session(struct stomp_volume *volume, struct stomp_file *file, const struct event *event,
                         bool freed) {
    bool open = file->flags & STOMP_OPEN;
    bool again = event->reason & USN_FILE_CREATE && file->first_session && !open;
    struct stomp_session *session =
        open ? &volume->sessions[file->last_session - 1].session : begin_session(volume, file, event);
    if (!session)
        return false;
    if (event->time + STOMP_SAME < session->start) /* the clock was set back, or a time is damaged */
        file->flags |= STOMP_ODD;
    session->end = event->time;
    session->marks |= marks_of(event->reason) | (freed ? (unsigned)STOMP_FREED : 0u);
    if (event->reason & USN_BASIC_INFO_CHANGE && session->set_usn == 0)
        session->set_usn = event->usn;
    file->flags =
        (uint16_t)(event->reason & USN_CLOSE ? file->flags & ~STOMP_OPEN : file->flags | STOMP_OPEN);
    if (again) /* nothing is made twice */
        file->flags |= STOMP_ODD;
    return true;
}

static bool take_event(struct stomp_volume *volume, struct freed_table *freed, const struct event *event) {
    uint32_t at = stomp_volume_find(volume, event->record, event->sequence);
    bool named = (event->reason & USN_CLOSE) == 0 && event->reason & (USN_FILE_CREATE | USN_RENAME_NEW_NAME);
    bool found = named && was_given_up(freed, event);
    if (event->reason & (USN_FILE_DELETE | USN_RENAME_OLD_NAME) && !give_up_name(freed, event))
        return false;
    return at == STOMP_NONE || take_session(volume, &volume->files[at], event, found);
}

static bool load_events(struct stomp_volume *volume, struct db *db) {
    struct freed_table freed = {0};
    struct db_query *q = db_prepare(db, events_sql);
    bool good = q != NULL;
    if (q)
        db_bind_integer(q, 1, volume->journal.artifact);
    while (good && db_step(q)) {
        size_t size;
        const char *name = db_text(q, 7, &size);
        struct event event = {.record = (uint64_t)db_integer(q, 0),
                              .sequence = (uint64_t)db_integer(q, 1),
                              .reason = (unsigned)db_integer(q, 4),
                              .time = (uint64_t)db_integer(q, 5),
                              .usn = (uint64_t)db_integer(q, 6)};
        event.name = hash_name((uint64_t)db_integer(q, 2), (uint64_t)db_integer(q, 3), name, size);
        good = take_event(volume, &freed, &event);
    }
    db_finish(q);
    free(freed.slots);
    return good;
}

static bool load_journal(struct stomp_volume *volume, struct db *db) {
    struct stomp_journal *journal = &volume->journal;
    struct db_query *q = db_prepare(db, journal_sql);
    if (!q)
        return false;
    db_bind_integer(q, 1, journal->artifact);
    if (db_step(q) && !db_is_null(q, 2)) {
        journal->complete = db_integer(q, 0) != 0;
        journal->damaged = db_integer(q, 1) != 0;
        journal->from = (uint64_t)db_integer(q, 2);
        journal->to = (uint64_t)db_integer(q, 3);
        journal->step = db_integer(q, 4) > 0 ? (uint64_t)db_integer(q, 4) : 0;
    } else
        journal->artifact = 0;
    db_finish(q);
    return journal->artifact == 0 || load_events(volume, db);
}

/* --- the log --- */

/* Changes that do not touch the creation time tell what the clock says; a lie about it is in none of them. */
static uint64_t clock_at(struct db_query *q, uint64_t *clock) {
    uint64_t before = (uint64_t)db_integer(q, 5), after = (uint64_t)db_integer(q, 6);
    bool kept = db_is_null(q, 3) || db_integer(q, 3) == db_integer(q, 4);
    if (kept && after > *clock && after >= before)
        *clock = after;
    return after >= *clock ? after : *clock;
}

static bool take_change(struct stomp_volume *volume, struct db_query *q, uint64_t time) {
    uint64_t record = (uint64_t)db_integer(q, 1);
    uint32_t at = STOMP_NONE;
    if (db_is_null(q, 1) || db_is_null(q, 3) || db_is_null(q, 4) || db_integer(q, 3) == db_integer(q, 4))
        return true;
    if (record < volume->record_count && volume->by_record[record])
        at = volume->by_record[record] - 1;
    if (at == STOMP_NONE ||
        (!db_is_null(q, 2) && stomp_volume_find(volume, record, (uint64_t)db_integer(q, 2)) == STOMP_NONE))
        return true;
    void *list = volume->changes;
    bool good = stomp_volume_grow(&list, volume->change_count, &volume->change_room, sizeof *volume->changes);
    volume->changes = list;
    if (!good)
        return false;
    volume->changes[volume->change_count] = (struct stomp_change){.lsn = (uint64_t)db_integer(q, 0),
                                                                  .before = (uint64_t)db_integer(q, 3),
                                                                  .after = (uint64_t)db_integer(q, 4),
                                                                  .time = time,
                                                                  .next = volume->files[at].changes};
    volume->files[at].changes = ++volume->change_count;
    return true;
}

static bool load_changes(struct stomp_volume *volume, struct db *db) {
    struct db_query *q = db_prepare(db, changes_sql);
    uint64_t clock = 0;
    bool good = q != NULL;
    if (q)
        db_bind_integer(q, 1, volume->log.artifact);
    while (good && db_step(q)) {
        uint64_t time = clock_at(q, &clock);
        if (clock && !volume->log.from)
            volume->log.from = clock;
        if (strcmp(db_text(q, 7, NULL), "si_update") == 0)
            good = take_change(volume, q, time);
    }
    volume->log.to = clock;
    db_finish(q);
    return good;
}

static bool load_log(struct stomp_volume *volume, struct db *db) {
    struct db_query *q = db_prepare(db, log_sql);
    if (!q)
        return false;
    db_bind_integer(q, 1, volume->log.artifact);
    if (db_step(q))
        volume->log.complete = db_integer(q, 0) != 0 && db_integer(q, 2) == 0;
    else
        volume->log.artifact = 0;
    db_finish(q);
    return volume->log.artifact == 0 || load_changes(volume, db);
}

bool stomp_history_load(struct stomp_volume *volume, struct db *db) {
    return (volume->journal.artifact == 0 || load_journal(volume, db)) &&
           (volume->log.artifact == 0 || load_log(volume, db));
}
