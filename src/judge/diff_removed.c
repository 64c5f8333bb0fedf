#include "judge/diff_rules.h"

static const char needs_sql[] =
    "SELECT a.name, r.kind FROM pe_reference r JOIN artifact a ON a.id = r.artifact WHERE r.name = ? COLLATE NOCASE "
    "ORDER BY r.kind IN ('ascii', 'utf-16'), r.artifact LIMIT 1";

static bool has_name(const struct diff_judging *judging, const char *name) {
    for (size_t i = 0; i < judging->after->count; i++)
        if (strcmp(judging->after->members[i].name, name) == 0)
            return true;
    return false;
}

static void tell(struct diff_judging *judging, const struct diff_pair *pair, struct db_query *q) {
    bool needed = db_step(q);
    bool imports =
        needed && strcmp(db_text(q, 1, NULL), "ascii") != 0 && strcmp(db_text(q, 1, NULL), "utf-16") != 0;
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
    if (needed) {
        diff_rules_detail(judging, finding, "needed by", db_text(q, 0, NULL));
        diff_rules_detail(judging, finding, "as", db_text(q, 1, NULL));
    }
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static bool judge(struct diff_judging *judging) {
    struct db_query *q = db_prepare(casefile_db(judging->after->casefile), needs_sql);
    if (!q)
        return false;
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        if (pair->fate != DIFF_REMOVED || pair->before->kind != DIFF_PROGRAM ||
            has_name(judging, pair->before->name))
            continue;
        db_bind_text(q, 1, pair->before->name, strlen(pair->before->name));
        tell(judging, pair, q);
        db_reset(q);
    }
    db_finish(q);
    return judging->job->fault.code == FAULT_NONE;
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
