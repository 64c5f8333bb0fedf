#include "format/cat.h"

#include "base/text.h"
#include "format/der_time.h"

#include <stdlib.h>

#define SIGNED_DATA   "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define MEMBER_TWO    "\x2b\x06\x01\x04\x01\x82\x37\x0c\x01\x03" /* 311.12.1.3 */
#define NAME_VALUE    "\x2b\x06\x01\x04\x01\x82\x37\x0c\x02\x01" /* 311.12.2.1 */
#define INDIRECT_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04" /* 311.2.1.4 */

enum { ZERO = DER_CONTEXT | DER_CONSTRUCTED, SHA1 = 20, SHA256 = 32, STEP = 64 };

struct reading {
    struct job *job;
    struct cat *cat;
    size_t room;
};

/* A header in any encoding; only for cat_sniff, which sees no end. */
static bool open_value(struct cursor *c, uint8_t identifier) {
    if (cursor_u8(c) != identifier)
        return false;
    uint8_t first = cursor_u8(c);
    if (first > 0x84)
        return false;
    cursor_skip(c, first > 0x80 ? first & 0x7f : 0);
    return !c->torn;
}

static bool is_oid(struct cursor *c, const char *oid, size_t size) {
    return cursor_u8(c) == DER_OID && cursor_u8(c) == size &&
           span_equal(cursor_take(c, size), span_of(oid, size, 0));
}

bool cat_sniff(struct span head) {
    struct cursor c = cursor_of(head);
    if (!open_value(&c, DER_SEQUENCE) || !is_oid(&c, SIGNED_DATA, sizeof SIGNED_DATA - 1) ||
        !open_value(&c, ZERO) || !open_value(&c, DER_SEQUENCE))
        return false;
    if (cursor_u8(&c) != DER_INTEGER || cursor_u8(&c) != 1)
        return false;
    cursor_skip(&c, 1);
    if (cursor_u8(&c) != DER_SET)
        return false;
    cursor_skip(&c, cursor_u8(&c)); /* one or a few algorithms: always short */
    return open_value(&c, DER_SEQUENCE) && is_oid(&c, CAT_OID, CAT_OID_SIZE);
}

static void note(struct reading *r, enum fault_code code, uint64_t offset, const char *text) {
    r->cat->complete = false;
    job_note(r->job, code, offset, text);
}

static bool grow(struct reading *r) {
    size_t room = r->room ? r->room * 2 : 256;
    struct cat_member *more = job_alloc(r->job, room, sizeof *more);
    if (!more)
        return false;
    for (size_t i = 0; i < r->cat->count; i++)
        more[i] = r->cat->members[i];
    r->cat->members = more;
    r->room = room;
    return true;
}

static bool add(struct reading *r, struct span digest) {
    struct cat *cat = r->cat;
    if (cat->count == CAT_MEMBERS) {
        note(r, FAULT_LIMIT, digest.offset, "a catalog has more members than are read");
        return false;
    }
    if (cat->count == r->room && !grow(r)) {
        cat->complete = false;
        return false;
    }
    cat->members[cat->count].size = (uint8_t)digest.size;
    span_copy(digest, cat->members[cat->count++].digest, SHA256);
    return true;
}

static int nibble(uint8_t c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* A tag that is a digest: raw, or hex in UTF-16LE with or without NUL. */
static size_t tag_digest(struct span tag, uint8_t digest[SHA256]) {
    size_t units = tag.size / 2;
    if (tag.size == SHA1 || tag.size == SHA256)
        return span_copy(tag, digest, SHA256);
    if (units > 0 && span_u8(tag, 2 * units - 2) == 0 && span_u8(tag, 2 * units - 1) == 0)
        units--;
    if (tag.size % 2 != 0 || (units != 2 * SHA1 && units != 2 * SHA256))
        return 0;
    for (size_t i = 0; i < units; i++) {
        int value = span_u8(tag, 2 * i + 1) == 0 ? nibble(span_u8(tag, 2 * i)) : -1;
        if (value < 0)
            return 0;
        digest[i / 2] = (uint8_t)(i % 2 ? digest[i / 2] | value : value << 4);
    }
    return units / 2;
}

/* SpcIndirectDataContent ::= SEQUENCE { data, DigestInfo { AlgorithmIdentifier, OCTET STRING } } */
static bool indirect_digest(struct span values, struct span *ret) {
    struct cursor c = cursor_of(values), info;
    struct der value;
    struct fault why;
    if (!der_expect(&c, DER_SEQUENCE, &value, &why))
        return false;
    c = der_inside(&value);
    if (!der_expect(&c, DER_SEQUENCE, &value, &why) || !der_expect(&c, DER_SEQUENCE, &value, &why))
        return false;
    info = der_inside(&value);
    if (!der_expect(&info, DER_SEQUENCE, &value, &why) || !der_expect(&info, DER_OCTET_STRING, &value, &why))
        return false;
    *ret = value.content;
    return ret->size == SHA1 || ret->size == SHA256;
}

/* TrustedSubject ::= SEQUENCE { subjectIdentifier OCTET STRING, subjectAttributes SET OF Attribute } */
static bool read_member(struct reading *r, const struct der *member) {
    struct cursor c = der_inside(member);
    struct der tag, set, attribute, oid, values;
    struct fault why;
    struct span digest;
    uint8_t raw[SHA256];
    bool found = false;
    if (!der_expect(&c, DER_OCTET_STRING, &tag, &why)) {
        note(r, FAULT_BAD, member->whole.offset, "a member of a catalog is damaged");
        return true;
    }
    struct cursor attributes = c;
    if (cursor_left(&c) > 0 && der_expect(&c, DER_SET, &set, &why))
        attributes = der_inside(&set);
    while (cursor_left(&attributes) > 0 && der_expect(&attributes, DER_SEQUENCE, &attribute, &why)) {
        struct cursor inner = der_inside(&attribute);
        if (der_expect(&inner, DER_OID, &oid, &why) && der_expect(&inner, DER_SET, &values, &why) &&
            der_is_oid(&oid, INDIRECT_DATA, sizeof INDIRECT_DATA - 1) &&
            indirect_digest(values.content, &digest)) {
            found = true;
            if (!add(r, digest))
                return false;
        }
    }
    size_t size = found ? 0 : tag_digest(tag.content, raw);
    return size == 0 || add(r, span_of(raw, size, tag.content.offset));
}

static bool read_members(struct reading *r, const struct der *list) {
    struct cursor c = der_inside(list);
    struct der member;
    struct fault why;
    while (cursor_left(&c) > 0) {
        if (!job_step(r->job, STEP, cursor_offset(&c))) {
            r->cat->complete = false;
            return true;
        }
        if (!der_expect(&c, DER_SEQUENCE, &member, &why)) {
            note(r, FAULT_BAD, why.offset, "the list of a catalog is damaged");
            return true;
        }
        if (!read_member(r, &member))
            return r->cat->members != NULL;
    }
    return true;
}

/* CAT_NAMEVALUE ::= SEQUENCE { tag BMPString, flags INTEGER, value OCTET STRING of UTF-16LE } */
static void read_name_value(struct reading *r, struct span value) {
    static const uint8_t name[] = {0, 'O', 0, 'S', 0, 'A', 0, 't', 0, 't', 0, 'r'};
    struct cursor c = cursor_of(value);
    struct der part, flags, string;
    struct fault why;
    if (r->cat->os || !der_expect(&c, DER_SEQUENCE, &part, &why))
        return;
    c = der_inside(&part);
    if (!der_next(&c, &part, &why) || !span_equal(part.content, span_of(name, sizeof name, 0)) ||
        !der_expect(&c, DER_INTEGER, &flags, &why) || !der_expect(&c, DER_OCTET_STRING, &string, &why))
        return;
    struct span utf16 = span_clip(string.content, 0, CAT_TEXT);
    while (utf16.size >= 2 && span_u8(utf16, utf16.size - 1) == 0 && span_u8(utf16, utf16.size - 2) == 0)
        utf16.size -= 2;
    struct text text = {.max = 8 * CAT_TEXT};
    text_from_utf16(&text, utf16);
    char *copy = job_alloc(r->job, text.size + 1, 1);
    if (copy)
        span_copy(span_of(text_string(&text), text.size, 0), copy, text.size);
    r->cat->os = copy;
    text_free(&text);
}

/* [0] EXPLICIT Extensions ::= SEQUENCE OF SEQUENCE { OID, critical BOOLEAN OPTIONAL, OCTET STRING } */
static void read_extensions(struct reading *r, const struct der *explicit) {
    struct cursor c = der_inside(explicit);
    struct der list, extension, oid, value;
    struct fault why;
    if (!der_expect(&c, DER_SEQUENCE, &list, &why))
        return;
    c = der_inside(&list);
    while (cursor_left(&c) > 0 && der_expect(&c, DER_SEQUENCE, &extension, &why)) {
        struct cursor inner = der_inside(&extension);
        if (!der_expect(&inner, DER_OID, &oid, &why) || !der_is_oid(&oid, NAME_VALUE, sizeof NAME_VALUE - 1))
            continue;
        while (der_next(&inner, &value, &why))
            if (value.identifier == DER_OCTET_STRING)
                read_name_value(r, value.content);
    }
}

static int order(const void *a, const void *b) {
    const struct cat_member *x = a, *y = b;
    return x->size != y->size ? x->size - y->size : memcmp(x->digest, y->digest, SHA256);
}

static void sort(struct cat *cat) {
    size_t kept = 0;
    if (cat->count > 0)
        qsort(cat->members, cat->count, sizeof *cat->members, order);
    for (size_t i = 0; i < cat->count; i++)
        if (i == 0 || order(&cat->members[i], &cat->members[kept - 1]) != 0)
            cat->members[kept++] = cat->members[i];
    cat->count = kept;
}

/* CertificateTrustList ::= SEQUENCE { version OPTIONAL, subjectUsage SEQUENCE, listIdentifier OCTET STRING
 * OPTIONAL, sequenceNumber INTEGER OPTIONAL, thisUpdate, nextUpdate OPTIONAL, subjectAlgorithm SEQUENCE,
 * trustedSubjects SEQUENCE OPTIONAL, extensions [0] EXPLICIT OPTIONAL } ([MS-CAESO] 4.4.5.5 and the like) */
bool cat_decode(struct job *job, struct span content, struct cat *ret) {
    struct reading r = {.job = job, .cat = ret};
    struct cursor c = cursor_of(content), inner;
    struct der list, value;
    struct fault why;
    *ret = (struct cat){.version = 1, .complete = true};
    if (!der_expect(&c, DER_SEQUENCE, &list, &why))
        return job_fail(job, FAULT_BAD, content.offset, "a catalog holds no list");
    c = der_inside(&list);
    unsigned sequences = 0;
    while (cursor_left(&c) > 0) {
        if (!der_next(&c, &value, &why)) {
            note(&r, FAULT_BAD, why.offset, "the list of a catalog is damaged");
            break;
        }
        if (value.identifier == DER_UTC_TIME || value.identifier == DER_GENERALIZED_TIME) {
            if (ret->list_time == 0 && !der_time(&value, &ret->list_time))
                ret->list_time = 0;
        } else if (value.identifier == DER_SEQUENCE && ++sequences == 2) {
            inner = der_inside(&value);
            if (der_expect(&inner, DER_OID, &value, &why) &&
                der_is_oid(&value, MEMBER_TWO, sizeof MEMBER_TWO - 1))
                ret->version = 2;
        } else if (value.identifier == DER_SEQUENCE && sequences == 3) {
            if (!read_members(&r, &value))
                return false;
        } else if (value.identifier == ZERO) {
            read_extensions(&r, &value);
        }
    }
    sort(ret);
    return true;
}
