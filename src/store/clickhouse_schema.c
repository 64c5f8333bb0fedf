#include "store/clickhouse_private.h"

/* Words that Debian's 18.16 and current servers have: no LowCardinality, no codecs, no NULL. All numbers are
 * Int64, so that they are added and compared as SQLite does it. Columns in the order of their names are what
 * the check compares. */
static const struct {
    const char *name, *columns, *engine;
} tables[] = {
    {"covered", "batch Int64, complete Int64, prefix String", "MergeTree ORDER BY batch"},
    {"host",
     "batch Int64, domain String, host Int64, mac String, machine_guid String, machine_sid String, name String,"
     " os_build String, products String, role String",
     "MergeTree ORDER BY (host, batch)"},
    {"host_case",
     "added Int64, caseid Int64, collected Int64, complete Int64, gone Int64, host Int64, others Array(Int64),"
     " presences Array(Int64), rank Int64, since Int64, turn String, verdict String",
     "ReplacingMergeTree(added) ORDER BY (host, turn)"},
    {"import", "batch Int64, host Int64, started Int64", "MergeTree ORDER BY (host, batch)"},
    {"mark",
     "batch Int64, detector String, severity Int64, stage String, strength Int64, summary String, thing Int64,"
     " time Int64",
     "MergeTree ORDER BY (batch, thing)"},
    {"place",
     "country String, gone Int64, host Int64, mac String, owner String, role String, site String, version Int64",
     "ReplacingMergeTree(version) ORDER BY host"},
    {"presence", "batch Int64, thing Int64, time Int64", "MergeTree ORDER BY (thing, batch)"},
    {"thing",
     "added Int64, authentihash String, built Int64, earliness Int64, exports String, kind String, name String, path String, product String,"
     " sha256 String, signer String, thing Int64, version String",
     "ReplacingMergeTree(earliness) ORDER BY thing"},
};

enum { TABLES = sizeof tables / sizeof tables[0] };

bool clickhouse_schema_make(struct engine *engine, const char *database) {
    struct text sql = {0};
    bool good = true;
    for (size_t i = 0; good && i < TABLES; i++) {
        text_clear(&sql);
        text_format(&sql, "CREATE TABLE IF NOT EXISTS %s.%s (%s) ENGINE = %s", database, tables[i].name,
                    tables[i].columns, tables[i].engine);
        good = clickhouse_run(engine, text_string(&sql));
    }
    text_free(&sql);
    return good;
}

/* The columns of all tables of ours, as the server has them and as they ought to be. Which engine they have
 * is for whoever made them to say: Distributed and Replicated tables are as good. */
bool clickhouse_schema_check(struct engine *engine, bool *there) {
    struct text ours = {0}, theirs = {.max = 1 << 16};
    struct engine_rows *rows = engine->shape->query(
        engine,
        "SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN ('covered',"
        " 'host', 'host_case', 'import', 'mark', 'place', 'presence', 'thing') ORDER BY table, name");
    for (size_t i = 0; i < TABLES; i++)
        text_format(&ours, "%s%s:%s", i > 0 ? "\n" : "", tables[i].name, tables[i].columns);
    char last[CLICKHOUSE_WHERE_NAME] = "";
    while (rows && engine->shape->next(rows)) {
        const char *table = engine->shape->text(rows, 0);
        bool same = strcmp(table, last) == 0;
        text_format(&theirs, "%s%s%s%s %s", same || !last[0] ? "" : "\n", same ? "" : table,
                    same ? ", " : ":", engine->shape->text(rows, 1), engine->shape->text(rows, 2));
        snprintf(last, sizeof last, "%s", table);
    }
    engine->shape->finish(rows);
    bool good = engine->error.size == 0;
    *there = theirs.size > 0 && strcmp(text_string(&ours), text_string(&theirs)) == 0;
    if (good && !*there && theirs.size > ours.size)
        good = engine_fail(engine, "the tables of the database are not those of a store of this version");
    text_free(&ours);
    text_free(&theirs);
    return good;
}
