#include "store/clickhouse_private.h"

#include "base/filetime.h"

enum { CHUNK = 10000 /* numbers in one statement */, POLL = 200 /* milliseconds */ };

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

/* Statements of at most CHUNK numbers of the list. */
static bool delete_those(struct engine *engine, const char *table, const char *column, const char *list) {
    bool good = true;
    while (good && *list) {
        struct text sql = {0};
        const char *end = list;
        for (int i = 0; i < CHUNK && *end; i++)
            end += strcspn(end + (*end == ','), ",") + (*end == ',');
        text_format(&sql, "ALTER TABLE %s DELETE WHERE %s IN (", table, column);
        text_bytes(&sql, list, (size_t)(end - list));
        text_add(&sql, ")");
        good = clickhouse_run(engine, text_string(&sql));
        text_free(&sql);
        list = end + (*end == ',');
    }
    return good;
}

static bool delete_of_host(struct engine *engine, uint64_t host) {
    static const char *const which[] = {
        "host_case DELETE WHERE gone = 0 AND host =", "import DELETE WHERE host =",
        "place DELETE WHERE gone = 0 AND host ="};
    bool good = true;
    for (size_t i = 0; good && i < sizeof which / sizeof which[0]; i++) {
        struct text sql = {0};
        text_format(&sql, "ALTER TABLE %s %lld", which[i], (long long)host);
        good = clickhouse_run(engine, text_string(&sql));
        text_free(&sql);
    }
    return good;
}

/* Deletions go on by themselves; this waits for them. */
static bool settle(struct engine *engine) {
    uint64_t left;
    do {
        if (!clickhouse_number(engine,
                               "SELECT count() FROM system.mutations WHERE database = currentDatabase() AND"
                               " is_done = 0",
                               &left))
            return false;
        struct timespec pause = {0, POLL * 1000000L};
        if (left > 0)
            nanosleep(&pause, NULL);
    } while (left > 0);
    return true;
}

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
    uint64_t spread;
    if (!clickhouse_number(engine,
                           "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name IN"
                           " ('presence', 'thing', 'host_case', 'mark') AND engine = 'Distributed'",
                           &spread) ||
        !hide(engine, host))
        return false;
    if (spread > 0)
        return engine_fail(
            engine, "the host is hidden, but its rows are still there: tables that are distributed do not "
                    "delete; docs/fleet-clickhouse.md tells what to run on each node");
    return erase(engine, host);
}
