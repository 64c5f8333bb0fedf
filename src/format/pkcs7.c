#include "format/pkcs7.h"

#include "format/der.h"
#include "format/der_definite.h"

#define SIGNED_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" /* 1.2.840.113549.1.7.2 */

enum { ZERO = DER_CONTEXT | DER_CONSTRUCTED, ONE };

static bool inside(struct cursor *outer, uint8_t identifier, struct cursor *ret, struct fault *why) {
    struct der value;
    if (!der_expect(outer, identifier, &value, why))
        return false;
    *ret = der_inside(&value);
    return true;
}

static bool whole(struct cursor *c, uint8_t identifier, struct span *ret, struct fault *why) {
    struct der value;
    if (!der_expect(c, identifier, &value, why))
        return false;
    *ret = value.whole;
    return true;
}

static bool content(struct cursor *c, uint8_t identifier, struct span *ret, struct fault *why) {
    struct der value;
    if (!der_expect(c, identifier, &value, why))
        return false;
    *ret = value.content;
    return true;
}

/* AlgorithmIdentifier ::= SEQUENCE { OBJECT IDENTIFIER, parameters OPTIONAL } */
static bool algorithm(struct cursor *c, struct span *ret, struct fault *why) {
    struct cursor inner;
    return inside(c, DER_SEQUENCE, &inner, why) && content(&inner, DER_OID, ret, why);
}

/* True if the next value has this identifier; nothing is taken. */
static bool is_next(const struct cursor *c, uint8_t identifier) {
    return cursor_left(c) > 0 && span_u8(c->span, c->at) == identifier;
}

static bool bad(const struct cursor *c, const char *text, struct fault *why) {
    *why = (struct fault){FAULT_BAD, cursor_offset(c), text};
    return false;
}

static bool signer_name(struct cursor *c, struct pkcs7_signer *ret, struct fault *why) {
    struct cursor id;
    if (is_next(c, DER_CONTEXT))
        return content(c, DER_CONTEXT, &ret->key_identifier, why);
    return inside(c, DER_SEQUENCE, &id, why) && whole(&id, DER_SEQUENCE, &ret->issuer, why) &&
           whole(&id, DER_INTEGER, &ret->serial, why);
}

/* SignerInfo ::= SEQUENCE { version, sid, digestAlgorithm, [0] signedAttrs OPTIONAL, signatureAlgorithm,
 * signature, [1] unsignedAttrs OPTIONAL } */
static bool signer_read(struct cursor *set, struct pkcs7_signer *ret, struct fault *why) {
    struct der value;
    struct span version;
    *ret = (struct pkcs7_signer){.whole = span_part(set->span, 0, 0)};
    struct span none = ret->whole;
    ret->issuer = ret->serial = ret->key_identifier = ret->attributes = ret->unsigned_attributes = none;
    if (!der_expect(set, DER_SEQUENCE, &value, why))
        return false;
    struct cursor c = der_inside(&value);
    ret->whole = value.whole;
    if (!whole(&c, DER_INTEGER, &version, why) || !signer_name(&c, ret, why) ||
        !algorithm(&c, &ret->digest, why))
        return false;
    if (is_next(&c, ZERO) && !whole(&c, ZERO, &ret->attributes, why))
        return false;
    if (!algorithm(&c, &ret->cipher, why) || !content(&c, DER_OCTET_STRING, &ret->signature, why))
        return false;
    if (is_next(&c, ONE) && !content(&c, ONE, &ret->unsigned_attributes, why))
        return false;
    return cursor_left(&c) == 0 || bad(&c, "a signer's information holds more than it may", why);
}

bool pkcs7_signer_decode(struct span der, struct pkcs7_signer *ret, struct fault *why) {
    struct cursor c = cursor_of(der);
    return signer_read(&c, ret, why);
}

/* CertificateSet; what is no X.509 certificate ([0], [1] and so on) is skipped. */
static bool certificates_read(struct cursor *c, struct pkcs7 *ret, struct fault *why) {
    struct cursor set;
    struct der value;
    if (!inside(c, ZERO, &set, why))
        return false;
    while (cursor_left(&set) > 0) {
        if (!der_next(&set, &value, why))
            return false;
        if (value.identifier == DER_SEQUENCE && ret->certificate_count < PKCS7_CERTIFICATES)
            ret->certificates[ret->certificate_count++] = value.whole;
        else
            ret->certificates_omitted++;
    }
    return true;
}

static bool signers_read(struct cursor *c, struct pkcs7 *ret, struct fault *why) {
    struct cursor set;
    struct der value;
    if (!inside(c, DER_SET, &set, why))
        return false;
    while (cursor_left(&set) > 0 && ret->signer_count < PKCS7_SIGNERS)
        if (!signer_read(&set, &ret->signers[ret->signer_count++], why))
            return false;
    for (; cursor_left(&set) > 0; ret->signers_omitted++)
        if (!der_next(&set, &value, why))
            return false;
    return true;
}

static bool content_read(struct cursor *c, struct pkcs7 *ret, struct fault *why) {
    struct cursor info, explicit;
    struct der value;
    if (!inside(c, DER_SEQUENCE, &info, why) || !content(&info, DER_OID, &ret->content_type, why))
        return false;
    ret->content = span_part(info.span, info.span.size, 0);
    if (cursor_left(&info) == 0)
        return true;
    if (!inside(&info, ZERO, &explicit, why))
        return false;
    if (!der_next(&explicit, &value, why))
        return bad(&explicit, "signed data holds no content where it says so", why);
    ret->content = value.whole;
    return (cursor_left(&explicit) == 0 && cursor_left(&info) == 0) ||
           bad(&explicit, "bytes follow the signed content", why);
}

bool pkcs7_decode(struct span der, struct pkcs7 *ret, struct fault *why) {
    struct cursor top = cursor_of(der), info, explicit, c;
    struct span oid, part;
    struct der value;
    memset(ret, 0, sizeof *ret);
    if (!inside(&top, DER_SEQUENCE, &info, why) || !content(&info, DER_OID, &oid, why))
        return false;
    if (!span_equal(oid, span_of(SIGNED_DATA, sizeof SIGNED_DATA - 1, 0)))
        return bad(&info, "it is no SignedData", why);
    if (!inside(&info, ZERO, &explicit, why) || !inside(&explicit, DER_SEQUENCE, &c, why) ||
        !whole(&c, DER_INTEGER, &part, why) || !whole(&c, DER_SET, &part, why) || !content_read(&c, ret, why))
        return false;
    if (is_next(&c, ZERO) && !certificates_read(&c, ret, why))
        return false;
    if (is_next(&c, ONE)) {
        if (!der_expect(&c, ONE, &value, why))
            return false;
        ret->list_bytes = value.whole.size;
    }
    if (!signers_read(&c, ret, why))
        return false;
    bool whole = cursor_left(&c) == 0 && cursor_left(&explicit) == 0 && cursor_left(&info) == 0;
    return whole || bad(&c, "signed data holds more than it may", why);
}

bool pkcs7_decode_loose(struct job *job, struct span ber, struct pkcs7 *ret) {
    struct fault before = job->fault, why;
    struct span definite;
    bool good = der_definite(job, ber, &definite) && pkcs7_decode(definite, ret, &why);
    job->fault = before;
    return good;
}

struct span pkcs7_payload(const struct pkcs7 *pkcs7) {
    struct cursor c = cursor_of(pkcs7->content);
    struct der value;
    struct fault why;
    return der_next(&c, &value, &why) ? value.content : span_part(pkcs7->content, 0, 0);
}

struct cursor pkcs7_signed_attributes(const struct pkcs7_signer *signer) {
    struct cursor c = cursor_of(signer->attributes);
    struct der value;
    struct fault why;
    return der_next(&c, &value, &why) ? der_inside(&value) : cursor_of(span_part(signer->attributes, 0, 0));
}

struct cursor pkcs7_unsigned_attributes(const struct pkcs7_signer *signer) {
    return cursor_of(signer->unsigned_attributes);
}

bool pkcs7_attribute_next(struct cursor *cursor, struct pkcs7_attribute *ret) {
    struct der value;
    struct fault why;
    if (!der_expect(cursor, DER_SEQUENCE, &value, &why))
        return false;
    struct cursor c = der_inside(&value);
    ret->whole = value.whole;
    return content(&c, DER_OID, &ret->oid, &why) && content(&c, DER_SET, &ret->values, &why) &&
           cursor_left(&c) == 0;
}

bool pkcs7_attribute_find(struct cursor *cursor, const void *oid, size_t size, struct pkcs7_attribute *ret) {
    while (pkcs7_attribute_next(cursor, ret))
        if (span_equal(ret->oid, span_of(oid, size, 0)))
            return true;
    return false;
}
