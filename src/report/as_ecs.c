/* Findings as documents of the Elastic Common Schema 8.11, a line each: https://www.elastic.co/guide/en/ecs/
 * (fields event, rule, threat, file, host, observer). What has no field there stands below `assay`. */
#include "report/emit.h"
#include "report/export.h"
#include "report/export_case.h"

#define ECS_VERSION "8.11.0"

/* event.severity has no scale of its own: that of Elastic's detection rules, which is risk_score's. */
static int severity_number(enum severity severity) {
    static const int numbers[] = {0, 21, 47, 73, 99};
    return (unsigned)severity <= SEVERITY_CRITICAL ? numbers[severity] : 0;
}

static void event(struct emit *emit, struct export_case *export, const struct findings_row *row) {
    char uuid[EMIT_UUID];
    emit_uuid(uuid, export_case_name(export, "ecs", row));
    emit_object(emit, "event");
    emit_text(emit, "id", uuid);
    emit_text(emit, "kind", row->severity == SEVERITY_INFO ? "event" : "alert");
    emit_array(emit, "category");
    emit_text(emit, NULL, row->has_artifact ? "file" : "host");
    if (row->severity >= SEVERITY_MEDIUM)
        emit_text(emit, NULL, "malware");
    emit_end_array(emit);
    emit_array(emit, "type");
    emit_text(emit, NULL, "info");
    emit_end_array(emit);
    emit_text(emit, "module", "assay");
    emit_text(emit, "dataset", "assay.finding");
    emit_number(emit, "severity", severity_number(row->severity));
    emit_time(emit, "created", export->started);
    emit_end_object(emit);
}

static void rule(struct emit *emit, const struct findings_row *row) {
    emit_object(emit, "rule");
    emit_text(emit, "id", row->detector);
    emit_text(emit, "name", row->title[0] ? row->title : row->detector);
    emit_some(emit, "description", row->why);
    emit_text(emit, "ruleset", "assay");
    emit_end_object(emit);
    if (!row->attack[0])
        return;
    emit_object(emit, "threat");
    emit_text(emit, "framework", "MITRE ATT&CK");
    emit_object(emit, "technique");
    emit_array(emit, "id");
    emit_text(emit, NULL, row->attack);
    emit_end_array(emit);
    emit_end_object(emit);
    emit_end_object(emit);
}

static void digests(struct emit *emit, const struct findings_row *row) {
    if (row->sha256.size + row->sha1.size + row->md5.size == 0)
        return;
    emit_object(emit, "hash");
    emit_hex(emit, "md5", row->md5);
    emit_hex(emit, "sha1", row->sha1);
    emit_hex(emit, "sha256", row->sha256);
    emit_end_object(emit);
}

static void file(struct emit *emit, const struct findings_row *row, const struct export_case_file *file) {
    const struct address *a = &row->address;
    struct text path = {0};
    if (!row->has_artifact || !a->name)
        return;
    emit_object(emit, "file");
    export_case_path(&path, a);
    emit_text(emit, "path", text_string(&path));
    emit_text(emit, "name", a->name);
    text_clear(&path);
    export_case_folder(&path, a);
    emit_text(emit, "directory", text_string(&path));
    emit_some(emit, "fork_name", a->stream);
    if (a->drive && a->drive[0]) {
        const char letter[] = {a->drive[0], 0};
        emit_text(emit, "drive_letter", letter);
    }
    emit_text(emit, "type", file->is_folder ? "dir" : "file");
    if (file->has_size)
        emit_number(emit, "size", (int64_t)file->size);
    emit_time(emit, "created", file->created);
    emit_time(emit, "mtime", file->modified);
    emit_time(emit, "ctime", file->changed);
    emit_time(emit, "accessed", file->accessed);
    digests(emit, row);
    if (file->trust[0]) {
        emit_object(emit, "code_signature");
        emit_bool(emit, "exists", strcmp(file->trust, "unsigned") != 0);
        emit_some(emit, "subject_name", file->signer);
        emit_text(emit, "status", file->trust);
        emit_bool(emit, "trusted", strcmp(file->trust, "trusted") == 0);
        emit_end_object(emit);
    }
    emit_end_object(emit);
    text_free(&path);
}

static void own(struct emit *emit, struct findings *findings, const struct findings_row *row) {
    const char *key, *value;
    struct text address = {0};
    emit_object(emit, "assay");
    emit_object(emit, "finding");
    emit_number(emit, "id", row->id);
    emit_text(emit, "severity", severity_word(row->severity));
    emit_text(emit, "strength", strength_word(row->strength));
    address_format(&address, &row->address);
    emit_text(emit, "address", text_string(&address));
    emit_number(emit, "offset", row->offset);
    emit_number(emit, "size", row->size);
    emit_some(emit, "innocent", row->innocent);
    emit_some(emit, "verify", row->verify);
    emit_array(emit, "details");
    findings_details(findings, row);
    while (findings_detail(findings, &key, &value)) {
        emit_object(emit, NULL);
        emit_text(emit, "key", key);
        emit_text(emit, "value", value);
        emit_end_object(emit);
    }
    emit_end_array(emit);
    emit_end_object(emit);
    emit_end_object(emit);
    text_free(&address);
}

static void document(struct text *out, struct export_case *export, struct findings *findings,
                     const struct findings_row *row) {
    struct export_case_file about;
    struct emit emit;
    export_case_file(export, row, &about);
    emit_init(&emit, out);
    emit_object(&emit, NULL);
    /* The time of the scan: what a finding is about may have several times, or none. */
    emit_time(&emit, "@timestamp", export->started ? export->started : 1);
    emit_text(&emit, "message", row->summary);
    emit_object(&emit, "ecs");
    emit_text(&emit, "version", ECS_VERSION);
    emit_end_object(&emit);
    event(&emit, export, row);
    rule(&emit, row);
    file(&emit, row, &about);
    if (about.host[0]) {
        emit_object(&emit, "host");
        emit_text(&emit, "name", about.host);
        emit_end_object(&emit);
    }
    emit_object(&emit, "observer");
    emit_text(&emit, "product", "assay");
    emit_text(&emit, "version", ASSAY_VERSION);
    emit_text(&emit, "type", "scanner");
    emit_end_object(&emit);
    own(&emit, findings, row);
    emit_end_object(&emit);
    text_char(out, '\n');
}

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    struct export_case export;
    struct findings findings;
    struct findings_row row;
    struct text out = {0};
    bool ok = export_case_open(&export, casefile);
    ok = findings_open(&findings, casefile, 0) && ok;
    while (ok && output->error == 0 && findings_next(&findings, &row)) {
        if (row.severity < options->least)
            continue;
        document(&out, &export, &findings, &row);
        output_text(output, &out);
    }
    findings_close(&findings);
    export_case_close(&export);
    text_free(&out);
    return ok && casefile_error(casefile)[0] == 0 && output->error == 0;
}

const struct export_format as_ecs = {.name = "ecs",
                                     .summary =
                                         "findings as documents of the Elastic Common Schema, a line each",
                                     .print = print};
