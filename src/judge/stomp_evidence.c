#include "judge/stomp_suspect.h"

/* Nobody holds a handle open for longer while making a file, as far as is known without a journal. */
#define LONG_SESSION ((uint64_t)2 * 3600 * STOMP_SECOND)

enum { MILLISECOND = 10000 };

static bool near(uint64_t a, uint64_t b) {
    return (a < b ? b - a : a - b) <= STOMP_SAME;
}

static bool longer(uint64_t from, uint64_t to, uint64_t by) {
    return to > from && to - from > by;
}

static void look_at_times(const struct stomp_volume *volume, const struct stomp_file *file,
                          struct stomp_suspect *s) {
    const uint64_t *si = file->times.si, *fn = file->times.fn;
    uint64_t last = si[2] > fn[2] ? si[2] : fn[2];
    if (file->flags & STOMP_IRREGULAR)
        s->seen |= si[0] < fn[0] ? STOMP_BEFORE_NAME : STOMP_AFTER_NAME;
    if (si[0] % STOMP_SECOND == 0)
        s->seen |= STOMP_WHOLE;
    if (si[0] % MILLISECOND != 0 && si[1] % MILLISECOND != 0)
        s->seen |= STOMP_EXACT;
    if (fn[2] != fn[0])
        s->seen |= STOMP_RENAMED;
    if (longer(last > volume->journal.to ? last : volume->journal.to, si[0], STOMP_AHEAD))
        s->seen |= STOMP_FUTURE;
    if (file->content && longer(si[1], file->content, STOMP_AHEAD))
        s->seen |= STOMP_CONTENT_LATER;
    if (s->alone.fails)
        s->seen |= STOMP_UNEXPLAINED;
    if (stomp_events_took_back(volume, si[0]) || stomp_events_took_back(volume, fn[0]))
        s->seen |= STOMP_CLOCK;
}

/* The end of the session that made the file. */
static uint64_t made_until(const struct stomp_volume *volume, const struct stomp_file *file,
                           const struct stomp_suspect *s) {
    if (s->has_journal && s->journaled.reaches) {
        const struct stomp_session *first = &volume->sessions[file->first_session - 1].session;
        return (first->end > first->start ? first->end : first->start) + STOMP_SAME;
    }
    return s->birth > UINT64_MAX - LONG_SESSION ? UINT64_MAX : s->birth + LONG_SESSION;
}

/* Sessions that set times or attributes and did nothing else. True if it took over another's name. */
static bool look_at_sessions(const struct stomp_volume *volume, const struct stomp_file *file,
                             struct stomp_suspect *s) {
    bool freed = false;
    for (uint32_t at = file->first_session; at; at = volume->sessions[at - 1].next) {
        const struct stomp_session *session = &volume->sessions[at - 1].session;
        if (session->marks & STOMP_CREATE) {
            s->create_usn = session->usn;
            s->seen |= session->marks & STOMP_BASIC ? STOMP_IN_SESSION : 0u;
        } else if ((session->marks & (STOMP_BASIC | STOMP_DATA)) == STOMP_BASIC) {
            s->seen |= STOMP_SET_LATER;
            s->set_time = session->start;
            s->set_usn = session->set_usn;
        }
        s->seen |= session->marks & STOMP_RENAME ? STOMP_RENAMED : 0u;
        freed = freed || session->marks & STOMP_FREED;
    }
    return freed;
}

static void look_at_journal(const struct stomp_volume *volume, const struct stomp_file *file,
                            struct stomp_suspect *s) {
    struct stomp_session sessions[8 * STOMP_SESSIONS];
    size_t room = sizeof sessions / sizeof sessions[0];
    size_t all = stomp_volume_sessions(volume, file, sessions, room);
    struct stomp_past past = {.from = volume->journal.from,
                              .step = volume->clock.back > volume->journal.step ? volume->clock.back
                                                                                : volume->journal.step,
                              .sessions = sessions,
                              .count = all < room ? all : room};
    stomp_model_explain(&file->times, &past, file->flags & STOMP_FOLDER, &s->journaled);
    s->journaled.cut = s->journaled.cut || all > room;
    s->has_journal = true;
    bool freed = look_at_sessions(volume, file, s);
    if (s->journaled.fails & STOMP_SI_CHANGED)
        s->seen |= STOMP_CHANGE_TIME;
    if (s->journaled.by_tunnel && !(s->journaled.fails & STOMP_SI_CREATED) && freed)
        s->seen |= STOMP_TUNNELLED;
    if (!(s->journaled.fails & STOMP_SI_CREATED) || s->journaled.cut)
        return;
    uint64_t created = file->times.si[0], begins = volume->journal.from + STOMP_AHEAD;
    bool differs = file->flags & STOMP_IRREGULAR || s->seen & STOMP_RENAMED; /* else another clock made it */
    bool set = (s->seen & STOMP_SET_LATER && differs) ||
               (s->seen & STOMP_AFTER_NAME && created <= volume->journal.to);
    if (!s->journaled
             .reaches) /* what lay ahead by a time zone when the journal began lies in its first hours */
        s->seen |= set && created > begins && volume->journal.complete ? STOMP_NEVER_MADE : 0u;
    else if (!(s->seen & STOMP_IN_SESSION) && s->seen & STOMP_SET_LATER)
        s->seen |= STOMP_MOVED_LATER;
    else if (!(s->seen & STOMP_IN_SESSION) && !(file->flags & STOMP_OPEN)) /* it may still be set */
        s->seen |= STOMP_UNRECORDED;
}

/* The journal knows of every session that sets times, so one that only the log has is a damaged record of it.
 * A session that wrote may be another file that was moved over this one; a rename may have brought the time.
 */
static bool is_borne_out(const struct stomp_session *session) {
    unsigned marks = STOMP_CREATE | STOMP_BASIC | STOMP_DATA | STOMP_RENAME;
    return session && (session->marks & marks) == STOMP_BASIC;
}

/* The session in which the log has the times set, as far as clocks tell; NULL if the journal has none then.
 */
static const struct stomp_session *session_at(const struct stomp_volume *volume,
                                              const struct stomp_file *file, uint64_t time) {
    const struct stomp_session *found = NULL;
    for (uint32_t at = file->first_session; at && !is_borne_out(found); at = volume->sessions[at - 1].next) {
        const struct stomp_session *session = &volume->sessions[at - 1].session;
        bool then = time + STOMP_SAME >= session->start && time <= session->end + STOMP_SAME;
        if (then && (!found || is_borne_out(session)))
            found = session;
    }
    return found;
}

static void note_pair(const struct stomp_change *change, struct stomp_suspect *s) {
    s->seen |= change->log ? STOMP_EVENT_PAIR : STOMP_LOG_PAIR;
    if (change->log) {
        s->event = change->lsn;
        s->event_time = change->time;
    } else
        s->lsn = change->lsn;
}

static void look_at_changes(const struct stomp_volume *volume, const struct stomp_file *file,
                            struct stomp_suspect *s) {
    /* What the journal does not have made was made, and closed, before it begins. */
    bool journal = s->has_journal && volume->journal.complete;
    uint64_t until = journal && !s->journaled.reaches ? volume->journal.from : made_until(volume, file, s);
    for (uint32_t at = file->changes; at; at = volume->changes[at - 1].next) {
        const struct stomp_change *change = &volume->changes[at - 1];
        if (near(change->before, change->after) || !near(change->after, file->times.si[0]))
            continue;
        note_pair(change, s);
        const struct stomp_session *session = journal ? session_at(volume, file, change->time) : NULL;
        bool known = journal ? is_borne_out(session)
                             : !volume->journal.artifact && s->sure && near(change->before, s->birth) &&
                                   !change->written;
        if (session && !change->log &&
            session->marks & (STOMP_RENAME | STOMP_CREATE)) /* so it was in none of the later ones */
            s->seen &= ~(unsigned)(STOMP_MOVED_LATER | STOMP_UNRECORDED);
        if (change->time <= until || !known)
            continue;
        s->seen |= change->log ? STOMP_EVENT_LATER : STOMP_LOG_LATER;
        s->set_time = change->time;
        if (!change->log)
            return;
    }
}

/* What the index or a copy said of the creation, long after it. */
static void look_at_entries(const struct stomp_volume *volume, const struct stomp_file *file,
                            struct stomp_suspect *s) {
    uint64_t until = made_until(volume, file, s);
    for (uint32_t at = file->entries; at; at = volume->entries[at - 1].next) {
        const struct stomp_entry *entry = &volume->entries[at - 1];
        bool replaced = entry->size != file->size; /* perhaps by another file that was moved over it */
        /* What a rename has copied into the name was the creation time after the session that made the file.
         */
        bool since_rename = !s->sure && near(entry->created, file->times.fn[0]);
        bool late = entry->changed > (since_rename ? file->times.fn[2] : until) && !replaced;
        bool ahead = longer(s->birth, entry->created, STOMP_AHEAD); /* no creation time of its own either */
        if (ahead || (entry->changed && entry->changed + STOMP_SAME < s->birth))
            continue;
        unsigned kind = entry->shadow ? STOMP_SHADOW_OLD : STOMP_INDEX_OLD;
        if (late)
            s->seen |= kind;
        else if (!entry->shadow)
            s->seen |= STOMP_INDEX_YOUNG;
        if (late || !s->entry)
            s->entry = at;
    }
}

void stomp_evidence(const struct stomp_volume *volume, struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    const struct stomp_journal *journal = &volume->journal;
    s->twin = STOMP_NONE;
    stomp_model_explain(&file->times, NULL, file->flags & STOMP_FOLDER, &s->alone);
    s->birth = stomp_volume_birth(volume, file, &s->sure);
    look_at_times(volume, file, s);
    if (journal->artifact && journal->from <= journal->to && !(file->flags & STOMP_ODD))
        look_at_journal(volume, file, s);
    look_at_changes(volume, file, s);
    look_at_entries(volume, file, s);
}
