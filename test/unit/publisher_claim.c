/* Who a file says it is from, and who signed it. */
#include "trust_made.h"

static void one(const struct made_signed *m, const char *expected) {
    struct casefile *c = made_trust_case();
    made_file(c, 1, m);
    made_expect(c, "publisher_claim", expected);
}

#define CLAIM(...)                                                                                           \
    &(struct made_signed) {                                                                                  \
        .company = "Microsoft Corporation", __VA_ARGS__                                                      \
    }

static void claims(void **state) {
    (void)state;
    one(CLAIM(.organization = "Microsoft Corporation"), "");
    one(CLAIM(.organization = "Microsoft Windows"), "");
    one(CLAIM(.bare = true), ""); /* Wine's libraries, among others: unknown is not bad */
    one(CLAIM(.verdict = "cannot-tell"), "");
    one(CLAIM(.verdict = "mismatch"), "");           /* signature_broken speaks of it */
    one(CLAIM(.organization = "Somebody"), "0/0@1"); /* redistributables, self-extractors */
    one(CLAIM(.organization = "Microsoft Corporation", .chain_faults = 1), "2/1@1");
    one(CLAIM(.organization = "Microsoft Corporation", .chain_faults = 4), ""); /* old, never stamped */
    one(&(struct made_signed){.company = "Small Maker", .chain_faults = 1}, "");
    one(&(struct made_signed){.company = "Google LLC", .organization = "Google LLC"}, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(claims)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
