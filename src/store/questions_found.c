/* Things that were looked for, and who has them, for pages that show both. */
#include "store/questions_private.h"

#define THING_NAMES "kind, name, path, product, version, signer, sha256, authentihash, built"

static void begin_things(struct question *ret, enum sql_engine engine, const struct sql *things) {
    static const struct questions_column columns[] = {
        {"hosts", QUESTIONS_NUMBER}, {"kind", QUESTIONS_TEXT},    {"name", QUESTIONS_TEXT},
        {"path", QUESTIONS_TEXT},    {"product", QUESTIONS_TEXT}, {"version", QUESTIONS_TEXT},
        {"signer", QUESTIONS_TEXT},  {"sha256", QUESTIONS_TEXT},  {"authentihash", QUESTIONS_TEXT},
        {"built", QUESTIONS_YES},    {"thing", QUESTIONS_ID}};
    questions_begin(ret, "things", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql, "SELECT hosts, " THING_NAMES ", thing FROM ");
    sql_counts_of(&ret->sql, things);
    sql_add(&ret->sql, " {join} (SELECT thing, " THING_NAMES);
}

static void end_things(struct question *ret) {
    sql_add(&ret->sql, ") USING (thing) ORDER BY hosts, kind, name, path, thing");
}

void questions_found(struct question *ret, enum sql_engine engine, const char *text) {
    struct sql things;
    sql_init(&things, engine);
    sql_add(&things, "SELECT thing FROM {things} WHERE ");
    questions_holds(&things, text);
    begin_things(ret, engine, &things);
    sql_free(&things);
    sql_add(&ret->sql, " FROM {things} WHERE ");
    questions_holds(&ret->sql, text);
    end_things(ret);
}

void questions_found_value(struct question *ret, enum sql_engine engine, const struct questions_field *field,
                           const char *value) {
    struct sql things;
    sql_init(&things, engine);
    sql_add(&things, "SELECT thing");
    questions_of_value(&things, field, value);
    begin_things(ret, engine, &things);
    sql_free(&things);
    questions_of_value(&ret->sql, field, value);
    end_things(ret);
}

static void small(const char *text, struct text *out) {
    for (const char *c = text; *c; c++)
        text_char(out, *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c);
}

void questions_found_hosts(struct question *ret, enum sql_engine engine, const int64_t *things, size_t count,
                           const char *text) {
    static const struct questions_column columns[] = {
        {"name", QUESTIONS_TEXT},     {"domain", QUESTIONS_TEXT},  {"verdict", QUESTIONS_TEXT},
        {"things", QUESTIONS_NUMBER}, {"arrived", QUESTIONS_TIME}, {"host", QUESTIONS_ID}};
    struct text name = {0};
    struct sql wanted;
    sql_init(&wanted, engine);
    sql_add(&wanted, "SELECT thing FROM {things} WHERE thing IN (0");
    for (size_t i = 0; i < count; i++) {
        sql_add(&wanted, ", ");
        sql_number(&wanted, things[i]);
    }
    sql_add(&wanted, ")");
    questions_begin(ret, "hosts", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql,
            "SELECT name, domain, verdict, coalesce(many, 0) AS things, coalesce(first, 0) AS arrived,"
            " host FROM (SELECT host, name, domain, verdict FROM {hosts} {join} (SELECT host, verdict"
            " FROM {cases}) USING (host)) {left} (SELECT host, count(*) AS many, " QUESTIONS_FIRST
            " AS first FROM ");
    sql_current_of(&ret->sql, &wanted);
    sql_free(&wanted);
    sql_add(&ret->sql, " GROUP BY host) USING (host) WHERE coalesce(many, 0) > 0");
    if (text) {
        small(text, &name);
        sql_add(&ret->sql, " OR ");
        sql_has(&ret->sql, "name", text_string(&name));
    }
    sql_add(&ret->sql, " ORDER BY name, host");
    text_free(&name);
}
