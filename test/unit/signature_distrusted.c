/* Certificates that are not to be believed: by serial and issuer, by digest, and only from their day on. */
#include "trust_made.h"

static struct certificates_entry entries[2];

static void one(const struct certificates_entry *entry, const struct made_signed *m, const char *expected) {
    struct casefile *c = made_trust_case();
    entries[0] = *entry;
    made_intel.certificates = (struct certificates){.list = entries, .count = 1};
    made_file(c, 1, m);
    made_expect(c, "signature_distrusted", expected);
    made_intel.certificates = (struct certificates){0};
}

static struct certificates_entry entry(const char *issuer, const char *serial, int days_ago) {
    return (struct certificates_entry){.issuer = issuer,
                                       .serial = serial,
                                       .since =
                                           days_ago ? filetime_now() - (uint64_t)days_ago * 864000000000u : 0,
                                       .subject = "",
                                       .kind = "stolen",
                                       .what = "for the test",
                                       .source = "this test"};
}

static void matches(void **state) {
    (void)state;
    struct certificates_entry always = entry("Test CA", "BAD", 0), any = entry("", "BAD", 0);
    struct made_signed bad = {.serial = "0BAD"}, good = {.serial = "600D"};
    one(&always, &bad, "3/1@1");
    one(&any, &bad, "3/1@1");
    one(&always, &good, "");
    struct certificates_entry other = entry("Other CA", "BAD", 0), tbs = entry("", "", 0);
    one(&other, &bad, ""); /* serial numbers are the issuer's own */
    tbs.tbs_size = 32;
    memset(tbs.tbs, 'A', 32);
    one(&tbs, &good, "3/1@1");
    memset(tbs.tbs, 'B', 32);
    one(&tbs, &good, "");
}

static void the_day_decides(void **state) {
    (void)state;
    struct certificates_entry since = entry("Test CA", "BAD", 100);
    one(&since, &(struct made_signed){.serial = "BAD", .stamp = "rfc3161", .days = 200}, "");
    one(&since, &(struct made_signed){.serial = "BAD", .stamp = "rfc3161", .days = 50}, "3/1@1");
    one(&since, &(struct made_signed){.serial = "BAD"}, "3/1@1");
    one(&since, &(struct made_signed){.serial = "BAD", .stamp = "rfc3161", .stamp_faults = 16, .days = 200},
        "3/1@1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(matches), cmocka_unit_test(the_day_decides)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
