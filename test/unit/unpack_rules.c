/* What the process that read a package left is foreign: whatever it is, it is taken whole or said to make no
 * sense. */
#include "engine/unpack_rules.h"

#include "base/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void put(struct text *to, const char *name, const char *why, const char *text) {
    wire_string(to, name, strlen(name));
    wire_string(to, why, strlen(why));
    wire_string(to, text, strlen(text));
}

static void make(struct text *left) {
    wire_u32(left, 3);
    put(left, "a/b.yar", "", "rule a { condition: true }");
    put(left, "c.yar", "it is \x1b[31m encrypted", "");
    put(left, "d\\xff.yar", "", "");
}

static void cut(void **state) {
    (void)state;
    struct text left = {0};
    make(&left);
    size_t whole = left.size;
    text_char(&left, 'x'); /* nor may anything follow */
    for (size_t size = 0; size <= left.size; size++) {
        struct rules rules = {0};
        struct text error = {0};
        bool good = unpack_rules_take(span_of(left.data, size, 0), "x.zip", &rules, &error);
        assert_int_equal(good, size == whole);
        assert_int_equal(good, error.size == 0);
        rules_free(&rules);
        text_free(&error);
    }
    text_free(&left);
}

static void odd(void **state) {
    (void)state;
    static const char *const names[] = {"", "a\xff.yar"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct text left = {0}, error = {0};
        struct rules rules = {0};
        wire_u32(&left, 1);
        put(&left, names[i], "", "x");
        assert_false(unpack_rules_take(span_of(left.data, left.size, 0), "x.zip", &rules, &error));
        assert_non_null(strstr(text_string(&error), "makes no sense"));
        assert_int_equal(rules.count, 0);
        text_free(&left);
        text_free(&error);
        rules_free(&rules);
    }
    struct text left = {0}, error = {0};
    struct rules rules = {0};
    wire_u32(&left, 0);
    assert_false(unpack_rules_take(span_of(left.data, left.size, 0), "x.zip", &rules, &error));
    assert_string_equal(text_string(&error), "x.zip: no member of it is named *.yar or *.yara");
    text_free(&left);
    text_free(&error);
}

static void whole(void **state) {
    (void)state;
    struct text left = {0}, error = {0};
    struct rules rules = {0};
    make(&left);
    assert_true(unpack_rules_take(span_of(left.data, left.size, 0), "p/x.zip", &rules, &error));
    assert_int_equal(rules.count, 2);
    assert_string_equal(rules.list[0].name, "a/b.yar");
    assert_string_equal(rules.list[0].path, "p/x.zip/a/b.yar");
    assert_string_equal(rules.list[0].bytes, "rule a { condition: true }");
    assert_false(rules.list[0].named);
    assert_string_equal(rules.list[1].name, "d\\xff.yar");
    assert_int_equal(rules.refused_count, 1);
    assert_string_equal(rules.refused[0].path, "p/x.zip/c.yar");
    assert_string_equal(rules.refused[0].why, "it is ?[31m encrypted");
    text_free(&left);
    text_free(&error);
    rules_free(&rules);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut),
        cmocka_unit_test(odd),
        cmocka_unit_test(whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
