/* A strict reader of JSON: what is none first. */
#include "format/json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct job job;

static int setup(void **state) {
    (void)state;
    job_init(&job, 65536);
    return 0;
}

/* One letter a token; "!" behind it if it ended with a fault. */
static const char *kinds(const char *text) {
    static char out[256];
    size_t n = 0;
    struct json_token token;
    job_reset(&job);
    struct json json = json_of(&job, span_of(text, strlen(text), 0));
    while (n < sizeof out - 2 && json_next(&json, &token))
        out[n++] = "oaekscnw"[token.kind == JSON_OBJECT   ? 0
                              : token.kind == JSON_ARRAY  ? 1
                              : token.kind == JSON_END    ? 2
                              : token.kind == JSON_KEY    ? 3
                              : token.kind == JSON_STRING ? 4
                              : token.kind == JSON_NUMBER ? 6
                                                          : 7];
    if (job.fault.code != FAULT_NONE)
        out[n++] = '!';
    out[n] = 0;
    return out;
}

static void what_is_no_json(void **state) {
    static const char *const bad[] = {
        "{",     "[1",        "{\"a\"}",     "{\"a\":}",  "[1,]",     "{\"a\":1,}", "[,1]", "tru",
        "\"a",   "\"\\x\"",   "\"\\u12g4\"", "01",        "-",        "1.",         "1e",   "[1 2]",
        "{1:2}", "]",         "}",           "{\"a\" 1}", "\"\x01\"", "{]",         "[}",   "nul",
        "'a'",   "{\"a\":1]", "[1}",         "+1",        ".5",       "\xff",       "\"\\"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *got = kinds(bad[i]);
        assert_int_equal(got[strlen(got) - 1], '!');
    }
    assert_string_equal(kinds(""), "");
    assert_string_equal(kinds("  \n"), "");
}

static void too_deep(void **state) {
    char text[200];
    (void)state;
    memset(text, '[', sizeof text);
    text[JSON_DEPTH] = 0;
    kinds(text);
    assert_int_equal(job.fault.code, FAULT_TORN);
    text[JSON_DEPTH] = '[';
    text[sizeof text - 1] = 0;
    kinds(text);
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    assert_int_equal(job.fault.offset, JSON_DEPTH);
}

static void every_prefix_and_every_bit(void **state) {
    char text[] = "{\"a\":[1,-2.5e3,true,null,\"x\\u00e9\\n\"],\"b\":{},\"c\":[[]]} \"z\"";
    size_t size = strlen(text);
    (void)state;
    for (size_t n = 0; n < size; n++) {
        char end = text[n];
        text[n] = 0;
        (void)kinds(text);
        text[n] = end;
    }
    for (size_t bit = 0; bit < 8 * size; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        (void)kinds(text);
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
}

static void tokens(void **state) {
    (void)state;
    assert_string_equal(kinds("{\"a\": [1, -2.5e+3, true, null, \"x\"], \"b\": {}, \"c\": [[]]}"),
                        "okannwwsekoekaaeee");
    assert_string_equal(kinds("\xef\xbb\xbf[]"), "ae");
    assert_string_equal(kinds("{}\n{}\n"), "oeoe");
    assert_string_equal(kinds("1 2 \"a\""), "nns");
}

static struct json_token first(const char *text, size_t skip) {
    struct json_token token = {.kind = JSON_END};
    job_reset(&job);
    struct json json = json_of(&job, span_of(text, strlen(text), 0));
    for (size_t i = 0; i <= skip; i++)
        assert_true(json_next(&json, &token));
    return token;
}

static void strings(void **state) {
    static const struct {
        const char *json, *want;
    } pairs[] = {{"\"a\\\"b\\/\"", "a\"b/"},
                 {"\"\\n\\t\"", "\n\t"},
                 {"\"\\\\\"", "\\\\"},
                 {"\"\\u00e9\\u4e2d\"", "\303\251\344\270\255"},
                 {"\"\\ud83d\\ude00x\"", "\360\237\230\200x"},
                 {"\"\\ud83dx\"", "\\uD83Dx"},
                 {"\"\\ud83d\\u0041\"", "\\uD83DA"},
                 {"\"\xff\"", "\\xFF"},
                 {"\"\"", ""}};
    struct text text = {0};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        text_clear(&text);
        json_string(first(pairs[i].json, 0), &text);
        assert_string_equal(text_string(&text), pairs[i].want);
    }
    text_free(&text);
    assert_true(json_is(first("{\"Name\":1}", 1), "name"));
    assert_false(json_is(first("{\"Name\":1}", 1), "nam"));
}

static void numbers(void **state) {
    uint64_t value = 7;
    (void)state;
    assert_true(json_number(first("12", 0), &value) && value == 12);
    assert_true(json_number(first("\"34\"", 0), &value) && value == 34);
    assert_true(json_number(first("18446744073709551615", 0), &value) && value == UINT64_MAX);
    assert_false(json_number(first("18446744073709551616", 0), &value));
    assert_false(json_number(first("-1", 0), &value));
    assert_false(json_number(first("1.5", 0), &value));
    assert_false(json_number(first("\"\"", 0), &value));
    assert_false(json_number(first("true", 0), &value));
    assert_true(value == UINT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_no_json, setup),
        cmocka_unit_test_setup(too_deep, setup),
        cmocka_unit_test_setup(every_prefix_and_every_bit, setup),
        cmocka_unit_test_setup(tokens, setup),
        cmocka_unit_test_setup(strings, setup),
        cmocka_unit_test_setup(numbers, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
