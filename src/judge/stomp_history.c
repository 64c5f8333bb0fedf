#include "judge/stomp_volume.h"

#include "format/usn.h"

#include <stdlib.h>
#include <string.h>

#define STOMP_SOON ((uint64_t)60 * STOMP_SECOND)
#define FREED_FOR  ((uint64_t)20 * STOMP_SECOND) /* tunnelling is for 15 seconds, by default */

static const char journal_sql[] =
    "SELECT complete, damaged, first_time, last_time, (SELECT max(c.before - c.after) FROM usn_clock c WHERE c.artifact"
    " = s.artifact), (SELECT max(c.before) FROM usn_clock c WHERE c.artifact = s.artifact) FROM usn_summary s WHERE"
    " artifact = ?";

static const char events_sql[] =
    "SELECT file, file_sequence, parent, parent_sequence, reason, time, usn, name FROM usn"
    " WHERE artifact = ? AND version < 4 ORDER BY ordinal";

static const char log_sql[] =
    "SELECT complete, stale, torn FROM log_summary WHERE artifact = ? AND state IN ('used', 'headless')";

static const char changes_sql[] =
    "SELECT lsn, record, sequence, created_before, created_after, changed_before, changed_after,"
    " what, modified_before, modified_after FROM log_record WHERE artifact = ? AND what IN ('si_update', 'record_init')"
    " ORDER BY ordinal";

/* Names that were given up, by a hash of folder and name: when, and by whom; and when files were made, by
 * their reference. */
struct freed {
    uint64_t hash, time, reference;
};

struct freed_table {
    struct freed *slots;
    size_t count, room; /* room: a power of two */
};

struct event {
    uint64_t record, sequence, time, usn, name;
    unsigned reason;
};

struct loading {
    struct freed_table freed, made;
};

static uint64_t reference_of(const struct event *event) {
    return event->record | event->sequence << 48;
}

static uint64_t hash_name(uint64_t parent, uint64_t sequence, const char *name, size_t size) {
    uint64_t hash = 0xcbf29ce484222325u ^ (parent << 16 | (sequence & 0xffff));
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)name[i];
        if (c >= 0x80 && c < 0xc0)
            continue;
        /* Letters beyond ASCII have a case, too: which one it is does not matter. */
        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c >= 0xc0 ? 0xffu : c)) * 0x100000001b3u;
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

static bool keep(struct freed_table *table, uint64_t hash, uint64_t time, uint64_t reference) {
    if (!make_room(table))
        return false;
    struct freed *slot = slot_of(table, hash);
    table->count += slot->hash == 0;
    *slot = (struct freed){hash, time, reference};
    return true;
}

/* Who had the name before, if that was just now. A clock that is set back in between hides how long ago. */
static const struct freed *giver_of(const struct freed_table *table, const struct event *event) {
    if (table->room == 0)
        return NULL;
    const struct freed *slot = slot_of(table, event->name);
    bool other = slot->hash && slot->reference != reference_of(event);
    return other && (event->time < slot->time || event->time - slot->time <= FREED_FOR) ? slot : NULL;
}

/* When the file was made that gave up the name, if the journal has it and it set no other time: 0 if not. */
static uint64_t made_at(const struct freed_table *table, uint64_t reference) {
    uint64_t hash = (reference + 1) * 0x9e3779b97f4a7c15u;
    const struct freed *slot = table->room ? slot_of(table, hash ? hash : 1) : NULL;
    return slot && slot->hash ? slot->time : 0;
}

static bool note_making(struct freed_table *table, const struct event *event, bool freed) {
    uint64_t hash = (reference_of(event) + 1) * 0x9e3779b97f4a7c15u;
    hash = hash ? hash : 1;
    if (event->reason == USN_FILE_CREATE)
        return keep(table, hash, freed ? 0 : event->time, reference_of(event));
    bool moved = freed || event->reason & (USN_BASIC_INFO_CHANGE |
                                           USN_RENAME_NEW_NAME); /* it may have another creation time now */
    if (moved && table->room > 0 && slot_of(table, hash)->hash)
        slot_of(table, hash)->time = 0;
    return true;
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
/* Its first record in the journal must be of its making and nothing else; with more reasons, the session
 * began before the journal does. */
static unsigned marks_in(const struct stomp_file *file, const struct event *event) {
    unsigned marks = marks_of(event->reason);
    bool known = file->first_session || event->reason == USN_FILE_CREATE;
    return known ? marks : marks & ~(unsigned)STOMP_CREATE;
}

static bool take_session(struct stomp_volume *volume, struct stomp_file *file, const struct event *event,
                         const struct freed *giver, uint64_t old) {
    bool open = file->flags & STOMP_OPEN;
    bool again = event->reason & USN_FILE_CREATE && file->first_session && !open;
    unsigned marks = marks_in(file, event);
    struct stomp_session *session =
        open ? &volume->sessions[file->last_session - 1].session : begin_session(volume, file, event);
    if (!session)
        return false;
    if (event->time + STOMP_SAME < session->start) /* the clock was set back, or a time is damaged */
        file->flags |= STOMP_ODD;
    if (open &&
        !(session->marks & STOMP_CREATE)) /* what adds up since before the journal is no making, either */
        marks &= ~(unsigned)STOMP_CREATE;
    session->end = event->time;
    session->marks |= marks | (giver ? (unsigned)STOMP_FREED : 0u);
    if (giver)
        session->old = old;
    if (event->reason & USN_BASIC_INFO_CHANGE && session->set_usn == 0)
        session->set_usn = event->usn;
    file->flags =
        (uint16_t)(event->reason & USN_CLOSE ? file->flags & ~STOMP_OPEN : file->flags | STOMP_OPEN);
    if (again) /* nothing is made twice */
        file->flags |= STOMP_ODD;
    return true;
}

/* Reasons add up until the last handle is closed: what follows CLOSE is another session. */
static bool take_event(struct stomp_volume *volume, struct loading *loading, const struct event *event) {
    uint32_t at = stomp_volume_find(volume, event->record, event->sequence);
    bool named = (event->reason & USN_CLOSE) == 0 && event->reason & (USN_FILE_CREATE | USN_RENAME_NEW_NAME);
    const struct freed *giver = named ? giver_of(&loading->freed, event) : NULL;
    uint64_t old = giver ? made_at(&loading->made, giver->reference) : 0;
    if (at != STOMP_NONE && !take_session(volume, &volume->files[at], event, giver, old))
        return false;
    return note_making(&loading->made, event, giver != NULL) &&
           (!(event->reason & (USN_FILE_DELETE | USN_RENAME_OLD_NAME | USN_HARD_LINK_CHANGE)) ||
            keep(&loading->freed, event->name, event->time, reference_of(event)));
}

static bool load_events(struct stomp_volume *volume, struct db *db) {
    struct loading loading = {{0}, {0}};
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
        good = take_event(volume, &loading, &event);
    }
    db_finish(q);
    free(loading.freed.slots);
    free(loading.made.slots);
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
        if (!db_is_null(q, 5) && (uint64_t)db_integer(q, 5) > journal->to) /* the clock was set back since */
            journal->to = (uint64_t)db_integer(q, 5);
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
    if (kept && !db_is_null(q, 6) && after >= before)
        *clock = after;
    return after + STOMP_SOON >= *clock ? after : *clock;
}

/* The file whose record it changes. */
static uint32_t changed_file(const struct stomp_volume *volume, struct db_query *q) {
    uint64_t record = (uint64_t)db_integer(q, 1);
    if (db_is_null(q, 1) || record >= volume->record_count || !volume->by_record[record])
        return STOMP_NONE;
    if (!db_is_null(q, 2) && stomp_volume_find(volume, record, (uint64_t)db_integer(q, 2)) == STOMP_NONE)
        return STOMP_NONE;
    return volume->by_record[record] - 1;
}

/* Written to: the time of modification becomes that of the change. */
static bool is_write(struct db_query *q) {
    uint64_t modified = (uint64_t)db_integer(q, 9), changed = (uint64_t)db_integer(q, 6);
    return !db_is_null(q, 8) && !db_is_null(q, 9) && !db_is_null(q, 6) &&
           db_integer(q, 8) != db_integer(q, 9) && modified <= changed && changed - modified <= STOMP_SAME;
}

static bool take_change(struct stomp_volume *volume, struct db_query *q, uint64_t time) {
    uint32_t at = changed_file(volume, q);
    if (at == STOMP_NONE)
        return true;
    struct stomp_file *file = &volume->files[at];
    if (db_is_null(q, 3) || db_is_null(q, 4) || db_integer(q, 3) == db_integer(q, 4)) {
        file->written = is_write(q) ? time : file->written;
        return true;
    }
    void *list = volume->changes;
    bool good = stomp_volume_grow(&list, volume->change_count, &volume->change_room, sizeof *volume->changes);
    volume->changes = list;
    if (!good)
        return false;
    volume->changes[volume->change_count] =
        (struct stomp_change){.lsn = (uint64_t)db_integer(q, 0),
                              .before = (uint64_t)db_integer(q, 3),
                              .after = (uint64_t)db_integer(q, 4),
                              .time = time,
                              .written = file->written && file->written + STOMP_SOON >= time,
                              .next = file->changes};
    file->changes = ++volume->change_count;
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
