#include "judge/diff_rules.h"

static const char needs_sql[] =
    "SELECT r.name, a.name, min(r.kind IN ('ascii', 'utf-16')) FROM pe_reference r JOIN artifact a ON a.id = r.artifact "
    "GROUP BY lower(r.name) ORDER BY 1";

/* A name that programs of the later release ask for, as it is but for versions. */
struct need {
    const char *plain, *by;
    bool imports;
};

enum { NEEDS = 1 << 16 };

static size_t load_needs(struct diff_judging *judging, struct need *needs) {
    struct db_query *q = db_prepare(casefile_db(judging->after->casefile), needs_sql);
    size_t n = 0, size;
    while (q && n < NEEDS && db_step(q)) {
        const char *by = db_text(q, 1, &size);
        needs[n] =
            (struct need){.by = release_text(judging->job, by, size), .imports = db_integer(q, 2) == 0};
        needs[n].plain = release_plain(judging->job, db_text(q, 0, NULL));
        n += needs[n].plain != NULL;
    }
    if (q)
        db_finish(q);
    return n;
}

static const struct need *need_of(struct diff_judging *judging, const struct need *needs, size_t count,
                                  const char *name) {
    const char *plain = release_plain(judging->job, name);
    const struct need *found = NULL;
    for (size_t i = 0; plain && i < count; i++)
        if (strcmp(needs[i].plain, plain) == 0 && (!found || needs[i].imports))
            found = &needs[i];
    return found;
}

static bool has_name(struct diff_judging *judging, const char *name) {
    const char *plain = release_plain(judging->job, name);
    for (size_t i = 0; plain && i < judging->after->count; i++) {
        const char *other = release_plain(judging->job, judging->after->members[i].name);
        if (other && strcmp(other, plain) == 0)
            return true;
    }
    return false;
}

static void tell(struct diff_judging *judging, const struct diff_pair *pair, const struct need *need) {
    bool needed = need != NULL, imports = needed && need->imports;
    bool small = diff_rules_small(judging);
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_removed, pair,
                        imports || (needed && small) ? SEVERITY_MEDIUM
                        : small                      ? SEVERITY_LOW
                                                     : SEVERITY_INFO,
                        imports ? STRENGTH_STRONG : STRENGTH_FIRM,
                        imports  ? "a library was left out that other programs of the release still import"
                        : needed ? "a program was left out that others of the release still name"
                                 : "a program was left out");
    if (needed)
        diff_rules_detail(judging, finding, imports ? "imported by" : "named by", need->by);
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static bool judge(struct diff_judging *judging) {
    struct need *needs = job_alloc(judging->job, NEEDS, sizeof *needs);
    size_t count = 0;
    bool loaded = false;
    for (size_t i = 0; needs && i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        if (pair->fate != DIFF_REMOVED || pair->before->kind != DIFF_PROGRAM ||
            has_name(judging, pair->before->name))
            continue;
        if (!loaded)
            count = load_needs(judging, needs);
        loaded = true;
        tell(judging, pair, need_of(judging, needs, count, pair->before->name));
    }
    return judging->job->fault.code == FAULT_NONE && db_error(casefile_db(judging->after->casefile))[0] == 0;
}

const struct diff_rule diff_rule_removed = {
    .text =
        {
            .id = "diff_removed",
            .title = "a program was left out",
            .why =
                "What a release leaves out while others of it still ask for it, Windows looks for elsewhere: a library "
                "put there by somebody else is then loaded in its place. Security components are left out, too.",
            .innocent = "Parts are retired or merged; then nothing imports them any more.",
            .verify = "Look whether the program runs without it; ask the maker.",
            .attack = "T1574.001",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
