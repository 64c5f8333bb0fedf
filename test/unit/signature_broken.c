/* The detector of broken signatures: when it must not speak first. */
#include "make/authenticode_fixture.h"
#include "make/examine.h"
#include "model/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ID "signature_broken"

static int prepare(void **state) {
    (void)state;
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

static struct fixture make(const char *digest) {
    return fixture_signed(&(struct fixture_image){.size = 2048}, digest, FIXTURE_SUBJECT, NULL, 0);
}

static size_t findings(const struct fixture *f, struct row *row) {
    struct examine e;
    struct row first;
    examine(&e, f->data, f->size);
    size_t count = examine_findings(&e, ID);
    if (count > 0 && row) {
        assert_true(examine_finding(&e, ID, 0, &first));
        assert_int_equal(examine_integer(&first, FACT_finding_severity), SEVERITY_HIGH);
        *row = first; /* integers stay valid */
    }
    examine_free(&e);
    return count;
}

static void silent_where_bytes_are_missing(void **state) {
    (void)state;
    static const struct inspect_options options = {.inspect = true};
    struct fixture f = make("sha256");
    f.data[0x300] ^= 1; /* broken indeed, but who knows what else is */
    for (size_t there = 0; there < f.size; there += 13) {
        struct examine e;
        examine_cut(&e, f.data, there, f.size, &options);
        assert_int_equal(examine_findings(&e, ID), 0);
        examine_free(&e);
        examine_cut(&e, f.data, there, there, &options);
        assert_int_equal(examine_findings(&e, ID), 0);
        examine_free(&e);
    }
    fixture_free(&f);
}

static void silent_on_unknown_algorithms(void **state) {
    (void)state;
    struct fixture f = make("sha256");
    static const uint8_t sha256[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
    uint8_t *at = f.data + 2048;
    for (size_t left; (left = f.size - (size_t)(at - f.data)) > 0 && (at = memmem(at, left, sha256, 9));
         at += 9)
        at[8] = 0x0a;
    struct examine e;
    struct row row;
    examine(&e, f.data, f.size);
    assert_int_equal(examine_findings(&e, ID), 0);
    assert_true(examine_row(&e, FACT_signature, 0, &row));
    assert_true(examine_says(&row, FACT_signature_verdict, "cannot-tell"));
    assert_true(examine_says(&row, FACT_signature_algorithm, "2.16.840.1.101.3.4.2.10"));
    examine_free(&e);
    fixture_free(&f);
}

static void silent_on_good_files(void **state) {
    (void)state;
    static const char *const digests[] = {"md5", "sha1", "sha256", "sha384", "sha512"};
    for (size_t i = 0; i < 5; i++) {
        struct fixture f = make(digests[i]);
        assert_int_equal(findings(&f, NULL), 0);
        fixture_put(&f, fixture_checksum_at(&f), 0x1234, 4);
        assert_int_equal(findings(&f, NULL), 0);
        fixture_free(&f);
    }
}

static void speaks_for_every_algorithm(void **state) {
    (void)state;
    static const char *const digests[] = {"md5", "sha1", "sha256", "sha384", "sha512"};
    for (size_t i = 0; i < 5; i++) {
        struct fixture f = make(digests[i]);
        struct row row = {0};
        f.data[0x300] ^= 1;
        assert_int_equal(findings(&f, &row), 1);
        assert_int_equal(examine_integer(&row, FACT_finding_strength), STRENGTH_STRONG);
        fixture_free(&f);
    }
}

static void one_of_two_is_firm(void **state) {
    (void)state;
    struct fixture f = fixture_pe(&(struct fixture_image){.size = 2048});
    f.data[0x300] ^= 1;
    struct fixture inner = fixture_signature(&f, "sha512", FIXTURE_SUBJECT, NULL);
    f.data[0x300] ^= 1;
    struct fixture der = fixture_signature(&f, "sha1", FIXTURE_SUBJECT, &inner);
    fixture_entry(&f, &der, NULL, 0);
    struct row row = {0};
    assert_int_equal(findings(&f, &row), 1);
    assert_int_equal(examine_integer(&row, FACT_finding_strength), STRENGTH_FIRM);
    fixture_free(&f);
    fixture_free(&inner);
    fixture_free(&der);
}

static void a_replaced_digest_is_seen(void **state) {
    (void)state;
    struct fixture f = make("sha256");
    uint8_t old[64], new[64];
    fixture_digest(&f, "sha256", old);
    f.data[0x300] ^= 1;
    fixture_digest(&f, "sha256", new);
    uint8_t *at = memmem(f.data + 2048, f.size - 2048, old, 32);
    assert_non_null(at);
    memcpy(at, new, 32);
    struct row row = {0};
    assert_int_equal(findings(&f, &row), 1);
    fixture_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_where_bytes_are_missing),
        cmocka_unit_test(silent_on_unknown_algorithms),
        cmocka_unit_test(silent_on_good_files),
        cmocka_unit_test(speaks_for_every_algorithm),
        cmocka_unit_test(one_of_two_is_firm),
        cmocka_unit_test(a_replaced_digest_is_seen),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
