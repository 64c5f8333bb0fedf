/* Twins: when two files with one Authenticode digest are a finding, and when they are not. */
#include "case_made.h"
#include "detect/registry.h"
#include "judge/judges.h"
#include "make/authenticode_fixture.h"
#include "make/examine.h"

#include <stdint.h>

/* One PE file as a worker reports it: digests are named by one letter. */
struct made {
    char sha256, authentihash, der, slack; /* der 0: unsigned */
    uint64_t slack_size;
    bool zero;
    bool program; /* instead of a DLL */
    uint64_t tag, entropy;
};

#define DLL false, 0, 0 /* the last three, of a DLL */

static void send_pe(struct casefile *c, uint64_t artifact, const struct made *made) {
    struct text text = {0};
    struct row_writer writer;
    uint8_t value[32];
    row_begin(&writer, &text, FACT_hashes);
    row_blob(&writer, FACT_hashes_sha256, memset(value, made->sha256, 32), 32);
    row_begin(&writer, &text, FACT_pe);
    row_integer(&writer, FACT_pe_characteristics, made->program ? 0x22 : 0x2022);
    row_blob(&writer, FACT_pe_authentihash_sha256, memset(value, made->authentihash, 32), 32);
    if (made->der) {
        row_blob(&writer, FACT_pe_der_sha256, memset(value, made->der, 32), 32);
        row_integer(&writer, FACT_pe_slack_size, made->slack_size);
        row_blob(&writer, FACT_pe_slack_sha256, memset(value, made->slack, 32), 32);
        row_begin(&writer, &text, FACT_certificate_entry);
        row_integer(&writer, FACT_certificate_entry_ordinal, 0);
        row_integer(&writer, FACT_certificate_entry_slack_offset, 9000);
        row_integer(&writer, FACT_certificate_entry_slack_size, made->slack_size);
        row_integer(&writer, FACT_certificate_entry_slack_zero, made->zero);
        row_integer(&writer, FACT_certificate_entry_slack_entropy, made->entropy);
        row_integer(&writer, FACT_certificate_entry_tag_size, made->tag);
    }
    assert_int_equal(made_send(c, &text, artifact), CASEFILE_TAKEN);
    text_free(&text);
}

struct answer {
    uint64_t findings, severity, strength, artifact, references;
};

/* What the judge alone says; closes the case. */
static struct answer ask(struct casefile *c) {
    struct answer answer = {0};
    assert_true(judges_find("authentihash_twins")->judge(c, NULL));
    assert_true(casefile_finish(c, NULL));
    struct db_query *q = db_prepare(
        casefile_db(c), "SELECT severity, strength, artifact, (SELECT count(*) FROM finding_reference)"
                        " FROM finding WHERE detector = 'authentihash_twins' ORDER BY severity DESC");
    assert_non_null(q);
    while (db_step(q))
        if (answer.findings++ == 0)
            answer = (struct answer){1, (uint64_t)db_integer(q, 0), (uint64_t)db_integer(q, 1),
                                     (uint64_t)db_integer(q, 2), (uint64_t)db_integer(q, 3)};
    casefile_close(c);
    return answer;
}

static struct answer judge(const struct made *made, size_t count) {
    struct casefile *c = made_case(NULL);
    char name[] = "a.dll";
    for (size_t i = 0; i < count; i++, name[0]++) {
        made_artifact(c, i + 1, "/Windows", name);
        send_pe(c, i + 1, &made[i]);
    }
    return ask(c);
}

static void different_programs_are_no_twins(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 4, true, DLL},
                                       {'2', 'B', 'd', 's', 4096, false, DLL}};
    (void)state;
    assert_int_equal(judge(made, 2).findings, 0);
}

static void copies_of_one_content_are_no_twins(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 4096, false, DLL},
                                       {'1', 'A', 'd', 's', 4096, false, DLL}};
    (void)state;
    assert_int_equal(judge(made, 2).findings, 0);
}

static void innocent_twins_are_info(void **state) {
    static const struct made pairs[][2] = {
        {{'1', 'A', 0, 0, 0, true, DLL}, {'2', 'A', 'd', 's', 4, true, DLL}},     /* unsigned and signed */
        {{'1', 'A', 'd', 's', 4, true, DLL}, {'2', 'A', 'e', 't', 2, true, DLL}}, /* signed anew */
        {{'1', 'A', 'd', 's', 4, true, DLL}, {'2', 'A', 'd', 's', 4, true, DLL}}, /* another CheckSum */
    };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct answer answer = judge(pairs[i], 2);
        assert_true(answer.findings <= 1);
        assert_int_equal(answer.severity, SEVERITY_INFO);
        assert_int_equal(answer.strength, STRENGTH_WEAK);
    }
}

static void only_the_slack_differs(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 4, true, DLL},
                                       {'2', 'A', 'd', 't', 4096, false, DLL}};
    static const struct made turned[] = {{'2', 'A', 'd', 't', 4096, false, DLL},
                                         {'1', 'A', 'd', 's', 4, true, DLL}};
    (void)state;
    struct answer answer = judge(made, 2);
    assert_int_equal(answer.findings, 1);
    assert_int_equal(answer.severity, SEVERITY_HIGH);
    assert_int_equal(answer.strength, STRENGTH_FIRM);
    assert_int_equal(answer.artifact, 2);
    assert_int_equal(answer.references, 1);
    assert_int_equal(judge(turned, 2).artifact, 1);
}

/* Without a clean copy it may be how the maker ships it. */
static void two_tags_are_less(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 300, false, DLL},
                                       {'2', 'A', 'd', 't', 310, false, DLL}};
    (void)state;
    struct answer answer = judge(made, 2);
    assert_int_equal(answer.findings, 1);
    assert_true(answer.severity < SEVERITY_HIGH);
}

static void tags_of_one_size_differ_too(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 300, false, DLL},
                                       {'2', 'A', 'd', 't', 300, false, DLL}};
    (void)state;
    struct answer answer = judge(made, 2);
    assert_int_equal(answer.findings, 1);
    assert_int_equal(answer.severity, SEVERITY_MEDIUM);
    assert_int_equal(answer.strength, STRENGTH_FIRM);
    assert_int_equal(answer.artifact, 1);
    assert_int_equal(answer.references, 1);
}

/* However many copies there are, one finding tells of them. */
static void many_tags_are_one_finding(void **state) {
    struct made made[20];
    (void)state;
    for (size_t i = 0; i < 20; i++)
        made[i] = (struct made){(char)('A' + i), 'A', 'd', (char)('a' + i), (uint64_t)(100 + i), false, DLL};
    made[7] = (struct made){'x', 'A', 'd', 0, 0, true, DLL};
    struct answer answer = judge(made, 20);
    assert_int_equal(answer.findings, 1);
    assert_int_equal(answer.severity, SEVERITY_HIGH);
    assert_int_equal(answer.artifact, 20);
    assert_int_equal(answer.references, 8);
}

static void what_was_not_read_whole_stays_out(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 4, true, DLL},
                                       {'2', 'A', 'd', 't', 4096, false, DLL}};
    static const char *const states[] = {"damaged", "unread", "skipped"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct casefile *c = made_case(NULL);
        for (size_t k = 0; k < 2; k++) {
            made_artifact(c, k + 1, "/Windows", k ? "a" : "b");
            send_pe(c, k + 1, &made[k]);
        }
        assert_true(casefile_state(c, 2, states[i], "torn"));
        assert_true(judges_find("authentihash_twins")->judge(c, NULL));
        assert_string_equal(made_ask(c, "SELECT count(*) FROM finding"), "0");
        casefile_close(c);
    }
}

/* A program with little behind its signature is mostly personalised, one with much is not; a tag explains its
 * own bytes, but not in a DLL. */
static void programs_are_often_personalised(void **state) {
    static const struct made clean = {'1', 'A', 'd', 's', 4, true, true, 0, 0};
    static const struct {
        struct made carrier;
        int alone, beside_clean;
    } grades[] = {
        {{'2', 'A', 'd', 't', 300, false, true, 0, 5000}, SEVERITY_LOW, SEVERITY_MEDIUM},
        {{'2', 'A', 'd', 't', 8000, false, true, 0, 5000}, SEVERITY_LOW, SEVERITY_MEDIUM},
        {{'2', 'A', 'd', 't', 8000, false, true, 0, 7900}, SEVERITY_MEDIUM, SEVERITY_HIGH},
        {{'2', 'A', 'd', 't', 20000, false, true, 0, 5000}, SEVERITY_MEDIUM, SEVERITY_HIGH},
        {{'2', 'A', 'd', 't', 8206, false, true, 8206, 500}, SEVERITY_INFO, SEVERITY_INFO},
        {{'2', 'A', 'd', 't', 8206, false, false, 8206, 500}, SEVERITY_MEDIUM, SEVERITY_HIGH},
        {{'2', 'A', 'd', 't', 8206, false, true, 100, 7900}, SEVERITY_MEDIUM, SEVERITY_HIGH},
    };
    (void)state;
    for (size_t i = 0; i < sizeof grades / sizeof grades[0]; i++) {
        struct made pair[2] = {grades[i].carrier, clean};
        struct answer answer = judge(pair, 2);
        assert_int_equal(answer.findings, 1);
        assert_int_equal(answer.severity, grades[i].beside_clean);
        assert_int_equal(answer.strength, STRENGTH_FIRM);
        assert_int_equal(answer.artifact, 1);
        pair[1] = grades[i].carrier;
        pair[1].sha256 = '3';
        pair[1].slack = 'u';
        assert_int_equal(judge(pair, 2).severity, grades[i].alone);
    }
}

/* A long tag is less than a few bytes that nothing explains. */
static void the_carrier_is_who_carries_what_is_unknown(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 8206, false, true, 8206, 500},
                                       {'2', 'A', 'd', 't', 300, false, true, 0, 5000}};
    (void)state;
    struct answer answer = judge(made, 2);
    assert_int_equal(answer.artifact, 2);
    assert_int_equal(answer.severity, SEVERITY_LOW);
}

/* From here on with real bytes: what the worker would send about them. */
static void examine_into(struct casefile *c, uint64_t artifact, const struct fixture *f) {
    struct examine e;
    made_artifact(c, artifact, "/Windows", artifact == 1 ? "first" : "second");
    examine(&e, f->data, f->size);
    assert_int_equal(made_send(c, &e.rows, artifact), CASEFILE_TAKEN);
    examine_free(&e);
}

/* Judges two files, which it frees. */
static struct answer judge_files(struct fixture a, struct fixture b) {
    struct casefile *c = made_case(NULL);
    for (size_t i = 0; i < registry_count(); i++)
        assert_true(casefile_detector(c, "detector", &registry_at(i)->text));
    examine_into(c, 1, &a);
    examine_into(c, 2, &b);
    fixture_free(&a);
    fixture_free(&b);
    return ask(c);
}

static struct fixture file(bool dll, const void *slack, size_t size) {
    struct fixture_image image = {.size = 2048, .dll = dll};
    return fixture_signed(&image, "sha256", FIXTURE_SUBJECT, slack, size);
}

static void expect(struct answer answer, int severity, int strength) {
    assert_int_equal(answer.findings, 1);
    assert_int_equal(answer.severity, severity);
    assert_int_equal(answer.strength, strength);
}

static void innocent_files_are_info(void **state) {
    struct fixture_image image = {.size = 2048, .dll = true};
    static const uint8_t zeros[8192];
    (void)state;
    expect(judge_files(fixture_pe(&image), file(true, NULL, 0)), SEVERITY_INFO, STRENGTH_WEAK);
    struct fixture other = fixture_signed(&image, "sha256", "Somebody Else", NULL, 0); /* signed anew */
    expect(judge_files(file(true, NULL, 0), other), SEVERITY_INFO, STRENGTH_WEAK);
    struct fixture dual = fixture_pe(&image); /* a further signature inside */
    struct fixture nested = fixture_signature(&dual, "sha256", FIXTURE_SUBJECT, NULL);
    struct fixture outer = fixture_signature(&dual, "sha1", FIXTURE_SUBJECT, &nested);
    fixture_entry(&dual, &outer, NULL, 0);
    fixture_free(&nested);
    fixture_free(&outer);
    expect(judge_files(dual, file(true, NULL, 0)), SEVERITY_INFO, STRENGTH_WEAK);
    other = file(true, NULL, 0);
    fixture_put(&other, fixture_checksum_at(&other), 0x1234, 4);
    expect(judge_files(file(true, NULL, 0), other), SEVERITY_INFO, STRENGTH_WEAK);
    expect(judge_files(file(true, zeros, 64), file(true, NULL, 0)), SEVERITY_INFO, STRENGTH_FIRM);
    expect(judge_files(file(true, NULL, 0), file(true, zeros, sizeof zeros)), SEVERITY_INFO, STRENGTH_FIRM);
}

static void tags_are_info_and_hide_nothing(void **state) {
    static uint8_t slack[32 + 4096] = "Gact2.0Omaha\x00\x0b"
                                      "brand=GTPM&",
                              other[32] = "Gact2.0Omaha\x00\x0b"
                                          "brand=ABCD&";
    (void)state;
    expect(judge_files(file(false, slack, 32), file(false, NULL, 0)), SEVERITY_INFO, STRENGTH_FIRM);
    expect(judge_files(file(false, slack, 32), file(false, other, 32)), SEVERITY_INFO, STRENGTH_FIRM);
    expect(judge_files(file(true, slack, 32), file(true, NULL, 0)), SEVERITY_HIGH, STRENGTH_FIRM);
    fixture_noise(slack + 32, 4096, 7);
    struct answer answer = judge_files(file(false, other, 32), file(false, slack, sizeof slack));
    expect(answer, SEVERITY_MEDIUM, STRENGTH_FIRM);
    assert_int_equal(answer.artifact, 2);
    expect(judge_files(file(false, NULL, 0), file(false, slack, sizeof slack)), SEVERITY_HIGH, STRENGTH_FIRM);
}

/* The table grown without any entry: the same trick. Wherever the last entry ends, they begin at a multiple
 * of 8. */
static void bytes_behind_the_entries_count(void **state) {
    static const uint8_t zeros[2];
    uint8_t noise[4096];
    (void)state;
    fixture_noise(noise, sizeof noise, 3);
    memset(noise, 0, 4); /* no further entry */
    for (size_t padding = 1; padding <= 2; padding++) {
        struct casefile *c = made_case(NULL);
        struct fixture clean = file(true, zeros, padding), f = file(true, zeros, padding);
        size_t directory = fixture_directory_at(&f), size = fixture_get(&f, directory + 4), at = f.size;
        fixture_add(&f, noise, sizeof noise);
        fixture_put(&f, directory + 4, size + sizeof noise, 4);
        for (size_t i = 0; i < registry_count(); i++)
            assert_true(casefile_detector(c, "detector", &registry_at(i)->text));
        examine_into(c, 1, &f);
        examine_into(c, 2, &clean);
        assert_true(judges_find("authentihash_twins")->judge(c, NULL));
        char wanted[64];
        snprintf(wanted, sizeof wanted, "3 1 1 %zu 4096 64", at);
        assert_string_equal(
            made_ask(
                c, "SELECT severity || ' ' || strength || ' ' || artifact || ' ' || offset || ' ' || size ||"
                   " ' ' || length(excerpt) FROM finding WHERE detector = 'authentihash_twins'"),
            wanted);
        casefile_close(c);
        /* Zeros there are nothing. */
        memset(f.data + at, 0, sizeof noise);
        assert_int_equal(judge_files(f, clean).severity, SEVERITY_INFO);
    }
}

static int prepare(void **state) {
    (void)state;
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_programs_are_no_twins),
        cmocka_unit_test(copies_of_one_content_are_no_twins),
        cmocka_unit_test(innocent_twins_are_info),
        cmocka_unit_test(only_the_slack_differs),
        cmocka_unit_test(two_tags_are_less),
        cmocka_unit_test(tags_of_one_size_differ_too),
        cmocka_unit_test(many_tags_are_one_finding),
        cmocka_unit_test(what_was_not_read_whole_stays_out),
        cmocka_unit_test(programs_are_often_personalised),
        cmocka_unit_test(the_carrier_is_who_carries_what_is_unknown),
        cmocka_unit_test(innocent_files_are_info),
        cmocka_unit_test(tags_are_info_and_hide_nothing),
        cmocka_unit_test(bytes_behind_the_entries_count),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
