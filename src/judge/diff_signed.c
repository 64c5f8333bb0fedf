#include "judge/diff_signed.h"

#include <strings.h>

/* The outermost signature of a member. */
struct seal {
    bool present, mismatch;
    int64_t faults; /* of its chain */
    const char *subject, *issuer, *verdict, *stamp;
};

static const char sql[] =
    "SELECT verdict, subject, issuer, stamp, coalesce(chain_faults, 0), seal FROM signature "
    "WHERE artifact = ? ORDER BY ordinal LIMIT 1";

static const char *text_of(struct job *job, struct db_query *q, int at) {
    size_t size;
    const char *text = db_text(q, at, &size);
    return release_text(job, text, size);
}

static struct seal seal_of(struct job *job, struct db_query *q, const struct diff_member *member) {
    struct seal ret = {.subject = "", .issuer = "", .verdict = "", .stamp = ""};
    db_bind_integer(q, 1, member->artifact);
    if (db_step(q)) {
        ret = (struct seal){true,
                            false,
                            db_integer(q, 4),
                            text_of(job, q, 1),
                            text_of(job, q, 2),
                            text_of(job, q, 0),
                            text_of(job, q, 3)};
        ret.mismatch = strcmp(ret.verdict, "mismatch") == 0 || strcmp(db_text(q, 5, NULL), "mismatch") == 0;
    }
    db_reset(q);
    return ret;
}

static void add(struct diff_judging *judging, struct diff_pair *pair, const char *what, const char *before,
                const char *after) {
    if (strcmp(before, after) != 0)
        diff_pair_add(judging->job, pair, "signing", what, before[0] ? before : "none",
                      after[0] ? after : "none");
}

static void find(struct diff_judging *judging, const struct diff_pair *pair, enum severity severity,
                 const struct seal *before, const struct seal *after, const char *what) {
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_signature, pair, severity, STRENGTH_STRONG, what);
    diff_rules_detail(judging, finding, "signer before", before->subject);
    diff_rules_detail(judging, finding, "signer now", after->subject);
    diff_rules_detail(judging, finding, "digest before", before->verdict);
    diff_rules_detail(judging, finding, "digest now", after->verdict);
}

static const char *lost(struct job *job, const struct seal *a, const struct seal *b,
                        enum severity *severity) {
    *severity = SEVERITY_HIGH;
    if (a->present && !b->present)
        return "it was signed and no longer is";
    if (b->mismatch && !a->mismatch)
        return "its signature does not match it: it was changed after it was signed";
    *severity = SEVERITY_MEDIUM;
    if (a->present &&
        strcasecmp(diff_pair_organization(job, a->subject), diff_pair_organization(job, b->subject)) != 0)
        return "it is signed by another organization than before";
    if (a->present && a->faults == 0 && b->faults != 0)
        return "the chain of its signer was good and no longer is";
    return NULL;
}

static void compare(struct diff_judging *judging, struct diff_pair *pair, struct db_query *before,
                    struct db_query *after) {
    struct seal a = seal_of(judging->job, before, pair->before),
                b = seal_of(judging->job, after, pair->after);
    enum severity severity;
    if (!a.present && !b.present)
        return;
    add(judging, pair, "signature", a.present ? "present" : "", b.present ? "present" : "");
    if (a.present && b.present) {
        add(judging, pair, "signer", a.subject, b.subject);
        add(judging, pair, "issuer", a.issuer, b.issuer);
        add(judging, pair, "digest of the file", a.verdict, b.verdict);
        add(judging, pair, "time stamp", a.stamp, b.stamp);
    }
    const char *what = lost(judging->job, &a, &b, &severity);
    if (what)
        find(judging, pair, severity, &a, &b, what);
}

static bool is_signature(const char *name) {
    return strcasecmp(name, "AppxSignature.p7x") == 0 || strcasecmp(name, ".signature.p7s") == 0;
}

/* What a signing file was in, if that is still there: the package as a member; of one that is the release
 * itself, which is no member, the signing file. */
static const struct diff_pair *package_of(const struct diff_judging *judging,
                                          const struct diff_pair *signing) {
    const char *path = signing->before->path, *mark = NULL;
    for (const char *at = path; (at = strstr(at, "!/")); at++)
        mark = at;
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        if (!pair->before || !pair->after)
            continue;
        if (mark && strlen(pair->before->path) == (size_t)(mark - path) &&
            strncmp(pair->before->path, path, (size_t)(mark - path)) == 0)
            return pair;
    }
    return mark ? NULL : signing;
}

static void judge_removed(struct diff_judging *judging, const struct diff_pair *pair,
                          struct db_query *before) {
    struct seal a = seal_of(judging->job, before, pair->before), none = {.subject = "", .verdict = ""};
    const struct diff_pair *package = package_of(judging, pair);
    if (a.present && package)
        find(judging, package, SEVERITY_HIGH, &a, &none, "the package was signed and no longer is");
}

bool diff_signed_judge(struct diff_judging *judging) {
    struct db_query *before = db_prepare(casefile_db(judging->before->casefile), sql);
    struct db_query *after = db_prepare(casefile_db(judging->after->casefile), sql);
    bool good = before && after;
    for (size_t i = 0; good && i < judging->diff->pair_count; i++) {
        struct diff_pair *pair = &judging->diff->pairs[i];
        bool program = (pair->before && pair->before->kind == DIFF_PROGRAM) ||
                       (pair->after && pair->after->kind == DIFF_PROGRAM);
        if (!program && pair->fate == DIFF_CHANGED)
            compare(judging, pair, before, after);
        else if (pair->fate == DIFF_REMOVED && is_signature(pair->before->name))
            judge_removed(judging, pair, before);
    }
    db_finish(before);
    db_finish(after);
    return good && judging->job->fault.code == FAULT_NONE;
}
