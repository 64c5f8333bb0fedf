#include "base/filetime.h"
#include "intel/intel.h"
#include "judge/saying.h"
#include "model/judge.h"

static const char rows_sql[] =
    "SELECT t.artifact, coalesce(t.catalog, t.artifact), t.signature, coalesce(t.time, 0), c.offset, c.length"
    " FROM trust t LEFT JOIN signature s ON s.artifact = t.artifact AND s.ordinal = t.signature"
    " LEFT JOIN certificate_entry c ON c.artifact = s.artifact AND c.ordinal = s.entry"
    " WHERE (' ' || t.flags || ' ') LIKE '% distrusted %'"
    " UNION ALL SELECT t.artifact, t.artifact, s.ordinal, coalesce(s.judged_at, 0), c.offset, c.length"
    " FROM trust t JOIN signature s ON s.artifact = t.artifact AND s.ordinal <> t.signature"
    " LEFT JOIN certificate_entry c ON c.artifact = s.artifact AND c.ordinal = s.entry"
    " WHERE (' ' || t.flags || ' ') LIKE '% other-distrusted %' ORDER BY 1, 3";

static const char chain_sql[] =
    "SELECT c.issuer_name, c.serial, c.tbs_sha1, c.tbs_sha256, c.tbs_sha384, c.subject FROM signature_certificate l"
    " JOIN certificate c ON c.thumbprint = l.thumbprint WHERE l.artifact = ? AND l.signature = ? AND l.role = 'signer'"
    " ORDER BY l.position";

static const struct certificates_entry *find(const struct intel *intel, struct db_query *chain, uint64_t time,
                                             char subject[600]) {
    while (db_step(chain)) {
        struct certificates_query query = {.issuer = db_text(chain, 0, NULL),
                                           .serial = db_text(chain, 1, NULL),
                                           .tbs = {db_blob(chain, 2), db_blob(chain, 3), db_blob(chain, 4)}};
        const struct certificates_entry *entry = certificates_find(&intel->certificates, &query);
        if (entry && (entry->since == 0 || time == 0 || time >= entry->since)) {
            snprintf(subject, 600, "%.500s", db_text(chain, 5, NULL));
            return entry;
        }
    }
    return NULL;
}

static bool report(struct casefile *casefile, struct db_query *row, const struct certificates_entry *entry,
                   const char *subject) {
    char stamped[FILETIME_TEXT] = "", since[FILETIME_TEXT] = "always", summary[300];
    uint64_t time = (uint64_t)db_integer(row, 3);
    if (time)
        filetime_text(time, stamped);
    if (entry->since)
        filetime_text(entry->since, since);
    snprintf(summary, sizeof summary, "The file is signed with a certificate that is known to be %s: %.160s",
             entry->kind, entry->what);
    struct finding finding = {.detector = "signature_distrusted",
                              .severity = SEVERITY_HIGH,
                              .strength = STRENGTH_FIRM,
                              .offset = (uint64_t)db_integer(row, 4),
                              .size = (uint64_t)db_integer(row, 5),
                              .summary = summary};
    saying_detail(&finding, "certificate", subject);
    saying_detail(&finding, "serial", entry->serial);
    saying_detail(&finding, "not to be believed since", since);
    saying_detail(&finding, "time stamp", stamped[0] ? stamped : "none that counts");
    saying_detail(&finding, "source", entry->source);
    return saying_write(casefile, db_integer(row, 0), &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct db_query *row = db_prepare(db, rows_sql), *chain = db_prepare(db, chain_sql);
    bool good = row && chain;
    while (good && intel && db_step(row)) {
        char subject[600];
        db_reset(chain);
        db_bind_integer(chain, 1, db_integer(row, 1));
        db_bind_integer(chain, 2, db_integer(row, 2));
        const struct certificates_entry *entry = find(intel, chain, (uint64_t)db_integer(row, 3), subject);
        good = !entry || report(casefile, row, entry, subject);
    }
    db_finish(row);
    db_finish(chain);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_signature_distrusted = {
    .text =
        {
            .id = "signature_distrusted",
            .title = "signed with a certificate that is not to be believed",
            .why =
                "Certificates get stolen and vendors get broken into: malware then carries a good signature. Lists of "
                "such certificates say from which day on their signatures prove nothing; a file without a time stamp "
                "of before that day falls under them.",
            .innocent =
                "Genuine programs of the same maker, signed after the theft and before the certificate was "
                "changed, or never time-stamped.",
            .verify =
                "Compare serial number and issuer of the signer with the source that the finding names; assay trust "
                "FILE prints both.",
            .attack = "T1588.003",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
