#include "store/questions_private.h"

#include <string.h>

void questions_begin(struct question *ret, const char *name, enum sql_engine engine,
                     const struct questions_column *columns, size_t count) {
    *ret = (struct question){.name = name};
    sql_init(&ret->sql, engine);
    for (; ret->count < count && ret->count < QUESTIONS_COLUMNS; ret->count++)
        ret->columns[ret->count] = columns[ret->count];
}

void questions_limit(struct sql *sql, uint64_t limit) {
    if (limit > 0) {
        sql_add(sql, " LIMIT ");
        sql_number(sql, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
    }
}

struct engine_rows *questions_ask(struct store *store, struct question *question) {
    return store_ask(store, &question->sql);
}

void questions_free(struct question *question) {
    sql_free(&question->sql);
}

/* --- elements --- */

static const char *const commons[QUESTIONS_COMMONS] = {
    [QUESTIONS_SHA256] = "sha256",   [QUESTIONS_AUTHENTIHASH] = "authentihash",
    [QUESTIONS_PRODUCT] = "product", [QUESTIONS_NAME] = "name",
    [QUESTIONS_MARKED] = "marked",
};

const char *questions_element_word(enum questions_common common) {
    return commons[common];
}

static char small(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_digest(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

bool questions_element(const char *text, struct questions_element *ret) {
    for (int i = 0; i < QUESTIONS_COMMONS; i++) {
        size_t size = strlen(commons[i]);
        const char *value = text + size + 1;
        if (strncmp(text, commons[i], size) != 0 || text[size] != ':')
            continue;
        bool digest = i == QUESTIONS_SHA256 || i == QUESTIONS_AUTHENTIHASH;
        if (!value[0] || strlen(value) >= sizeof ret->value || (digest && !is_digest(value)))
            return false;
        ret->common = (enum questions_common)i;
        size_t at = 0;
        for (; value[at]; at++)
            ret->value[at] = i == QUESTIONS_PRODUCT ? value[at] : small(value[at]);
        ret->value[at] = 0;
        return true;
    }
    return false;
}

#define MARKED "SELECT thing FROM {marks} WHERE severity >= 3 AND thing <> 0"

static void select_things(struct sql *sql, const struct questions_element *element) {
    bool marked = element->common == QUESTIONS_MARKED;
    sql_add(sql, "SELECT thing FROM {things} WHERE ");
    sql_add(sql, marked ? "name" : commons[element->common]);
    sql_add(sql, " = ");
    sql_text(sql, element->value);
    if (marked)
        sql_add(sql, " AND thing IN (" MARKED ")");
}

void questions_element_things(struct sql *sql, const struct questions_element *element) {
    sql_add(sql, "(");
    select_things(sql, element);
    sql_add(sql, ")");
}

static void current_of(struct sql *sql, const struct questions_element *element) {
    struct sql things;
    sql_init(&things, sql->engine);
    select_things(&things, element);
    sql_current_of(sql, &things);
    sql_free(&things);
}

void questions_cohort(struct sql *sql, const struct questions_element *element) {
    sql_add(sql, "(SELECT host, CASE WHEN first < " QUESTIONS_NEVER " THEN first ELSE 0 END AS arrived FROM"
                 " (SELECT host, " QUESTIONS_FIRST " AS first FROM ");
    current_of(sql, element);
    sql_add(sql, " GROUP BY host))");
}

static void found(struct sql *sql) {
    struct sql marked;
    sql_init(&marked, sql->engine);
    sql_add(&marked, MARKED);
    sql_add(sql, "SELECT name, {distinct host} AS hosts FROM ");
    sql_current_of(sql, &marked);
    sql_add(sql, " {join} (SELECT thing, name FROM {things} WHERE name <> '' AND thing IN (" MARKED "))"
                 " USING (thing) GROUP BY name HAVING hosts >= 2 ORDER BY hosts DESC, name");
    sql_free(&marked);
}

void questions_elements(struct question *ret, enum sql_engine engine, uint64_t limit) {
    static const struct questions_column columns[] = {{"name", QUESTIONS_TEXT}, {"hosts", QUESTIONS_NUMBER}};
    questions_begin(ret, "elements", engine, columns, sizeof columns / sizeof columns[0]);
    found(&ret->sql);
    questions_limit(&ret->sql, limit);
}

bool questions_found_element(struct store *store, struct questions_element *ret) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    found(&sql);
    questions_limit(&sql, 1);
    struct engine_rows *rows = store_ask(store, &sql);
    bool there = store_next(store, rows);
    if (there) {
        *ret = (struct questions_element){.common = QUESTIONS_MARKED};
        snprintf(ret->value, sizeof ret->value, "%s", store_text(store, rows, 0));
    }
    store_finish(store, rows);
    sql_free(&sql);
    return there;
}

/* --- hosts --- */

void questions_hosts(struct question *ret, enum sql_engine engine) {
    static const struct questions_column columns[] = {
        {"name", QUESTIONS_TEXT},       {"domain", QUESTIONS_TEXT},  {"verdict", QUESTIONS_TEXT},
        {"rank", QUESTIONS_NUMBER},     {"complete", QUESTIONS_YES}, {"since", QUESTIONS_TIME},
        {"high", QUESTIONS_NUMBER},     {"country", QUESTIONS_TEXT}, {"site", QUESTIONS_TEXT},
        {"os_build", QUESTIONS_TEXT},   {"role", QUESTIONS_TEXT},    {"collected", QUESTIONS_TIME},
        {"machine_id", QUESTIONS_TEXT}, {"host", QUESTIONS_ID},
    };
    questions_begin(ret, "hosts", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql,
            "SELECT name, domain, verdict, rank, complete, since, coalesce(marked, 0) AS high,"
            " coalesce(country, '') AS place_country, coalesce(site, '') AS place_site,"
            " os_build, role, collected, machine_guid, host FROM"
            " (SELECT * FROM (SELECT host, name, domain, os_build, role, machine_guid, verdict, rank,"
            " complete, since, collected FROM {hosts} {join} (SELECT host, verdict, rank, complete, since,"
            " collected FROM {cases}) USING (host)) {left} (SELECT host, site, country FROM {places})"
            " USING (host)) {left} (SELECT host, count(*) AS marked FROM {marks} WHERE severity >= 3"
            " GROUP BY host) USING (host) ORDER BY rank DESC, high DESC, name, host");
}

void questions_verdicts(struct question *ret, enum sql_engine engine) {
    static const struct questions_column columns[] = {
        {"verdict", QUESTIONS_TEXT}, {"rank", QUESTIONS_NUMBER}, {"hosts", QUESTIONS_NUMBER}};
    questions_begin(ret, "verdicts", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql, "SELECT verdict, rank, count(*) AS hosts FROM {cases} GROUP BY verdict, rank"
                       " ORDER BY rank DESC, verdict");
}

void questions_collisions(struct question *ret, enum sql_engine engine) {
    static const struct questions_column columns[] = {{"machine_id", QUESTIONS_TEXT},
                                                      {"name", QUESTIONS_TEXT},
                                                      {"domain", QUESTIONS_TEXT},
                                                      {"host", QUESTIONS_ID}};
    questions_begin(ret, "collisions", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql, "SELECT machine_guid, name, domain, host FROM {hosts} WHERE machine_guid IN"
                       " (SELECT machine_guid FROM {hosts} WHERE machine_guid <> '' GROUP BY machine_guid"
                       " HAVING count(*) > 1) ORDER BY machine_guid, name, host");
}

/* --- an element --- */

void questions_versions(struct question *ret, enum sql_engine engine,
                        const struct questions_element *element) {
    static const struct questions_column columns[] = {
        {"product", QUESTIONS_TEXT}, {"version", QUESTIONS_TEXT}, {"name", QUESTIONS_TEXT},
        {"sha256", QUESTIONS_TEXT},  {"signer", QUESTIONS_TEXT},  {"hosts", QUESTIONS_NUMBER},
        {"first", QUESTIONS_TIME},   {"last", QUESTIONS_TIME}};
    questions_begin(ret, "versions", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql, "SELECT product, version, name, sha256, signer, {distinct host} AS hosts,"
                       " " QUESTIONS_FIRST " AS first, max(time) AS last FROM ");
    current_of(&ret->sql, element);
    sql_add(&ret->sql, " {join} (SELECT thing, product, version, name, sha256, signer FROM {things}"
                       " WHERE thing IN ");
    questions_element_things(&ret->sql, element);
    sql_add(&ret->sql, ") USING (thing) GROUP BY product, version, name, sha256, signer"
                       " ORDER BY hosts DESC, product, version, name, sha256, signer");
}

void questions_spread(struct question *ret, enum sql_engine engine, const struct questions_element *element) {
    static const struct questions_column columns[] = {
        {"day", QUESTIONS_DAY}, {"hosts", QUESTIONS_NUMBER}, {"together", QUESTIONS_SUM}};
    questions_begin(ret, "spread", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql, "SELECT {day arrived} AS day, count(*) AS hosts FROM ");
    questions_cohort(&ret->sql, element);
    sql_add(&ret->sql, " GROUP BY day ORDER BY day");
}

/* --- places --- */

void questions_map(struct question *ret, enum sql_engine engine, bool sites,
                   const struct questions_element *element) {
    static const struct questions_column columns[] = {
        {"place", QUESTIONS_TEXT},         {"hosts", QUESTIONS_NUMBER},
        {"carriers", QUESTIONS_NUMBER},    {"carriers_rate", QUESTIONS_RATE},
        {"compromised", QUESTIONS_NUMBER}, {"compromised_rate", QUESTIONS_RATE}};
    questions_begin(ret, sites ? "sites" : "countries", engine, columns, sizeof columns / sizeof columns[0]);
    struct sql *sql = &ret->sql;
    sql_add(sql, "SELECT place, count(*) AS hosts, sum(carrier) AS carriers, sum(bad) AS compromised FROM"
                 " (SELECT host, place, bad, coalesce(carries, 0) AS carrier FROM (SELECT host, coalesce(");
    sql_add(sql, sites ? "site" : "country");
    sql_add(
        sql,
        ", '') AS place, bad FROM (SELECT host, CASE WHEN rank >= 3 THEN 1 ELSE 0 END AS bad FROM {cases})"
        " {left} (SELECT host, site, country FROM {places}) USING (host)) {left} (SELECT host, 1 AS carries FROM ");
    if (element)
        questions_cohort(sql, element);
    else
        sql_add(sql, "(SELECT host FROM {cases} WHERE host = 0)");
    sql_add(sql, ") USING (host)) GROUP BY place ORDER BY hosts DESC, place");
}
