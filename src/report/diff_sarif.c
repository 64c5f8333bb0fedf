/* SARIF 2.1.0 (OASIS standard): what code hosts and their scanners read. */
#include "report/diff.h"
#include "report/sarif.h"

enum { RULES = 128 };

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

static void location(struct emit *emit, const struct diff_pair *pair) {
    struct text uri = {0};
    const char *path = diff_path(pair);
    text_percent(&uri, path, strlen(path), "/!$&'()*+,;=@");
    emit_object(emit, NULL);
    emit_object(emit, "physicalLocation");
    emit_object(emit, "artifactLocation");
    emit_text(emit, "uri", text_string(&uri));
    emit_end_object(emit);
    emit_end_object(emit);
    emit_end_object(emit);
    text_free(&uri);
}

static void locations(struct emit *emit, const char *key, const struct diff_finding *finding, size_t from,
                      size_t to) {
    emit_array(emit, key);
    for (size_t i = from; i < to && i < finding->pair_count; i++)
        location(emit, finding->pairs[i]);
    emit_end_array(emit);
}

static void result(struct text *out, const struct diff_finding *finding, struct rules *rules) {
    struct emit emit;
    struct text words = {0};
    text_add(&words, finding->summary);
    for (size_t i = 0; i < finding->detail_count; i++)
        text_format(&words, "%s%s: %s", i == 0 ? " (" : "; ", finding->details[i].key,
                    finding->details[i].value);
    text_add(&words, finding->detail_count > 0 ? ")" : "");
    emit_init(&emit, out);
    emit_object(&emit, NULL);
    emit_text(&emit, "ruleId", finding->rule->id);
    emit_number(&emit, "ruleIndex", (int64_t)number_of(rules, finding->rule));
    emit_text(&emit, "level", sarif_level(finding->severity));
    sarif_message(&emit, "message", text_string(&words));
    locations(&emit, "locations", finding, 0, 1);
    locations(&emit, "relatedLocations", finding, 1, finding->pair_count);
    emit_object(&emit, "properties");
    emit_text(&emit, "severity", severity_word(finding->severity));
    emit_text(&emit, "strength", strength_word(finding->strength));
    emit_end_object(&emit);
    emit_end_object(&emit);
    text_free(&words);
}

void diff_sarif(const struct diff *diff, const struct diff_report *how, struct output *output) {
    struct text out = {0};
    struct emit emit;
    struct rules rules = {.count = 0};
    bool any = false;
    (void)how;
    sarif_begin(&emit, &out);
    sarif_tool(&emit);
    for (size_t i = 0; i < diff->finding_count; i++)
        number_of(&rules, diff->findings[i].rule);
    for (size_t i = 0; i < rules.count; i++)
        sarif_rule(&emit, rules.list[i]);
    sarif_tool_end(&emit);
    text_add(&out, ",\"results\":[");
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
