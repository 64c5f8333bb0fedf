#include "judge/diff_rules.h"

/* Nearly every program loads code, and honest ones of all kinds ask for cryptography and start others. */
static bool is_grave(int class) {
    return class == API_network || class == API_injection || class == API_service ||
           class == API_credential || class == API_driver || class == API_capture;
}

static void see(struct diff_judging *judging, const struct diff_pair *pair, const struct diff_traits *t) {
    bool any = false, grave = false;
    for (int i = 0; i < API_loading; i++) {
        any = any || t->capabilities[i];
        grave = grave || (t->capabilities[i] && is_grave(i));
    }
    if (!any)
        return;
    bool still = t->same_version || t->same_build || judging->diff->step == DIFF_STEP_NONE;
    struct diff_finding *finding = diff_rules_find(
        judging, &diff_rule_capability, pair,
        grave && diff_rules_small(judging) ? (still ? SEVERITY_HIGH : SEVERITY_MEDIUM) : SEVERITY_LOW,
        STRENGTH_FIRM, "it can do something that it could not do before, by what it imports");
    for (int i = 0; i < API_loading; i++)
        diff_rules_detail(judging, finding, api_class_word((enum api_class)i), t->capabilities[i]);
    diff_rules_detail(judging, finding, "its own version",
                      t->same_version ? "unchanged" : pair->after->version);
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (t->known && pair->fate == DIFF_CHANGED && pair->before && pair->before->kind == DIFF_PROGRAM)
            see(judging, pair, t);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_capability = {
    .text =
        {
            .id = "diff_capability",
            .title = "a program gained a capability",
            .why =
                "A codec that begins to speak to the network, a viewer that writes into other processes: what a program "
                "imports limits what it does, and a small step of the version seldom widens it.",
            .innocent =
                "New features, and libraries linked in that bring imports with them; in a larger step told low.",
            .verify = "dumpbin /imports on both files; look who calls the function.",
            .attack = "T1195.002",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
