/* One case of several: every number leads where it led; the same evidence twice and cases that cannot be are
 * refused. */
#include "case/casefile_merge.h"

#include "case/casefile_integrity.h"
#include "case/casefile_schema.h"
#include "unit/case_made.h"

/* What closing judges write. */
static void close_case(struct casefile *c, const char *name, enum severity severity) {
    const struct casefile_cell chain[] = {{.column = FACT_chain_id, .number = 1},
                                          {.column = FACT_chain_evidence, .number = 1},
                                          {.column = FACT_chain_title, .text = name}};
    const struct casefile_cell cites[] = {{.column = FACT_chain_finding_chain, .number = 1},
                                          {.column = FACT_chain_finding_step, .number = 1},
                                          {.column = FACT_chain_finding_finding, .number = 2}};
    const struct casefile_cell stake[] = {{.column = FACT_stake_id, .number = 1},
                                          {.column = FACT_stake_evidence, .number = 1},
                                          {.column = FACT_stake_artifact, .number = 2},
                                          {.column = FACT_stake_name, .text = name}};
    const struct casefile_cell verdict[] = {{.column = FACT_verdict_evidence, .number = 1},
                                            {.column = FACT_verdict_word, .text = "suspicious"},
                                            {.column = FACT_verdict_rank, .number = 2},
                                            {.column = FACT_verdict_complete, .number = 1}};
    const struct casefile_cell whole[] = {
        {.column = FACT_verdict_word, .text = severity == SEVERITY_HIGH ? "exposed" : "suspicious"},
        {.column = FACT_verdict_rank, .number = severity == SEVERITY_HIGH ? 1 : 2},
        {.column = FACT_verdict_complete, .number = severity != SEVERITY_HIGH},
        {.column = FACT_verdict_reason, .text = name},
        {.column = FACT_verdict_since, .number = 7}};
    assert_true(casefile_put(c, FACT_chain, chain, 3) && casefile_put(c, FACT_chain_finding, cites, 3) &&
                casefile_put(c, FACT_stake, stake, 4) && casefile_put(c, FACT_verdict, verdict, 4) &&
                casefile_put(c, FACT_verdict, whole, 5));
}

/* A host with two files, a finding about each that cites the other, and all that closing judges write. */
static struct casefile *host(const char *name, enum severity severity) {
    struct text error = {0};
    struct casefile *c = casefile_create(NULL, false, &error);
    assert_non_null(c);
    assert_true(casefile_detector(c, "detector", &made_detector));
    struct casefile_evidence image = {.id = 1,
                                      .path = name,
                                      .kind = "disk-image",
                                      .has_size = true,
                                      .size = 4096,
                                      .state = "read",
                                      .host = name};
    struct casefile_volume volume = {
        .id = 1, .evidence = 1, .ordinal = 1, .kind = "ntfs", .size = 2048, .state = "read"};
    struct casefile_volume shadow = {
        .id = 2, .evidence = 1, .ordinal = 1, .kind = "ntfs", .state = "read", .shadow = 1, .shadow_of = 1};
    assert_true(casefile_evidence(c, &image) && casefile_volume(c, &volume) && casefile_volume(c, &shadow));
    made_artifact(c, 1, "/d", name);
    made_artifact(c, 2, "/d", "other");
    for (uint64_t i = 1; i <= 2; i++) {
        struct finding finding = made_finding(severity, STRENGTH_FIRM, name);
        struct casefile_reference reference = {3 - i, "twin"};
        finding.details[finding.detail_count++] = (struct finding_detail){"of", name};
        assert_true(casefile_finding(c, (struct casefile_place){.artifact = i}, &finding, &reference, 1));
    }
    struct casefile_execution run = {.id = 1,
                                     .evidence = 1,
                                     .volume = 1,
                                     .path = "/d",
                                     .artifact = 1,
                                     .kind = "executed",
                                     .source = "prefetch",
                                     .traced = 2};
    assert_true(casefile_execution(c, &run) && casefile_run(c, "started", "then") && casefile_number(c));
    close_case(c, name, severity);
    assert_true(casefile_meta(c, "stakes_omitted", "3"));
    assert_true(casefile_finish(c, severity == SEVERITY_HIGH ? "interrupted" : NULL));
    text_free(&error);
    return c;
}

static bool merge(struct casefile *to, struct casefile *one, struct casefile *two, const char *wanted) {
    struct text because = {0}, error = {0};
    const struct casefile_merge from[] = {{one, "a.assay"}, {two, "b.assay"}};
    bool good = casefile_merge(to, from, 2, &because, &error) &&
                casefile_finish(to, because.size ? text_string(&because) : NULL);
    assert_string_equal(text_string(&error), wanted);
    text_free(&because);
    text_free(&error);
    return good;
}

static void refused(void **state) {
    (void)state;
    struct text error = {0};
    struct casefile *one = host("x", SEVERITY_LOW), *two = host("x", SEVERITY_HIGH);
    struct casefile *to = casefile_create(NULL, false, &error);
    assert_false(merge(to, one, two, "the same evidence is in a.assay and in b.assay: x"));
    casefile_close(to);
    casefile_close(one);
    casefile_close(two);
}

/* The verdict of all, and where it is from. */
static void whole(struct casefile *to) {
    assert_string_equal(made_ask(to,
                                 "SELECT group_concat(coalesce(evidence, '-') || word || rank || complete ||"
                                 " coalesce(reason, '') || coalesce(since, ''), ' ') FROM verdict"),
                        "1suspicious21 2suspicious21 -suspicious20x7");
    assert_string_equal(
        made_ask(to, "SELECT group_concat(key || '=' || value, ' ') FROM (SELECT * FROM meta WHERE key IN"
                     " ('complete', 'incomplete_because', 'stakes_omitted') ORDER BY key)"),
        "complete=0 incomplete_because=case 2: interrupted stakes_omitted=6");
    assert_string_equal(
        made_ask(
            to,
            "SELECT group_concat(key || '=' || substr(value, 1, 7), ' ') FROM (SELECT * FROM run WHERE key"
            " NOT LIKE '%digest' ORDER BY key)"),
        "1 case=a.assay 1 started=then 2 case=b.assay 2 started=then");
}

static void numbers(void **state) {
    (void)state;
    struct text error = {0};
    struct casefile *one = host("x", SEVERITY_LOW), *two = host("y", SEVERITY_HIGH);
    struct casefile *to = casefile_create(NULL, false, &error);
    struct casefile_integrity integrity;
    assert_true(merge(to, one, two, ""));
    /* The graver ones come first now, and whatever cited them follows. */
    assert_string_equal(
        made_ask(to,
                 "SELECT group_concat(f.id || f.summary || a.name || d.value || e.path || b.name, ' ') FROM"
                 " finding f JOIN artifact a ON a.id = f.artifact JOIN evidence e ON e.id = a.evidence"
                 " JOIN finding_detail d ON d.finding = f.id JOIN finding_reference r ON r.finding = f.id"
                 " JOIN artifact b ON b.id = r.artifact ORDER BY f.id"),
        "1yyyyother 2yotheryyy 3xxxxother 4xotherxxx");
    assert_string_equal(
        made_ask(to,
                 "SELECT group_concat(c.id || c.title || e.path || f.summary || f.id, ' ') FROM chain c JOIN"
                 " evidence e ON e.id = c.evidence JOIN chain_finding n ON n.chain = c.id JOIN finding f ON"
                 " f.id = n.finding"),
        "1xxx4 2yyy2");
    assert_string_equal(
        made_ask(
            to, "SELECT group_concat(s.id || s.name || e.path || a.name || a.evidence, ' ') FROM stake s JOIN"
                " evidence e ON e.id = s.evidence JOIN artifact a ON a.id = s.artifact"),
        "1xxother1 2yyother2");
    assert_string_equal(
        made_ask(
            to, "SELECT group_concat(x.id || e.path || v.id || a.name || t.name, ' ') FROM execution x JOIN"
                " evidence e ON e.id = x.evidence JOIN volume v ON v.id = x.volume AND v.evidence = e.id JOIN"
                " artifact a ON a.id = x.artifact JOIN artifact t ON t.id = x.traced"),
        "1x1xother 2y3yother");
    assert_string_equal(
        made_ask(to, "SELECT group_concat(id || ':' || coalesce(shadow_of, '-'), ' ') FROM volume"),
        "1:- 2:1 3:- 4:3");
    assert_string_equal(
        made_ask(to,
                 "SELECT group_concat(o.path || o.id, ' ') FROM artifact a JOIN folder o ON o.id = a.folder"),
        "/d1 /d1 /d2 /d2");
    whole(to);
    assert_true(casefile_integrity_check(to, NULL, &integrity));
    assert_int_equal(integrity.findings, 4);
    assert_int_equal(integrity.wrong, 0);
    assert_string_equal(made_ask(to, "SELECT count(*) FROM temp.sqlite_schema"), "0");
    casefile_close(to);
    casefile_close(one);
    casefile_close(two);
}

/* The schema's own text says what refers to what: a column of these names that does not is a mistake there.
 */
static void references(void **state) {
    (void)state;
    static const char *const names[] = {"evidence",         "artifact", "hive",     "image_artifact",
                                        "library_artifact", "twin",     "traced",   "chain",
                                        "finding",          "campaign", "shadow_of"};
    unsigned seen = 0;
    for (unsigned i = 0; i < FACT_COLUMNS; i++) {
        const struct casefile_schema_column *column = &casefile_schema_columns[i];
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            if (column->kind == ROW_INTEGER && strcmp(column->name, names[n]) == 0) {
                const char *end = strstr(column->meaning, ".id");
                bool good = (end && !memchr(column->meaning, ' ', (size_t)(end - column->meaning))) ||
                            strncmp(column->meaning, "verdict.evidence", 16) == 0;
                if (!good)
                    fail_msg("%s.%s: %s", casefile_schema_tables[column->table].name, column->name,
                             column->meaning);
                seen++;
            }
    }
    assert_true(seen > 80);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(numbers),
        cmocka_unit_test(references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
