/* What is said of a rule that matches: nothing without rules, less where such bytes are to be expected. */
#include "make/examine.h"
#include "make/rules_made.h"
#include "model/finding.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ID "yara_match"

static int prepare(void **state) {
    (void)state;
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

static struct rules_made made;

static void with_rule(const char *metas) {
    static char text[2000];
    snprintf(text, sizeof text, "rule found : tag { meta: %s strings: $a = \"needle\" condition: $a }",
             metas);
    rules_make(&made, &(struct rules_text){"f.yar", text}, 1);
    assert_int_equal(made.compiled.rules, 1);
}

static void look(struct examine *e, const char *bytes, const char *path) {
    struct inspect_options options = {.inspect = true, .rules = made.yara, .path = path};
    examine_cut(e, (const uint8_t *)bytes, strlen(bytes), strlen(bytes), &options);
}

/* Severity and strength of the one finding, as in "2 1"; "" for none. */
static const char *grade(const char *bytes, const char *path) {
    static char said[32];
    struct examine e;
    struct row row;
    look(&e, bytes, path);
    said[0] = 0;
    if (examine_finding(&e, ID, 0, &row))
        snprintf(said, sizeof said, "%d %d", (int)examine_integer(&row, FACT_finding_severity),
                 (int)examine_integer(&row, FACT_finding_strength));
    assert_int_equal(examine_findings(&e, ID), said[0] != 0);
    examine_free(&e);
    return said;
}

static void silent(void **state) {
    (void)state;
    with_rule("a = 1");
    assert_string_equal(grade("hay", "\\x"), "");
    assert_string_equal(grade("", "\\x"), "");
    struct examine e;
    const uint8_t *needle = (const uint8_t *)"a needle";
    static const struct inspect_options without = {.inspect = true};
    examine_cut(&e, needle, 8, 8, &without);
    assert_int_equal(examine_findings(&e, ID), 0);
    assert_int_equal(e.result.bytes, 0); /* nothing is read for rules that are not there */
    examine_free(&e);
    struct inspect_options journal = {.inspect = true, .journal = true, .rules = made.yara};
    examine_cut(&e, needle, 8, 8, &journal);
    assert_int_equal(examine_findings(&e, ID), 0);
    examine_free(&e);
    struct inspect_options trust = {.inspect = true, .trust_only = true, .rules = made.yara};
    examine_cut(&e, needle, 8, 8, &trust);
    assert_int_equal(examine_findings(&e, ID), 0);
    examine_free(&e);
    struct inspect_options limit = {.inspect = true, .max_size = 4, .rules = made.yara};
    examine_cut(&e, needle, 8, 8, &limit);
    assert_int_equal(examine_findings(&e, ID), 0);
    assert_int_equal(e.result.state, INSPECT_SKIPPED);
    examine_free(&e);
    rules_free_made(&made);
}

static void severities(void **state) {
    (void)state;
    static const struct {
        const char *metas, *wanted;
    } cases[] = {
        {"a = 1", "1 1"},
        {"score = 90", "3 1"},
        {"score = 79", "2 1"},
        {"score = 59", "1 1"},
        {"score = 39", "0 1"},
        {"score = -5", "0 1"},
        {"score = \"75\"", "2 1"},
        {"score = \"many\"", "1 1"},
        {"score = \"12345678901234567890\"", "1 1"},
        {"severity = \"Critical\"", "4 1"},
        {"severity = \"medium\" threat_level = 10", "2 1"},
        {"severity = 100", "3 1"},
        {"severity = 6", "2 1"},
        {"threat_level = 3", "0 1"},
        {"severity = \"low\" score = 80", "3 1"},
        {"score = true", "0 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        with_rule(cases[i].metas);
        if (strcmp(grade("needle", "\\x"), cases[i].wanted) != 0)
            fail_msg("%s: %s", cases[i].metas, grade("needle", "\\x"));
        rules_free_made(&made);
    }
}

static void places(void **state) {
    (void)state;
    static const char *const weak[] = {
        "\\pagefile.sys",
        "C:\\HIBERFIL.SYS",
        "\\ProgramData\\Microsoft\\Windows Defender\\Quarantine\\Entries\\1",
        "\\x\\McAfee-Quarantine\\a.bup",
        "\\home\\signature-base\\iocs\\x.txt",
        "\\a\\YARA\\x.txt",
        "\\a\\b.yar",
        "\\ProgramData\\Microsoft\\Windows Defender\\Definition Updates\\{1}\\mpavbase.vdm",
    };
    static const char *const firm[] = {
        "",
        "\\x",
        "\\Users\\a\\pagefile.sys.exe",
        "\\quarantine.exe",
        "\\yara",
        "\\rulesets\\a.exe",
        "\\Windows\\System32\\a.dll",
        "\\my yara tools\\x.exe",
    };
    with_rule("score = 90");
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
        if (strcmp(grade("needle", weak[i]), "3 0") != 0)
            fail_msg("not weak: %s", weak[i]);
    for (size_t i = 0; i < sizeof firm / sizeof firm[0]; i++)
        if (strcmp(grade("needle", firm[i]), "3 1") != 0)
            fail_msg("not firm: %s", firm[i]);
    rules_free_made(&made);
}

static void told(void **state) {
    (void)state;
    with_rule(
        "author = \"A\xff\" description = \"what it is\" reference = \"r1\" reference = \"r2\" date = \"2026\" "
        "license = \"L\" score = 85");
    struct examine e;
    struct row row;
    look(&e, "two needle and needle", "\\x");
    assert_true(examine_finding(&e, ID, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_finding_offset), 4);
    assert_int_equal(examine_integer(&row, FACT_finding_size), 6);
    assert_true(examine_says(&row, FACT_finding_summary, "the rule found matches: what it is"));
    static const char *const details[][2] = {
        {"rule", "found"},
        {"rule file", "f.yar"},
        {"description", "what it is"},
        {"author", "A\\xFF"},
        {"reference", "r1, r2"},
        {"date", "2026"},
        {"licence", "L"},
        {"score", "85"},
        {"tags", "tag"},
        {"strings", "$a at 4 and 1 more"},
    };
    for (size_t i = 0; i < sizeof details / sizeof details[0]; i++) {
        assert_true(examine_row(&e, FACT_finding_detail, i, &row));
        assert_true(examine_says(&row, FACT_finding_detail_key, details[i][0]));
        if (!examine_says(&row, FACT_finding_detail_value, details[i][1]))
            fail_msg("%s", details[i][0]);
    }
    examine_free(&e);
    rules_free_made(&made);
}

static void long_texts(void **state) {
    (void)state;
    static char metas[1600] = "description = \"";
    size_t size = strlen(metas);
    for (int i = 0; i < 300; i++) /* two bytes each, so that one is cut */
        size += (size_t)snprintf(metas + size, sizeof metas - size, "\u00e4%s", i == 0 ? "x" : "");
    snprintf(metas + size, sizeof metas - size, "\"");
    with_rule(metas);
    struct examine e;
    struct row row;
    look(&e, "needle", NULL);
    assert_true(examine_row(&e, FACT_finding_detail, 2, &row));
    const struct row_cell *cell = examine_cell(&row, FACT_finding_detail_value);
    assert_true(cell->bytes.size > 390 && cell->bytes.size <= 400);
    assert_true(text_valid((const char *)cell->bytes.data, cell->bytes.size));
    assert_null(memmem(cell->bytes.data, cell->bytes.size, "\\x", 2));
    examine_free(&e);
    rules_free_made(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent), cmocka_unit_test(severities), cmocka_unit_test(places),
        cmocka_unit_test(told),   cmocka_unit_test(long_texts),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
