/* SignedData and the values inside it: what is damaged first, then what is read. */
#include "format/der_definite.h"
#include "format/der_time.h"
#include "format/pkcs7_seal.h"
#include "make/signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/cms.h>

static struct job job;
static struct x509_store store;
static struct signing_id root, leaf;

static int prepare(void **state) {
    (void)state;
    job_init(&job, 64 << 20);
    root = signing_certificate(&(struct signing_make){.name = "Root", .ca = true});
    leaf = signing_certificate(&(struct signing_make){.name = "Leaf", .by = &root, .usages = SIGNING_CODE});
    return x509_prepare() && x509_store_init(&store) ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    signing_free(&root);
    signing_free(&leaf);
    x509_store_free(&store);
    return 0;
}

static int clean(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static struct fixture signature(void) {
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 1024});
    struct signing_spec spec = {
        .signer = &leaf, .certificates = {leaf.certificate, root.certificate}, .stowed = 20};
    struct fixture der = signing_image(&pe, &spec);
    fixture_free(&pe);
    return der;
}

static struct span span_over(const struct fixture *f) {
    return span_of(f->data, f->size, 100);
}

static void other_things_are_refused(void **state) {
    (void)state;
    static const char *const others[] = {"",
                                         "\x30",
                                         "\x30\x80",
                                         "\x30\x03\x02\x01\x01",
                                         "\x04\x02\x30\x00",
                                         "\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
                                         "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x00"};
    static const size_t sizes[] = {0, 1, 2, 5, 4, 13, 15};
    struct pkcs7 p7;
    struct fault why;
    for (size_t i = 0; i < 7; i++) {
        assert_false(pkcs7_decode(span_of(others[i], sizes[i], 0), &p7, &why));
        assert_int_not_equal(why.code, FAULT_NONE);
        assert_false(pkcs7_decode_loose(&job, span_of(others[i], sizes[i], 0), &p7));
        assert_int_equal(job.fault.code, FAULT_NONE);
    }
}

/* What decodes can be walked, wherever it is cut and whichever bit is wrong. */
static void walk(struct span der) {
    struct pkcs7 p7;
    struct fault why;
    struct pkcs7_attribute attribute;
    if (!pkcs7_decode(der, &p7, &why))
        return;
    for (size_t i = 0; i < p7.signer_count; i++) {
        struct cursor c = pkcs7_signed_attributes(&p7.signers[i]),
                      u = pkcs7_unsigned_attributes(&p7.signers[i]);
        while (pkcs7_attribute_next(&c, &attribute) || pkcs7_attribute_next(&u, &attribute))
            assert_true(attribute.values.size <= der.size);
        (void)pkcs7_signing_time(&p7.signers[i]);
    }
    assert_true(pkcs7_payload(&p7).size <= der.size);
}

static void sweeps(void **state) {
    (void)state;
    struct fixture f = signature();
    struct pkcs7 p7;
    struct fault why;
    for (size_t size = 0; size < f.size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, f.data, size);
        assert_false(pkcs7_decode(span_of(exact, size, 0), &p7, &why));
        assert_false(pkcs7_decode_loose(&job, span_of(exact, size, 0), &p7));
        job_reset(&job);
        free(exact);
    }
    for (size_t bit = 0; bit < f.size * 8; bit += 3) {
        f.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        walk(span_over(&f));
        f.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    fixture_free(&f);
}

static void reads_signed_data(void **state) {
    (void)state;
    struct fixture f = signature();
    struct pkcs7 p7;
    struct fault why;
    const struct x509 **certificates;
    assert_true(pkcs7_decode(span_over(&f), &p7, &why));
    assert_int_equal(p7.certificate_count, 2);
    assert_int_equal(p7.signer_count, 1);
    assert_int_equal(p7.content.data[0], DER_SEQUENCE);
    assert_int_equal(p7.content.offset - 100, (uint64_t)(p7.content.data - f.data));
    assert_int_equal(pkcs7_certificates(&job, &store, &p7, &certificates), 2);
    const struct x509 *signer = pkcs7_certificate_of(&p7.signers[0], certificates, 2);
    assert_non_null(signer);
    assert_string_equal(signer->name, "Leaf");
    assert_null(pkcs7_certificate_of(&p7.signers[0], certificates + 1, 1));
    assert_int_equal(pkcs7_seal(&job, &p7.signers[0], signer, p7.content_type, pkcs7_payload(&p7)),
                     X509_GOOD);
    /* Another type, other content, another key: each breaks it. */
    assert_int_equal(pkcs7_seal(&job, &p7.signers[0], signer, span_of("\x2a", 1, 0), pkcs7_payload(&p7)),
                     X509_WRONG);
    assert_int_equal(pkcs7_seal(&job, &p7.signers[0], signer, p7.content_type, p7.content), X509_WRONG);
    assert_int_equal(pkcs7_seal(&job, &p7.signers[0], certificates[1], p7.content_type, pkcs7_payload(&p7)),
                     X509_WRONG);
    fixture_free(&f);
}

/* Bytes that ride along where nothing belongs are no SignedData any more. */
static void nothing_rides_along(void **state) {
    (void)state;
    struct fixture f = signature();
    struct pkcs7 p7;
    struct fault why;
    struct der outer, explicit, inner;
    struct cursor c = cursor_of(span_over(&f));
    assert_true(der_expect(&c, DER_SEQUENCE, &outer, &why));
    c = der_inside(&outer);
    assert_true(der_next(&c, &explicit, &why) && der_next(&c, &explicit, &why));
    c = der_inside(&explicit);
    assert_true(der_expect(&c, DER_SEQUENCE, &inner, &why));
    for (int at = 0; at < 3; at++) { /* behind the last value of each level */
        struct fixture grown = {NULL, 0};
        fixture_add(&grown, inner.content.data, inner.content.size);
        if (at == 0)
            fixture_add(&grown, "\x04\x01x", 3);
        fixture_wrap(&grown, 0, DER_SEQUENCE);
        if (at == 1)
            fixture_add(&grown, "\x04\x01x", 3);
        fixture_wrap(&grown, 0, 0xa0);
        if (at == 2)
            fixture_add(&grown, "\x04\x01x", 3);
        struct fixture whole = {NULL, 0};
        signing_add_oid(&whole, "1.2.840.113549.1.7.2");
        fixture_add(&whole, grown.data, grown.size);
        fixture_wrap(&whole, 0, DER_SEQUENCE);
        assert_false(pkcs7_decode(span_over(&whole), &p7, &why));
        assert_int_equal(why.code, FAULT_BAD);
        fixture_free(&grown);
        fixture_free(&whole);
    }
    fixture_free(&f);
}

static void finds_attributes(void **state) {
    (void)state;
    struct fixture f = signature();
    struct pkcs7 p7;
    struct fault why;
    struct pkcs7_attribute attribute;
    assert_true(pkcs7_decode(span_over(&f), &p7, &why));
    struct cursor c = pkcs7_unsigned_attributes(&p7.signers[0]);
    assert_true(pkcs7_attribute_find(&c, "\x2a\x03\x04\x05\x06", 5, &attribute)); /* 1.2.3.4.5.6 */
    assert_false(pkcs7_attribute_find(&c, "\x2a\x03\x04\x05\x06", 5, &attribute));
    assert_int_equal(pkcs7_signing_time(&p7.signers[0]), 0);
    fixture_free(&f);
}

/* What OpenSSL writes as a stream has indefinite lengths and strings in parts. */
static void reads_other_encodings(void **state) {
    (void)state;
    uint8_t content[5000];
    fixture_noise(content, sizeof content, 1);
    BIO *in = BIO_new_mem_buf(content, sizeof content), *out = BIO_new(BIO_s_mem());
    unsigned flags = CMS_BINARY | CMS_STREAM | CMS_NOSMIMECAP;
    CMS_ContentInfo *cms = CMS_sign(leaf.certificate, leaf.key, NULL, in, flags);
    assert_non_null(cms);
    assert_int_equal(i2d_CMS_bio_stream(out, cms, in, (int)flags), 1);
    char *data;
    long size = BIO_get_mem_data(out, &data);
    struct pkcs7 p7;
    struct fault why;
    assert_false(pkcs7_decode(span_of(data, (size_t)size, 0), &p7, &why));
    assert_true(pkcs7_decode_loose(&job, span_of(data, (size_t)size, 0), &p7));
    assert_true(span_equal(pkcs7_payload(&p7), span_of(content, sizeof content, 0)));
    const struct x509 **certificates;
    assert_int_equal(pkcs7_certificates(&job, &store, &p7, &certificates), 1);
    assert_int_equal(pkcs7_seal(&job, &p7.signers[0], certificates[0], p7.content_type, pkcs7_payload(&p7)),
                     X509_GOOD);
    for (long cut = 0; cut < size; cut += 7)
        assert_false(pkcs7_decode_loose(&job, span_of(data, (size_t)cut, 0), &p7));
    for (long bit = 0; bit < size * 8; bit += 61) {
        data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
        (void)!pkcs7_decode_loose(&job, span_of(data, (size_t)size, 0), &p7);
        data[bit / 8] = (char)(data[bit / 8] ^ 1 << bit % 8);
        job_reset(&job);
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    BIO_free(out);
}

static void definite_lengths(void **state) {
    (void)state;
    static const struct {
        const char *ber, *der;
        size_t ber_size, der_size;
    } cases[] = {
        {"\x30\x80\x02\x01\x05\x00\x00", "\x30\x03\x02\x01\x05", 7, 5},
        {"\x24\x80\x04\x01\x61\x04\x02\x62\x63\x00\x00", "\x04\x03\x61\x62\x63", 11, 5},
        {"\x30\x81\x03\x02\x01\x05", "\x30\x03\x02\x01\x05", 6, 5},
        {"\x30\x84\x00\x00\x00\x00", "\x30\x00", 6, 2},
        {"\x30\x80\x24\x80\x24\x80\x04\x01\x61\x00\x00\x00\x00\x00\x00", "\x30\x03\x04\x01\x61", 15, 5},
    };
    struct span ret;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(der_definite(&job, span_of(cases[i].ber, cases[i].ber_size, 7), &ret));
        assert_true(span_equal(ret, span_of(cases[i].der, cases[i].der_size, 0)));
        assert_int_equal(ret.offset, 7);
    }
    assert_false(
        der_definite(&job, span_of("\x24\x80\x02\x01\x61\x00\x00", 7, 0), &ret)); /* no string in a string */
    job_reset(&job);
    uint8_t deep[200];
    memset(deep, 0, sizeof deep);
    for (size_t i = 0; i < 80; i += 2)
        memcpy(deep + i, "\x30\x80", 2);
    assert_false(der_definite(&job, span_of(deep, sizeof deep, 0), &ret));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
}

static void times(void **state) {
    (void)state;
    static const struct {
        uint8_t identifier;
        const char *text;
        uint64_t time;
    } cases[] = {
        {DER_UTC_TIME, "700101000000Z", 116444736000000000u},
        {DER_UTC_TIME, "500101000000Z", 110133216000000000u}, /* 1950 */
        {DER_UTC_TIME, "491231235959Z", 141690815990000000u}, /* 2049 */
        {DER_GENERALIZED_TIME, "19700101000000Z", 116444736000000000u},
        {DER_GENERALIZED_TIME, "19700101000000.5Z", 116444736005000000u},
        {DER_GENERALIZED_TIME, "19700101000000.123456789Z", 116444736001234567u},
        {DER_UTC_TIME, "7001010000Z", 0},
        {DER_UTC_TIME, "700101000000", 0},
        {DER_UTC_TIME, "700101000000+0100", 0},
        {DER_UTC_TIME, "700101000000.5Z", 0},
        {DER_UTC_TIME, "7001010000a0Z", 0},
        {DER_UTC_TIME, "701301000000Z", 0},
        {DER_UTC_TIME, "", 0},
        {DER_GENERALIZED_TIME, "19700101000000.Z", 0},
        {DER_GENERALIZED_TIME, "1970010100000", 0},
        {DER_OCTET_STRING, "19700101000000Z", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct der value = {.identifier = cases[i].identifier,
                            .content = span_of(cases[i].text, strlen(cases[i].text), 0)};
        uint64_t time = 0;
        bool good = der_time(&value, &time);
        if (good != (cases[i].time != 0) || time != cases[i].time)
            fail_msg("%s: %d %llu", cases[i].text, good, (unsigned long long)time);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(other_things_are_refused), TEST(sweeps),
        TEST(reads_signed_data),        TEST(nothing_rides_along),
        TEST(finds_attributes),         TEST(reads_other_encodings),
        TEST(definite_lengths),         TEST(times),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
