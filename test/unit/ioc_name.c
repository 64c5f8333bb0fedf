/* Names and places that lists have: which patterns are applied, and to what. */
#include "base/digest.h"
#include "trust_made.h"

static void know(const char *rows) {
    struct lists_build build = {0};
    struct lists_damage damage;
    struct lists_source source = {.name = "names.txt", .file = "names.txt", .date = "2023-04-05"};
    struct text out = {0}, error = {0};
    lists_file_free(&made_intel.lists);
    if (!lists_read(span_of(rows, strlen(rows), 0), &source, &build, &damage))
        fail_msg("%s", damage.why);
    assert_true(lists_build_write(&build, &out));
    assert_true(lists_file_take(&made_intel.lists, &out, "lists.intel", &error));
    lists_build_free(&build);
}

static void expect(const char *pattern, const char *folder, const char *name, bool found) {
    struct casefile *c = made_trust_case();
    know(pattern);
    made_artifact(c, 1, folder, name);
    made_expect(c, "ioc_name", found ? "0/0@1" : "");
}

static void what_fits(void **state) {
    (void)state;
    expect("\\\\evil\\.exe;60\n", "/a", "evil.exe", true);
    expect("\\\\evil\\.exe$;60\n", "", "evil.exe", true);
    expect("\\\\evil\\.exe;60\n", "/a", "evilxexe", false);
    expect("\\\\evil\\.exe;60\n", "/a", "devil.exe", false);
    expect("\\\\evil\\.exe;60\n", "/a", "evil.exe.txt", false);
    expect("\\\\evil\\.exe;60\n", "/a", "Evil.exe", false);
    expect("(?i)\\\\evil\\.exe;60\n", "/a", "Evil.EXE", true);
    expect("ystem32\\\\evil\\.dll;60\n", "/Windows/System32", "evil.dll", true);
    expect("ystem32\\\\evil\\.dll;60\n", "/Windows/System32/x", "evil.dll", false);
    expect("\\\\System32\\\\evil\\.dll;60\n", "/System32", "evil.dll", true);
    expect("C:\\\\Windows\\\\evil\\.dll;60\n", "/Windows", "evil.dll", true);
    expect("C:\\\\Windows\\\\evil\\.dll;60\n", "/old/Windows", "evil.dll", false);
    expect("\\\\evil\\.exe;60;\\\\good\n", "/good", "evil.exe", false);
    expect("\\\\evil\\.exe;60;(?i)GOOD\n", "/x/good", "evil.exe", false);
    expect("\\\\evil\\.exe;60;\\\\good\n", "/bad", "evil.exe", true);
}

/* More than a text, or no whole name. */
static void what_is_not_applied(void **state) {
    (void)state;
    expect("\\\\ev.l\\.exe;60\n", "/a", "ev.l.exe", false);
    expect("\\\\(a|evil)\\.exe;60\n", "/a", "evil.exe", false);
    expect("\\\\evil\\.exe;60;[a-z]\n", "/1", "evil.exe", false);
    expect("\\\\\\d\\.exe;60\n", "/a", "d.exe", false);
    expect("evil\\.exe;60\n", "/a", "evil.exe", false);
    expect("\\\\evil\\\\;60\n", "/a/evil", "x", false);
}

static void many(void **state) {
    (void)state;
    know("# one\n\\\\b\\.exe;1\n# two\nx\\\\a\\.exe;2\n\\\\a\\.exe;3\n# three\n\\\\c\\.exe;4\n");
    char text[512];
    struct casefile *c = made_trust_case();
    made_artifact(c, 1, "/y", "a.exe");
    made_artifact(c, 2, "/x", "none.exe");
    struct listing link = made_listing("/z", "c.exe");
    assert_true(casefile_path(c, 2, &link));
    made_file(c, 3, &(struct made_signed){.folder = "/z", .name = "b.exe"}); /* signed by somebody trusted */
    made_file(c, 4, &(struct made_signed){.folder = "/z", .name = "b.exe", .seal = "mismatch"});
    made_judge(c, "ioc_name");
    made_text(
        c,
        "SELECT group_concat(x, '; ') FROM (SELECT f.artifact || ' ' || group_concat(d.value) AS x FROM finding f"
        " JOIN finding_detail d ON d.finding = f.id WHERE f.detector = 'ioc_name' AND key IN ('says', 'row') GROUP"
        " BY f.artifact ORDER BY f.artifact)",
        text);
    assert_string_equal(text, "1 two,5; 2 three,7; 4 one,2");
    casefile_close(c);
}

static int start(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    lists_file_free(&made_intel.lists);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_fits), cmocka_unit_test(what_is_not_applied),
                                       cmocka_unit_test(many)};
    return cmocka_run_group_tests(tests, start, end);
}
