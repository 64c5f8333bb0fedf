#include "format/authenticode_stowage.h"

#include "format/der.h"

/* Types of unauthenticated attributes with a known use. */
static const struct {
    uint8_t size;
    char oid[12];
} known[] = {
    {10, "\x2b\x06\x01\x04\x01\x82\x37\x03\x03\x01"},     /* RFC 3161 token, Microsoft's number */
    {11, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e"}, /* the same, RFC 3161 appendix A */
    {9, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06"},          /* countersignature */
    {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x01"},     /* nested signature */
    {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x03"},     /* sealing signature */
    {10, "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x04"},     /* sealing time stamp */
};

static bool is_known(struct span oid) {
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_equal(oid, span_of(known[i].oid, known[i].size, 0)))
            return true;
    return false;
}

/* Of a time stamp only the first value is ever read; nested signatures may be many. */
static struct span behind_first(const struct pkcs7_attribute *attribute) {
    static const uint8_t nested[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x04, 0x01};
    struct cursor c = cursor_of(attribute->values);
    struct der value;
    struct fault why;
    bool many = span_equal(attribute->oid, span_of(nested, sizeof nested, 0));
    return many || !der_next(&c, &value, &why) ? span_part(attribute->values, 0, 0)
                                               : span_from(attribute->values, value.whole.size);
}

static bool add_attribute(struct job *job, struct span bytes, struct span oid,
                          struct authenticode_stowage *to) {
    to->attributes++;
    to->attribute_bytes += bytes.size;
    if (bytes.size <= to->attribute.size)
        return true;
    to->attribute = bytes;
    to->attribute_oid = NULL;
    if (oid.size == 0)
        return true;
    char *text = job_alloc(job, DER_OID_TEXT, 1);
    if (!text)
        return false;
    der_oid_text(oid, text);
    to->attribute_oid = text;
    return true;
}

/* What the walk does not understand counts as stowed, too, to the end. */
static bool measure_attributes(struct job *job, const struct pkcs7_signer *signer,
                               struct authenticode_stowage *to) {
    struct cursor c = pkcs7_unsigned_attributes(signer);
    struct pkcs7_attribute attribute;
    size_t at = c.at;
    bool memory = true;
    while (memory && cursor_left(&c) > 0) {
        at = c.at;
        if (!pkcs7_attribute_next(&c, &attribute)) {
            struct span rest = span_from(c.span, at);
            return add_attribute(job, rest, span_part(rest, 0, 0), to);
        }
        struct span unused = is_known(attribute.oid) ? behind_first(&attribute) : attribute.whole;
        if (unused.size > 0)
            memory = add_attribute(job, unused, attribute.oid, to);
    }
    return memory;
}

/* Marks, link by link, the certificates whose name issued one that is marked. */
static void mark(const struct authenticode_signature *s, bool *marked) {
    bool more = true;
    for (unsigned round = 0; more && round < PKCS7_CERTIFICATES; round++) {
        more = false;
        for (size_t i = 0; i < s->certificate_count; i++)
            for (size_t j = 0; j < s->certificate_count && !marked[i]; j++)
                if (marked[j] && span_equal(s->certificates[j]->issuer_der, s->certificates[i]->subject_der))
                    marked[i] = more = true;
    }
}

static void mark_stamp(const struct authenticode_signature *s, bool *marked) {
    for (size_t i = 0; i < s->certificate_count; i++) {
        const struct x509 *c = s->certificates[i];
        bool issued = s->stamp.signer && span_equal(s->stamp.signer->issuer_der, c->subject_der);
        for (size_t j = 0; j < s->stamp.certificate_count && !issued; j++)
            issued = span_equal(s->stamp.certificates[j]->issuer_der, c->subject_der);
        if (c == s->signer || c == s->stamp.signer || issued)
            marked[i] = true;
    }
}

static void add_certificate(struct span bytes, const char *subject, struct authenticode_stowage *to) {
    to->certificates++;
    to->certificate_bytes += bytes.size;
    if (bytes.size <= to->certificate.size)
        return;
    to->certificate = bytes;
    to->certificate_subject = subject;
}

/* Is this one of the certificates that were decoded, and is it marked? */
static const struct x509 *decoded(const struct authenticode_signature *s, struct span der, const bool *marked,
                                  bool *related) {
    for (size_t i = 0; i < s->certificate_count; i++)
        if (span_equal(s->certificates[i]->der, der)) {
            *related = marked[i];
            return s->certificates[i];
        }
    return NULL;
}

bool authenticode_stowage_measure(struct job *job, const struct pkcs7 *pkcs7,
                                  struct authenticode_signature *signature) {
    struct authenticode_stowage *to = &signature->stowage;
    bool marked[PKCS7_CERTIFICATES] = {false}, memory = true;
    to->list_bytes = pkcs7->list_bytes;
    for (size_t i = 0; i < pkcs7->signer_count && memory; i++)
        memory = measure_attributes(job, &pkcs7->signers[i], to);
    mark_stamp(signature, marked);
    for (size_t i = 0; i < pkcs7->signer_count; i++) {
        const struct x509 *signer =
            pkcs7_certificate_of(&pkcs7->signers[i], signature->certificates, signature->certificate_count);
        for (size_t j = 0; j < signature->certificate_count; j++)
            marked[j] = marked[j] || signature->certificates[j] == signer;
    }
    mark(signature, marked);
    for (size_t i = 0; i < pkcs7->certificate_count; i++) {
        bool related = false;
        const struct x509 *c = decoded(signature, pkcs7->certificates[i], marked, &related);
        if (!related)
            add_certificate(pkcs7->certificates[i], c ? c->subject : NULL, to);
    }
    return memory;
}
