/* The digests of findings: what is changed, added, taken away or put in another order is named. */
#include "case/casefile_integrity.h"

#include "base/digest.h"
#include "unit/case_made.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FINDINGS = 6 };

static char path[] = "/tmp/integrity.XXXXXX/case";

static void remove_case(void) {
    unlink(path);
}

/* Six findings with a detail each, the first two with references, too. */
static struct casefile *made(void) {
    remove_case();
    struct casefile *c = made_case(path);
    for (uint64_t i = 1; i <= FINDINGS; i++) {
        char name[16], summary[32];
        snprintf(name, sizeof name, "f%u", (unsigned)i);
        snprintf(summary, sizeof summary, "It's finding %u", (unsigned)i);
        made_artifact(c, i, "/d", name);
        struct finding finding =
            made_finding((enum severity)(i < 3 ? SEVERITY_HIGH : SEVERITY_LOW), STRENGTH_FIRM, summary);
        finding.details[finding.detail_count++] = (struct finding_detail){"key", name};
        finding.details[finding.detail_count++] = (struct finding_detail){"other", "value"};
        struct casefile_reference references[] = {{1, "twin"}, {2, "twin"}};
        assert_true(
            casefile_finding(c, (struct casefile_place){.artifact = i}, &finding, references, i < 3 ? 2 : 0));
    }
    assert_true(casefile_finish(c, NULL));
    return c;
}

struct told {
    struct text text;
};

static void tell(void *context, const char *sentence) {
    struct told *told = context;
    text_format(&told->text, "%s\n", sentence);
}

/* What is said of the case after `sql` was done to it. */
static void expect(const char *sql, uint64_t wrong, const char *wanted) {
    struct told told = {0};
    struct text error = {0}, command = {0};
    struct casefile_integrity integrity;
    casefile_close(made());
    text_format(&command, "sqlite3 '%s' \"%s\"", path, sql);
    if (sql[0] && system(text_string(&command)) != 0) /* a test, not the program */
        skip();
    struct casefile *c = casefile_open(path, &error);
    assert_string_equal(text_string(&error), "");
    const struct casefile_integrity_teller teller = {tell, &told};
    assert_true(casefile_integrity_check(c, &teller, &integrity));
    assert_string_equal(text_string(&told.text), wanted);
    assert_int_equal(integrity.wrong, wrong);
    assert_true(casefile_integrity_check(c, NULL, &integrity));
    casefile_close(c);
    text_free(&told.text);
    text_free(&command);
    text_free(&error);
}

#define CHANGED                                                                                              \
    " is not what it was: it, its file, its details or references, or their order, or its digest were changed\n"

static void nothing(void **state) {
    (void)state;
    expect("", 0, "");
}

static void changes(void **state) {
    (void)state;
    static const char *const tries[] = {
        "UPDATE finding SET summary = 'x' WHERE id = 3",
        "UPDATE finding SET severity = 0 WHERE id = 3",
        "UPDATE finding SET strength = 0 WHERE id = 3",
        "UPDATE finding SET artifact = 1 WHERE id = 3",
        "UPDATE finding SET offset = 1 WHERE id = 3",
        "UPDATE finding SET excerpt = x'00' WHERE id = 3",
        "UPDATE finding SET detector = 'authentihash_twins' WHERE id = 3",
        "UPDATE finding_detail SET value = 'x' WHERE finding = 3 AND key = 'key'",
        "UPDATE finding_detail SET key = 'x' WHERE finding = 3 AND key = 'key'",
        "DELETE FROM finding_detail WHERE finding = 3 AND key = 'key'",
        "INSERT INTO finding_detail VALUES (3, 'more', 'x')",
        "UPDATE finding_detail SET rowid = 1000 WHERE finding = 3 AND key = 'key'",
        "INSERT INTO finding_reference VALUES (3, 1, 'x')",
        "UPDATE artifact SET name = 'x' WHERE id = 3",
        "INSERT INTO hashes VALUES (3, NULL, NULL, x'00')",
        "UPDATE finding SET summary = NULL WHERE id = 3",
        "UPDATE finding SET summary = summary || char(10) WHERE id = 3",
    };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
        expect(tries[i], 1, "finding 3" CHANGED);
    expect("UPDATE finding_reference SET role = 'x' WHERE finding = 1", 1, "finding 1" CHANGED);
    expect("UPDATE finding_reference SET artifact = 3 WHERE finding = 2 AND artifact = 1", 1,
           "finding 2" CHANGED);
    expect("DELETE FROM finding_reference WHERE finding = 1", 1, "finding 1" CHANGED);
}

static void order(void **state) {
    (void)state;
    expect(
        "UPDATE finding SET id = 99 WHERE id = 3; UPDATE finding SET id = 3 WHERE id = 4; UPDATE finding SET id = 4"
        " WHERE id = 99",
        2, "finding 3" CHANGED "finding 4" CHANGED);
    /* Whatever hangs on them goes with them: it is still another order. */
    expect(
        "UPDATE finding SET id = 99 WHERE id = 3; UPDATE finding SET id = 3 WHERE id = 4; UPDATE finding SET id = 4"
        " WHERE id = 99; UPDATE finding_detail SET finding = 7 - finding WHERE finding IN (3, 4)",
        2, "finding 3" CHANGED "finding 4" CHANGED);
}

static void removed(void **state) {
    (void)state;
    expect("DELETE FROM finding WHERE id = 3", 2,
           "finding 3 is gone; its digest is still there\n2 details of finding 3, which is not there\n");
    expect(
        "DELETE FROM finding WHERE id = 3; DELETE FROM finding_detail WHERE finding = 3; DELETE FROM finding_chain WHERE"
        " finding = 3",
        2, "finding 3 is gone, with its digest\nfinding 4" CHANGED);
    expect("DELETE FROM finding_chain WHERE finding = 3", 2,
           "finding 3 has no digest: it was added, or its digest taken away\nfinding 4" CHANGED);
    expect(
        "DELETE FROM finding_chain WHERE finding IN (2, 3); DELETE FROM finding WHERE id IN (2, 3); DELETE FROM"
        " finding_detail WHERE finding IN (2, 3); DELETE FROM finding_reference WHERE finding = 2",
        2, "findings 2 to 3 are gone, with their digests\nfinding 4" CHANGED);
    expect(
        "UPDATE finding SET id = -3 WHERE id = 3; UPDATE finding_detail SET finding = -3 WHERE finding = 3",
        3,
        "finding -3 has a number that another has, or none of a case\nfinding -3 has no digest: it was added, or its"
        " digest taken away\nfinding 3 is gone; its digest is still there\n");
}

static void added(void **state) {
    (void)state;
    expect(
        "INSERT INTO finding SELECT 7, artifact, volume, evidence, detector, severity, strength, offset, size, summary,"
        " excerpt FROM finding WHERE id = 6",
        1, "finding 7 has no digest: it was added, or its digest taken away\n");
    expect(
        "INSERT INTO finding_chain SELECT finding, digest FROM finding_chain WHERE finding = 6", 2,
        "finding 6 has a number that another has, or none of a case\nfinding 6 is gone; its digest is still there\n");
    expect("INSERT INTO finding_detail VALUES (70, 'a', 'b')", 1,
           "1 detail of finding 70, which is not there\n");
    expect(
        "INSERT INTO finding SELECT 9223372036854775807, artifact, volume, evidence, detector, severity, strength, offset,"
        " size, summary, excerpt FROM finding WHERE id = 6",
        2,
        "findings 7 to 9223372036854775806 are gone, with their digests\nfinding 9223372036854775807 has no digest: it"
        " was added, or its digest taken away\n");
}

static void digests(void **state) {
    (void)state;
    expect("UPDATE finding_chain SET digest = zeroblob(32) WHERE finding = 3", 2,
           "finding 3" CHANGED "finding 4" CHANGED);
    expect("UPDATE finding_chain SET digest = x'00' WHERE finding = 6", 1, "finding 6 has no whole digest\n");
    expect("UPDATE finding_chain SET digest = NULL WHERE finding = 6", 1, "finding 6 has no whole digest\n");
}

/* The form, by hand. */
static void form(void **state) {
    (void)state;
    struct casefile *c = made();
    struct casefile_integrity integrity;
    char last[CASEFILE_INTEGRITY_HEX];
    uint8_t value[DIGEST_MAX];
    struct text text = {0}, hex = {0};
    static const char *const lines = "finding,1,'hidden',3,1,1,NULL,NULL,0,0,'It''s finding 1',NULL\n"
                                     "file,'disk.img',1,NULL,'/d','f1',NULL,NULL\n"
                                     "detail,'key','f1'\n"
                                     "detail,'other','value'\n"
                                     "reference,'twin',1,'disk.img',1,NULL,'/d','f1',NULL,NULL\n"
                                     "reference,'twin',2,'disk.img',1,NULL,'/d','f2',NULL,NULL\n";
    text_format(&text, "%064d\n%s", 0, lines);
    assert_true(digest_prepare());
    digest_once(DIGEST_SHA256, span_of(text.data, text.size, 0), value);
    text_hex(&hex, value, 32);
    assert_string_equal(made_ask(c, "SELECT lower(hex(digest)) FROM finding_chain WHERE finding = 1"),
                        text_string(&hex));
    assert_true(casefile_integrity_check(c, NULL, &integrity) && casefile_integrity_last(c, last));
    assert_int_equal(integrity.findings, FINDINGS);
    assert_string_equal(last, integrity.last);
    assert_string_equal(last, made_ask(c, "SELECT lower(hex(digest)) FROM finding_chain WHERE finding = 6"));
    casefile_close(c);
    text_free(&text);
    text_free(&hex);
}

static void no_findings(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct casefile_integrity integrity;
    char last[CASEFILE_INTEGRITY_HEX];
    assert_true(casefile_finish(c, NULL) && casefile_integrity_check(c, NULL, &integrity));
    assert_int_equal(integrity.findings + integrity.wrong, 0);
    assert_true(casefile_integrity_last(c, last));
    assert_int_equal(strspn(last, "0"), 64);
    casefile_close(c);
}

static int start(void **state) {
    (void)state;
    path[strlen(path) - 5] = 0;
    bool good = mkdtemp(path) != NULL;
    path[strlen(path)] = '/';
    return good ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    remove_case();
    path[strlen(path) - 5] = 0;
    return rmdir(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing), cmocka_unit_test(changes),     cmocka_unit_test(order),
        cmocka_unit_test(removed), cmocka_unit_test(added),       cmocka_unit_test(digests),
        cmocka_unit_test(form),    cmocka_unit_test(no_findings),
    };
    return cmocka_run_group_tests(tests, start, end);
}
