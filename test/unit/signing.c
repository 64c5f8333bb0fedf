/* The test signer against an independent reader: what it calls good, OpenSSL's verifiers take, and what it
 * spoils, they refuse. */
#include "make/catalog.h"

#include <openssl/cms.h>
#include <openssl/ts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct signing_id root, tsa, leaf, bend, bend384, bend_tsa;
static X509_STORE *store;
static uint8_t octets[] = "octets of a signature";

static bool token_taken(const struct fixture *der, const uint8_t *over, size_t size) {
    const uint8_t *at = der->data;
    PKCS7 *token = d2i_PKCS7(NULL, &at, (long)der->size);
    TS_VERIFY_CTX *c = TS_VERIFY_CTX_new();
    assert_true(token && c && X509_STORE_up_ref(store) == 1);
    TS_VERIFY_CTX_set_flags(c, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_store(c, store);
    TS_VERIFY_CTX_set_data(c, BIO_new_mem_buf(over, (int)size));
    bool good = TS_RESP_verify_token(c, token) == 1;
    TS_VERIFY_CTX_free(c);
    PKCS7_free(token);
    return good;
}

static bool taken(const struct signing_stamp *stamp) {
    struct fixture der = signing_token(stamp, octets, sizeof octets);
    bool good = token_taken(&der, octets, sizeof octets);
    fixture_free(&der);
    return good;
}

/* SignedData whose content is an OCTET STRING, as RFC 5652 has it. */
static bool cms_taken(const struct fixture *der) {
    const uint8_t *at = der->data;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)der->size);
    BIO *out = BIO_new(BIO_s_mem());
    bool good =
        cms && at == der->data + der->size && CMS_verify(cms, NULL, store, NULL, out, CMS_BINARY) == 1;
    CMS_ContentInfo_free(cms);
    BIO_free(out);
    return good;
}

/* The attributes that were signed stand in the order of DER: PKCS7_ATTR_SIGN sorts, PKCS7_ATTR_VERIFY does
 * not.
 */
static void sorted(PKCS7_SIGNER_INFO *signer) {
    unsigned char *in_order = NULL, *as_is = NULL;
    ASN1_VALUE *attributes = (ASN1_VALUE *)signer->auth_attr;
    int size = ASN1_item_i2d(attributes, &in_order, ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
    assert_true(size > 0);
    assert_int_equal(ASN1_item_i2d(attributes, &as_is, ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY)), size);
    assert_memory_equal(in_order, as_is, (size_t)size);
    OPENSSL_free(in_order);
    OPENSSL_free(as_is);
}

/* A countersignature is what a signer of RFC 5652 says of the octets, only without them. */
static bool counter_taken(const ASN1_TYPE *value, const ASN1_OCTET_STRING *over, X509 *certificate) {
    struct fixture content = {NULL, 0}, signer = {NULL, 0};
    fixture_add(&content, over->data, (size_t)over->length);
    fixture_wrap(&content, 0, 0x04);
    fixture_add(&signer, value->value.sequence->data, (size_t)value->value.sequence->length);
    X509 *certificates[SIGNING_CERTIFICATES] = {certificate};
    struct fixture whole = signing_data(SIGNING_DATA, &content, NULL, certificates, &signer);
    bool good = cms_taken(&whole);
    fixture_free(&content);
    fixture_free(&signer);
    fixture_free(&whole);
    return good;
}

/* ECDSA's identifier names the digest once more, which OpenSSL does not compare. */
static void same_digest(const PKCS7_SIGNER_INFO *signer) {
    int digest = NID_undef, key = NID_undef;
    if (OBJ_find_sigid_algs(OBJ_obj2nid(signer->digest_enc_alg->algorithm), &digest, &key) == 1 &&
        key == NID_X9_62_id_ecPublicKey)
        assert_int_equal(digest, OBJ_obj2nid(signer->digest_alg->algorithm));
    else
        assert_int_equal(OBJ_obj2nid(signer->digest_enc_alg->algorithm), NID_rsaEncryption);
}

static bool stamp_taken(PKCS7_SIGNER_INFO *signer, const struct signing_stamp *stamp) {
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(signer->unauth_attr); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(signer->unauth_attr, i);
        ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, 0);
        char oid[64];
        OBJ_obj2txt(oid, sizeof oid, X509_ATTRIBUTE_get0_object(attribute), 1);
        if (strcmp(oid, SIGNING_COUNTER) == 0)
            return counter_taken(value, signer->enc_digest, stamp->tsa->certificate);
        struct fixture token = {NULL, 0};
        fixture_add(&token, value->value.sequence->data, (size_t)value->value.sequence->length);
        bool good = strcmp(oid, SIGNING_TOKEN) == 0 && cms_taken(&token) &&
                    token_taken(&token, signer->enc_digest->data, (size_t)signer->enc_digest->length);
        fixture_free(&token);
        return good;
    }
    return false;
}

/* SignedData over any content (RFC 2315): the octets inside its outermost header are what is signed. */
static bool signed_taken(const struct fixture *der, const struct signing_spec *spec) {
    const uint8_t *at = der->data, *inside;
    PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)der->size);
    long length;
    int tag, class;
    assert_true(p7 && PKCS7_type_is_signed(p7) && at == der->data + der->size);
    PKCS7 *contents = p7->d.sign->contents;
    BIO *in = NULL;
    if (!PKCS7_type_is_data(contents)) {
        const ASN1_STRING *content = contents->d.other->value.sequence;
        inside = content->data;
        assert_false(ASN1_get_object(&inside, &length, &tag, &class, content->length) & 0x80);
        in = BIO_new_mem_buf(inside, (int)length);
    }
    PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value(p7->d.sign->signer_info, 0);
    ASN1_OBJECT *opus = OBJ_txt2obj(SIGNING_OPUS, 1);
    assert_true((X509at_get_attr_by_OBJ(signer->auth_attr, opus, -1) >= 0) == !spec->no_opus);
    sorted(signer);
    same_digest(signer);
    bool good = PKCS7_verify(p7, NULL, store, in, NULL, PKCS7_BINARY) == 1 &&
                (!spec->stamp || stamp_taken(signer, spec->stamp));
    ASN1_OBJECT_free(opus);
    BIO_free(in);
    PKCS7_free(p7);
    return good;
}

static bool image_taken(const struct signing_spec *spec) {
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 1024}), der = signing_image(&pe, spec);
    bool good = signed_taken(&der, spec);
    fixture_free(&pe);
    fixture_free(&der);
    return good;
}

static void tokens(void **state) {
    (void)state;
    struct signing_stamp good = {.tsa = &tsa, .certificates = {tsa.certificate}}, bad = good;
    static const char *const digests[] = {NULL, "sha1", "sha256", "sha384", "sha512"};
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        good.ess = bad.ess = digests[i];
        bad.wrong_ess = true;
        assert_false(taken(&bad));
        assert_true(taken(&good));
    }
    bad = good;
    bad.no_ess = true;
    assert_false(taken(&bad));
    bad = good;
    bad.other = true;
    assert_false(taken(&bad));
}

static void spoiled_signatures(void **state) {
    (void)state;
    struct signing_spec good = {.signer = &leaf, .certificates = {leaf.certificate, tsa.certificate}},
                        bad = good;
    struct signing_stamp stamp = {.tsa = &tsa, .certificates = {tsa.certificate}, .other = true};
    bad.wrong_digest = true;
    assert_false(image_taken(&bad));
    bad = good;
    bad.wrong_signature = true;
    assert_false(image_taken(&bad));
    bad = good;
    bad.certificates[0] = NULL;
    assert_false(image_taken(&bad));
    bad = good;
    bad.stamp = &stamp;
    assert_false(image_taken(&bad));
    stamp.pkcs9 = true;
    assert_false(image_taken(&bad));
    assert_true(image_taken(&good));
}

static void good_signatures(void **state) {
    (void)state;
    static const char *const digests[] = {"sha1", NULL, "sha384", "sha512"};
    const struct signing_id *const signers[] = {&leaf, &bend, &bend384}, *const tsas[] = {&tsa, &bend_tsa};
    for (size_t i = 0; i < 3 * 4 * 2 * 3; i++) {
        const struct signing_id *by = tsas[i / 12 % 2];
        struct signing_stamp stamp = {.tsa = by, .certificates = {by->certificate}, .pkcs9 = i / 24 == 1};
        struct signing_spec spec = {.signer = signers[i % 3],
                                    .certificates = {signers[i % 3]->certificate, by->certificate},
                                    .digest = digests[i / 3 % 4],
                                    .stamp = i / 24 == 2 ? NULL : &stamp};
        assert_true(image_taken(&spec));
    }
}

/* They say something else than an image's signature, but say it well. */
static void odd_signatures(void **state) {
    (void)state;
    struct signing_spec spec = {.signer = &leaf, .certificates = {leaf.certificate}}, odd = spec;
    odd.type = SIGNING_PE;
    assert_true(image_taken(&odd));
    odd.type = SIGNING_DATA;
    assert_true(image_taken(&odd));
    odd = spec;
    odd.subject = SIGNING_CABINET;
    assert_true(image_taken(&odd));
    odd.subject = SIGNING_SCRIPT;
    assert_true(image_taken(&odd));
    odd.subject = SIGNING_INDIVIDUAL;
    assert_true(image_taken(&odd));
    odd = spec;
    odd.no_opus = true;
    assert_true(image_taken(&odd));
}

static void catalogs(void **state) {
    (void)state;
    struct catalog_member members[2] = {{.digest = "one", .size = 20}, {.digest = "two", .size = 32}};
    struct signing_stamp stamp = {.tsa = &tsa, .certificates = {tsa.certificate}};
    struct signing_spec spec = {.signer = &bend, .certificates = {bend.certificate}, .stamp = &stamp};
    for (unsigned version = 1; version <= 2; version++) {
        struct fixture cat = catalog_signed(&members[version - 1], 1, version, &spec);
        assert_true(signed_taken(&cat, &spec));
        fixture_free(&cat);
    }
}

static void key_usage(void **state) {
    (void)state;
    struct signing_id id = signing_certificate(
        &(struct signing_make){.name = "usage", .by = &root, .key_usage = "critical,keyEncipherment"});
    assert_int_equal(X509_get_key_usage(id.certificate), KU_KEY_ENCIPHERMENT);
    assert_true(X509_get_key_usage(leaf.certificate) == UINT32_MAX); /* without the extension, any */
    signing_free(&id);
}

static struct signing_id make(const char *name, const char *usages, const char *curve) {
    return signing_certificate(&(struct signing_make){
        .name = name, .by = &root, .usages = usages, .key = curve ? signing_ec(curve, false) : NULL});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),          cmocka_unit_test(spoiled_signatures),
        cmocka_unit_test(good_signatures), cmocka_unit_test(odd_signatures),
        cmocka_unit_test(catalogs),        cmocka_unit_test(key_usage),
    };
    root = signing_certificate(&(struct signing_make){.name = "root", .ca = true});
    tsa = make("tsa", "critical," SIGNING_TIME, NULL);
    bend_tsa = make("bend tsa", "critical," SIGNING_TIME, "prime256v1");
    leaf = make("leaf", SIGNING_CODE, NULL);
    bend = make("bend", SIGNING_CODE, "prime256v1");
    bend384 = make("bend384", SIGNING_CODE, "secp384r1");
    store = X509_STORE_new();
    fixture_demand(store && X509_STORE_add_cert(store, root.certificate) == 1);
    X509_STORE_set_purpose(store, X509_PURPOSE_ANY); /* whether they may sign code is not asked here */
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    struct signing_id *all[] = {&root, &tsa, &bend_tsa, &leaf, &bend, &bend384};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        signing_free(all[i]);
    X509_STORE_free(store);
    return failed;
}
