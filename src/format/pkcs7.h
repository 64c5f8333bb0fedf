/* pkcs7: SignedData as spans (PKCS #7 is RFC 2315, section 9; CMS is RFC 5652, section 5;
 * docs/format/pkcs7.md).
 *
 * One walk for Authenticode signatures, time stamp tokens, countersignatures and catalogs. Takes nothing
 * apart that nobody asks for, allocates nothing and verifies nothing. All spans are parts of `der`. What is
 * not encoded as DER demands (X.690, section 10) is BAD. */
#ifndef FORMAT_PKCS7_H
#define FORMAT_PKCS7_H

#include "base/fault.h"
#include "base/job.h"
#include "base/span.h"

/* Caps; what lies beyond is counted only. */
enum { PKCS7_SIGNERS = 8, PKCS7_CERTIFICATES = 64 };

struct pkcs7_signer {
    struct span whole;               /* the SignerInfo */
    struct span issuer, serial;      /* whole values; empty if named by key_identifier instead */
    struct span key_identifier;      /* content octets of [0] (RFC 5652, 5.3) */
    struct span digest;              /* content octets of the digest algorithm's object identifier */
    struct span attributes;          /* signed ones: the whole value [0]; empty if none */
    struct span cipher;              /* content octets of the signature algorithm's object identifier */
    struct span signature;           /* content octets */
    struct span unsigned_attributes; /* what [1] holds; empty if none */
};

struct pkcs7 {
    struct span content_type; /* content octets of the object identifier */
    struct span content;      /* the value that was signed, whole; empty if it lies elsewhere */
    struct span certificates[PKCS7_CERTIFICATES]; /* whole values, in order */
    size_t certificate_count, certificates_omitted;
    struct pkcs7_signer signers[PKCS7_SIGNERS];
    size_t signer_count, signers_omitted;
    uint64_t list_bytes; /* of revocation lists, which nobody reads */
};

/* Decodes ContentInfo with SignedData, which must fill `der`. False if it is anything else, with *why. */
bool pkcs7_decode(struct span der, struct pkcs7 *ret, struct fault *why) MUST_USE;

/* The same for what is not DER, if that is all that is wrong with it: rewritten by der_definite into the
 * job's memory. Leaves the job's fault and notes alone. */
bool pkcs7_decode_loose(struct job *job, struct span ber, struct pkcs7 *ret) MUST_USE;

/* Decodes a lone SignerInfo, such as the value of a PKCS #9 countersignature (RFC 2985, 5.3.6). */
bool pkcs7_signer_decode(struct span der, struct pkcs7_signer *ret, struct fault *why) MUST_USE;

/* What was digested: the content without its outermost header (RFC 2315, 9.3). */
struct span pkcs7_payload(const struct pkcs7 *pkcs7);

struct pkcs7_attribute {
    struct span oid;    /* content octets */
    struct span values; /* what the SET holds */
    struct span whole;
};

/* The attributes of pkcs7_signer.attributes or unsigned_attributes, one by one. */
struct cursor pkcs7_signed_attributes(const struct pkcs7_signer *signer);
struct cursor pkcs7_unsigned_attributes(const struct pkcs7_signer *signer);
bool pkcs7_attribute_next(struct cursor *cursor, struct pkcs7_attribute *ret) MUST_USE;

/* The next attribute of that type; false if there is none. */
bool pkcs7_attribute_find(struct cursor *cursor, const void *oid, size_t size,
                          struct pkcs7_attribute *ret) MUST_USE;

#endif
