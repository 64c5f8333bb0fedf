#include "judge/diff_signed.h"

static bool was_trusted(const struct diff_pair *pair) {
    return pair->before && strcmp(pair->before->trust, "trusted") == 0;
}

static bool is_bad(const char *state) {
    return strcmp(state, "digest-mismatch") == 0 || strcmp(state, "revoked-or-distrusted") == 0 ||
           strcmp(state, "malformed") == 0;
}

/* What became of the signature; NULL if nothing did. */
static const char *lost(const struct diff_pair *pair, const struct diff_traits *t, enum severity *severity) {
    *severity = SEVERITY_HIGH;
    if (t->was_signed && !t->is_signed)
        return "it was signed and no longer is";
    if (t->broken && !t->was_broken)
        return "its signature no longer matches: it was changed after it was signed";
    if (was_trusted(pair) && is_bad(pair->after->trust))
        return "its signature was good and no longer is";
    *severity = SEVERITY_MEDIUM;
    if (t->was_signed && t->organization_changed)
        return "it is signed by another organization than before";
    if (t->key_changed)
        return "its strong name is lost, or is one of another key than before";
    if (was_trusted(pair) && strcmp(pair->after->trust, "untrusted-root") == 0)
        return "its signer was trusted and no longer is: the chain ends at an unknown root";
    return NULL;
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        enum severity severity;
        if (!t->known || !pair->before || !pair->after || pair->fate != DIFF_CHANGED)
            continue;
        const char *what = lost(pair, t, &severity);
        if (!what)
            continue;
        struct diff_finding *finding =
            diff_rules_find(judging, &diff_rule_signature, pair, severity, STRENGTH_STRONG, what);
        diff_rules_detail(judging, finding, "signer before", pair->before->signer);
        diff_rules_detail(judging, finding, "signer now", pair->after->signer);
        diff_rules_detail(judging, finding, "verdict before", pair->before->trust);
        diff_rules_detail(judging, finding, "verdict now", pair->after->trust);
    }
    return diff_signed_judge(judging);
}

const struct diff_rule diff_rule_signature = {
    .text =
        {
            .id = "diff_signature",
            .title = "a signature was lost, broken or changed hands",
            .why =
                "A maker that signs a file in one release and not in the next, or signs it under another name, has "
                "changed how it builds: or somebody else has built it.",
            .innocent =
                "A company was renamed or sold, a certificate was replaced by one on another name, a file that is made "
                "elsewhere is shipped unsigned now. Release notes should say so.",
            .verify =
                "signtool verify /pa /v (or osslsigncode verify) on both files; ask the maker whose certificate that is.",
            .attack = "T1553.002",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
