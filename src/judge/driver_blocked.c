#include "intel/intel.h"
#include "judge/saying.h"
#include "judge/trust_policy.h"
#include "model/judge.h"

static const char rows_sql[] =
    "SELECT artifact, coalesce(catalog, 0), coalesce(signature, 0) FROM trust WHERE denied_by IS NOT NULL"
    " ORDER BY artifact";

static const char entry_sql[] =
    "SELECT c.offset, c.length FROM signature s JOIN certificate_entry c ON c.artifact = s.artifact"
    " AND c.ordinal = s.entry WHERE s.artifact = ? AND s.ordinal = ?";

static void detail_terms(struct finding *finding, const struct policy_rule *rule) {
    static const char *const keys[POLICY_NAMES] = {"original name", "internal name", "description",
                                                   "product"};
    for (size_t i = 0; rule && i < POLICY_NAMES; i++)
        saying_detail(finding, keys[i], rule->names[i]);
    if (rule)
        saying_detail(finding, "rule's own name", rule->friendly);
}

static bool report(struct casefile *casefile, int64_t artifact, const struct trust_policy_denial *denial,
                   struct db_query *entry) {
    const struct policy_match *match = &denial->match;
    const struct policy *policy = match->policy;
    char summary[300];
    bool by_hash = !match->signer && match->rule->hash.size > 0;
    snprintf(summary, sizeof summary, "A driver policy denies this file by %s (%.80s %.40s)",
             match->signer ? "its signer"
             : by_hash     ? "its digest"
                           : "its name and version",
             policy->name[0] ? policy->name : "a policy without name", policy->version);
    for (size_t n = strlen(summary); n > 0 && !text_valid(summary, n); n--)
        summary[n - 1] = 0;
    struct finding finding = {.detector = "driver_blocked",
                              .severity = SEVERITY_HIGH,
                              .strength = by_hash ? STRENGTH_STRONG : STRENGTH_FIRM,
                              .summary = summary};
    db_reset(entry);
    db_bind_integer(entry, 1, artifact);
    db_bind_integer(entry, 2, denial->signature);
    if (denial->has_signature && denial->holder == artifact && db_step(entry)) {
        finding.offset = (uint64_t)db_integer(entry, 0);
        finding.size = (uint64_t)db_integer(entry, 1);
    }
    saying_detail(&finding, "policy", policy->path);
    saying_detail(&finding, "rule", match->signer ? match->signer->id : match->rule->id);
    saying_detail(&finding, "signer rule", match->signer ? match->signer->name : NULL);
    saying_detail(&finding, "certificate", denial->certificate);
    saying_detail(&finding, "publisher", match->signer ? match->signer->publisher : NULL);
    saying_detail(&finding, "submitter", match->signer ? match->signer->oem : NULL);
    saying_detail(&finding, "file attribute", match->signer && match->rule ? match->rule->id : NULL);
    detail_terms(&finding, match->rule);
    saying_detail(&finding, "audit",
                  policy->audit ? "the policy only audits: Windows would load the file" : NULL);
    return saying_write(casefile, artifact, &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct trust_policy policy = {0};
    struct db_query *row = db_prepare(db, rows_sql), *entry = db_prepare(db, entry_sql);
    bool good = row && entry && intel && trust_policy_open(db, &intel->policies, &policy);
    while (good && db_step(row)) {
        struct trust_policy_denial denial;
        struct trust_policy_question question = {db_integer(row, 0), db_integer(row, 1), db_integer(row, 2)};
        if (trust_policy_find(&policy, &question, &denial))
            good = report(casefile, question.artifact, &denial, entry);
    }
    trust_policy_close(&policy);
    db_finish(row);
    db_finish(entry);
    return (good || !intel) && casefile_error(casefile)[0] == 0;
}

const struct judge judge_driver_blocked = {
    .text =
        {
            .id = "driver_blocked",
            .title = "a driver policy denies this file",
            .why =
                "Attackers bring drivers that are well signed and have a hole, or were made for them, to reach the "
                "kernel. Microsoft and others keep lists of such drivers, as policies that deny them by digest, by name "
                "and version, or by signer together with name and version.",
            .innocent =
                "Genuine products that came with such a driver, and older versions of programs that are in daily use: "
                "the driver is vulnerable, which does not mean that somebody used it.",
            .verify =
                "Look the rule up by its ID in the policy that the finding names; compare digest, original file name, "
                "version and the certificates of the chain (assay trust FILE) with it.",
            .attack = "T1068",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
