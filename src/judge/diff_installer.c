#include "judge/diff_rules.h"

static const char facts_sql[] =
    "SELECT kind, coalesce(name, ''), coalesce(value, ''), artifact FROM package_fact WHERE kind IN ('custom-action', "
    "'run', 'service', 'registry', 'download', 'partial') ORDER BY kind, name, value";

struct fact {
    const char *kind, *name, *value;
    int64_t artifact;
};

struct facts {
    struct fact *list;
    size_t count;
};

enum { FACTS = 8192 };

static bool load(struct diff_judging *judging, const struct release *release, struct facts *ret) {
    struct db_query *q = db_prepare(casefile_db(release->casefile), facts_sql);
    ret->list = job_alloc(judging->job, FACTS, sizeof *ret->list);
    ret->count = 0;
    if (!q || !ret->list)
        return false;
    while (db_step(q) && ret->count < FACTS) {
        struct fact *fact = &ret->list[ret->count++];
        size_t size;
        const char *text = db_text(q, 0, &size);
        fact->kind = release_text(judging->job, text, size);
        text = db_text(q, 1, &size);
        fact->name = release_text(judging->job, text, size);
        text = db_text(q, 2, &size);
        fact->value = release_text(judging->job, text, size);
        fact->artifact = db_integer(q, 3);
    }
    db_finish(q);
    return true;
}

/* Versions in what is run do not make it new. */
static bool has(struct diff_judging *judging, const struct facts *facts, const struct fact *wanted,
                bool *name) {
    const char *plain = release_plain(judging->job, wanted->value);
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->list[i];
        if (strcmp(fact->kind, wanted->kind) != 0)
            continue;
        const char *other = release_plain(judging->job, fact->value);
        bool named = strcmp(fact->name, wanted->name) == 0;
        *name = *name || (named && fact->name[0]);
        if (plain && other && strcmp(plain, other) == 0 && (named || wanted->kind[0] == 'r'))
            return true;
    }
    return false;
}

static const struct diff_pair *pair_of(const struct diff_judging *judging, int64_t artifact) {
    for (size_t i = 0; i < judging->diff->pair_count; i++)
        if (judging->diff->pairs[i].after && judging->diff->pairs[i].after->artifact == artifact)
            return &judging->diff->pairs[i];
    return NULL;
}

static void tell(struct diff_judging *judging, const struct fact *fact, bool named) {
    bool action = strcmp(fact->kind, "custom-action") == 0 || strcmp(fact->kind, "run") == 0;
    bool service = strcmp(fact->kind, "service") == 0;
    enum severity severity =
        action || service ? (diff_rules_small(judging) ? SEVERITY_MEDIUM : SEVERITY_LOW) : SEVERITY_INFO;
    struct diff_finding *finding = diff_rules_find(
        judging, &diff_rule_installer, pair_of(judging, fact->artifact), severity, STRENGTH_FIRM,
        action    ? named ? "its installer does something else under a name that it had before"
                          : "its installer does something that the earlier one did not"
        : service ? "it installs a service that the earlier one did not, or another under its name"
                  : "its package says something that the earlier one did not");
    diff_rules_detail(judging, finding, "kind", fact->kind);
    diff_rules_detail(judging, finding, "name", fact->name);
    diff_rules_detail(judging, finding, "what", fact->value);
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static bool judge(struct diff_judging *judging) {
    struct facts before, after;
    if (!load(judging, judging->before, &before) || !load(judging, judging->after, &after))
        return false;
    for (size_t i = 0; i < after.count; i++) {
        bool named = false;
        if (!has(judging, &before, &after.list[i], &named))
            tell(judging, &after.list[i], named);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_installer = {
    .text =
        {
            .id = "diff_installer",
            .title = "an installer that does something new",
            .why =
                "Custom actions and commands of an installer run with its rights, mostly the highest, before anything of "
                "the product does. One more of them is all that an attacker needs.",
            .innocent = "New features need new steps; in a larger step of the version they are told low.",
            .verify = "Open the MSI with Orca or msiinfo export CustomAction; read what the step runs.",
            .attack = "T1218.007",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
