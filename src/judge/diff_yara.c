#include "judge/diff_rules.h"

#include <stdlib.h>

enum { LISTED = 12 };

/* A rule that matches a member. */
struct match {
    int64_t artifact;
    enum severity severity;
    enum strength strength;
    const char *rule, *file, *score, *description, *author, *reference, *strings;
    const struct diff_pair *pair; /* of those that came */
};

struct matches {
    struct match *list; /* by artifact, then rule */
    size_t count, room;
};

struct judgement {
    struct diff_judging *judging;
    struct matches before, after, came;
    const char *compared; /* why nobody knows whether it matched before; NULL if it is known */
};

static const char sql[] =
    "SELECT f.artifact, f.severity, f.strength, max(CASE d.key WHEN 'rule' THEN d.value END), "
    "max(CASE d.key WHEN 'rule file' THEN d.value END), max(CASE d.key WHEN 'score' THEN d.value END), "
    "max(CASE d.key WHEN 'description' THEN d.value END), max(CASE d.key WHEN 'author' THEN d.value END), "
    "max(CASE d.key WHEN 'reference' THEN d.value END), max(CASE d.key WHEN 'strings' THEN d.value END) "
    "FROM finding f JOIN finding_detail d ON d.finding = f.id WHERE f.detector = 'yara_match' "
    "GROUP BY f.id ORDER BY f.artifact, 4, 5";

static bool add(struct job *job, struct matches *matches, const struct match *match) {
    if (matches->count == matches->room) {
        size_t room = matches->room ? 2 * matches->room : 64;
        struct match *list = job_alloc(job, room, sizeof *list);
        if (!list)
            return false;
        if (matches->count > 0)
            memcpy(list, matches->list, matches->count * sizeof *list);
        matches->list = list;
        matches->room = room;
    }
    matches->list[matches->count++] = *match;
    return true;
}

static const char *text_of(struct job *job, struct db_query *q, int at) {
    size_t size;
    const char *text = db_text(q, at, &size);
    return release_text(job, text, size);
}

static bool load(struct job *job, const struct release *release, struct matches *ret) {
    struct db_query *q = db_prepare(casefile_db(release->casefile), sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct match match = {.artifact = db_integer(q, 0),
                              .severity = (enum severity)db_integer(q, 1),
                              .strength = (enum strength)db_integer(q, 2),
                              .rule = text_of(job, q, 3),
                              .file = text_of(job, q, 4),
                              .score = text_of(job, q, 5),
                              .description = text_of(job, q, 6),
                              .author = text_of(job, q, 7),
                              .reference = text_of(job, q, 8),
                              .strings = text_of(job, q, 9)};
        good = add(job, ret, &match);
    }
    db_finish(q);
    return good;
}

/* How many rules were tried on a release, in words; "" for none. */
static const char *tried(struct job *job, const struct release *release) {
    struct db_query *q =
        db_prepare(casefile_db(release->casefile), "SELECT value FROM run WHERE key = 'rules'");
    const char *ret = q && db_step(q) ? text_of(job, q, 0) : "";
    db_finish(q);
    return ret;
}

static struct matches of(const struct matches *matches, int64_t artifact) {
    size_t low = 0, high = matches->count, end;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (matches->list[middle].artifact < artifact)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < matches->count && matches->list[end].artifact == artifact;)
        end++;
    return (struct matches){end > low ? matches->list + low : NULL, end - low, 0};
}

static int by_rule(const struct match *a, const struct match *b) {
    int order = strcmp(a->rule, b->rule);
    return order ? order : strcmp(a->file, b->file);
}

static bool has(const struct matches *matches, const struct match *wanted) {
    for (size_t i = 0; i < matches->count; i++)
        if (by_rule(&matches->list[i], wanted) == 0)
            return true;
    return false;
}

/* Rules of one side that the other has not, as a change of the pair; to `came` if that is given. */
static bool tell(struct judgement *j, struct diff_pair *pair, const struct matches *of_one,
                 const struct matches *of_other, struct matches *came) {
    struct job *job = j->judging->job;
    const char **names = job_alloc(job, of_one->count + 1, sizeof *names);
    size_t count = 0;
    bool good = names != NULL;
    for (size_t i = 0; good && i < of_one->count; i++) {
        struct match match = of_one->list[i];
        if (has(of_other, &match))
            continue;
        names[count++] = match.rule;
        match.pair = pair;
        good = !came || add(job, came, &match);
    }
    if (!good || count == 0)
        return good;
    struct release_names list = {names, count};
    const char *text = diff_pair_list(job, &list, LISTED);
    diff_pair_add(job, pair, "rules", came ? "match that did not" : "matched and no longer do",
                  came ? "" : text, came ? text : "");
    return true;
}

static bool compare(struct judgement *j, struct diff_pair *pair) {
    struct matches none = {0}, before = none, after = none;
    if (pair->before)
        before = of(&j->before, pair->before->artifact);
    if (pair->after)
        after = of(&j->after, pair->after->artifact);
    return tell(j, pair, &after, &before, &j->came) && tell(j, pair, &before, &after, NULL);
}

static int by_rule_and_pair(const void *left, const void *right) {
    const struct match *a = left, *b = right;
    int order = by_rule(a, b);
    return order ? order : a->pair < b->pair ? -1 : a->pair > b->pair;
}

/* What the rule says of itself counts; one that says nothing is medium here, for it tells of a change. */
static enum severity severity_of(const struct match *match) {
    return match->score[0] ? match->severity : SEVERITY_MEDIUM;
}

/* One finding a rule, about all members that it came to match. */
static void find(struct judgement *j, const struct match *matches, size_t count) {
    const struct match *first = matches;
    enum strength strength = STRENGTH_WEAK;
    for (size_t i = 0; i < count && !j->compared; i++)
        strength = matches[i].strength > strength ? matches[i].strength : strength;
    struct diff_finding *finding = diff_rules_find(
        j->judging, &diff_rule_yara, first->pair, severity_of(first), strength,
        first->pair->before ? "a rule of YARA matches what it did not match in the earlier release"
                            : "a rule of YARA matches a member that the earlier release did not have");
    for (size_t i = 1; i < count; i++)
        diff_rules_cite(finding, matches[i].pair);
    diff_rules_detail(j->judging, finding, "rule", first->rule);
    diff_rules_detail(j->judging, finding, "rule file", first->file);
    diff_rules_detail(j->judging, finding, "description", first->description);
    diff_rules_detail(j->judging, finding, "author", first->author);
    diff_rules_detail(j->judging, finding, "reference", first->reference);
    diff_rules_detail(j->judging, finding, "score", first->score);
    diff_rules_detail(j->judging, finding, "strings", first->strings);
    diff_rules_detail(j->judging, finding, "the earlier release", j->compared);
}

static bool judge(struct diff_judging *judging) {
    struct judgement j = {.judging = judging};
    struct job *job = judging->job;
    if (!load(job, judging->before, &j.before) || !load(job, judging->after, &j.after))
        return false;
    const char *old = tried(job, judging->before), *new = tried(job, judging->after);
    j.compared = strcmp(old, new) == 0 ? NULL
                 : !old[0]             ? "no rules were tried on it"
                                       : "other rules were tried on it";
    for (size_t i = 0; i < judging->diff->pair_count; i++)
        if (judging->diff->pairs[i].fate != DIFF_SAME && judging->diff->pairs[i].fate != DIFF_REMOVED &&
            !compare(&j, &judging->diff->pairs[i]))
            return false;
    if (j.came.count > 0)
        qsort(j.came.list, j.came.count, sizeof *j.came.list, by_rule_and_pair);
    for (size_t i = 0, end; i < j.came.count; i = end) {
        for (end = i + 1; end < j.came.count && by_rule(&j.came.list[i], &j.came.list[end]) == 0;)
            end++;
        find(&j, &j.came.list[i], end - i);
    }
    return job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_yara = {
    .text =
        {
            .id = "diff_yara",
            .title = "a rule of YARA matches that did not match before",
            .why =
                "The rules are the user's. One that matches both releases says what this product is like; one that "
                "begins to match says what this step brought. How much that is, the rule's own score or severity "
                "tells; medium where it gives none.",
            .innocent =
                "Rules that name a technique match honest programs that begin to use it; rules that name a packer or "
                "compiler match after a change of tools. If other rules were tried on the earlier release, all "
                "matches look new: they are weak then.",
            .verify = "yara -s -w RULES.yar on both members; read the rule's condition and its reference.",
            .attack = "",
            .severity = SEVERITY_CRITICAL,
        },
    .judge = judge,
};
