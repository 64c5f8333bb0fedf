/* The judge of trust: states, catalogs and what makes a set of them complete. */
#include "trust_made.h"

static void state_of(const struct made_signed *m, const char *expected) {
    char text[512];
    struct casefile *c = made_trust_case();
    made_file(c, 1, m);
    made_judge(c, "trust");
    made_text(c,
              "SELECT state || ' ' || user || ' ' || strict || ' ' || kernel || ' ' || printf('%x',"
              " coalesce(user_code, 0)) FROM trust",
              text);
    assert_string_equal(text, expected);
    casefile_close(c);
}

#define STATE(expected, ...) state_of(&(struct made_signed){__VA_ARGS__}, expected)

static void states(void **state) {
    (void)state;
    STATE("trusted accepted accepted unknown 0", .company = NULL);
    STATE("trusted-but-altered-slack accepted rejected unknown 0", .slack = 12);
    STATE("digest-mismatch rejected rejected unknown 80096010", .verdict = "mismatch");
    STATE("digest-mismatch rejected rejected unknown 80096004", .seal = "mismatch");
    STATE("unknown unknown unknown unknown 0", .verdict = "cannot-tell");
    STATE("untrusted-root rejected rejected unknown 800b0109", .chain_faults = 1);
    STATE("untrusted-root rejected rejected unknown 800b010a", .chain_faults = 2);
    STATE("untrusted-root rejected rejected unknown 80096004", .chain_faults = 16);
    STATE("expired-not-timestamped rejected rejected unknown 800b0101", .chain_faults = 4);
    STATE("not-for-code-signing rejected rejected unknown 800b0110", .chain_faults = 256);
    STATE("weak-digest accepted accepted unknown 0", .algorithm = "sha1");
    STATE("weak-digest unknown unknown unknown 0", .algorithm = "md5");
    STATE("weak-digest unknown unknown unknown 0", .chain_faults = 4096);
    STATE("trusted accepted accepted unknown 0", .algorithm = "sha1", .stamp = "rfc3161", .days = 4500);
    STATE("malformed rejected rejected unknown 80096005", .stamp = "rfc3161", .stamp_faults = 2);
    STATE("malformed rejected rejected unknown 80096003", .stamp = "pkcs9", .stamp_faults = 4);
    STATE("trusted accepted accepted unknown 0", .stamp = "pkcs9", .stamp_faults = 16);
    STATE("unknown unknown unknown unknown 0", .bare = true);
    STATE("malformed rejected rejected unknown 800b0100", .bare = true, .table = true);
    /* Drivers: Microsoft's hardware program, or an old certificate under a cross-certificate. */
    STATE("trusted accepted accepted rejected 0", .subsystem = 1, .special = "kernel", .special_faults = 1);
    STATE("untrusted-root rejected rejected unknown 800b010a", .subsystem = 10, .special = "uefi",
          .chain_faults = 2, .special_faults = 2);
    STATE("trusted rejected rejected unknown 800b010a", .subsystem = 10, .special = "uefi",
          .chain_faults = 2);
}

static void gravity_decides(void **state) {
    (void)state;
    STATE("digest-mismatch rejected rejected unknown 80096010", .verdict = "mismatch", .chain_faults = 1 | 4,
          .slack = 9);
    STATE("untrusted-root rejected rejected unknown 800b0109", .chain_faults = 1 | 4 | 256, .slack = 9);
    STATE("not-for-code-signing rejected rejected unknown 800b0110", .chain_faults = 4 | 256);
    char text[512];
    struct casefile *c = made_trust_case();
    made_file(c, 1, &(struct made_signed){.chain_faults = 1 | 4 | 256, .slack = 9, .algorithm = "md5"});
    made_judge(c, "trust");
    made_text(c, "SELECT flags FROM trust", text);
    assert_string_equal(text, "slack weak-digest expired usage root"); /* none hides another */
    casefile_close(c);
}

static void catalog_state(const char *folder, bool complete, const struct made_signed *how, char member,
                          const char *expected) {
    char text[512];
    struct casefile *c = made_trust_case();
    made_file(c, 1, &(struct made_signed){.bare = true, .authentihash = 'x'});
    made_catalog(c, 2, folder, member, complete, how);
    made_judge(c, "trust");
    made_text(
        c,
        "SELECT state || ' ' || coalesce(source, '-') || ' ' || coalesce(catalog, 0) FROM trust WHERE artifact = 1",
        text);
    assert_string_equal(text, expected);
    casefile_close(c);
}

static void catalogs(void **state) {
    (void)state;
    static const char root[] = "/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}";
    struct made_signed good = {.stamp = "rfc3161", .days = 10}, bad = {.chain_faults = 1};
    catalog_state(root, true, &good, 'x', "trusted catalog 2");
    catalog_state("/windows/winsxs/catalogs", true, &good, 'x', "trusted catalog 2");
    catalog_state("/Users/me/Downloads", true, &good, 'x', "unknown - 0"); /* Windows does not look there */
    catalog_state(root, true, &good, 'y', "unknown - 0");
    catalog_state(root, true, &bad, 'x', "unknown - 0");
}

/* A set is complete when it accounts for Windows itself; only then is absence something. */
static void complete_set(int system, int resolved, bool whole, const char *expected) {
    char text[512];
    struct casefile *c = made_trust_case();
    struct made_signed good = {.stamp = "rfc3161", .days = 10};
    uint64_t id = 1;
    made_file(c, id++, &(struct made_signed){.bare = true, .authentihash = '!'});
    for (int i = 0; i < system; i++)
        made_file(c, id++,
                  &(struct made_signed){.folder = "/Windows/System32",
                                        .company = "Microsoft Corporation",
                                        .product = "Microsoft\u00ae Windows\u00ae Operating System",
                                        .bare = i >= resolved,
                                        .authentihash = 'w'});
    made_catalog(c, id++, "/Windows/System32/CatRoot/{1}", 'q', whole, &good);
    made_judge(c, "trust");
    made_text(c, "SELECT state || ' ' || user FROM trust WHERE artifact = 1", text);
    assert_string_equal(text, expected);
    casefile_close(c);
}

static void absence_needs_coverage(void **state) {
    (void)state;
    complete_set(100, 100, true, "unsigned rejected");
    complete_set(100, 99, true, "unsigned rejected");
    complete_set(100, 98, true, "unknown unknown");
    complete_set(100, 100, false, "unknown unknown");
    complete_set(10, 10, true, "unknown unknown");
}

static void torn_package(struct casefile *c, uint64_t id, const char *folder) {
    struct text bytes = {0};
    struct row_writer row;
    made_artifact(c, id, folder, "AppxSignature.p7x");
    row_begin(&row, &bytes, FACT_package);
    row_integer(&row, FACT_package_complete, false);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
}

/* What anybody may write beside the system makes nothing of it unknown. */
static void nobody_blinds_it(void **state) {
    (void)state;
    static const char *const folders[] = {"/Users/me", "/Users/Public/b", "/Program Files/WindowsApps/App"};
    struct casefile *c = made_trust_case();
    struct made_signed good = {.stamp = "rfc3161", .days = 10};
    struct made_signed windows = {.folder = "/Windows/System32",
                                  .company = "Microsoft Corporation",
                                  .product = "Microsoft\u00ae Windows\u00ae Operating System",
                                  .authentihash = 'w'};
    char text[512];
    uint64_t id = 1;
    for (size_t i = 0; i < 3; i++)
        made_file(c, id++, &(struct made_signed){.folder = folders[i], .bare = true, .authentihash = '!'});
    for (int i = 0; i < 60; i++)
        made_file(c, id++, &windows);
    windows.folder = "/Users/Public/windows/system32";
    windows.bare = true;
    for (int i = 0; i < 5; i++)
        made_file(c, id++, &windows);
    made_catalog(c, id++, "/Windows/System32/CatRoot/{1}", 'q', true, &good);
    made_catalog(c, id++, "/Users/Public/windowsapps/b", 'q', false, &good);
    made_catalog(c, id++, "/Users/Public/System32/CatRoot/{1}", 'q', false, &good);
    torn_package(c, id++, "/Users/Public/b");
    torn_package(c, id++, "/Program Files/WindowsApps/App");
    made_judge(c, "trust");
    made_text(c, "SELECT group_concat(state, ' ') FROM trust WHERE artifact < 4", text);
    assert_string_equal(text, "unsigned unsigned unknown");
    made_text(c, "SELECT reason FROM trust WHERE artifact = 3", text);
    assert_non_null(strstr(text, "its package"));
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states),           cmocka_unit_test(gravity_decides),
        cmocka_unit_test(catalogs),         cmocka_unit_test(absence_needs_coverage),
        cmocka_unit_test(nobody_blinds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
