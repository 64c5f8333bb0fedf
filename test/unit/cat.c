/* Catalogs: damaged ones first, then what is read. */
#include "format/cat.h"
#include "format/authenticode_stowage.h"
#include "make/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct job job;
static struct x509_store store;
static struct signing_id root, leaf, stranger;
static struct authenticode_context context = {.store = &store, .now = 0};

static int prepare(void **state) {
    (void)state;
    job_init(&job, 64 << 20);
    root = signing_certificate(&(struct signing_make){.name = "Root", .ca = true});
    leaf = signing_certificate(&(struct signing_make){.name = "Leaf", .by = &root, .usages = SIGNING_CODE});
    stranger = signing_certificate(&(struct signing_make){.name = "Stranger", .ca = true});
    return x509_prepare() && x509_store_init(&store) ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    signing_free(&root);
    signing_free(&leaf);
    signing_free(&stranger);
    x509_store_free(&store);
    return 0;
}

static int clean(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static struct fixture made(size_t count, unsigned version) {
    struct catalog_member *members = calloc(count + 1, sizeof *members);
    assert_non_null(members);
    for (size_t i = 0; i < count; i++) {
        members[i].size = version == 1 ? 20 : 32;
        fixture_noise(members[i].digest, members[i].size, i / 2 + 1); /* each twice */
    }
    struct signing_spec spec = {.signer = &leaf, .certificates = {leaf.certificate, root.certificate}};
    struct fixture cat = catalog_signed(members, count, version, &spec);
    free(members);
    return cat;
}

static bool decoded(struct span bytes, struct cat *ret) {
    struct authenticode_signature signature;
    return authenticode_signed(&job, bytes, span_of(CAT_OID, CAT_OID_SIZE, 0), &context, &signature) &&
           cat_decode(&job, signature.content, ret);
}

static void other_things_are_none(void **state) {
    (void)state;
    struct cat cat;
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 1024});
    struct signing_spec spec = {.signer = &leaf, .certificates = {leaf.certificate}};
    struct fixture der = signing_image(&pe, &spec);
    assert_false(cat_sniff(span_of("", 0, 0)));
    assert_false(cat_sniff(span_of(pe.data, pe.size, 0)));
    assert_false(cat_sniff(span_of(der.data, der.size, 0)));
    assert_false(decoded(span_of(der.data, der.size, 0), &cat));
    assert_false(cat_decode(&job, span_of("\x04\x00", 2, 0), &cat));
    assert_int_equal(job.fault.code, FAULT_BAD);
    fixture_free(&pe);
    fixture_free(&der);
}

static void sweeps(void **state) {
    (void)state;
    struct fixture f = made(3, 2);
    struct cat cat;
    for (size_t size = 0; size < f.size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, f.data, size);
        bool sniffed = cat_sniff(span_of(exact, size, 0));
        assert_true(size < 64 || sniffed);
        assert_false(decoded(span_of(exact, size, 0), &cat));
        job_reset(&job);
        free(exact);
    }
    for (size_t bit = 0; bit < f.size * 8; bit += 3) {
        f.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (decoded(span_of(f.data, f.size, 0), &cat))
            assert_true(cat.count <= 3);
        f.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        job_reset(&job);
        x509_store_ready(&store);
    }
    fixture_free(&f);
}

static void reads_both_versions(void **state) {
    (void)state;
    for (unsigned version = 1; version <= 2; version++) {
        struct fixture f = made(2000, version);
        struct cat cat;
        uint8_t wanted[32];
        assert_true(cat_sniff(span_clip(span_of(f.data, f.size, 0), 0, 64)));
        assert_true(decoded(span_of(f.data, f.size, 0), &cat));
        assert_int_equal(cat.version, version);
        assert_int_equal(cat.count, 1000);
        assert_true(cat.complete);
        assert_string_equal(cat.os, "2:10.0");
        assert_true(cat.list_time == 132224079240000000u || cat.list_time > 0);
        fixture_noise(wanted, version == 1 ? 20 : 32, 77);
        size_t found = 0;
        for (size_t i = 0; i < cat.count; i++) {
            assert_int_equal(cat.members[i].size, version == 1 ? 20 : 32);
            found += memcmp(cat.members[i].digest, wanted, cat.members[i].size) == 0;
            assert_true(i == 0 || memcmp(cat.members[i - 1].digest, cat.members[i].digest, 32) < 0);
        }
        assert_int_equal(found, 1);
        fixture_free(&f);
        job_reset(&job);
    }
}

/* A list whose middle is damaged says so, and gives what came before. */
static void damage_is_said(void **state) {
    (void)state;
    struct catalog_member members[3] = {{.size = 32}, {.size = 32}, {.size = 32}};
    struct cat cat;
    for (size_t i = 0; i < 3; i++)
        members[i].digest[0] = (uint8_t)(i + 1);
    struct fixture list = catalog_list(members, 3, 2);
    fixture_wrap(&list, 0, 0x30);
    uint8_t *second = memmem(list.data, list.size, members[1].digest, 32);
    assert_non_null(second);
    second[-4] = 0x05; /* in place of its SEQUENCE */
    assert_true(cat_decode(&job, span_of(list.data, list.size, 0), &cat));
    assert_false(cat.complete);
    assert_true(job.noted > 0);
    assert_true(cat.count >= 1);
    fixture_free(&list);
}

/* What no digest covers is measured: the attribute, and the certificate that belongs to nobody. */
static void stowage_is_measured(void **state) {
    (void)state;
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 1024});
    struct signing_spec spec = {.signer = &leaf, .certificates = {leaf.certificate, root.certificate}};
    struct authenticode_signature s;
    for (int stowed = 0; stowed < 2; stowed++) {
        spec.stowed = stowed ? 3000 : 0;
        spec.certificates[2] = stowed ? stranger.certificate : NULL;
        struct fixture der = signing_image(&pe, &spec);
        struct span oid = span_of("\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04", 10, 0);
        assert_true(authenticode_signed(&job, span_of(der.data, der.size, 50), oid, &context, &s));
        assert_int_equal(s.stowage.attributes, stowed);
        assert_int_equal(s.stowage.certificates, stowed);
        if (stowed) {
            assert_true(s.stowage.attribute_bytes > 3000 && s.stowage.attribute_bytes < 3040);
            assert_string_equal(s.stowage.attribute_oid, "1.2.3.4.5.6");
            assert_string_equal(s.stowage.certificate_subject, "/O=Assay Test/CN=Stranger");
            assert_ptr_equal(der.data + (s.stowage.attribute.offset - 50), s.stowage.attribute.data);
        }
        job_reset(&job);
        fixture_free(&der);
    }
    /* A second value behind a stamp is read by nobody. */
    struct fixture stamp = {NULL, 0}, values = {NULL, 0};
    fixture_add(&values, "\x30\x00\x04\x10", 4);
    fixture_add(&values, NULL, 16);
    signing_add_attribute(&stamp, SIGNING_TOKEN, values.data, values.size);
    struct pkcs7 stamped = {.signer_count = 1};
    stamped.signers[0].unsigned_attributes = span_of(stamp.data, stamp.size, 0);
    s = (struct authenticode_signature){.depth = 0};
    assert_true(authenticode_stowage_measure(&job, &stamped, &s));
    assert_int_equal(s.stowage.attribute_bytes, 18);
    fixture_free(&stamp);
    fixture_free(&values);
    struct pkcs7_signer odd = {.unsigned_attributes = span_of("\x30\x05\xff", 3, 0)};
    struct pkcs7 p7 = {.signers = {odd}, .signer_count = 1};
    s = (struct authenticode_signature){.depth = 0};
    assert_true(authenticode_stowage_measure(&job, &p7, &s));
    assert_int_equal(s.stowage.attribute_bytes, 3); /* what cannot be read is stowed, too */
    fixture_free(&pe);
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(other_things_are_none), TEST(sweeps), TEST(reads_both_versions), TEST(damage_is_said),
        TEST(stowage_is_measured),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
