/* A store in one file of SQLite. Counts of hosts and the presences of rare things are kept as cases come and
 * go, in the transaction of each, so that the questions that matter read no presences. Presences are kept by
 * the number of their case in this file, counted up: shorter than its id, and written at the end, packed. */
#include "base/db.h"
#include "base/filetime.h"
#include "store/engine.h"
#include "store/sqlite_presences.h"
#include "store/sqlite_stacks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define APPLICATION 0x41535346 /* "ASSF" */
#define VERSION     3
#define WORD_(x)    #x
#define WORD(x)     WORD_(x)

enum { WAIT = 600 }; /* seconds for another writer's case */

static const char schema[] = "PRAGMA application_id = " WORD(APPLICATION) "; PRAGMA user_version = " WORD(
    VERSION) ";"
             "CREATE TABLE host(host INTEGER PRIMARY KEY, name TEXT NOT NULL, domain TEXT NOT NULL,"
             " machine_guid TEXT NOT NULL, machine_sid TEXT NOT NULL, mac TEXT NOT NULL, os_build TEXT NOT NULL,"
             " role TEXT NOT NULL, products TEXT NOT NULL) STRICT;"
             "CREATE TABLE place(host INTEGER PRIMARY KEY, site TEXT NOT NULL, country TEXT NOT NULL,"
             " owner TEXT NOT NULL, role TEXT NOT NULL, mac TEXT NOT NULL) STRICT;"
             "CREATE TABLE host_case(host INTEGER PRIMARY KEY, caseid INTEGER NOT NULL, collected INTEGER NOT NULL,"
             " added INTEGER NOT NULL, rank INTEGER NOT NULL, verdict TEXT NOT NULL, complete INTEGER NOT NULL,"
             " since INTEGER NOT NULL, number INTEGER NOT NULL UNIQUE) STRICT;"
             "CREATE TABLE thing(thing INTEGER PRIMARY KEY, kind TEXT NOT NULL, path TEXT NOT NULL, name TEXT NOT NULL,"
             " sha256 TEXT NOT NULL, authentihash TEXT NOT NULL, signer TEXT NOT NULL, exports TEXT NOT NULL,"
             " version TEXT NOT NULL, product TEXT NOT NULL, built INTEGER NOT NULL, added INTEGER NOT NULL) STRICT;"
             "CREATE TABLE thing_count(thing INTEGER PRIMARY KEY, hosts INTEGER NOT NULL) STRICT;"
             "CREATE TABLE rarity(thing INTEGER NOT NULL, host INTEGER NOT NULL, caseid INTEGER NOT NULL,"
             " time INTEGER NOT NULL, PRIMARY KEY(thing, host)) STRICT, WITHOUT ROWID;" SQLITE_PRESENCES_SCHEMA
             "CREATE TABLE mark(caseid INTEGER NOT NULL, thing INTEGER NOT NULL, stage TEXT NOT NULL,"
             " severity INTEGER NOT NULL, strength INTEGER NOT NULL, detector TEXT NOT NULL, time INTEGER NOT NULL,"
             " summary TEXT NOT NULL) STRICT;"
             "CREATE TABLE covered(caseid INTEGER NOT NULL, prefix TEXT NOT NULL, complete INTEGER NOT NULL) STRICT;"
             "CREATE INDEX host_case_caseid ON host_case(caseid); CREATE INDEX mark_caseid ON mark(caseid);"
             "CREATE INDEX covered_caseid ON covered(caseid); CREATE INDEX host_name ON host(name);"
             "CREATE INDEX host_machine ON host(machine_guid);"
             "CREATE INDEX thing_name ON thing(name); CREATE INDEX thing_sha256 ON thing(sha256);"
             "CREATE INDEX thing_authentihash ON thing(authentihash);";

enum statement { ADD_HOST, ADD_CASE, HAS_THING, ADD_THING, ADD_MARK, ADD_COVERED, ADD_PLACE, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [ADD_HOST] = "INSERT OR REPLACE INTO host VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ADD_CASE] = "INSERT OR REPLACE INTO host_case VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [HAS_THING] = "SELECT 1 FROM thing WHERE thing = ?",
    [ADD_THING] = "INSERT OR IGNORE INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [ADD_MARK] = "INSERT INTO mark VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [ADD_COVERED] = "INSERT INTO covered VALUES (?, ?, ?)",
    [ADD_PLACE] = "INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?, ?, ?)",
};

struct state {
    struct db *db;
    struct db_query *statements[STATEMENTS];
    struct engine_import import;
    uint64_t number, added; /* of the case that is imported */
    bool importing;
    struct store_presence *rows; /* of that case, until it is committed */
    size_t row_count, row_room;
    struct sqlite_presences presences;
    struct sqlite_stacks stacks;
};

struct engine_rows {
    struct engine *engine;
    struct db_query *query;
};

static struct state *state_of(struct engine *engine) {
    return engine->state;
}

static bool broken(struct engine *engine) {
    return engine_fail(engine, "%s", db_error(state_of(engine)->db));
}

static bool run(struct engine *engine, const char *sql) {
    return db_run(state_of(engine)->db, sql) || broken(engine);
}

/* --- opening --- */

static int64_t pragma(struct db *db, const char *sql) {
    struct db_query *query = db_prepare(db, sql);
    int64_t value = query && db_step(query) ? db_integer(query, 0) : -1;
    db_finish(query);
    return value;
}

static bool fill(struct db *db) {
    return db_run(db, "PRAGMA journal_mode = WAL; BEGIN") && db_run(db, schema) && db_run(db, "COMMIT");
}

/* Under another name first: two programs may make it at once, and neither may see half of it. */
static bool make(struct engine *engine, const char *where) {
    char *why = NULL;
    struct text name = {0};
    text_format(&name, "%s.%ld.new", where, (long)getpid());
    const char *partial = text_string(&name);
    int fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    bool good = fd >= 0;
    if (good) {
        close(fd);
        struct db *db = db_create(partial, &why);
        good = db && fill(db);
        if (!good)
            engine_fail(engine, "%s: %s", partial, db ? db_error(db) : why ? why : "out of memory");
        db_close(db);
        /* The one that comes second finds it made. Not all file systems have links. */
        if (good && link(partial, where) != 0 && errno != EEXIST)
            good = rename(partial, where) == 0;
        unlink(partial);
    }
    if (!good)
        engine_fail(engine, "%s: %s", where, strerror(errno));
    free(why);
    text_free(&name);
    return good;
}

static void schema_of(struct db *db, struct text *out) {
    struct db_query *query = db_prepare(db, "SELECT type, name, coalesce(sql, '') FROM sqlite_schema"
                                            " WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name");
    while (query && db_step(query))
        text_format(out, "%s %s %s\n", db_text(query, 0, NULL), db_text(query, 1, NULL),
                    db_text(query, 2, NULL));
    db_finish(query);
}

/* Exactly our tables: a trigger or view of a stranger's would do what we did not ask for. */
static bool schema_is_ours(struct db *db) {
    char *why;
    struct text ours = {0}, theirs = {.max = 1 << 20};
    struct db *model = db_create(":memory:", &why);
    bool same = model && db_run(model, schema);
    if (same) {
        schema_of(model, &ours);
        schema_of(db, &theirs);
        same = !ours.full && !theirs.full && strcmp(text_string(&ours), text_string(&theirs)) == 0;
    }
    db_close(model);
    free(why);
    text_free(&ours);
    text_free(&theirs);
    return same;
}

/* Why nothing can be read. SQLite keeps files beside this one while it reads. */
static bool unread(struct engine *engine, const char *where) {
    const char *error = db_error(state_of(engine)->db);
    bool beside = strstr(error, "readonly") || strstr(error, "unable to open");
    if (strcmp(error, "file is not a database") == 0)
        return engine_fail(engine, "%s: no store of assay", where);
    return engine_fail(engine, "%s: %s%s", where, error,
                       beside ? "; it is read where files can be made beside it: copy it there" : "");
}

static bool is_ours(struct engine *engine, const char *where) {
    struct db *db = state_of(engine)->db;
    int64_t application = pragma(db, "PRAGMA application_id");
    if (application < 0 && db_error(db)[0])
        return unread(engine, where);
    if (application != APPLICATION)
        return engine_fail(engine, "%s: no store of assay", where);
    if (pragma(db, "PRAGMA user_version") != VERSION)
        return engine_fail(engine, "%s: a store of another version of assay", where);
    if (!schema_is_ours(db))
        return engine_fail(engine, "%s: its tables are not those of a store; it was altered", where);
    return true;
}

/* How long a question takes is not known; what is told is how many presences were read. */
static void watch(void *context) {
    struct engine *engine = context;
    if (engine->progress && !state_of(engine)->importing)
        engine->progress(engine->progress_context, state_of(engine)->presences.read, 0);
}

static bool open_engine(struct engine *engine, const char *where, enum store_mode mode) {
    char *error;
    struct stat st;
    struct state *state = calloc(1, sizeof *state);
    bool there = stat(where, &st) == 0;
    engine->state = state;
    engine->dialect = SQL_SQLITE;
    if (!state)
        return engine_fail(engine, "out of memory");
    if (mode == STORE_READ && !there)
        return engine_fail(engine, "%s: there is no store", where);
    if (there && !S_ISREG(st.st_mode))
        return engine_fail(engine, "%s: no store of assay", where);
    if (!there && !make(engine, where))
        return false;
    state->db = db_open_shared(where, WAIT, &error);
    if (!state->db) {
        engine_fail(engine, "%s: %s", where, error ? error : "out of memory");
        free(error);
        return false;
    }
    if (!sqlite_presences_add(state->db, &state->presences) ||
        !sqlite_stacks_add(state->db, engine, &state->stacks))
        return engine_fail(engine, "%s: out of memory", where);
    db_watch(state->db, watch, engine);
    return is_ours(engine, where) &&
           run(engine,
               "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -262144; PRAGMA wal_autocheckpoint = 8192;"
               "PRAGMA temp_store = MEMORY");
}

static void close_engine(struct engine *engine) {
    struct state *state = state_of(engine);
    if (!state)
        return;
    db_close(state->db);
    free(state->rows);
    free(state);
    engine->state = NULL;
}

/* --- importing --- */

static struct db_query *statement(struct engine *engine, enum statement which) {
    struct state *state = state_of(engine);
    if (engine->error.size > 0)
        return NULL;
    if (!state->statements[which])
        state->statements[which] = db_prepare(state->db, texts[which]);
    if (!state->statements[which])
        broken(engine);
    else
        db_reset(state->statements[which]);
    return state->statements[which];
}

static void number(struct db_query *query, int at, uint64_t value) {
    db_bind_integer(query, at, (int64_t)value);
}

static void string(struct db_query *query, int at, const char *text) {
    db_bind_text(query, at, text, strlen(text));
}

static bool put(struct engine *engine, struct db_query *query) {
    if (!query)
        return false;
    while (db_step(query)) {
    }
    return db_error(state_of(engine)->db)[0] == 0 || broken(engine);
}

/* What is of a case alone. The counts first, by its presences. */
static bool drop_case(struct engine *engine, uint64_t host, uint64_t caseid, uint64_t number) {
    _Static_assert(STORE_RARE == 16, "the text below says it, too");
    struct text sql = {0};
    long long c = (long long)caseid, h = (long long)host, n = (long long)number;
    text_format(
        &sql,
        "UPDATE thing_count SET hosts = hosts - 1 WHERE thing IN (SELECT thing FROM presence WHERE"
        " number = %lld);"
        "DELETE FROM rarity WHERE host = %lld AND thing IN (SELECT thing FROM presence WHERE number = %lld);"
        /* What was common and is rare again gets its presences back, by a look at each current case. */
        "INSERT OR REPLACE INTO rarity SELECT p.thing, c.host, c.caseid, p.time FROM host_case c"
        " CROSS JOIN presence p ON p.number = c.number AND p.thing IN (SELECT n.thing FROM presence o"
        " CROSS JOIN thing_count n ON n.thing = o.thing WHERE o.number = %lld AND n.hosts = 16)"
        " WHERE c.number <> %lld;"
        "DELETE FROM presence_rows WHERE number = %lld; DELETE FROM mark WHERE caseid = %lld;"
        "DELETE FROM covered WHERE caseid = %lld;",
        n, h, n, n, n, n, c, c);
    bool ok = run(engine, text_string(&sql));
    text_free(&sql);
    return ok;
}

/* The current case of a host and its number in this file; false if there is none, or the store failed. */
static bool case_of(struct engine *engine, uint64_t host, uint64_t *caseid, uint64_t *number) {
    struct db *db = state_of(engine)->db;
    struct text sql = {0};
    text_format(&sql, "SELECT caseid, number FROM host_case WHERE host = %lld", (long long)host);
    struct db_query *query = db_prepare(db, text_string(&sql));
    bool there = query && db_step(query);
    if (there) {
        *caseid = (uint64_t)db_integer(query, 0);
        *number = (uint64_t)db_integer(query, 1);
    }
    db_finish(query);
    text_free(&sql);
    return there;
}

static bool drop_host(struct engine *engine, uint64_t host) {
    uint64_t caseid, number;
    bool there = case_of(engine, host, &caseid, &number);
    if (db_error(state_of(engine)->db)[0])
        return broken(engine);
    return !there || drop_case(engine, host, caseid, number);
}

static bool begin(struct engine *engine, const struct engine_import *import) {
    struct state *state = state_of(engine);
    if (!run(engine, "BEGIN IMMEDIATE"))
        return false;
    state->importing = true;
    state->row_count = 0;
    state->import = *import;
    state->added = filetime_now();
    int64_t last = pragma(state->db, "SELECT coalesce(max(number), 0) FROM host_case");
    if (db_error(state->db)[0] || last < 0 || last == INT64_MAX) /* altered: the next would be another's */
        return db_error(state->db)[0] ? broken(engine)
                                      : engine_fail(engine, "the cases of the store have impossible numbers");
    state->number = (uint64_t)last + 1;
    return true;
}

static bool replaces(struct engine *engine, uint64_t caseid) {
    (void)caseid; /* this file knows it by another number */
    return drop_host(engine, state_of(engine)->import.host);
}

static bool add_host(struct engine *engine, const struct store_host *h) {
    struct db_query *query = statement(engine, ADD_HOST);
    const char *const fields[] = {h->name, h->domain,   h->machine_guid, h->machine_sid,
                                  h->mac,  h->os_build, h->role,         h->products};
    if (!query)
        return false;
    number(query, 1, h->host);
    for (int i = 0; i < 8; i++)
        string(query, 2 + i, fields[i]);
    return put(engine, query);
}

/* Most things are there: to look is quicker than to give all of it. */
static bool has_thing(struct engine *engine, uint64_t id) {
    struct db_query *query = statement(engine, HAS_THING);
    if (!query)
        return false;
    number(query, 1, id);
    bool there = db_step(query);
    db_reset(query); /* an open reader would keep an old state of the store alive beyond the commit */
    return there;
}

static bool add_thing(struct engine *engine, uint64_t id, const struct store_thing *t) {
    if (has_thing(engine, id))
        return true;
    struct db_query *query = statement(engine, ADD_THING);
    const char *const fields[] = {rows_kind_word(t->kind),
                                  t->path,
                                  t->name,
                                  t->sha256,
                                  t->authentihash,
                                  t->signer,
                                  t->exports,
                                  t->version,
                                  t->product};
    if (!query)
        return false;
    number(query, 1, id);
    for (int i = 0; i < 9; i++)
        string(query, 2 + i, fields[i]);
    number(query, 11, t->built);
    number(query, 12, state_of(engine)->added);
    return put(engine, query);
}

static bool add_presence(struct engine *engine, const struct store_presence *p) {
    struct state *state = state_of(engine);
    if (state->row_count == state->row_room) {
        size_t room = state->row_room ? state->row_room * 2 : 4096;
        struct store_presence *rows = realloc(state->rows, room * sizeof *rows);
        if (!rows)
            return engine_fail(engine, "out of memory");
        state->rows = rows;
        state->row_room = room;
    }
    state->rows[state->row_count++] = *p;
    return true;
}

static bool write_presences(struct engine *engine) {
    struct state *state = state_of(engine);
    const char *why;
    if (sqlite_presences_write(state->db, state->number, state->rows, state->row_count, &why))
        return true;
    return db_error(state->db)[0] ? broken(engine) : engine_fail(engine, "%s", why);
}

static bool add_mark(struct engine *engine, const struct store_mark *m) {
    struct db_query *query = statement(engine, ADD_MARK);
    if (!query)
        return false;
    number(query, 1, state_of(engine)->import.caseid);
    number(query, 2, m->thing);
    string(query, 3, m->stage);
    number(query, 4, m->severity);
    number(query, 5, m->strength);
    string(query, 6, m->detector);
    number(query, 7, m->time);
    string(query, 8, m->summary);
    return put(engine, query);
}

static bool add_covered(struct engine *engine, const struct store_covered *c) {
    struct db_query *query = statement(engine, ADD_COVERED);
    if (!query)
        return false;
    number(query, 1, state_of(engine)->import.caseid);
    string(query, 2, c->prefix);
    number(query, 3, c->complete);
    return put(engine, query);
}

/* What is kept beside presences, for all of a case at once: a statement each, not a statement a thing. */
static bool count_in(struct engine *engine) {
    const struct state *state = state_of(engine);
    struct text sql = {0};
    long long c = (long long)state->import.caseid, h = (long long)state->import.host,
              n = (long long)state->number;
    text_format(&sql,
                "INSERT INTO thing_count SELECT thing, 1 FROM presence WHERE number = %lld"
                " ON CONFLICT(thing) DO UPDATE SET hosts = hosts + 1;"
                "INSERT OR REPLACE INTO rarity SELECT p.thing, %lld, %lld, p.time FROM presence p"
                " CROSS JOIN thing_count n ON n.thing = p.thing WHERE p.number = %lld AND n.hosts <= 16;"
                "DELETE FROM rarity WHERE thing IN (SELECT p.thing FROM presence p CROSS JOIN thing_count n"
                " ON n.thing = p.thing WHERE p.number = %lld AND n.hosts = 17);",
                n, h, c, n, n);
    bool ok = run(engine, text_string(&sql));
    text_free(&sql);
    return ok;
}

static bool commit(struct engine *engine, const struct store_case *c) {
    struct db_query *query = write_presences(engine) && count_in(engine) ? statement(engine, ADD_CASE) : NULL;
    if (!query)
        return false;
    const uint64_t numbers[] = {c->host, c->caseid, c->collected, state_of(engine)->added, c->rank};
    for (int i = 0; i < 5; i++)
        number(query, 1 + i, numbers[i]);
    string(query, 6, c->verdict);
    number(query, 7, c->complete);
    number(query, 8, c->since);
    number(query, 9, state_of(engine)->number);
    bool ok = put(engine, query) && run(engine, "COMMIT");
    state_of(engine)->importing = !ok && state_of(engine)->importing;
    return ok;
}

static void abandon(struct engine *engine) {
    struct state *state = state_of(engine);
    if (state->importing && db_error(state->db)[0] == 0 && !db_run(state->db, "ROLLBACK"))
        broken(engine);
    state->importing = false;
}

static bool forget(struct engine *engine, uint64_t host) {
    struct text sql = {0};
    struct engine_import import = {.host = host};
    long long h = (long long)host;
    if (!begin(engine, &import))
        return false;
    text_format(&sql,
                "DELETE FROM host_case WHERE host = %lld; DELETE FROM host WHERE host = %lld;"
                "DELETE FROM place WHERE host = %lld;"
                "DELETE FROM thing WHERE thing IN (SELECT thing FROM thing_count WHERE hosts = 0);"
                "DELETE FROM thing_count WHERE hosts = 0; COMMIT",
                h, h, h);
    bool ok = drop_host(engine, host) && run(engine, text_string(&sql));
    text_free(&sql);
    if (!ok)
        abandon(engine);
    state_of(engine)->importing = false;
    return ok;
}

static bool place(struct engine *engine, uint64_t host, const char *const fields[ENGINE_PLACE_FIELDS]) {
    struct db_query *query = statement(engine, ADD_PLACE);
    if (!query)
        return false;
    number(query, 1, host);
    for (int i = 0; i < ENGINE_PLACE_FIELDS; i++)
        string(query, 2 + i, fields[i]);
    return put(engine, query);
}

/* --- asking --- */

static struct engine_rows *query(struct engine *engine, const char *sql) {
    if (engine->error.size > 0)
        return NULL;
    struct engine_rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        engine_fail(engine, "out of memory");
        return NULL;
    }
    rows->engine = engine;
    state_of(engine)->presences.read = 0;
    rows->query = db_prepare(state_of(engine)->db, sql);
    if (!rows->query) {
        broken(engine);
        free(rows);
        return NULL;
    }
    return rows;
}

static bool next(struct engine_rows *rows) {
    bool more = db_step(rows->query);
    if (!more && db_error(state_of(rows->engine)->db)[0])
        broken(rows->engine);
    return more;
}

static const char *text_of(struct engine_rows *rows, unsigned column) {
    return db_text(rows->query, (int)column, NULL);
}

static int64_t number_of(struct engine_rows *rows, unsigned column) {
    return db_integer(rows->query, (int)column);
}

static void finish(struct engine_rows *rows) {
    if (!rows)
        return;
    db_finish(rows->query);
    free(rows);
}

const struct engine_shape sqlite_engine = {
    .name = "sqlite",
    .open = open_engine,
    .close = close_engine,
    .begin = begin,
    .replaces = replaces,
    .host = add_host,
    .thing = add_thing,
    .presence = add_presence,
    .mark = add_mark,
    .covered = add_covered,
    .commit = commit,
    .abandon = abandon,
    .forget = forget,
    .place = place,
    .query = query,
    .next = next,
    .text = text_of,
    .number = number_of,
    .finish = finish,
};
