#include "judge/diff_rules.h"

/* It can be read no longer, or not in all: bytes that do not match what its container says of them, too. */
static bool is_broken(const struct diff_pair *pair) {
    return pair->after->state == DIFF_DAMAGED && pair->after->kind != DIFF_PROGRAM &&
           (!pair->before || pair->before->state == DIFF_READ);
}

static bool is_unopened(const struct diff_member *member) {
    return member && (member->state == DIFF_ENCRYPTED || member->state == DIFF_UNREAD ||
                      (member->state == DIFF_DAMAGED && member->kind == DIFF_CONTAINER));
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        if (!pair->after || (!is_unopened(pair->after) && !is_broken(pair)))
            continue;
        bool same = pair->fate == DIFF_SAME || pair->fate == DIFF_MOVED,
             encrypted = pair->after->state == DIFF_ENCRYPTED;
        struct diff_finding *finding = diff_rules_find(
            judging, &diff_rule_unopened, pair, same ? SEVERITY_INFO : SEVERITY_MEDIUM, STRENGTH_FIRM,
            encrypted ? "an encrypted member, of which nothing can be said"
            : !is_unopened(pair->after)
                ? "it is damaged, or is not what its container says of it, and was not before"
            : same ? "a container that could not be opened, the same as before"
                   : "a container that could not be opened: what is in it was not compared");
        diff_rules_detail(judging, finding, "why", pair->after->reason);
        if (pair->before && !is_unopened(pair->before))
            diff_rules_detail(judging, finding, "before", "it could be opened");
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_unopened = {
    .text =
        {
            .id = "diff_unopened",
            .title = "a container that could not be opened",
            .why = "What was not opened was not compared, and must not pass for clean.",
            .innocent =
                "Formats that nobody here reads, licences and samples with a password. If it is the same as in the "
                "earlier release, nothing is new about it.",
            .verify = "Open it with the tool that made it and compare what is in it.",
            .attack = "T1027",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
