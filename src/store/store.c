#include "store/store.h"

#include "base/digest.h"
#include "base/filetime.h"
#include "store/extract.h"

#include <stdlib.h>
#include <string.h>

struct store {
    struct engine engine;
    engine_progress *tell;
    void *tell_context;
    bool told; /* of the question in hand */
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

static void forward(void *context, uint64_t read, uint64_t total) {
    struct store *store = context;
    store->told = true;
    store->tell(store->tell_context, read, total);
}

void store_progress(struct store *store, engine_progress *tell, void *context) {
    store->tell = tell;
    store->tell_context = context;
    store->engine.progress = tell ? forward : NULL;
    store->engine.progress_context = store;
}

struct engine_rows *store_ask(struct store *store, struct sql *sql) {
    const char *text = sql_string(sql);
    if (!text) {
        engine_fail(&store->engine, "a question is not well formed, or memory ran out");
        return NULL;
    }
    return store->engine.shape->query(&store->engine, text);
}

bool store_next(struct store *store, struct engine_rows *rows) {
    bool more = rows && store->engine.shape->next(rows);
    if (store->told && store->tell)
        store->tell(store->tell_context, ENGINE_ANSWERED, 0);
    store->told = false;
    return more;
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

static bool write_rest(struct engine *engine, const struct extract *e) {
    bool good = true;
    for (size_t i = 0; good && i < e->mark_count; i++)
        good = engine->shape->mark(engine, &e->marks[i]);
    for (size_t i = 0; good && i < e->covered_count; i++)
        good = engine->shape->covered(engine, &e->covered[i]);
    return good && engine->shape->commit(engine, &e->made);
}

/* How a case compares with the one that counts; STORE_ADDED and STORE_REPLACED: it is to be written. */
static enum store_added compare(struct store *store, const struct extract *e, struct standing *standing) {
    if (!standing_of(store, e->host.host, standing))
        return STORE_FAILED;
    if (!standing->there)
        return STORE_ADDED;
    if (standing->caseid == e->made.caseid)
        return STORE_SAME;
    bool older = standing->collected > e->made.collected ||
                 (standing->collected == e->made.collected && standing->caseid > e->made.caseid);
    return older ? STORE_OLDER : STORE_REPLACED;
}

static bool wanted(enum store_added added) {
    return added == STORE_ADDED || added == STORE_REPLACED;
}

/* All of it between begin and commit: another writer may have added the host since it was looked at. */
static enum store_added write(struct store *store, const struct extract *e, struct store_report *report) {
    struct engine *engine = &store->engine;
    struct standing standing;
    const struct engine_import import = {e->host.host, e->made.caseid};
    if (!engine->shape->begin(engine, &import))
        return STORE_FAILED;
    enum store_added added = compare(store, e, &standing);
    bool good = wanted(added);
    if (good) {
        report->collides = collision(store, &e->host);
        good = engine->error.size == 0;
    }
    if (good && standing.there && engine->shape->replaces)
        good = engine->shape->replaces(engine, standing.caseid);
    if (good)
        good = engine->shape->host(engine, &e->host) && write_things(engine, e) && write_rest(engine, e);
    if (!good)
        engine->shape->abandon(engine);
    return good || !wanted(added) ? added : STORE_FAILED;
}

enum store_added store_put(struct store *store, const struct extract *extract, struct store_report *report) {
    *report = (struct store_report){.host = extract->host.host, .things = extract->thing_count};
    text_add(&report->name, extract->host.name[0] ? extract->host.name : extract->host.machine_guid);
    return store->engine.error.size > 0 ? STORE_FAILED : write(store, extract, report);
}

/* What need not be read again is not read again. */
static enum store_added add(struct store *store, struct casefile *casefile, struct extract *extract,
                            struct store_report *report) {
    struct standing standing;
    if (!extract_head(casefile, extract, &report->reason))
        return STORE_REFUSED;
    enum store_added added = compare(store, extract, &standing);
    if (!wanted(added)) {
        report->host = extract->host.host;
        text_add(&report->name, extract->host.name[0] ? extract->host.name : extract->host.machine_guid);
        return added;
    }
    if (!extract_rest(casefile, extract, &report->reason))
        return STORE_REFUSED;
    return store_put(store, extract, report);
}

enum store_added store_add(struct store *store, const char *path, struct store_report *report) {
    struct extract extract = {.memory = NULL};
    *report = (struct store_report){.host = 0};
    if (store->engine.error.size > 0)
        return STORE_FAILED;
    struct casefile *casefile = casefile_open(path, &report->reason);
    enum store_added added = casefile ? add(store, casefile, &extract, report) : STORE_REFUSED;
    extract_free(&extract);
    casefile_close(casefile);
    return added;
}

/* The one host of that id or name; 0, which is told, if there is none or several. */
/* A name that is written with its domain, as answers tell it. */
static void add_with_domain(struct sql *sql, const char *host) {
    const char *dot = strchr(host, '.');
    struct text stem = {0};
    sql_add(sql, ")");
    if (!dot || dot == host || !dot[1])
        return;
    text_bytes(&stem, host, (size_t)(dot - host));
    sql_add(sql, " OR (name = lower(");
    sql_text(sql, text_string(&stem));
    sql_add(sql, ") AND domain = lower(");
    sql_text(sql, dot + 1);
    sql_add(sql, "))");
    text_free(&stem);
}

uint64_t store_host(struct store *store, const char *host) {
    struct sql sql;
    uint64_t found = 0;
    unsigned count = 0;
    sql_init(&sql, store->engine.dialect);
    sql_add(&sql, "SELECT host FROM {hosts} WHERE name = lower(");
    sql_text(&sql, host);
    add_with_domain(&sql, host);
    char *end;
    unsigned long long number = strtoull(host, &end, 10);
    if (*host && !*end) {
        sql_add(&sql, " OR host = ");
        sql_number(&sql, (int64_t)(number & INT64_MAX));
    }
    sql_add(&sql, " ORDER BY host");
    struct engine_rows *rows = store_ask(store, &sql);
    for (; store_next(store, rows); count++)
        found = (uint64_t)store_number(store, rows, 0);
    store_finish(store, rows);
    sql_free(&sql);
    if (store->engine.error.size == 0 && count != 1)
        engine_fail(&store->engine,
                    count == 0 ? "there is no host '%s'"
                               : "there are several hosts '%s': give the number of one (fleet hosts)",
                    host);
    return count == 1 ? found : 0;
}

bool store_forget(struct store *store, const char *host) {
    uint64_t found = store_host(store, host);
    return found && store->engine.shape->forget(&store->engine, found);
}

bool store_place(struct store *store, uint64_t host, const char *const fields[STORE_PLACE_FIELDS]) {
    return store->engine.error.size == 0 && store->engine.shape->place(&store->engine, host, fields);
}
