#include "format/appx.h"

#include "format/der.h"

#define SIP_INFO "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x1e" /* 1.3.6.1.4.1.311.2.1.30 */
#define SHA256   "\x60\x86\x48\x01\x65\x03\x04\x02\x01"

enum { DIGEST = 32 };

static bool refuse(struct fault *why, enum fault_code code, uint64_t offset, const char *text) {
    *why = (struct fault){code, offset, text};
    return false;
}

static bool read_list(struct cursor *c, struct appx *ret, struct fault *why) {
    const struct {
        const char *tag;
        struct span *to;
    } parts[] = {{"AXPC", &ret->records},
                 {"AXCD", &ret->directory},
                 {"AXCT", &ret->types},
                 {"AXBM", &ret->block_map},
                 {"AXCI", &ret->catalog}};
    for (size_t n = 0; cursor_left(c) > 0; n++) {
        uint64_t offset = cursor_offset(c);
        struct span tag = cursor_take(c, 4), digest = cursor_take(c, DIGEST), *to = NULL;
        if (c->torn || n == APPX_PARTS)
            return refuse(why, c->torn ? FAULT_TORN : FAULT_LIMIT, offset,
                          "a package's list of digests that ends early or has too many");
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
            if (span_starts(tag, parts[i].tag, 4))
                to = parts[i].to;
        if (to && to->size > 0)
            return refuse(why, FAULT_BAD, offset, "a part of a package that is signed twice");
        if (to)
            *to = digest;
        else
            ret->unknown++;
    }
    return true;
}

/* SpcIndirectDataContent ::= SEQUENCE { data, DigestInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING } }
 */
bool appx_read(struct span content, struct appx *ret, struct fault *why) {
    struct cursor c = cursor_of(content), data, info, algorithm;
    struct der type, oid, digest;
    *ret = (struct appx){.unknown = 0};
    *why = (struct fault){0};
    if (!der_enter(&c, DER_SEQUENCE, &data) || !der_expect(&data, DER_OID, &type, why) ||
        !der_enter(&c, DER_SEQUENCE, &info) || !der_enter(&info, DER_SEQUENCE, &algorithm) ||
        !der_expect(&algorithm, DER_OID, &oid, why) || !der_expect(&info, DER_OCTET_STRING, &digest, why))
        return refuse(why, FAULT_BAD, content.offset, "a package's signature without a digest");
    if (!der_is_oid(&type, SIP_INFO, sizeof SIP_INFO - 1))
        return refuse(why, FAULT_BAD, content.offset, "the signature is for another kind of file");
    if (!der_is_oid(&oid, SHA256, sizeof SHA256 - 1))
        return refuse(why, FAULT_UNSUPPORTED, content.offset,
                      "a package signed with another digest than SHA-256");
    struct cursor list = der_inside(&digest);
    if (!span_starts(cursor_take(&list, 4), "APPX", 4))
        return refuse(why, FAULT_BAD, content.offset, "a package's list of digests without its mark");
    return read_list(&list, ret, why);
}
