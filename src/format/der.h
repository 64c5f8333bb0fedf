/* der: ASN.1 values in the Distinguished Encoding Rules (X.690, sections 8.1 and 10.1).
 *
 * A value is read one level at a time; whoever wants what is inside reads der_inside with a cursor of its
 * own. Nothing here recurses, allocates or keeps state, so depth of nesting costs nothing. Only der_measure
 * forgives what DER forbids, because it answers where a value ends, and other readers find that end too. */
#ifndef FORMAT_DER_H
#define FORMAT_DER_H

#include "base/fault.h"
#include "base/span.h"

/* Identifier octets (X.690 8.1.2) that the program knows. Bit 0x20 says that the value is constructed. */
enum {
    DER_INTEGER = 0x02,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80, /* | number, | DER_CONSTRUCTED */
    DER_CONSTRUCTED = 0x20
};

enum { DER_OID_TEXT = 128 }; /* room for any printed object identifier and its NUL */

struct der {
    uint8_t identifier;  /* first identifier octet: class, constructed or not, low tag number */
    uint32_t tag;        /* tag number, of several octets too */
    size_t header;       /* identifier and length octets */
    struct span content; /* borrowed */
    struct span whole;   /* header and content */
};

/* The next value of `cursor`. False at the end of the span (`why->code` FAULT_NONE), if bytes run out (TORN)
 * and if the encoding is none that DER allows: indefinite or needlessly long lengths, needlessly long tags,
 * more than four octets of either (BAD). After a fault the cursor is torn. */
bool der_next(struct cursor *cursor, struct der *ret, struct fault *why) MUST_USE;

/* The same for a value that must begin with `identifier`; anything else, and the end, is BAD. */
bool der_expect(struct cursor *cursor, uint8_t identifier, struct der *ret, struct fault *why) MUST_USE;

/* The same, for a value whose contents are wanted: `ret` runs over them. */
bool der_enter(struct cursor *cursor, uint8_t identifier, struct cursor *ret) MUST_USE;

/* A cursor over what a value holds. */
static inline struct cursor der_inside(const struct der *value) {
    return cursor_of(value->content);
}

/* How many bytes the first value of `bytes` takes, in the Basic Encoding Rules: indefinite and overlong
 * lengths are understood, `*strict` says that none occurred in the outermost header or where an end had to be
 * searched. False if the end lies outside `bytes` (TORN) or cannot be told (BAD). Linear in the bytes of the
 * value. */
bool der_measure(struct span bytes, size_t *ret, bool *strict, struct fault *why) MUST_USE;

/* True if the value is the object identifier with these content octets. */
bool der_is_oid(const struct der *value, const void *content, size_t size);

/* Writes content octets of an object identifier as "1.3.6.1.4.1.311.2.1.4", NUL-terminated; what is malformed
 * or too long ends in "?". */
void der_oid_text(struct span content, char text[DER_OID_TEXT]);

#endif
