/* A store on a ClickHouse server. Counts and rarity are computed when they are asked for. */
#include "store/clickhouse_private.h"

#include <sys/random.h>

struct engine_rows {
    struct engine *engine;
    struct clickhouse_answer *answer;
    struct text line; /* a copy: other questions move what is still to come */
    char *cells[CLICKHOUSE_TSV_CELLS];
    size_t count;
};

struct clickhouse *clickhouse_of(struct engine *engine) {
    return engine->state;
}

uint64_t clickhouse_random(struct engine *engine) {
    const uint64_t least = UINT64_C(1000000000000000000), span = UINT64_C(8000000000000000000);
    uint64_t chance = 0;
    if (getrandom(&chance, sizeof chance, 0) != (ssize_t)sizeof chance) {
        engine_fail(engine, "the system has no random numbers");
        return 0;
    }
    return least + chance % span;
}

/* --- sending --- */

static bool told(struct engine *engine, const struct text *why) {
    return engine_fail(engine, "%s", text_string(why));
}

/* Asks until the server answers. */
static struct clickhouse_answer *ask(struct engine *engine, const struct clickhouse_link_request *request) {
    struct clickhouse *state = clickhouse_of(engine);
    struct clickhouse_answer *answer = NULL;
    struct text why = {0};
    enum clickhouse_link_outcome outcome;
    if (engine->error.size > 0)
        return NULL;
    clickhouse_link_progress(state->link, engine->progress, engine->progress_context);
    for (unsigned tries = 1;; tries++) {
        outcome = clickhouse_link_ask(state->link, request, &answer, &why);
        if (outcome != CLICKHOUSE_LINK_AGAIN || !clickhouse_link_wait(tries))
            break;
    }
    if (outcome != CLICKHOUSE_LINK_GOOD)
        told(engine, &why);
    text_free(&why);
    return answer;
}

static bool done(struct engine *engine, const struct clickhouse_link_request *request) {
    struct clickhouse_answer *answer = ask(engine, request);
    clickhouse_link_finish(answer);
    return answer != NULL;
}

bool clickhouse_run(struct engine *engine, const char *sql) {
    const struct clickhouse_link_request request = {.sql = sql};
    return done(engine, &request);
}

bool clickhouse_send(struct engine *engine, const char *sql, const struct text *rows) {
    const struct clickhouse_link_request request = {
        .sql = sql, .body = text_string(rows), .size = rows->size};
    return rows->full ? engine_fail(engine, "out of memory") : done(engine, &request);
}

/* --- asking --- */

static void finish(struct engine_rows *rows) {
    if (!rows)
        return;
    clickhouse_link_finish(rows->answer);
    text_free(&rows->line);
    free(rows);
}

static struct engine_rows *query(struct engine *engine, const char *sql) {
    const struct clickhouse_link_request request = {.sql = sql};
    if (engine->error.size > 0)
        return NULL;
    struct engine_rows *rows = calloc(1, sizeof *rows);
    if (!rows) {
        engine_fail(engine, "out of memory");
        return NULL;
    }
    rows->engine = engine;
    rows->answer = ask(engine, &request);
    if (rows->answer)
        return rows;
    finish(rows);
    return NULL;
}

static bool next(struct engine_rows *rows) {
    struct text why = {0};
    size_t size;
    rows->count = 0;
    if (rows->engine->error.size > 0)
        return false;
    char *line = clickhouse_link_line(rows->answer, &size, &why);
    if (line) {
        text_clear(&rows->line);
        text_bytes(&rows->line, line, size);
        text_char(&rows->line, 0); /* there is a line, however short */
        if (rows->line.full)
            text_add(&why, "out of memory");
        else
            rows->count = clickhouse_tsv_row(rows->line.data, size, rows->cells);
    }
    if (why.size > 0)
        told(rows->engine, &why);
    bool good = line && why.size == 0;
    text_free(&why);
    return good;
}

/* Something between us and the server may answer, too: what is no answer must not look like one that says
 * little. */
static const char *text_of(struct engine_rows *rows, unsigned column) {
    if (column < rows->count)
        return rows->cells[column];
    engine_fail(rows->engine, "an answer of the server lacks a column");
    return "";
}

static int64_t number_of(struct engine_rows *rows, unsigned column) {
    const char *text = text_of(rows, column);
    char *end;
    long long number = strtoll(text, &end, 10);
    if (*end || end == text)
        engine_fail(rows->engine, "an answer of the server has no number where one ought to be");
    return number;
}

bool clickhouse_numbers(struct engine *engine, const char *sql, struct text *ret, size_t *count) {
    struct engine_rows *rows = query(engine, sql);
    size_t found = 0;
    for (; rows && next(rows); found++)
        text_format(ret, "%s%lld", found > 0 ? "," : "", (long long)number_of(rows, 0));
    finish(rows);
    if (count)
        *count = found;
    return engine->error.size == 0 && (!ret->full || engine_fail(engine, "out of memory"));
}

bool clickhouse_number(struct engine *engine, const char *sql, uint64_t *ret) {
    struct engine_rows *rows = query(engine, sql);
    *ret = rows && next(rows) ? (uint64_t)number_of(rows, 0) : 0;
    finish(rows);
    return engine->error.size == 0;
}

/* --- opening --- */

/* All versions take these. Replicated tables would leave out rows that look like some that came lately,
 * although those may have been forgotten since; here batches tell what came twice. */
#define SETTINGS                                                                                             \
    "&join_use_nulls=0&max_query_size=16777216&max_ast_elements=1000000&max_expanded_ast_elements=2000000"   \
    "&distributed_product_mode=global&insert_distributed_sync=1&insert_deduplicate=0"

/* What only some know, and is an error to the others: joins need no names, an answer to an INSERT is given
 * when the rows are kept, one to a deletion before it is done, which may take longer than silence is borne,
 * and a question whose asker is gone ends (of users who may only read). The last overrides
 * insert_deduplicate. */
static const struct {
    const char *name, *value;
} newer[] = {{"joined_subquery_requires_alias", "0"},
             {"async_insert", "0"},
             {"mutations_sync", "0"},
             {"deduplicate_insert", "disable"}};

/* The first cell of an answer that needs no database. */
static uint64_t anywhere(struct engine *engine, const char *sql) {
    const struct clickhouse_link_request request = {.sql = sql, .anywhere = true};
    struct clickhouse_answer *answer = ask(engine, &request);
    struct text why = {0};
    size_t size;
    char *line = answer ? clickhouse_link_line(answer, &size, &why) : NULL;
    uint64_t value = line ? strtoull(line, NULL, 10) : 0;
    if (why.size > 0)
        told(engine, &why);
    clickhouse_link_finish(answer);
    text_free(&why);
    return value;
}

/* One question: each that is known is a bit of the answer. */
static void use_settings(struct engine *engine) {
    struct clickhouse *state = clickhouse_of(engine);
    struct text sql = {0};
    for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++)
        text_format(&sql, "%s(name = '%s') * %d", i > 0 ? " + " : "SELECT sum(", newer[i].name, 1 << i);
    text_add(&sql, ") FROM system.settings");
    uint64_t known = anywhere(engine, text_string(&sql));
    text_free(&sql);
    text_add(&state->settings, SETTINGS);
    for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++)
        if (known >> i & 1)
            text_format(&state->settings, "&%s=%s", newer[i].name, newer[i].value);
    if (state->settings.full)
        engine_fail(engine, "out of memory");
    clickhouse_link_settings(state->link, text_string(&state->settings));
}

static bool meet(struct engine *engine, const struct clickhouse_where *where, enum store_mode mode) {
    struct text sql = {0};
    uint64_t version = anywhere(engine, "SELECT toUInt32OrZero(splitByChar('.', version())[1])");
    if (engine->error.size == 0 && version < 18)
        engine_fail(engine, "%s:%u: no ClickHouse server of version 18.16 or newer", where->host,
                    where->port);
    if (engine->error.size == 0)
        use_settings(engine);
    /* Asked for first: who may write to a database need not be allowed to make one. */
    text_format(&sql, "SELECT count() FROM system.databases WHERE name = '%s'", where->database);
    if (mode == STORE_WRITE && engine->error.size == 0 && anywhere(engine, text_string(&sql)) == 0) {
        text_clear(&sql);
        text_format(&sql, "CREATE DATABASE IF NOT EXISTS %s", where->database);
        (void)anywhere(engine, text_string(&sql));
    }
    text_free(&sql);
    return engine->error.size == 0;
}

static bool open_store(struct engine *engine, const struct clickhouse_where *where, enum store_mode mode) {
    bool there;
    struct text why = {0};
    struct clickhouse *state = clickhouse_of(engine);
    state->link = clickhouse_link_open(where, &why);
    if (!state->link)
        told(engine, &why);
    text_free(&why);
    if (!state->link || !meet(engine, where, mode) || !clickhouse_schema_check(engine, &there))
        return false;
    if (there)
        return true;
    if (mode == STORE_READ)
        return engine_fail(engine, "there is no store in the database %s", where->database);
    if (!clickhouse_schema_make(engine, where->database) || !clickhouse_schema_check(engine, &there))
        return false;
    return there ||
           engine_fail(engine, "the tables of the database %s are not those of a store of this version",
                       where->database);
}

static bool open(struct engine *engine, const char *address, enum store_mode mode) {
    struct clickhouse_where where;
    struct text why = {0};
    engine->dialect = SQL_CLICKHOUSE;
    engine->state = calloc(1, sizeof(struct clickhouse));
    if (!engine->state)
        return engine_fail(engine, "out of memory");
    bool good = (clickhouse_where_parse(address, &where, &why) && clickhouse_where_password(&where, &why)) ||
                told(engine, &why);
    good = good && open_store(engine, &where, mode);
    explicit_bzero(&where, sizeof where);
    text_free(&why);
    return good;
}

static void close_engine(struct engine *engine) {
    struct clickhouse *state = clickhouse_of(engine);
    if (!state)
        return;
    clickhouse_import_free(state);
    clickhouse_link_close(state->link);
    text_free(&state->settings);
    free(state);
    engine->state = NULL;
}

const struct engine_shape clickhouse_engine = {
    .name = "clickhouse",
    .open = open,
    .close = close_engine,
    .begin = clickhouse_import_begin,
    .host = clickhouse_import_host,
    .thing = clickhouse_import_thing,
    .presence = clickhouse_import_presence,
    .mark = clickhouse_import_mark,
    .covered = clickhouse_import_covered,
    .commit = clickhouse_import_commit,
    .abandon = clickhouse_import_abandon,
    .forget = clickhouse_forget_host,
    .place = clickhouse_forget_place,
    .query = query,
    .next = next,
    .text = text_of,
    .number = number_of,
    .finish = finish,
};
