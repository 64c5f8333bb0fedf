/* trust_policy: from the facts of a case to what driver policies (intel/policy.h) say of an image. */
#ifndef JUDGE_TRUST_POLICY_H
#define JUDGE_TRUST_POLICY_H

#include "base/db.h"
#include "intel/policy_match.h"

enum { TRUST_POLICY_TEXT = 512 };

struct trust_policy {
    const struct policies *policies;
    struct db_query *file, *signature, *chain;
};

/* An image, and the catalog that covers it with the signature that counts there; 0 is none. */
struct trust_policy_question {
    int64_t artifact, catalog, signature;
};

struct trust_policy_denial {
    struct policy_match match;
    bool has_signature; /* a signer rule: `signature` of `holder`, the image or its catalog */
    int64_t holder, signature;
    char certificate[512]; /* subject of the certificate that the rule names */
};

/* False if the case cannot be read. `policies` must stay until trust_policy_close. */
bool trust_policy_open(struct db *db, const struct policies *policies, struct trust_policy *ret) MUST_USE;
void trust_policy_close(struct trust_policy *policy);

/* False if nothing denies the image. Signatures that do not hold, or are of another file, say nothing. */
bool trust_policy_find(struct trust_policy *policy, const struct trust_policy_question *question,
                       struct trust_policy_denial *ret) MUST_USE;

/* The policy's name and version, and the rule's ID. */
void trust_policy_text(const struct policy_match *match, char ret[TRUST_POLICY_TEXT]);

/* The NTSTATUS with which the kernel refuses what the policy denies; 0 if it only audits. */
uint32_t trust_policy_code(const struct policy *policy);

#endif
