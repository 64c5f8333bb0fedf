#include "judge/diff_rules.h"

#include "judge/release_excerpt.h"

/* The release says that it is the same one. */
static bool same_release(const struct diff_judging *judging) {
    return judging->diff->step == DIFF_STEP_NONE;
}

/* One that says no version (of what kind the modules in its folder are) speaks for nothing. */
static bool says_version(const struct release *release, const struct diff_member *manifest) {
    struct job scratch;
    job_init(&scratch, (size_t)4 << 20);
    struct span text = release_excerpt(release, &scratch, manifest->artifact);
    bool ret = text.size == 0 || release_excerpt_key(&scratch, text, "version")[0];
    job_reset(&scratch);
    return ret;
}

/* The package.json that speaks for a path: in its folder, or the nearest one above. */
static const struct diff_member *manifest_of(const struct release *release, const char *path) {
    struct text text = {0};
    const struct diff_member *found = NULL;
    size_t size = strlen(path);
    while (!found && size > 0) {
        while (size > 0 && path[size - 1] != '/')
            size--;
        text_clear(&text);
        text_bytes(&text, path, size);
        text_add(&text, "package.json");
        found = release_find(release, text_string(&text));
        if (found && !says_version(release, found))
            found = NULL;
        size -= size > 0;
    }
    text_free(&text);
    return found;
}

/* Packages of scripts are published once a version: other bytes under the same manifest were not. */
static bool judge_script(struct diff_judging *judging, const struct diff_pair *pair) {
    const struct diff_member *before = manifest_of(judging->before, pair->before->path);
    const struct diff_member *after = manifest_of(judging->after, pair->after->path);
    if (!before || !after || before == pair->before || !before->hashed || !after->hashed ||
        memcmp(before->sha256, after->sha256, sizeof before->sha256) != 0)
        return false;
    struct diff_finding *finding = diff_rules_find(
        judging, &diff_rule_version, pair, SEVERITY_MEDIUM, STRENGTH_FIRM,
        "a text of a package changed while the package's own manifest, with its version, did not");
    diff_rules_detail(judging, finding, "manifest", after->path);
    return true;
}

static void judge_program(struct diff_judging *judging, const struct diff_pair *pair,
                          const struct diff_traits *t) {
    bool image = pair->before->imaged && pair->after->imaged &&
                 memcmp(pair->before->authentihash, pair->after->authentihash, 32) != 0;
    if (!image || !t->same_version || t->same_build)
        return;
    bool also = t->dlls_gained.count > 0 || t->rich_lost;
    struct diff_finding *finding = diff_rules_find(
        judging, &diff_rule_version, pair, also && diff_rules_small(judging) ? SEVERITY_LOW : SEVERITY_INFO,
        STRENGTH_WEAK, "a program changed while its own version did not");
    diff_rules_detail(judging, finding, "version", pair->after->version);
    diff_rules_detail(judging, finding, "libraries gained", diff_pair_list(judging->job, &t->dlls_gained, 8));
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (pair->fate != DIFF_CHANGED || !pair->before || !pair->after)
            continue;
        bool text = pair->after->kind == DIFF_TEXT, program = pair->after->kind == DIFF_PROGRAM;
        if (text && judge_script(judging, pair))
            continue;
        bool counted = program && t->has_version && !t->same_version;
        if (same_release(judging) && (text || program) && !pair->after->root && !counted) {
            diff_rules_find(judging, &diff_rule_version, pair, SEVERITY_MEDIUM, STRENGTH_FIRM,
                            "it changed while the release says that it is the same version");
            continue;
        }
        if (program && t->known)
            judge_program(judging, pair, t);
        if (program && t->lower_version)
            diff_rules_find(judging, &diff_rule_version, pair, SEVERITY_LOW, STRENGTH_FIRM,
                            "its own version is lower than before");
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_version = {
    .text =
        {
            .id = "diff_version",
            .title = "changed while its version did not",
            .why =
                "A version is published once. Who changes a file of it and leaves the version has not built a release, "
                "but changed one.",
            .innocent =
                "Makers who build anew without counting: libraries of others that are rebuilt for each release are "
                "told at info. Registries that forbid it (npm, PyPI) have no such changes.",
            .verify = "Fetch the same version from the registry or the maker again and compare digests.",
            .attack = "T1195.002",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
