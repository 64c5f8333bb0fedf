#include "format/authenticode_signer.h"

#include "format/der.h"

enum { CERTIFICATES = DER_CONTEXT | DER_CONSTRUCTED, LISTS, HEADER = 8, COUNT = 256 };

/* SignedData as spans of whole values; lists (revocation) are left out of the copy. */
struct parts {
    struct span oid, version, algorithms, content, certificates, signers;
};

static bool inside(struct cursor *outer, uint8_t identifier, struct cursor *ret) {
    struct der value;
    struct fault why;
    if (!der_expect(outer, identifier, &value, &why))
        return false;
    *ret = der_inside(&value);
    return true;
}

static bool whole(struct cursor *c, uint8_t identifier, struct span *ret) {
    struct der value;
    struct fault why;
    if (!der_expect(c, identifier, &value, &why))
        return false;
    *ret = value.whole;
    return true;
}

static bool split(struct span der, struct parts *ret) {
    struct cursor top = cursor_of(der), info, explicit, c;
    struct span lists;
    if (!inside(&top, DER_SEQUENCE, &info) || !whole(&info, DER_OID, &ret->oid) ||
        !inside(&info, CERTIFICATES, &explicit) || !inside(&explicit, DER_SEQUENCE, &c) ||
        !whole(&c, DER_INTEGER, &ret->version) || !whole(&c, DER_SET, &ret->algorithms) ||
        !whole(&c, DER_SEQUENCE, &ret->content) || !whole(&c, CERTIFICATES, &ret->certificates))
        return false;
    struct cursor behind = c;
    if (whole(&behind, LISTS, &lists))
        c = behind;
    return whole(&c, DER_SET, &ret->signers) && cursor_left(&c) == 0;
}

/* Issuer and serial number that the first SignerInfo names. */
static bool named(struct span signers, struct span *issuer, struct span *serial) {
    struct cursor top = cursor_of(signers), set, info, id;
    struct span version;
    return inside(&top, DER_SET, &set) && inside(&set, DER_SEQUENCE, &info) &&
           whole(&info, DER_INTEGER, &version) && inside(&info, DER_SEQUENCE, &id) &&
           whole(&id, DER_SEQUENCE, issuer) && whole(&id, DER_INTEGER, serial);
}

/* Does this certificate (X.509, RFC 5280, 4.1) carry them? */
static bool is_it(struct span certificate, struct span issuer, struct span serial) {
    struct cursor top = cursor_of(certificate), outer, tbs;
    struct span version, number, algorithm, name;
    if (!inside(&top, DER_SEQUENCE, &outer) || !inside(&outer, DER_SEQUENCE, &tbs))
        return false;
    struct cursor behind = tbs;
    if (whole(&behind, CERTIFICATES, &version)) /* [0] EXPLICIT version */
        tbs = behind;
    return whole(&tbs, DER_INTEGER, &number) && span_equal(number, serial) &&
           whole(&tbs, DER_SEQUENCE, &algorithm) && whole(&tbs, DER_SEQUENCE, &name) &&
           span_equal(name, issuer);
}

static bool find(const struct parts *parts, struct span *ret) {
    struct span issuer, serial;
    struct cursor top = cursor_of(parts->certificates), set;
    if (!named(parts->signers, &issuer, &serial) || !inside(&top, CERTIFICATES, &set))
        return false;
    for (unsigned i = 0; i < COUNT && whole(&set, DER_SEQUENCE, ret); i++)
        if (is_it(*ret, issuer, serial))
            return true;
    return false;
}

/* Written from the end, so that every length is known when its header is due. */
struct back {
    uint8_t *bytes;
    size_t at;
    bool full;
};

static void put(struct back *out, struct span bytes) {
    out->full = out->full || bytes.size > out->at;
    if (out->full)
        return;
    out->at -= bytes.size;
    span_copy(bytes, out->bytes + out->at, bytes.size);
}

static void wrap(struct back *out, uint8_t identifier, size_t end) {
    size_t length = end - out->at, n = HEADER;
    uint8_t header[HEADER];
    for (size_t rest = length; rest > 0 || n == HEADER; rest >>= 8)
        header[--n] = (uint8_t)rest;
    if (length >= 0x80) {
        uint8_t octets = (uint8_t)(HEADER - n);
        header[--n] = (uint8_t)(0x80 | octets);
    }
    header[--n] = identifier;
    put(out, span_of(header + n, HEADER - n, 0));
}

struct span authenticode_signer_only(struct job *job, struct span der) {
    struct parts parts;
    struct span certificate;
    if (der.size > UINT32_MAX || !split(der, &parts) || !find(&parts, &certificate))
        return der;
    struct back out = {job_alloc(job, der.size, 1), der.size, false};
    if (!out.bytes)
        return der;
    put(&out, parts.signers);
    size_t end = out.at;
    put(&out, certificate);
    wrap(&out, CERTIFICATES, end);
    put(&out, parts.content);
    put(&out, parts.algorithms);
    put(&out, parts.version);
    wrap(&out, DER_SEQUENCE, der.size);
    wrap(&out, CERTIFICATES, der.size);
    put(&out, parts.oid);
    wrap(&out, DER_SEQUENCE, der.size);
    return out.full ? der : span_of(out.bytes + out.at, der.size - out.at, der.offset);
}
