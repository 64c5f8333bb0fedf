/* Values of UserAssist: what is none, both versions, and names that are turned. */
#include "format/userassist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint8_t bytes[80];

static void put(size_t at, uint64_t value, int width) {
    for (int i = 0; i < width; i++)
        bytes[at + (size_t)i] = (uint8_t)(value >> 8 * i);
}

static void other_sizes_are_of_something_else(void **state) {
    struct userassist found = {.runs = 99};
    (void)state;
    for (size_t size = 0; size <= sizeof bytes; size++)
        assert_int_equal(userassist_decode(span_of(bytes, size, 0), &found), size == 16 || size == 72);
    found.runs = 99;
    assert_false(userassist_decode(span_of(bytes, 8, 0), &found));
    assert_int_equal(found.runs, 99);
}

static void version_3_counts_from_five(void **state) {
    struct userassist found;
    (void)state;
    put(0, 1, 4), put(4, 19, 4), put(8, 128938722828110676, 8);
    assert_true(userassist_decode(span_of(bytes, 16, 0), &found));
    assert_int_equal(found.version, 3);
    assert_int_equal(found.runs, 14);
    assert_true(found.last_run == 128938722828110676 && !found.has_focus);
    put(4, 2, 4);
    assert_true(userassist_decode(span_of(bytes, 16, 0), &found));
    assert_int_equal(found.runs, 0);
}

static void version_5(void **state) {
    struct userassist found;
    (void)state;
    memset(bytes, 0xff, sizeof bytes);
    put(4, 14, 4), put(8, 21, 4), put(12, 420000, 4), put(60, 129338489770780676, 8);
    assert_true(userassist_decode(span_of(bytes, 72, 0), &found));
    assert_int_equal(found.version, 5);
    assert_int_equal(found.runs, 14);
    assert_true(found.has_focus && found.focuses == 21 && found.focus_ms == 420000);
    assert_true(found.last_run == 129338489770780676);
}

static void names(void **state) {
    char name[] = "HRZR_EHACNGU:P:\\JVAQBJF\\abgrcnq.RKR \xc3\xa4{1}@[`z";
    static const char turned[] = "UEME_RUNPATH:C:\\WINDOWS\\notepad.EXE \xc3\xa4{1}@[`m";
    (void)state;
    userassist_turn(name, strlen(name));
    assert_string_equal(name, turned);
    userassist_turn(name, strlen(name));
    userassist_turn(name, strlen(name));
    assert_string_equal(name, turned);
    userassist_turn(NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_sizes_are_of_something_else),
        cmocka_unit_test(version_3_counts_from_five),
        cmocka_unit_test(version_5),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
