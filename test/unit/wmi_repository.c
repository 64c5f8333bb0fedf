/* Subscriptions in OBJECTS.DATA. */
#include "format/wmi_repository.h"

#include "make/wmi_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define FILTER   "__EventFilter.Name=\"f\""
#define CONSUMER "\\\\.\\root\\subscription:CommandLineEventConsumer.Name=\"c d\""

static struct wmi_made made;
static struct wmi_instance found[8];

static size_t look(struct span bytes) {
    struct wmi_repository repository;
    struct wmi_instance instance;
    size_t count = 0;
    wmi_repository_open(bytes, bytes.size, &repository);
    for (; wmi_repository_next(&repository, &instance); count++)
        if (count < 8)
            found[count] = instance;
    return count;
}

static bool says(const struct wmi_string *string, const char *expected) {
    struct text text = {0};
    wmi_repository_text(string, 1000, &text);
    bool same = strcmp(text_string(&text), expected) == 0;
    text_free(&text);
    return same;
}

static void make(void) {
    made = (struct wmi_made){0};
    wmi_page(&made, 0);
    wmi_binding(&made, FILTER, CONSUMER, true);
    wmi_filter(&made, "f", "SELECT * FROM x", true);
    wmi_command(&made, "c d", "C:\\a.exe", "a.exe -b", false);
    wmi_page(&made, 1);
    wmi_script(&made, "s", "x = \"\\\"", true);
}

static void every_prefix(void **state) {
    (void)state;
    make();
    size_t before = 0;
    for (size_t size = 0; size <= 2 * WMI_MADE_PAGE; size += size < 3000 || size > 8192 ? 1 : 64) {
        uint8_t *part = malloc(size + 1); /* of its own, so that a read behind it is seen */
        assert_non_null(part);
        memcpy(part, made.bytes, size);
        size_t count = look(span_of(part, size, 0));
        assert_true(count >= before && count <= 4);
        before = count;
        free(part);
    }
    assert_int_equal(before, 4);
}

static void every_bit(void **state) {
    (void)state;
    make();
    for (size_t i = 0; i < 8 * 3000; i++) {
        made.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        size_t count = look(span_of(made.bytes, 2 * WMI_MADE_PAGE, 0));
        assert_true(count == 3 || count == 4);
        made.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

static void overwritten(void **state) {
    (void)state;
    make();
    memset(made.bytes + 256 + 150, 0, 60); /* behind the digest of the first one */
    assert_int_equal(look(span_of(made.bytes, 2 * WMI_MADE_PAGE, 0)), 4);
    assert_true(!found[0].read && found[0].listed && found[0].filter.text.size == 0);
    assert_true(found[1].read);
    assert_int_equal(look(span_of("", 0, 0)), 0);
}

static void limit(void **state) {
    (void)state;
    struct wmi_repository repository;
    struct wmi_instance instance;
    make();
    wmi_repository_open(span_of(made.bytes, 2 * WMI_MADE_PAGE, 0), 256, &repository);
    assert_false(wmi_repository_next(&repository, &instance));
    wmi_repository_open(span_of(made.bytes, 2 * WMI_MADE_PAGE, 0), 257, &repository);
    assert_true(wmi_repository_next(&repository, &instance));
    assert_false(wmi_repository_next(&repository, &instance));
}

static void paths(void **state) {
    (void)state;
    struct span of_class, name;
#define PATH(text) wmi_repository_path(span_of(text, sizeof(text) - 1, 0), &of_class, &name)
    assert_true(PATH(CONSUMER));
    assert_true(span_equal(of_class, span_of("CommandLineEventConsumer", 24, 0)));
    assert_true(span_equal(name, span_of("c d", 3, 0)));
    assert_false(PATH(""));
    assert_false(PATH(".Name=\"x\""));
    assert_false(PATH("a.Name=\""));
    assert_false(PATH("a.Name=\"\""));
    assert_false(PATH("a.Name=\"x"));
    assert_false(PATH("a.Other=\"x\""));
}

static void use(void **state) {
    (void)state;
    make();
    assert_int_equal(look(span_of(made.bytes, 2 * WMI_MADE_PAGE, 0)), 4);
    assert_true(found[0].kind == WMI_BINDING && found[0].read && found[0].listed && !found[0].crosses);
    assert_true(says(&found[0].filter, FILTER) && says(&found[0].consumer, CONSUMER));
    assert_int_equal(found[0].offset, 256);
    assert_int_equal(found[0].written, 133000000000000000u);
    assert_true(found[1].kind == WMI_FILTER && says(&found[1].name, "f"));
    assert_true(says(&found[1].query, "SELECT * FROM x") && says(&found[1].space, "root\\cimv2"));
    assert_true(found[2].kind == WMI_COMMAND && found[2].read && !found[2].listed);
    assert_true(says(&found[2].name, "c d") && says(&found[2].program, "C:\\a.exe"));
    assert_true(says(&found[2].command, "a.exe -b") && says(&found[2].folder, "C:\\"));
    assert_true(found[3].kind == WMI_SCRIPT && says(&found[3].script, "x = \"\\\""));
    assert_true(says(&found[3].engine, "VBScript") && found[3].file.text.size == 0);
}

static void longer_than_a_page(void **state) {
    (void)state;
    static char script[WMI_MADE_PAGE];
    memset(script, 'x', sizeof script - 1);
    made = (struct wmi_made){0};
    wmi_page(&made, 0);
    wmi_script(&made, "s", script, true);
    assert_int_equal(look(span_of(made.bytes, sizeof made.bytes, 0)), 1);
    assert_true(found[0].read && found[0].crosses);
    assert_int_equal(found[0].script.text.size, 2 * sizeof script - 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_prefix),
                                       cmocka_unit_test(every_bit),
                                       cmocka_unit_test(overwritten),
                                       cmocka_unit_test(limit),
                                       cmocka_unit_test(paths),
                                       cmocka_unit_test(use),
                                       cmocka_unit_test(longer_than_a_page)};
    assert_true(digest_prepare());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
