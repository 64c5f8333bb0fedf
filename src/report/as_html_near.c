#include "report/as_html_near.h"

#include "base/salt.h"
#include "report/address.h"
#include "report/as_html.h"

#include <stdlib.h>

enum {
    SLOTS = 65536,
    KEYS = 20000,  /* files that are near at most */
    TIMES = 5000,  /* times of steps */
    PLACES = 4096, /* evidence and volumes whose names are known */
    CLIP = 1024,   /* bytes of a text of an event */
    KEPT = AS_HTML_OF_STEPS + AS_HTML_OF_FINDINGS + AS_HTML_NEAR
};

static const unsigned caps[AS_HTML_RANKS] = {AS_HTML_OF_STEPS, AS_HTML_OF_FINDINGS, AS_HTML_NEAR};

/* A file, as events name it, and why it is near. */
struct key {
    bool used;
    uint64_t evidence, volume, record, sequence;
    enum as_html_rank rank;
    int64_t chain, step, finding;
    size_t stage; /* in the texts */
};

struct moment {
    uint64_t time;
    int64_t chain, step;
    size_t stage;
};

/* How evidence or a volume is called. */
struct place {
    uint64_t evidence, volume, ordinal;
    size_t path, drive, kind;
    bool packed;
};

struct as_html_near {
    struct db *db;
    uint64_t salt;
    struct key keys[SLOTS];
    size_t key_count;
    struct moment moments[TIMES];
    size_t moment_count;
    struct place places[PLACES];
    size_t place_count;
    struct as_html_event events[KEPT];
    size_t texts_of[KEPT][3], stages_of[KEPT];
    size_t count;
    unsigned counts[AS_HTML_RANKS];
    uint64_t omitted[AS_HTML_RANKS];
    struct text texts, scratch;
};

static size_t keep(struct as_html_near *near, const char *text) {
    size_t at = near->texts.size;
    text_bytes(&near->texts, text, (size_t)text_cut(text, CLIP));
    text_bytes(&near->texts, "", 1);
    return at;
}

/* --- what is near --- */

static struct key *key_of(struct as_html_near *near, const struct key *wanted) {
    uint64_t hash = wanted->evidence ^ near->salt;
    hash = (hash ^ wanted->volume << 8) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ wanted->record) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ wanted->sequence ^ hash >> 29) * UINT64_C(0x94d049bb133111eb);
    size_t at = hash >> 48;
    while (near->keys[at].used &&
           (near->keys[at].evidence != wanted->evidence || near->keys[at].volume != wanted->volume ||
            near->keys[at].record != wanted->record || near->keys[at].sequence != wanted->sequence))
        at = (at + 1) % SLOTS;
    return &near->keys[at];
}

/* Of a file that is near twice the first reason counts. */
static bool keys(struct as_html_near *near, const char *sql, enum as_html_rank rank) {
    struct db_query *query = db_prepare(near->db, sql);
    while (query && near->key_count < KEYS && db_step(query)) {
        struct key key = {.used = true,
                          .evidence = (uint64_t)db_integer(query, 0),
                          .volume = (uint64_t)db_integer(query, 1),
                          .record = (uint64_t)db_integer(query, 2),
                          .sequence = (uint64_t)db_integer(query, 3),
                          .rank = rank,
                          .chain = db_integer(query, 4),
                          .step = db_integer(query, 5),
                          .finding = db_integer(query, 6)};
        struct key *slot = key_of(near, &key);
        if (slot->used)
            continue;
        key.stage = keep(near, db_text(query, 7, NULL));
        *slot = key;
        near->key_count++;
    }
    db_finish(query);
    return query && db_error(near->db)[0] == 0;
}

static bool moments(struct as_html_near *near) {
    struct db_query *query =
        db_prepare(near->db, "SELECT time, chain, ordinal, stage FROM chain_step WHERE time > 0"
                             " ORDER BY time, chain, ordinal");
    while (query && near->moment_count < TIMES && db_step(query))
        near->moments[near->moment_count++] =
            (struct moment){(uint64_t)db_integer(query, 0), db_integer(query, 1), db_integer(query, 2),
                            keep(near, db_text(query, 3, NULL))};
    db_finish(query);
    return query && db_error(near->db)[0] == 0;
}

static bool places(struct as_html_near *near) {
    struct db_query *query = db_prepare(
        near->db,
        "SELECT e.id, 0, 0, e.path, NULL, NULL, e.kind = 'archive' FROM evidence e UNION ALL SELECT e.id, v.id,"
        " v.ordinal, e.path, v.drive, v.kind, 0 FROM volume v JOIN evidence e ON e.id = v.evidence ORDER BY 1, 2");
    while (query && near->place_count < PLACES && db_step(query))
        near->places[near->place_count++] = (struct place){.evidence = (uint64_t)db_integer(query, 0),
                                                           .volume = (uint64_t)db_integer(query, 1),
                                                           .ordinal = (uint64_t)db_integer(query, 2),
                                                           .path = keep(near, db_text(query, 3, NULL)),
                                                           .drive = keep(near, db_text(query, 4, NULL)),
                                                           .kind = keep(near, db_text(query, 5, NULL)),
                                                           .packed = db_integer(query, 6) != 0};
    db_finish(query);
    return query && db_error(near->db)[0] == 0;
}

#define FILE_KEY "SELECT a.evidence, coalesce(a.volume, 0), a.record, coalesce(a.sequence, 0), "

struct as_html_near *as_html_near_new(struct db *db) {
    struct as_html_near *near = calloc(1, sizeof *near);
    if (!near)
        return NULL;
    near->db = db;
    near->salt = salt_of_process();
    bool good =
        keys(near,
             FILE_KEY "s.chain, s.ordinal, 0, s.stage FROM chain_step s JOIN artifact a ON a.id = s.artifact"
                      " WHERE a.record IS NOT NULL ORDER BY s.chain, s.ordinal",
             AS_HTML_STEP) &&
        keys(near,
             FILE_KEY
             "0, 0, f.id, '' FROM finding f JOIN artifact a ON a.id = f.artifact WHERE f.severity >= 2"
             " AND f.strength >= 1 AND a.record IS NOT NULL ORDER BY f.id",
             AS_HTML_FINDING) &&
        moments(near) && places(near) && !near->texts.full;
    if (good)
        return near;
    as_html_near_free(near);
    return NULL;
}

void as_html_near_free(struct as_html_near *near) {
    if (!near)
        return;
    text_free(&near->texts);
    text_free(&near->scratch);
    free(near);
}

/* --- events --- */

/* The moment of a step that is nearest, if it is close. */
static const struct moment *close_to(const struct as_html_near *near, uint64_t time) {
    const uint64_t most = (uint64_t)AS_HTML_CLOSE * 10000000;
    size_t low = 0, high = near->moment_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (near->moments[middle].time < time)
            low = middle + 1;
        else
            high = middle;
    }
    const struct moment *after = low < near->moment_count ? &near->moments[low] : NULL;
    const struct moment *before = low > 0 ? &near->moments[low - 1] : NULL;
    bool is_after = after && after->time - time <= most, is_before = before && time - before->time <= most;
    if (is_after && is_before)
        return time - before->time <= after->time - time ? before : after;
    return is_after ? after : is_before ? before : NULL;
}

static const struct place *place_of(const struct as_html_near *near, uint64_t evidence, uint64_t volume) {
    for (size_t i = 0; i < near->place_count; i++)
        if (near->places[i].evidence == evidence && near->places[i].volume == volume)
            return &near->places[i];
    return NULL;
}

static void say_place(struct as_html_near *near, const struct timeline_event *event) {
    const struct place *place = place_of(near, event->evidence, event->volume);
    const char *texts = text_string(&near->texts);
    struct address address = {.evidence = place ? texts + place->path : "?",
                              .volume = place ? place->ordinal : 0,
                              .shadow = event->shadow,
                              .volume_kind = place ? texts + place->kind : NULL,
                              .packed = place && place->packed,
                              .drive = place ? texts + place->drive : NULL,
                              .folder = event->folder,
                              .name = event->name,
                              .stream = event->stream};
    text_clear(&near->scratch);
    address_eyes(&near->scratch, &address);
}

static bool take_time(struct as_html_near *near, const struct timeline_event *event, const struct key *key,
                      unsigned at) {
    unsigned mask = timeline_event_equal(event, at);
    if (mask == 0)
        return true;
    const struct moment *moment = key ? NULL : close_to(near, event->times[at]);
    if (!key && !moment)
        return true;
    enum as_html_rank rank = key ? key->rank : AS_HTML_CLOSE_BY;
    if (near->counts[rank] >= caps[rank]) {
        near->omitted[rank]++;
        return true;
    }
    near->counts[rank]++;
    say_place(near, event);
    near->stages_of[near->count] = key ? key->stage : moment->stage;
    near->texts_of[near->count][0] = keep(near, event->what ? event->what : "");
    near->texts_of[near->count][1] = keep(near, text_string(&near->scratch));
    near->texts_of[near->count][2] = keep(near, event->detail ? event->detail : "");
    near->events[near->count] = (struct as_html_event){.time = event->times[at],
                                                       .rank = rank,
                                                       .chain = key ? key->chain : moment->chain,
                                                       .step = key ? key->step : moment->step,
                                                       .finding = key ? key->finding : 0,
                                                       .source = event->source,
                                                       .confidence = event->confidence,
                                                       .mask = event->single ? 0 : mask,
                                                       .order = near->count};
    near->count++;
    return !near->texts.full && !near->scratch.full;
}

bool as_html_near_take(struct as_html_near *near, const struct timeline_event *event) {
    struct key wanted = {.evidence = event->evidence,
                         .volume = event->volume,
                         .record = event->record,
                         .sequence = event->has_sequence ? event->sequence : 0};
    const struct key *key = event->has_record ? key_of(near, &wanted) : NULL;
    key = key && key->used ? key : NULL;
    bool good = true;
    for (unsigned i = 0; good && (key || near->moment_count > 0) && i < LISTING_TIMES; i++)
        good = take_time(near, event, key, i);
    return good;
}

static int by_time(const void *a, const void *b) {
    const struct as_html_event *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

const struct as_html_event *as_html_near_list(struct as_html_near *near, size_t *count) {
    const char *texts = text_string(&near->texts);
    for (size_t i = 0; i < near->count; i++) {
        size_t order = near->events[i].order;
        near->events[i].stage = texts + near->stages_of[order];
        near->events[i].what = texts + near->texts_of[order][0];
        near->events[i].place = texts + near->texts_of[order][1];
        near->events[i].detail = texts + near->texts_of[order][2];
    }
    qsort(near->events, near->count, sizeof near->events[0], by_time);
    *count = near->count;
    return near->events;
}

uint64_t as_html_near_omitted(const struct as_html_near *near, enum as_html_rank rank) {
    return near->omitted[rank];
}
