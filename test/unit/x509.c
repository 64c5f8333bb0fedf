/* Certificates and chains: every fault, and that none of them hides another. */
#include "base/filetime.h"
#include "format/x509_chain.h"
#include "make/signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct x509_store store;
static uint64_t now;
static struct fixture bytes[4096]; /* of certificates, until the test's end */
static size_t byte_count;

static int prepare(void **state) {
    (void)state;
    now = filetime_now();
    return x509_prepare() ? 0 : -1;
}

static int begin(void **state) {
    (void)state;
    return x509_store_init(&store) ? 0 : -1;
}

static int clean(void **state) {
    (void)state;
    x509_store_free(&store);
    while (byte_count > 0)
        fixture_free(&bytes[--byte_count]);
    return 0;
}

/* Its bytes, kept until the test's end. */
static struct span der_of(const struct signing_id *id) {
    unsigned char *der = NULL;
    int size = i2d_X509(id->certificate, &der);
    assert_true(size > 0);
    struct fixture f = {NULL, 0};
    fixture_add(&f, der, (size_t)size);
    OPENSSL_free(der);
    assert_true(byte_count < sizeof bytes / sizeof bytes[0]);
    bytes[byte_count++] = f;
    return span_of(f.data, f.size, 0);
}

static const struct x509 *read(const struct signing_id *id) {
    struct fault why;
    const struct x509 *certificate = x509_read(&store, der_of(id), &why);
    assert_non_null(certificate);
    return certificate;
}

static void trust(const struct signing_id *id, unsigned purposes) {
    assert_true(x509_store_add(&store, der_of(id), purposes));
}

static struct signing_id make(struct signing_make how) {
    return signing_certificate(&how);
}

static unsigned faults(const struct signing_id *leaf, const struct signing_id *a, const struct signing_id *b,
                       unsigned purpose) {
    const struct x509 *others[2];
    struct x509_chain chain, again;
    size_t count = 0;
    if (a)
        others[count++] = read(a);
    if (b)
        others[count++] = read(b);
    x509_chain_build(&store, read(leaf), others, count, purpose, now, &chain);
    x509_chain_build(&store, read(leaf), others, count, purpose, now, &again);
    assert_int_equal(chain.faults, again.faults);
    assert_int_equal(chain.count, again.count);
    assert_true((chain.faults == 0) == (x509_fault_text(chain.faults) == NULL) ||
                chain.faults == X509_WEAK_DIGEST);
    return chain.faults;
}

static void garbage_is_refused(void **state) {
    (void)state;
    struct fault why;
    struct signing_id id = make((struct signing_make){.name = "Root", .ca = true});
    struct span der = der_of(&id);
    uint8_t large[8] = {0x30, 0x83, 1, 0, 0};
    assert_null(x509_read(&store, span_of("", 0, 0), &why));
    assert_null(x509_read(&store, span_of(large, sizeof large, 0), &why));
    assert_false(x509_store_add(&store, span_of("\x30\x00", 2, 0), X509_FOR_ANY));
    for (size_t size = 0; size < der.size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, der.data, size);
        assert_null(x509_read(&store, span_of(exact, size, 0), &why));
        assert_int_not_equal(why.code, FAULT_NONE);
        free(exact);
    }
    uint8_t *copy = malloc(der.size + 1);
    memcpy(copy, der.data, der.size);
    copy[der.size] = 0;
    assert_null(x509_read(&store, span_of(copy, der.size + 1, 0), &why));
    for (size_t bit = 0; bit < der.size * 8; bit += 5) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const struct x509 *certificate = x509_read(&store, span_of(copy, der.size, 0), &why);
        struct x509_chain chain;
        if (certificate)
            x509_chain_build(&store, certificate, NULL, 0, X509_FOR_CODE, now, &chain);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        x509_store_ready(&store);
    }
    free(copy);
    signing_free(&id);
}

static void reads_a_certificate(void **state) {
    (void)state;
    struct signing_id root = make((struct signing_make){.name = "Root", .ca = true});
    struct signing_id leaf = make((struct signing_make){
        .name = "Leaf", .by = &root, .usages = SIGNING_CODE "," SIGNING_WHQL ",1.2.3.4", .serial = 0xabc});
    const struct x509 *c = read(&leaf);
    assert_string_equal(c->subject, "/O=Assay Test/CN=Leaf");
    assert_string_equal(c->issuer, "/O=Assay Test/CN=Root");
    assert_string_equal(c->name, "Leaf");
    assert_string_equal(c->issuer_name, "Root");
    assert_string_equal(c->organization, "Assay Test");
    assert_string_equal(c->serial, "0ABC");
    assert_string_equal(c->key, "rsa 2048");
    assert_string_equal(c->usages_text, SIGNING_CODE " " SIGNING_WHQL " 1.2.3.4");
    assert_int_equal(c->usages, X509_USAGE_CODE | X509_USAGE_WHQL | X509_USAGE_OTHER);
    assert_true(c->has_usages && !c->ca && !c->self_issued && c->digest_known && c->digest == DIGEST_SHA256);
    assert_true(c->not_before < now && c->not_after > now);
    unsigned char sha1[20];
    assert_int_equal(X509_digest(leaf.certificate, EVP_sha1(), sha1, NULL), 1);
    assert_memory_equal(c->sha1, sha1, 20);
    assert_ptr_equal(read(&leaf), c);
    assert_true(x509_tell(c) && !x509_tell(c));
    signing_free(&root);
    signing_free(&leaf);
}

static void chains_that_hold(void **state) {
    (void)state;
    struct signing_id root = make((struct signing_make){.name = "Root", .ca = true});
    struct signing_id ca = make((struct signing_make){.name = "CA", .by = &root, .ca = true});
    struct signing_id leaf = make((struct signing_make){.name = "Leaf", .by = &ca, .usages = SIGNING_CODE});
    assert_int_equal(faults(&leaf, &ca, NULL, X509_FOR_CODE), X509_NO_ISSUER);
    trust(&root, X509_FOR_CODE);
    assert_int_equal(faults(&leaf, &ca, &root, X509_FOR_CODE), 0);
    x509_store_free(&store);
    assert_true(x509_store_init(&store));
    trust(&root, X509_FOR_CODE);
    trust(&ca, X509_FOR_ANY); /* not self-issued: an intermediate */
    assert_int_equal(faults(&leaf, NULL, NULL, X509_FOR_CODE), 0);
    x509_store_free(&store);
    assert_true(x509_store_init(&store));
    trust(&ca, X509_FOR_UEFI); /* ends chains of that purpose, and no other */
    assert_int_equal(faults(&leaf, &ca, NULL, X509_FOR_UEFI), 0);
    assert_int_not_equal(faults(&leaf, &ca, NULL, X509_FOR_CODE), 0);
    signing_free(&root);
    signing_free(&ca);
    signing_free(&leaf);
}

static void chains_that_do_not(void **state) {
    (void)state;
    struct signing_id root = make((struct signing_make){.name = "Root", .ca = true});
    struct signing_id twin = make((struct signing_make){.name = "Root", .ca = true});
    struct signing_id self = make((struct signing_make){.name = "Self", .usages = SIGNING_CODE});
    struct signing_id old = make((struct signing_make){.name = "Old", .by = &root, .from = -30, .to = -10});
    struct signing_id young = make((struct signing_make){.name = "Young", .by = &root, .from = 10, .to = 30});
    struct signing_id forged = make((struct signing_make){.name = "Forged", .by = &twin});
    struct signing_id server = make((struct signing_make){
        .name = "Server", .by = &root, .usages = SIGNING_SERVER, .from = -30, .to = -10});
    struct signing_id leaf = make((struct signing_make){.name = "Leaf", .by = &root, .usages = SIGNING_CODE});
    struct signing_id bend = make((struct signing_make){
        .name = "Bend", .by = &root, .usages = SIGNING_CODE, .key = signing_ec("prime256v1", true)});
    trust(&root, X509_FOR_CODE);
    assert_int_equal(faults(&self, NULL, NULL, X509_FOR_CODE), X509_UNTRUSTED);
    assert_int_equal(faults(&old, NULL, NULL, X509_FOR_CODE), X509_EXPIRED);
    assert_int_equal(faults(&young, NULL, NULL, X509_FOR_CODE), X509_NOT_YET);
    assert_true(faults(&forged, NULL, NULL, X509_FOR_CODE) & X509_BAD_SIGNATURE);
    assert_int_equal(faults(&server, NULL, NULL, X509_FOR_CODE), X509_EXPIRED | X509_USAGE);
    assert_int_equal(faults(&leaf, NULL, NULL, X509_FOR_TIME), X509_NO_ISSUER | X509_USAGE);
    assert_true(faults(&bend, NULL, NULL, X509_FOR_CODE) & X509_EXPLICIT);
    assert_string_equal(read(&bend)->key, "ec explicit");
    trust(&root, X509_FOR_TIME);
    assert_int_equal(faults(&old, NULL, NULL, X509_FOR_TIME),
                     X509_EXPIRED | X509_USAGE); /* a stamp must have it */
    struct signing_id *all[] = {&root, &twin, &self, &old, &young, &forged, &server, &leaf, &bend};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        signing_free(all[i]);
}

/* Microsoft Root Authority of 1997 does not say that it is an authority; a root is one because it is trusted.
 */
static void a_root_need_not_say_what_it_is(void **state) {
    (void)state;
    struct signing_id root = make((struct signing_make){.name = "Root", .usages = SIGNING_CODE});
    struct signing_id ca = make((struct signing_make){.name = "CA", .by = &root, .ca = true});
    struct signing_id none = make((struct signing_make){.name = "None", .by = &root, .usages = SIGNING_CODE});
    struct signing_id leaf = make((struct signing_make){.name = "Leaf", .by = &ca, .usages = SIGNING_CODE});
    struct signing_id forged =
        make((struct signing_make){.name = "Forged", .by = &none, .usages = SIGNING_CODE});
    assert_true(faults(&leaf, &ca, &root, X509_FOR_CODE) & X509_UNTRUSTED);
    trust(&root, X509_FOR_CODE);
    assert_int_equal(faults(&leaf, &ca, NULL, X509_FOR_CODE), 0);
    assert_int_equal(faults(&none, NULL, NULL, X509_FOR_CODE), 0);
    assert_true(faults(&forged, &none, NULL, X509_FOR_CODE) & X509_NOT_A_CA);
    struct signing_id *all[] = {&root, &ca, &none, &leaf, &forged};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        signing_free(all[i]);
}

/* The same chain at two times: what was remembered must not decide. */
static void time_decides(void **state) {
    (void)state;
    struct signing_id root = make((struct signing_make){.name = "Root", .ca = true});
    struct signing_id leaf = make((struct signing_make){.name = "Leaf", .by = &root, .from = -30, .to = 30});
    struct x509_chain chain;
    uint64_t day = 864000000000u;
    trust(&root, X509_FOR_CODE);
    for (int round = 0; round < 3; round++) {
        x509_chain_build(&store, read(&leaf), NULL, 0, X509_FOR_CODE, now, &chain);
        assert_int_equal(chain.faults, 0);
        x509_chain_build(&store, read(&leaf), NULL, 0, X509_FOR_CODE, now + 40 * day, &chain);
        assert_int_equal(chain.faults, X509_EXPIRED);
        x509_chain_build(&store, read(&leaf), NULL, 0, X509_FOR_CODE, now - 40 * day, &chain);
        assert_int_equal(chain.faults, X509_NOT_YET);
        assert_string_equal(chain.blamed->name, "Leaf");
    }
    signing_free(&root);
    signing_free(&leaf);
}

static void forgets_in_time(void **state) {
    (void)state;
    struct signing_id root = make((struct signing_make){.name = "Root", .ca = true});
    EVP_PKEY *key = signing_ec("prime256v1", false);
    trust(&root, X509_FOR_CODE);
    for (int i = 0; i < 1200; i++) {
        EVP_PKEY_up_ref(key);
        struct signing_id leaf = make((struct signing_make){.name = "Leaf", .by = &root, .key = key});
        x509_store_ready(&store);
        assert_int_equal(faults(&leaf, NULL, NULL, X509_FOR_CODE), 0);
        signing_free(&leaf);
    }
    EVP_PKEY_free(key);
    signing_free(&root);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, clean)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(garbage_is_refused),
        TEST(reads_a_certificate),
        TEST(chains_that_hold),
        TEST(chains_that_do_not),
        TEST(a_root_need_not_say_what_it_is),
        TEST(time_decides),
        TEST(forgets_in_time),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
