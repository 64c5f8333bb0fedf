#include "judge/trust_rules.h"

#include "format/timestamp.h"

#include <stddef.h>

/* winerror.h */
#define TRUST_E_NOSIGNATURE       0x800B0100u
#define CERT_E_EXPIRED            0x800B0101u
#define CERT_E_UNTRUSTEDROOT      0x800B0109u
#define CERT_E_CHAINING           0x800B010Au
#define CERT_E_REVOKED            0x800B010Cu
#define CERT_E_WRONG_USAGE        0x800B0110u
#define TRUST_E_CERT_SIGNATURE    0x80096004u
#define TRUST_E_COUNTER_SIGNER    0x80096003u
#define TRUST_E_TIME_STAMP        0x80096005u
#define TRUST_E_BAD_DIGEST        0x80096010u
#define TRUST_E_BASIC_CONSTRAINTS 0x80096019u
#define CRYPT_E_BAD_MSG           0x8009200Du
/* ntstatus.h */
#define STATUS_INVALID_IMAGE_HASH 0xC0000428u
#define STATUS_IMAGE_CERT_REVOKED 0xC0000603u

#define YEAR_2010 129067776000000000u /* 2010-01-01: short RSA keys do not count from then on */
#define YEAR_2016 130960800000000000u /* 2016-01-01: Windows' end of SHA-1 for new signatures */
#define CROSS_END 130826016000000000u /* 2015-07-29: cross-signed certificates from then on do not count */

enum {
    NOT_ROOTED = X509_UNTRUSTED | X509_NO_ISSUER | X509_WRONG_PURPOSE,
    NOT_CHAINED = X509_BAD_SIGNATURE | X509_NOT_A_CA | X509_PATH | X509_EXPLICIT | X509_CONSTRAINT |
                  X509_OTHER | X509_WEAK_KEY,
    NOT_TIMELY = X509_EXPIRED | X509_NOT_YET,
    NOT_GENUINE =
        TIMESTAMP_MALFORMED | TIMESTAMP_IMPRINT | TIMESTAMP_SEAL | TIMESTAMP_SIGNER | TIMESTAMP_NAMED
};

static struct trust_answer answer(enum trust_verdict verdict, uint32_t code) {
    return (struct trust_answer){verdict, verdict != TRUST_CANNOT_TELL, verdict == TRUST_REJECTED ? code : 0};
}

static unsigned chain_flags(unsigned faults) {
    unsigned flags = 0;
    flags |= faults & NOT_ROOTED ? TRUST_FLAG_ROOT : 0;
    flags |= faults & NOT_CHAINED ? TRUST_FLAG_CHAIN : 0;
    flags |= faults & X509_EXPLICIT ? TRUST_FLAG_CURVE : 0;
    flags |= faults & X509_WEAK_KEY ? TRUST_FLAG_KEY : 0;
    flags |= faults & NOT_TIMELY ? TRUST_FLAG_EXPIRED : 0;
    flags |= faults & X509_USAGE ? TRUST_FLAG_USAGE : 0;
    flags |= faults & X509_WEAK_DIGEST ? TRUST_FLAG_WEAK : 0;
    return flags;
}

/* Firmware knows no clock and has roots of its own. */
static bool firmware_accepts(const struct trust_input *in) {
    return in->firmware && !(in->special_faults & (NOT_ROOTED | NOT_CHAINED));
}

static unsigned flags_of(const struct trust_input *in) {
    unsigned flags = chain_flags(in->chain_faults);
    bool late = in->time >= YEAR_2016;
    if (firmware_accepts(in))
        flags = TRUST_FLAG_FIRMWARE | (flags & TRUST_FLAG_WEAK);
    flags |= in->slack ? TRUST_FLAG_SLACK : 0;
    flags |= in->md5 || (in->sha1 && late) ? TRUST_FLAG_WEAK : 0;
    flags |= in->sha1 && !late ? TRUST_FLAG_SHA1 : 0;
    flags |= in->distrusted ? TRUST_FLAG_DISTRUSTED : 0;
    flags |= in->digest_known && !in->digest_matches ? TRUST_FLAG_DIGEST : 0;
    flags |= in->seal_known && !in->seal_holds ? TRUST_FLAG_SEAL : 0;
    flags |= in->pages_mismatch ? TRUST_FLAG_PAGES : 0;
    flags |= in->lifetime ? TRUST_FLAG_LIFETIME : 0;
    flags |= in->windows_usage && in->microsoft_root ? TRUST_FLAG_WHQL : 0;
    if (in->stamped)
        flags |= in->stamp_faults == 0            ? TRUST_FLAG_STAMPED
                 : in->stamp_faults & NOT_GENUINE ? TRUST_FLAG_BAD_STAMP
                                                  : TRUST_FLAG_STAMP_CHAIN;
    return flags;
}

static enum trust_state state_of(const struct trust_input *in, unsigned flags) {
    if (!in->over_file || !in->has_signer || flags & TRUST_FLAG_BAD_STAMP)
        return TRUST_MALFORMED;
    if (flags & (TRUST_FLAG_DIGEST | TRUST_FLAG_SEAL | TRUST_FLAG_PAGES))
        return TRUST_DIGEST_MISMATCH;
    if (!in->digest_known || !in->seal_known)
        return TRUST_UNKNOWN;
    if (flags & TRUST_FLAG_DISTRUSTED)
        return TRUST_DISTRUSTED;
    if (flags & (TRUST_FLAG_ROOT | TRUST_FLAG_CHAIN))
        return TRUST_UNTRUSTED_ROOT;
    if (flags & TRUST_FLAG_USAGE)
        return TRUST_NOT_FOR_CODE;
    if (flags & TRUST_FLAG_EXPIRED)
        return TRUST_EXPIRED;
    if (flags & TRUST_FLAG_WEAK)
        return TRUST_WEAK_DIGEST;
    return flags & TRUST_FLAG_SLACK ? TRUST_ALTERED_SLACK : TRUST_TRUSTED;
}

/* In the order in which WinVerifyTrust looks: the file, the signature, its stamp, the chain. */
static struct trust_answer user_mode(const struct trust_input *in, unsigned flags) {
    unsigned chain = in->chain_faults;
    if (!in->over_file || !in->has_signer)
        return answer(TRUST_REJECTED, in->over_file ? CRYPT_E_BAD_MSG : TRUST_E_NOSIGNATURE);
    if (flags & (TRUST_FLAG_DIGEST | TRUST_FLAG_SEAL | TRUST_FLAG_PAGES))
        return answer(TRUST_REJECTED, flags & TRUST_FLAG_SEAL ? TRUST_E_CERT_SIGNATURE : TRUST_E_BAD_DIGEST);
    if (!in->digest_known || !in->seal_known)
        return answer(TRUST_CANNOT_TELL, 0);
    if (flags & TRUST_FLAG_BAD_STAMP)
        return answer(TRUST_REJECTED, in->stamp_rfc3161 ? TRUST_E_TIME_STAMP : TRUST_E_COUNTER_SIGNER);
    if (flags & TRUST_FLAG_DISTRUSTED)
        return answer(TRUST_REJECTED, CERT_E_REVOKED);
    if (chain & (X509_BAD_SIGNATURE | X509_EXPLICIT | X509_WEAK_KEY))
        return answer(TRUST_REJECTED, TRUST_E_CERT_SIGNATURE);
    if (chain & (X509_NOT_A_CA | X509_PATH | X509_CONSTRAINT))
        return answer(TRUST_REJECTED, TRUST_E_BASIC_CONSTRAINTS);
    if (chain & (X509_NO_ISSUER | X509_OTHER))
        return answer(TRUST_REJECTED, CERT_E_CHAINING);
    if (chain & NOT_ROOTED)
        return answer(TRUST_REJECTED, CERT_E_UNTRUSTEDROOT);
    if (chain & X509_USAGE)
        return answer(TRUST_REJECTED, CERT_E_WRONG_USAGE);
    if (chain & NOT_TIMELY)
        return answer(TRUST_REJECTED, CERT_E_EXPIRED);
    /* Which of the weak-crypto policies a machine has in force is not known here. */
    if (in->md5 || chain & X509_WEAK_DIGEST)
        return answer(TRUST_CANNOT_TELL, 0);
    return answer(TRUST_ACCEPTED, 0);
}

/* The kernel heeds no expiry; it wants Microsoft's own signature, or a certificate of before 2015-07-29 under
 * one of the cross-certificates. */
static struct trust_answer kernel_mode(const struct trust_input *in, unsigned *flags) {
    unsigned hard = NOT_ROOTED | NOT_CHAINED;
    if (!in->driver)
        return answer(TRUST_CANNOT_TELL, 0);
    if (!in->over_file || !in->has_signer || *flags & (TRUST_FLAG_DIGEST | TRUST_FLAG_SEAL))
        return answer(TRUST_REJECTED, STATUS_INVALID_IMAGE_HASH);
    if (!in->digest_known || !in->seal_known)
        return answer(TRUST_CANNOT_TELL, 0);
    if (in->distrusted)
        return answer(TRUST_REJECTED, STATUS_IMAGE_CERT_REVOKED);
    if (*flags & TRUST_FLAG_WHQL && !(in->chain_faults & hard))
        return answer(TRUST_ACCEPTED, 0);
    if (in->signer_since < CROSS_END && !(in->special_faults & hard)) {
        *flags |= TRUST_FLAG_CROSS_SIGNED;
        return answer(TRUST_ACCEPTED, 0);
    }
    if (in->signer_since < CROSS_END && in->lacks_kernel_root)
        return answer(TRUST_CANNOT_TELL, 0);
    return answer(TRUST_REJECTED, STATUS_INVALID_IMAGE_HASH);
}

static const char *reason_of(const struct trust_input *in, const struct trust_result *r) {
    switch (r->state) {
    case TRUST_TRUSTED:
        return r->flags & TRUST_FLAG_FIRMWARE ? "signed for firmware, by what Secure Boot trusts"
               : r->flags & TRUST_FLAG_STAMPED
                   ? "the file is as it was signed, and the chain was good when it was stamped"
                   : "the file is as it was signed, and the chain is good";
    case TRUST_ALTERED_SLACK:
        return "the signature holds, but bytes stand behind it that no digest covers";
    case TRUST_WEAK_DIGEST:
        return "everything holds, but rests on MD5, or on SHA-1 after 2015";
    case TRUST_EXPIRED:
        return r->flags & TRUST_FLAG_STAMP_CHAIN
                   ? "a certificate is not valid now, and the time stamp does not count"
               : r->flags & TRUST_FLAG_LIFETIME
                   ? "a certificate is not valid now, and a lifetime signer's stamp prolongs nothing"
               : r->flags & TRUST_FLAG_STAMPED
                   ? "a certificate was not valid when the file was stamped"
                   : "a certificate is not valid now, and no time stamp says when it was signed";
    case TRUST_NOT_FOR_CODE:
        return "a certificate of the chain is not for code signing";
    case TRUST_UNTRUSTED_ROOT:
        return x509_fault_text(in->chain_faults & (NOT_ROOTED | NOT_CHAINED));
    case TRUST_DISTRUSTED:
        return "a certificate of the chain is known to be stolen, misused or revoked";
    case TRUST_DIGEST_MISMATCH:
        return r->flags & TRUST_FLAG_DIGEST ? "the file is not the one that was signed"
               : r->flags & TRUST_FLAG_SEAL ? "the signature does not hold: what it says was changed"
                                            : "the file's pages are not the ones that were signed";
    case TRUST_MALFORMED:
        return !in->is_signed                    ? "the certificate table holds no signature"
               : !in->over_file                  ? "the signature is over something else than a file's digest"
               : r->flags & TRUST_FLAG_BAD_STAMP ? timestamp_fault_text(in->stamp_faults)
                                                 : "the signer's certificate is missing";
    case TRUST_UNSIGNED:
        return "there is no signature in the file, and no catalog of a complete set covers it";
    case TRUST_UNKNOWN:
        break;
    }
    return in->unread      ? "the file could not be read wholly"
           : in->is_signed ? "an algorithm of the signature is not known"
                           : "there is no signature in the file; whether a catalog covers it cannot be told";
}

static void decide_unsigned(const struct trust_input *in, struct trust_result *ret) {
    ret->state = in->unread      ? TRUST_UNKNOWN
                 : in->has_table ? TRUST_MALFORMED
                 : in->searched  ? TRUST_UNSIGNED
                                 : TRUST_UNKNOWN;
    bool known = ret->state != TRUST_UNKNOWN;
    ret->user = answer(known ? TRUST_REJECTED : TRUST_CANNOT_TELL, TRUST_E_NOSIGNATURE);
    ret->kernel = answer(known && in->driver ? TRUST_REJECTED : TRUST_CANNOT_TELL, STATUS_INVALID_IMAGE_HASH);
    ret->strict = ret->user;
}

/* Windows looks at the first signature; whoever reads "trusted" is to know of the other. */
void trust_rules_beside(unsigned others, struct trust_result *ret) {
    bool mismatch = others & (TRUST_FLAG_DIGEST | TRUST_FLAG_SEAL | TRUST_FLAG_PAGES);
    ret->flags |= mismatch ? TRUST_FLAG_OTHER_MISMATCH : 0;
    ret->flags |= others & TRUST_FLAG_DISTRUSTED ? TRUST_FLAG_OTHER_DISTRUSTED : 0;
    if (ret->state != TRUST_TRUSTED)
        return;
    if (mismatch)
        ret->reason = "this signature holds; another one in the file does not, or is over another file";
    else if (others & TRUST_FLAG_DISTRUSTED)
        ret->reason = "this signature holds; another one in the file is from a distrusted certificate";
}

void trust_rules_deny(uint32_t code, struct trust_result *ret) {
    ret->flags |= TRUST_FLAG_POLICY;
    if (code == 0)
        return;
    if (ret->kernel.verdict != TRUST_REJECTED)
        ret->kernel = answer(TRUST_REJECTED, code);
    if (ret->state == TRUST_TRUSTED)
        ret->reason = "the signature holds, but a driver policy keeps the file from being loaded";
}

void trust_rules_package(struct trust_result *ret) {
    ret->user = ret->strict = ret->kernel = answer(TRUST_CANNOT_TELL, 0);
    if (ret->state == TRUST_TRUSTED)
        ret->reason = "the signature of the package that the file belongs to holds, and covers it";
    else if (ret->state == TRUST_DIGEST_MISMATCH)
        ret->reason = "the file is not the one that its package was signed with";
}

void trust_rules_decide(const struct trust_input *given, struct trust_result *ret) {
    struct trust_input own = *given, *input = &own;
    if (own.time < YEAR_2010) {
        own.chain_faults &= ~(unsigned)X509_WEAK_KEY;
        own.special_faults &= ~(unsigned)X509_WEAK_KEY;
    }
    *ret = (struct trust_result){.state = TRUST_UNKNOWN};
    if (!input->is_signed) {
        decide_unsigned(input, ret);
    } else {
        ret->flags = flags_of(input);
        ret->user = user_mode(input, ret->flags);
        ret->kernel = kernel_mode(input, &ret->flags);
        ret->strict = ret->user;
        if (ret->user.verdict == TRUST_ACCEPTED && input->slack)
            ret->strict = answer(TRUST_REJECTED, TRUST_E_NOSIGNATURE);
        ret->state = state_of(input, ret->flags);
    }
    ret->reason = reason_of(input, ret);
}

const char *trust_rules_state(enum trust_state state) {
    static const char *const words[] = {"trusted",
                                        "trusted-but-altered-slack",
                                        "weak-digest",
                                        "expired-not-timestamped",
                                        "not-for-code-signing",
                                        "untrusted-root",
                                        "revoked-or-distrusted",
                                        "digest-mismatch",
                                        "malformed",
                                        "unsigned",
                                        "unknown"};
    return (unsigned)state < sizeof words / sizeof words[0] ? words[state] : "unknown";
}

const char *trust_rules_verdict(enum trust_verdict verdict) {
    return verdict == TRUST_ACCEPTED ? "accepted" : verdict == TRUST_REJECTED ? "rejected" : "unknown";
}

const char *trust_rules_flag(unsigned at) {
    static const char *const words[TRUST_FLAGS] = {"slack",
                                                   "weak-digest",
                                                   "sha1",
                                                   "expired",
                                                   "usage",
                                                   "root",
                                                   "chain",
                                                   "curve",
                                                   "distrusted",
                                                   "digest",
                                                   "seal",
                                                   "stamped",
                                                   "bad-stamp",
                                                   "stamp-untrusted",
                                                   "lifetime",
                                                   "whql",
                                                   "cross-signed",
                                                   "firmware",
                                                   "page-hashes",
                                                   "other-mismatch",
                                                   "other-distrusted",
                                                   "driver-policy",
                                                   "weak-key"};
    return at < TRUST_FLAGS ? words[at] : "";
}
