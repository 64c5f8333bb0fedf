/* Files of packages: what is silent first, then what was exchanged. */
#include "trust_made.h"

#define ID     "package_changed"
#define FOLDER "/Program Files/WindowsApps/Maker.App_1.0_x64"

/* A package: artifact 1 its signature, 2 its block map, which has lib/Part.DLL with blocks of `letter`. */
static struct casefile *package(char signed_map, char map, bool complete, const struct made_signed *m) {
    struct casefile *c = made_trust_case();
    struct text text = {0};
    struct row_writer w;
    uint8_t value[32];
    made_artifact(c, 1, FOLDER, "AppxSignature.p7x");
    made_signature(&text, m, 0, false);
    row_begin(&w, &text, FACT_package);
    row_blob(&w, FACT_package_block_map, memset(value, signed_map, 32), 32);
    row_integer(&w, FACT_package_complete, complete);
    assert_int_equal(made_send(c, &text, 1), CASEFILE_TAKEN);
    text_clear(&text);
    made_artifact(c, 2, FOLDER, "AppxBlockMap.xml");
    row_begin(&w, &text, FACT_hashes);
    row_blob(&w, FACT_hashes_sha256, memset(value, map, 32), 32);
    row_begin(&w, &text, FACT_package_map);
    row_integer(&w, FACT_package_map_files, 1);
    row_integer(&w, FACT_package_map_complete, true);
    row_begin(&w, &text, FACT_package_file);
    row_integer(&w, FACT_package_file_ordinal, 0);
    row_string(&w, FACT_package_file_name, "lib/Part.DLL");
    row_integer(&w, FACT_package_file_size, 5000);
    row_blob(&w, FACT_package_file_blocks, memset(value, 'b', 32), 32);
    assert_int_equal(made_send(c, &text, 2), CASEFILE_TAKEN);
    text_free(&text);
    return c;
}

static void add(struct casefile *c, uint64_t id, const char *folder, const char *name, char blocks) {
    struct text text = {0};
    struct row_writer w;
    uint8_t value[32];
    made_artifact(c, id, folder, name);
    row_begin(&w, &text, FACT_pe);
    row_blob(&w, FACT_pe_authentihash_sha256, memset(value, (int)id, 32), 32);
    row_string(&w, FACT_pe_signed_digest, "none");
    row_blob(&w, FACT_pe_blocks, memset(value, blocks, 32), 32);
    assert_int_equal(made_send(c, &text, id), CASEFILE_TAKEN);
    text_free(&text);
}

static const struct made_signed good, untrusted = {.chain_faults = 1}, broken = {.seal = "mismatch"};

static void silent(void **state) {
    (void)state;
    struct casefile *c = package('m', 'm', true, &good);
    add(c, 3, FOLDER "/lib", "part.dll", 'b');
    add(c, 4, FOLDER "/lib", "other.dll", 'x'); /* not in the map */
    add(c, 5, FOLDER, "part.dll", 'x');         /* another folder */
    add(c, 6, FOLDER "2/lib", "part.dll", 'x'); /* another package */
    add(c, 7, "/lib", "part.dll", 'x');
    made_expect(c, ID, "");
    static const struct made_signed *const signers[] = {&untrusted, &broken, &good};
    for (size_t i = 0; i < 3; i++) { /* who is not believed says nothing; nor does what was not read wholly */
        c = package('m', 'm', i < 2, signers[i]);
        add(c, 3, FOLDER "/lib", "part.dll", 'x');
        made_expect(c, ID, "");
    }
}

static void exchanged(void **state) {
    (void)state;
    struct casefile *c = package('m', 'm', true, &good);
    add(c, 3, FOLDER "/lib", "part.dll", 'x');
    made_expect(c, ID, "3/1@3");
    c = package('m', 'n', true, &good); /* the map itself: it speaks for no file then */
    add(c, 3, FOLDER "/lib", "part.dll", 'x');
    made_expect(c, ID, "2/1@1");
}

static void what_trust_says(void **state) {
    (void)state;
    static const char sql[] =
        "SELECT group_concat(state || '/' || coalesce(source, '-') || '/' || user, ' ') FROM"
        " (SELECT * FROM trust ORDER BY artifact)";
    char text[512];
    struct casefile *c = package('m', 'm', true, &good);
    add(c, 3, FOLDER "/lib", "PART.dll", 'b');
    add(c, 4, FOLDER "/lib/deeper", "part.dll", 'b');
    made_judge(c, "trust");
    made_text(c, sql, text);
    assert_string_equal(text, "trusted/embedded/accepted trusted/package/unknown unknown/-/unknown");
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(silent), cmocka_unit_test(exchanged),
                                       cmocka_unit_test(what_trust_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
