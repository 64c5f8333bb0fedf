#include "format/der.h"

#include <inttypes.h>

static bool fail(struct fault *why, enum fault_code code, uint64_t offset, const char *text) {
    *why = (struct fault){code, offset, text};
    return false;
}

/* What an identifier and its length octets say, in BER. */
struct header {
    uint8_t identifier;
    uint32_t tag;
    bool indefinite;
    bool strict;
    uint64_t length;
};

static bool read_tag(struct cursor *c, struct header *h, struct fault *why) {
    uint64_t at = cursor_offset(c);
    h->identifier = cursor_u8(c);
    h->tag = h->identifier & 0x1f;
    if (h->tag != 0x1f)
        return !c->torn || fail(why, FAULT_TORN, at, "an ASN.1 value ends within its header");
    uint8_t octet = 0x80;
    h->tag = 0;
    for (int i = 0; i < 4 && octet & 0x80; i++) {
        octet = cursor_u8(c);
        if (i == 0 && octet == 0x80)
            h->strict = false;
        h->tag = h->tag << 7 | (octet & 0x7f);
    }
    if (c->torn)
        return fail(why, FAULT_TORN, at, "an ASN.1 value ends within its header");
    if (octet & 0x80)
        return fail(why, FAULT_BAD, at, "an ASN.1 tag number of more than four octets");
    if (h->tag < 0x1f)
        h->strict = false;
    return true;
}

static bool read_length(struct cursor *c, struct header *h, struct fault *why) {
    uint64_t at = cursor_offset(c);
    uint8_t first = cursor_u8(c);
    if (c->torn)
        return fail(why, FAULT_TORN, at, "an ASN.1 value ends within its header");
    if (first < 0x80) {
        h->length = first;
        return true;
    }
    h->indefinite = first == 0x80;
    if (h->indefinite) {
        h->strict = false;
        return h->identifier & DER_CONSTRUCTED ||
               fail(why, FAULT_BAD, at, "an ASN.1 value of indefinite length is not constructed");
    }
    unsigned octets = first & 0x7f;
    if (octets == 0x7f)
        return fail(why, FAULT_BAD, at, "an ASN.1 length begins with a reserved octet");
    for (unsigned i = 0; i < octets; i++) {
        if (h->length >> 56)
            return fail(why, FAULT_BAD, at, "an ASN.1 length exceeds all memory");
        uint8_t octet = cursor_u8(c);
        if (i == 0 && octet == 0)
            h->strict = false;
        h->length = h->length << 8 | octet;
    }
    if (c->torn)
        return fail(why, FAULT_TORN, at, "an ASN.1 value ends within its header");
    if (h->length < 0x80 || octets > 4)
        h->strict = false;
    return true;
}

static bool read_header(struct cursor *c, struct header *ret, struct fault *why) {
    *ret = (struct header){.strict = true};
    return read_tag(c, ret, why) && read_length(c, ret, why);
}

bool der_next(struct cursor *cursor, struct der *ret, struct fault *why) {
    *why = (struct fault){FAULT_NONE, 0, NULL};
    if (cursor_left(cursor) == 0)
        return false;
    size_t start = cursor->at;
    struct header h;
    bool good = read_header(cursor, &h, why);
    if (good && !h.strict)
        good =
            fail(why, FAULT_BAD, cursor->span.offset + start, "an ASN.1 value is not encoded as DER demands");
    if (good && h.length > cursor_left(cursor))
        good =
            fail(why, FAULT_TORN, cursor->span.offset + start, "an ASN.1 value is longer than what holds it");
    if (!good) {
        cursor->torn = true;
        return false;
    }
    ret->identifier = h.identifier;
    ret->tag = h.tag;
    ret->header = cursor->at - start;
    ret->content = cursor_take(cursor, h.length);
    ret->whole = span_part(cursor->span, start, ret->header + ret->content.size);
    return true;
}

bool der_expect(struct cursor *cursor, uint8_t identifier, struct der *ret, struct fault *why) {
    uint64_t at = cursor_offset(cursor);
    struct der value;
    if (!der_next(cursor, &value, why)) {
        if (why->code == FAULT_NONE)
            *why = (struct fault){FAULT_BAD, at, "an ASN.1 value is missing"};
        return false;
    }
    if (value.identifier != identifier) {
        cursor->torn = true;
        return fail(why, FAULT_BAD, at, "an ASN.1 value is of another type than it ought to be");
    }
    *ret = value;
    return true;
}

bool der_enter(struct cursor *cursor, uint8_t identifier, struct cursor *ret) {
    struct der value;
    struct fault why;
    if (!der_expect(cursor, identifier, &value, &why))
        return false;
    *ret = der_inside(&value);
    return true;
}

/* Of nested indefinite lengths only their number needs to be kept: a definite one inside is skipped whole. */
bool der_measure(struct span bytes, size_t *ret, bool *strict, struct fault *why) {
    struct cursor c = cursor_of(bytes);
    bool all_strict = true;
    uint64_t open = 0;
    *why = (struct fault){FAULT_NONE, 0, NULL};
    do {
        uint64_t at = cursor_offset(&c);
        struct header h;
        if (!read_header(&c, &h, why))
            return false;
        all_strict = all_strict && h.strict;
        if (h.indefinite)
            open++;
        else if (open > 0 && h.identifier == 0 && h.length == 0)
            open--;
        else if (h.length > cursor_left(&c))
            return fail(why, FAULT_TORN, at, "an ASN.1 value is longer than what holds it");
        else
            cursor_skip(&c, h.length);
    } while (open > 0);
    *ret = c.at;
    *strict = all_strict;
    return true;
}

bool der_is_oid(const struct der *value, const void *content, size_t size) {
    return value->identifier == DER_OID && span_equal(value->content, span_of(content, size, 0));
}

/* One base-128 number; false if it is cut or too long. */
static bool component(struct cursor *c, uint64_t *ret) {
    uint64_t number = 0;
    uint8_t octet;
    do {
        octet = cursor_u8(c);
        if (c->torn || number >> 56)
            return false;
        number = number << 7 | (octet & 0x7f);
    } while (octet & 0x80);
    *ret = number;
    return true;
}

void der_oid_text(struct span content, char text[DER_OID_TEXT]) {
    enum { LONGEST = 24 }; /* a dot, twenty digits, "?" and NUL */
    struct cursor c = cursor_of(content);
    size_t size = 0;
    uint64_t number;
    text[0] = 0;
    bool good = content.size > 0;
    while (good && cursor_left(&c) > 0) {
        good = DER_OID_TEXT - size > 2 * LONGEST && component(&c, &number);
        if (!good)
            break;
        if (size == 0) {
            uint64_t first = number < 80 ? number / 40 : 2;
            size += (size_t)snprintf(text, DER_OID_TEXT, "%" PRIu64 ".%" PRIu64, first, number - first * 40);
        } else {
            size += (size_t)snprintf(text + size, DER_OID_TEXT - size, ".%" PRIu64, number);
        }
    }
    if (!good)
        snprintf(text + size, DER_OID_TEXT - size, "?");
}
