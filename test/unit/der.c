/* DER values: what is refused, then what is read. */
#include "format/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SPAN(literal) span_of(literal, sizeof literal - 1, 100)

static enum fault_code refused(struct span bytes, uint64_t *offset) {
    struct cursor c = cursor_of(bytes);
    struct der value;
    struct fault why;
    assert_false(der_next(&c, &value, &why));
    assert_int_equal(cursor_left(&c), 0);
    if (offset)
        *offset = why.offset;
    return why.code;
}

static void refuses(void **state) {
    (void)state;
    uint64_t offset = 0;
    assert_int_equal(refused(SPAN(""), NULL), FAULT_NONE);
    assert_int_equal(refused(SPAN("\x30"), &offset), FAULT_TORN);
    assert_int_equal(offset, 101);
    assert_int_equal(refused(SPAN("\x30\x02\x05"), &offset), FAULT_TORN);
    assert_int_equal(offset, 100);
    assert_int_equal(refused(SPAN("\x30\x82\x01"), NULL), FAULT_TORN);
    assert_int_equal(refused(SPAN("\x30\x80\x00\x00"), NULL), FAULT_BAD); /* indefinite */
    assert_int_equal(refused(SPAN("\x04\x80\x00\x00"), NULL), FAULT_BAD); /* ... and primitive */
    assert_int_equal(refused(SPAN("\x30\x81\x01\x00"), NULL), FAULT_BAD); /* overlong */
    assert_int_equal(refused(SPAN("\x30\x82\x00\x80"), NULL), FAULT_BAD);
    assert_int_equal(refused(SPAN("\x30\x85\x01\x00\x00\x00\x00"), NULL), FAULT_BAD);
    assert_int_equal(refused(SPAN("\x30\xff\x01"), NULL), FAULT_BAD);     /* reserved */
    assert_int_equal(refused(SPAN("\x1f\x1e\x00"), NULL), FAULT_BAD);     /* long form of a low tag */
    assert_int_equal(refused(SPAN("\x1f\x80\x20\x00"), NULL), FAULT_BAD); /* leading zeros */
    assert_int_equal(refused(SPAN("\x1f\xff\xff\xff\xff\x7f\x00"), NULL), FAULT_BAD);
    assert_int_equal(refused(SPAN("\x1f\x81"), NULL), FAULT_TORN);
    assert_int_equal(refused(SPAN("\x30\x84\xff\xff\xff\xff"), NULL), FAULT_TORN);
}

static void refuses_another_type(void **state) {
    (void)state;
    struct cursor c = cursor_of(SPAN("\x02\x01\x05"));
    struct der value;
    struct fault why;
    assert_false(der_expect(&c, DER_SEQUENCE, &value, &why));
    assert_int_equal(why.code, FAULT_BAD);
    assert_int_equal(why.offset, 100);
    c = cursor_of(SPAN(""));
    assert_false(der_expect(&c, DER_SEQUENCE, &value, &why));
    assert_int_equal(why.code, FAULT_BAD);
}

static void reads(void **state) {
    (void)state;
    struct cursor c = cursor_of(SPAN("\x30\x03\x02\x01\x05\x1f\x81\x20\x00"));
    struct der value, inner;
    struct fault why;
    assert_true(der_expect(&c, DER_SEQUENCE, &value, &why));
    assert_int_equal(value.header, 2);
    assert_int_equal(value.content.size, 3);
    assert_int_equal(value.content.offset, 102);
    assert_int_equal(value.whole.size, 5);
    struct cursor inside = der_inside(&value);
    assert_true(der_expect(&inside, DER_INTEGER, &inner, &why));
    assert_int_equal(span_u8(inner.content, 0), 5);
    assert_false(der_next(&inside, &inner, &why));
    assert_int_equal(why.code, FAULT_NONE);
    assert_true(der_next(&c, &value, &why));
    assert_int_equal(value.tag, 160);
    assert_int_equal(value.header, 4);
}

static bool measured(struct span bytes, size_t size, bool strict) {
    size_t got = 0;
    bool is_strict = !strict;
    struct fault why;
    return der_measure(bytes, &got, &is_strict, &why) && got == size && is_strict == strict;
}

static void measures(void **state) {
    (void)state;
    size_t size = 0;
    bool strict = false;
    struct fault why;
    assert_true(measured(SPAN("\x30\x02\x05\x00tail"), 4, true));
    assert_true(measured(SPAN("\x30\x84\x00\x00\x00\x02\x05\x00tail"), 8, false));
    assert_true(measured(SPAN("\x30\x80\x05\x00\x00\x00tail"), 6, false));
    assert_true(measured(SPAN("\x30\x80\x30\x80\x04\x02\x00\x00\x00\x00\x00\x00tail"), 12, false));
    assert_false(der_measure(SPAN("\x30\x80\x05\x00"), &size, &strict, &why));
    assert_int_equal(why.code, FAULT_TORN);
    assert_false(der_measure(SPAN("\x30\x89\x01\x00\x00\x00\x00\x00\x00\x00\x00"), &size, &strict, &why));
    assert_int_equal(why.code, FAULT_BAD);
    assert_false(der_measure(SPAN("\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff"), &size, &strict, &why));
    assert_int_equal(why.code, FAULT_TORN);
}

static void nests_deep(void **state) {
    (void)state;
    enum { DEPTH = 10000 };
    static uint8_t bytes[2 * DEPTH], definite[4 * DEPTH];
    size_t size = 0, at = sizeof definite;
    bool strict;
    struct fault why;
    for (size_t i = 0; i < DEPTH; i++)
        memcpy(bytes + 2 * i, "\x30\x80", 2);
    assert_false(der_measure(span_of(bytes, sizeof bytes, 0), &size, &strict, &why));
    assert_int_equal(why.code, FAULT_TORN);
    for (size_t i = 0; i < DEPTH / 2; i++)
        memcpy(bytes + DEPTH + 2 * i, "\x00\x00", 2);
    assert_true(der_measure(span_of(bytes, sizeof bytes, 0), &size, &strict, &why));
    assert_int_equal(size, sizeof bytes);
    for (size_t i = 0; i < DEPTH && at >= 4; i++) {
        size_t inner = sizeof definite - at;
        if (inner < 0x80)
            at -= 2, memcpy(definite + at, (uint8_t[]){0x30, (uint8_t)inner}, 2);
        else if (inner < 0x100)
            at -= 3, memcpy(definite + at, (uint8_t[]){0x30, 0x81, (uint8_t)inner}, 3);
        else
            at -= 4, memcpy(definite + at, (uint8_t[]){0x30, 0x82, (uint8_t)(inner >> 8), (uint8_t)inner}, 4);
    }
    struct der value;
    struct span rest = span_of(definite + at, sizeof definite - at, 0);
    size_t depth = 0;
    for (struct cursor c = cursor_of(rest); der_next(&c, &value, &why); c = der_inside(&value))
        depth++;
    assert_int_equal(why.code, FAULT_NONE);
    assert_true(depth > DEPTH - 100);
}

static void prints_identifiers(void **state) {
    (void)state;
    char text[DER_OID_TEXT];
    struct {
        struct span content;
        const char *text;
    } rows[] = {
        {SPAN(""), "?"},
        {SPAN("\x2a\x86\x48\x86\xf7\x0d\x02\x05"), "1.2.840.113549.2.5"},
        {SPAN("\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04"), "1.3.6.1.4.1.311.2.1.4"},
        {SPAN("\x88\x37\x03"), "2.999.3"},
        {SPAN("\x2a\x86"), "1.2?"},
        {SPAN("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), "?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        der_oid_text(rows[i].content, text);
        assert_string_equal(text, rows[i].text);
    }
    uint8_t many[400];
    memset(many, 0x7f, sizeof many);
    der_oid_text(span_of(many, sizeof many, 0), text);
    assert_int_equal(text[strlen(text) - 1], '?');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses),    cmocka_unit_test(refuses_another_type),
        cmocka_unit_test(reads),      cmocka_unit_test(measures),
        cmocka_unit_test(nests_deep), cmocka_unit_test(prints_identifiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
