#include "format/pkcs7_seal.h"

#include "format/der_time.h"

#define MESSAGE_DIGEST "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04" /* 1.2.840.113549.1.9.4 */
#define CONTENT_TYPE   "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define SIGNING_TIME   "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"

static const struct {
    enum digest_kind kind;
    uint8_t size;
    char oid[10];
} algorithms[] = {
    {DIGEST_MD5, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x05"},
    {DIGEST_SHA1, 5, "\x2b\x0e\x03\x02\x1a"},
    {DIGEST_SHA256, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x01"},
    {DIGEST_SHA384, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x02"},
    {DIGEST_SHA512, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x03"},
};

/* Signature algorithms under which RSA means PKCS #1 1.5 and EC means ECDSA; RSASSA-PSS is none of them. */
#define PSS "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"

bool pkcs7_digest_kind(struct span oid, enum digest_kind *ret) {
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (span_equal(oid, span_of(algorithms[i].oid, algorithms[i].size, 0))) {
            *ret = algorithms[i].kind;
            return true;
        }
    return false;
}

size_t pkcs7_certificates(struct job *job, struct x509_store *store, const struct pkcs7 *pkcs7,
                          const struct x509 ***ret) {
    size_t count = 0;
    struct fault why;
    *ret = job_alloc(job, pkcs7->certificate_count, sizeof **ret);
    for (size_t i = 0; *ret && i < pkcs7->certificate_count; i++) {
        const struct x509 *certificate = x509_read(store, pkcs7->certificates[i], &why);
        if (certificate)
            (*ret)[count++] = certificate;
        else
            job_note(job, why.code, pkcs7->certificates[i].offset, why.text);
    }
    return count;
}

const struct x509 *pkcs7_certificate_of(const struct pkcs7_signer *signer,
                                        const struct x509 *const *certificates, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct x509 *c = certificates[i];
        bool named = signer->issuer.size > 0 && span_equal(c->issuer_der, signer->issuer) &&
                     span_equal(c->serial_der, signer->serial);
        bool keyed = signer->key_identifier.size > 0 && span_equal(c->key_identifier, signer->key_identifier);
        if (named || keyed)
            return c;
    }
    return NULL;
}

/* The single value of a signed attribute that must occur once. */
static bool attribute(const struct pkcs7_signer *signer, const char *oid, uint8_t identifier,
                      struct der *ret) {
    struct cursor c = pkcs7_signed_attributes(signer);
    struct pkcs7_attribute found, again;
    struct fault why;
    if (!pkcs7_attribute_find(&c, oid, 9, &found) || pkcs7_attribute_find(&c, oid, 9, &again))
        return false;
    struct cursor values = cursor_of(found.values);
    return (identifier ? der_expect(&values, identifier, ret, &why) : der_next(&values, ret, &why)) &&
           cursor_left(&values) == 0;
}

/* The signed attributes as they were signed: with the tag of a SET instead of [0] (RFC 2315, 9.3). */
static bool as_set(struct job *job, struct span attributes, struct span *ret) {
    uint8_t *copy = job_alloc(job, attributes.size, 1);
    if (!copy || attributes.size == 0)
        return false;
    span_copy(attributes, copy, attributes.size);
    copy[0] = DER_SET;
    *ret = span_of(copy, attributes.size, attributes.offset);
    return true;
}

enum x509_verdict pkcs7_seal(struct job *job, const struct pkcs7_signer *signer,
                             const struct x509 *certificate, struct span content_type, struct span payload) {
    enum digest_kind kind;
    struct der claimed, type;
    struct span set;
    uint8_t digest[DIGEST_MAX];
    if (signer->attributes.size == 0 || !pkcs7_digest_kind(signer->digest, &kind) ||
        span_equal(signer->cipher, span_of(PSS, sizeof PSS - 1, 0)))
        return X509_CANNOT_TELL;
    if (!attribute(signer, MESSAGE_DIGEST, DER_OCTET_STRING, &claimed) ||
        !attribute(signer, CONTENT_TYPE, DER_OID, &type))
        return X509_WRONG;
    digest_once(kind, payload, digest);
    if (!span_equal(claimed.content, span_of(digest, digest_size(kind), 0)) ||
        !span_equal(type.content, content_type))
        return X509_WRONG;
    if (!as_set(job, signer->attributes, &set))
        return X509_CANNOT_TELL;
    return x509_verify_bytes(certificate, kind, set, signer->signature);
}

uint64_t pkcs7_signing_time(const struct pkcs7_signer *signer) {
    struct der value;
    uint64_t time = 0;
    return attribute(signer, SIGNING_TIME, 0, &value) && der_time(&value, &time) ? time : 0;
}
