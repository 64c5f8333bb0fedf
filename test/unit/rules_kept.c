/* Rules that are kept: what is not a whole set adds nothing that does not belong to it, and is said. */
#include "intel/rules_kept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void make_set(struct text *bytes) {
    struct rules rules = {0};
    struct text error = {0};
    const bool left_out[3] = {false, true, false};
    assert_true(
        rules_add_bytes(&rules, "a.yar", "a.yar", span_of("rule a { condition: true }", 26, 0), &error));
    assert_true(rules_add_bytes(&rules, "b.yar", "b.yar", span_of("no rule", 7, 0), &error));
    assert_true(rules_add_bytes(&rules, "deep/c.yar", "deep/c.yar", span_of("", 0, 0), &error));
    rules_kept_write(&rules, left_out, "2026-01-02", 1, bytes);
    rules_free(&rules);
}

static void cut(void **state) {
    (void)state;
    struct text bytes = {0};
    make_set(&bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        struct rules rules = {0};
        struct text error = {0};
        assert_false(rules_kept_read(&rules, span_of(bytes.data, size, 0), "s", &error));
        assert_non_null(strstr(text_string(&error), "'s' are damaged"));
        text_free(&error);
        rules_free(&rules);
    }
    text_char(&bytes, 'x'); /* nor may anything follow */
    struct rules rules = {0};
    struct text error = {0};
    assert_false(rules_kept_read(&rules, span_of(bytes.data, bytes.size, 0), "s", &error));
    text_free(&error);
    rules_free(&rules);
    text_free(&bytes);
}

static void changed(void **state) {
    (void)state;
    struct text bytes = {0};
    make_set(&bytes);
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        struct rules rules = {0};
        struct text error = {0};
        bytes.data[bit / 8] ^= (char)(1u << bit % 8);
        if (!rules_kept_read(&rules, span_of(bytes.data, bytes.size, 0), "s", &error))
            assert_true(error.size > 0);
        assert_true(rules.count <= 2);
        bytes.data[bit / 8] ^= (char)(1u << bit % 8);
        text_free(&error);
        rules_free(&rules);
    }
    text_free(&bytes);
}

static void same(void **state) {
    (void)state;
    struct text bytes = {0}, error = {0};
    struct rules rules = {0};
    make_set(&bytes);
    assert_true(rules_kept_read(&rules, span_of(bytes.data, bytes.size, 0), "s", &error));
    assert_int_equal(rules.count, 2);
    assert_string_equal(rules.list[0].name, "s/a.yar");
    assert_string_equal(rules.list[0].bytes, "rule a { condition: true }");
    assert_string_equal(rules.list[1].name, "s/deep/c.yar");
    assert_int_equal(rules.list[1].size, 0);
    assert_false(rules.list[0].named);
    assert_false(rules_kept_read(&rules, span_of(bytes.data, bytes.size, 0), "s", &error)); /* named twice */
    rules_free(&rules);
    text_free(&error);
    text_free(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut),
        cmocka_unit_test(changed),
        cmocka_unit_test(same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
