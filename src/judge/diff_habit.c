#include "judge/diff_rules.h"

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (!t->known || pair->fate != DIFF_CHANGED || !t->was_signed || !t->is_signed ||
            t->organization_changed)
            continue;
        int count = t->issuer_changed + t->stamp_changed + t->algorithm_changed + t->pages_lost;
        if (count == 0)
            continue;
        struct diff_finding *finding =
            diff_rules_find(judging, &diff_rule_habit, pair, count > 1 ? SEVERITY_LOW : SEVERITY_INFO,
                            STRENGTH_WEAK, "it was signed in another way than before, in the same name");
        diff_rules_detail(judging, finding, "issuer of the certificate", t->issuer_changed ? "another" : "");
        diff_rules_detail(judging, finding, "time stamp",
                          t->stamp_changed ? "another authority, or none" : "");
        diff_rules_detail(judging, finding, "digest", t->algorithm_changed ? "another algorithm" : "");
        diff_rules_detail(judging, finding, "page hashes", t->pages_lost ? "no longer there" : "");
        diff_rules_detail(judging, finding, "signer", pair->after->signer);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_habit = {
    .text =
        {
            .id = "diff_habit",
            .title = "signed in another way than before",
            .why =
                "Signing is done by a machine that does it the same way each time. Another issuer, time-stamp authority or "
                "digest means another machine, or another hand.",
            .innocent =
                "Certificates expire and are bought elsewhere; signing services change their defaults. Then all files "
                "of the release change together.",
            .verify = "signtool verify /pa /v on both files.",
            .attack = "T1553.002",
            .severity = SEVERITY_LOW,
        },
    .judge = judge,
};
