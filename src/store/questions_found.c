/* Things that were looked for, and who has them: for answers, and for pages, which show both at once. */
#include "store/questions_private.h"

/* --- things --- */

/* `numbers`: with the thing's own, by which hosts are asked for afterwards. */
static void begin_things(struct question *ret, enum sql_engine engine, const struct sql *things,
                         bool numbers) {
    static const struct questions_column columns[] = {
        {"hosts", QUESTIONS_NUMBER}, QUESTIONS_THING_COLUMNS, {"thing", QUESTIONS_ID}};
    questions_begin(ret, "things", engine, columns, sizeof columns / sizeof columns[0] - !numbers);
    sql_add(&ret->sql, numbers ? "SELECT hosts, " QUESTIONS_THING ", thing FROM "
                               : "SELECT hosts, " QUESTIONS_THING " FROM ");
    sql_counts_of(&ret->sql, things);
    sql_add(&ret->sql, " {join} (SELECT thing, " QUESTIONS_THING);
}

static void end_things(struct question *ret) {
    sql_add(&ret->sql, ") USING (thing) ORDER BY hosts, kind, name, path, thing");
}

static void things_that_hold(struct sql *things, enum sql_engine engine, const char *text) {
    sql_init(things, engine);
    sql_add(things, "SELECT thing FROM {things} WHERE ");
    questions_holds(things, text);
}

static void found(struct question *ret, enum sql_engine engine, const char *text, bool numbers) {
    struct sql things;
    things_that_hold(&things, engine, text);
    begin_things(ret, engine, &things, numbers);
    sql_free(&things);
    sql_add(&ret->sql, " FROM {things} WHERE ");
    questions_holds(&ret->sql, text);
    end_things(ret);
}

void questions_search(struct question *ret, enum sql_engine engine, const char *text, uint64_t limit) {
    found(ret, engine, text, false);
    questions_limit(&ret->sql, limit);
}

void questions_found(struct question *ret, enum sql_engine engine, const char *text) {
    found(ret, engine, text, true);
}

void questions_found_value(struct question *ret, enum sql_engine engine, const struct questions_field *field,
                           const char *value) {
    struct sql things;
    sql_init(&things, engine);
    sql_add(&things, "SELECT thing");
    questions_of_value(&things, field, value);
    begin_things(ret, engine, &things, true);
    sql_free(&things);
    questions_of_value(&ret->sql, field, value);
    end_things(ret);
}

/* --- who has them --- */

/* Hosts that have any of `things`, which is freed, or whose name holds `text` (NULL: none). */
static void hosts_of(struct question *ret, enum sql_engine engine, struct sql *things, const char *text) {
    static const struct questions_column columns[] = {
        {"name", QUESTIONS_TEXT},     {"domain", QUESTIONS_TEXT},  {"verdict", QUESTIONS_TEXT},
        {"things", QUESTIONS_NUMBER}, {"arrived", QUESTIONS_TIME}, {"host", QUESTIONS_ID}};
    struct text name = {0};
    questions_begin(ret, "hosts", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql,
            "SELECT name, domain, verdict, coalesce(many, 0) AS things, coalesce(first, 0) AS arrived,"
            " host FROM (SELECT host, name, domain, verdict FROM {hosts} {join} (SELECT host, verdict"
            " FROM {cases}) USING (host)) {left} (SELECT host, count(*) AS many, " QUESTIONS_FIRST
            " AS first FROM ");
    sql_current_of(&ret->sql, things);
    sql_free(things);
    sql_add(&ret->sql, " GROUP BY host) USING (host) WHERE coalesce(many, 0) > 0");
    if (text) {
        questions_small(text, false, &name);
        sql_add(&ret->sql, " OR ");
        sql_has(&ret->sql, "name", text_string(&name));
    }
    sql_add(&ret->sql, " ORDER BY name, host");
    text_free(&name);
}

void questions_search_hosts(struct question *ret, enum sql_engine engine, const char *text, uint64_t limit) {
    struct sql things;
    things_that_hold(&things, engine, text);
    hosts_of(ret, engine, &things, text);
    questions_limit(&ret->sql, limit);
}

void questions_found_hosts(struct question *ret, enum sql_engine engine, const int64_t *things, size_t count,
                           const char *text) {
    struct sql wanted;
    sql_init(&wanted, engine);
    sql_add(&wanted, "SELECT thing FROM {things} WHERE thing IN (0");
    for (size_t i = 0; i < count; i++) {
        sql_add(&wanted, ", ");
        sql_number(&wanted, things[i]);
    }
    sql_add(&wanted, ")");
    hosts_of(ret, engine, &wanted, text);
}
