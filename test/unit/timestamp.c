/* Time stamps: cut and flipped ones, ones over something else, ones that name another certificate. */
#include "format/timestamp.h"
#include "base/filetime.h"
#include "make/signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct x509_store store;
static struct job job;
static struct signing_id root, tsa, signer;
static struct fixture ders[3];
static const struct x509 *outer[2]; /* certificates of the signature: the stamp's signer and the signer */
static uint64_t now;

static struct span der_of(struct signing_id *id, struct fixture *to) {
    signing_add_certificate(to, id->certificate);
    return span_of(to->data, to->size, 0);
}

static int prepare(void **state) {
    (void)state;
    struct fault why;
    now = filetime_now();
    job_init(&job, 16 << 20);
    root = signing_certificate(&(struct signing_make){.name = "Root", .ca = true});
    tsa = signing_certificate(
        &(struct signing_make){.name = "TSA", .by = &root, .usages = "critical," SIGNING_TIME});
    signer = signing_certificate(&(struct signing_make){.name = "Signer", .by = &root});
    if (!x509_prepare() || !x509_store_init(&store) ||
        !x509_store_add(&store, der_of(&root, &ders[0]), X509_FOR_TIME))
        return -1;
    outer[0] = x509_read(&store, der_of(&tsa, &ders[1]), &why);
    outer[1] = x509_read(&store, der_of(&signer, &ders[2]), &why);
    return outer[0] && outer[1] ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    x509_store_free(&store);
    signing_free(&root);
    signing_free(&tsa);
    signing_free(&signer);
    for (size_t i = 0; i < 3; i++)
        fixture_free(&ders[i]);
    return 0;
}

static int clean(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static const uint8_t octets[64] = "the signature";

static struct timestamp read_stamp(const struct fixture *attributes) {
    struct pkcs7_signer stamped = {.signature = span_of(octets, sizeof octets, 0),
                                   .unsigned_attributes = span_of(attributes->data, attributes->size, 0)};
    struct timestamp result;
    timestamp_read(&job, &store, &stamped, outer, 2, &result);
    return result;
}

static void damaged_stamps(void **state) {
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct signing_stamp stamp = {.tsa = &tsa, .certificates = {tsa.certificate}, .pkcs9 = kind == 1};
        struct fixture attributes = {NULL, 0};
        signing_add_stamp(&attributes, &stamp, octets, sizeof octets);
        for (size_t cut = 0; cut < attributes.size; cut++) {
            struct fixture exact = {malloc(cut ? cut : 1), cut};
            memcpy(exact.data, attributes.data, cut);
            struct timestamp result = read_stamp(&exact);
            assert_true(result.kind == TIMESTAMP_NONE || result.faults != 0);
            fixture_free(&exact);
            job_reset(&job);
        }
        for (size_t bit = 0; bit < attributes.size * 8; bit += 41) {
            attributes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            (void)read_stamp(&attributes);
            attributes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            job_reset(&job);
        }
        fixture_free(&attributes);
    }
}

static struct timestamp stamped(const struct signing_stamp *stamp) {
    struct fixture attributes = {NULL, 0};
    signing_add_stamp(&attributes, stamp, octets, sizeof octets);
    struct timestamp result = read_stamp(&attributes);
    result.certificates = NULL;
    fixture_free(&attributes);
    return result;
}

static void stamps(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool pkcs9 = i % 2 == 1, other = i >= 2;
        struct signing_stamp stamp = {
            .tsa = &tsa, .certificates = {tsa.certificate}, .days = -5, .pkcs9 = pkcs9, .other = other};
        struct timestamp result = stamped(&stamp);
        assert_int_equal(result.kind, pkcs9 ? TIMESTAMP_PKCS9 : TIMESTAMP_RFC3161);
        assert_int_equal(result.faults, !other ? 0 : pkcs9 ? TIMESTAMP_SEAL : TIMESTAMP_IMPRINT);
        uint64_t meant = now - 5 * 864000000000u; /* whole seconds, and the set-up took some */
        assert_in_range(result.time, meant - 6000000000u, meant + 6000000000u);
        assert_string_equal(result.signer->name, "TSA");
        assert_true((timestamp_fault_text(result.faults) == NULL) == !other);
        job_reset(&job);
    }
}

/* RFC 3161 2.4.2, RFC 5816: by any digest that is known, in either attribute. */
static void tokens_name_their_signer(void **state) {
    (void)state;
    static const char *const digests[] = {"sha1", "md5", "sha256", "sha384", "sha512"};
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        struct signing_stamp stamp = {.tsa = &tsa, .certificates = {tsa.certificate}, .ess = digests[i]};
        assert_int_equal(stamped(&stamp).faults, 0);
        stamp.wrong_ess = true;
        struct timestamp result = stamped(&stamp);
        assert_int_equal(result.faults, TIMESTAMP_NAMED);
        assert_string_equal(result.signer->name, "TSA");
        assert_non_null(timestamp_fault_text(result.faults));
        job_reset(&job);
    }
    /* A digest that is not known says nothing, whatever it is, and old tokens name nobody. */
    struct signing_stamp stamp = {
        .tsa = &tsa, .certificates = {tsa.certificate}, .ess = "sha3-256", .wrong_ess = true};
    assert_int_equal(stamped(&stamp).faults, 0);
    stamp.no_ess = true;
    assert_int_equal(stamped(&stamp).faults, 0);
}

/* A countersignature need not name anybody; one that does is held to it. */
static void countersignatures_name_their_signer(void **state) {
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        struct signing_info info = {.signer = &tsa,
                                    .type = SIGNING_DATA,
                                    .payload = octets,
                                    .payload_size = sizeof octets,
                                    .has_time = true,
                                    .ess = "sha256",
                                    .wrong_ess = wrong == 1};
        struct fixture attributes = {NULL, 0}, value = signing_signer(&info);
        signing_add_attribute(&attributes, SIGNING_COUNTER, value.data, value.size);
        assert_int_equal(read_stamp(&attributes).faults, wrong ? TIMESTAMP_NAMED : 0);
        fixture_free(&value);
        fixture_free(&attributes);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(damaged_stamps),
        TEST(stamps),
        TEST(tokens_name_their_signer),
        TEST(countersignatures_name_their_signer),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
