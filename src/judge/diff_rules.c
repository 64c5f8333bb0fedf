#include "judge/diff_rules.h"

static const struct diff_rule *const rules[] = {
#define DIFF_RULE(name) &diff_rule_##name,
#include "judge/diff_rules.def"
#undef DIFF_RULE
};

enum { RULES = sizeof rules / sizeof rules[0] };

const struct explanation *diff_rule_at(size_t number) {
    return number < RULES ? &rules[number]->text : NULL;
}

const struct explanation *diff_rule(const char *id) {
    for (size_t i = 0; i < RULES; i++)
        if (strcmp(rules[i]->text.id, id) == 0)
            return &rules[i]->text;
    return NULL;
}

bool diff_rules_small(const struct diff_judging *judging) {
    enum diff_step step = judging->diff->step;
    return step == DIFF_STEP_NONE || step == DIFF_STEP_PATCH || step == DIFF_STEP_UNKNOWN;
}

void diff_rules_family(const char *toolchain, char to[16]) {
    static const char front[] = "linker ";
    size_t n = 0;
    if (strncmp(toolchain, front, sizeof front - 1) == 0)
        for (const char *c = toolchain + sizeof front - 1; *c >= '0' && *c <= '9' && n < 15; c++)
            to[n++] = *c;
    to[n] = 0;
}

static bool make_room(struct diff_judging *judging) {
    struct diff *diff = judging->diff;
    size_t count = diff->finding_count;
    if (count == DIFF_FINDINGS) {
        diff->finding_omitted++;
        return false;
    }
    if ((count & (count - 1)) != 0)
        return true;
    struct diff_finding *list = job_alloc(judging->job, count ? 2 * count : 1, sizeof *list);
    if (list && count > 0)
        memcpy(list, diff->findings, count * sizeof *list);
    if (list)
        diff->findings = list;
    return list != NULL;
}

struct diff_finding *diff_rules_find(struct diff_judging *judging, const struct diff_rule *rule,
                                     const struct diff_pair *pair, enum severity severity,
                                     enum strength strength, const char *summary) {
    if (!make_room(judging))
        return NULL;
    struct diff_finding *finding = &judging->diff->findings[judging->diff->finding_count++];
    *finding = (struct diff_finding){.rule = &rule->text,
                                     .severity = severity,
                                     .strength = strength,
                                     .summary = release_text(judging->job, summary, strlen(summary))};
    if (pair)
        diff_rules_cite(finding, pair);
    return finding;
}

void diff_rules_detail(struct diff_judging *judging, struct diff_finding *finding, const char *key,
                       const char *value) {
    if (!finding || !value || !value[0] || finding->detail_count == DIFF_DETAILS)
        return;
    finding->details[finding->detail_count++] =
        (struct diff_detail){key, release_text(judging->job, value, strlen(value))};
}

void diff_rules_number(struct diff_judging *judging, struct diff_finding *finding, const char *key,
                       uint64_t value, const char *unit) {
    char text[64];
    snprintf(text, sizeof text, "%llu%s%s", (unsigned long long)value, unit[0] ? " " : "", unit);
    diff_rules_detail(judging, finding, key, text);
}

void diff_rules_cite(struct diff_finding *finding, const struct diff_pair *pair) {
    if (!finding)
        return;
    for (size_t i = 0; i < finding->pair_count; i++)
        if (finding->pairs[i] == pair)
            return;
    if (finding->pair_count < DIFF_PAIRS_OF_FINDING)
        finding->pairs[finding->pair_count++] = pair;
    else
        finding->pair_omitted++;
}

bool diff_rules_run(struct diff_judging *judging) {
    for (size_t i = 0; i < RULES; i++)
        if (!rules[i]->judge(judging))
            return false;
    return judging->job->fault.code == FAULT_NONE;
}
