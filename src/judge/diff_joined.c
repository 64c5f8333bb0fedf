#include "judge/diff_rules.h"

#include <strings.h>

static bool is_of(const struct diff_finding *finding, const struct diff_rule *rule) {
    return finding->rule == &rule->text;
}

/* Data that was hidden in one member. */
static bool hides(const struct diff_finding *finding) {
    return is_of(finding, &diff_rule_payload);
}

/* Another member that came to name it. */
static struct diff_finding *reader_of(struct diff *diff, const struct diff_pair *hider) {
    for (size_t i = 0; i < diff->finding_count; i++) {
        struct diff_finding *finding = &diff->findings[i];
        if (is_of(finding, &diff_rule_sibling) && finding->pair_count > 1 && finding->pairs[1] == hider)
            return finding;
    }
    return NULL;
}

static bool judge(struct diff_judging *judging) {
    struct diff *diff = judging->diff;
    for (size_t i = 0, count = diff->finding_count; i < count; i++) {
        if (!hides(&diff->findings[i]) || diff->findings[i].pair_count == 0)
            continue;
        const struct diff_pair *hider = diff->findings[i].pairs[0];
        struct diff_finding *reader = reader_of(diff, hider);
        if (!reader)
            continue;
        reader->joined = diff->findings[i].joined = true;
        const struct diff_pair *loader = reader->pairs[0];
        struct diff_finding *finding = diff_rules_find(
            judging, &diff_rule_joined, loader, SEVERITY_CRITICAL, STRENGTH_STRONG,
            "two members changed together: one got bytes where its signature does not reach, the other came to name it");
        diff_rules_cite(finding, hider);
        diff_rules_detail(judging, finding, "the loader", loader->after->path);
        diff_rules_detail(judging, finding, "the carrier", hider->after->path);
        for (size_t n = 0; n < diff->findings[i].detail_count; n++)
            diff_rules_detail(judging, finding, diff->findings[i].details[n].key,
                              diff->findings[i].details[n].value);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_joined = {
    .text =
        {
            .id = "diff_joined",
            .title = "a loader and the file that carries its payload",
            .why =
                "This is the form of the 2023 3CX attack: ffmpeg.dll was built to read d3dcompiler_47.dll, whose valid "
                "signature hid an encrypted payload behind it. Each change alone has an innocent explanation; both "
                "together, in one release, have none that is known.",
            .innocent = "None is known. A maker that stores its own data so would have to say so.",
            .verify =
                "Look at the bytes behind the signature of the one, and at the code around its name in the other, on a "
                "machine that is not used for anything else.",
            .attack = "T1195.002",
            .severity = SEVERITY_CRITICAL,
        },
    .judge = judge,
};
