#include "report/jsonl_chain.h"

#include "report/emit_row.h"

static const char verdicts_sql[] =
    "SELECT v.evidence IS NULL, v.complete, e.path, v.host, v.word, v.rank, v.reason, v.incomplete, v.since"
    " FROM verdict v LEFT JOIN evidence e ON e.id = v.evidence ORDER BY v.evidence IS NULL, v.evidence";
static const char chains_sql[] =
    "SELECT c.id, e.path, (SELECT min(v.host) FROM verdict v WHERE v.evidence = c.evidence), c.word,"
    " c.strength, c.title, c.story, c.alternative, c.against, c.first_time, c.last_time FROM chain c"
    " LEFT JOIN evidence e ON e.id = c.evidence ORDER BY c.id";
static const char steps_sql[] =
    "SELECT ordinal, stage, artifact, name, text, time, time_source, strength FROM chain_step WHERE"
    " chain = ? ORDER BY ordinal";
static const char links_sql[] =
    "SELECT from_step, to_step, kind, strength, text, records FROM chain_link WHERE chain = ?"
    " ORDER BY rowid";
static const char gaps_sql[] = "SELECT stage, text FROM chain_gap WHERE chain = ? ORDER BY rowid";
static const char findings_sql[] =
    "SELECT finding FROM chain_finding WHERE chain = ? AND step = ? ORDER BY finding";

static const struct emit_row_field of_verdict[] = {{"evidence", EMIT_ROW_TEXT}, {"host", EMIT_ROW_TEXT},
                                                   {"word", EMIT_ROW_TEXT},     {"rank", EMIT_ROW_NUMBER},
                                                   {"reason", EMIT_ROW_TEXT},   {"incomplete", EMIT_ROW_TEXT},
                                                   {"since", EMIT_ROW_TIME}};
static const struct emit_row_field of_chain[] = {
    {"id", EMIT_ROW_NUMBER},  {"evidence", EMIT_ROW_TEXT},     {"host", EMIT_ROW_TEXT},
    {"word", EMIT_ROW_TEXT},  {"strength", EMIT_ROW_STRENGTH}, {"title", EMIT_ROW_TEXT},
    {"story", EMIT_ROW_TEXT}, {"alternative", EMIT_ROW_TEXT},  {"against", EMIT_ROW_TEXT},
    {"first", EMIT_ROW_TIME}, {"last", EMIT_ROW_TIME}};
static const struct emit_row_field of_step[] = {
    {"ordinal", EMIT_ROW_NUMBER},   {"stage", EMIT_ROW_TEXT},       {"artifact", EMIT_ROW_NUMBER},
    {"name", EMIT_ROW_TEXT},        {"text", EMIT_ROW_TEXT},        {"time", EMIT_ROW_TIME},
    {"time_source", EMIT_ROW_TEXT}, {"strength", EMIT_ROW_STRENGTH}};
static const struct emit_row_field of_link[] = {{"from", EMIT_ROW_NUMBER}, {"to", EMIT_ROW_NUMBER},
                                                {"kind", EMIT_ROW_TEXT},   {"strength", EMIT_ROW_STRENGTH},
                                                {"text", EMIT_ROW_TEXT},   {"records", EMIT_ROW_TEXT}};
static const struct emit_row_field of_gap[] = {{"stage", EMIT_ROW_TEXT}, {"text", EMIT_ROW_TEXT}};

#define MEMBERS(emit, query, first, list) emit_row(emit, query, first, list, sizeof(list) / sizeof *(list))

/* Asked once for each chain, and findings for each step. */
struct questions {
    struct db_query *steps, *links, *gaps, *findings;
};

static bool prepare(struct db *db, struct questions *ask) {
    *ask = (struct questions){db_prepare(db, steps_sql), db_prepare(db, links_sql), db_prepare(db, gaps_sql),
                              db_prepare(db, findings_sql)};
    return ask->steps && ask->links && ask->gaps && ask->findings;
}

static void finish(struct questions *ask) {
    db_finish(ask->steps);
    db_finish(ask->links);
    db_finish(ask->gaps);
    db_finish(ask->findings);
}

static void about(struct db_query *query, int64_t chain) {
    db_reset(query);
    db_bind_integer(query, 1, chain);
}

static void steps(struct emit *emit, struct questions *ask, int64_t chain) {
    about(ask->steps, chain);
    emit_array(emit, "steps");
    while (db_step(ask->steps)) {
        emit_object(emit, NULL);
        MEMBERS(emit, ask->steps, 0, of_step);
        about(ask->findings, chain);
        db_bind_integer(ask->findings, 2, db_integer(ask->steps, 0));
        emit_array(emit, "findings");
        while (db_step(ask->findings))
            emit_number(emit, NULL, db_integer(ask->findings, 0));
        emit_end_array(emit);
        emit_end_object(emit);
    }
    emit_end_array(emit);
}

static void rows(struct emit *emit, const char *name, struct db_query *query, int64_t chain,
                 const struct emit_row_field *fields, size_t count) {
    about(query, chain);
    emit_array(emit, name);
    while (db_step(query)) {
        emit_object(emit, NULL);
        emit_row(emit, query, 0, fields, count);
        emit_end_object(emit);
    }
    emit_end_array(emit);
}

#define ROWS(name, list) rows(&emit, #name, ask->name, chain, list, sizeof(list) / sizeof *(list))

static void chain_line(struct text *out, struct db_query *query, struct questions *ask) {
    struct emit emit;
    int64_t chain = db_integer(query, 0);
    emit_init(&emit, out);
    emit_object(&emit, NULL);
    emit_text(&emit, "schema", "assay.chain/1");
    MEMBERS(&emit, query, 0, of_chain);
    steps(&emit, ask, chain);
    ROWS(links, of_link);
    ROWS(gaps, of_gap);
    emit_end_object(&emit);
    text_char(out, '\n');
}

static void verdict_line(struct text *out, struct db_query *query) {
    struct emit emit;
    emit_init(&emit, out);
    emit_object(&emit, NULL);
    emit_text(&emit, "schema", "assay.verdict/1");
    emit_text(&emit, "of", db_integer(query, 0) ? "case" : "host");
    emit_bool(&emit, "complete", db_integer(query, 1) != 0);
    MEMBERS(&emit, query, 2, of_verdict);
    emit_end_object(&emit);
    text_char(out, '\n');
}

bool jsonl_chain(struct db *db, struct output *output) {
    struct text out = {0};
    struct questions ask;
    struct db_query *verdicts = db_prepare(db, verdicts_sql), *chains = db_prepare(db, chains_sql);
    bool good = prepare(db, &ask) && verdicts && chains;
    while (good && output->error == 0 && db_step(verdicts)) {
        verdict_line(&out, verdicts);
        output_text(output, &out);
    }
    while (good && output->error == 0 && db_step(chains)) {
        chain_line(&out, chains, &ask);
        output_text(output, &out);
    }
    db_finish(verdicts);
    db_finish(chains);
    finish(&ask);
    text_free(&out);
    return good && db_error(db)[0] == 0 && output->error == 0;
}
