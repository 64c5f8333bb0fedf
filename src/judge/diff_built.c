#include "judge/diff_rules.h"

#include <strings.h>

/* What was built under this path, or else the only thing of this name. */
static const struct diff_member *build_of(const struct release *builds, const struct diff_member *member,
                                          size_t *named) {
    const struct diff_member *found = release_find(builds, member->path), *by_name = NULL;
    *named = 0;
    for (size_t i = 0; i < builds->count && !found; i++)
        if (strcasecmp(builds->members[i].name, member->name) == 0) {
            by_name = &builds->members[i];
            (*named)++;
        }
    return found ? found : *named == 1 ? by_name : NULL;
}

static bool same_image(const struct diff_member *a, const struct diff_member *b) {
    return a->imaged && b->imaged && memcmp(a->authentihash, b->authentihash, sizeof a->authentihash) == 0;
}

static bool judge(struct diff_judging *judging) {
    const struct release *builds = judging->others.builds;
    for (size_t i = 0; builds && i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        size_t named;
        if (!pair->after || pair->after->kind != DIFF_PROGRAM)
            continue;
        const struct diff_member *build = build_of(builds, pair->after, &named);
        if (build && same_image(build, pair->after))
            continue;
        struct diff_finding *finding =
            build
                ? diff_rules_find(
                      judging, &diff_rule_built, pair, SEVERITY_HIGH, STRENGTH_STRONG,
                      "it is not what was built: between the build and the release more than a signature was "
                      "added")
                : diff_rules_find(judging, &diff_rule_built, pair, SEVERITY_LOW, STRENGTH_FIRM,
                                  named > 1 ? "several files of its name were built, none under its path"
                                            : "nothing of its name was built: it comes from elsewhere");
        if (build)
            diff_rules_detail(judging, finding, "what was built", build->path);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_built = {
    .text =
        {
            .id = "diff_built",
            .title = "a shipped program that is not the one that was built",
            .why =
                "Signing changes a file in its certificate table and checksum alone, which the Authenticode digest leaves "
                "out. If the shipped file's digest is not the built one's, something was done to it in between.",
            .innocent =
                "Steps between build and signing that are meant: resources set by rcedit, protectors, stripping. Then "
                "give the files as they are after those steps.",
            .verify =
                "Compare Get-AuthenticodeSignature-independent digests (osslsigncode verify shows them) of both files.",
            .attack = "T1195.002",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
