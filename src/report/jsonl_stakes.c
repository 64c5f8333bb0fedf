#include "report/jsonl_stakes.h"

#include "report/emit_row.h"

static const char rows_sql[] =
    "SELECT s.id, e.path, s.kind, s.name, s.holds, s.user, s.path, s.state, s.owner, s.note, s.source, s.files,"
    " s.size, s.created, s.modified, s.exposed_since FROM stake s LEFT JOIN evidence e ON e.id = s.evidence"
    " ORDER BY s.id";

static const struct emit_row_field fields[] = {
    {"id", EMIT_ROW_NUMBER},         {"evidence", EMIT_ROW_TEXT}, {"kind", EMIT_ROW_TEXT},
    {"name", EMIT_ROW_TEXT},         {"holds", EMIT_ROW_TEXT},    {"user", EMIT_ROW_TEXT},
    {"path", EMIT_ROW_TEXT},         {"state", EMIT_ROW_TEXT},    {"owner", EMIT_ROW_TEXT},
    {"note", EMIT_ROW_TEXT},         {"source", EMIT_ROW_TEXT},   {"files", EMIT_ROW_NUMBER},
    {"size", EMIT_ROW_NUMBER},       {"created", EMIT_ROW_TIME},  {"modified", EMIT_ROW_TIME},
    {"exposed_since", EMIT_ROW_TIME}};

bool jsonl_stakes(struct casefile *casefile, struct output *output) {
    struct db *db = casefile_db(casefile);
    struct db_query *q = db_prepare(db, rows_sql);
    struct text line = {0};
    struct emit emit;
    while (q && output->error == 0 && db_step(q)) {
        emit_init(&emit, &line);
        emit_object(&emit, NULL);
        emit_text(&emit, "schema", "assay.stake/1");
        emit_row(&emit, q, 0, fields, sizeof fields / sizeof fields[0]);
        emit_end_object(&emit);
        text_char(&line, '\n');
        output_text(output, &line);
    }
    db_finish(q);
    text_free(&line);
    return q && db_error(db)[0] == 0 && output->error == 0;
}
