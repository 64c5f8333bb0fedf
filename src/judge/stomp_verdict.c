#include "judge/stomp_suspect.h"

/* May another file have been moved over it, or its name have been another's? Then its creation time changes
 * long after it was made, and nobody has lied. */
static bool may_be_replaced(const struct stomp_volume *volume, const struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    if (!s->has_journal || s->journaled.fails & STOMP_SI_CREATED)
        return false;
    for (uint32_t at = file->first_session; at; at = volume->sessions[at - 1].next) {
        unsigned marks = volume->sessions[at - 1].session.marks;
        if (!(marks & STOMP_CREATE) &&
            ((marks & (STOMP_DATA | STOMP_BASIC)) == (STOMP_DATA | STOMP_BASIC) || marks & STOMP_FREED))
            return true;
    }
    return false;
}

static bool covers(const struct stomp_journal *journal, uint64_t time) {
    return journal->artifact && journal->complete && time >= journal->from &&
           time <= journal->to + STOMP_AHEAD;
}

/* What is missing in a journal may be what would explain. */
static bool is_whole(const struct stomp_volume *volume) {
    return volume->journal.complete && !volume->journal.damaged;
}

static bool is_strong(const struct stomp_volume *volume, const struct stomp_suspect *s) {
    if (s->seen & STOMP_CLONE)
        return true;
    return is_whole(volume) && !(s->seen & STOMP_SET_BULK) &&
           (s->seen & STOMP_MOVED_LATER ||
            (s->seen & STOMP_LOG_LATER && volume->log.complete && covers(&volume->journal, s->set_time)));
}

static bool is_firm(const struct stomp_volume *volume, const struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    bool alone = !(s->seen & STOMP_SET_BULK);
    if (alone && is_whole(volume) && s->seen & STOMP_MOVED_LATER)
        return true;
    if (alone && is_whole(volume) && s->seen & STOMP_NEVER_MADE && !(s->seen & STOMP_CLOCK))
        return true;
    if (alone && s->seen & STOMP_LOG_LATER && volume->log.complete)
        return true;
    if (alone && s->seen & STOMP_EVENT_LATER)
        return true;
    if (s->seen & (STOMP_INDEX_OLD | STOMP_SHADOW_OLD) && alone && !(s->seen & STOMP_OLD_BULK) &&
        !may_be_replaced(volume, s))
        return true;
    if (s->seen & STOMP_BULK)
        return false;
    if (s->seen & STOMP_UNRECORDED && is_whole(volume))
        return true;
    return s->seen & STOMP_CONTENT_LATER && file->flags & STOMP_SIGNED && s->seen & STOMP_EXACT &&
           s->seen & STOMP_LONE && !(file->flags & STOMP_WEB);
}

/* How odd a note is. Each term is a circumstance that innocent causes rarely share. */
static uint32_t score_of(const struct stomp_volume *volume, const struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    static const struct {
        unsigned seen;
        int points;
    } terms[] = {
        {STOMP_BEFORE_NAME | STOMP_AFTER_NAME, 20},
        {STOMP_LONE, 20},
        {STOMP_OUTLIER, 10},
        {STOMP_UNEXPLAINED, 15},
        {STOMP_CLONE, 30},
        {STOMP_CONTENT_LATER, 20},
        {STOMP_INDEX_YOUNG, 5},
        {STOMP_SET_LATER, 10},
        {STOMP_CHANGE_TIME, 10},
        {STOMP_FUTURE, 10},
        {STOMP_INDEX_OLD | STOMP_SHADOW_OLD, 15},
        {STOMP_MOVED_LATER | STOMP_NEVER_MADE | STOMP_LOG_LATER | STOMP_UNRECORDED, 15},
        {STOMP_EVENT_LATER, 15},
        {STOMP_CLOCK, -20},
        {STOMP_TUNNELLED, -40},
        {STOMP_BULK, -20},
        {STOMP_SET_BULK, -20},
    };
    int score = 0;
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        score += s->seen & terms[i].seen ? terms[i].points : 0;
    score += file->flags & STOMP_PROGRAM ? 15 : 0;
    score -= file->flags & STOMP_WEB ? 15 : 0;
    score -= file->flags & STOMP_FOLDER ? 20 : 0;
    bool even = file->times.si[0] % (2 * STOMP_SECOND) == 0 && file->times.si[1] % (2 * STOMP_SECOND) == 0;
    score += s->seen & STOMP_WHOLE ? (even ? -10 : 5) : 0;
    score += s->alone.by_tunnel ? -20 : s->alone.by_later ? 10 : 0;
    score -= s->cohort < 20 ? (int)s->cohort : 20;
    return score < 0 ? 0 : score > 100 ? 100 : (uint32_t)score;
}

void stomp_verdict(const struct stomp_volume *volume, struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    bool folder =
        file->flags & STOMP_FOLDER; /* archivers set those of folders last, in sessions of their own */
    unsigned company = STOMP_BULK | STOMP_SET_BULK | STOMP_TUNNELLED | STOMP_CLOCK;
    bool unexplained = s->seen & STOMP_UNEXPLAINED && !(s->seen & STOMP_CLOCK);
    s->score = score_of(volume, s);
    if (!folder && is_strong(volume, s))
        s->verdict = STOMP_STRONG;
    else if (!folder && is_firm(volume, s))
        s->verdict = STOMP_FIRM;
    else if (unexplained || (file->flags & STOMP_IRREGULAR && !(s->seen & company)))
        s->verdict = STOMP_WEAK;
    else if (s->clean)
        s->verdict = STOMP_REGULAR;
    else
        s->verdict = s->seen & (STOMP_MOVED_LATER | STOMP_NEVER_MADE | STOMP_LOG_LATER | STOMP_UNRECORDED |
                                STOMP_EVENT_LATER)
                         ? STOMP_WEAK
                         : STOMP_EXPLAINED;
}
