#include "judge/diff_rules.h"

enum { LEAST = 512, GROWN = 4096, DENSE = 7500, LIGHT = 6500 };

static const char shape_sql[] =
    "SELECT coalesce(entropy, 0), coalesce(tail_entropy, 0), coalesce(appended, 0), coalesce(appended_entropy, 0), "
    "coalesce(looks, '') FROM data_shape WHERE artifact = ?";

struct shape {
    bool known;
    int64_t entropy, tail, appended, appended_entropy;
    char looks[32];
};

static struct shape shape_of(struct db_query *q, int64_t artifact) {
    struct shape shape = {.known = false};
    db_bind_integer(q, 1, artifact);
    if (db_step(q)) {
        shape =
            (struct shape){true, db_integer(q, 0), db_integer(q, 1), db_integer(q, 2), db_integer(q, 3), ""};
        snprintf(shape.looks, sizeof shape.looks, "%s", db_text(q, 4, NULL));
    }
    db_reset(q);
    return shape;
}

static const char *what(const struct diff_pair *pair, const struct shape *a, const struct shape *b,
                        enum severity *severity) {
    *severity = SEVERITY_MEDIUM;
    if (b->appended >= LEAST && b->appended > a->appended + LEAST)
        return "bytes came behind the end of a picture";
    bool grown = pair->after->size > pair->before->size + GROWN;
    if (a->known && grown && b->tail >= DENSE && a->tail < LIGHT && a->entropy < LIGHT)
        return "a data file grew a tail as of packed or encrypted data, which it had nothing of before";
    if (a->known && strcmp(a->looks, b->looks) != 0 && strcmp(b->looks, "program") == 0)
        return "a data file became a program under another name";
    return NULL;
}

/* What came new and is a picture with something behind it. */
static void judge_added(struct diff_judging *judging, const struct diff_pair *pair,
                        const struct shape *shape) {
    if (shape->appended < LEAST)
        return;
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_appended, pair, SEVERITY_MEDIUM, STRENGTH_FIRM,
                        "a picture came that has bytes behind its end");
    diff_rules_number(judging, finding, "bytes behind it", (uint64_t)shape->appended, "");
}

static void judge_pair(struct diff_judging *judging, struct db_query *before, struct db_query *after,
                       const struct diff_pair *pair) {
    struct shape new = shape_of(after, pair->after->artifact), old = {.known = false};
    enum severity severity;
    if (!new.known)
        return;
    if (!pair->before) {
        judge_added(judging, pair, &new);
        return;
    }
    old = shape_of(before, pair->before->artifact);
    const char *words = what(pair, &old, &new, &severity);
    if (!words)
        return;
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_appended, pair, severity, STRENGTH_FIRM, words);
    if (new.appended > old.appended)
        diff_rules_number(judging, finding, "bytes behind the end", (uint64_t)(new.appended - old.appended),
                          "more");
    if (new.appended_entropy >= DENSE || (new.appended == 0 && new.tail >= DENSE))
        diff_rules_detail(judging, finding, "their entropy", "as of packed or encrypted data");
    diff_rules_number(judging, finding, "size before", pair->before->size, "bytes");
    diff_rules_number(judging, finding, "size now", pair->after->size, "bytes");
}

/* Did what lies in this container stay as it was? */
static bool same_inside(const struct diff_judging *judging, const struct diff_pair *container,
                        size_t *members) {
    size_t size = strlen(container->after->path);
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const char *path = (pair->after ? pair->after : pair->before)->path;
        const char *front = pair->after ? container->after->path : container->before->path;
        size_t front_size = pair->after ? size : strlen(front);
        if (strncmp(path, front, front_size) != 0 || strncmp(path + front_size, "!/", 2) != 0)
            continue;
        if (pair->fate != DIFF_SAME)
            return false;
        (*members)++;
    }
    return true;
}

/* The same of all packages that lie beside a file: what one of them keeps in it is told as the package's. */
static bool same_beside(const struct diff_judging *judging, const struct diff_pair *part, size_t *members) {
    const char *own = part->after->path, *slash = strrchr(own, '/');
    size_t folder = slash ? (size_t)(slash - own) + 1 : 0;
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const char *path = (pair->after ? pair->after : pair->before)->path;
        if (strncmp(path, own, folder) != 0 || !strstr(path + folder, "!/"))
            continue;
        if (pair->fate != DIFF_SAME)
            return false;
        (*members)++;
    }
    return true;
}

static void judge_container(struct diff_judging *judging, const struct diff_pair *pair) {
    size_t members = 0;
    if (pair->after->size < pair->before->size + GROWN || !same_inside(judging, pair, &members) ||
        (members == 0 && !same_beside(judging, pair, &members)) || members == 0)
        return;
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_appended, pair, SEVERITY_MEDIUM, STRENGTH_FIRM,
                        "a container grew while nothing in it changed");
    diff_rules_number(judging, finding, "bytes more", pair->after->size - pair->before->size, "");
}

static bool judge(struct diff_judging *judging) {
    struct db_query *before = db_prepare(casefile_db(judging->before->casefile), shape_sql);
    struct db_query *after = db_prepare(casefile_db(judging->after->casefile), shape_sql);
    for (size_t i = 0; before && after && i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        size_t told = judging->diff->finding_count;
        if (pair->after && (pair->fate == DIFF_CHANGED || pair->fate == DIFF_ADDED) &&
            pair->after->kind != DIFF_PROGRAM)
            judge_pair(judging, before, after, pair);
        if (judging->diff->finding_count == told && pair->fate == DIFF_CHANGED &&
            pair->after->kind == DIFF_CONTAINER && pair->after->state == DIFF_READ)
            judge_container(judging, pair);
    }
    bool good = before && after;
    if (before)
        db_finish(before);
    if (after)
        db_finish(after);
    return good && judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_appended = {
    .text =
        {
            .id = "diff_appended",
            .title = "a data file that carries something",
            .why =
                "A payload needs a place to lie: behind the end of a picture, at the end of a data file, under the name of "
                "one. Viewers do not look there. What the earlier release did not have there is new.",
            .innocent =
                "Formats that change, data that is packed from now on, metadata that an editor of pictures appends.",
            .verify =
                "Look at the bytes behind the picture's end (IEND of PNG, the last entry of an ICO); file, binwalk.",
            .attack = "T1027.003",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
