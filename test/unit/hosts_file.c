/* Files hosts: what is no entry, then entries. */
#include "format/hosts_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* "line:address=name" each, one blank between. */
static const char *read_sized(const char *text, size_t size) {
    static char out[4096];
    struct hosts_file file = hosts_file_open(span_of(text, size, 0));
    struct hosts_file_entry entry;
    size_t at = 0;
    out[0] = 0;
    while (hosts_file_next(&file, &entry)) {
        assert_true(entry.name.size > 0 && entry.address.size > 0);
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%u:%.*s=%.*s", at ? " " : "", entry.line,
                               (int)entry.address.size, (const char *)entry.address.data,
                               (int)entry.name.size, (const char *)entry.name.data);
    }
    assert_false(hosts_file_next(&file, &entry));
    return out;
}

static const char *read_all(const char *text) {
    return read_sized(text, strlen(text));
}

static void what_is_no_entry(void **state) {
    char name[300];
    (void)state;
    assert_string_equal(read_all(""), "");
    assert_string_equal(read_all("\n\r\n  \t\n"), "");
    assert_string_equal(read_all("# 1.2.3.4 a.b\n#\n"), "");
    assert_string_equal(read_all("a.example.com 1.2.3.4\n"), "");
    assert_string_equal(read_all("1.2.3.4\n1.2.3.4   \n1.2.3.4 # a.b\n"), "");
    assert_string_equal(read_all("abc def\n"), ""); /* hex digits alone are no address */
    assert_string_equal(read_all("1111:2222:3333:4444:5555:6666:7777:8888:9999:0 a.b"), "");
    memset(name, 'a', sizeof name);
    memcpy(name, "1.2.3.4 ", 8);
    memcpy(name + 8 + 254, " b.c", 4);
    assert_string_equal(read_sized(name, 8 + 254 + 4), "1:1.2.3.4=b.c");
}

static void entries(void **state) {
    (void)state;
    assert_string_equal(read_all("127.0.0.1 localhost"), "1:127.0.0.1=localhost");
    assert_string_equal(read_all("\xef\xbb\xbf# x\r\n\t192.0.2.1\ta.com  b.com#c.com\r\n::1 d.com\n"),
                        "2:192.0.2.1=a.com 2:192.0.2.1=b.com 3:::1=d.com");
    assert_string_equal(read_sized("0.0.0.0 a\0b\n1.1.1.1 c", 21), "1:0.0.0.0=a 2:1.1.1.1=c");
}

static void names_of_files(void **state) {
    (void)state;
    assert_true(hosts_file_named("hosts") && hosts_file_named("HOSTS"));
    assert_false(hosts_file_named("hosts.ics") || hosts_file_named("") || hosts_file_named("host"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_entry),
        cmocka_unit_test(entries),
        cmocka_unit_test(names_of_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
