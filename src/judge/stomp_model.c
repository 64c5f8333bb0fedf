#include "judge/stomp_model.h"

#include <string.h>

enum source { KEEP, START, END, GIVEN, SECONDS, FAT, OLD };
enum names { BORN, TUNNELLED, COPIED, STAY };
enum stage { FIRST, LATER, FOLDER };
enum { CREATE = STOMP_CREATE, DATA = STOMP_DATA, BASIC = STOMP_BASIC, RENAME = STOMP_RENAME };
enum { FREED = STOMP_FREED, NOTHING = 0 };

struct operation {
    const char *name, *text, *windows;
    enum stage stage;
    enum source created, modified, changed;
    enum names names;
    unsigned needs, forbids;
};

static const struct operation operations[] = {
#define OPERATION(id, stage, created, modified, changed, names, needs, forbids, windows, text)               \
    {#id, text, windows, stage, created, modified, changed, names, needs, forbids},
#include "judge/stomp_operations.def"
#undef OPERATION
};

#define LONGEST ((uint64_t)86400 * STOMP_SECOND) /* from the start of making a file to its end */

enum { OPERATIONS = sizeof operations / sizeof operations[0], FREE = 255 };

/* The times that are explained: six slots. What each holds is a variable: its kind, of the operation at one
 * place of the sequence. Equal variables are one time. */
enum slot { SI_C, SI_M, SI_E, FN_C, FN_M, FN_E, SLOTS };
enum kind { STARTED, ENDED, GIVEN_C, GIVEN_M, OLD_C, KINDS };

struct state {
    uint8_t operation[STOMP_LENGTH],
        session[STOMP_LENGTH]; /* session: FREE where the journal tells of none */
    uint8_t count;
    uint8_t slot[SLOTS];
};

struct search {
    const struct stomp_past *past;
    struct stomp_session sessions[STOMP_SESSIONS];
    size_t session_count;
    uint64_t seen[SLOTS]; /* the times as they are */
    bool folder;
    struct state states[STOMP_STATES], next[STOMP_STATES];
    size_t count, next_count;
    struct state best;
    unsigned best_cost, best_fails;
    bool cut;
};

static uint8_t variable(size_t place, enum kind kind) {
    return (uint8_t)(place * KINDS + kind);
}

static uint64_t later(uint64_t time, uint64_t by) {
    return time > UINT64_MAX - by ? UINT64_MAX : time + by;
}

static bool same(uint64_t a, uint64_t b) {
    return (a < b ? b - a : a - b) <= STOMP_SAME;
}

/* --- one operation --- */

static void set(struct state *state, enum slot slot, size_t place, enum source source, enum kind given) {
    static const enum kind kinds[] = {STARTED, STARTED, ENDED, GIVEN_C, GIVEN_C, GIVEN_C, OLD_C};
    if (source == KEEP)
        return;
    bool told = source == GIVEN || source == SECONDS || source == FAT;
    state->slot[slot] = variable(place, told ? given : kinds[source]);
}

static void apply(struct state *state, unsigned operation, uint8_t session) {
    const struct operation *row = &operations[operation];
    size_t place = state->count++;
    state->operation[place] = (uint8_t)operation;
    state->session[place] = session;
    if (row->names == COPIED)
        memcpy(&state->slot[FN_C], &state->slot[SI_C], 3);
    set(state, SI_C, place, row->created, GIVEN_C);
    set(state, SI_M, place, row->modified, GIVEN_M);
    set(state, SI_E, place, row->changed, GIVEN_C);
    if (row->names == BORN || row->names == TUNNELLED) {
        state->slot[FN_C] = variable(place, row->names == BORN ? STARTED : OLD_C);
        state->slot[FN_M] = state->slot[FN_E] = variable(place, STARTED);
    }
}

/* --- how well a state fits --- */

/* The times of names come first: programs cannot set them, so what differs from them is at fault. */
static const uint8_t by_trust[SLOTS] = {FN_C, FN_M, FN_E, SI_E, SI_M, SI_C};
static const uint8_t stamp_of[SLOTS] = {STOMP_SI_CREATED, STOMP_SI_MODIFIED, STOMP_SI_CHANGED,
                                        STOMP_FN_CREATED, STOMP_FN_MODIFIED, STOMP_FN_CHANGED};

static uint64_t grain_of(const struct operation *row, enum kind kind) {
    enum source source = kind == GIVEN_C ? row->created : row->modified;
    if (source == SECONDS)
        return STOMP_SECOND;
    if (source == FAT) /* creation times are kept to 10 ms there */
        return kind == GIVEN_C ? STOMP_SECOND / 100 : 2 * STOMP_SECOND;
    return 1;
}

static bool in_session(const struct search *search, const struct state *state, size_t place, enum kind kind,
                       uint64_t value) {
    const struct stomp_session *session = &search->sessions[state->session[place]];
    const struct operation *row = &operations[state->operation[place]];
    uint64_t last = session->end < session->start ? session->start : session->end;
    if (kind == STARTED || kind == ENDED) /* a clock that is set back makes the end the lesser one */
        return later(value, STOMP_SAME) >= (session->end < session->start ? session->end : session->start) &&
               value <= later(last, STOMP_SAME);
    if (kind == OLD_C && session->old)
        return same(value, session->old);
    return value <= later(last, kind == OLD_C ? STOMP_SAME + search->past->step
                                              : STOMP_AHEAD + search->past->step) &&
           value % grain_of(row, kind) == 0;
}

/* An operation before the journal, or without one: it may have been at any time, but not after its marks. */
static bool in_the_open(const struct search *search, const struct state *state, size_t place, enum kind kind,
                        uint64_t value, const uint64_t values[STOMP_LENGTH * KINDS],
                        const bool known[STOMP_LENGTH * KINDS]) {
    const struct operation *row = &operations[state->operation[place]];
    uint64_t most = search->past ? later(search->past->from, STOMP_SAME) : UINT64_MAX;
    uint64_t last = search->seen[SI_E] > search->seen[FN_E] ? search->seen[SI_E] : search->seen[FN_E];
    uint8_t started = variable(place, STARTED);
    if (kind == ENDED && row->stage == FIRST && known[started] && value > later(values[started], LONGEST))
        return false;
    if (kind == STARTED || kind == ENDED)
        return value <= most;
    if (last < most) /* every operation changes the record */
        most = last;
    for (int k = STARTED; k <= ENDED; k++)
        if (known[variable(place, (enum kind)k)] && values[variable(place, (enum kind)k)] < most)
            most = values[variable(place, (enum kind)k)];
    return value <= later(most, kind == OLD_C ? STOMP_SAME : STOMP_AHEAD) && value % grain_of(row, kind) == 0;
}

/* Without a journal, what comes later in the sequence must be later. */
static unsigned out_of_order(const struct search *search, const struct state *state,
                             const uint64_t values[STOMP_LENGTH * KINDS],
                             const bool known[STOMP_LENGTH * KINDS]) {
    uint64_t low = 0;
    unsigned fails = 0;
    for (size_t place = 0; place < state->count && state->session[place] == FREE; place++)
        for (int kind = STARTED; kind <= ENDED; kind++) {
            uint8_t at = variable(place, (enum kind)kind);
            if (!known[at])
                continue;
            for (size_t slot = 0; slot < SLOTS && later(values[at], STOMP_SAME) < low; slot++)
                if (state->slot[slot] == at)
                    fails |= stamp_of[slot];
            if (values[at] > low)
                low = values[at];
        }
    (void)search;
    return fails;
}

static unsigned misfit(const struct search *search, const struct state *state) {
    uint64_t values[STOMP_LENGTH * KINDS];
    bool known[STOMP_LENGTH * KINDS] = {false}, bad[STOMP_LENGTH * KINDS] = {false};
    unsigned fails = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        uint8_t slot = by_trust[i], at = state->slot[slot];
        uint64_t value = search->seen[slot];
        size_t place = at / KINDS;
        if (known[at]) {
            fails |= same(values[at], value) && !bad[at] ? 0u : stamp_of[slot];
            continue;
        }
        bool good = state->session[place] == FREE
                        ? in_the_open(search, state, place, (enum kind)(at % KINDS), value, values, known)
                        : in_session(search, state, place, (enum kind)(at % KINDS), value);
        fails |= good ? 0u : stamp_of[slot];
        bad[at] = !good;
        known[at] = true;
        values[at] = value;
    }
    return fails | out_of_order(search, state, values, known);
}

/* Names are hardest to forge, and changes of a record easiest to miss. */
static unsigned cost(unsigned fails) {
    static const unsigned weights[] = {16, 6, 4, 20, 20, 20}; /* in the order of enum stomp_stamp */
    unsigned sum = 0;
    for (unsigned i = 0; i < SLOTS; i++)
        sum += fails >> i & 1 ? weights[i] : 0;
    return sum;
}

/* What a program was told is seldom as late as what it did: if something else fits, that is meant. */
static bool is_strained(const struct search *search, const struct state *state) {
    for (size_t i = 0; i < SLOTS; i++) {
        size_t place = state->slot[i] / KINDS;
        enum kind kind = (enum kind)(state->slot[i] % KINDS);
        if (kind != GIVEN_C && kind != GIVEN_M)
            continue;
        for (size_t k = 0; k < SLOTS; k++)
            if ((state->slot[k] == variable(place, STARTED) || state->slot[k] == variable(place, ENDED)) &&
                later(search->seen[i], STOMP_SAME) >= search->seen[k])
                return true;
    }
    return false;
}

static void weigh(struct search *search, const struct state *state) {
    unsigned fails = misfit(search, state), sum = cost(fails) + is_strained(search, state);
    if (sum >= search->best_cost)
        return;
    search->best = *state;
    search->best_cost = sum;
    search->best_fails = fails;
}

/* --- the search --- */

/* Two states are one if all that could still matter is the same. */
static bool alike(const struct state *a, const struct state *b) {
    if (memcmp(a->slot, b->slot, SLOTS) != 0 || a->count != b->count)
        return false;
    for (size_t i = 0; i < SLOTS; i++) {
        size_t place = a->slot[i] / KINDS;
        if (a->operation[place] != b->operation[place] || a->session[place] != b->session[place])
            return false;
    }
    return true;
}

static void offer(struct search *search, const struct state *state) {
    for (size_t i = 0; i < search->next_count; i++)
        if (alike(&search->next[i], state))
            return;
    if (search->next_count == STOMP_STATES)
        search->cut = true;
    else
        search->next[search->next_count++] = *state;
}

static void advance(struct search *search) {
    memcpy(search->states, search->next, search->next_count * sizeof *search->next);
    search->count = search->next_count;
    search->next_count = 0;
}

static bool may(const struct search *search, unsigned operation, enum stage stage, unsigned marks) {
    const struct operation *row = &operations[operation];
    bool of_stage = row->stage == stage || (row->stage == FOLDER && stage == LATER && search->folder);
    return of_stage && (row->needs & ~marks) == 0 && (row->forbids & marks) == 0;
}

static bool is_rename(unsigned operation) {
    return (operations[operation].needs & RENAME) != 0;
}

static void start(struct search *search, uint8_t session, unsigned marks) {
    struct state empty = {0};
    for (unsigned i = 0; i < OPERATIONS; i++) {
        struct state state = empty;
        if (!may(search, i, FIRST, marks))
            continue;
        apply(&state, i, session);
        offer(search, &state);
    }
    advance(search);
}

/* Every state with one more operation of which no journal tells; kept, or only weighed. */
static void one_free(struct search *search, bool keep) {
    for (size_t s = 0; s < search->count; s++) {
        if (keep)
            offer(search, &search->states[s]);
        for (unsigned i = 0; i < OPERATIONS; i++) {
            struct state state = search->states[s];
            if (!may(search, i, LATER, CREATE | BASIC | RENAME | FREED) &&
                !may(search, i, LATER, DATA | BASIC))
                continue;
            apply(&state, i, FREE);
            if (keep)
                offer(search, &state);
            else
                weigh(search, &state);
        }
    }
    if (keep)
        advance(search);
}

static void weigh_all(struct search *search) {
    for (size_t i = 0; i < search->count; i++)
        weigh(search, &search->states[i]);
}

/* Up to three operations without a journal; two before one. */
static void search_in_the_open(struct search *search) {
    bool ends = search->session_count == 0;
    start(search, FREE, CREATE | BASIC | FREED);
    if (ends)
        weigh_all(search);
    if (search->best_cost == 0)
        return;
    one_free(search, true);
    if (ends)
        weigh_all(search);
    if (ends && search->best_cost != 0)
        one_free(search, false);
}

/* What a session may have been besides a rename. In the one that made the file, writing is open to choice. */
static void main_part(struct search *search, uint8_t session, unsigned marks) {
    bool made = marks & CREATE, found = false;
    for (size_t s = 0; s < search->count; s++) {
        if (made)
            offer(search, &search->states[s]);
        for (unsigned i = 0; i < OPERATIONS; i++) {
            struct state state = search->states[s];
            if (is_rename(i) || !may(search, i, LATER, marks) ||
                (made && (operations[i].needs & ~(unsigned)DATA)) || (made && operations[i].needs == 0))
                continue;
            apply(&state, i, session);
            offer(search, &state);
            found = true;
        }
    }
    if (!found && !made)
        return; /* nothing else than a rename */
    advance(search);
}

static void rename_part(struct search *search, uint8_t session, unsigned marks) {
    search->next_count = 0;
    for (size_t s = 0; s < search->count; s++)
        for (unsigned i = 0; i < OPERATIONS; i++) {
            struct state state = search->states[s];
            if (!is_rename(i) || !may(search, i, LATER, marks))
                continue;
            apply(&state, i, session);
            offer(search, &state);
        }
    advance(search);
}

static void follow(struct search *search) {
    for (size_t i = 0; i < search->session_count; i++) {
        unsigned marks = search->sessions[i].marks;
        bool bare_rename = marks & RENAME && !(marks & (DATA | BASIC | CREATE));
        if (i == 0 && marks & CREATE)
            start(search, (uint8_t)i, marks);
        if (!bare_rename)
            main_part(search, (uint8_t)i, marks & ~(unsigned)(i == 0 ? 0 : CREATE));
        if (marks & RENAME)
            rename_part(search, (uint8_t)i, marks);
    }
    weigh_all(search);
}

/* Sessions that do the same, one behind the other, leave what the last one leaves. */
static void take_sessions(struct search *search, const struct stomp_past *past) {
    bool moved = false;
    for (size_t i = 0; i < past->count; i++) {
        const struct stomp_session *session = &past->sessions[i];
        size_t n = search->session_count;
        if (n > 0 && search->sessions[n - 1].marks == session->marks &&
            !(session->marks & (CREATE | RENAME))) {
            search->sessions[n - 1] = *session;
            continue;
        }
        if (n == STOMP_SESSIONS) { /* the one that made the file stays, and what comes last */
            const struct stomp_session *gone = &search->sessions[1];
            moved = moved || gone->marks & FREED || (gone->marks & (DATA | BASIC)) == (DATA | BASIC);
            memmove(&search->sessions[1], &search->sessions[2], (STOMP_SESSIONS - 2) * sizeof *gone);
            n = --search->session_count;
        }
        search->sessions[n] = *session;
        search->session_count++;
    }
    search->cut = moved;
}

static void answer(const struct search *search, struct stomp_answer *ret) {
    const struct state *best = &search->best;
    enum kind kind = (enum kind)(best->slot[SI_C] % KINDS);
    ret->count = best->count;
    memcpy(ret->operations, best->operation, best->count);
    ret->fails = search->best_fails;
    ret->cut = search->cut;
    ret->by_tunnel = kind == OLD_C;
    ret->by_given = kind == GIVEN_C;
    ret->by_later = ret->by_given && operations[best->operation[best->slot[SI_C] / KINDS]].stage != FIRST;
}

void stomp_model_explain(const struct stomp_times *times, const struct stomp_past *past, bool folder,
                         struct stomp_answer *ret) {
    static struct search search;
    search = (struct search){.past = past, .folder = folder, .best_cost = UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        search.seen[SI_C + i] = times->si[i];
        search.seen[FN_C + i] = times->fn[i];
    }
    *ret = (struct stomp_answer){0};
    if (past)
        take_sessions(&search, past);
    ret->reaches = search.session_count > 0 && search.sessions[0].marks & CREATE;
    if (!ret->reaches)
        search_in_the_open(&search);
    if (search.session_count > 0)
        follow(&search);
    answer(&search, ret);
}

const char *stomp_model_name(unsigned operation) {
    return operation < OPERATIONS ? operations[operation].name : NULL;
}

const char *stomp_model_text(unsigned operation) {
    return operation < OPERATIONS ? operations[operation].text : NULL;
}
