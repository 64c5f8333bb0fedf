#include "judge/diff_rules.h"

#include <strings.h>

enum { EXPORTS = 3 /* names that make a library one */ };

/* Executable sections that linkers make besides .text. */
static bool is_ordinary(const char *name) {
    static const char *const fronts[] = {".text",   "text",   ".code",   "CODE",     ".orpc",    "RT_CODE",
                                         "PAGE",    "INIT",   ".plt",    "malloc_h", ".init",    ".fini",
                                         "_TEXT",   ".mysec", "LZMADEC", ".rodata",  ".managed", "hydrated",
                                         ".unwind", ".itext", "DRVMDEV"};
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++)
        if (strncasecmp(name, fronts[i], strlen(fronts[i])) == 0)
            return true;
    return false;
}

static const char *odd(const struct diff_judging *judging, const struct diff_traits *t,
                       enum severity *severity) {
    *severity = SEVERITY_HIGH;
    if (t->entry_section_changed && (t->entry_in_last || t->entry_writable || t->executable_gained > 0))
        return "it begins in a section that the earlier release did not have, or that can be written to";
    *severity = SEVERITY_MEDIUM;
    if (t->exports_before >= EXPORTS && t->exports_lost.count * 2 > t->exports_before &&
        diff_rules_small(judging))
        return "it lost most of what it exported, in a small step: what imports it cannot go on with it";
    if (t->entry_section_changed && !t->linker_changed)
        return "it begins in another section than before, although the same linker made it";
    if (t->executable_gained > 0 && !t->linker_changed && !is_ordinary(t->odd_section))
        return "it has a further executable section, although the same linker made it";
    if (t->imports_moved && !t->linker_changed)
        return "its imports lie in a section that the earlier release did not have, although the same linker made it";
    if (t->sections_gained > 0 && t->dlls_gained.count > 0 && !t->linker_changed && !t->rich_changed)
        return "it imports from further libraries and has a further section, although the same tools made it";
    return NULL;
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        enum severity severity;
        if (!t->known || pair->fate != DIFF_CHANGED || !pair->before || pair->before->kind != DIFF_PROGRAM)
            continue;
        const char *what = odd(judging, t, &severity);
        if (!what)
            continue;
        struct diff_finding *finding =
            diff_rules_find(judging, &diff_rule_structure, pair, severity, STRENGTH_FIRM, what);
        diff_rules_detail(judging, finding, "section", t->odd_section);
        diff_rules_detail(judging, finding, "libraries gained",
                          diff_pair_list(judging->job, &t->dlls_gained, 8));
        diff_rules_detail(judging, finding, "tools", t->toolchain);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_structure = {
    .text =
        {
            .id = "diff_structure",
            .title = "the form of a program changed as linkers do not change it",
            .why =
                "Who adds code to a finished program needs room and a way into it: a new section, an entry point that "
                "leads there, imports in a place of their own. Builds by the same tools keep their form.",
            .innocent =
                "A packer or protector was introduced; link options changed; a library brought a section of its own.",
            .verify = "dumpbin /headers /imports on both files; look where the entry point leads.",
            .attack = "T1554",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
