#include "judge/saying.h"
#include "model/judge.h"

/* Publishers whose names are worth borrowing: what the version resource says, and what a genuine signer's
 * organization begins with. */
static const struct {
    const char *claim, *signer;
} publishers[] = {
    {"Microsoft Corporation", "Microsoft"},
    {"Google LLC", "Google"},
    {"Google Inc.", "Google"},
    {"Mozilla Corporation", "Mozilla"},
    {"Mozilla Foundation", "Mozilla"},
    {"Adobe Inc.", "Adobe"},
    {"Adobe Systems Incorporated", "Adobe"},
    {"Apple Inc.", "Apple"},
    {"Oracle Corporation", "Oracle"},
    {"NVIDIA Corporation", "NVIDIA"},
    {"Intel Corporation", "Intel"},
    {"VMware, Inc.", "VMware"},
    {"Cisco Systems, Inc.", "Cisco"},
    {"Kaspersky Lab", "Kaspersky"},
    {"3CX Ltd.", "3CX"},
};

/* What Windows knows nothing of is left out: unknown is not bad. */
static const char rows_sql[] =
    "SELECT t.artifact, p.company, t.state, coalesce(c.organization, c.name, ''), coalesce(s.subject, ''),"
    " coalesce(t.reason, '') FROM trust t JOIN pe p ON p.artifact = t.artifact LEFT JOIN signature s ON s.artifact ="
    " coalesce(t.catalog, t.artifact) AND s.ordinal = t.signature LEFT JOIN certificate c ON c.thumbprint = s.thumbprint"
    " WHERE p.company IS NOT NULL AND t.state <> 'unknown' ORDER BY t.artifact";

static const char *signer_of(const char *company) {
    for (size_t i = 0; i < sizeof publishers / sizeof publishers[0]; i++)
        if (strcmp(publishers[i].claim, company) == 0)
            return publishers[i].signer;
    return NULL;
}

static bool among(const char *state, const char *const *states, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return false;
}

/* False if there is nothing to say. */
static bool weigh(const char *state, const char *signer, const char *organization, struct finding *finding) {
    static const char *const good[] = {"trusted", "trusted-but-altered-slack", "weak-digest",
                                       "expired-not-timestamped"};
    static const char *const forged[] = {"untrusted-root", "not-for-code-signing", "revoked-or-distrusted"};
    if (among(state, forged, 3)) {
        finding->severity = SEVERITY_MEDIUM;
        finding->strength = STRENGTH_FIRM;
        finding->summary =
            "The file says that it comes from a known publisher, but its signature does not lead there";
        return true;
    }
    if (strcmp(state, "unsigned") == 0) {
        finding->severity = SEVERITY_LOW;
        finding->strength = STRENGTH_WEAK;
        finding->summary = "The file says that it comes from a known publisher, but nobody signed it";
        return true;
    }
    if (!among(state, good, 4) || strncmp(organization, signer, strlen(signer)) == 0)
        return false; /* broken ones are signature_broken's */
    finding->severity = SEVERITY_INFO;
    finding->strength = STRENGTH_WEAK;
    finding->summary = "The file says that it comes from a known publisher, but somebody else signed it";
    return true;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    bool good = q != NULL;
    (void)intel;
    while (good && db_step(q)) {
        const char *company = db_text(q, 1, NULL), *signer = signer_of(company);
        struct finding finding = {.detector = "publisher_claim"};
        if (!signer || !weigh(db_text(q, 2, NULL), signer, db_text(q, 3, NULL), &finding))
            continue;
        saying_detail(&finding, "claims to be from", company);
        saying_detail(&finding, "signed by", db_text(q, 4, NULL));
        saying_detail(&finding, "trust", db_text(q, 2, NULL));
        saying_detail(&finding, "because", db_text(q, 5, NULL));
        good = saying_write(casefile, db_integer(q, 0), &finding, NULL, 0);
    }
    db_finish(q);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_publisher_claim = {
    .text =
        {
            .id = "publisher_claim",
            .title = "claims a known publisher that did not sign it",
            .why =
                "A version resource costs nothing: malware calls itself Microsoft Corporation because people sort by that "
                "column. Where trust is established, the claim can be compared with whoever really signed.",
            .innocent =
                "Other makers sign redistributable libraries and self-extractors that still carry Microsoft's name; "
                "companies sign repackaged programs with a root of their own. Says nothing where trust is unknown.",
            .verify = "assay trust FILE for the signer; the file's Details tab, or pefile, for the claim.",
            .attack = "T1036",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
