/* page: texts that would act, then the policy and what it names. */
#include "report/page.h"

#include "base/base64.h"
#include "base/digest.h"
#include "base/filetime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void texts_that_would_act(void **state) {
    (void)state;
    struct text out = {0};
    page_text(&out, "<b title='x' a=\"y\">&\xe2\x80\xae\x1b\n\xe2\x80\xa8\xff");
    assert_string_equal(
        text_string(&out),
        "&lt;b title=&#39;x&#39; a=&quot;y&quot;&gt;&amp;\\u{202E}\\x1B\\x0A\\u{2028}\xef\xbf\xbd");
    text_clear(&out);
    page_json(&out, "</script><!--\xe2\x80\xae\"\\\n\xe2\x80\xa9");
    assert_string_equal(text_string(&out),
                        "\"\\u003c/script>\\u003c!--\\\\u{202E}\\\"\\\\\\\\x0A\\\\u{2029}\"");
    text_clear(&out);
    page_json(&out, "");
    assert_string_equal(text_string(&out), "\"\"");
    text_clear(&out);
    page_row(&out, "Where", "");
    assert_int_equal(out.size, 0);
    page_row(&out, "Where", "<");
    assert_string_equal(text_string(&out), "<dt>Where</dt><dd>&lt;</dd>");
    text_free(&out);
}

static void paths(void **state) {
    (void)state;
    struct text out = {0};
    page_path(&out, "C:\\a/<b>\\");
    assert_string_equal(text_string(&out), "C:\\<wbr>a/<wbr>&lt;b&gt;\\");
    text_clear(&out);
    page_path(&out, "");
    assert_int_equal(out.size, 0);
    text_free(&out);
}

static void citations(void **state) {
    static const char text[] = "[] [a] [1a] [12] <[3][4444444444444] [5";
    (void)state;
    struct text out = {0};
    page_prose(&out, text, strlen(text));
    assert_string_equal(
        text_string(&out),
        "[] [a] [1a] <a href=\"#f12\">[12]</a> &lt;<a href=\"#f3\">[3]</a>[4444444444444] [5");
    text_clear(&out);
    page_prose(&out, "[12]", 3);
    assert_string_equal(text_string(&out), "[12");
    text_free(&out);
}

/* A text is told as far as 64 KiB, however long it is. */
static void long_texts(void **state) {
    (void)state;
    struct text out = {0};
    char *text = malloc(200001);
    assert_non_null(text);
    memset(text, 'a', 200000);
    text[200000] = 0;
    page_text(&out, text);
    assert_int_equal(out.size, 65536);
    text_clear(&out);
    page_json(&out, text);
    assert_int_equal(out.size, 65538);
    text_clear(&out);
    page_path(&out, text);
    assert_int_equal(out.size, 65536);
    text_free(&out);
    free(text);
}

static void times(void **state) {
    (void)state;
    uint64_t time;
    struct text out = {0};
    assert_true(filetime_parse("2023-03-29T11:47:15.1234567Z", &time));
    page_time(&out, time);
    assert_string_equal(
        text_string(&out),
        "<time datetime=\"2023-03-29T11:47:15.1234567Z\">2023-03-29&nbsp;11:47:15<small>.1234567</small></time>");
    assert_int_equal(page_milliseconds(time), INT64_C(1680090435123));
    assert_int_equal(page_milliseconds(0), INT64_C(-11644473600000));
    text_clear(&out);
    page_time(&out, UINT64_MAX); /* five digits of the year */
    assert_non_null(strstr(text_string(&out), "Z\">60056-"));
    assert_int_equal(strcspn(text_string(&out), "\n\r\t"), out.size);
    text_free(&out);
}

/* The digest that the policy names next, from `*at` on. */
static void next_hash(const char **at, uint8_t digest[32]) {
    uint8_t decoded[64];
    size_t size;
    const char *start = strstr(*at, "'sha256-");
    assert_non_null(start);
    start += 8;
    const char *end = strchr(start, '\'');
    assert_non_null(end);
    assert_int_equal(end - start, 44);
    assert_true(base64_decode(start, 44, decoded, &size));
    assert_int_equal(size, 32);
    memcpy(digest, decoded, 32);
    *at = end;
}

static void policy_names_what_stands_there(void **state) {
    static const enum page_file order[] = {PAGE_LIBRARY, PAGE_SCRIPT, PAGE_STYLE};
    (void)state;
    assert_true(digest_prepare());
    struct text policy = {0};
    page_policy(&policy);
    const char *at = text_string(&policy);
    assert_true(
        strncmp(at, "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'sha256-", 76) == 0);
    for (size_t i = 0; i < 3; i++) {
        uint8_t said[32], is[DIGEST_MAX];
        next_hash(&at, said);
        digest_once(DIGEST_SHA256, page_file(order[i]), is);
        assert_memory_equal(said, is, 32);
    }
    assert_null(strstr(at, "'sha256-"));
    assert_null(strstr(text_string(&policy), "unsafe"));
    assert_null(strstr(text_string(&policy), "http"));
    text_free(&policy);
}

/* Nothing in them ends the element that they stand in, or begins a comment; none is empty. */
static void files(void **state) {
    (void)state;
    for (int i = 0; i < PAGE_FILES; i++) {
        struct span file = page_file((enum page_file)i);
        assert_true(file.size > 500);
        assert_null(memmem(file.data, file.size, "</", 2));
        assert_null(memmem(file.data, file.size, "<!--", 4));
    }
    struct span style = page_file(PAGE_STYLE), script = page_file(PAGE_SCRIPT),
                library = page_file(PAGE_LIBRARY);
    assert_null(memmem(style.data, style.size, "url(", 4));
    assert_null(memmem(style.data, style.size, "@import", 7));
    static const char *const never[] = {"innerHTML", "outerHTML",    "insertAdjacent", "document.write",
                                        "eval(",     "new Function", "fetch(",         "XMLHttp",
                                        ".html(",    "import("};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_null(memmem(script.data, script.size, never[i], strlen(never[i])));
    assert_non_null(memmem(library.data, 200, "d3js.org v5.", 12));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_that_would_act),
                                       cmocka_unit_test(paths),
                                       cmocka_unit_test(citations),
                                       cmocka_unit_test(long_texts),
                                       cmocka_unit_test(times),
                                       cmocka_unit_test(policy_names_what_stands_there),
                                       cmocka_unit_test(files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
