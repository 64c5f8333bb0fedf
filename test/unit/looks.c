/* What bytes begin like, and which are text. */
#include "format/looks.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SPAN(text) span_of(text, sizeof(text) - 1, 0)

static void expect(struct span bytes, const char *wanted) {
    const char *got = looks_word(bytes);
    if (!wanted)
        assert_null(got);
    else
        assert_string_equal(got ? got : "nothing", wanted);
}

static void nothing_known(void **state) {
    (void)state;
    expect(SPAN(""), NULL);
    expect(SPAN("\0"), NULL);
    expect(SPAN("a\1b"), NULL);
    expect(SPAN("PK\3"), NULL);
    expect(SPAN("\x80\x81\x82\x83\x84"), NULL);
    expect(SPAN("\xff\xfe\1\0"), NULL);
    expect(SPAN("\xfe\xff\0\1"), NULL);
    expect(SPAN("Z7z\xbc\xaf\x27\x1c"), NULL);
}

static void known(void **state) {
    (void)state;
    expect(SPAN("MZ\x90"), "program");
    expect(SPAN("PK\3\4\x14"), "zip");
    expect(SPAN("MSCF\0\0\0\0"), "cab");
    expect(SPAN("\x7f"
                "ELF\2"),
           "elf");
    expect(SPAN("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "png");
    expect(SPAN("\x1f\x8b\x08\0"), "gzip");
    expect(SPAN("%PDF-1.7"), "pdf");
    expect(SPAN("\xef\xbb\xbf <?XML version"), "xml");
    expect(SPAN("\r\n<!DOCTYPE HTML>"), "html");
    expect(SPAN("#!/bin/sh\n"), "script");
    expect(SPAN("{}"), "text");
}

static void text(void **state) {
    (void)state;
    assert_int_equal(looks_text(SPAN("")), LOOKS_NO_TEXT);
    assert_int_equal(looks_text(SPAN("a\tb\r\n\f\x1b[0m")), LOOKS_UTF8);
    assert_int_equal(looks_text(SPAN("gr\xc3\xbc\xc3\x9f")), LOOKS_UTF8);
    assert_int_equal(looks_text(SPAN("gr\xfc is of an old code page")), LOOKS_UTF8);
    assert_int_equal(looks_text(SPAN("a\0b")), LOOKS_NO_TEXT);
    assert_int_equal(looks_text(SPAN("\xff\xfe"
                                     "a\0b\0")),
                     LOOKS_UTF16LE);
    assert_int_equal(looks_text(SPAN("\xfe\xff\0a\0b")), LOOKS_UTF16BE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known),
        cmocka_unit_test(known),
        cmocka_unit_test(text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
