#include "format/der_definite.h"

#include "format/der.h"

enum { HEADER = 12 }; /* octets of any header that is written */

struct rewriting {
    struct job *job;
    uint8_t *out;
    size_t size, room;
};

/* A value in BER: where its content lies, without the end-of-contents octets. */
struct value {
    struct span tag, content;
    bool constructed;
    uint8_t identifier;
};

static bool bad(struct rewriting *r, uint64_t offset) {
    return job_fail(r->job, FAULT_BAD, offset, "an ASN.1 value is damaged");
}

static bool take(struct rewriting *r, struct cursor *c, struct value *ret) {
    struct span rest = span_from(c->span, c->at);
    struct fault why;
    size_t size;
    bool strict;
    if (!der_measure(rest, &size, &strict, &why))
        return bad(r, rest.offset);
    struct cursor h = cursor_of(span_part(rest, 0, size));
    ret->identifier = cursor_u8(&h);
    ret->constructed = ret->identifier & DER_CONSTRUCTED;
    uint8_t octet = (ret->identifier & 0x1f) == 0x1f ? 0x80 : 0;
    while (octet & 0x80)
        octet = cursor_u8(&h);
    ret->tag = span_part(rest, 0, h.at);
    octet = cursor_u8(&h);
    bool indefinite = octet == 0x80;
    if (octet > 0x80)
        cursor_skip(&h, octet & 0x7f);
    size_t tail = indefinite ? 2 : 0;
    if (h.torn || size - h.at < tail)
        return bad(r, rest.offset);
    ret->content = span_part(rest, h.at, size - h.at - tail);
    cursor_skip(c, size);
    return true;
}

static bool put(struct rewriting *r, struct span bytes) {
    if (bytes.size > r->room - r->size)
        return job_fail(r->job, FAULT_LIMIT, bytes.offset, "an ASN.1 value is larger than is rewritten");
    span_copy(bytes, r->out + r->size, bytes.size);
    r->size += bytes.size;
    return true;
}

static bool put_header(struct rewriting *r, struct span tag, uint8_t identifier, size_t length) {
    uint8_t octets[HEADER];
    size_t n = sizeof octets;
    for (size_t rest = length; rest > 0 || n == sizeof octets; rest >>= 8)
        octets[--n] = (uint8_t)rest;
    if (length >= 0x80) {
        uint8_t count = (uint8_t)(sizeof octets - n);
        octets[--n] = (uint8_t)(0x80 | count);
    }
    return put(r, span_of(&identifier, 1, tag.offset)) && put(r, span_from(tag, 1)) &&
           put(r, span_of(octets + n, sizeof octets - n, tag.offset));
}

static bool values(struct rewriting *r, struct span bytes, bool strings, unsigned depth);

/* The header stands behind the content; brings it before. */
static void slide(struct rewriting *r, size_t start, size_t length, size_t size) {
    uint8_t header[HEADER + 8] = {0};
    span_copy(span_of(r->out + start + length, size, 0), header, sizeof header);
    for (size_t i = length; i-- > 0;)
        r->out[start + size + i] = r->out[start + i];
    span_copy(span_of(header, size, 0), r->out + start, size);
}

/* The content first, then the header is slid before it. */
static bool value(struct rewriting *r, const struct value *v, bool strings, unsigned depth) {
    size_t start = r->size;
    bool string = v->identifier == (DER_OCTET_STRING | DER_CONSTRUCTED);
    if (strings && (v->identifier & ~DER_CONSTRUCTED) != DER_OCTET_STRING)
        return bad(r, v->tag.offset);
    if (depth == 0)
        return job_fail(r->job, FAULT_LIMIT, v->tag.offset, "ASN.1 values are nested deeper than is read");
    if (!(v->constructed ? values(r, v->content, string, depth - 1) : put(r, v->content)))
        return false;
    if (strings)
        return true; /* a part of a string has no header of its own */
    size_t length = r->size - start;
    uint8_t identifier = string ? DER_OCTET_STRING : v->identifier;
    if (v->tag.size > 8 || !job_step(r->job, length / 16 + 1, v->tag.offset))
        return bad(r, v->tag.offset);
    size_t before = r->size;
    if (!put_header(r, v->tag, identifier, length))
        return false;
    slide(r, start, length, r->size - before);
    return true;
}

static bool values(struct rewriting *r, struct span bytes, bool strings, unsigned depth) {
    struct cursor c = cursor_of(bytes);
    struct value v;
    while (cursor_left(&c) > 0)
        if (!job_step(r->job, 1, cursor_offset(&c)) || !take(r, &c, &v) || !value(r, &v, strings, depth))
            return false;
    return true;
}

bool der_definite(struct job *job, struct span ber, struct span *ret) {
    struct cursor c = cursor_of(ber);
    struct value v;
    if (ber.size > DER_DEFINITE)
        return job_fail(job, FAULT_LIMIT, ber.offset, "an ASN.1 value is larger than is rewritten");
    struct rewriting r = {.job = job, .room = 2 * ber.size + 2 * HEADER};
    r.out = job_alloc(job, r.room, 1);
    if (!r.out || !take(&r, &c, &v) || !value(&r, &v, false, DER_DEPTH))
        return false;
    *ret = span_of(r.out, r.size, ber.offset);
    return true;
}
