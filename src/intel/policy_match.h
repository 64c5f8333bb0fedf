/* policy_match: does a driver policy deny this file? (docs/trust.md says what each term is compared with.)
 *
 * Only the kernel's scenario (131) is asked. Pure: facts and policies in, the denying rule out. Texts in
 * stored form; NULL or "" is what the file does not have. */
#ifndef INTEL_POLICY_MATCH_H
#define INTEL_POLICY_MATCH_H

#include "intel/policy.h"

struct policy_match_file {
    bool driver;              /* otherwise only rules by hash apply */
    struct span sha1, sha256; /* Authenticode digests */
    const char *names[POLICY_NAMES];
    bool has_version;
    uint64_t version; /* VS_FIXEDFILEINFO dwFileVersionMS and LS */
};

/* A signature that holds. */
struct policy_match_signature {
    const struct span
        *chain; /* of each certificate from the signer to the root: the digest of its TBSCertificate
                   by the algorithm with which its issuer signed it; empty if not known */
    size_t chain_count;
    const char *publisher, *issuer; /* common names of the signer and of its issuer */
    const char *program;            /* SpcSpOpusInfo programName: Microsoft's hardware program writes the
                                       submitter's name there */
    const char *usages;             /* of the signer, dotted, one space between */
};

struct policy_match {
    const struct policy *policy;        /* NULL: nothing denies it */
    const struct policy_rule *rule;     /* the Deny rule, or the FileAttrib of a signer that has some */
    const struct policy_signer *signer; /* NULL for a Deny rule */
    size_t link;                        /* of the chain: the certificate that the signer rule names */
};

/* The first Deny rule that matches, of a policy that is in force before one that only audits. */
struct policy_match policy_match_file(const struct policies *policies, const struct policy_match_file *file);

/* The first denied signer that matches, in the same order. */
struct policy_match policy_match_signature(const struct policies *policies,
                                           const struct policy_match_file *file,
                                           const struct policy_match_signature *signature);

#endif
