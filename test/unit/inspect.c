/* The examination of whole contents: cut, lying, foreign and large ones, then ordinary ones. */
#include "detect/inspect.h"

#include "format/pe.h"
#include "make/authenticode_fixture.h"
#include "make/evtx_made.h"
#include "make/examine.h"
#include "model/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct inspect_options only_inspect = {.inspect = true}, only_hash = {.hash = true};

static int prepare(void **state) {
    (void)state;
    return inspect_prepare(NULL, 0) && inspect_prepare(NULL, 0) ? 0 : -1;
}

static struct fixture make(size_t size) {
    return fixture_signed(&(struct fixture_image){.size = size}, "sha256", FIXTURE_SUBJECT, NULL, 0);
}

static void cut_at_every_length(void **state) {
    (void)state;
    struct fixture f = make(1024);
    for (size_t there = 0; there < f.size; there++) {
        uint8_t *exact = malloc(there + 1);
        memcpy(exact, f.data, there);
        struct examine e;
        examine_cut(&e, exact, there, there, &only_inspect); /* a shorter file */
        (void)examine_rows(&e, FACT_pe);
        examine_free(&e);
        examine_cut(&e, exact, there, f.size, &only_inspect); /* evidence that ends */
        (void)examine_rows(&e, FACT_pe);
        assert_false(e.result.has_sha256);
        examine_free(&e);
        free(exact);
    }
    fixture_free(&f);
}

static void every_flipped_bit(void **state) {
    (void)state;
    struct fixture f = make(1024);
    for (size_t bit = 0; bit < f.size * 8; bit += bit < 0x200 * 8 ? 1 : 7) {
        struct examine e;
        f.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        examine(&e, f.data, f.size);
        (void)examine_rows(&e, FACT_pe);
        examine_free(&e);
        f.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    fixture_free(&f);
}

static void little_memory(void **state) {
    (void)state;
    struct fixture f = make(4096);
    for (size_t cap = 0; cap < 400000; cap += 7000) {
        struct examine_memory m = {
            {f.size, span_of(f.data, CONTENT_HEAD, 0), examine_read, NULL}, f.data, f.size};
        struct examine e = {0};
        job_init(&e.job, cap);
        inspect_content(&m.content, "", &e.job, &only_inspect, &e.rows, &e.result);
        (void)examine_rows(&e, FACT_pe);
        assert_true(e.job.fault.code == FAULT_NONE || e.job.fault.code == FAULT_LIMIT);
        examine_free(&e);
    }
    fixture_free(&f);
}

static void is_no_pe(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", "M", "MZ", "hello",
        "MZ is how this letter begins, and it is long enough to hold an offset field."};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct examine e;
        examine(&e, (const uint8_t *)texts[i], strlen(texts[i]));
        assert_int_equal(e.result.type, INSPECT_NONE);
        assert_int_equal(examine_rows(&e, FACT_finding), 0);
        assert_int_equal(e.result.faulted, 0);
        examine_free(&e);
    }
}

static void only_the_head_is_read(void **state) {
    (void)state;
    static uint8_t bytes[100000];
    struct examine e;
    memset(bytes, 'x', sizeof bytes);
    examine(&e, bytes, sizeof bytes);
    assert_int_equal(e.result.state, INSPECT_HEAD);
    assert_int_equal(e.result.bytes, 0);
    assert_int_equal(e.rows.size, 0);
    examine_free(&e);
}

static void larger_than_allowed(void **state) {
    (void)state;
    struct fixture f = make(8192);
    struct examine e;
    struct inspect_options options = {.inspect = true, .hash = true, .max_size = f.size - 1};
    examine_cut(&e, f.data, f.size, f.size, &options);
    assert_int_equal(e.result.state, INSPECT_SKIPPED);
    assert_non_null(e.result.reason);
    assert_int_equal(e.result.bytes, 0);
    examine_free(&e);
    options.max_size++;
    examine_cut(&e, f.data, f.size, f.size, &options);
    assert_int_equal(e.result.state, INSPECT_READ);
    examine_free(&e);
    fixture_free(&f);
}

static void hashes_anything(void **state) {
    (void)state;
    static uint8_t bytes[3 << 20];
    uint8_t expected[DIGEST_MAX];
    fixture_noise(bytes, sizeof bytes, 1);
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 1 << 20, sizeof bytes};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct examine e;
        struct row row;
        struct inspect_options options = {.hash = true, .md5 = true, .sha1 = true};
        examine_cut(&e, bytes, sizes[i], sizes[i], &options);
        digest_once(DIGEST_SHA256, span_of(bytes, sizes[i], 0), expected);
        assert_true(e.result.has_sha256);
        assert_memory_equal(e.result.sha256, expected, 32);
        assert_true(examine_row(&e, FACT_hashes, 0, &row));
        digest_once(DIGEST_MD5, span_of(bytes, sizes[i], 0), expected);
        assert_memory_equal(examine_cell(&row, FACT_hashes_md5)->bytes.data, expected, 16);
        assert_int_equal(e.result.bytes, sizes[i] > 4096 ? sizes[i] - 4096 : 0);
        examine_free(&e);
        examine_cut(&e, bytes, sizes[i], sizes[i] + 1, &only_hash);
        assert_false(e.result.has_sha256);
        assert_int_equal(examine_rows(&e, FACT_hashes), 0);
        assert_true(sizes[i] + 1 <= CONTENT_HEAD || e.result.faulted == 1u << FAULT_TORN);
        examine_free(&e);
    }
}

static void facts_of_an_image(void **state) {
    (void)state;
    struct fixture f = make(4000);
    struct examine e;
    struct row row;
    uint8_t expected[64];
    examine(&e, f.data, f.size);
    assert_int_equal(e.result.type, INSPECT_PE);
    assert_int_equal(e.result.state, INSPECT_READ);
    assert_int_equal(e.result.faulted, 0);
    assert_int_equal(examine_rows(&e, FACT_finding), 0);
    assert_int_equal(examine_rows(&e, FACT_pe_section), 1);
    assert_true(examine_row(&e, FACT_pe, 0, &row));
    fixture_digest(&f, "sha1", expected);
    assert_memory_equal(examine_cell(&row, FACT_pe_authentihash_sha1)->bytes.data, expected, 20);
    fixture_digest(&f, "sha256", expected);
    assert_memory_equal(examine_cell(&row, FACT_pe_authentihash_sha256)->bytes.data, expected, 32);
    assert_true(examine_says(&row, FACT_pe_signed_digest, "match"));
    assert_true(examine_says(&row, FACT_pe_signer, FIXTURE_SUBJECT));
    assert_int_equal(examine_integer(&row, FACT_pe_table_offset), 4000);
    assert_true(examine_row(&e, FACT_signature, 0, &row));
    assert_memory_equal(examine_cell(&row, FACT_signature_computed)->bytes.data, expected, 32);
    assert_true(examine_says(&row, FACT_signature_program, "Test"));
    examine_free(&e);
    fixture_free(&f);
}

static void damage_becomes_findings(void **state) {
    (void)state;
    struct fixture f = make(2048);
    struct examine e;
    struct row row;
    examine_cut(&e, f.data, 1500, 1500, &only_inspect); /* the table lies behind the end */
    assert_true(examine_finding(&e, "damaged", 0, &row));
    assert_int_equal(examine_integer(&row, FACT_finding_severity), SEVERITY_INFO);
    assert_true(e.result.faulted & 1u << FAULT_TORN);
    assert_true(e.result.has_sha256);
    assert_true(examine_row(&e, FACT_pe, 0, &row));
    assert_true(examine_says(&row, FACT_pe_signed_digest, "none"));
    examine_free(&e);
    fixture_free(&f);
}

/* A content that is made while it is read: an image of 66 MiB with its signature behind CONTENT_WHOLE. */
struct large {
    struct content content;
    const struct fixture *small; /* the signed image without its middle */
    uint64_t size, middle_end;
    uint64_t read;
};

enum { KEPT = 1024 };

static size_t large_read(struct content *content, struct job *job, uint64_t offset, uint8_t *to,
                         size_t size) {
    struct large *l = (struct large *)content;
    (void)job;
    size_t n = 0;
    for (; n < size && offset + n < l->size; n++) {
        uint64_t at = offset + n;
        to[n] = at < KEPT            ? l->small->data[at]
                : at < l->middle_end ? 0x90
                                     : l->small->data[at - l->middle_end + KEPT];
    }
    l->read += n;
    return n;
}

static void larger_than_memory(void **state) {
    (void)state;
    enum { MIDDLE = 66 << 20 };
    struct fixture whole = fixture_pe(&(struct fixture_image){.size = KEPT});
    fixture_add(&whole, NULL, MIDDLE);
    memset(whole.data + KEPT, 0x90, MIDDLE);
    struct fixture der = fixture_signature(&whole, "sha384", FIXTURE_SUBJECT, NULL);
    fixture_entry(&whole, &der, NULL, 0);
    struct fixture small = {NULL, 0};
    fixture_add(&small, whole.data, KEPT);
    fixture_add(&small, whole.data + KEPT + MIDDLE, whole.size - KEPT - MIDDLE);
    struct large l = {
        {whole.size, span_of(small.data, KEPT, 0), large_read, NULL}, &small, whole.size, KEPT + MIDDLE, 0};
    struct examine e = {0};
    struct row row;
    uint8_t expected[DIGEST_MAX];
    job_init(&e.job, INSPECT_MEMORY);
    inspect_content(&l.content, "large.exe", &e.job, &only_inspect, &e.rows, &e.result);
    digest_once(DIGEST_SHA256, span_of(whole.data, whole.size, 0), expected);
    assert_true(e.result.has_sha256);
    assert_memory_equal(e.result.sha256, expected, 32);
    assert_true(examine_row(&e, FACT_pe, 0, &row));
    assert_true(examine_says(&row, FACT_pe_signed_digest, "match"));
    assert_int_equal(e.result.bytes, l.read);
    assert_int_equal(l.read, whole.size - KEPT + (whole.size - KEPT - MIDDLE)); /* the table twice */
    assert_int_equal(examine_findings(&e, "signature_slack") + examine_findings(&e, "signature_broken"), 0);
    examine_free(&e);
    fixture_free(&whole);
    fixture_free(&small);
    fixture_free(&der);
}

static void marks_of_the_web(void **state) {
    (void)state;
    static const char text[] = "[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=https://example.org/\r\n";
    const uint8_t *bytes = (const uint8_t *)text;
    struct inspect_options options = {.inspect = true, .zone = true};
    struct examine e;
    struct row row;
    examine(&e, bytes, sizeof text - 1); /* not by its content */
    assert_int_equal(examine_rows(&e, FACT_zone), 0);
    examine_free(&e);
    examine_cut(&e, bytes, sizeof text - 1, sizeof text - 1, &options);
    assert_int_equal(e.result.type, INSPECT_ZONE);
    assert_true(examine_row(&e, FACT_zone, 0, &row));
    assert_true(examine_says(&row, FACT_zone_host_url, "https://example.org/"));
    assert_int_equal(examine_cell(&row, FACT_zone_zone_id)->integer, 3);
    assert_null(examine_cell(&row, FACT_zone_package));
    examine_free(&e);
    examine_cut(&e, bytes, 12, 12, &options); /* a mark that says nothing is one */
    assert_int_equal(examine_rows(&e, FACT_zone), 1);
    assert_int_equal(examine_findings(&e, "damaged"), 1);
    examine_free(&e);
    examine_cut(&e, bytes, sizeof text - 1, 70000, &options);
    assert_int_equal(e.result.state, INSPECT_SKIPPED);
    assert_int_equal(examine_rows(&e, FACT_zone), 0);
    examine_free(&e);
}

static void event_logs(void **state) {
    (void)state;
    static uint8_t bytes[EVTX_MADE_HEADER + 4 * EVTX_MADE_CHUNK];
    const struct evtx_made_datum data = {"ServiceName", "a", 1, NULL, 0};
    struct evtx_made_event event = {
        1, "Service Control Manager", "a/b", "H", NULL, 7045, 4, false, {0}, &data, 1};
    struct evtx_made made = {.bytes = bytes, .size = sizeof bytes};
    struct inspect_options options = {.inspect = true};
    struct examine e;
    struct row row;
    assert_true(evtx_made_add(&made, &event));
    event.id = 1; /* is not selected */
    assert_true(evtx_made_add(&made, &event));
    made.number += 5;
    event.id = 7036;
    assert_true(evtx_made_add(&made, &event));
    size_t size = evtx_made_finish(&made);
    examine_cut(&e, bytes, size, size, &options);
    assert_int_equal(e.result.type, INSPECT_EVENTS);
    assert_true(e.result.has_sha256);
    assert_int_equal(examine_rows(&e, FACT_event), 2);
    assert_int_equal(examine_rows(&e, FACT_event_gap), 1);
    assert_true(examine_row(&e, FACT_event_log, 0, &row));
    assert_true(examine_says(&row, FACT_event_log_channel, "a/b"));
    assert_int_equal(examine_cell(&row, FACT_event_log_records)->integer, 3);
    assert_int_equal(examine_cell(&row, FACT_event_log_missing)->integer, 5);
    assert_int_equal(examine_cell(&row, FACT_event_log_last_number)->integer, 8);
    assert_true(examine_row(&e, FACT_event, 1, &row));
    assert_int_equal(examine_cell(&row, FACT_event_number)->integer, 8);
    assert_true(examine_says(&row, FACT_event_data, "{\"ServiceName\":\"a\"}"));
    examine_free(&e);
    examine_cut(&e, bytes, EVTX_MADE_HEADER + 1500, size, &options); /* the source gives less */
    assert_false(e.result.has_sha256);
    assert_true(examine_row(&e, FACT_event_log, 0, &row));
    assert_int_equal(examine_cell(&row, FACT_event_log_complete)->integer, 0);
    examine_free(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_length),     cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(little_memory),           cmocka_unit_test(is_no_pe),
        cmocka_unit_test(only_the_head_is_read),   cmocka_unit_test(larger_than_allowed),
        cmocka_unit_test(hashes_anything),         cmocka_unit_test(facts_of_an_image),
        cmocka_unit_test(damage_becomes_findings), cmocka_unit_test(larger_than_memory),
        cmocka_unit_test(marks_of_the_web),        cmocka_unit_test(event_logs),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
