#include "store/sql.h"

#include <string.h>

/* Words that stand for a text of their own. In SQLite counts and rarity are kept. In ClickHouse the greatest
 * row of a host counts, and of rows with batches those that it lists, each exactly once, so that nothing has
 * to be made distinct; whatever a killed import left is listed nowhere. GLOBAL means nothing where the tables
 * are of one server; a cluster's servers are told the list instead of asking each other. */
#define CH_CASES                                                                                             \
    "(SELECT host, argMax(caseid, turn) AS caseid, argMax(collected, turn) AS collected,"                    \
    " argMax(added, turn) AS added, argMax(rank, turn) AS rank, argMax(verdict, turn) AS verdict,"           \
    " argMax(complete, turn) AS complete, argMax(since, turn) AS since"                                      \
    " FROM host_case GROUP BY host HAVING argMax(gone, turn) = 0)"
#define CH_BATCHES(lists)                                                                                    \
    "(SELECT arrayJoin(" lists ") AS batch, host, caseid FROM (SELECT host, argMax(caseid, turn) AS caseid," \
    " argMax(" lists ", turn) AS " lists " FROM host_case GROUP BY host HAVING argMax(gone, turn) = 0))"
#define CH_IN_BATCHES(lists)   "batch GLOBAL IN (SELECT batch FROM " CH_BATCHES(lists) ")"
#define CH_JOIN_BATCHES(lists) " GLOBAL ALL INNER JOIN " CH_BATCHES(lists) " USING (batch)"
#define CH_CURRENT             "(SELECT thing, host, caseid, time FROM presence" CH_JOIN_BATCHES("presences") ")"

/* Hosts by a number of their own, counted up: for what counts them a number of 32 bits is half the memory. */
#define CH_NUMBERS                                                                                           \
    "(SELECT arrayJoin(presences) AS batch, host_number FROM (SELECT presences,"                             \
    " toUInt32(rowNumberInAllBlocks()) AS host_number FROM (SELECT host, argMax(presences, turn) AS"         \
    " presences FROM host_case GROUP BY host HAVING argMax(gone, turn) = 0)))"
#define CH_COUNTS "SELECT thing, count() AS hosts FROM presence WHERE " CH_IN_BATCHES("presences")

#define LITE_CURRENT                                                                                         \
    "SELECT p.thing AS thing, c.host AS host, c.caseid AS caseid, p.time AS time FROM host_case c"           \
    " CROSS JOIN presence p ON p.number = c.number"

static const struct {
    const char *word, *texts[2]; /* by enum sql_engine */
} words[] = {
    {"things",
     {"thing",
      "(SELECT thing, kind, path, name, sha256, authentihash, signer, exports, version, product, built,"
      " added FROM thing FINAL)"}},
    {"cases", {"host_case", CH_CASES}},
    {"current", {"(" LITE_CURRENT ")", CH_CURRENT}},
    {"counts", {"(SELECT thing, hosts FROM thing_count WHERE hosts > 0)", "(" CH_COUNTS " GROUP BY thing)"}},
    {"hosts",
     {"host",
      "(SELECT host, name, domain, machine_guid, machine_sid, mac, os_build, role, products FROM host WHERE " CH_IN_BATCHES(
          "others") ")"}},
    {"places", {"place", "(SELECT host, site, country, owner, role, mac FROM place FINAL WHERE gone = 0)"}},
    {"marks",
     {"(SELECT c.host AS host, m.* FROM host_case c JOIN mark m ON m.caseid = c.caseid)",
      "(SELECT host, caseid, thing, stage, severity, strength, detector, time, summary FROM mark" CH_JOIN_BATCHES(
          "others") ")"}},
    {"covered",
     {"(SELECT c.host AS host, v.prefix AS prefix, v.complete AS complete FROM host_case c JOIN covered v"
      " ON v.caseid = c.caseid)",
      "(SELECT host, prefix, complete FROM covered" CH_JOIN_BATCHES("others") ")"}},
    {"join", {"JOIN", "ALL INNER JOIN"}},
    {"left", {"LEFT JOIN", "ALL LEFT JOIN"}},
};

void sql_init(struct sql *sql, enum sql_engine engine) {
    *sql = (struct sql){.engine = engine};
}

void sql_free(struct sql *sql) {
    text_free(&sql->text);
}

static void rare(struct sql *sql, const char *most) {
    if (sql->engine == SQL_SQLITE)
        text_format(&sql->text,
                    "(SELECT r.thing AS thing, r.host AS host, r.caseid AS caseid, r.time AS time FROM"
                    " thing_count n JOIN rarity r ON r.thing = n.thing WHERE n.hosts <= %s)",
                    most);
    else
        text_format(
            &sql->text,
            "(SELECT thing, host, caseid, time FROM (SELECT thing, batch, time FROM presence WHERE thing GLOBAL"
            " IN (SELECT thing FROM presence WHERE " CH_IN_BATCHES(
                "presences") " GROUP BY thing HAVING count() <= %s))" CH_JOIN_BATCHES("presences") ")",
            most);
}

static void has(struct sql *sql, const char *both) {
    const char *blank = strchr(both, ' ');
    if (!blank) {
        sql->bad = true;
        return;
    }
    text_format(&sql->text, "%s(%.*s, %s) > 0", sql->engine == SQL_SQLITE ? "instr" : "position",
                (int)(blank - both), both, blank + 1);
}

static void expand(struct sql *sql, const char *word) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0) {
            text_add(&sql->text, words[i].texts[sql->engine]);
            return;
        }
    if (strncmp(word, "distinct ", 9) == 0)
        text_format(&sql->text, sql->engine == SQL_SQLITE ? "count(DISTINCT %s)" : "uniqExact(%s)", word + 9);
    else if (strncmp(word, "day ", 4) == 0)
        text_format(&sql->text, sql->engine == SQL_SQLITE ? "%s / 864000000000" : "intDiv(%s, 864000000000)",
                    word + 4);
    else if (strncmp(word, "rare ", 5) == 0)
        rare(sql, word + 5);
    else if (strncmp(word, "has ", 4) == 0)
        has(sql, word + 4);
    else
        sql->bad = true;
}

void sql_add(struct sql *sql, const char *text) {
    char word[SQL_WORD];
    for (const char *at = text; *at;) {
        size_t plain = strcspn(at, "{");
        text_bytes(&sql->text, at, plain);
        at += plain;
        if (!*at)
            return;
        size_t size = strcspn(at + 1, "}");
        if (at[1 + size] != '}' || size >= sizeof word) {
            sql->bad = true;
            return;
        }
        memcpy(word, at + 1, size);
        word[size] = 0;
        expand(sql, word);
        at += size + 2;
    }
}

void sql_text(struct sql *sql, const char *utf8) {
    struct text *out = &sql->text;
    size_t size = strlen(utf8);
    bool valid = text_valid(utf8, size);
    text_char(out, '\'');
    for (size_t i = 0; i < size; i++) {
        char c = utf8[i];
        if (c == '\'')
            text_add(out, sql->engine == SQL_SQLITE ? "''" : "\\'");
        else if (c == '\\' && sql->engine == SQL_CLICKHOUSE)
            text_add(out, "\\\\");
        else if (!valid && (unsigned char)c >= 0x80)
            text_add(out, "\xef\xbf\xbd");
        else
            text_char(out, c);
    }
    text_char(out, '\'');
}

void sql_has(struct sql *sql, const char *column, const char *utf8) {
    sql_add(sql, sql->engine == SQL_SQLITE ? "instr(" : "position(");
    sql_add(sql, column);
    sql_add(sql, ", ");
    sql_text(sql, utf8);
    sql_add(sql, ") > 0");
}

void sql_number(struct sql *sql, int64_t value) {
    text_format(&sql->text, "%lld", (long long)value);
}

/* --- with a condition --- */

static const char *inner(struct sql *sql, const struct sql *part) {
    const char *text = sql_string(part);
    sql->bad = sql->bad || !text;
    return text ? text : "";
}

void sql_current_of(struct sql *sql, const struct sql *things) {
    const char *of = inner(sql, things);
    if (sql->engine == SQL_SQLITE)
        text_format(&sql->text, "(" LITE_CURRENT " WHERE p.thing IN (%s))", of);
    else
        text_format(&sql->text,
                    "(SELECT thing, host, caseid, time FROM (SELECT thing, batch, time FROM presence WHERE"
                    " thing GLOBAL IN (%s))" CH_JOIN_BATCHES("presences") ")",
                    of);
}

void sql_current_on(struct sql *sql, uint64_t one, uint64_t other) {
    long long a = (long long)one, b = (long long)other;
    if (sql->engine == SQL_SQLITE)
        text_format(&sql->text, "(" LITE_CURRENT " WHERE c.host IN (%lld, %lld))", a, b);
    else
        text_format(&sql->text,
                    "(SELECT thing, host, caseid, time FROM (SELECT thing, batch, time FROM presence WHERE"
                    " batch GLOBAL IN (SELECT batch FROM " CH_BATCHES(
                        "presences") " WHERE host IN (%lld, %lld)))" CH_JOIN_BATCHES("presences") ")",
                    a, b);
}

void sql_counts_of(struct sql *sql, const struct sql *things) {
    const char *of = inner(sql, things);
    if (sql->engine == SQL_SQLITE) /* they are kept: to look for the things twice would be slower */
        sql_add(sql, "{counts}");
    else
        text_format(&sql->text, "(" CH_COUNTS " AND thing GLOBAL IN (%s) GROUP BY thing)", of);
}

/* --- stacks --- */

enum { STACKED_ERROR = 16 }; /* 1.04 / sqrt(2^14), twice */

unsigned sql_stacked_error(enum sql_engine engine) {
    return engine == SQL_CLICKHOUSE ? STACKED_ERROR : 0;
}

/* The hosts of each thing are gathered in the order in which the server has them, and brought together by
 * value: presences themselves meet no table of values. */
static void stacked(struct sql *sql, const char *values, const char *gather, const char *together) {
    text_format(
        &sql->text,
        "(SELECT value, %s AS hosts, count() AS things FROM (SELECT thing, %s AS found FROM"
        " (SELECT thing, host_number FROM (SELECT thing, batch FROM presence) GLOBAL ALL INNER JOIN " CH_NUMBERS
        " USING (batch)) GROUP BY thing) GLOBAL ALL INNER JOIN (%s) USING (thing) GROUP BY value)",
        together, gather, values);
}

void sql_stacked(struct sql *sql, const struct sql *values, bool approximate) {
    const char *of = inner(sql, values);
    if (sql->engine == SQL_SQLITE) {
        sql_add(sql, "(SELECT value, hosts, things FROM stacked(");
        sql_text(sql, of);
        sql_add(sql, "))");
    } else if (approximate)
        stacked(sql, of, "uniqCombinedState(14)(host_number)", "uniqCombinedMerge(14)(found)");
    else
        stacked(sql, of, "groupArray(host_number)", "arrayUniq(groupArrayArray(found))");
}

const char *sql_string(const struct sql *sql) {
    return sql->bad || sql->text.full ? NULL : text_string(&sql->text);
}
