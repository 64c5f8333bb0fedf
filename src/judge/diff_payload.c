#include "judge/diff_rules.h"

enum { SMALL = 256, PAYLOAD = 1024, DENSE = 7200, NAMES_MOST = 24 };

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        uint64_t gained = t->slack_gained > t->stowed_gained ? t->slack_gained : t->stowed_gained;
        if (!t->known || !pair->after || gained < SMALL)
            continue;
        bool slack = t->slack_gained >= t->stowed_gained;
        bool much = gained >= PAYLOAD;
        enum severity severity = !much ? SEVERITY_MEDIUM : SEVERITY_HIGH;
        struct diff_finding *finding = diff_rules_find(
            judging, &diff_rule_payload, pair, severity, much ? STRENGTH_STRONG : STRENGTH_FIRM,
            slack
                ? "bytes that belong to no signature were added behind the signature, where its digest does not reach"
                : "bytes that say nothing about the signer were added inside the signature, where its digest does not "
                  "reach");
        diff_rules_number(judging, finding, "bytes added", gained, "");
        if (slack && t->slack_entropy >= DENSE)
            diff_rules_detail(judging, finding, "their entropy", "as of packed or encrypted data");
        diff_rules_detail(judging, finding, "signature", pair->after->trust);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_payload = {
    .text =
        {
            .id = "diff_payload",
            .title = "bytes added where a signature does not reach",
            .why =
                "Windows leaves the certificate table out of the digest that it signs, so a file with bytes hidden there "
                "still verifies. The 2023 3CX client carried its encrypted payload so, behind a valid signature of "
                "Microsoft's d3dcompiler_47.dll. The earlier release is the proof that the bytes are new.",
            .innocent =
                "Some makers write data about a download there (a tag for the installer, a licence): known forms of "
                "tags are subtracted, unknown ones are not.",
            .verify =
                "Compare the sizes of the certificate tables of both files (dumpbin /headers, osslsigncode verify) and "
                "look at the bytes behind the DER of the signature.",
            .attack = "T1553.002",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
