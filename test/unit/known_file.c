/* Lists of known software: what is none, what would take a day to ask, and what the answers look like. */
#include "case_made.h"

#include "base/db.h"
#include "base/row.h"
#include "intel/intel.h"
#include "judge/judges.h"

#include <stdlib.h>
#include <unistd.h>

static char path[64];

static void make_list(const char *sql) {
    char *error = NULL;
    unlink(path);
    struct db *db = db_create(path, &error);
    assert_non_null(db);
    assert_true(db_run(db, sql));
    db_close(db);
}

static int setup(void **state) {
    (void)state;
    snprintf(path, sizeof path, "/tmp/assay-known-%ld.db", (long)getpid());
    return 0;
}

static int teardown(void **state) {
    (void)state;
    unlink(path);
    return 0;
}

static void refused(const char *words) {
    struct text error = {0};
    assert_null(known_open(path, &error));
    if (!strstr(text_string(&error), words))
        fail_msg("%s: no %s", text_string(&error), words);
    text_free(&error);
}

#define DIGEST "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"
static const uint8_t digest[32] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
                                   0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                   0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static const char whole[] =
    "CREATE TABLE VERSION (version TEXT); INSERT INTO VERSION VALUES ('2025.03.1');"
    "CREATE TABLE MFG (manufacturer_id INTEGER, name TEXT); INSERT INTO MFG VALUES (7, 'Contoso');"
    "CREATE TABLE PKG (package_id INTEGER, name TEXT, version TEXT, manufacturer_id INTEGER);"
    "INSERT INTO PKG VALUES (3, 'Phone/1', '4.5', 7);"
    "CREATE TABLE FILE (sha256 TEXT, sha1 TEXT, md5 TEXT, crc32 TEXT, file_name TEXT, file_size INTEGER, package_id INTEGER,"
    " PRIMARY KEY (sha256, sha1, md5, file_name, file_size, package_id));"
    "INSERT INTO FILE VALUES ('" DIGEST "', '', '', '', 'phone' || char(27) || '.dll', 5000, 3)";

static void what_is_no_list_is_refused(void **state) {
    (void)state;
    unlink(path);
    refused("");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("this is no database, and quite long enough to be sure of it ........................", file);
    fclose(file);
    refused("");
    make_list("CREATE TABLE FILE (sha1 TEXT, file_name TEXT)");
    refused("no table FILE");
    make_list("CREATE TABLE FILE (sha256 TEXT, file_name TEXT, package_id INTEGER)");
    refused("CREATE INDEX");
}

static void a_bare_list_knows_names(void **state) {
    (void)state;
    struct text error = {0};
    struct known_hit hit;
    make_list(
        "CREATE TABLE FILE (sha256 TEXT, file_name TEXT, package_id INTEGER); CREATE INDEX i ON FILE (sha256);"
        "INSERT INTO FILE VALUES (lower('" DIGEST "'), 'x', 1), ('22', NULL, NULL)");
    struct known *known = known_open(path, &error);
    assert_non_null(known);
    assert_true(known_find(known, span_of(digest, 32, 0), &hit));
    assert_string_equal(hit.name, "x");
    assert_string_equal(hit.product, "");
    assert_false(known_find(known, span_of(digest, 31, 0), &hit));
    assert_false(known_find(known, span_of(digest + 1, 31, 0), &hit));
    assert_string_equal(known_error(known), "");
    known_close(known);
}

static void a_view_of_other_tables_will_do(void **state) {
    (void)state;
    struct text error = {0};
    struct known_hit hit;
    make_list("CREATE TABLE METADATA (sha256 TEXT PRIMARY KEY, file_name TEXT, package_id INTEGER);"
              "CREATE VIEW FILE AS SELECT sha256, file_name, package_id FROM METADATA;"
              "INSERT INTO METADATA VALUES ('" DIGEST "', 'x', 1)");
    struct known *known = known_open(path, &error);
    assert_non_null(known);
    assert_true(known_find(known, span_of(digest, 32, 0), &hit));
    known_close(known);
}

/* An artifact with a digest; `found`: something is said about it. */
static void add(struct casefile *c, uint64_t id, uint8_t first, bool found) {
    struct text bytes = {0};
    struct row_writer row;
    uint8_t value[32];
    memcpy(value, digest, sizeof value);
    value[0] = first;
    made_artifact(c, id, "/d", id == 10 ? "a.dll" : "b.dll");
    row_begin(&row, &bytes, FACT_hashes);
    row_blob(&row, FACT_hashes_sha256, value, sizeof value);
    assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
    struct finding finding = {.detector = "authentihash_twins", .summary = "something"};
    if (found)
        assert_true(casefile_finding(c, (struct casefile_place){.artifact = id}, &finding, NULL, 0));
}

static void files_that_findings_are_about_are_looked_up(void **state) {
    (void)state;
    make_list(whole);
    struct casefile *c = made_case(NULL);
    assert_true(casefile_detector(c, "judge", &judges_find("known_file")->text));
    add(c, 10, 0x00, true);
    add(c, 11, 0x00, false);
    add(c, 12, 0x01, true);
    struct intel intel = {.known = {path}, .known_count = 1};
    assert_true(judges_find("known_file")->judge(c, &intel));
    assert_string_equal(made_ask(c, "SELECT group_concat(artifact) FROM known"), "10");
    assert_string_equal(
        made_ask(c, "SELECT name || ' ' || product || ' ' || version || ' ' || maker FROM known"),
        "phone\x1b.dll Phone/1 4.5 Contoso");
    assert_string_equal(made_ask(c, "SELECT list LIKE 'assay-known-%.db, 2025.03.1' FROM known"), "1");
    assert_string_equal(made_ask(c, "SELECT count(*) FROM finding WHERE detector = 'known_file'"), "0");
    casefile_close(c);
}

static void a_damaged_list_is_told(void **state) {
    (void)state;
    make_list(whole);
    struct casefile *c = made_case(NULL);
    assert_true(casefile_detector(c, "judge", &judges_find("known_file")->text));
    add(c, 10, 0x00, true);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    for (long page = 1; page < 16; page++) /* all but the schema */
        for (long at = 0; at < 64 && fseek(file, page * 4096 + at, SEEK_SET) == 0; at++)
            fputc(0xff, file);
    fclose(file);
    struct intel intel = {.known = {path}, .known_count = 1};
    assert_true(judges_find("known_file")->judge(c, &intel));
    assert_string_equal(made_ask(c, "SELECT count(*) FROM known"), "0");
    assert_string_equal(
        made_ask(c, "SELECT severity || ' ' || strength FROM finding WHERE detector = 'known_file'"), "0 1");
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_is_no_list_is_refused),     TEST(a_bare_list_knows_names),
        TEST(a_view_of_other_tables_will_do), TEST(files_that_findings_are_about_are_looked_up),
        TEST(a_damaged_list_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
