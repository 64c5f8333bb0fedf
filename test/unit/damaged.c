#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/registry.h"

struct taken {
    struct reporter reporter; /* first */
    struct finding findings[64];
    char summaries[64][96];
    size_t count;
};

static void take(struct reporter *reporter, const struct finding *finding) {
    struct taken *taken = (struct taken *)(void *)reporter;
    assert_string_equal(finding->detector, "damaged");
    assert_int_equal(finding->severity, SEVERITY_INFO);
    struct finding *kept = &taken->findings[taken->count];
    *kept = *finding; /* its texts live only during this call */
    snprintf(taken->summaries[taken->count], sizeof taken->summaries[0], "%s", finding->summary);
    kept->summary = taken->summaries[taken->count++];
}

static void look(struct job *job, struct taken *taken) {
    const struct detector *detector = registry_find("damaged");
    struct artifact artifact = {.name = "x", .job = job};
    assert_non_null(detector);
    *taken = (struct taken){.reporter = {take}};
    detector->detect(&artifact, &taken->reporter);
}

static void says_nothing_of_what_is_whole(void **state) {
    struct job job;
    struct taken taken;
    (void)state;
    job_init(&job, 1 << 16);
    look(&job, &taken);
    assert_int_equal(taken.count, 0);
}

static void says_all_that_was_noted(void **state) {
    struct job job;
    struct taken taken;
    (void)state;
    job_init(&job, 1 << 16);
    job_note(&job, FAULT_TORN, 100, "cut");
    job_note(&job, FAULT_BAD, 200, "lies");
    job_fail(&job, FAULT_LIMIT, 300, "too much");
    look(&job, &taken);
    assert_int_equal(taken.count, 3);
    assert_int_equal(taken.findings[0].offset, 100);
    assert_string_equal(taken.findings[1].summary, "lies");
    assert_int_equal(taken.findings[2].offset, 300);
    assert_string_equal(taken.findings[2].details[0].value, "limit");
}

static void counts_what_was_not_kept(void **state) {
    struct job job;
    struct taken taken;
    (void)state;
    job_init(&job, 1 << 16);
    for (unsigned i = 0; i < JOB_NOTES + 7; i++)
        job_note(&job, FAULT_TORN, i, "cut");
    look(&job, &taken);
    assert_int_equal(taken.count, JOB_NOTES + 1);
    assert_non_null(strstr(taken.findings[JOB_NOTES].summary, "7 further"));
}

static void the_registry_is_whole(void **state) {
    (void)state;
    assert_null(registry_find(""));
    assert_null(registry_find("none"));
    assert_null(registry_at(registry_count()));
    assert_int_equal(registry_count(), 5);
    for (size_t i = 0; i < registry_count(); i++) {
        const struct explanation *text = &registry_at(i)->text;
        assert_ptr_equal(registry_find(text->id), registry_at(i));
        assert_true(text->title[0] && text->why[0] && text->innocent[0] && text->verify[0]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_nothing_of_what_is_whole),
        cmocka_unit_test(says_all_that_was_noted),
        cmocka_unit_test(counts_what_was_not_kept),
        cmocka_unit_test(the_registry_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
