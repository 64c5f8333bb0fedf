#include "judge/diff_rules.h"

/* How the programs of the later release were made. */
struct crowd {
    size_t programs, signed_ones, kept; /* kept: made by the same tools as before, or not made anew */
    char families[16][16];
    size_t counts[16], family_count;
};

static void see(struct crowd *crowd, const struct diff_traits *t) {
    char family[16];
    size_t i = 0;
    diff_rules_family(t->toolchain, family);
    while (i < crowd->family_count && strcmp(crowd->families[i], family) != 0)
        i++;
    if (i == 16)
        return;
    if (i == crowd->family_count)
        snprintf(crowd->families[crowd->family_count++], 16, "%s", family);
    crowd->counts[i]++;
}

/* What the earlier release had is the measure; what came new is measured. */
static struct crowd look(const struct diff_judging *judging) {
    struct crowd crowd = {0};
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (!t->known || !pair->after || !pair->before || pair->after->kind != DIFF_PROGRAM)
            continue;
        crowd.programs++;
        crowd.signed_ones += t->is_signed;
        crowd.kept += !t->linker_changed;
        see(&crowd, t);
    }
    return crowd;
}

static bool is_of(const struct crowd *crowd, const char *toolchain) {
    char family[16];
    diff_rules_family(toolchain, family);
    for (size_t i = 0; i < crowd->family_count; i++)
        if (strcmp(crowd->families[i], family) == 0)
            return true;
    return false;
}

static void judge_added(struct diff_judging *judging, const struct crowd *crowd, const struct diff_pair *pair,
                        const struct diff_traits *t) {
    bool alone = crowd->programs > 0 && crowd->signed_ones * 2 > crowd->programs && !t->is_signed;
    bool foreign = crowd->programs > 0 && !is_of(crowd, t->toolchain);
    bool small = diff_rules_small(judging);
    enum severity severity = (alone || foreign) && small ? SEVERITY_MEDIUM : SEVERITY_LOW;
    if (!small && !alone && !foreign)
        severity = SEVERITY_INFO;
    struct diff_finding *finding = diff_rules_find(
        judging, &diff_rule_stranger, pair, severity, alone && foreign ? STRENGTH_STRONG : STRENGTH_FIRM,
        alone     ? "a program came that nobody signed, while most others of this release are signed"
        : foreign ? "a program came that other tools made than those of the earlier release"
                  : "a program came that the earlier release did not have");
    diff_rules_detail(judging, finding, "tools", t->toolchain);
    diff_rules_detail(judging, finding, "signature", pair->after->trust);
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static void judge_changed(struct diff_judging *judging, const struct crowd *crowd,
                          const struct diff_pair *pair, const struct diff_traits *t, const char *before) {
    char old[16], new[16];
    diff_rules_family(before, old);
    diff_rules_family(t->toolchain, new);
    bool family = strcmp(old, new) != 0;
    bool rich = t->rich_lost || (t->rich_changed && t->reproducible_changed);
    if (!family && !rich)
        return;
    bool odd = crowd->kept > 0 || t->same_version || crowd->programs == 1;
    enum severity severity = odd && diff_rules_small(judging) ? SEVERITY_MEDIUM : SEVERITY_LOW;
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_stranger, pair, severity,
                        family ? STRENGTH_STRONG : STRENGTH_FIRM, "other tools made it than made it before");
    diff_rules_detail(judging, finding, "tools before", before);
    diff_rules_detail(judging, finding, "tools now", t->toolchain);
    diff_rules_number(judging, finding, "programs that kept their tools", crowd->kept, "");
    if (t->same_version)
        diff_rules_detail(judging, finding, "its own version", "unchanged");
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static const char *old_tools(const struct diff_pair *pair) {
    for (size_t i = 0; i < pair->change_count; i++)
        if (strcmp(pair->changes[i].group, "build") == 0 && strcmp(pair->changes[i].what, "tools") == 0)
            return pair->changes[i].before;
    return "";
}

static bool judge(struct diff_judging *judging) {
    struct crowd crowd = look(judging);
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (!t->known || !pair->after || pair->after->kind != DIFF_PROGRAM)
            continue;
        if (pair->fate == DIFF_ADDED)
            judge_added(judging, &crowd, pair, t);
        else if (pair->fate == DIFF_CHANGED && old_tools(pair)[0])
            judge_changed(judging, &crowd, pair, t, old_tools(pair));
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_stranger = {
    .text =
        {
            .id = "diff_stranger",
            .title = "a program that was not made as its siblings were",
            .why =
                "A build farm makes its programs with the same tools and signs them with the same key, release after "
                "release. One that was made elsewhere was put in from elsewhere.",
            .innocent =
                "A part of another maker came or was replaced; the maker changed its tools, which then shows in most "
                "of its programs. In a larger step such things are expected and told low.",
            .verify =
                "Compare linker versions and Rich headers (dumpbin /headers); ask the maker where the file comes from.",
            .attack = "T1195.002",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
