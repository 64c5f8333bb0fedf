#include "judge/saying.h"
#include "model/judge.h"

static const char rows_sql[] =
    "SELECT t.artifact, coalesce(t.signer, ''), coalesce(p.slack_size, 0), c.slack_offset, c.slack_size FROM trust t"
    " JOIN pe p ON p.artifact = t.artifact LEFT JOIN certificate_entry c ON c.artifact = t.artifact AND c.slack_size ="
    " (SELECT max(slack_size) FROM certificate_entry m WHERE m.artifact = t.artifact)"
    " WHERE t.user = 'accepted' AND t.strict = 'rejected' GROUP BY t.artifact ORDER BY t.artifact";

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    bool good = q != NULL;
    (void)intel;
    while (good && db_step(q)) {
        char size[32];
        snprintf(size, sizeof size, "%lld", (long long)db_integer(q, 2));
        struct finding finding = {
            .detector = "signature_policy_gap",
            .severity = SEVERITY_LOW,
            .strength = STRENGTH_FIRM,
            .offset = (uint64_t)db_integer(q, 3),
            .size = (uint64_t)db_integer(q, 4),
            .summary =
                "Windows accepts this signature as it is delivered, and would take the file for unsigned with "
                "EnableCertPaddingCheck"};
        saying_detail(&finding, "signer", db_text(q, 1, NULL));
        saying_detail(&finding, "bytes behind the signature", size);
        good = saying_write(casefile, db_integer(q, 0), &finding, NULL, 0);
    }
    db_finish(q);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_signature_policy_gap = {
    .text =
        {
            .id = "signature_policy_gap",
            .title = "accepted by default, refused by the strict check",
            .why =
                "Since 2013 Windows can refuse signatures with extra bytes behind them (MS13-098, CVE-2013-3900), but the "
                "check is off unless somebody sets EnableCertPaddingCheck. Files in this gap pass on nearly every "
                "machine, and the payload of the 3CX attack lay there.",
            .innocent =
                "Installers that carry a campaign name or a customer number behind their signature live in the same "
                "gap; signature_slack says what the bytes are.",
            .verify =
                "Set HKLM\\Software\\Microsoft\\Cryptography\\Wintrust\\Config\\EnableCertPaddingCheck to \"1\" on a test "
                "machine and compare what signtool verify /pa FILE says before and after.",
            .attack = "T1553.002",
            .severity = SEVERITY_LOW,
        },
    .judge = judge,
};
