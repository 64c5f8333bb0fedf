#include "judge/diff_rules.h"

#include <strings.h>

static size_t folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

/* The pair of the file of this name beside that member, if the earlier release had one, too. */
static const struct diff_pair *sibling_of(const struct diff_judging *judging, const struct diff_pair *pair,
                                          const char *name) {
    size_t folder = folder_of(pair->after->path);
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *other = &judging->diff->pairs[i];
        if (other == pair || !other->after || !other->before || strcasecmp(other->after->name, name) != 0)
            continue;
        if (folder_of(other->after->path) == folder &&
            strncmp(other->after->path, pair->after->path, folder) == 0)
            return other;
    }
    return NULL;
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (!t->known || pair->fate != DIFF_CHANGED || !pair->before)
            continue;
        for (size_t n = 0; n < t->mentioned_gained.count; n++) {
            const struct diff_pair *sibling = sibling_of(judging, pair, t->mentioned_gained.list[n]);
            if (!sibling)
                continue;
            struct diff_finding *finding = diff_rules_find(
                judging, &diff_rule_sibling, pair, SEVERITY_MEDIUM, STRENGTH_FIRM,
                "it names a file beside it that the earlier release also had and it did not name, and does not import it");
            diff_rules_detail(judging, finding, "names", sibling->after->name);
            diff_rules_detail(judging, finding, "that file", diff_fate_word(sibling->fate));
            diff_rules_cite(finding, sibling);
        }
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_sibling = {
    .text =
        {
            .id = "diff_sibling",
            .title = "a library names a file beside it that it did not name before",
            .why =
                "The trojanised ffmpeg.dll of the 3CX client read its payload out of the file beside it, "
                "d3dcompiler_47.dll, which it neither imported nor had any business with. The name had to be in it.",
            .innocent =
                "A new feature loads a library of the same product when it is asked for. Then the sources say so.",
            .verify = "strings on both files; look what the code around the name does.",
            .attack = "T1574.002",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
