#include "judge/diff_rules.h"

static const char *patched(const struct diff_traits *t) {
    if (t->same_build && t->code_changed)
        return "its code differs although it says that it was linked at the same moment by the same tools: it was changed "
               "after it was linked";
    if (t->same_module && t->code_changed)
        return "its code differs although the number that its compiler gave this one module is the same: it was changed "
               "after it was compiled";
    return NULL;
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        const char *what = patched(t);
        if (!t->known || pair->fate != DIFF_CHANGED || !pair->before || !what)
            continue;
        if (pair->before->imaged && pair->after->imaged &&
            memcmp(pair->before->authentihash, pair->after->authentihash, 32) == 0)
            continue;
        struct diff_finding *finding =
            diff_rules_find(judging, &diff_rule_patched, pair, SEVERITY_HIGH,
                            t->code_hashed ? STRENGTH_STRONG : STRENGTH_FIRM, what);
        diff_rules_detail(judging, finding, "tools", t->toolchain);
        diff_rules_detail(judging, finding, "executable section added", t->odd_section);
        diff_rules_detail(judging, finding, "entry point",
                          t->entry_section_changed ? "in another section" : "");
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_patched = {
    .text =
        {
            .id = "diff_patched",
            .title = "a program was changed after it was linked",
            .why =
                "A new build has a new link time, or a new hash in its place, and mostly a new Rich header. Where all of "
                "these are the same and the code is not, somebody changed the finished file: a code cave that was "
                "filled, an entry point that was moved, an import that was added.",
            .innocent =
                "Protectors and tools that write licences or serial numbers into code. Tools that only change "
                "resources (rcedit on Electron) do not touch code and are not told.",
            .verify =
                "Compare both files section by section (dumpbin, objdump -h, radiff2); rebuild the file from source.",
            .attack = "T1554",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
