/* SARIF 2.1.0 (OASIS standard): what code hosts and their scanners read. */
#include "report/diff.h"

enum { RULES = 128 };

static void string(struct text *out, const char *key, const char *value) {
    text_format(out, "\"%s\":", key);
    text_json(out, value, strlen(value));
}

static void message(struct text *out, const char *key, const char *value) {
    text_format(out, "\"%s\":{", key);
    string(out, "text", value);
    text_char(out, '}');
}

static const char *level(enum severity severity) {
    return severity >= SEVERITY_HIGH ? "error" : severity == SEVERITY_MEDIUM ? "warning" : "note";
}

/* Rules that have findings, each once, in the order of findings. */
struct rules {
    const struct explanation *list[RULES];
    size_t count;
};

/* Its number among them; it is added if it is not there yet. */
static size_t number_of(struct rules *rules, const struct explanation *rule) {
    size_t i = 0;
    while (i < rules->count && rules->list[i] != rule)
        i++;
    if (i == rules->count && i < RULES)
        rules->list[rules->count++] = rule;
    return i;
}

static void rule(struct text *out, const struct explanation *text) {
    text_char(out, '{');
    string(out, "id", text->id);
    text_char(out, ',');
    message(out, "shortDescription", text->title);
    text_char(out, ',');
    message(out, "fullDescription", text->why);
    text_add(out, ",\"help\":{");
    struct text help = {0};
    text_format(&help, "Innocent if: %s Check: %s", text->innocent, text->verify);
    string(out, "text", text_string(&help));
    text_free(&help);
    text_add(out, "},\"defaultConfiguration\":{");
    string(out, "level", level(text->severity));
    text_add(out, "}}");
}

static void uri(struct text *out, const char *path) {
    struct text escaped = {0};
    text_percent(&escaped, path, strlen(path), "/!$&'()*+,;=@");
    string(out, "uri", text_string(&escaped));
    text_free(&escaped);
}

static void location(struct text *out, const struct diff_pair *pair) {
    text_add(out, "{\"physicalLocation\":{\"artifactLocation\":{");
    uri(out, diff_path(pair));
    text_add(out, "}}}");
}

static void result(struct text *out, const struct diff_finding *finding, struct rules *rules) {
    struct text words = {0};
    text_add(&words, finding->summary);
    for (size_t i = 0; i < finding->detail_count; i++)
        text_format(&words, "%s%s: %s", i == 0 ? " (" : "; ", finding->details[i].key,
                    finding->details[i].value);
    text_add(&words, finding->detail_count > 0 ? ")" : "");
    text_char(out, '{');
    string(out, "ruleId", finding->rule->id);
    text_format(out, ",\"ruleIndex\":%zu,", number_of(rules, finding->rule));
    string(out, "level", level(finding->severity));
    text_char(out, ',');
    message(out, "message", text_string(&words));
    text_add(out, ",\"locations\":[");
    if (finding->pair_count > 0)
        location(out, finding->pairs[0]);
    text_add(out, "],\"relatedLocations\":[");
    for (size_t i = 1; i < finding->pair_count; i++) {
        text_add(out, i > 1 ? "," : "");
        location(out, finding->pairs[i]);
    }
    text_add(out, "],\"properties\":{");
    string(out, "severity", severity_word(finding->severity));
    text_char(out, ',');
    string(out, "strength", strength_word(finding->strength));
    text_add(out, "}}");
    text_free(&words);
}

void diff_sarif(const struct diff *diff, const struct diff_report *how, struct output *output) {
    struct text out = {0};
    struct rules rules = {.count = 0};
    bool any = false;
    (void)how;
    text_add(
        &out,
        "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
        "\"tool\":{\"driver\":{\"name\":\"assay\",\"version\":\"" ASSAY_VERSION "\",\"rules\":[");
    for (size_t i = 0; i < diff->finding_count; i++)
        number_of(&rules, diff->findings[i].rule);
    for (size_t i = 0; i < rules.count; i++) {
        text_add(&out, i > 0 ? "," : "");
        rule(&out, rules.list[i]);
    }
    text_add(&out, "]}},\"columnKind\":\"utf16CodeUnits\",\"results\":[");
    output_text(output, &out);
    for (size_t i = 0; i < diff->finding_count; i++) {
        if (diff->findings[i].joined)
            continue;
        text_add(&out, any ? ",\n" : "\n");
        result(&out, &diff->findings[i], &rules);
        any = true;
        output_text(output, &out);
    }
    text_add(&out, "]}]}\n");
    output_text(output, &out);
    text_free(&out);
}
