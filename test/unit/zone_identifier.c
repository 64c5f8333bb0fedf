/* Marks of the web: what is none, what lies, what is cut; then those that programs write. */
#include "format/zone_identifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct job job;
static struct zone_identifier zone;

static bool decode_bytes(const void *bytes, size_t size) {
    job_reset(&job);
    return zone_identifier_decode(&job, span_of(bytes, size, 0), &zone);
}

static bool decode(const char *text) {
    return decode_bytes(text, strlen(text));
}

static void assert_value(struct span value, const char *wanted) {
    struct text text = {0};
    zone_identifier_text(&zone, value, &text);
    assert_string_equal(text_string(&text), wanted);
    text_free(&text);
}

static void what_is_none(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",  "ZoneId=3\r\n",    "[Other]\nZoneId=3", "[ZoneTransfer",
        "[", "[ZoneTransfers]", "\xff\xfe",          "\xfe\xff[ZoneTransfer]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(decode(texts[i]));
        assert_int_equal(job.fault.code, FAULT_BAD);
        assert_false(zone.has_zone);
    }
    assert_false(zone_identifier_named(span_of("Zone.Identifiers", 16, 0)));
    assert_false(zone_identifier_named(span_of("", 0, 0)));
    assert_true(zone_identifier_named(span_of("zone.identifier", 15, 0)));
}

static void what_lies(void **state) {
    (void)state;
    static const char *const zones[] = {"", "three", "3x", "-1", "4294967296", "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        char text[80];
        snprintf(text, sizeof text, "[ZoneTransfer]\nZoneId=%s\nHostUrl=u", zones[i]);
        assert_true(decode(text));
        assert_false(zone.has_zone);
        assert_int_equal(job.noted, 1);
        assert_int_equal(job.notes[0].code, FAULT_BAD);
        assert_value(zone.host_url, "u");
    }
    assert_true(decode("[ZoneTransfer]\nnonsense\n;comment\n\nZoneId=3"));
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].offset, 15);
    assert_true(zone.has_zone);
}

static void what_is_cut(void **state) {
    (void)state;
    size_t size = ZONE_IDENTIFIER_MAX + 100;
    char *text = malloc(size);
    memset(text, 'a', size);
    memcpy(text, "[ZoneTransfer]\nHostUrl=", 23);
    assert_true(decode_bytes(text, size));
    assert_int_equal(zone.host_url.size, ZONE_IDENTIFIER_VALUE);
    assert_int_equal(job.noted, 2);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    assert_int_equal(job.notes[1].code, FAULT_LIMIT);
    free(text);
}

static void every_length(void **state) {
    (void)state;
    static const char wide[] = "\xff\xfe[\0Z\0o\0n\0e\0T\0r\0a\0n\0s\0f\0e\0r\0]\0\r\0\n\0H\0o\0s\0t\0U\0r\0l"
                               "\0=\0\xe9\0\x00\xd8\n\0Z\0o\0n\0e\0I\0d\0=\0"
                               "3";
    for (size_t n = 0; n <= sizeof wide; n++) {
        char *exact = malloc(n + 1);
        memcpy(exact, wide, n);
        (void)!decode_bytes(exact, n);
        assert_int_equal(zone.host_url.size % 2, 0);
        free(exact);
    }
    assert_true(decode_bytes(wide, sizeof wide));
    assert_true(zone.wide && zone.has_zone);
    assert_int_equal(zone.zone, 3);
    assert_value(zone.host_url, "\xc3\xa9\\uD800");
    assert_true(decode_bytes(wide, sizeof wide - 1)); /* half a character is left */
    assert_int_equal(job.notes[1].code, FAULT_TORN);
    assert_int_equal(job.noted, 2);
}

static void as_browsers_write_it(void **state) {
    (void)state;
    assert_true(decode("[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=https://example.org/?a=b\r\n"
                       "HostUrl=https://example.org/a.exe\r\n"));
    assert_int_equal(job.noted, 0);
    assert_true(zone.has_zone);
    assert_int_equal(zone.zone, 3);
    assert_value(zone.host_url, "https://example.org/a.exe");
    assert_value(zone.referrer_url, "https://example.org/?a=b");
    assert_int_equal(zone.package.size, 0);
    assert_true(
        decode("\xef\xbb\xbf[ZoneTransfer]\nLastWriterPackageFamilyName=Edge_8wekyb3d8bbwe\nZoneId=4"));
    assert_value(zone.package, "Edge_8wekyb3d8bbwe");
    assert_int_equal(zone.zone, 4);
}

static void as_windows_reads_it(void **state) {
    (void)state;
    assert_true(decode("[Other]\nZoneId=1\n [ zonetransfer ] \n zoneid = 2 \nZONEID=4\nHostUrl=\xe9\n[More]\n"
                       "ReferrerUrl=x\n[ZoneTransfer]\nReferrerUrl=y"));
    assert_int_equal(zone.zone, 2); /* the first */
    assert_value(zone.host_url, "\\xE9");
    assert_int_equal(zone.referrer_url.size, 0);
}

static int prepare(void **state) {
    (void)state;
    job_init(&job, 1 << 16);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none),         cmocka_unit_test(what_lies),
        cmocka_unit_test(what_is_cut),          cmocka_unit_test(every_length),
        cmocka_unit_test(as_browsers_write_it), cmocka_unit_test(as_windows_reads_it),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
