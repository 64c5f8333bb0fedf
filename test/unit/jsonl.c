/* JSON lines: hostile texts stay inside their strings; every line is an object; the last one is coverage. */
#include "report/jsonl.h"

#include "unit/case_made.h"

#include <sys/mman.h>
#include <unistd.h>

static char *told;

static const char *tell(struct casefile *c, bool texts) {
    struct output output;
    int fd = memfd_create("jsonl", MFD_CLOEXEC);
    assert_true(fd >= 0);
    output_init(&output, fd);
    bool ok = jsonl_print(c, &(struct jsonl_options){.texts = texts}, &output);
    assert_true(output_end(&output));
    free(told);
    told = calloc(1, (size_t)output.written + 1);
    assert_non_null(told);
    assert_int_equal(pread(fd, told, (size_t)output.written, 0), output.written);
    close(fd);
    assert_true(ok);
    return told;
}

static int forget(void **state) {
    (void)state;
    free(told);
    told = NULL;
    return 0;
}

/* SQLite reads JSON too: each line must be an object of the schema named. */
static size_t lines_are_objects(struct casefile *c) {
    size_t lines = 0;
    struct db_query *query = db_prepare(
        casefile_db(c), "SELECT json_valid(?1) AND json_type(?1) = 'object', json_extract(?1, '$.schema')");
    assert_non_null(query);
    for (const char *line = told; *line; lines++) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        db_reset(query);
        db_bind_text(query, 1, line, (size_t)(end - line));
        assert_true(db_step(query) && db_integer(query, 0) == 1);
        assert_string_equal(db_text(query, 1, NULL), end[1] ? "assay.finding/1" : "assay.coverage/1");
        line = end + 1;
    }
    db_finish(query);
    return lines;
}

static const char *member(struct casefile *c, size_t line, const char *path) {
    static char value[1024];
    struct db_query *query = db_prepare(casefile_db(c), "SELECT json_extract(?1, ?2)");
    assert_non_null(query);
    const char *at = told;
    for (; line > 0; line--)
        at = strchr(at, '\n') + 1;
    db_bind_text(query, 1, at, strcspn(at, "\n"));
    db_bind_text(query, 2, path, strlen(path));
    value[0] = 0;
    if (db_step(query))
        snprintf(value, sizeof value, "%s", db_text(query, 0, NULL));
    db_finish(query);
    return value;
}

static void texts_that_would_break_out(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct listing listing = made_listing("/" MADE_NASTY, MADE_NASTY);
    assert_true(casefile_artifact(c, 1, &listing, span_of("", 0, 0), "read", NULL));
    assert_true(casefile_path(c, 1, &listing));
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, MADE_NASTY);
    finding.details[0] = (struct finding_detail){MADE_NASTY, MADE_NASTY};
    finding.detail_count = 1;
    struct casefile_reference reference = {1, MADE_NASTY};
    assert_true(casefile_finding(c, (struct casefile_place){.artifact = 1}, &finding, &reference, 1));
    assert_true(casefile_coverage(c, 1, 0, "skipped", MADE_NASTY, 1, 1));
    assert_true(casefile_finish(c, MADE_NASTY));
    made_is_tame(tell(c, true));
    assert_int_equal(lines_are_objects(c), 2);
    assert_string_equal(member(c, 0, "$.summary"), MADE_NASTY);
    assert_string_equal(member(c, 0, "$.path"), "/" MADE_NASTY "/" MADE_NASTY);
    assert_string_equal(member(c, 1, "$.incomplete_because"), MADE_NASTY);
    casefile_close(c);
}

static void cells_that_lie(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_true(
        db_run(casefile_db(c),
               "INSERT INTO finding VALUES (-5, NULL, NULL, NULL, NULL, 99, -3, -1, -1, NULL, NULL),"
               "(9223372036854775807, 77, 88, 99, 'gone', -1, 99, 9223372036854775807, 1, 's', x'00'),"
               "(3, 1, NULL, NULL, 'hidden', 3, 1, NULL, NULL, CAST(x'ff22fe1b5b' AS TEXT), zeroblob(5000));"
               "INSERT INTO artifact(id, evidence, volume, folder, record) VALUES (1, -1, -1, -1, -1);"
               "INSERT INTO hashes VALUES (1, zeroblob(900), x'', x'01');"
               "INSERT INTO coverage VALUES (NULL, NULL, NULL, NULL, NULL, NULL);"
               "INSERT INTO finding_reference VALUES (3, NULL, NULL);"
               "INSERT INTO finding_detail VALUES (3, NULL, NULL)"));
    made_is_tame(tell(c, true));
    assert_int_equal(lines_are_objects(c), 4);
    casefile_close(c);
}

static void nothing_found(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_true(casefile_coverage(c, 1, 1, "seen", NULL, 3, 4) &&
                casefile_coverage(c, 2, 0, "seen", NULL, 5, 6));
    assert_true(casefile_finish(c, NULL));
    tell(c, false);
    assert_int_equal(lines_are_objects(c), 1);
    assert_string_equal(member(c, 0, "$.complete"), "1");
    assert_string_equal(member(c, 0, "$.counts[0].files"), "8");
    casefile_close(c);
}

static void a_whole_finding(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    made_artifact(c, 1, "/Program Files", "x.dll");
    made_artifact(c, 2, "", "clean.dll");
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_STRONG, "there");
    finding.offset = 16;
    finding.size = 32;
    finding.excerpt = span_of("\x01\xff", 2, 16);
    finding.details[0] = (struct finding_detail){"entropy", "7.9"};
    finding.detail_count = 1;
    struct casefile_reference reference = {2, "clean twin"};
    assert_true(casefile_finding(c, (struct casefile_place){.artifact = 1}, &finding, &reference, 1));
    struct finding whole = made_finding(SEVERITY_INFO, STRENGTH_WEAK, "of the volume");
    assert_true(casefile_finding(c, (struct casefile_place){.volume = 1}, &whole, NULL, 0));
    assert_true(casefile_finish(c, NULL));
    tell(c, false);
    assert_int_equal(lines_are_objects(c), 3);
    static const char *const wanted[][2] = {{"$.id", "1"},
                                            {"$.detector", "hidden"},
                                            {"$.severity", "high"},
                                            {"$.strength", "strong"},
                                            {"$.title", "something hidden"},
                                            {"$.attack", "T1027"},
                                            {"$.address", "disk.img!vol1!/Program%20Files/x.dll"},
                                            {"$.path", "/Program Files/x.dll"},
                                            {"$.volume", "1"},
                                            {"$.filesystem", "ntfs"},
                                            {"$.record", "64"},
                                            {"$.sequence", "2"},
                                            {"$.offset", "16"},
                                            {"$.size", "32"},
                                            {"$.excerpt", "01ff"},
                                            {"$.details.entropy", "7.9"},
                                            {"$.references[0].role", "clean twin"},
                                            {"$.references[0].address", "disk.img!vol1!/clean.dll"},
                                            {"$.why", ""}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_string_equal(member(c, 0, wanted[i][0]), wanted[i][1]);
    assert_string_equal(member(c, 1, "$.address"), "disk.img!vol1");
    assert_string_equal(member(c, 1, "$.path"), "");
    tell(c, true);
    assert_string_equal(member(c, 0, "$.why"), "It matters.");
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_would_break_out),
        cmocka_unit_test(cells_that_lie),
        cmocka_unit_test(nothing_found),
        cmocka_unit_test(a_whole_finding),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
