/* Questions about things: stacks, what holds a text, differences, what is new. */
#include "store/questions_private.h"

#include <string.h>

/* --- stacks --- */

struct questions_field {
    const char *word, *column, *kind; /* kind NULL: any */
};

static const struct questions_field fields[] = {
    {"path", "path", NULL},           {"name", "name", NULL},
    {"sha256", "sha256", NULL},       {"authentihash", "authentihash", NULL},
    {"signer", "signer", NULL},       {"service", "name", "service"},
    {"driver", "name", "driver"},     {"autostart", "name", "autostart"},
    {"software", "name", "software"}, {"exports", "exports", NULL},
    {"product", "product", NULL},     {"version", "version", NULL},
};

const struct questions_field *questions_field(const char *word) {
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].word, word) == 0)
            return &fields[i];
    return NULL;
}

const char *questions_fields(void) {
    return "path name sha256 authentihash signer service driver autostart software exports product version";
}

/* Which things count: " WHERE path <> '' AND kind = 'image'". */
static void of_field(struct sql *sql, const struct questions_stack *stack) {
    const char *kind = stack->field->kind ? stack->field->kind : stack->kind;
    sql_add(sql, " FROM {things} WHERE ");
    sql_add(sql, stack->field->column);
    sql_add(sql, " <> ''");
    if (kind) {
        sql_add(sql, " AND kind = ");
        sql_text(sql, kind);
    }
}

static void thing_and_value(struct sql *sql, const struct questions_stack *stack) {
    sql_add(sql, "(SELECT thing, ");
    sql_add(sql, stack->field->column);
    sql_add(sql, " AS value");
    of_field(sql, stack);
}

/* Of rare things alone: none of the things of a value may be commoner. */
static void rare(struct sql *sql, const struct questions_stack *stack) {
    unsigned most = stack->rare < STORE_RARE ? stack->rare : STORE_RARE;
    struct text word = {0};
    text_format(&word, " FROM {rare %u} {join} ", most);
    sql_add(sql, "SELECT value, {distinct host} AS hosts, {distinct thing} AS things");
    sql_add(sql, text_string(&word));
    thing_and_value(sql, stack);
    sql_add(sql, ") USING (thing) WHERE value NOT IN (SELECT ");
    sql_add(sql, stack->field->column);
    of_field(sql, stack);
    sql_add(sql, " AND thing IN (SELECT thing FROM {counts} WHERE hosts > ");
    sql_number(sql, most);
    sql_add(sql, ")) GROUP BY value HAVING hosts <= ");
    sql_number(sql, most);
    text_free(&word);
}

static void all(struct question *ret, const struct questions_stack *stack) {
    struct sql values;
    sql_init(&values, ret->sql.engine);
    sql_add(&values, "SELECT thing, ");
    sql_add(&values, stack->field->column);
    sql_add(&values, " AS value");
    of_field(&values, stack);
    sql_add(&ret->sql, "SELECT value, hosts, things FROM ");
    sql_stacked(&ret->sql, &values, stack->approximate);
    sql_free(&values);
    ret->error = stack->approximate ? sql_stacked_error(ret->sql.engine) : 0;
}

void questions_stack(struct question *ret, enum sql_engine engine, const struct questions_stack *stack) {
    static const struct questions_column columns[] = {
        {"value", QUESTIONS_TEXT}, {"hosts", QUESTIONS_NUMBER}, {"things", QUESTIONS_NUMBER}};
    questions_begin(ret, "stack", engine, columns, sizeof columns / sizeof columns[0]);
    ret->sketch = stack->approximate;
    if (stack->rare > 0)
        rare(&ret->sql, stack);
    else
        all(ret, stack);
    sql_add(&ret->sql, stack->most ? " ORDER BY hosts DESC, value" : " ORDER BY hosts, value");
    questions_limit(&ret->sql, stack->limit);
}

void questions_stack_common(struct question *ret, enum sql_engine engine, const struct questions_field *field,
                            uint64_t limit) {
    static const struct questions_column columns[] = {
        {"value", QUESTIONS_TEXT}, {"hosts", QUESTIONS_NUMBER}, {"things", QUESTIONS_NUMBER}};
    const struct questions_stack stack = {.field = field};
    questions_begin(ret, "stack", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql,
            "SELECT value, max(many) AS hosts, count(*) AS things FROM (SELECT thing, hosts AS many"
            " FROM {counts}) {join} ");
    thing_and_value(&ret->sql, &stack);
    sql_add(&ret->sql, ") USING (thing) GROUP BY value ORDER BY hosts DESC, value");
    questions_limit(&ret->sql, limit);
}

/* --- search --- */

static bool is_digest(const char *text) {
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

void questions_small(const char *text, bool slashes, struct text *out) {
    for (const char *c = text; *c; c++)
        text_char(out, *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c == '\\' && slashes ? '/' : *c);
}

/* The digest in it, also behind the word with which an element is written. */
static const char *digest_in(const char *text) {
    for (int i = QUESTIONS_SHA256; i <= QUESTIONS_AUTHENTIHASH; i++) {
        const char *word = questions_element_word((enum questions_common)i);
        size_t size = strlen(word);
        if (strncmp(text, word, size) == 0 && text[size] == ':' && is_digest(text + size + 1))
            return text + size + 1;
    }
    return text;
}

/* Names and paths are kept with small letters and slashes, the others as they are. */
void questions_holds(struct sql *sql, const char *text) {
    text = digest_in(text);
    static const char *const parts[] = {"name", "path", "lower(product)", "lower(version)", "lower(signer)"};
    struct text name = {0}, other = {0};
    questions_small(text, true, &name);
    questions_small(text, false, &other);
    if (is_digest(text)) {
        sql_add(sql, "(sha256 = ");
        sql_text(sql, text_string(&name));
        sql_add(sql, " OR authentihash = ");
        sql_text(sql, text_string(&name));
    } else
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            sql_add(sql, i == 0 ? "(" : " OR ");
            sql_has(sql, parts[i], text_string(i < 2 ? &name : &other));
        }
    sql_add(sql, ")");
    text_free(&name);
    text_free(&other);
}

/* --- one value --- */

void questions_of_value(struct sql *sql, const struct questions_field *field, const char *value) {
    const struct questions_stack stack = {.field = field};
    of_field(sql, &stack);
    sql_add(sql, " AND ");
    sql_add(sql, field->column);
    sql_add(sql, " = ");
    sql_text(sql, value);
}

/* --- one host --- */

void questions_host_marks(struct question *ret, enum sql_engine engine, uint64_t host, uint64_t limit) {
    static const struct questions_column columns[] = {
        {"severity", QUESTIONS_NUMBER}, {"stage", QUESTIONS_TEXT},   {"summary", QUESTIONS_TEXT},
        {"time", QUESTIONS_TIME},       {"name", QUESTIONS_TEXT},    {"path", QUESTIONS_TEXT},
        {"sha256", QUESTIONS_TEXT},     {"detector", QUESTIONS_TEXT}};
    questions_begin(ret, "marks", engine, columns, sizeof columns / sizeof columns[0]);
    sql_add(&ret->sql, "SELECT severity, stage, summary, time, coalesce(thing_name, '') AS name,"
                       " coalesce(thing_path, '') AS path, coalesce(thing_sha256, '') AS sha256, detector"
                       " FROM (SELECT thing, severity, stage, summary, time, detector FROM {marks} WHERE"
                       " host = ");
    sql_number(&ret->sql, (int64_t)host);
    sql_add(&ret->sql,
            ") {left} (SELECT thing, name AS thing_name, path AS thing_path, sha256 AS thing_sha256"
            " FROM {things}) USING (thing)"
            " ORDER BY severity DESC, time, detector, summary, thing_path, thing");
    questions_limit(&ret->sql, limit);
}

void questions_host_rare(struct question *ret, enum sql_engine engine, uint64_t host, unsigned most,
                         uint64_t limit) {
    static const struct questions_column columns[] = {
        {"hosts", QUESTIONS_NUMBER}, {"time", QUESTIONS_TIME}, QUESTIONS_THING_COLUMNS};
    struct text word = {0};
    questions_begin(ret, "rare", engine, columns, sizeof columns / sizeof columns[0]);
    text_format(&word, "{rare %u}", most < STORE_RARE ? most : STORE_RARE);
    sql_add(&ret->sql, "SELECT hosts, time, " QUESTIONS_THING
                       " FROM {counts} {join} (SELECT thing, time, " QUESTIONS_THING
                       " FROM {things} {join} (SELECT thing, time FROM ");
    sql_add(&ret->sql, text_string(&word));
    sql_add(&ret->sql, " WHERE host = ");
    sql_number(&ret->sql, (int64_t)host);
    sql_add(&ret->sql, ") USING (thing)) USING (thing) ORDER BY time DESC, kind, name, path, thing");
    questions_limit(&ret->sql, limit);
    text_free(&word);
}

/* --- two hosts --- */

/* In which area a thing lies, or from which hive it is known; executions are known from too many places. */
static void area(struct sql *sql) {
    sql_add(sql, "CASE WHEN kind = 'service' THEN '" ROWS_HIVE_SYSTEM
                 "' WHEN kind IN ('autostart', 'software') THEN '" ROWS_HIVE_SOFTWARE
                 "' WHEN kind = 'execution' THEN '-'");
    for (unsigned i = 0; i + 1 < ROWS_AREAS; i++) {
        sql_add(sql, " WHEN path LIKE '");
        sql_add(sql, rows_area(i));
        sql_add(sql, "/%' THEN '");
        sql_add(sql, rows_area(i));
        sql_add(sql, "'");
    }
    sql_add(sql, " ELSE '/' END");
}

static void of_covered(struct sql *sql, uint64_t host, const char *which) {
    sql_add(sql, "area IN (SELECT prefix FROM {covered} WHERE host = ");
    sql_number(sql, (int64_t)host);
    sql_add(sql, which);
    sql_add(sql, ")");
}

/* Whether a host was looked at where a thing would be: what is said of the area, else of everything. */
static void looked(struct sql *sql, uint64_t host) {
    sql_add(sql, "CASE WHEN ");
    of_covered(sql, host, " AND complete = 1");
    sql_add(sql, " THEN 'yes' WHEN ");
    of_covered(sql, host, "");
    sql_add(sql, " THEN 'partly' WHEN (SELECT CASE WHEN count(*) > 0 AND min(complete) = 1 THEN 1 ELSE 0 END"
                 " FROM {covered} WHERE prefix = '' AND host = ");
    sql_number(sql, (int64_t)host);
    sql_add(sql, ") = 1 THEN 'yes' ELSE 'no' END");
}

/* What one of them alone has, by one look at the presences of both. */
static void only(struct sql *sql, uint64_t one, uint64_t other) {
    sql_add(sql, "SELECT thing, max(CASE WHEN host = ");
    sql_number(sql, (int64_t)one);
    sql_add(sql, " THEN 1 ELSE 0 END) AS mine, count(*) AS held, max(time) AS came FROM ");
    sql_current_on(sql, one, other);
    /* Each has a thing once. Of one host, named twice, nothing is told. */
    sql_add(sql, one == other ? " GROUP BY thing HAVING held = 2" : " GROUP BY thing HAVING held = 1");
}

void questions_diff(struct question *ret, enum sql_engine engine, uint64_t one, uint64_t other,
                    uint64_t limit) {
    static const struct questions_column columns[] = {{"side", QUESTIONS_TEXT},
                                                      {"hosts", QUESTIONS_NUMBER},
                                                      QUESTIONS_THING_COLUMNS,
                                                      {"time", QUESTIONS_TIME},
                                                      {"looked", QUESTIONS_TEXT}};
    questions_begin(ret, "diff", engine, columns, sizeof columns / sizeof columns[0]);
    struct sql *sql = &ret->sql, things;
    sql_init(&things, engine);
    sql_add(&things, "SELECT thing FROM (");
    only(&things, one, other);
    sql_add(&things, ")");
    sql_add(sql, "SELECT side, hosts, " QUESTIONS_THING ", came, CASE WHEN side = 'first' THEN ");
    looked(sql, other);
    sql_add(sql, " ELSE ");
    looked(sql, one);
    sql_add(sql, " END AS looked FROM (SELECT thing, hosts, side, came FROM ");
    sql_counts_of(sql, &things);
    sql_free(&things);
    sql_add(sql,
            " {join} (SELECT thing, CASE WHEN mine = 1 THEN 'first' ELSE 'second' END AS side, came FROM (");
    only(sql, one, other);
    sql_add(sql, ")) USING (thing)) {join} (SELECT thing, " QUESTIONS_THING ", ");
    area(sql);
    sql_add(sql, " AS area FROM {things}) USING (thing) ORDER BY hosts, path, name, side, thing");
    questions_limit(sql, limit);
}

/* --- what is new --- */

/* Each rare thing: the first time, on how many hosts it is, and the one that had it then; where no time is
 * known, any of them. */
static void came(struct sql *sql, unsigned most, const char *having) {
    struct text word = {0};
    text_format(&word, "{rare %u}", most < STORE_RARE ? most : STORE_RARE);
    sql_add(sql, "(SELECT thing, first, hosts, min(host) AS one FROM (SELECT thing, host, time FROM ");
    sql_add(sql, text_string(&word));
    sql_add(sql, ") {join} (SELECT thing, {distinct host} AS hosts, " QUESTIONS_FIRST " AS first FROM ");
    sql_add(sql, text_string(&word));
    sql_add(sql, " GROUP BY thing");
    sql_add(sql, having);
    text_free(&word);
}

static void came_end(struct sql *sql) {
    sql_add(sql, ") USING (thing) WHERE time = first OR first >= " QUESTIONS_NEVER
                 " GROUP BY thing, first, hosts)");
}

void questions_watch(struct question *ret, enum sql_engine engine, uint64_t since, unsigned most,
                     uint64_t limit) {
    static const struct questions_column columns[] = {{"first", QUESTIONS_TIME},
                                                      {"hosts", QUESTIONS_NUMBER},
                                                      QUESTIONS_THING_COLUMNS,
                                                      {"on", QUESTIONS_TEXT}};
    questions_begin(ret, "watch", engine, columns, sizeof columns / sizeof columns[0]);
    struct sql *sql = &ret->sql;
    sql_add(sql, "SELECT first, hosts, " QUESTIONS_THING
                 ", on_name FROM (SELECT thing, first, hosts, name AS on_name FROM ");
    came(sql, most, " HAVING first >= ");
    sql_number(sql, since > INT64_MAX ? INT64_MAX : (int64_t)since);
    sql_add(sql, " AND first < " QUESTIONS_NEVER);
    came_end(sql);
    sql_add(sql, " {join} (SELECT host AS one, name FROM {hosts}) USING (one))"
                 " {join} (SELECT thing, " QUESTIONS_THING " FROM {things}) USING (thing)"
                 " ORDER BY first, kind, path, name, thing");
    questions_limit(sql, limit);
}

/* A time on a host is not asked for, and told where it is known. */
void questions_watch_added(struct question *ret, enum sql_engine engine, uint64_t since, unsigned most,
                           uint64_t limit) {
    static const struct questions_column columns[] = {{"added", QUESTIONS_TIME},
                                                      {"first", QUESTIONS_TIME},
                                                      {"hosts", QUESTIONS_NUMBER},
                                                      QUESTIONS_THING_COLUMNS,
                                                      {"on", QUESTIONS_TEXT}};
    questions_begin(ret, "watch", engine, columns, sizeof columns / sizeof columns[0]);
    struct sql *sql = &ret->sql;
    sql_add(sql, "SELECT added, CASE WHEN first < " QUESTIONS_NEVER
                 " THEN first ELSE 0 END AS came, hosts, " QUESTIONS_THING
                 ", on_name FROM (SELECT thing, first, hosts, name AS on_name FROM ");
    came(sql, most, "");
    came_end(sql);
    sql_add(sql, " {join} (SELECT host AS one, name FROM {hosts}) USING (one))"
                 " {join} (SELECT thing, added, " QUESTIONS_THING " FROM {things} WHERE added >= ");
    sql_number(sql, since > INT64_MAX ? INT64_MAX : (int64_t)since);
    sql_add(sql, ") USING (thing) ORDER BY added, kind, path, name, thing");
    questions_limit(sql, limit);
}
