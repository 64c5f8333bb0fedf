/* Files hosts and logs of the firewall in evidence: what is something else, then rows. */
#include "detect/inspect_network.h"
#include "make/examine.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEAD                                                                                                 \
    "#Version: 1.5\r\n#Software: Microsoft Windows Firewall\r\n#Time Format: Local\r\n#Fields: date time "   \
    "action protocol src-ip dst-ip src-port dst-port path\r\n"

static struct examine e;
static struct row row;

static int setup(void **state) {
    (void)state;
    assert_true(inspect_prepare(NULL, 0));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    examine_free(&e);
    return 0;
}

static bool says(unsigned column, const char *text) {
    return examine_says(&row, column, text);
}

static void look(const char *text) {
    examine_free(&e);
    examine(&e, (const uint8_t *)text, strlen(text));
}

/* Rows of the two functions by themselves: a content has a name only in evidence. */
static void use(void (*decode)(struct job *job, struct span bytes, struct text *rows), const char *bytes,
                size_t size) {
    examine_free(&e);
    e = (struct examine){.rows = {.max = 64 << 20}};
    job_init(&e.job, INSPECT_MEMORY);
    decode(&e.job, span_of(bytes, size, 0), &e.rows);
}

static void what_is_none(void **state) {
    (void)state;
    look("127.0.0.1 a.example.com\n"); /* of another name */
    assert_int_equal(e.result.type, INSPECT_NONE);
    look("#Version: 1.5\n#Software: somebody\n");
    assert_int_equal(e.result.type, INSPECT_NONE);
    use(inspect_network_hosts, "", 0);
    assert_int_equal(examine_rows(&e, FACT_host_name), 0);
    use(inspect_network_firewall, "", 0);
    assert_int_equal(examine_rows(&e, FACT_connection), 0);
}

static void more_names_than_are_kept(void **state) {
    enum { LINE = 12 };
    static char bytes[LINE * (INSPECT_NETWORK_NAMES + 1)];
    (void)state;
    for (size_t i = 0; i <= INSPECT_NETWORK_NAMES; i++)
        memcpy(bytes + LINE * i, "0.0.0.0 a.b\n", LINE);
    use(inspect_network_hosts, bytes, sizeof bytes);
    assert_int_equal(examine_rows(&e, FACT_host_name), INSPECT_NETWORK_NAMES);
    assert_int_equal(e.job.notes[0].code, FAULT_LIMIT);
}

static void more_connections_than_are_kept(void **state) {
    struct text log = {0};
    (void)state;
    text_add(&log, HEAD);
    for (unsigned i = 0; i <= INSPECT_NETWORK_CONNECTIONS; i++)
        text_format(&log, "2024-05-06 07:08:09 DROP TCP 192.0.2.1 10.%u.%u.%u 1 80 SEND\n", i >> 16,
                    i >> 8 & 255, i & 255);
    text_add(&log, "2024-05-07 07:08:09 DROP TCP 192.0.2.1 10.0.0.0 2 80 SEND\n"); /* known: counted */
    use(inspect_network_firewall, log.data, log.size);
    text_free(&log);
    assert_int_equal(examine_rows(&e, FACT_connection), INSPECT_NETWORK_CONNECTIONS);
    assert_true(examine_row(&e, FACT_connection, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_connection_count), 2);
    assert_int_equal(e.job.notes[0].code, FAULT_LIMIT);
    assert_int_equal(e.job.noted, 1);
}

static void damaged_lines_are_told(void **state) {
    (void)state;
    look(HEAD
         "2024-05-06 07:08:09 ALLOW TCP\r\n2024-05-06 07:08:09 ALLOW TCP 10.0.0.1 192.0.2.1 1 443 SEND\r\n");
    assert_int_equal(e.result.type, INSPECT_FIREWALL);
    assert_int_equal(examine_rows(&e, FACT_connection), 1);
    assert_int_equal(examine_findings(&e, "damaged"), 1);
    assert_int_equal(examine_rows(&e, FACT_hashes), 1);
}

static void names(void **state) {
    static const char bytes[] = "# x\n10.0.0.1 a.example.com b\xff.com\n";
    (void)state;
    use(inspect_network_hosts, bytes, sizeof bytes - 1);
    assert_int_equal(examine_rows(&e, FACT_host_name), 2);
    assert_true(examine_row(&e, FACT_host_name, 1, &row));
    assert_true(says(FACT_host_name_address, "10.0.0.1") && says(FACT_host_name_name, "b\\xFF.com"));
    assert_int_equal(examine_integer(&row, FACT_host_name_line), 2);
    assert_int_equal(examine_integer(&row, FACT_host_name_ordinal), 1);
}

static void connections(void **state) {
    (void)state;
    look(HEAD "2024-05-06 07:08:09 ALLOW TCP 10.0.0.1 192.0.2.1 1000 443 SEND\r\n"
              "2024-05-06 07:08:10 DROP TCP 10.0.0.1 192.0.2.1 1000 443 SEND\r\n"
              "2024-05-06 07:08:11 INFO-EVENTS-LOST - - - - - -\r\n"
              "2024-05-07 07:08:12 ALLOW TCP 10.0.0.1 192.0.2.1 1001 443 SEND\r\n");
    assert_int_equal(e.job.noted, 0);
    assert_int_equal(examine_rows(&e, FACT_connection), 2);
    assert_true(examine_row(&e, FACT_connection, 0, &row));
    assert_true(says(FACT_connection_action, "ALLOW") && says(FACT_connection_direction, "SEND"));
    assert_true(says(FACT_connection_source, "10.0.0.1") && says(FACT_connection_destination, "192.0.2.1"));
    assert_true(says(FACT_connection_first, "2024-05-06 07:08:09") &&
                says(FACT_connection_last, "2024-05-07 07:08:12"));
    assert_int_equal(examine_integer(&row, FACT_connection_count), 2);
    assert_int_equal(examine_integer(&row, FACT_connection_local), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(what_is_none),
        T(more_names_than_are_kept),
        T(more_connections_than_are_kept),
        T(damaged_lines_are_told),
        T(names),
        T(connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
