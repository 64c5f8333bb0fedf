/* Good as delivered, refused with EnableCertPaddingCheck. */
#include "trust_made.h"

static void one(const struct made_signed *m, const char *expected) {
    struct casefile *c = made_trust_case();
    made_file(c, 1, m);
    made_expect(c, "signature_policy_gap", expected);
}

static void gap(void **state) {
    (void)state;
    one(&(struct made_signed){.slack = 0}, "");
    one(&(struct made_signed){.slack = 40}, "1/1@1");
    one(&(struct made_signed){.slack = 40, .chain_faults = 1}, ""); /* refused either way */
    one(&(struct made_signed){.slack = 40, .verdict = "mismatch"}, "");
    one(&(struct made_signed){.bare = true}, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(gap)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
