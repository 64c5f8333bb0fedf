/* SARIF 2.1.0 (OASIS standard): findings for code hosts and viewers. */
#include "report/emit.h"
#include "report/export.h"
#include "report/export_case.h"
#include "report/sarif.h"

static bool tool(struct emit *emit, struct db *db, enum severity least) {
    struct db_query *q =
        db_prepare(db, "SELECT id, title, why, innocent, verify, attack, severity FROM detector WHERE id IN"
                       " (SELECT detector FROM finding WHERE severity >= ?) ORDER BY id");
    if (!q)
        return false;
    db_bind_integer(q, 1, least);
    sarif_tool(emit);
    while (db_step(q)) {
        int64_t severity = db_integer(q, 6);
        const struct explanation text = {.id = db_text(q, 0, NULL),
                                         .title = db_text(q, 1, NULL),
                                         .why = db_text(q, 2, NULL),
                                         .innocent = db_text(q, 3, NULL),
                                         .verify = db_text(q, 4, NULL),
                                         .attack = db_text(q, 5, NULL),
                                         .severity = severity < 0 || severity > SEVERITY_CRITICAL
                                                         ? SEVERITY_INFO
                                                         : (enum severity)severity};
        sarif_rule(emit, &text);
    }
    sarif_tool_end(emit);
    db_finish(q);
    return db_error(db)[0] == 0;
}

/* What was not read is told where consumers look for it. */
static void invocation(struct emit *emit, struct export_case *export) {
    bool whole = strcmp(export_case_meta(export, "complete"), "1") == 0;
    emit_array(emit, "invocations");
    emit_object(emit, NULL);
    emit_bool(emit, "executionSuccessful", true);
    emit_time(emit, "startTimeUtc", export->started);
    if (!whole) {
        const char *because = export_case_meta(export, "incomplete_because");
        emit_array(emit, "toolExecutionNotifications");
        emit_object(emit, NULL);
        emit_text(emit, "level", "warning");
        sarif_message(emit, "message", because[0] ? because : "not everything could be read");
        emit_end_object(emit);
        emit_end_array(emit);
    }
    emit_end_object(emit);
    emit_end_array(emit);
}

static void location(struct emit *emit, const struct address *address, const struct findings_row *row) {
    struct text uri = {0}, eyes = {0};
    address_format(&uri, address);
    address_eyes(&eyes, address);
    emit_object(emit, NULL);
    emit_object(emit, "physicalLocation");
    emit_object(emit, "artifactLocation");
    emit_text(emit, "uri", text_string(&uri));
    emit_end_object(emit);
    if (row && row->size > 0 && row->offset >= 0) {
        emit_object(emit, "region");
        emit_number(emit, "byteOffset", row->offset);
        emit_number(emit, "byteLength", row->size);
        emit_end_object(emit);
    }
    emit_end_object(emit);
    sarif_message(emit, "message", text_string(&eyes));
    emit_end_object(emit);
    text_free(&uri);
    text_free(&eyes);
}

/* Locations that belong to it have ids, which the standard wants of related ones. */
static void related(struct emit *emit, struct findings *findings, const struct findings_row *row) {
    const char *role;
    struct address address;
    struct span sha256;
    emit_array(emit, "relatedLocations");
    findings_references(findings, row);
    while (findings_reference(findings, &role, &address, &sha256))
        location(emit, &address, NULL);
    emit_end_array(emit);
}

static void details(struct text *words, struct findings *findings, const struct findings_row *row) {
    const char *key, *value;
    bool some = false;
    text_add(words, row->summary);
    findings_details(findings, row);
    while (findings_detail(findings, &key, &value)) {
        text_format(words, "%s%s: ", some ? "; " : " (", key);
        text_bytes(words, value, findings_clip(value));
        some = true;
    }
    text_add(words, some ? ")" : "");
}

static void result(struct text *out, struct export_case *export, struct findings *findings,
                   const struct findings_row *row) {
    char uuid[EMIT_UUID];
    struct emit emit;
    struct text words = {0};
    emit_init(&emit, out);
    emit_object(&emit, NULL);
    emit_text(&emit, "ruleId", row->detector);
    emit_text(&emit, "level", sarif_level(row->severity));
    details(&words, findings, row);
    sarif_message(&emit, "message", text_string(&words));
    emit_array(&emit, "locations");
    if (row->address.evidence)
        location(&emit, &row->address, row);
    emit_end_array(&emit);
    related(&emit, findings, row);
    emit_uuid(uuid, export_case_name(export, "sarif", row));
    emit_text(&emit, "guid", uuid);
    emit_object(&emit, "properties");
    emit_number(&emit, "finding", row->id);
    emit_text(&emit, "severity", severity_word(row->severity));
    emit_text(&emit, "strength", strength_word(row->strength));
    emit_hex(&emit, "sha256", row->sha256);
    emit_end_object(&emit);
    emit_end_object(&emit);
    text_free(&words);
}

static bool results(struct output *output, struct text *out, struct export_case *export,
                    struct findings *findings, enum severity least) {
    struct findings_row row;
    bool some = false;
    text_add(out, ",\"results\":[\n");
    while (output->error == 0 && findings_next(findings, &row)) {
        if (row.severity < least)
            continue;
        text_add(out, some ? ",\n" : "");
        result(out, export, findings, &row);
        output_text(output, out);
        some = true;
    }
    text_add(out, "]}]}\n");
    output_text(output, out);
    return output->error == 0;
}

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    struct export_case export;
    struct findings findings;
    struct text out = {0};
    struct emit emit;
    bool ok = export_case_open(&export, casefile);
    ok = findings_open(&findings, casefile, 0) && ok;
    sarif_begin(&emit, &out);
    if (ok) {
        invocation(&emit, &export);
        ok = tool(&emit, export.db, options->least) &&
             results(output, &out, &export, &findings, options->least);
    }
    findings_close(&findings);
    export_case_close(&export);
    text_free(&out);
    return ok && casefile_error(casefile)[0] == 0 && output->error == 0;
}

const struct export_format as_sarif = {.name = "sarif", .summary = "findings as SARIF 2.1.0", .print = print};
