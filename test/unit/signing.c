/* The test signer against an independent reader: what it calls a good time stamp, OpenSSL's verifier takes,
 * and what it spoils, it refuses. */
#include "make/signing.h"

#include <openssl/ts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct signing_id root, tsa;
static uint8_t octets[] = "octets of a signature";

static bool taken(const struct signing_stamp *stamp) {
    struct fixture der = signing_token(stamp, octets, sizeof octets);
    const uint8_t *at = der.data;
    PKCS7 *token = d2i_PKCS7(NULL, &at, (long)der.size);
    X509_STORE *store = X509_STORE_new();
    TS_VERIFY_CTX *c = TS_VERIFY_CTX_new();
    assert_non_null(token);
    assert_true(store && c && X509_STORE_add_cert(store, root.certificate) == 1);
    TS_VERIFY_CTX_set_flags(c, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
    TS_VERIFY_CTX_set_store(c, store);
    TS_VERIFY_CTX_set_data(c, BIO_new_mem_buf(octets, sizeof octets));
    bool good = TS_RESP_verify_token(c, token) == 1;
    TS_VERIFY_CTX_free(c);
    PKCS7_free(token);
    fixture_free(&der);
    return good;
}

static void tokens(void **state) {
    (void)state;
    struct signing_stamp good = {.tsa = &tsa, .certificates = {tsa.certificate}}, bad = good;
    static const char *const digests[] = {"sha1", NULL, "sha512"};
    for (size_t i = 0; i < 3; i++) {
        good.ess_digest = bad.ess_digest = digests[i];
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

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(tokens)};
    root = signing_certificate(&(struct signing_make){.name = "root", .ca = true});
    tsa = signing_certificate(
        &(struct signing_make){.name = "tsa", .by = &root, .usages = "critical," SIGNING_TIME});
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    signing_free(&tsa);
    signing_free(&root);
    return failed;
}
