#include "report/jsonl_chain.h"

#include "base/filetime.h"
#include "model/finding.h"

static const char steps_sql[] =
    "SELECT ordinal, stage, artifact, name, text, time, time_source, strength FROM chain_step WHERE"
    " chain = ? ORDER BY ordinal";
static const char links_sql[] =
    "SELECT from_step, to_step, kind, strength, text, records FROM chain_link WHERE chain = ?"
    " ORDER BY rowid";
static const char gaps_sql[] = "SELECT stage, text FROM chain_gap WHERE chain = ? ORDER BY rowid";
static const char findings_sql[] =
    "SELECT finding FROM chain_finding WHERE chain = ? AND step = ? ORDER BY finding";

enum column { COLUMN_NUMBER, COLUMN_TEXT, COLUMN_TIME, COLUMN_STRENGTH };

struct member {
    const char *key;
    enum column kind;
};

static const struct member of_step[] = {{"ordinal", COLUMN_NUMBER},   {"stage", COLUMN_TEXT},
                                        {"artifact", COLUMN_NUMBER},  {"name", COLUMN_TEXT},
                                        {"text", COLUMN_TEXT},        {"time", COLUMN_TIME},
                                        {"time_source", COLUMN_TEXT}, {"strength", COLUMN_STRENGTH}};
static const struct member of_link[] = {{"from", COLUMN_NUMBER}, {"to", COLUMN_NUMBER},
                                        {"kind", COLUMN_TEXT},   {"strength", COLUMN_STRENGTH},
                                        {"text", COLUMN_TEXT},   {"records", COLUMN_TEXT}};
static const struct member of_gap[] = {{"stage", COLUMN_TEXT}, {"text", COLUMN_TEXT}};

/* "key":value, with a comma before it unless it is the first; nothing for NULL. */
static void member(struct text *out, struct db_query *query, int at, const struct member *m, bool first) {
    char time[FILETIME_TEXT];
    size_t size;
    const char *text = db_text(query, at, &size);
    if (db_is_null(query, at))
        return;
    text_format(out, "%s\"%s\":", first ? "" : ",", m->key);
    if (m->kind == COLUMN_NUMBER)
        text_format(out, "%lld", (long long)db_integer(query, at));
    else if (m->kind == COLUMN_TEXT)
        text_json(out, text, size);
    else if (m->kind == COLUMN_STRENGTH)
        text_format(out, "\"%s\"", strength_word((enum strength)db_integer(query, at)));
    else {
        filetime_text((uint64_t)db_integer(query, at), time);
        text_format(out, "\"%s\"", time);
    }
}

static void members(struct text *out, struct db_query *query, const struct member *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        member(out, query, (int)i, &list[i], i == 0);
}

static bool sound(struct db *db, struct db_query *query) {
    db_finish(query);
    return query && db_error(db)[0] == 0;
}

static bool cited(struct db *db, struct text *out, int64_t chain, int64_t step) {
    struct db_query *query = db_prepare(db, findings_sql);
    const char *before = ",\"findings\":[";
    if (query) {
        db_bind_integer(query, 1, chain);
        db_bind_integer(query, 2, step);
    }
    while (query && db_step(query)) {
        text_format(out, "%s%lld", before, (long long)db_integer(query, 0));
        before = ",";
    }
    text_add(out, before[1] ? "" : "]");
    return sound(db, query);
}

static bool rows(struct db *db, struct text *out, const char *name, const char *sql, int64_t chain,
                 const struct member *list, size_t count) {
    struct db_query *query = db_prepare(db, sql);
    bool first = true, good = true;
    text_format(out, ",\"%s\":[", name);
    if (query)
        db_bind_integer(query, 1, chain);
    while (query && good && db_step(query)) {
        text_add(out, first ? "{" : ",{");
        members(out, query, list, count);
        if (list == of_step)
            good = cited(db, out, chain, db_integer(query, 0));
        text_char(out, '}');
        first = false;
    }
    text_char(out, ']');
    return sound(db, query) && good;
}

#define ROWS(name, sql, list) rows(db, out, name, sql, chain, list, sizeof(list) / sizeof *(list))

static bool chain_line(struct db *db, struct text *out, struct db_query *query) {
    static const struct member list[] = {
        {"id", COLUMN_NUMBER},  {"evidence", COLUMN_TEXT},     {"host", COLUMN_TEXT},
        {"word", COLUMN_TEXT},  {"strength", COLUMN_STRENGTH}, {"title", COLUMN_TEXT},
        {"story", COLUMN_TEXT}, {"alternative", COLUMN_TEXT},  {"against", COLUMN_TEXT},
        {"first", COLUMN_TIME}, {"last", COLUMN_TIME}};
    int64_t chain = db_integer(query, 0);
    text_add(out, "{\"schema\":\"assay.chain/1\",");
    members(out, query, list, sizeof list / sizeof list[0]);
    bool good = ROWS("steps", steps_sql, of_step) && ROWS("links", links_sql, of_link) &&
                ROWS("gaps", gaps_sql, of_gap);
    text_add(out, "}\n");
    return good;
}

static bool verdict_line(struct text *out, struct db_query *query) {
    static const struct member list[] = {{"evidence", COLUMN_TEXT}, {"host", COLUMN_TEXT},
                                         {"word", COLUMN_TEXT},     {"rank", COLUMN_NUMBER},
                                         {"reason", COLUMN_TEXT},   {"incomplete", COLUMN_TEXT},
                                         {"since", COLUMN_TIME}};
    bool whole = db_is_null(query, 0);
    text_format(out, "{\"schema\":\"assay.verdict/1\",\"of\":\"%s\",\"complete\":%s", whole ? "case" : "host",
                db_integer(query, 7) ? "true" : "false");
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        member(out, query, (int)i, &list[i], false);
    text_add(out, "}\n");
    return true;
}

bool jsonl_chain(struct db *db, struct output *output) {
    struct text out = {0};
    bool good = true;
    struct db_query *query = db_prepare(
        db,
        "SELECT e.path, v.host, v.word, v.rank, v.reason, v.incomplete, v.since, v.complete FROM verdict v LEFT"
        " JOIN evidence e ON e.id = v.evidence ORDER BY v.evidence IS NULL, v.evidence");
    while (query && good && output->error == 0 && db_step(query)) {
        good = verdict_line(&out, query);
        output_text(output, &out);
    }
    good = sound(db, query) && good;
    query =
        good
            ? db_prepare(
                  db,
                  "SELECT c.id, e.path, (SELECT min(v.host) FROM verdict v WHERE v.evidence = c.evidence), c.word,"
                  " c.strength, c.title, c.story, c.alternative, c.against, c.first_time, c.last_time FROM chain c"
                  " LEFT JOIN evidence e ON e.id = c.evidence ORDER BY c.id")
            : NULL;
    while (query && good && output->error == 0 && db_step(query)) {
        good = chain_line(db, &out, query);
        output_text(output, &out);
    }
    good = query && sound(db, query) && good && output->error == 0;
    text_free(&out);
    return good;
}
