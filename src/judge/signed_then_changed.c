#include "judge/saying.h"
#include "model/judge.h"

/* The digest that a broken signature was made over is the digest of another file of the case. */
#define BROKEN(column)                                                                                          \
    "SELECT s.artifact AS artifact, q.artifact AS original, s.ordinal AS ordinal FROM signature s JOIN pe q ON" \
    " q." column " = s.digest WHERE s.verdict = 'mismatch' AND s.seal = 'match' AND s.depth = 0"                \
    " AND q.artifact <> s.artifact"

static const char rows_sql[] =
    "SELECT x.artifact, min(x.original), coalesce(s.subject, ''), lower(hex(s.digest)), t.state, c.offset, c.length"
    " FROM (" BROKEN("authentihash_sha256") " UNION ALL " BROKEN(
        "authentihash_sha1") ") x JOIN signature s ON"
                             " s.artifact = x.artifact AND s.ordinal = x.ordinal JOIN trust t ON t.artifact = x.original LEFT JOIN"
                             " certificate_entry c ON c.artifact = s.artifact AND c.ordinal = s.entry GROUP BY x.artifact ORDER BY x.artifact";

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    bool good = q != NULL;
    (void)intel;
    while (good && db_step(q)) {
        bool trusted = strcmp(db_text(q, 4, NULL), "trusted") == 0;
        struct casefile_reference original = {(uint64_t)db_integer(q, 1), "the file that was signed"};
        struct finding finding = {
            .detector = "signed_then_changed",
            .severity = SEVERITY_HIGH,
            .strength = trusted ? STRENGTH_STRONG : STRENGTH_FIRM,
            .offset = (uint64_t)db_integer(q, 5),
            .size = (uint64_t)db_integer(q, 6),
            .summary =
                "This file was changed after it was signed, and the file that its signature was made for is here, too"};
        saying_detail(&finding, "signer", db_text(q, 2, NULL));
        saying_detail(&finding, "signed digest", db_text(q, 3, NULL));
        saying_detail(&finding, "trust of the original", db_text(q, 4, NULL));
        good = saying_write(casefile, db_integer(q, 0), &finding, &original, 1);
    }
    db_finish(q);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_signed_then_changed = {
    .text =
        {
            .id = "signed_then_changed",
            .title = "changed copy of a signed file that is here, too",
            .why =
                "A broken signature alone may be an accident. When the very file that was signed lies beside the changed "
                "one, the change can be shown byte for byte: a patched program, or a signature that was lifted from one "
                "file and put on another.",
            .innocent =
                "Customisation tools that edit resources of a signed program and leave the original as a backup.",
            .verify = "cmp -l FILE ORIGINAL | head, with the two paths that the finding names.",
            .attack = "T1036.001",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
