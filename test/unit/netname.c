/* Names of hosts: what is none, then equal ones in one form. */
#include "base/netname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct span text(const char *string) {
    return span_of(string, strlen(string), 0);
}

static void what_is_none(void **state) {
    static const char *const none[] = {"",
                                       ".",
                                       "localhost",
                                       "a..b",
                                       ".a.b",
                                       "-a.b",
                                       "a b.com",
                                       "a.b/c",
                                       "256.1.1.1",
                                       "1.2.3",
                                       "1.2.3.4.5",
                                       "::g",
                                       "a:80.com",
                                       "1:2.com",
                                       "b\xc3\xbc"
                                       "cher.de",
                                       "a.1b",
                                       "[.]",
                                       "a[.com",
                                       "::1%eth0"};
    char name[NETNAME_MOST], longest[300];
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(netname_normal(text(none[i]), name), NETNAME_NONE);
        assert_string_equal(name, "");
    }
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 64, ".com", 5);
    assert_int_equal(netname_normal(text(longest), name), NETNAME_NONE); /* a label of 64 */
    assert_int_equal(netname_normal(text(longest + 1), name), NETNAME_DOMAIN);
    memset(longest, 'a', sizeof longest);
    for (size_t i = 50; i < 300; i += 50)
        longest[i] = '.';
    assert_int_equal(netname_normal(span_of(longest, 254, 0), name), NETNAME_NONE);
    assert_int_equal(netname_normal(span_of(longest, 253, 0), name), NETNAME_DOMAIN);
    assert_int_equal(netname_normal(span_of("a.c\0m", 5, 0), name), NETNAME_NONE);
}

static void same(const char *given, enum netname_kind kind, const char *wanted) {
    char name[NETNAME_MOST];
    assert_int_equal(netname_normal(text(given), name), kind);
    assert_string_equal(name, wanted);
}

static void one_form(void **state) {
    (void)state;
    same("WWW.Example.COM", NETNAME_DOMAIN, "www.example.com");
    same(" example.com.\r", NETNAME_DOMAIN, "example.com");
    same("example[.]com", NETNAME_DOMAIN, "example.com");
    same("a(.)example[.]com", NETNAME_DOMAIN, "a.example.com");
    same("_dmarc.xn--bcher-kva.de", NETNAME_DOMAIN, "_dmarc.xn--bcher-kva.de");
    same("3com.com", NETNAME_DOMAIN, "3com.com");
    same("192.0.2[.]1", NETNAME_ADDRESS, "192.0.2.1");
    same("::ffff:192.0.2.1", NETNAME_ADDRESS, "192.0.2.1");
    same("2001:DB8:0:0:0:0:0:1", NETNAME_ADDRESS, "2001:db8::1");
}

static void url(const char *given, const char *wanted) {
    struct span host = netname_of_url(text(given));
    assert_int_equal(host.size, strlen(wanted));
    assert_memory_equal(host.data, wanted, host.size);
}

static void hosts_of_urls(void **state) {
    (void)state;
    url("", "");
    url("about:internet", "");
    url("example.com/a", "");
    url("http://", "");
    url("https://user:word@example.com:8443/a?b@c", "example.com");
    url("http://evil.com\\@good.com/", "evil.com");
    url("http://[2001:db8::1]:80/", "2001:db8::1");
    url("http://[", "");
    url("ftp://example.com?x", "example.com");
}

static void parents(void **state) {
    (void)state;
    assert_string_equal(netname_parent("a.b.example.com"), "b.example.com");
    assert_null(netname_parent("example.com"));
    assert_null(netname_parent("com"));
    assert_true(netname_is_nowhere("127.0.0.53") && netname_is_nowhere("0.0.0.0") &&
                netname_is_nowhere("::1"));
    assert_false(netname_is_nowhere("12.7.0.1") || netname_is_nowhere("") || netname_is_nowhere("::2"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none),
        cmocka_unit_test(one_form),
        cmocka_unit_test(hosts_of_urls),
        cmocka_unit_test(parents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
