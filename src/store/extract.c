#include "store/extract_private.h"

#include "base/filetime.h"
#include "base/text.h"
#include "store/normal.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 20, MAP_LEAST = 1 << 12 };
static const uint64_t steps = UINT64_C(20000000000); /* of one question */
static const uint64_t second = 10000000;

struct chunk {
    struct chunk *next;
    size_t used, room;
    char bytes[];
};

struct pair {
    int64_t artifact;
    uint64_t thing;
};

struct extract_memory {
    struct chunk *chunks;
    struct pair *map; /* by artifact, as the query comes */
    size_t map_count, map_room;
    size_t bytes; /* of all chunks */
    bool failed, many;
};

/* --- memory --- */

bool extract_sound(const struct extract *extract) {
    return extract->memory && !extract->memory->failed && !extract->memory->many;
}

const char *extract_keep(struct extract *extract, const char *text) {
    struct extract_memory *memory = extract->memory;
    size_t size = (size_t)text_cut(text, EXTRACT_TEXT);
    if (size == 0 || memory->failed || memory->many)
        return "";
    struct chunk *chunk = memory->chunks;
    if (!chunk || chunk->room - chunk->used < size + 1) {
        memory->many = memory->many || memory->bytes >= EXTRACT_BYTES;
        chunk = memory->many ? NULL : malloc(sizeof *chunk + CHUNK);
        if (!chunk) {
            memory->failed = !memory->many;
            return "";
        }
        memory->bytes += CHUNK;
        *chunk = (struct chunk){.next = memory->chunks, .room = CHUNK};
        memory->chunks = chunk;
    }
    char *copy = chunk->bytes + chunk->used;
    memcpy(copy, text, size);
    copy[size] = 0;
    chunk->used += size + 1;
    return copy;
}

/* Room for one more of `size` bytes at the end of an array; false if there is none to be had. */
static bool grow(struct extract_memory *memory, void **list, size_t *count, size_t *room, size_t size,
                 size_t most) {
    if (memory->failed || memory->many || *count >= most) {
        memory->many = memory->many || *count >= most;
        return false;
    }
    if (*count < *room)
        return true;
    size_t wanted = *room ? *room * 2 : 1024;
    void *more = realloc(*list, wanted * size);
    if (!more) {
        memory->failed = true;
        return false;
    }
    *list = more;
    *room = wanted;
    return true;
}

struct extract_thing *extract_thing(struct extract *e) {
    void *list = e->things;
    if (!grow(e->memory, &list, &e->thing_count, &e->thing_room, sizeof *e->things, EXTRACT_THINGS))
        return NULL;
    e->things = list;
    e->things[e->thing_count] = (struct extract_thing){.id = 0};
    return &e->things[e->thing_count++];
}

struct store_mark *extract_mark(struct extract *e) {
    void *list = e->marks;
    if (!grow(e->memory, &list, &e->mark_count, &e->mark_room, sizeof *e->marks, EXTRACT_MARKS))
        return NULL;
    e->marks = list;
    e->marks[e->mark_count] = (struct store_mark){.thing = 0};
    return &e->marks[e->mark_count++];
}

struct store_covered *extract_covered(struct extract *e) {
    void *list = e->covered;
    if (!grow(e->memory, &list, &e->covered_count, &e->covered_room, sizeof *e->covered, EXTRACT_MARKS))
        return NULL;
    e->covered = list;
    e->covered[e->covered_count] = (struct store_covered){.prefix = ""};
    return &e->covered[e->covered_count++];
}

bool extract_map(struct extract *e, int64_t artifact, uint64_t thing) {
    struct extract_memory *memory = e->memory;
    void *list = memory->map;
    if (!grow(memory, &list, &memory->map_count, &memory->map_room, sizeof *memory->map, EXTRACT_THINGS))
        return false;
    memory->map = list;
    memory->map[memory->map_count++] = (struct pair){artifact, thing};
    return true;
}

static int by_artifact(const void *a, const void *b) {
    const struct pair *x = a, *y = b;
    return (x->artifact > y->artifact) - (x->artifact < y->artifact);
}

uint64_t extract_of_artifact(const struct extract *extract, int64_t artifact) {
    const struct pair wanted = {.artifact = artifact}, *found;
    const struct extract_memory *memory = extract->memory;
    if (memory->map_count == 0)
        return 0;
    found = bsearch(&wanted, memory->map, memory->map_count, sizeof wanted, by_artifact);
    return found ? found->thing : 0;
}

static int by_id(const void *a, const void *b) {
    const struct extract_thing *x = a, *y = b;
    if (x->id != y->id)
        return x->id > y->id ? 1 : -1;
    return (x->time > y->time) - (x->time < y->time);
}

void extract_sort(struct extract *e) {
    size_t kept = 0;
    if (e->thing_count > 0)
        qsort(e->things, e->thing_count, sizeof *e->things, by_id);
    for (size_t i = 0; i < e->thing_count; i++) {
        struct extract_thing *last = kept ? &e->things[kept - 1] : NULL;
        if (!last || last->id != e->things[i].id)
            e->things[kept++] = e->things[i];
        else if (last->time == 0)
            last->time = e->things[i].time;
    }
    e->thing_count = kept;
    if (e->memory->map_count > 0)
        qsort(e->memory->map, e->memory->map_count, sizeof *e->memory->map, by_artifact);
}

/* --- the case --- */

static bool is_of_one_host(struct extract *e, struct db *db, struct text *why) {
    const char *count =
        extract_ask(e, db, "SELECT count(DISTINCT lower(host)) FROM evidence WHERE host <> ''", NULL);
    if (strtol(count, NULL, 10) <= 1)
        return true;
    text_format(why, "it is of %s hosts: a case for each is needed", count);
    return false;
}

static void verdict(struct extract *e, struct db *db) {
    struct db_query *query = db_prepare(
        db, "SELECT word, rank, complete, since FROM verdict ORDER BY evidence IS NULL DESC, rowid LIMIT 1");
    e->made.verdict = "";
    if (query && db_step(query)) {
        int64_t rank = db_integer(query, 1), since = db_integer(query, 3);
        e->made.verdict = extract_keep(e, db_text(query, 0, NULL));
        e->made.rank = rank < 0 || rank > 100 ? 0 : (unsigned)rank;
        e->made.complete = db_integer(query, 2) == 1;
        e->made.since = since > 0 ? (uint64_t)since : 0;
    }
    db_finish(query);
}

/* The same evidence scanned again at another time is another case. */
static bool made(struct extract *e, struct db *db, struct text *why) {
    struct text key = {0};
    const char *started = extract_ask(e, db, "SELECT value FROM run WHERE key = 'started'", NULL);
    if (!filetime_parse(started, &e->made.collected) || e->made.collected > INT64_MAX) {
        text_add(why, "it does not say when it was made");
        return false;
    }
    if (e->made.collected > filetime_now() + EXTRACT_FUTURE * second) {
        text_format(why, "it was made in the future (%s), or the clock of this machine is behind", started);
        return false;
    }
    verdict(e, db);
    text_format(
        &key, "%lld\n%s\n%s", (long long)e->host.host, started,
        extract_ask(e, db, "SELECT group_concat(path, char(10)) FROM (SELECT path FROM evidence ORDER BY id)",
                    NULL));
    e->made.host = e->host.host;
    e->made.caseid = rows_id("case", text_string(&key));
    text_free(&key);
    return true;
}

/* --- what was found, and what was looked at --- */

#define MARKS                                                                                                   \
    "SELECT f.artifact, f.severity, f.strength, f.detector, f.summary, coalesce(s.stage, ''),"                  \
    " coalesce(s.time, a.fn_created, a.si_created, 0) FROM finding f"                                           \
    " LEFT JOIN chain_finding c ON c.rowid = (SELECT min(k.rowid) FROM chain_finding k WHERE k.finding = f.id)" \
    " LEFT JOIN chain_step s ON s.chain = c.chain AND s.ordinal = c.step"                                       \
    " LEFT JOIN artifact a ON a.id = f.artifact WHERE f.severity > 0 ORDER BY f.id"

static void marks(struct extract *e, struct db *db) {
    struct db_query *query = db_prepare(db, MARKS);
    while (query && extract_sound(e) && db_step(query)) {
        struct store_mark *mark = extract_mark(e);
        if (!mark)
            break;
        int64_t severity = db_integer(query, 1), strength = db_integer(query, 2), time = db_integer(query, 6);
        mark->thing = db_is_null(query, 0) ? 0 : extract_of_artifact(e, db_integer(query, 0));
        mark->severity = severity < 0 || severity > 4 ? 0 : (unsigned)severity;
        mark->strength = strength < 0 || strength > 2 ? 0 : (unsigned)strength;
        mark->detector = extract_keep(e, db_text(query, 3, NULL));
        mark->summary = extract_keep(e, db_text(query, 4, NULL));
        mark->stage = extract_keep(e, db_text(query, 5, NULL));
        mark->time = time > 0 ? (uint64_t)time : 0;
    }
    db_finish(query);
}

static bool add_covered(struct extract *e, const char *prefix, bool complete) {
    struct store_covered *row = extract_covered(e);
    if (row)
        *row = (struct store_covered){extract_keep(e, prefix), complete};
    return row != NULL;
}

/* Of the host's volumes; what lies in archives on them is not looked at here. Evidence without volumes stands
 * for itself. */
#define COLLECTED                                                                                            \
    "SELECT DISTINCT c.path, c.complete FROM collected c LEFT JOIN volume v ON v.id = c.volume"              \
    " WHERE v.shadow IS NULL AND (c.volume IS NOT NULL OR NOT EXISTS (SELECT 1 FROM collected WHERE volume"  \
    " IS NOT NULL)) ORDER BY 1, 2 LIMIT 100000"

/* True if all of it was. */
static bool collected(struct extract *e, struct db *db) {
    struct text normal = {0};
    bool good = true, whole = false, lacks = false;
    struct db_query *query = db_prepare(db, COLLECTED);
    while (query && good && extract_sound(e) && db_step(query)) {
        bool complete = db_integer(query, 1) == 1;
        text_clear(&normal);
        normal_path(&normal, db_text(query, 0, NULL));
        good = add_covered(e, text_string(&normal), complete);
        whole = whole || (complete && normal.size == 0);
        lacks = lacks || !complete;
    }
    db_finish(query);
    text_free(&normal);
    return whole && !lacks;
}

/* Two hives of a kind are of two Windows: what is known of both counts. */
#define HIVES                                                                                                \
    "SELECT h.kind, min(coalesce(h.complete, 0)) FROM hive h JOIN artifact a ON a.id = h.artifact"           \
    " LEFT JOIN volume v ON v.id = a.volume WHERE h.kind IN ('system', 'software') AND v.shadow IS NULL AND" \
    " coalesce(a.flags, 0) & 2 = 0 GROUP BY h.kind ORDER BY h.kind"

/* The areas of which there are programs, but those that are told already: wholly, if what lies above was. */
static void areas(struct extract *e) {
    bool seen[ROWS_AREAS] = {false};
    size_t told = e->covered_count;
    for (size_t i = 0; i < e->thing_count; i++)
        if (e->things[i].thing.kind == STORE_IMAGE || e->things[i].thing.kind == STORE_DRIVER)
            seen[rows_area_of(e->things[i].thing.path)] = true;
    for (unsigned i = 0; i < ROWS_AREAS; i++) {
        const char *area = rows_area(i);
        bool known = false, whole = false;
        for (size_t k = 0; k < told; k++) {
            size_t size = strlen(e->covered[k].prefix);
            bool above = size > 0 && strncmp(area, e->covered[k].prefix, size) == 0;
            known = known || (above && area[size] == 0);
            whole = whole || (above && area[size] == '/' && e->covered[k].complete);
        }
        if (seen[i] && !known && !add_covered(e, area, whole))
            return;
    }
}

static void covered(struct extract *e, struct db *db) {
    if (!collected(e, db))
        areas(e);
    struct db_query *query = db_prepare(db, HIVES);
    while (query && extract_sound(e) && db_step(query)) {
        bool system = strcmp(db_text(query, 0, NULL), "system") == 0;
        if (!add_covered(e, system ? ROWS_HIVE_SYSTEM : ROWS_HIVE_SOFTWARE, db_integer(query, 1) == 1))
            break;
    }
    db_finish(query);
}

bool extract_head(struct casefile *casefile, struct extract *ret, struct text *why) {
    struct db *db = casefile_db(casefile);
    *ret = (struct extract){.memory = calloc(1, sizeof *ret->memory)};
    if (!ret->memory) {
        text_add(why, "out of memory");
        return false;
    }
    db_limit(db, steps, 64 << 20);
    if (is_of_one_host(ret, db, why) && extract_host(ret, db, why) && made(ret, db, why) &&
        casefile_error(casefile)[0] == 0)
        return true;
    if (casefile_error(casefile)[0]) {
        text_clear(why);
        text_add(why, casefile_error(casefile));
    }
    return false;
}

bool extract_rest(struct casefile *casefile, struct extract *e, struct text *why) {
    struct db *db = casefile_db(casefile);
    bool good = extract_things(e, db);
    extract_uses(e);
    marks(e, db);
    covered(e, db);
    if (good && extract_sound(e) && casefile_error(casefile)[0] == 0)
        return true;
    text_add(why, casefile_error(casefile)[0] ? casefile_error(casefile)
                  : e->memory->many           ? "it says more than any case of one host"
                                              : "out of memory");
    return false;
}

void extract_free(struct extract *extract) {
    if (!extract->memory)
        return;
    while (extract->memory->chunks) {
        struct chunk *chunk = extract->memory->chunks;
        extract->memory->chunks = chunk->next;
        free(chunk);
    }
    free(extract->memory->map);
    free(extract->memory);
    free(extract->things);
    free(extract->marks);
    free(extract->covered);
    *extract = (struct extract){.memory = NULL};
}
