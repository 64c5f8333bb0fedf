#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void is(void (*escape)(struct text *, const char *, size_t), const char *in, size_t size,
               const char *out) {
    struct text text = {0};
    escape(&text, in, size);
    assert_string_equal(text_string(&text), out);
    text_free(&text);
}

#define IS(escape, in, out) is(escape, in, sizeof in - 1, out)

static void a_terminal_cannot_be_driven(void **state) {
    (void)state;
    IS(text_terminal, "a\x1b[31mb", "a\\x1B[31mb");
    IS(text_terminal, "a\nb\rc\td\x7f", "a\\x0Ab\\x0Dc\\x09d\\x7F");
    IS(text_terminal,
       "\xc2\x9b"
       "31m",
       "\\x9B31m"); /* CSI as one C1 character */
    IS(text_terminal,
       "\xe2\x80\xae"
       "gpj.exe",
       "\\u{202E}gpj.exe");
    IS(text_terminal, "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd");
    IS(text_terminal, "\xc0\xaf\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    IS(text_terminal, "\xf0\x9f\x98\x80 \xe5\x85\xa5", "\xf0\x9f\x98\x80 \xe5\x85\xa5");
}

static void json_stays_json(void **state) {
    (void)state;
    IS(text_json, "a\"b\\c", "\"a\\\"b\\\\c\"");
    IS(text_json, "\x01\n", "\"\\u0001\\u000a\"");
    IS(text_json, "\xe2\x80\xa8", "\"\\u2028\"");
    IS(text_json, "\xf3\xa0\x80\x81", "\"\\udb40\\udc01\""); /* a tag character, as a surrogate pair */
    IS(text_json, "", "\"\"");
}

static void a_spreadsheet_gets_no_formula(void **state) {
    (void)state;
    IS(text_csv, "=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"");
    IS(text_csv, "+1", "\"'+1\"");
    IS(text_csv, "-1", "\"'-1\"");
    IS(text_csv, "@a", "\"'@a\"");
    IS(text_csv, "\ta", "\"'\\x09a\"");
    IS(text_csv, "a,\"b\"", "\"a,\"\"b\"\"\"");
    IS(text_csv, "plain", "plain");
    IS(text_csv, "a\r\nb", "a\\x0D\\x0Ab");
}

static void html_stays_text(void **state) {
    (void)state;
    IS(text_html, "<script>'&\"", "&lt;script&gt;&#39;&amp;&quot;");
}

static void stored(struct span bytes, void (*from)(struct text *, struct span), const char *out) {
    struct text text = {0};
    from(&text, bytes);
    assert_string_equal(text_string(&text), out);
    text_free(&text);
}

#define STORED(from, in, out) stored(span_of(in, sizeof in - 1, 0), from, out)

static void names_keep_what_is_odd(void **state) {
    (void)state;
    STORED(text_from_utf16, "a\0b\0", "ab");
    STORED(text_from_utf16, "\x00\xd8", "\\uD800");                  /* a surrogate alone */
    STORED(text_from_utf16, "\x3d\xd8\x00\xde", "\xf0\x9f\x98\x80"); /* and a pair */
    STORED(text_from_utf16, "\x00\xdc\x3d\xd8", "\\uDC00\\uD83D");
    STORED(text_from_utf16, "/\0\\\0\0\0", "\\u002F\\\\\\u0000");
    STORED(text_from_utf16, "a\0b", "a\\x62");              /* an odd last byte */
    STORED(text_from_prose, "/\0\\\0\0\0", "/\\\\\\u0000"); /* what is no name */
    STORED(text_json_utf16, "a\0b\0/\0\"\0\\\0\n\0\x7f\0", "ab/\\\"\\\\\\u000a\\u007f");
    STORED(text_json_utf16, "a\0b\0c\0d\0e\0f\0g\0h\0\xe9\0", "abcdefgh\xc3\xa9");
    STORED(text_json_utf16,
           "\x00\xd8"
           "a\0b\0c\0\x3d\xd8\x00\xde",
           "\xef\xbf\xbd"
           "abc\xf0\x9f\x98\x80");
    STORED(text_json_utf16,
           "a\0\x2e\x20"
           "b",
           "a\\u202e\xef\xbf\xbd"); /* what turns text around; an odd byte */
    STORED(text_from_bytes, "a\xff\\", "a\\xFF\\\\");
    STORED(text_from_latin, "a\xe9\n", "a\\xE9\\x0A");
}

static void percent_goes_there_and_back(void **state) {
    struct text there = {0}, back = {0};
    (void)state;
    text_percent(&there, "a b!:%\xc3\xbc/x", 10, "/");
    assert_string_equal(text_string(&there), "a%20b%21%3A%25%C3%BC/x");
    assert_true(text_unpercent(&back, text_string(&there), there.size));
    assert_memory_equal(text_string(&back), "a b!:%\xc3\xbc/x", 10);
    assert_false(text_unpercent(&back, "%", 1));
    assert_false(text_unpercent(&back, "%4", 2));
    assert_false(text_unpercent(&back, "%4g", 3));
    assert_false(text_unpercent(&back, "%00", 3));
    text_free(&there);
    text_free(&back);
}

static void tells_well_formed_from_not(void **state) {
    (void)state;
    assert_true(text_valid("", 0));
    assert_true(text_valid("a\xe5\x85\xa5", 4));
    assert_false(text_valid("a\0b", 3));
    assert_false(text_valid("\xe5\x85", 2));
    assert_false(text_valid("\xc0\xaf", 2));
    assert_false(text_valid("\xed\xa0\x80", 3));
}

static void cuts_between_characters(void **state) {
    (void)state;
    assert_int_equal(text_cut("", 3), 0);
    assert_int_equal(text_cut("abc", 3), 3);
    assert_int_equal(text_cut("abcd", 3), 3);
    assert_int_equal(text_cut("ab\xe9\xa9\xb1", 5), 5);
    assert_int_equal(text_cut("ab\xe9\xa9\xb1", 4), 2);
    assert_int_equal(text_cut("\xe9\xa9\xb1", 2), 0);
}

static void stored_names_come_back(void **state) {
    static const char odd[] = "a\xff\\b\xc3\xbc\\xFF";
    struct text stored = {0}, back = {0};
    (void)state;
    assert_false(text_unstore(&back, "a\\"));
    assert_false(text_unstore(&back, "a\\x4"));
    assert_false(text_unstore(&back, "a\\x00"));
    assert_false(text_unstore(&back, "a\\uD800"));
    text_clear(&back);
    text_from_bytes(&stored, span_of(odd, sizeof odd - 1, 0));
    assert_true(text_unstore(&back, text_string(&stored)));
    assert_string_equal(text_string(&back), odd);
    text_free(&stored);
    text_free(&back);
}

static void a_full_text_says_so(void **state) {
    struct text text = {.max = 10};
    (void)state;
    text_add(&text, "12345678");
    assert_false(text.full);
    text_add(&text, "9abc");
    assert_true(text.full);
    text_add(&text, "x");
    assert_string_equal(text_string(&text), "12345678");
    text_free(&text);
}

static void numbers_for_people(void **state) {
    struct text text = {0};
    (void)state;
    text_grouped(&text, 1234567);
    text_char(&text, ' ');
    text_size(&text, 1023);
    text_char(&text, ' ');
    text_size(&text, 1536 * 1024);
    assert_string_equal(text_string(&text), "1,234,567 1023 B 1.5 MiB");
    text_clear(&text);
    text_hexdump(&text, span_of("AB\n", 3, 0x20), "> ");
    assert_string_equal(text_string(&text),
                        "> 00000020  41 42 0a                                         |AB.|\n");
    text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_cannot_be_driven),
        cmocka_unit_test(json_stays_json),
        cmocka_unit_test(a_spreadsheet_gets_no_formula),
        cmocka_unit_test(html_stays_text),
        cmocka_unit_test(names_keep_what_is_odd),
        cmocka_unit_test(percent_goes_there_and_back),
        cmocka_unit_test(tells_well_formed_from_not),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(stored_names_come_back),
        cmocka_unit_test(a_full_text_says_so),
        cmocka_unit_test(numbers_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
