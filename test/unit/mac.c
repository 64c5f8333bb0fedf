/* Addresses of network cards: every form that people write, and nothing else; which tell machines apart. */
#include "base/mac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void misuse(void **state) {
    static const char *const none[] = {"",
                                       "0",
                                       "00112233445",
                                       "0011223344556",
                                       "00:11:22:33:44:5g",
                                       "00 11 22 33 44 55",
                                       ":::::",
                                       "00:11:22:33:44:55:66:77"};
    uint8_t mac[MAC_SIZE] = {9, 9, 9, 9, 9, 9};
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(mac_read(none[i], strlen(none[i]), mac));
    assert_int_equal(mac[0], 9); /* written only on success */
}

static void forms(void **state) {
    static const char *const same[] = {"001122aabbcc", "00:11:22:AA:BB:CC", "00-11-22-aa-bb-cc",
                                       "0011.22aa.bbcc", "001122-AABBCC"};
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        uint8_t mac[MAC_SIZE];
        struct text text = {0};
        assert_true(mac_read(same[i], strlen(same[i]), mac));
        mac_add(&text, mac);
        assert_string_equal(text_string(&text), "00:11:22:aa:bb:cc");
        assert_int_equal(text.size, MAC_TEXT);
        text_free(&text);
    }
}

static void lists(void **state) {
    const char *at = " 001122aabbcc,; none |00-00-00-00-00-01\n";
    uint8_t mac[MAC_SIZE];
    (void)state;
    assert_true(mac_next(&at, mac));
    assert_int_equal(mac[5], 0xcc);
    assert_true(mac_next(&at, mac));
    assert_int_equal(mac[5], 1);
    assert_false(mac_next(&at, mac));
    assert_false(mac_next(&at, mac));
}

static bool tells(const char *text) {
    uint8_t mac[MAC_SIZE];
    assert_true(mac_read(text, strlen(text), mac));
    return mac_is_telling(mac);
}

static bool invented(const char *text) {
    uint8_t mac[MAC_SIZE];
    assert_true(mac_read(text, strlen(text), mac));
    return mac_is_invented(mac);
}

/* The nodes are those of real links: Dell's and Intel's cards, and what Windows invents without one. */
static void which(void **state) {
    (void)state;
    assert_true(tells("0014220d941f") && tells("00:50:56:c1:00:08") && tells("02:00:4c:4f:4f:51"));
    assert_false(tells("000000000000"));
    assert_false(tells("ffffffffffff"));
    assert_false(tells("01005e000001"));
    assert_false(tells("005056c00008"));
    assert_false(tells("02004c4f4f50"));
    assert_false(invented("0014220d941f"));
    assert_true(invented("cdb882e44620") && invented("d8f257cd1d35") && invented("e6bb19de5d65"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse),
        cmocka_unit_test(forms),
        cmocka_unit_test(lists),
        cmocka_unit_test(which),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
