#include "store/store.h"

#include "base/digest.h"
#include "base/filetime.h"
#include "store/extract.h"

#include <stdlib.h>
#include <string.h>

struct store {
    struct engine engine;
};

static const struct engine_shape *shape_of(const char *where) {
    bool remote = strncmp(where, "clickhouse://", 13) == 0 || strncmp(where, "clickhouses://", 14) == 0;
    return remote ? &clickhouse_engine : &sqlite_engine;
}

struct store *store_open(const char *where, enum store_mode mode, struct text *error) {
    struct store *store = calloc(1, sizeof *store);
    if (!store || !digest_prepare()) {
        text_add(error, "out of memory");
        free(store);
        return NULL;
    }
    store->engine.shape = shape_of(where);
    if (store->engine.shape->open(&store->engine, where, mode))
        return store;
    text_add(error, text_string(&store->engine.error));
    store_close(store);
    return NULL;
}

void store_close(struct store *store) {
    if (!store)
        return;
    store->engine.shape->close(&store->engine);
    text_free(&store->engine.error);
    free(store);
}

const char *store_error(const struct store *store) {
    return text_string(&store->engine.error);
}

enum sql_engine store_dialect(const struct store *store) {
    return store->engine.dialect;
}

/* --- asking --- */

struct engine_rows *store_ask(struct store *store, struct sql *sql) {
    const char *text = sql_string(sql);
    if (!text) {
        engine_fail(&store->engine, "a question is not well formed, or memory ran out");
        return NULL;
    }
    return store->engine.shape->query(&store->engine, text);
}

bool store_next(struct store *store, struct engine_rows *rows) {
    return rows && store->engine.shape->next(rows);
}

const char *store_text(struct store *store, struct engine_rows *rows, unsigned column) {
    return store->engine.shape->text(rows, column);
}

int64_t store_number(struct store *store, struct engine_rows *rows, unsigned column) {
    return store->engine.shape->number(rows, column);
}

void store_finish(struct store *store, struct engine_rows *rows) {
    if (rows)
        store->engine.shape->finish(rows);
}

/* --- adding --- */

struct standing {
    bool there;
    uint64_t caseid, collected;
};

static bool standing_of(struct store *store, uint64_t host, struct standing *ret) {
    struct sql sql;
    *ret = (struct standing){.there = false};
    sql_init(&sql, store->engine.dialect);
    sql_add(&sql, "SELECT caseid, collected FROM {cases} WHERE host = ");
    sql_number(&sql, (int64_t)host);
    struct engine_rows *rows = store_ask(store, &sql);
    if (store_next(store, rows))
        *ret = (struct standing){true, (uint64_t)store_number(store, rows, 0),
                                 (uint64_t)store_number(store, rows, 1)};
    store_finish(store, rows);
    sql_free(&sql);
    return store->engine.error.size == 0;
}

/* Another host with the same machine id: a clone, or this one under its old name. */
static uint64_t collision(struct store *store, const struct store_host *host) {
    struct sql sql;
    uint64_t other = 0;
    if (!host->machine_guid[0])
        return 0;
    sql_init(&sql, store->engine.dialect);
    sql_add(&sql, "SELECT host FROM {hosts} WHERE machine_guid = ");
    sql_text(&sql, host->machine_guid);
    sql_add(&sql, " AND host <> ");
    sql_number(&sql, (int64_t)host->host);
    sql_add(&sql, " ORDER BY host LIMIT 1");
    struct engine_rows *rows = store_ask(store, &sql);
    if (store_next(store, rows))
        other = (uint64_t)store_number(store, rows, 0);
    store_finish(store, rows);
    sql_free(&sql);
    return other;
}

static bool write_things(struct engine *engine, const struct extract *e) {
    bool good = true;
    for (size_t i = 0; good && i < e->thing_count; i++) {
        const struct store_presence presence = {e->things[i].id, e->things[i].time};
        good = engine->shape->thing(engine, e->things[i].id, &e->things[i].thing) &&
               engine->shape->presence(engine, &presence);
    }
    return good;
}

static bool write(struct engine *engine, const struct extract *e) {
    const struct engine_import import = {e->host.host, e->made.caseid};
    bool good = engine->shape->begin(engine, &import) && engine->shape->host(engine, &e->host) &&
                write_things(engine, e);
    for (size_t i = 0; good && i < e->mark_count; i++)
        good = engine->shape->mark(engine, &e->marks[i]);
    for (size_t i = 0; good && i < e->covered_count; i++)
        good = engine->shape->covered(engine, &e->covered[i]);
    good = good && engine->shape->commit(engine, &e->made);
    if (!good)
        engine->shape->abandon(engine);
    return good;
}

static enum store_added add(struct store *store, const struct extract *e, struct store_report *report) {
    struct standing standing;
    report->host = e->host.host;
    report->things = e->thing_count;
    text_add(&report->name, e->host.name[0] ? e->host.name : e->host.machine_guid);
    if (!standing_of(store, e->host.host, &standing))
        return STORE_FAILED;
    if (standing.there && standing.caseid == e->made.caseid)
        return STORE_SAME;
    if (standing.there && (standing.collected > e->made.collected ||
                           (standing.collected == e->made.collected && standing.caseid > e->made.caseid)))
        return STORE_OLDER;
    report->collides = collision(store, &e->host);
    if (!write(&store->engine, e))
        return STORE_FAILED;
    return standing.there ? STORE_REPLACED : STORE_ADDED;
}

enum store_added store_add(struct store *store, const char *path, struct store_report *report) {
    struct extract extract = {.memory = NULL};
    *report = (struct store_report){.host = 0};
    if (store->engine.error.size > 0)
        return STORE_FAILED;
    struct casefile *casefile = casefile_open(path, &report->reason);
    enum store_added added = STORE_REFUSED;
    if (casefile && extract_case(casefile, &extract, &report->reason))
        added = add(store, &extract, report);
    extract_free(&extract);
    casefile_close(casefile);
    return added;
}

bool store_forget(struct store *store, const char *host) {
    struct sql sql;
    uint64_t found = 0;
    unsigned count = 0;
    sql_init(&sql, store->engine.dialect);
    sql_add(&sql, "SELECT host FROM {hosts} WHERE name = ");
    sql_text(&sql, host);
    char *end;
    unsigned long long number = strtoull(host, &end, 10);
    if (*host && !*end) {
        sql_add(&sql, " OR host = ");
        sql_number(&sql, (int64_t)number);
    }
    sql_add(&sql, " ORDER BY host");
    struct engine_rows *rows = store_ask(store, &sql);
    for (; store_next(store, rows); count++)
        found = (uint64_t)store_number(store, rows, 0);
    store_finish(store, rows);
    sql_free(&sql);
    if (count != 1)
        return engine_fail(&store->engine,
                           count == 0 ? "there is no host '%s'" : "there are several hosts '%s'", host);
    return store->engine.shape->forget(&store->engine, found);
}
