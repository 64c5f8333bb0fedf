#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/filetime.h"

static void is(uint64_t filetime, const char *text) {
    char out[FILETIME_TEXT];
    uint64_t back = 1;
    assert_int_equal(filetime_text(filetime, out), strlen(text));
    assert_string_equal(out, text);
    assert_true(filetime_parse(text, &back));
    assert_int_equal(back, filetime);
}

static void refuses_what_is_no_time(void **state) {
    static const char *const bad[] = {"",
                                      "2011",
                                      "2011-12-17",
                                      "2011-12-17T00:09:54",
                                      "2011-13-01T00:00:00Z",
                                      "2011-02-29T00:00:00Z",
                                      "1900-02-29T00:00:00Z",
                                      "2011-12-17T24:00:00Z",
                                      "2011-12-17T00:60:00Z",
                                      "2011-12-17T00:09:54.Z",
                                      "2011-12-17T00:09:54.12345678Z",
                                      "2011-12-17 00:09:54Z",
                                      "1600-12-31T23:59:59Z",
                                      "60057-01-01T00:00:00Z",
                                      "2011-12-17T00:09:54Zx",
                                      "-011-12-17T00:09:54Z"};
    uint64_t back;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (filetime_parse(bad[i], &back))
            fail_msg("%s", bad[i]);
}

static void goes_there_and_back(void **state) {
    (void)state;
    is(0, "1601-01-01T00:00:00.0000000Z");
    is(1, "1601-01-01T00:00:00.0000001Z");
    is(129685541940000000, "2011-12-17T00:09:54.0000000Z");
    is(116444736000000000, "1970-01-01T00:00:00.0000000Z");
    is(125963423999999999, "2000-02-29T23:59:59.9999999Z");
    is(125963424000000000, "2000-03-01T00:00:00.0000000Z");
    is(UINT64_MAX, "60056-05-28T05:36:10.9551615Z");
}

static void remembers_the_day(void **state) {
    struct filetime_printer printer = {0};
    char a[FILETIME_TEXT], b[FILETIME_TEXT];
    (void)state;
    for (uint64_t t = 0; t < 40; t++) {
        uint64_t time = 129685541940000000 + t * 432000000001;
        size_t size = filetime_print(&printer, time, a);
        a[size] = 0;
        filetime_text(time, b);
        assert_string_equal(a, b);
    }
}

static void meets_unix(void **state) {
    (void)state;
    assert_int_equal(filetime_from_unix(0, 0), 116444736000000000);
    assert_int_equal(filetime_from_unix(1324080594, 100), 129685541940000001);
    assert_int_equal(filetime_from_unix(INT64_MIN, 0), 0);
    assert_int_equal(filetime_from_unix(INT64_MAX, 0), UINT64_MAX);
    assert_int_equal(filetime_to_unix(129685541949999999), 1324080594);
    assert_int_equal(filetime_to_unix(0), -11644473600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(goes_there_and_back),
        cmocka_unit_test(remembers_the_day),
        cmocka_unit_test(meets_unix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
