/* Evidence inside evidence: in the order of its artifacts whoever found it, up to a cap, and parts by their
 * names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/nested.h"

#include <fcntl.h>
#include <sys/mman.h>

static struct run run;
static struct engine_result result;
static uint64_t refused, last;

static bool on_finding(struct engine_sink *sink, struct casefile_place place, const struct finding *finding) {
    (void)sink;
    assert_non_null(strstr(finding->summary, "more images"));
    assert_string_equal(finding->detector, "damaged");
    refused++;
    last = place.artifact;
    return true;
}

static struct engine_sink sink = {.finding = on_finding};

static int begin(void **state) {
    (void)state;
    result = (struct engine_result){0};
    run = (struct run){.sink = &sink, .result = &result};
    refused = last = 0;
    return 0;
}

static int end(void **state) {
    (void)state;
    for (size_t i = 0; i < run.nested_count; i++)
        nested_free(&run.nested[i]);
    free(run.nested);
    return 0;
}

static void none(void **state) {
    struct nested nested = {.fd = -1};
    (void)state;
    nested_settle(&run);
    assert_int_equal(run.nested_count, 0);
    nested_free(&nested);
    nested_free(&nested);
}

static void order_is_that_of_artifacts(void **state) {
    (void)state;
    nested_add(&run, 9, "c", "C:", -1, 1);
    nested_add(&run, 2, "a", "", -1, 2);
    nested_add(&run, 5, "b", "D:", -1, 3);
    nested_settle(&run);
    assert_int_equal(run.nested_count, 3);
    assert_string_equal(run.nested[0].path, "a");
    assert_string_equal(run.nested[1].path, "b");
    assert_string_equal(run.nested[1].drive, "D:");
    assert_string_equal(run.nested[2].path, "c");
    assert_int_equal(refused, 0);
}

/* The last ones are left out, not those that came last. */
static void too_many(void **state) {
    (void)state;
    for (uint64_t i = NESTED_MOST + 3; i > 0; i--)
        nested_add(&run, i, "x", "", i == NESTED_MOST + 3 ? memfd_create("x", MFD_CLOEXEC) : -1, 1);
    int fd = run.nested[0].fd;
    assert_true(fd >= 0);
    nested_settle(&run);
    assert_int_equal(run.nested_count, NESTED_MOST);
    assert_int_equal(run.nested[NESTED_MOST - 1].artifact, NESTED_MOST);
    assert_int_equal(refused, 3);
    assert_int_equal(last, NESTED_MOST + 3);
    assert_int_equal(result.lost, 3);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* Programs come before installers, these before cabinets, where they lie in one folder. */
static void packages_come_before_their_parts(void **state) {
    (void)state;
    static const char *const paths[] = {"a/data.cab", "a/x.msi",   "a/y.exe",
                                        "b/z.exe",    "a/b/z.exe", "a/s-2.BIN"};
    for (size_t i = 0; i < 6; i++)
        nested_add(&run, i + 1, paths[i], "", -1, 1);
    assert_int_equal(nested_first(&run, 0), 2);
    assert_int_equal(nested_first(&run, 1), 2);
    run.nested[2].taken = true;
    assert_int_equal(nested_first(&run, 0), 1);
    assert_int_equal(nested_first(&run, 5), 1);
    run.nested[1].taken = true;
    assert_int_equal(nested_first(&run, 0), 0);
    assert_int_equal(nested_first(&run, 5), 5);
    assert_int_equal(nested_first(&run, 3), 3);
    assert_int_equal(nested_rank("a/x-s001.vmdk"), NESTED_PART);
    assert_int_equal(nested_rank("cab"), 0);
    assert_string_equal(nested_beside("a/b", "a/c"), "b");
    assert_string_equal(nested_beside("b", "c"), "b");
    assert_null(nested_beside("a/b/c", "a/c"));
    assert_null(nested_beside("c", "a/c"));
}

/* Cabinets out of an archive stay until all of their folder were opened; others are let go at once. */
static void cabinets_stay_for_each_other(void **state) {
    (void)state;
    static const char *const paths[] = {"x.zip!/1.cab", "x.zip!/2.cab", "x.zip!/y.exe", "x.zip!/a/3.cab"};
    int fds[4];
    for (size_t i = 0; i < 4; i++)
        nested_add(&run, i + 1, paths[i], "", fds[i] = memfd_create("x", MFD_CLOEXEC), 1);
    static const size_t order[] = {0, 2, 3, 1};
    for (size_t i = 0; i < 4; i++) {
        run.nested[order[i]].taken = true;
        nested_done(&run, order[i]);
        assert_int_equal(fcntl(fds[order[i]], F_GETFD) >= 0, order[i] == 0);
        assert_int_equal(fcntl(fds[0], F_GETFD) >= 0, i < 3);
    }
    assert_int_equal(run.nested_bytes, 0);
}

static void very_many(void **state) {
    (void)state;
    for (uint64_t i = 1; i <= NESTED_KEPT + 1; i++)
        nested_add(&run, i, "x", "", -1, 1);
    assert_int_equal(refused, 1);
    assert_int_equal(last, NESTED_KEPT + 1);
    nested_settle(&run);
    assert_int_equal(refused, NESTED_KEPT + 1 - NESTED_MOST);
}

static void parts_are_told_by_their_names(void **state) {
    static const char *const parts[] = {"a/x.E02",          "x.e17",      "x.002", "x-s001.vmdk",
                                        "/a.b/x-f003.VMDK", "x-flat.vmdk"};
    static const char *const others[] = {
        "",           "/",         "x",           "a.E02/x",     "x.E01",        "x.001",        "x.vmdk",
        "x-s01.vmdk", "-s001.vmd", "x-sabc.vmdk", "x-t001.vmdk", "x-s001.vmdkx", "x-s001.vmdk/y"};
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!nested_is_part(parts[i]))
            fail_msg("%s", parts[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (nested_is_part(others[i]))
            fail_msg("%s", others[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(none, begin, end),
        cmocka_unit_test_setup_teardown(order_is_that_of_artifacts, begin, end),
        cmocka_unit_test_setup_teardown(too_many, begin, end),
        cmocka_unit_test_setup_teardown(packages_come_before_their_parts, begin, end),
        cmocka_unit_test_setup_teardown(cabinets_stay_for_each_other, begin, end),
        cmocka_unit_test_setup_teardown(very_many, begin, end),
        cmocka_unit_test(parts_are_told_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
