/* Twins: when two files with one Authenticode digest are a finding, and when they are not. */
#include "case_made.h"
#include "judge/judges.h"

#include <stdint.h>

/* One PE file as a worker reports it: digests are named by one letter. */
struct made {
    char sha256, authentihash, der, slack; /* der 0: unsigned */
    uint64_t slack_size;
    bool zero;
};

static void send_pe(struct casefile *c, uint64_t artifact, const struct made *made) {
    struct text text = {0};
    struct row_writer writer;
    uint8_t value[32];
    row_begin(&writer, &text, FACT_hashes);
    row_blob(&writer, FACT_hashes_sha256, memset(value, made->sha256, 32), 32);
    row_begin(&writer, &text, FACT_pe);
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
    }
    assert_int_equal(made_send(c, &text, artifact), CASEFILE_TAKEN);
    text_free(&text);
}

struct answer {
    uint64_t findings, severity, strength, artifact, references;
};

static struct answer judge(const struct made *made, size_t count) {
    struct casefile *c = made_case(NULL);
    struct answer answer = {0};
    char name[] = "a.dll";
    for (size_t i = 0; i < count; i++, name[0]++) {
        made_artifact(c, i + 1, "/Windows", name);
        send_pe(c, i + 1, &made[i]);
    }
    assert_true(judges_find("authentihash_twins")->judge(c));
    assert_true(casefile_finish(c, NULL));
    struct db_query *q = db_prepare(
        casefile_db(c), "SELECT severity, strength, artifact, (SELECT count(*) FROM finding_reference)"
                        " FROM finding ORDER BY severity DESC");
    assert_non_null(q);
    while (db_step(q))
        if (answer.findings++ == 0)
            answer = (struct answer){1, (uint64_t)db_integer(q, 0), (uint64_t)db_integer(q, 1),
                                     (uint64_t)db_integer(q, 2), (uint64_t)db_integer(q, 3)};
    casefile_close(c);
    return answer;
}

static void different_programs_are_no_twins(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 4, true}, {'2', 'B', 'd', 's', 4096, false}};
    (void)state;
    assert_int_equal(judge(made, 2).findings, 0);
}

static void copies_of_one_content_are_no_twins(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 4096, false}, {'1', 'A', 'd', 's', 4096, false}};
    (void)state;
    assert_int_equal(judge(made, 2).findings, 0);
}

static void innocent_twins_are_info(void **state) {
    static const struct made pairs[][2] = {
        {{'1', 'A', 0, 0, 0, true}, {'2', 'A', 'd', 's', 4, true}},     /* unsigned and signed */
        {{'1', 'A', 'd', 's', 4, true}, {'2', 'A', 'e', 't', 2, true}}, /* signed anew */
        {{'1', 'A', 'd', 's', 4, true}, {'2', 'A', 'd', 's', 4, true}}, /* another CheckSum */
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
    static const struct made made[] = {{'1', 'A', 'd', 's', 4, true}, {'2', 'A', 'd', 't', 4096, false}};
    static const struct made turned[] = {{'2', 'A', 'd', 't', 4096, false}, {'1', 'A', 'd', 's', 4, true}};
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
    static const struct made made[] = {{'1', 'A', 'd', 's', 300, false}, {'2', 'A', 'd', 't', 310, false}};
    (void)state;
    struct answer answer = judge(made, 2);
    assert_int_equal(answer.findings, 1);
    assert_true(answer.severity < SEVERITY_HIGH);
}

static void tags_of_one_size_differ_too(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 300, false}, {'2', 'A', 'd', 't', 300, false}};
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
        made[i] = (struct made){(char)('A' + i), 'A', 'd', (char)('a' + i), (uint64_t)(100 + i), false};
    made[7] = (struct made){'x', 'A', 'd', 0, 0, true};
    struct answer answer = judge(made, 20);
    assert_int_equal(answer.findings, 1);
    assert_int_equal(answer.severity, SEVERITY_HIGH);
    assert_int_equal(answer.artifact, 20);
    assert_int_equal(answer.references, 8);
}

static void what_was_not_read_whole_stays_out(void **state) {
    static const struct made made[] = {{'1', 'A', 'd', 's', 4, true}, {'2', 'A', 'd', 't', 4096, false}};
    static const char *const states[] = {"damaged", "unread", "skipped"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct casefile *c = made_case(NULL);
        for (size_t k = 0; k < 2; k++) {
            made_artifact(c, k + 1, "/Windows", k ? "a" : "b");
            send_pe(c, k + 1, &made[k]);
        }
        assert_true(casefile_state(c, 2, states[i], "torn"));
        assert_true(judges_find("authentihash_twins")->judge(c));
        assert_string_equal(made_ask(c, "SELECT count(*) FROM finding"), "0");
        casefile_close(c);
    }
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
