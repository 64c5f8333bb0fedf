#include "report/sarif.h"

void sarif_begin(struct emit *emit, struct text *out) {
    emit_init(emit, out);
    emit_object(emit, NULL);
    emit_text(emit, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    emit_text(emit, "version", "2.1.0");
    emit_array(emit, "runs");
    emit_object(emit, NULL);
    emit_text(emit, "columnKind", "utf16CodeUnits");
}

void sarif_tool(struct emit *emit) {
    emit_object(emit, "tool");
    emit_object(emit, "driver");
    emit_text(emit, "name", "assay");
    emit_text(emit, "version", ASSAY_VERSION);
    emit_array(emit, "rules");
}

void sarif_tool_end(struct emit *emit) {
    emit_end_array(emit);
    emit_end_object(emit);
    emit_end_object(emit);
}

const char *sarif_level(enum severity severity) {
    return severity >= SEVERITY_HIGH ? "error" : severity == SEVERITY_MEDIUM ? "warning" : "note";
}

/* What code hosts sort by: a number as a text, on the scale of CVSS. */
static const char *security_severity(enum severity severity) {
    static const char *const scores[] = {"0.0", "3.0", "5.5", "8.0", "9.5"};
    return (unsigned)severity <= SEVERITY_CRITICAL ? scores[severity] : "0.0";
}

void sarif_message(struct emit *emit, const char *key, const char *text) {
    emit_object(emit, key);
    emit_text(emit, "text", text[0] ? text : "-");
    emit_end_object(emit);
}

void sarif_rule(struct emit *emit, const struct explanation *text) {
    struct text help = {0};
    text_format(&help, "Innocent if: %s\n\nCheck: %s", text->innocent, text->verify);
    emit_object(emit, NULL);
    emit_text(emit, "id", text->id);
    sarif_message(emit, "shortDescription", text->title);
    sarif_message(emit, "fullDescription", text->why);
    sarif_message(emit, "help", text_string(&help));
    emit_object(emit, "defaultConfiguration");
    emit_text(emit, "level", sarif_level(text->severity));
    emit_end_object(emit);
    emit_object(emit, "properties");
    emit_text(emit, "security-severity", security_severity(text->severity));
    emit_array(emit, "tags");
    emit_text(emit, NULL, "security");
    emit_some(emit, NULL, text->attack);
    emit_end_array(emit);
    emit_end_object(emit);
    emit_end_object(emit);
    text_free(&help);
}
