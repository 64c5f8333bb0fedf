#include "store/sqlite_presences.h"

#include "base/db_table.h"

#include <stdlib.h>
#include <string.h>

enum kind { ALL, CASE, SEEK };

static const char *const texts[SQLITE_PRESENCES_KINDS] = {
    [ALL] = "SELECT number, first, chunk FROM presence_rows ORDER BY number, first",
    [CASE] = "SELECT number, first, chunk FROM presence_rows WHERE number = ? ORDER BY first",
    [SEEK] = ("SELECT number, first, chunk FROM presence_rows WHERE number = ? AND first <= ?"
              " ORDER BY first DESC LIMIT 1"),
};

struct scan {
    struct sqlite_presences *of;
    enum kind kind;
    struct db_query *query;
    int64_t *numbers, *things;
    size_t number_count, thing_count, number_at, thing_at;
    int64_t number;
    uint64_t first; /* of the chunk in hand; 0: none */
    size_t at;      /* in it */
    struct presences presences;
};

/* --- statements --- */

static struct db_query *take(struct sqlite_presences *of, enum kind kind) {
    for (int i = 0; i < SQLITE_PRESENCES_IDLE; i++)
        if (of->idle[kind][i]) {
            struct db_query *query = of->idle[kind][i];
            of->idle[kind][i] = NULL;
            return query;
        }
    return db_prepare(of->db, texts[kind]);
}

static void give_back(struct sqlite_presences *of, enum kind kind, struct db_query *query) {
    if (!query)
        return;
    db_reset(query); /* an open reader would keep an old state of the store alive */
    for (int i = 0; i < SQLITE_PRESENCES_IDLE; i++)
        if (!of->idle[kind][i]) {
            of->idle[kind][i] = query;
            return;
        }
    db_finish(query);
}

/* --- scans --- */

static void close_scan(void *context) {
    struct scan *scan = context;
    give_back(scan->of, scan->kind, scan->query);
    free(scan->numbers);
    free(scan->things);
    free(scan);
}

static bool copy(const struct db_table_values *values, int64_t **ret, size_t *count) {
    *count = values->values ? values->count : 0;
    *ret = *count > 0 ? malloc(*count * sizeof **ret) : NULL;
    if (*ret)
        memcpy(*ret, values->values, *count * sizeof **ret);
    return *count == 0 || *ret;
}

static void *open_scan(void *context, const struct db_table_scan *asked, struct text *why) {
    struct scan *scan = malloc(sizeof *scan);
    if (!scan)
        return NULL;
    memset(scan, 0, offsetof(struct scan, presences));
    scan->presences.count = 0;
    scan->of = context;
    scan->kind = !asked->keys[0].values ? ALL : !asked->keys[1].values ? CASE : SEEK;
    if (copy(&asked->keys[0], &scan->numbers, &scan->number_count) &&
        copy(&asked->keys[1], &scan->things, &scan->thing_count))
        scan->query = take(scan->of, scan->kind);
    if (scan->query && scan->kind == CASE && scan->number_count > 0)
        db_bind_integer(scan->query, 1, scan->numbers[0]);
    if (scan->query)
        return scan;
    text_add(why, db_error(scan->of->db));
    close_scan(scan);
    return NULL;
}

/* The next chunk of the statement in hand; false at its end, or when it is damaged. */
static bool chunk(struct scan *scan, struct text *why) {
    if (!db_step(scan->query)) {
        if (db_error(scan->of->db)[0]) /* most lookups end here: nothing is allocated for them */
            text_add(why, db_error(scan->of->db));
        return false;
    }
    uint64_t first = (uint64_t)db_integer(scan->query, 1);
    scan->number = db_integer(scan->query, 0);
    scan->at = 0;
    if (first == scan->first && scan->kind == SEEK)
        return true;
    scan->first = first;
    if (!presences_unpack(first, db_blob(scan->query, 2), true, &scan->presences)) {
        text_format(why, "presences of case number %lld are damaged", (long long)scan->number);
        return false;
    }
    scan->of->read += scan->presences.count;
    return true;
}

/* Brings the chunk that would hold the thing into hand; false if there is none other than that in hand. */
static bool seek(struct scan *scan, int64_t number, int64_t thing, struct text *why) {
    uint64_t before = scan->first;
    db_bind_integer(scan->query, 1, number);
    db_bind_integer(scan->query, 2, thing);
    bool found = chunk(scan, why);
    db_reset(scan->query);
    return found && scan->first != before;
}

static bool next_of_things(struct scan *scan, struct text *why) {
    const struct presences *have = &scan->presences;
    while (scan->number_at < scan->number_count && why->size == 0) {
        if (scan->thing_at == scan->thing_count) {
            scan->number_at++;
            scan->thing_at = 0;
            scan->first = 0;
            continue;
        }
        uint64_t wanted = (uint64_t)scan->things[scan->thing_at];
        bool inside = scan->first && have->count > 0 && wanted <= have->things[have->count - 1];
        if (!inside && !seek(scan, scan->numbers[scan->number_at], scan->things[scan->thing_at], why)) {
            scan->thing_at++;
            continue;
        }
        scan->at = presences_find(have, scan->at, wanted);
        scan->thing_at++;
        if (scan->at < have->count && have->things[scan->at] == wanted)
            return true;
    }
    return false;
}

static bool next_row(void *context, struct text *why) {
    struct scan *scan = context;
    if (scan->kind == SEEK)
        return next_of_things(scan, why);
    if (scan->kind == CASE && scan->number_count == 0)
        return false;
    if (scan->first && ++scan->at < scan->presences.count)
        return true;
    while (!chunk(scan, why)) {
        if (why->size > 0 || scan->kind == ALL || ++scan->number_at >= scan->number_count)
            return false;
        db_reset(scan->query);
        db_bind_integer(scan->query, 1, scan->numbers[scan->number_at]);
    }
    return true;
}

static int64_t cell(void *context, unsigned column, const char **text) {
    const struct scan *scan = context;
    (void)text;
    return column == 0   ? scan->number
           : column == 1 ? (int64_t)scan->presences.things[scan->at]
                         : (int64_t)scan->presences.times[scan->at];
}

bool sqlite_presences_add(struct db *db, struct sqlite_presences *presences) {
    static const struct db_table table = {.name = "presence",
                                          .columns = "number INTEGER, thing INTEGER, time INTEGER",
                                          .keys = 2,
                                          .argument = -1,
                                          .rows = {1e8, 5e4, 1},
                                          .open = open_scan,
                                          .next = next_row,
                                          .cell = cell,
                                          .close = close_scan};
    *presences = (struct sqlite_presences){.db = db};
    return db_table_add(db, &table, presences);
}

/* --- writing --- */

static int by_thing(const void *a, const void *b) {
    const struct store_presence *x = a, *y = b;
    return (x->thing > y->thing) - (x->thing < y->thing);
}

static bool settle(struct store_presence *rows, size_t count, const char **why) {
    bool ascending = true;
    for (size_t i = 1; i < count && ascending; i++)
        ascending = rows[i - 1].thing < rows[i].thing;
    if (!ascending)
        qsort(rows, count, sizeof *rows, by_thing);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].time > INT64_MAX)
            rows[i].time = 0;
        if (rows[i].thing == 0 || rows[i].thing > INT64_MAX ||
            (i > 0 && rows[i - 1].thing == rows[i].thing)) {
            *why = "a case has a thing twice, or one without an id";
            return false;
        }
    }
    return true;
}

bool sqlite_presences_write(struct db *db, uint64_t number, struct store_presence *rows, size_t count,
                            const char **why) {
    struct text packed = {0};
    *why = "out of memory";
    if (!settle(rows, count, why))
        return false;
    struct db_query *query = db_prepare(db, "INSERT INTO presence_rows VALUES (?, ?, ?)");
    for (size_t done = 0; query && done < count && !packed.full;) {
        size_t taken = presences_pack(rows + done, count - done, &packed);
        db_bind_integer(query, 1, (int64_t)number);
        db_bind_integer(query, 2, (int64_t)rows[done].thing);
        db_bind_blob(query, 3, packed.data, packed.size);
        while (db_step(query)) {
        }
        db_reset(query);
        done += taken;
    }
    bool good = query && !packed.full && !db_error(db)[0];
    db_finish(query);
    text_free(&packed);
    return good;
}
