#include "make/authenticode_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "format/authenticode_signer.h"

static struct span der_of(const struct fixture *f) {
    size_t at = fixture_get(f, fixture_directory_at(f));
    return span_of(f->data + at + 8, fixture_get(f, at) - 8, 0);
}

static void what_is_none_stays_itself(void **state) {
    static const uint8_t bytes[] = {0x30, 0x80, 0x06, 0x01};
    struct job job;
    (void)state;
    job_init(&job, 1 << 20);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct span in = span_of(bytes, n, 0), out = authenticode_signer_only(&job, in);
        assert_true(out.data == in.data && out.size == n);
    }
    job_reset(&job);
}

static void every_cut_is_harmless(void **state) {
    struct fixture f =
        fixture_signed(&(struct fixture_image){.size = 2048}, "sha256", FIXTURE_SUBJECT, NULL, 0);
    struct span der = der_of(&f);
    struct job job;
    (void)state;
    job_init(&job, 64 << 20);
    for (size_t n = 0; n < der.size; n++) {
        struct span out = authenticode_signer_only(&job, span_part(der, 0, n));
        assert_true(out.size <= n);
    }
    job_reset(&job);
    fixture_free(&f);
}

/* The copy is a signature by the same signer, and taking it again changes nothing. */
static void the_signer_is_kept(void **state) {
    struct fixture f =
        fixture_signed(&(struct fixture_image){.size = 2048}, "sha256", FIXTURE_SUBJECT, NULL, 0);
    struct job job;
    (void)state;
    job_init(&job, 1 << 20);
    struct span once = authenticode_signer_only(&job, der_of(&f)),
                twice = authenticode_signer_only(&job, once);
    const unsigned char *at = once.data;
    PKCS7 *pkcs7 = d2i_PKCS7(NULL, &at, (long)once.size);
    assert_non_null(pkcs7);
    assert_int_equal(sk_X509_num(pkcs7->d.sign->cert), 1);
    assert_true(span_equal(once, twice));
    PKCS7_free(pkcs7);
    job_reset(&job);
    fixture_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none_stays_itself),
        cmocka_unit_test(every_cut_is_harmless),
        cmocka_unit_test(the_signer_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
