/* Bytes inside the signature that no digest covers. */
#include "detect/inspect.h"
#include "make/examine.h"
#include "make/signing.h"
#include "model/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct signing_id root, leaf, stranger;

static int prepare(void **state) {
    (void)state;
    root = signing_certificate(&(struct signing_make){.name = "Root", .ca = true});
    leaf = signing_certificate(&(struct signing_make){.name = "Leaf", .by = &root, .usages = SIGNING_CODE});
    stranger = signing_certificate(&(struct signing_make){.name = "Stranger", .ca = true});
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    signing_free(&root);
    signing_free(&leaf);
    signing_free(&stranger);
    return 0;
}

/* The highest severity; -1 if it is silent. */
static int grade(struct signing_spec *spec, size_t count) {
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 2048}), der;
    struct examine e;
    struct row row;
    spec->signer = &leaf;
    spec->certificates[0] = leaf.certificate;
    spec->certificates[1] = root.certificate;
    der = signing_image(&pe, spec);
    fixture_entry(&pe, &der, NULL, (8 - der.size % 8) % 8);
    examine(&e, pe.data, pe.size);
    int highest = -1;
    assert_int_equal(examine_findings(&e, "signature_stowage"), count);
    assert_int_equal(examine_findings(&e, "signature_broken"), 0);
    for (size_t i = 0; i < count && examine_finding(&e, "signature_stowage", i, &row); i++) {
        int severity = (int)examine_integer(&row, FACT_finding_severity);
        uint64_t offset = examine_integer(&row, FACT_finding_offset),
                 size = examine_integer(&row, FACT_finding_size);
        assert_true(size > 0 && offset + size <= pe.size && pe.data[offset] == 0x30);
        highest = severity > highest ? severity : highest;
    }
    examine_free(&e);
    fixture_free(&pe);
    fixture_free(&der);
    return highest;
}

static void silent(void **state) {
    (void)state;
    struct signing_id tsa = signing_certificate(
        &(struct signing_make){.name = "TSA", .by = &root, .usages = "critical," SIGNING_TIME});
    struct signing_stamp token = {.tsa = &tsa, .certificates = {tsa.certificate}, .days = -1},
                         counter = token;
    counter.pkcs9 = true;
    struct signing_spec none = {.stowed = 0}, stamped = {.stamp = &token},
                        countersigned = {.stamp = &counter};
    countersigned.certificates[2] = tsa.certificate;
    assert_int_equal(grade(&none, 0), -1);
    assert_int_equal(grade(&stamped, 0), -1);
    assert_int_equal(grade(&countersigned, 0), -1);
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 2048});
    struct signing_spec inner = {.signer = &leaf, .certificates = {leaf.certificate}};
    struct fixture der = signing_image(&pe, &inner);
    struct signing_spec nested = {.nested = &der};
    assert_int_equal(grade(&nested, 0), -1);
    fixture_free(&pe);
    fixture_free(&der);
    signing_free(&tsa);
}

static void grades(void **state) {
    (void)state;
    struct signing_spec small = {.stowed = 60}, much = {.stowed = 4096}, large = {.stowed = 40000},
                        extra = {.stowed = 0};
    extra.certificates[2] = stranger.certificate;
    assert_int_equal(grade(&small, 1), SEVERITY_INFO);
    assert_int_equal(grade(&much, 1), SEVERITY_MEDIUM);
    assert_int_equal(grade(&large, 1), SEVERITY_MEDIUM);
    assert_int_equal(grade(&extra, 1), SEVERITY_INFO); /* signers do add whole chain files */
    extra.stowed = 4096;
    assert_int_equal(grade(&extra, 2), SEVERITY_MEDIUM);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(silent), cmocka_unit_test(grades)};
    return cmocka_run_group_tests(tests, prepare, finish);
}
