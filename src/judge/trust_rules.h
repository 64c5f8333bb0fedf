/* trust_rules: from what is known of a signature to what Windows would say (docs/trust.md has the rules as a
 * table).
 *
 * Pure: facts in, one state, flags and three verdicts out. Flags are independent of one another; the state is
 * the first of them in a fixed order of gravity. */
#ifndef JUDGE_TRUST_RULES_H
#define JUDGE_TRUST_RULES_H

#include <stdbool.h>
#include <stdint.h>

enum trust_state {
    TRUST_TRUSTED,
    TRUST_ALTERED_SLACK,
    TRUST_WEAK_DIGEST,
    TRUST_EXPIRED,
    TRUST_NOT_FOR_CODE,
    TRUST_UNTRUSTED_ROOT,
    TRUST_DISTRUSTED,
    TRUST_DIGEST_MISMATCH,
    TRUST_MALFORMED,
    TRUST_UNSIGNED,
    TRUST_UNKNOWN
};

enum trust_flag {
    TRUST_FLAG_SLACK = 1,            /* bytes behind the signature that its alignment does not explain */
    TRUST_FLAG_WEAK = 2,             /* MD5, or SHA-1 after 2015 */
    TRUST_FLAG_SHA1 = 4,             /* SHA-1 before 2016: as Windows had it then */
    TRUST_FLAG_EXPIRED = 8,          /* some certificate was not valid at the time that counts */
    TRUST_FLAG_USAGE = 16,           /* a certificate is not for code signing */
    TRUST_FLAG_ROOT = 32,            /* the chain does not end in a root that is trusted for this */
    TRUST_FLAG_CHAIN = 64,           /* the chain itself does not hold */
    TRUST_FLAG_CURVE = 128,          /* explicit curve parameters (CVE-2020-0601) */
    TRUST_FLAG_DISTRUSTED = 256,     /* a certificate is known to be stolen, misused or revoked */
    TRUST_FLAG_DIGEST = 512,         /* the file is not the one that was signed */
    TRUST_FLAG_SEAL = 1024,          /* the signature itself does not hold */
    TRUST_FLAG_STAMPED = 2048,       /* a time stamp counts */
    TRUST_FLAG_BAD_STAMP = 4096,     /* the time stamp does not belong to this signature, or does not hold */
    TRUST_FLAG_STAMP_CHAIN = 8192,   /* the time stamp's signer is not trusted, so it does not count */
    TRUST_FLAG_LIFETIME = 16384,     /* lifetime signing: a time stamp does not prolong it */
    TRUST_FLAG_WHQL = 32768,         /* signed through Microsoft's hardware program, or as part of Windows */
    TRUST_FLAG_CROSS_SIGNED = 65536, /* kernel: certificate of before 2015-07-29 under a cross-certificate */
    TRUST_FLAG_FIRMWARE = 131072,    /* signed for firmware (UEFI Secure Boot) */
    TRUST_FLAG_PAGES = 262144,       /* page hashes do not match */
    TRUST_FLAG_OTHER_MISMATCH =
        524288, /* another signature of the file is not over this file, or does not hold */
    TRUST_FLAG_OTHER_DISTRUSTED =
        1048576,                 /* another signature of the file comes from a distrusted certificate */
    TRUST_FLAG_POLICY = 2097152, /* a driver policy denies the file */
    TRUST_FLAG_KEY = 4194304     /* a key of the chain is so short that others can compute it */
};

enum { TRUST_FLAGS = 23 };

enum trust_verdict { TRUST_ACCEPTED, TRUST_REJECTED, TRUST_CANNOT_TELL };

/* What is known. Chain and stamp faults as format/x509.h and format/timestamp.h have them. */
struct trust_input {
    bool is_signed; /* there is a signature, embedded or in a catalog; the fields below are meant */
    bool has_table; /* without one: there is a certificate table all the same */
    bool searched;  /* a complete set of catalogs was searched in vain */
    bool unread;    /* the file could not be read wholly */
    bool over_file; /* the signature is over a digest of a file (or is a catalog's) */
    bool digest_matches, digest_known;
    bool seal_holds, seal_known;
    bool has_signer; /* the signer's certificate is there */
    unsigned chain_faults, special_faults;
    bool driver, firmware; /* special_faults are meant */
    bool stamped;          /* there is a time stamp */
    bool stamp_rfc3161;
    unsigned stamp_faults;
    uint64_t time;  /* FILETIME: of the stamp if it counts, else of the run */
    bool md5, sha1; /* among the algorithms of the digest and of the signature */
    bool slack;
    bool pages_mismatch;
    bool distrusted;
    bool lifetime, windows_usage; /* extended key usages of the signer: lifetime; WHQL and relatives */
    bool microsoft_root;
    bool lacks_kernel_root; /* the kernel chain ends at a cross-certificate whose root is not at hand */
    uint64_t signer_since;  /* FILETIME notBefore of the signer's certificate */
};

struct trust_answer {
    enum trust_verdict verdict;
    bool has_code;
    uint32_t code; /* HRESULT of WinVerifyTrust; NTSTATUS for the kernel */
};

struct trust_result {
    enum trust_state state;
    unsigned flags;
    struct trust_answer user, strict, kernel;
    const char *reason; /* one sentence, constant */
};

void trust_rules_decide(const struct trust_input *input, struct trust_result *ret);

/* Adds what the flags of the file's other signatures, all in one word, mean for the one that `ret` tells.
 * State and verdicts stay: Windows looks at the first signature alone. */
void trust_rules_beside(unsigned others, struct trust_result *ret);

/* What a driver policy that denies the file means for the kernel: rejected with `code`, unless it was
 * rejected already. A policy that only audits (code 0) lets it load. The state stays, it is the signature's.
 */
void trust_rules_deny(uint32_t code, struct trust_result *ret);

/* For an answer that a package's signature gave: Windows asks it when the package is installed and not when a
 * file is loaded, so that no verdict is known. The state stays. */
void trust_rules_package(struct trust_result *ret);

/* Words, such as "trusted-but-altered-slack", "accepted", and of the flag 1 << at. */
const char *trust_rules_state(enum trust_state state);
const char *trust_rules_verdict(enum trust_verdict verdict);
const char *trust_rules_flag(unsigned at);

#endif
