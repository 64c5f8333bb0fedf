/* A changed file beside the one that was signed. */
#include "trust_made.h"

static void pair(const struct made_signed *changed, const struct made_signed *original,
                 const char *expected) {
    struct casefile *c = made_trust_case();
    made_file(c, 1, changed);
    made_file(c, 2, original);
    made_expect(c, "signed_then_changed", expected);
}

static void found(void **state) {
    (void)state;
    struct made_signed changed = {.verdict = "mismatch", .authentihash = 'c', .signed_digest = 'o'};
    struct made_signed original = {.authentihash = 'o'}, bare = {.authentihash = 'o', .bare = true};
    struct made_signed other = {.authentihash = 'z'};
    pair(&changed, &original, "3/2@1");
    pair(&changed, &bare, "3/1@1"); /* the build before it was signed */
    pair(&changed, &other, "");
    pair(&original, &original, "");
    changed.seal = "mismatch"; /* its digest is not to be believed */
    pair(&changed, &original, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
