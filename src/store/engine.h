/* engine: what a store asks of a database. SQLite (store/sqlite_engine.c) and ClickHouse (store/clickhouse.c)
 * have one shape here.
 *
 * Errors stay: after the first failure every call fails, and `error` says why. An engine belongs to one
 * thread; several programs may write to one store at once. */
#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include "base/fault.h"
#include "base/text.h"
#include "store/rows.h"
#include "store/sql.h"

enum store_mode { STORE_READ, STORE_WRITE /* makes it if it is not there */ };

enum { ENGINE_PLACE_FIELDS = 5 };

/* What an import tells as it goes. */
struct engine_import {
    uint64_t host, caseid;
};

/* Told now and then while a question takes long: how many rows were read of how many, as far as is known (0:
 * not). */
typedef void engine_progress(void *context, uint64_t read, uint64_t total);
#define ENGINE_ANSWERED UINT64_MAX /* `read`: the first row of a question that was told of is there */

struct engine {
    const struct engine_shape *shape;
    enum sql_engine dialect;
    engine_progress *progress; /* NULL for nobody */
    void *progress_context;
    struct text error; /* "" as long as nothing failed; never holds a password */
    void *state;
};

/* One row of an answer; cells from 0, texts until the next row. */
struct engine_rows;

struct engine_shape {
    const char *name;
    bool (*open)(struct engine *engine, const char *where, enum store_mode mode);
    void (*close)(struct engine *engine);

    /* An import: what is put counts from `commit` on, as a whole; `abandon`, or the end of the program,
     * leaves the store as if it had not been. The case is the last thing that is put. */
    bool (*begin)(struct engine *engine, const struct engine_import *import);
    /* Then, for a host that is there, that its case `caseid` counts no more; NULL if there is nothing to do.
     * Between begin and this the store is asked how the host stands: where `begin` keeps other writers out
     * the answer holds until the commit. */
    bool (*replaces)(struct engine *engine, uint64_t caseid);
    bool (*host)(struct engine *engine, const struct store_host *host);
    bool (*thing)(struct engine *engine, uint64_t id, const struct store_thing *thing);
    bool (*presence)(struct engine *engine, const struct store_presence *presence);
    bool (*mark)(struct engine *engine, const struct store_mark *mark);
    bool (*covered)(struct engine *engine, const struct store_covered *covered);
    bool (*commit)(struct engine *engine, const struct store_case *made);
    void (*abandon)(struct engine *engine);

    /* The host and all that is of it alone is gone. */
    bool (*forget)(struct engine *engine, uint64_t host);
    /* As store_place. */
    bool (*place)(struct engine *engine, uint64_t host, const char *const fields[ENGINE_PLACE_FIELDS]);

    struct engine_rows *(*query)(struct engine *engine, const char *sql);
    bool (*next)(struct engine_rows *rows);
    const char *(*text)(struct engine_rows *rows, unsigned column);
    int64_t (*number)(struct engine_rows *rows, unsigned column);
    void (*finish)(struct engine_rows *rows);
};

extern const struct engine_shape sqlite_engine, clickhouse_engine;

/* Keeps the first reason; always false. */
bool engine_fail(struct engine *engine, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
