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

static const struct {
    const char *word, *texts[2]; /* by enum sql_engine */
} words[] = {
    {"things",
     {"thing",
      "(SELECT thing, kind, path, name, sha256, authentihash, signer, exports, version, product, built,"
      " added FROM thing FINAL)"}},
    {"cases", {"host_case", CH_CASES}},
    {"current",
     {"(SELECT p.thing AS thing, c.host AS host, c.caseid AS caseid, p.time AS time FROM host_case c"
      " CROSS JOIN presence p ON p.number = c.number)",
      CH_CURRENT}},
    {"counts",
     {"(SELECT thing, hosts FROM thing_count WHERE hosts > 0)",
      "(SELECT thing, count() AS hosts FROM presence WHERE " CH_IN_BATCHES("presences") " GROUP BY thing)"}},
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

const char *sql_string(const struct sql *sql) {
    return sql->bad || sql->text.full ? NULL : text_string(&sql->text);
}
