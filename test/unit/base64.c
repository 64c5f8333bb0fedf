/* base64: what is no base64, then the vectors of RFC 4648 there and back. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void what_is_none(void **state) {
    static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg=A", "Z===", "Zm9v!", "Zg==Zg==Zg=", "\xff"};
    uint8_t out[64];
    size_t size;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(base64_decode(bad[i], strlen(bad[i]), out, &size));
}

static void there_and_back(void **state) {
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xff\xfe", "///+"}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char text[16] = "";
        uint8_t out[16];
        size_t size = base64_encode(span_of(pairs[i][0], strlen(pairs[i][0]), 0), text), back;
        assert_int_equal(size, strlen(pairs[i][1]));
        assert_memory_equal(text, pairs[i][1], size);
        assert_true(base64_decode(text, size, out, &back));
        assert_int_equal(back, strlen(pairs[i][0]));
        assert_memory_equal(out, pairs[i][0], back);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_none), cmocka_unit_test(there_and_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
