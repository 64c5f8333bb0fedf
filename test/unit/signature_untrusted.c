/* Signatures that Windows would not accept: what is silent first, then the grades. */
#include "trust_made.h"

#define ID "signature_untrusted"

static void one(const struct made_signed *m, const char *expected) {
    struct casefile *c = made_trust_case();
    made_file(c, 1, m);
    made_expect(c, ID, expected);
}

static void silent(void **state) {
    (void)state;
    one(&(struct made_signed){.company = NULL}, "");
    one(&(struct made_signed){.bare = true}, "");
    one(&(struct made_signed){.slack = 5000}, "");
    one(&(struct made_signed){.verdict = "mismatch"}, ""); /* signature_broken speaks of it */
    one(&(struct made_signed){.verdict = "cannot-tell"}, "");
    one(&(struct made_signed){.algorithm = "sha1"}, "");
}

static void grades(void **state) {
    (void)state;
    one(&(struct made_signed){.chain_faults = 4}, "0/1@1");
    one(&(struct made_signed){.chain_faults = 1}, "1/1@1");
    one(&(struct made_signed){.chain_faults = 256}, "1/1@1");
    one(&(struct made_signed){.chain_faults = 16}, "2/1@1");
    one(&(struct made_signed){.stamp = "rfc3161", .stamp_faults = 2}, "2/1@1");
    one(&(struct made_signed){.chain_faults = 128 | 16}, "3/1@1");
    one(&(struct made_signed){.chain_faults = 8192}, "2/1@1"); /* a short key; before 2010 it was none */
    one(&(struct made_signed){.chain_faults = 8192, .stamp = "rfc3161", .days = 6500}, "");
}

/* Many files of one signer are one finding; another signer is another. */
static void signers_are_told_once(void **state) {
    (void)state;
    struct casefile *c = made_trust_case();
    for (uint64_t id = 1; id <= 30; id++)
        made_file(c, id, &(struct made_signed){.chain_faults = 1, .signer = id < 30 ? 'A' : 'B'});
    made_expect(c, ID, "1/1@1 1/1@30");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(silent), cmocka_unit_test(grades),
                                       cmocka_unit_test(signers_are_told_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
