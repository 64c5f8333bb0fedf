#include "judge/trust_policy.h"

#include <stdio.h>
#include <strings.h>

/* ntstatus.h. What is known of them stands in docs/trust.md. */
#define STATUS_IMAGE_CERT_REVOKED                0xC0000603u
#define STATUS_SYSTEM_INTEGRITY_POLICY_VIOLATION 0xC0E90002u

/* PolicyID of the list that comes with Windows. */
#define MICROSOFT_DRIVER_POLICY "{D2BDA982-CCF6-4344-AC5B-0B44427B6816}"

enum { LINKS = 32, DIGEST = 48, NATIVE = 1 };

static const char file_sql[] =
    "SELECT subsystem, authentihash_sha1, authentihash_sha256, original_name, internal_name, description, product,"
    " coalesce(fixed_file_version, '') FROM pe WHERE artifact = ?1";

/* Of an image the signatures that are over it, of a catalog (?2) the one that counts. */
static const char signature_sql[] =
    "SELECT s.ordinal, s.program, c.name, c.issuer_name, c.usages FROM signature s"
    " JOIN certificate c ON c.thumbprint = s.thumbprint WHERE s.artifact = ?1 AND s.seal = 'match'"
    " AND CASE WHEN ?2 < 0 THEN s.verdict = 'match' ELSE s.ordinal = ?2 END ORDER BY s.ordinal";

/* Windows digests a TBSCertificate with the algorithm of the signature on it. */
static const char chain_sql[] =
    "SELECT CASE c.digest WHEN 'sha1' THEN c.tbs_sha1 WHEN 'sha256' THEN c.tbs_sha256 WHEN 'sha384' THEN c.tbs_sha384"
    " END, c.subject FROM signature_certificate l JOIN certificate c ON c.thumbprint = l.thumbprint"
    " WHERE l.artifact = ? AND l.signature = ? AND l.role = 'signer' ORDER BY l.position";

bool trust_policy_open(struct db *db, const struct policies *policies, struct trust_policy *ret) {
    *ret = (struct trust_policy){.policies = policies,
                                 .file = db_prepare(db, file_sql),
                                 .signature = db_prepare(db, signature_sql),
                                 .chain = db_prepare(db, chain_sql)};
    return ret->file && ret->signature && ret->chain;
}

void trust_policy_close(struct trust_policy *policy) {
    db_finish(policy->file);
    db_finish(policy->signature);
    db_finish(policy->chain);
}

static const char *cell(struct db_query *query, int at) {
    return db_is_null(query, at) ? NULL : db_text(query, at, NULL);
}

static void read_file(struct db_query *query, struct policy_match_file *ret) {
    unsigned part[4];
    *ret = (struct policy_match_file){.driver = db_integer(query, 0) == NATIVE,
                                      .sha1 = db_blob(query, 1),
                                      .sha256 = db_blob(query, 2),
                                      .names = {[POLICY_ORIGINAL] = cell(query, 3),
                                                [POLICY_INTERNAL] = cell(query, 4),
                                                [POLICY_DESCRIPTION] = cell(query, 5),
                                                [POLICY_PRODUCT] = cell(query, 6)}};
    ret->has_version =
        sscanf(db_text(query, 7, NULL), "%5u.%5u.%5u.%5u", &part[0], &part[1], &part[2], &part[3]) == 4;
    for (int i = 0; ret->has_version && i < 4; i++)
        ret->version = ret->version << 16 | (part[i] & 0xffff);
}

struct chain {
    struct span tbs[LINKS];
    uint8_t bytes[LINKS][DIGEST];
    char subjects[LINKS][512];
    size_t count;
};

static void read_chain(struct db_query *query, int64_t holder, int64_t signature, struct chain *ret) {
    db_reset(query);
    db_bind_integer(query, 1, holder);
    db_bind_integer(query, 2, signature);
    for (ret->count = 0; ret->count < LINKS && db_step(query); ret->count++) {
        uint8_t *bytes = ret->bytes[ret->count];
        ret->tbs[ret->count] = span_of(bytes, span_copy(db_blob(query, 0), bytes, DIGEST), 0);
        snprintf(ret->subjects[ret->count], sizeof ret->subjects[0], "%.500s", db_text(query, 1, NULL));
    }
}

/* `ordinal` below 0: all signatures that are over the image. */
static bool find_signature(struct trust_policy *policy, const struct policy_match_file *file, int64_t holder,
                           int64_t ordinal, struct trust_policy_denial *ret) {
    struct db_query *query = policy->signature;
    struct chain chain;
    db_reset(query);
    db_bind_integer(query, 1, holder);
    db_bind_integer(query, 2, ordinal);
    while (db_step(query)) {
        read_chain(policy->chain, holder, db_integer(query, 0), &chain);
        struct policy_match_signature signature = {.chain = chain.tbs,
                                                   .chain_count = chain.count,
                                                   .program = cell(query, 1),
                                                   .publisher = cell(query, 2),
                                                   .issuer = cell(query, 3),
                                                   .usages = cell(query, 4)};
        ret->match = policy_match_signature(policy->policies, file, &signature);
        if (!ret->match.policy)
            continue;
        ret->has_signature = true;
        ret->holder = holder;
        ret->signature = db_integer(query, 0);
        snprintf(ret->certificate, sizeof ret->certificate, "%s", chain.subjects[ret->match.link]);
        return true;
    }
    return false;
}

bool trust_policy_find(struct trust_policy *policy, const struct trust_policy_question *question,
                       struct trust_policy_denial *ret) {
    struct policy_match_file file;
    *ret = (struct trust_policy_denial){0};
    if (policy->policies->count == 0)
        return false;
    db_reset(policy->file);
    db_bind_integer(policy->file, 1, question->artifact);
    if (!db_step(policy->file))
        return false;
    read_file(policy->file, &file);
    ret->match = policy_match_file(policy->policies, &file);
    if (ret->match.policy && !ret->match.policy->audit)
        return true;
    struct trust_policy_denial by_file = *ret;
    bool found =
        file.driver &&
        (find_signature(policy, &file, question->artifact, -1, ret) ||
         (question->catalog && find_signature(policy, &file, question->catalog, question->signature, ret)));
    if (by_file.match.policy && (!found || ret->match.policy->audit))
        *ret = by_file;
    return found || by_file.match.policy;
}

void trust_policy_text(const struct policy_match *match, char ret[TRUST_POLICY_TEXT]) {
    const struct policy *policy = match->policy;
    const char *rule = match->signer ? match->signer->id : match->rule->id;
    snprintf(ret, TRUST_POLICY_TEXT, "%.200s %.40s%s, %s %.100s%s%.100s",
             policy->name[0] ? policy->name : policy->path, policy->version,
             policy->audit ? " (audit only)" : "", match->signer ? "signer" : "rule", rule,
             match->signer && match->rule ? " with " : "",
             match->signer && match->rule ? match->rule->id : "");
    for (size_t n = strlen(ret); n > 0 && !text_valid(ret, n); n--) /* cut within a character */
        ret[n - 1] = 0;
}

uint32_t trust_policy_code(const struct policy *policy) {
    return policy->audit                                          ? 0
           : strcasecmp(policy->id, MICROSOFT_DRIVER_POLICY) == 0 ? STATUS_IMAGE_CERT_REVOKED
                                                                  : STATUS_SYSTEM_INTEGRITY_POLICY_VIOLATION;
}
