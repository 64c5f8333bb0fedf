#include "report/jsonl.h"

#include "report/emit.h"
#include "report/findings.h"
#include "report/jsonl_chain.h"
#include "report/jsonl_stakes.h"

static void address(struct emit *emit, const struct address *address) {
    struct text ascii = {0};
    address_format(&ascii, address);
    emit_text(emit, "address", text_string(&ascii));
    emit->out->full = emit->out->full || ascii.full;
    text_free(&ascii);
}

static void path(struct emit *emit, const char *key, const char *folder, const char *name) {
    struct text whole = {0};
    text_bytes(&whole, folder, findings_clip(folder));
    text_char(&whole, '/');
    text_bytes(&whole, name, findings_clip(name));
    emit_text(emit, key, text_string(&whole));
    emit->out->full = emit->out->full || whole.full;
    text_free(&whole);
}

static void links(struct emit *emit, struct findings *findings, const struct findings_row *row) {
    const char *folder, *name;
    bool first = true;
    findings_links(findings, row);
    while (findings_link(findings, &folder, &name)) {
        if (first)
            emit_array(emit, "other_paths");
        path(emit, NULL, folder, name);
        first = false;
    }
    if (!first)
        emit_end_array(emit);
}

static void where(struct emit *emit, struct findings *findings, const struct findings_row *row) {
    const struct address *a = &row->address;
    address(emit, a);
    emit_text(emit, "evidence", a->evidence);
    if (a->volume != 0) {
        emit_number(emit, "volume", (int64_t)a->volume);
        emit_some(emit, "filesystem", a->volume_kind);
        if (a->shadow != 0)
            emit_number(emit, "shadow", (int64_t)a->shadow);
        emit_some(emit, "drive", a->drive);
    }
    if (a->folder || a->name)
        path(emit, "path", a->folder ? a->folder : "", a->name ? a->name : "");
    if (a->stream)
        emit_text(emit, "stream", a->stream);
    links(emit, findings, row);
    if (row->has_record) {
        emit_number(emit, "record", row->record);
        emit_number(emit, "sequence", row->sequence);
    }
}

static void details(struct emit *emit, struct findings *findings, const struct findings_row *row) {
    const char *key, *value;
    emit_object(emit, "details");
    findings_details(findings, row);
    while (findings_detail(findings, &key, &value))
        emit_text(emit, key, value);
    emit_end_object(emit);
}

static void references(struct emit *emit, struct findings *findings, const struct findings_row *row) {
    const char *role;
    struct address place;
    struct span sha256;
    emit_array(emit, "references");
    findings_references(findings, row);
    while (findings_reference(findings, &role, &place, &sha256)) {
        emit_object(emit, NULL);
        emit_text(emit, "role", role);
        address(emit, &place);
        emit_hex(emit, "sha256", sha256);
        emit_end_object(emit);
    }
    emit_end_array(emit);
}

static void finding(struct text *out, const struct jsonl_options *options, struct findings *findings,
                    const struct findings_row *row) {
    struct emit emit;
    emit_init(&emit, out);
    emit_object(&emit, NULL);
    emit_text(&emit, "schema", "assay.finding/1");
    emit_number(&emit, "id", row->id);
    emit_text(&emit, "detector", row->detector);
    emit_text(&emit, "severity", severity_word(row->severity));
    emit_text(&emit, "strength", strength_word(row->strength));
    emit_text(&emit, "title", row->title);
    emit_text(&emit, "summary", row->summary);
    emit_some(&emit, "attack", row->attack);
    where(&emit, findings, row);
    emit_number(&emit, "offset", row->offset);
    emit_number(&emit, "size", row->size);
    emit_hex(&emit, "excerpt", row->excerpt);
    emit_hex(&emit, "md5", row->md5);
    emit_hex(&emit, "sha1", row->sha1);
    emit_hex(&emit, "sha256", row->sha256);
    emit_hex(&emit, "authentihash_sha256", row->authentihash);
    emit_some(&emit, "known", row->known);
    details(&emit, findings, row);
    references(&emit, findings, row);
    if (options->texts) {
        emit_text(&emit, "why", row->why);
        emit_text(&emit, "innocent", row->innocent);
        emit_text(&emit, "verify", row->verify);
    }
    emit_end_object(&emit);
    text_char(out, '\n');
}

/* A value of meta; NULL if there is none. Valid until the query is finished. */
static const char *meta(struct db_query *query, const char *key) {
    if (!query)
        return NULL;
    db_reset(query);
    db_bind_text(query, 1, key, strlen(key));
    return db_step(query) ? db_text(query, 0, NULL) : NULL;
}

static bool counts(struct emit *emit, struct db *db) {
    struct db_query *query = db_prepare(db, "SELECT class, reason, sum(files), sum(bytes) FROM coverage"
                                            " GROUP BY class, reason ORDER BY class, reason LIMIT 1000");
    emit_array(emit, "counts");
    while (query && db_step(query)) {
        emit_object(emit, NULL);
        emit_text(emit, "class", db_text(query, 0, NULL));
        if (!db_is_null(query, 1))
            emit_text(emit, "reason", db_text(query, 1, NULL));
        emit_number(emit, "files", db_integer(query, 2));
        emit_number(emit, "bytes", db_integer(query, 3));
        emit_end_object(emit);
    }
    emit_end_array(emit);
    db_finish(query);
    return query && db_error(db)[0] == 0;
}

static bool coverage(struct text *out, struct casefile *casefile) {
    struct emit emit;
    struct db *db = casefile_db(casefile);
    struct db_query *query = db_prepare(db, "SELECT value FROM meta WHERE key = ?");
    emit_init(&emit, out);
    emit_object(&emit, NULL);
    emit_text(&emit, "schema", "assay.coverage/1");
    emit_some(&emit, "program", meta(query, "program"));
    const char *complete = meta(query, "complete");
    emit_bool(&emit, "complete", complete && strcmp(complete, "1") == 0);
    emit_some(&emit, "incomplete_because", meta(query, "incomplete_because"));
    struct db_query *lost =
        db_prepare(db, "SELECT (SELECT count(*) FROM evidence WHERE state <> 'read' AND artifact IS NULL),"
                       " (SELECT count(*) FROM volume WHERE state <> 'read'),"
                       " (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'findings_omitted'),"
                       " (SELECT count(*) FROM evidence WHERE state <> 'read' AND artifact IS NOT NULL)");
    if (lost && db_step(lost)) {
        emit_number(&emit, "paths_not_read", db_integer(lost, 0));
        emit_number(&emit, "volumes_not_read", db_integer(lost, 1));
        if (db_integer(lost, 3) > 0)
            emit_number(&emit, "images_inside_not_read", db_integer(lost, 3));
        if (db_integer(lost, 2) > 0)
            emit_number(&emit, "findings_omitted", db_integer(lost, 2));
    }
    bool ok = lost && query && counts(&emit, db);
    db_finish(lost);
    db_finish(query);
    emit_end_object(&emit);
    text_char(out, '\n');
    return ok;
}

bool jsonl_print(struct casefile *casefile, const struct jsonl_options *options, struct output *output) {
    struct findings findings;
    struct findings_row row;
    struct text line = {0};
    bool ok = findings_open(&findings, casefile, 0);
    while (ok && output->error == 0 && findings_next(&findings, &row)) {
        finding(&line, options, &findings, &row);
        output_text(output, &line);
    }
    findings_close(&findings);
    ok = ok && casefile_error(casefile)[0] == 0 && jsonl_chain(casefile_db(casefile), output) &&
         jsonl_stakes(casefile, output) && coverage(&line, casefile);
    output_text(output, &line);
    text_free(&line);
    return ok && output->error == 0;
}
