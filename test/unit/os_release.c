/* What a Linux says it is: other files of that name, then all forms of values. */
#include "format/os_release.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *read_sized(const char *bytes, size_t size) {
    static char out[512];
    struct os_release release;
    struct text text = {0};
    if (!os_release_decode(span_of(bytes, size, 0), &release))
        return "none";
    os_release_text(release.id, &text);
    text_char(&text, '|');
    os_release_text(release.version, &text);
    text_char(&text, '|');
    os_release_text(release.name, &text);
    snprintf(out, sizeof out, "%s", text_string(&text));
    text_free(&text);
    return out;
}

static void is(const char *text, const char *wanted) {
    assert_string_equal(read_sized(text, strlen(text)), wanted);
}

static void what_is_none(void **state) {
    (void)state;
    is("", "none");
    is("\n\n=\n#ID=x\n", "none");
    is("ID\nid=x\nXID=x\n ID=x\n", "none");
    is("ID=\nVERSION_ID=12\n", "none");
    is("ID=\"debian\n", "none"); /* a quote that does not end */
    is("ID='\n", "none");
    assert_false(os_release_named("os-release.bak"));
}

static void values(void **state) {
    (void)state;
    is("ID=debian", "debian||");
    is("PRETTY_NAME=\"A \\\"B\\\" \\$c\"\nVERSION_ID='22.04'\r\nID=\"x\" \n", "x|22.04|A \"B\" $c");
    is("ID=a\nID=b\n", "b||");
    is("ID=a\nVERSION_ID=\"\"\nPRETTY_NAME=\xff\\\n", "a||\\xFF\\\\");
    assert_true(os_release_named("os-release"));
}

static void prefixes(void **state) {
    static const char whole[] = "ID=\"a\\\"b\"\nVERSION_ID='1'\nPRETTY_NAME=x y\n#\n";
    char changed[sizeof whole];
    (void)state;
    for (size_t size = 0; size < sizeof whole; size++)
        read_sized(whole, size);
    for (size_t bit = 0; bit < 8 * (sizeof whole - 1); bit++) {
        memcpy(changed, whole, sizeof whole);
        changed[bit / 8] = (char)(changed[bit / 8] ^ 1 << bit % 8);
        read_sized(changed, sizeof whole - 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(values),
        cmocka_unit_test(prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
