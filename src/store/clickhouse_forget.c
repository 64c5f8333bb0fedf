#include "store/clickhouse_private.h"

#include "base/filetime.h"

enum {
    CHUNK = 10000, /* numbers in one statement */
    POLL = 200,    /* milliseconds */
    STUCK = 50,    /* polls that all see a reason why the server does not get on */
    NAME = 128
};

static bool place_row(struct engine *engine, uint64_t host, const char *const fields[ENGINE_PLACE_FIELDS],
                      bool gone) {
    struct text row = {0};
    text_format(&row, "%lld\t%d\t%lld", (long long)host, gone, (long long)filetime_now());
    for (int i = 0; i < ENGINE_PLACE_FIELDS; i++) {
        text_char(&row, '\t');
        clickhouse_tsv_cell(&row, fields[i]);
    }
    text_char(&row, '\n');
    bool good = clickhouse_send(
        engine,
        "INSERT INTO place (host, gone, version, site, country, owner, role, mac) FORMAT TabSeparated", &row);
    text_free(&row);
    return good;
}

bool clickhouse_forget_place(struct engine *engine, uint64_t host,
                             const char *const fields[ENGINE_PLACE_FIELDS]) {
    return place_row(engine, host, fields, false);
}

/* From now on nobody sees it; a case that is being added meanwhile is not seen either. */
static bool hide(struct engine *engine, uint64_t host) {
    static const char *const nothing[ENGINE_PLACE_FIELDS] = {"", "", "", "", ""};
    const struct store_case none = {.host = host};
    struct text sql = {0};
    uint64_t epoch, added = filetime_now(), chance = clickhouse_random(engine);
    text_format(&sql, "SELECT uniqExact(turn) FROM host_case WHERE gone = 1 AND host = %lld",
                (long long)host);
    bool good = clickhouse_number(engine, text_string(&sql), &epoch);
    text_clear(&sql);
    text_format(&sql, "%lld\t%lld\t1\t", (long long)host, (long long)added);
    clickhouse_turn(&sql, epoch + 1, &none, added, chance);
    text_char(&sql, '\n');
    good = good &&
           clickhouse_send(engine, "INSERT INTO host_case (host, added, gone, turn) FORMAT TabSeparated",
                           &sql) &&
           place_row(engine, host, nothing, true);
    text_free(&sql);
    return good;
}

/* --- where the rows are --- */

/* Tables that are distributed do not delete, but their servers do when the cluster is told. */
struct spread {
    bool is_spread;
    char cluster[NAME], database[NAME], table[NAME];
};

/* One argument of an engine, a word or one between quotes; what follows it, or NULL if it is none of these.
 */
static const char *argument(const char *at, char name[NAME]) {
    at += strspn(at, " ");
    bool quoted = *at == '\'';
    at += quoted;
    size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    if (size == 0 || size >= NAME || (quoted && at[size] != '\''))
        return NULL;
    memcpy(name, at, size);
    name[size] = 0;
    at += size + quoted;
    return *at == ',' || *at == ')' ? at + 1 : NULL;
}

/* From "Distributed(CLUSTER, DATABASE, TABLE...". */
static bool parse_spread(const char *made, struct spread *ret) {
    const char *at = strncmp(made, "Distributed(", 12) == 0 ? argument(made + 12, ret->cluster) : NULL;
    at = at ? argument(at, ret->database) : NULL;
    return at && argument(at, ret->table);
}

static bool find_spread(struct engine *engine, const char *table, struct spread *ret) {
    struct text sql = {0};
    *ret = (struct spread){.is_spread = false};
    text_format(&sql,
                "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = '%s'"
                " AND engine = 'Distributed'",
                table);
    struct engine_rows *rows = engine->shape->query(engine, text_string(&sql));
    ret->is_spread = rows && engine->shape->next(rows);
    bool good = !ret->is_spread || parse_spread(engine->shape->text(rows, 0), ret);
    engine->shape->finish(rows);
    text_free(&sql);
    return engine->error.size == 0 &&
           (good || engine_fail(engine, "how the table %s is distributed is not understood", table));
}

static bool delete_rows(struct engine *engine, const char *table, const char *condition) {
    struct spread spread;
    struct text sql = {0};
    if (!find_spread(engine, table, &spread))
        return false;
    if (spread.is_spread)
        text_format(&sql, "ALTER TABLE %s.%s ON CLUSTER '%s'", spread.database, spread.table, spread.cluster);
    else
        text_format(&sql, "ALTER TABLE %s", table);
    text_format(&sql, " DELETE WHERE %s", condition);
    bool good = !sql.full ? clickhouse_run(engine, text_string(&sql)) : engine_fail(engine, "out of memory");
    text_free(&sql);
    return good;
}

/* Statements of at most CHUNK numbers of the list. */
static bool delete_those(struct engine *engine, const char *table, const char *column, const char *list) {
    bool good = true;
    while (good && *list) {
        struct text condition = {0};
        const char *end = list;
        for (int i = 0; i < CHUNK && *end; i++)
            end += strcspn(end + (*end == ','), ",") + (*end == ',');
        text_format(&condition, "%s IN (", column);
        text_bytes(&condition, list, (size_t)(end - list));
        text_add(&condition, ")");
        good = delete_rows(engine, table, text_string(&condition));
        text_free(&condition);
        list = end + (*end == ',');
    }
    return good;
}

static bool delete_of_host(struct engine *engine, uint64_t host) {
    static const char *const which[][2] = {
        {"host_case", "gone = 0 AND host ="}, {"import", "host ="}, {"place", "gone = 0 AND host ="}};
    bool good = true;
    for (size_t i = 0; good && i < sizeof which / sizeof which[0]; i++) {
        struct text condition = {0};
        text_format(&condition, "%s %lld", which[i][1], (long long)host);
        good = delete_rows(engine, which[i][0], text_string(&condition));
        text_free(&condition);
    }
    return good;
}

/* "mutations that are not done", as a question asks for them. */
static bool unfinished(struct engine *engine, struct text *ret) {
    struct spread spread;
    if (!find_spread(engine, "presence", &spread))
        return false;
    if (spread.is_spread)
        text_format(ret, "FROM cluster('%s', system, mutations) WHERE database = '%s' AND is_done = 0",
                    spread.cluster, spread.database);
    else
        text_add(ret, "FROM system.mutations WHERE database = currentDatabase() AND is_done = 0");
    return true;
}

/* Tells why the server does not get on; it may yet, so one reason is none. Old servers do not say. */
static bool gets_on(struct engine *engine, const struct text *those, unsigned *stuck) {
    struct text sql = {0};
    text_format(&sql, "SELECT latest_fail_reason %s AND latest_fail_reason != '' LIMIT 1",
                text_string(those));
    struct engine_rows *rows = engine->shape->query(engine, text_string(&sql));
    *stuck = rows && engine->shape->next(rows) ? *stuck + 1 : 0;
    if (*stuck >= STUCK)
        engine_fail(engine, "the server does not get on with deleting: %.240s", engine->shape->text(rows, 0));
    engine->shape->finish(rows);
    text_free(&sql);
    return engine->error.size == 0;
}

/* Deletions go on by themselves; this waits for them. */
static bool settle(struct engine *engine) {
    static const char says[] = "SELECT count() FROM system.columns WHERE database = 'system' AND table ="
                               " 'mutations' AND name = 'latest_fail_reason'";
    struct text those = {0}, sql = {0};
    uint64_t left = 1, has_reasons;
    unsigned stuck = 0;
    bool good = clickhouse_number(engine, says, &has_reasons) && unfinished(engine, &those);
    text_format(&sql, "SELECT count() %s", text_string(&those));
    while (good && left > 0) {
        struct timespec pause = {0, POLL * 1000000L};
        good = clickhouse_number(engine, text_string(&sql), &left) &&
               (left == 0 || has_reasons == 0 || gets_on(engine, &those, &stuck));
        if (good && left > 0)
            nanosleep(&pause, NULL);
    }
    text_free(&those);
    text_free(&sql);
    return good;
}

/* --- what is deleted --- */

/* Things that no batch has but those in the list. */
static bool lonely(struct engine *engine, const char *batches, struct text *ret) {
    struct text sql = {0};
    text_format(&sql,
                "SELECT thing FROM presence WHERE thing IN (SELECT thing FROM presence WHERE batch IN (%s))"
                " GROUP BY thing HAVING min(batch IN (%s)) = 1 ORDER BY thing",
                batches, batches);
    bool good = clickhouse_numbers(engine, text_string(&sql), ret, NULL);
    text_free(&sql);
    return good;
}

static bool erase(struct engine *engine, uint64_t host) {
    static const char *const of_batches[] = {"presence", "mark", "covered", "host"};
    struct text sql = {0}, batches = {0}, things = {0};
    text_format(&sql, "SELECT DISTINCT batch FROM import WHERE host = %lld ORDER BY batch", (long long)host);
    bool good = clickhouse_numbers(engine, text_string(&sql), &batches, NULL);
    if (good && batches.size > 0) {
        good = lonely(engine, text_string(&batches), &things);
        for (size_t i = 0; good && i < sizeof of_batches / sizeof of_batches[0]; i++)
            good = delete_those(engine, of_batches[i], "batch", text_string(&batches));
        good = good && delete_those(engine, "thing", "thing", text_string(&things));
    }
    good = good && delete_of_host(engine, host) && settle(engine);
    text_free(&sql);
    text_free(&batches);
    text_free(&things);
    return good;
}

bool clickhouse_forget_host(struct engine *engine, uint64_t host) {
    if (!hide(engine, host))
        return false;
    if (erase(engine, host))
        return true;
    struct text reason = engine->error;
    engine->error = (struct text){0};
    engine_fail(engine,
                "the host is hidden, but not all of its rows are gone; where tables are distributed,"
                " docs/fleet-clickhouse.md tells what to run on each node (%s)",
                text_string(&reason));
    text_free(&reason);
    return false;
}
