#include "judge/saying.h"
#include "model/judge.h"

enum { FEWEST = 5, PERCENT = 80 };

/* Files of one folder that claim one product, with who signed them: organization and identity usage, which
 * stay the same while certificates change. */
#define MEMBERS                                                                                                     \
    "SELECT a.id AS id, a.folder AS folder, p.company AS company, p.product AS product, t.state AS state,"          \
    " CASE WHEN t.state IN ('trusted', 'trusted-but-altered-slack', 'weak-digest') THEN"                            \
    " coalesce(c.organization, c.name, '') ELSE '' END AS signer FROM trust t JOIN pe p ON p.artifact = t.artifact" \
    " JOIN artifact a ON a.id = t.artifact LEFT JOIN signature s ON s.artifact = coalesce(t.catalog, t.artifact)"   \
    " AND s.ordinal = t.signature LEFT JOIN certificate c ON c.thumbprint = s.thumbprint"                           \
    " WHERE p.company <> '' AND p.product <> ''"

/* A majority signer of each (folder, company, product), and the members that it did not sign though trust is
 * known. */
static const char rows_sql[] =
    "WITH m AS (" MEMBERS
    "), g AS (SELECT folder, company, product, count(*) AS total FROM m GROUP BY 1, 2, 3),"
    " b AS (SELECT folder, company, product, signer, count(*) AS n, min(id) AS first FROM m WHERE signer <> ''"
    " GROUP BY 1, 2, 3, 4) SELECT m.id, m.company, m.product, m.state, m.signer, b.signer, b.n, g.total, b.first"
    " FROM m JOIN g USING (folder, company, product) JOIN b USING (folder, company, product)"
    " WHERE b.n >= ?1 AND b.n * 100 >= g.total * ?2 AND m.signer <> b.signer AND m.state NOT IN ('unknown', 'unsigned',"
    " 'expired-not-timestamped') ORDER BY m.id";

static bool report(struct casefile *casefile, struct db_query *q) {
    bool other = db_text(q, 4, NULL)[0] != 0;
    char most[64];
    snprintf(most, sizeof most, "%lld of %lld", (long long)db_integer(q, 6), (long long)db_integer(q, 7));
    struct casefile_reference reference = {(uint64_t)db_integer(q, 8), "signed as usual"};
    struct finding finding = {
        .detector = "signer_mixed",
        .severity = other ? SEVERITY_LOW : SEVERITY_MEDIUM,
        .strength = STRENGTH_FIRM,
        .summary = other ? "One file of a product is signed by somebody else than the rest of it"
                         : "One file of a product does not carry the good signature that the rest of it has"};
    saying_detail(&finding, "product", db_text(q, 2, NULL));
    saying_detail(&finding, "usual signer", db_text(q, 5, NULL));
    saying_detail(&finding, "files that it signed", most);
    saying_detail(&finding, "signer of this one", db_text(q, 4, NULL));
    saying_detail(&finding, "trust of this one", db_text(q, 3, NULL));
    return saying_write(casefile, db_integer(q, 0), &finding, &reference, 1);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    bool good = q != NULL;
    (void)intel;
    if (q) {
        db_bind_integer(q, 1, FEWEST);
        db_bind_integer(q, 2, PERCENT);
    }
    while (good && db_step(q))
        good = report(casefile, q);
    db_finish(q);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_signer_mixed = {
    .text =
        {
            .id = "signer_mixed",
            .title = "one odd signer in a product's folder",
            .why =
                "A poisoned release often shows in one component: all files of the product are signed by its maker, and the "
                "one that was exchanged is not. Only files that claim the product's own name and company are compared, "
                "and only where their trust is known.",
            .innocent =
                "Products that were bought from another company and are signed by either, or whose maker changed its "
                "name. Third-party libraries claim their own product and are not compared.",
            .verify = "assay trust FOLDER lists all signers; compare with the previous release.",
            .attack = "T1195.002",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
