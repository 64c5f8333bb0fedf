/* Sources of rules taken apart: what is no rule loses the reader, what only looks like one does not. */
#include "detect/yara_text.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The names of all statements, with a mark for their kind, and "?" if the reader is lost. */
static const char *names(const char *source) {
    static char said[200];
    struct yara_text text = yara_text_of(span_of(source, strlen(source), 0));
    struct yara_text_statement s;
    size_t size = 0;
    while (yara_text_next(&text, &s)) {
        size += (size_t)snprintf(said + size, sizeof said - size, "%s%c%.*s", size ? " " : "",
                                 s.kind == YARA_TEXT_IMPORT    ? '<'
                                 : s.kind == YARA_TEXT_INCLUDE ? '+'
                                 : s.global                    ? '!'
                                                               : '=',
                                 (int)s.name.size, (const char *)s.name.data);
        assert_true(s.start < s.end && s.end <= text.source.size);
    }
    snprintf(said + size, sizeof said - size, "%s", text.lost ? "?" : "");
    return said;
}

static void what_is_no_rule(void **state) {
    (void)state;
    static const char *const lost[] = {
        "x",
        "rule",
        "rule a",
        "rule a {",
        "rule a { condition: true",
        "rule a { }",
        "rule a { strings: $a = { 41 condition: $a }",
        "rule a { strings: $a = \"x\n\" condition: $a }",
        "rule a { strings: $a = /x\n/ condition: $a }",
        "rule \"a\" { condition: true }",
        "global import \"pe\"",
        "import pe",
        "rule a { condition: { true } }",
    };
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++)
        assert_string_equal(names(lost[i]), "?");
    assert_string_equal(names(""), "");
    assert_string_equal(names(" /* rule a { */ // rule b"), "");
    assert_string_equal(names("rule a { condition: true } rule"), "=a?");
}

static void what_looks_like_an_end(void **state) {
    (void)state;
    assert_string_equal(
        names("\xef\xbb\xbfimport \"pe\"\ninclude \"b.yar\"\n"
              "private global rule a : t1 t2 { condition: true }"
              "rule b{strings:$x={41 /* } */ 42 // }\n 43}$y=\"}\\\"}\" $z=/}\\/}/i condition:all of them}"
              "private rule c { meta: a = \"}\" b = 1 c = true strings: $ = { 4? [1-2] ( 41 | 42 ) }"
              " condition: for any of them : ( $ at 0 ) // }\n }"),
        "<pe +b.yar !a =b =c");
}

static void every_prefix(void **state) {
    (void)state;
    static const char source[] =
        "import \"pe\" rule a : t { meta: a = \"b\" strings: $a = { 41 } $b = /x/ condition: $a }";
    for (size_t size = 0; size < sizeof source; size++) {
        char *exact = malloc(size + 1);
        memcpy(exact, source, size);
        exact[size] = 0;
        (void)names(exact);
        free(exact);
    }
}

static void places(void **state) {
    (void)state;
    static const char source[] = "  private rule abc { strings: $a = \"x\" condition: $a }  ";
    struct yara_text text = yara_text_of(span_of(source, strlen(source), 0));
    struct yara_text_statement s;
    assert_true(yara_text_next(&text, &s));
    assert_int_equal(s.start, 2);
    assert_int_equal(s.word, 10);
    assert_int_equal(source[s.end - 1], '}');
    assert_true(span_equal(s.condition, span_of(" $a ", 4, 0)));
    assert_true(s.has_strings);
    assert_false(yara_text_next(&text, &s));
    assert_false(text.lost);
}

static void words(void **state) {
    (void)state;
    static const char condition[] =
        "pe.number > 1 and other and #a > 2 and any of (pre*) and \"word\" contains /x/ and a.b.c";
    static const char *const wanted[] = {"pe", "and", "other", "and",      "and", "any",
                                         "of", "pre", "and",   "contains", "and", "a"};
    struct span span = span_of(condition, strlen(condition), 0);
    struct yara_text_word word;
    size_t at = 0, n = 0;
    while (yara_text_word(span, &at, &word)) {
        assert_true(n < sizeof wanted / sizeof wanted[0]);
        assert_true(span_equal(word.text, span_of(wanted[n], strlen(wanted[n]), 0)));
        assert_int_equal(word.qualified, n == 0 || n == 11);
        assert_int_equal(word.many, n == 7);
        n++;
    }
    assert_int_equal(n, sizeof wanted / sizeof wanted[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_rule), cmocka_unit_test(what_looks_like_an_end),
        cmocka_unit_test(every_prefix),    cmocka_unit_test(places),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
