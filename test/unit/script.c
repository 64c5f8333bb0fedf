/* Words of scripts: what is none, what stands by itself, and what only machines write. */
#include "format/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char told[256];

/* The classes that are found, with a blank between them. */
static const char *classes(enum script_language language, struct span text) {
    struct script script;
    size_t n = 0;
    told[0] = 0;
    script_examine(language, text, &script);
    for (int i = 0; i < SCRIPT_CLASSES; i++)
        if (script.found[i].size > 0)
            n += (size_t)snprintf(told + n, sizeof told - n, "%s%s", n ? " " : "",
                                  script_class_word((enum script_class)i));
    return told;
}

static void expect(enum script_language language, const char *text, const char *wanted) {
    assert_string_equal(classes(language, span_of(text, strlen(text), 0)), wanted);
}

static void nothing(void **state) {
    (void)state;
    expect(SCRIPT_JAVASCRIPT, "", "");
    expect(SCRIPT_NONE, "eval(fetch(x))", "");
    expect(SCRIPT_JAVASCRIPT, "medieval(x); prefetch(y); cache.fetch(z); re.exec(s); child_processes", "");
    expect(SCRIPT_JAVASCRIPT, "Invoke-Expression", "");
    expect(SCRIPT_SHELL, "# the curly function, evaluate", "");
    expect(SCRIPT_PYTHON, "re.compile(x); model.eval()", "");
    expect(SCRIPT_POWERSHELL, "$matrix = 'iwrapper'", "");
}

static void words_of_languages(void **state) {
    (void)state;
    expect(SCRIPT_JAVASCRIPT, "fetch(\"x\")", "network");
    expect(SCRIPT_JAVASCRIPT, "require('child_process').exec(Buffer.from(x, 'base64'))",
           "execution evaluation");
    expect(SCRIPT_JAVASCRIPT, "new Function(x)", "evaluation");
    expect(SCRIPT_POWERSHELL, "IEX (New-Object Net.WebClient).DownloadString('x')", "network evaluation");
    expect(SCRIPT_SHELL, "curl x | sh", "network execution");
    expect(SCRIPT_BATCH, "CertUtil -urlcache x\r\nPowerShell x", "network execution");
    expect(SCRIPT_PYTHON, "import urllib.request, subprocess\nexec(x)", "network execution evaluation");
    expect(SCRIPT_VBSCRIPT, "CreateObject(\"WScript.Shell\")", "execution");
    expect(SCRIPT_PHP, "EVAL(base64_decode($x));", "evaluation");
    expect(SCRIPT_RUBY, "require 'open-uri'", "network");
    expect(SCRIPT_PERL, "use IO::Socket::INET;", "network");
}

static void examples(void **state) {
    (void)state;
    static const char text[] = "a();\nb(fetch('http://x/'));\nfetch('y')";
    struct script script;
    script_examine(SCRIPT_JAVASCRIPT, span_of(text, sizeof text - 1, 0), &script);
    assert_int_equal(script.found[SCRIPT_network].size, 20);
    assert_memory_equal(script.found[SCRIPT_network].data, "fetch('http://x/'));", 20);
}

static void languages(void **state) {
    (void)state;
    static const struct {
        const char *name, *text;
        enum script_language language;
    } wanted[] = {{"a.js", "", SCRIPT_JAVASCRIPT},
                  {"A.MJS", "", SCRIPT_JAVASCRIPT},
                  {"x.ps1", "", SCRIPT_POWERSHELL},
                  {"x.txt", "#!/bin/sh\n", SCRIPT_NONE},
                  {"configure", "#!/bin/sh\n", SCRIPT_SHELL},
                  {"cli", "#!/usr/bin/env node\n", SCRIPT_JAVASCRIPT},
                  {"cli", "#!/usr/bin/env -S python3 -u\nnode", SCRIPT_PYTHON},
                  {"cli", "node", SCRIPT_NONE},
                  {"", "", SCRIPT_NONE}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_int_equal(
            script_language_of(wanted[i].name, span_of(wanted[i].text, strlen(wanted[i].text), 0)),
            wanted[i].language);
}

/* `count` times `part` in one line. */
static const char *repeated(const char *part, size_t count, const char *end) {
    static char line[16384];
    size_t n = 0, size = strlen(part);
    for (size_t i = 0; i < count; i++, n += size)
        memcpy(line + n, part, size);
    memcpy(line + n, end, strlen(end) + 1);
    return line;
}

static void lines_of_machines(void **state) {
    (void)state;
    char noise[1400];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof noise - 1; i++, seed = seed * 1664525 + 1013904223)
        noise[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[seed >> 26];
    noise[sizeof noise - 1] = 0;
    expect(SCRIPT_JAVASCRIPT,
           repeated("var _0x3fa2=1,longerthanthat=2,andmore=3,stillmore=4,yetmore=5;", 17, ""),
           "obfuscation");
    expect(SCRIPT_JAVASCRIPT, repeated("var _0x3fa2=1;\n", 100, ""), ""); /* no long line */
    expect(SCRIPT_JAVASCRIPT, repeated("var a=1,b=2;", 400, ""), "");     /* minified */
    expect(SCRIPT_JAVASCRIPT, repeated("\\x41\\x6f", 200, ""), "obfuscation");
    expect(SCRIPT_JAVASCRIPT, repeated("\\xaa\\xb5", 200, ""), ""); /* a table of characters */
    expect(SCRIPT_JAVASCRIPT, repeated("\\u0041", 300, ""), "");
    expect(SCRIPT_JAVASCRIPT, repeated(noise, 1, ""), "obfuscation");
    expect(SCRIPT_JAVASCRIPT, repeated("AAAAAAAAAAAAAAAA", 100, ""), "");
    char address[1500];
    snprintf(address, sizeof address, "//# sourceMappingURL=data:application/json;base64,%s", noise);
    expect(SCRIPT_JAVASCRIPT, address, "");
    expect(SCRIPT_JAVASCRIPT, repeated(" ", 300, "x();"), "");
    expect(SCRIPT_JAVASCRIPT, repeated("x(); \t", 1, ""), "");
    char hidden[512];
    snprintf(hidden, sizeof hidden, "ok();%250s", "y();");
    expect(SCRIPT_JAVASCRIPT, hidden, "hiding");
    snprintf(hidden, sizeof hidden, "ok();%250s", "");
    expect(SCRIPT_JAVASCRIPT, hidden, "");
}

static void prefixes_and_bits(void **state) {
    (void)state;
    char text[] = "a\nrequire('child_process'); eval(fetch(x)) \\x41 _0x1234                     x";
    for (size_t n = 0; n < sizeof text; n++) {
        char *cut = malloc(n + 1); /* so that a sanitizer sees what is read behind it */
        assert_non_null(cut);
        memcpy(cut, text, n);
        cut = realloc(cut, n > 0 ? n : 1);
        for (int language = 0; language <= SCRIPT_PERL; language++)
            (void)classes((enum script_language)language, span_of(cut, n, 0));
        (void)script_language_of("x", span_of(cut, n, 0));
        free(cut);
    }
    for (size_t bit = 0; bit < (sizeof text - 1) * 8; bit++) {
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
        (void)classes(SCRIPT_JAVASCRIPT, span_of(text, sizeof text - 1, 0));
        text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),           cmocka_unit_test(words_of_languages),
        cmocka_unit_test(examples),          cmocka_unit_test(languages),
        cmocka_unit_test(lines_of_machines), cmocka_unit_test(prefixes_and_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
