/* policy: what a driver policy denies (SiPolicy XML, the source form of an App Control policy;
 * docs/trust.md).
 *
 * A policy is configuration: the user names it or it lies in the intel place, and it is read before workers
 * are confined. Read are FileRules (Deny, Allow, FileAttrib), Signers, EKUs, SigningScenarios, and of Rules
 * and Settings what says the policy's name and whether it only audits. What is not understood (elements,
 * attributes, values, references to nothing) is counted and told, and no rule that has such a part is
 * applied: every term of a rule narrows it, so to drop one would deny more than the policy does.
 *
 * A document type declaration is refused, and with it every entity. Texts are in stored form (base/text.h).
 */
#ifndef INTEL_POLICY_H
#define INTEL_POLICY_H

#include "base/fault.h"
#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    POLICY_FILE = 32 << 20,    /* bytes of one file */
    POLICY_MEMORY = 256 << 20, /* bytes of all policies */
    POLICY_PARTS = 400000,     /* rules, signers, usages and references of one policy */
    POLICY_NOTES = 16,         /* notes kept of one policy; more are only counted */
    POLICY_MAX = 64            /* policies */
};

/* SigningScenario Value: whom the rules are for. */
enum { POLICY_KERNEL = 131, POLICY_USER = 12 };

enum policy_action { POLICY_DENY, POLICY_ALLOW, POLICY_ATTRIBUTE };

/* Attributes of the version resource that a rule may name, as the XML spells them: FileName (it means
 * OriginalFilename), InternalName, FileDescription, ProductName. */
enum policy_name { POLICY_ORIGINAL, POLICY_INTERNAL, POLICY_DESCRIPTION, POLICY_PRODUCT, POLICY_NAMES };

/* Deny, Allow or FileAttrib: all of its terms must hold. */
struct policy_rule {
    enum policy_action action;
    const char *id, *friendly; /* "" if it has none */
    size_t line;
    struct span hash;                /* Authenticode digest of 20 or 32 bytes; empty: any */
    const char *names[POLICY_NAMES]; /* NULL or "*": any */
    bool has_minimum, has_maximum;   /* of the file version, four times 16 bits */
    uint64_t minimum, maximum;
    bool unread; /* holds something that is not understood: never applied */
};

/* A reference by ID, resolved when the policy has been read. */
struct policy_reference {
    const char *id;
    size_t line;
    const struct policy_rule *rule; /* NULL: there is none */
    const char *usage;              /* for an EKU: dotted numbers; NULL: there is none */
};
struct policy_references {
    struct policy_reference *list;
    size_t count;
};

/* All of its terms must hold; of `attributes` one. */
struct policy_signer {
    const char *id, *name;
    size_t line;
    struct span tbs;                             /* digest of a TBSCertificate of the chain */
    const char *publisher, *issuer, *oem;        /* CertPublisher, CertIssuer, CertOemID; NULL: any */
    struct policy_references usages, attributes; /* CertEKU: all; FileAttribRef */
    bool unread;
};

/* DeniedSigner. */
struct policy_denied {
    struct policy_reference who;
    const struct policy_signer *signer; /* NULL: there is none */
    struct policy_references except;    /* ExceptAllowRule: what one of them matches is not denied */
    bool unread;
};

struct policy_scenario {
    struct policy_references files; /* FileRulesRef */
    struct policy_denied *denied;
    size_t denied_count;
    const struct policy_rule **hashes; /* the denials among `files` that have a hash, sorted by it */
    size_t hash_count;
};

struct policy_usage {
    const char *id, *dotted; /* dotted NULL: not understood */
    size_t line;
};

struct policy_note {
    size_t line;
    const char *what;
};

struct policy {
    const char *path;
    const char *name;    /* Setting PolicyInfo/Information/Name; "" if it has none */
    const char *version; /* VersionEx */
    const char *id;      /* PolicyID */
    bool audit;          /* Enabled:Audit Mode: Windows would log and load */
    struct policy_rule *rules;
    size_t rule_count;
    struct policy_signer *signers;
    size_t signer_count;
    struct policy_usage *usages;
    size_t usage_count;
    struct policy_scenario kernel, user;
    size_t unused; /* denials and signers that no scenario refers to: they mean nothing */
    size_t passed; /* elements that have nothing to do with denying, such as CiSigners and AllowedSigners */
    size_t noted, parts; /* notes made, may exceed POLICY_NOTES; parts read */
    struct policy_note notes[POLICY_NOTES];
};

struct policies {
    struct policy *list[POLICY_MAX];
    size_t count;
    struct job *memory;
};

void policy_free(struct policies *policies);

/* Adds a file. False with file, line and reason in `error`: not well-formed, no SiPolicy, too large; then
 * nothing was added. */
bool policy_add(struct policies *policies, const char *path, struct text *error) MUST_USE;

/* The same for a file's bytes; `path` is the name it gets. */
bool policy_parse(struct policies *policies, const char *path, struct span bytes,
                  struct text *error) MUST_USE;

/* One line: name, version, what was read of it, and with `notes` what was not understood. */
void policy_tell(const struct policy *policy, bool notes, struct text *ret);

#endif
