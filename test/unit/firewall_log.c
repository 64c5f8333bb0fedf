/* Logs of the firewall: what is none, lines that are damaged, then lines. */
#include "format/firewall_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define HEAD                                                                                                      \
    "#Version: 1.5\r\n#Software: Microsoft Windows Firewall\r\n#Time Format: Local\r\n#Fields: date time action " \
    "protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path\r\n\r\n"

static struct job job;
static struct firewall_log opened;

static int begin(void **state) {
    (void)state;
    job_init(&job, 0);
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

/* "time action source>destination:port path", one a line. */
static const char *read_sized(const char *text, size_t size) {
    static char out[4096];
    struct firewall_log_entry entry;
    size_t at = 0;
    out[0] = 0;
    firewall_log_open(&job, span_of(text, size, 0), &opened);
    while (firewall_log_next(&opened, &entry)) {
        static const enum firewall_log_field shown[] = {FIREWALL_LOG_TIME,   FIREWALL_LOG_ACTION,
                                                        FIREWALL_LOG_SOURCE, FIREWALL_LOG_DESTINATION,
                                                        FIREWALL_LOG_PORT,   FIREWALL_LOG_PATH};
        for (size_t i = 0; i < 6; i++)
            at += (size_t)snprintf(out + at, sizeof out - at, "%.*s%c", (int)entry.field[shown[i]].size,
                                   (const char *)entry.field[shown[i]].data, i < 5 ? ' ' : '\n');
    }
    return out;
}

static const char *read_all(const char *text) {
    return read_sized(text, strlen(text));
}

static void what_is_none(void **state) {
    static const char far[300] = "#Version: 1.5\n#";
    (void)state;
    assert_false(firewall_log_sniff(span_of("", 0, 0)));
    assert_false(firewall_log_sniff(span_of("#Software: Microsoft Windows Firewall", 37, 0)));
    assert_false(
        firewall_log_sniff(span_of("#Version: 1.0\n#Software: Microsoft Internet Information", 55, 0)));
    assert_false(firewall_log_sniff(span_of(far, sizeof far, 0)));
    assert_true(firewall_log_sniff(span_of(HEAD, strlen(HEAD), 0)));
    assert_string_equal(read_all(""), "");
    assert_int_equal(job.noted, 0);
}

/* Without the order of its fields a line says nothing. */
static void before_the_fields(void **state) {
    (void)state;
    assert_string_equal(read_all("2024-05-06 07:08:09 ALLOW TCP 10.0.0.1 192.0.2.1 1 443\n"), "");
    assert_int_equal(job.noted, 1);
    assert_string_equal(read_all("#Fields: date time\n2024-05-06 07:08:09\n"), "");
    assert_int_equal(job.noted, 2);
}

static void damaged_lines(void **state) {
    (void)state;
    assert_string_equal(
        read_all(HEAD "2024-05-06 07:08:09 ALLOW TCP 10.0.0.1\r\n"
                      "2024-05-06 07:08:10 DROP UDP 10.0.0.1 192.0.2.1 1 53 0 - - - - - - - SEND\r\n"
                      "2024-05-06 07:08:11 ALL"),
        "07:08:10 DROP 10.0.0.1 192.0.2.1 53 SEND\n");
    assert_int_equal(job.noted, 2);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(job.notes[1].code, FAULT_TORN);
    char line[600];
    snprintf(line, sizeof line, HEAD "2024-05-06 07:08:09 ALLOW TCP 10.0.0.1 %0100d 1 2\n", 0);
    assert_string_equal(read_all(line), "");
    assert_int_equal(job.noted, 3);
}

static void lines(void **state) {
    (void)state;
    assert_string_equal(
        read_all(HEAD "2024-05-06 07:08:09 ALLOW TCP 10.0.0.1 192.0.2.1 49152 443 0 - 0 0 0 - - - SEND\r\n"
                      "2024-05-06 07:08:10 INFO-EVENTS-LOST - - - - - - - - - - - - 3 -\r\n"
                      "2024-05-06 07:08:11 DROP UDP fe80::1 ff02::fb 5353 5353 40 - - - - - - - RECEIVE"),
        "07:08:09 ALLOW 10.0.0.1 192.0.2.1 443 SEND\n07:08:10 INFO-EVENTS-LOST    \n"
        "07:08:11 DROP fe80::1 ff02::fb 5353 RECEIVE\n");
    assert_true(opened.local);
    assert_int_equal(job.noted, 0);
}

/* The order of the fields is the log's own, and may change in it. */
static void another_order(void **state) {
    (void)state;
    assert_string_equal(read_all("#Time Format: UTC\n#Fields: dst-ip  x src-ip protocol action time date\n"
                                 "192.0.2.1 y 10.0.0.1 TCP ALLOW 07:08:09 2024-05-06\n"
                                 "#fields: date time action protocol src-ip dst-ip dst-port path\n"
                                 "2024-05-06 07:08:10 DROP TCP 10.0.0.2 192.0.2.2 80 SEND\n"),
                        "07:08:09 ALLOW 10.0.0.1 192.0.2.1  \n07:08:10 DROP 10.0.0.2 192.0.2.2 80 SEND\n");
    assert_false(opened.local);
    assert_int_equal(job.noted, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(what_is_none), T(before_the_fields), T(damaged_lines), T(lines), T(another_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
