/* One odd signer among the files of a product. */
#include "trust_made.h"

/* `count` files of one product by one signer, and one more. */
static void folder(int count, const struct made_signed *odd, const char *expected) {
    struct casefile *c = made_trust_case();
    for (int i = 1; i <= count; i++)
        made_file(c, (uint64_t)i, &(struct made_signed){.company = "Maker", .product = "Phone"});
    made_file(c, (uint64_t)count + 1, odd);
    made_expect(c, "signer_mixed", expected);
}

#define ODD(...)                                                                                             \
    &(struct made_signed) {                                                                                  \
        .company = "Maker", .product = "Phone", .signer = 'B', __VA_ARGS__                                   \
    }

static void odd_ones(void **state) {
    (void)state;
    folder(9, ODD(.organization = "Somebody else"), "1/1@10");
    folder(9, ODD(.organization = "Maker"), ""); /* a newer certificate of the same maker */
    folder(9, ODD(.chain_faults = 1), "2/1@10");
    folder(9, ODD(.verdict = "mismatch"), "2/1@10");
    folder(9, ODD(.bare = true), "");      /* unknown is not bad */
    folder(9, ODD(.chain_faults = 4), ""); /* old, never stamped */
    folder(3, ODD(.chain_faults = 1), ""); /* too few to say what is usual */
    folder(9,
           &(struct made_signed){.company = "Other", .product = "Library", .signer = 'B', .chain_faults = 1},
           "");
    folder(9, ODD(.folder = "/elsewhere", .chain_faults = 1), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(odd_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
