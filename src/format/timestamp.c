#include "format/timestamp.h"

#include "format/der_time.h"

#define TOKEN_MICROSOFT  "\x2b\x06\x01\x04\x01\x82\x37\x03\x03\x01"     /* 1.3.6.1.4.1.311.3.3.1 */
#define TOKEN_CMS        "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e" /* RFC 3161, appendix A */
#define COUNTERSIGNATURE "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06"         /* RFC 2985, 5.3.6 */
#define TST_INFO         "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04" /* RFC 3161, 2.4.2 */
#define CERTIFICATE_V1   "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c" /* RFC 2634, 5.4 */
#define CERTIFICATE_V2   "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f" /* RFC 5035, 3 */
#define DATA             "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"

#define OID(text) span_of(text, sizeof(text) - 1, 0)

/* The first value of the first attribute with this type. */
static bool value_of(const struct pkcs7_signer *signer, struct span oid, struct span *ret) {
    struct cursor c = pkcs7_unsigned_attributes(signer);
    struct pkcs7_attribute attribute;
    struct der value;
    struct fault why;
    if (!pkcs7_attribute_find(&c, oid.data, oid.size, &attribute))
        return false;
    struct cursor values = cursor_of(attribute.values);
    *ret = attribute.values;
    if (der_next(&values, &value, &why))
        *ret = value.whole;
    return true;
}

/* TSTInfo ::= SEQUENCE { version, policy, messageImprint SEQUENCE { AlgorithmIdentifier, OCTET STRING },
 * serial, genTime, ... }. False if it cannot be read; *covers says whether the imprint is that of `octets`.
 */
static bool read_info(struct span payload, struct span octets, struct timestamp *ret, bool *covers,
                      bool *known) {
    struct cursor top = cursor_of(payload), c, imprint;
    struct der value, oid;
    struct fault why;
    enum digest_kind kind;
    uint8_t digest[DIGEST_MAX];
    if (!der_expect(&top, DER_SEQUENCE, &value, &why))
        return false;
    c = der_inside(&value);
    if (!der_expect(&c, DER_INTEGER, &value, &why) || !der_expect(&c, DER_OID, &value, &why) ||
        !der_expect(&c, DER_SEQUENCE, &value, &why))
        return false;
    imprint = der_inside(&value);
    if (!der_expect(&imprint, DER_SEQUENCE, &value, &why))
        return false;
    struct cursor algorithm = der_inside(&value);
    if (!der_expect(&algorithm, DER_OID, &oid, &why) || !der_expect(&imprint, DER_OCTET_STRING, &value, &why))
        return false;
    *known = pkcs7_digest_kind(oid.content, &kind);
    if (*known) {
        digest_once(kind, octets, digest);
        *covers = span_equal(value.content, span_of(digest, digest_size(kind), 0));
    }
    return der_expect(&c, DER_INTEGER, &value, &why) && der_next(&c, &value, &why) &&
           der_time(&value, &ret->time);
}

/* Both sets of certificates, the stamp's first. */
static size_t join(struct job *job, const struct x509 *const *a, size_t a_count, const struct x509 *const *b,
                   size_t b_count, const struct x509 *const **ret) {
    const struct x509 **all = job_alloc(job, a_count + b_count, sizeof(*all));
    *ret = all;
    if (!all)
        return 0;
    for (size_t i = 0; i < a_count; i++)
        all[i] = a[i];
    for (size_t i = 0; i < b_count; i++)
        all[a_count + i] = b[i];
    return a_count + b_count;
}

/* SigningCertificate[V2] ::= SEQUENCE { SEQUENCE OF SEQUENCE { AlgorithmIdentifier OPTIONAL, OCTET STRING ...
 * } ... }: the first is the signer's. True if it is this certificate, if the attribute is not there, and if
 * its algorithm is not known. */
static bool names(const struct pkcs7_signer *signer, struct span oid, enum digest_kind kind,
                  const struct x509 *certificate) {
    struct cursor c = pkcs7_signed_attributes(signer), list, ids, id, algorithm;
    struct pkcs7_attribute attribute;
    struct der value;
    struct fault why;
    uint8_t digest[DIGEST_MAX];
    if (!pkcs7_attribute_find(&c, oid.data, oid.size, &attribute))
        return true;
    struct cursor values = cursor_of(attribute.values);
    if (!der_enter(&values, DER_SEQUENCE, &list) || !der_enter(&list, DER_SEQUENCE, &ids) ||
        !der_enter(&ids, DER_SEQUENCE, &id))
        return false;
    struct cursor before = id;
    if (!der_enter(&id, DER_SEQUENCE, &algorithm))
        id = before;
    else if (!der_expect(&algorithm, DER_OID, &value, &why))
        return false;
    else if (!pkcs7_digest_kind(value.content, &kind))
        return true;
    if (!der_expect(&id, DER_OCTET_STRING, &value, &why))
        return false;
    digest_once(kind, certificate->der, digest);
    return span_equal(value.content, span_of(digest, digest_size(kind), 0));
}

static void judge(struct job *job, struct x509_store *store, const struct pkcs7_signer *signer,
                  struct span type, struct span payload, const struct x509 *const *all, size_t count,
                  struct timestamp *ret) {
    ret->signer = pkcs7_certificate_of(signer, all, count);
    if (!ret->signer) {
        ret->faults |= TIMESTAMP_SIGNER;
        return;
    }
    if (!names(signer, OID(CERTIFICATE_V1), DIGEST_SHA1, ret->signer) ||
        !names(signer, OID(CERTIFICATE_V2), DIGEST_SHA256, ret->signer))
        ret->faults |= TIMESTAMP_NAMED;
    enum x509_verdict seal = pkcs7_seal(job, signer, ret->signer, type, payload);
    if (seal != X509_GOOD)
        ret->faults |= seal == X509_WRONG ? TIMESTAMP_SEAL : TIMESTAMP_ALGORITHM;
    x509_chain_build(store, ret->signer, all, count, X509_FOR_TIME, ret->time, &ret->chain);
    if (ret->chain.faults & ~(unsigned)X509_WEAK_DIGEST)
        ret->faults |= TIMESTAMP_CHAIN;
}

static void read_token(struct job *job, struct x509_store *store, struct span der,
                       const struct pkcs7_signer *stamped, const struct x509 *const *outer,
                       size_t outer_count, struct timestamp *ret) {
    struct pkcs7 *token = job_alloc(job, 1, sizeof *token);
    const struct x509 **own = NULL;
    const struct x509 *const *all;
    struct fault why;
    bool covers = false, known = false;
    ret->kind = TIMESTAMP_RFC3161;
    if (!token || !(pkcs7_decode(der, token, &why) || pkcs7_decode_loose(job, der, token)) ||
        token->signer_count != 1 || token->signers_omitted > 0 ||
        !span_equal(token->content_type, OID(TST_INFO)) ||
        !read_info(pkcs7_payload(token), stamped->signature, ret, &covers, &known)) {
        ret->faults = TIMESTAMP_MALFORMED;
        ret->time = 0;
        return;
    }
    if (!covers)
        ret->faults |= known ? TIMESTAMP_IMPRINT : TIMESTAMP_ALGORITHM;
    ret->certificate_count = pkcs7_certificates(job, store, token, &own);
    ret->certificates = own;
    size_t count = join(job, own, ret->certificate_count, outer, outer_count, &all);
    judge(job, store, &token->signers[0], token->content_type, pkcs7_payload(token), all, count, ret);
}

static void read_countersignature(struct job *job, struct x509_store *store, struct span der,
                                  const struct pkcs7_signer *stamped, const struct x509 *const *outer,
                                  size_t outer_count, struct timestamp *ret) {
    struct pkcs7_signer signer;
    struct fault why;
    ret->kind = TIMESTAMP_PKCS9;
    if (!pkcs7_signer_decode(der, &signer, &why) || !(ret->time = pkcs7_signing_time(&signer))) {
        ret->faults = TIMESTAMP_MALFORMED;
        return;
    }
    judge(job, store, &signer, OID(DATA), stamped->signature, outer, outer_count, ret);
}

void timestamp_read(struct job *job, struct x509_store *store, const struct pkcs7_signer *signer,
                    const struct x509 *const *outer, size_t outer_count, struct timestamp *ret) {
    struct span der;
    memset(ret, 0, sizeof *ret);
    if (value_of(signer, OID(TOKEN_MICROSOFT), &der) || value_of(signer, OID(TOKEN_CMS), &der))
        read_token(job, store, der, signer, outer, outer_count, ret);
    else if (value_of(signer, OID(COUNTERSIGNATURE), &der))
        read_countersignature(job, store, der, signer, outer, outer_count, ret);
}

const char *timestamp_word(enum timestamp_kind kind) {
    static const char *const words[] = {NULL, "rfc3161", "pkcs9"};
    return words[kind];
}

const char *timestamp_fault_text(unsigned faults) {
    static const struct {
        unsigned fault;
        const char *text;
    } texts[] = {
        {TIMESTAMP_MALFORMED, "the time stamp cannot be read"},
        {TIMESTAMP_IMPRINT, "the time stamp was made over something else"},
        {TIMESTAMP_SEAL, "the signature of the time stamp does not hold"},
        {TIMESTAMP_SIGNER, "the certificate of the time stamp's signer is missing"},
        {TIMESTAMP_NAMED, "the time stamp names another certificate than the one it was signed with"},
        {TIMESTAMP_CHAIN, "the time stamp's signer is not trusted"},
        {TIMESTAMP_ALGORITHM, "the time stamp uses an algorithm that is not known"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (faults & texts[i].fault)
            return texts[i].text;
    return NULL;
}
