#include "format/ntfs_runs.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define TERABYTES_500_IN_4K (UINT64_C(500) << 40 >> 12)

static struct ntfs_runs runs;
static struct ntfs_run run;

static enum fault_code end_of(const uint8_t *list, size_t size, uint64_t clusters) {
    runs = ntfs_runs_of(span_of(list, size, 100), 0, clusters);
    while (ntfs_runs_next(&runs, &run))
        continue;
    return runs.fault.code;
}
#define END_OF(clusters, ...)                                                                                \
    end_of((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__}, clusters)

static void lists_that_lie_are_refused(void **state) {
    (void)state;
    assert_int_equal(END_OF(100, 0x11), FAULT_TORN);
    assert_int_equal(END_OF(100, 0x11, 1, 1), FAULT_TORN); /* no end mark */
    assert_int_equal(END_OF(100, 0x19, 1), FAULT_BAD);     /* a number of 9 bytes */
    assert_int_equal(END_OF(100, 0x91, 1), FAULT_BAD);
    assert_int_equal(END_OF(100, 0x10, 1), FAULT_BAD); /* no length at all */
    assert_int_equal(END_OF(100, 0x11, 0, 5, 0), FAULT_BAD);
    assert_int_equal(END_OF(100, 0x11, 1, 100, 0), FAULT_BAD);  /* behind the end */
    assert_int_equal(END_OF(100, 0x11, 2, 99, 0), FAULT_BAD);   /* over the end */
    assert_int_equal(END_OF(100, 0x11, 1, 0xff, 0), FAULT_BAD); /* before the start */
    assert_int_equal(END_OF(100, 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 0), FAULT_BAD);
    assert_int_equal(END_OF(100, 0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0x80, 0), FAULT_BAD);
    assert_int_equal(END_OF(100, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0), FAULT_BAD);
}

static void five_hundred_terabytes_are_refused(void **state) {
    (void)state;
    assert_int_equal(TERABYTES_500_IN_4K, UINT64_C(0x1f40000000));
    assert_int_equal(END_OF(1 << 20, 0x15, 0, 0, 0, 0x40, 0x1f, 1, 0), FAULT_BAD);
    /* also in parts, each of which would fit */
    assert_int_equal(END_OF(100, 0x11, 60, 1, 0x11, 60, 1, 0), FAULT_BAD);
    /* sparse ones take no room */
    assert_int_equal(END_OF(1 << 20, 0x05, 0, 0, 0, 0x40, 0x1f, 0), FAULT_NONE);
}

static void distances_are_signed_and_sparse_runs_keep_the_place(void **state) {
    static const uint8_t list[] = {0x11, 0x30, 0x20, 0x01, 0x60, 0x11, 0x10, 0xf0, 0x00};
    (void)state;
    runs = ntfs_runs_of(span_of(list, sizeof list, 0), 7, 1000);
    assert_true(ntfs_runs_next(&runs, &run));
    assert_int_equal(run.vcn, 7);
    assert_int_equal(run.lcn, 0x20);
    assert_int_equal(run.count, 0x30);
    assert_true(ntfs_runs_next(&runs, &run));
    assert_true(run.sparse);
    assert_int_equal(run.count, 0x60);
    assert_true(ntfs_runs_next(&runs, &run));
    assert_int_equal(run.lcn, 0x10);
    assert_int_equal(run.vcn, 7 + 0x90);
    assert_false(ntfs_runs_next(&runs, &run));
    assert_int_equal(runs.fault.code, FAULT_NONE);
}

/* The example of the Linux-NTFS documentation, as omerbenamram/mft tests it. */
static void three_runs(void **state) {
    static const uint8_t list[] = {0x31, 0x38, 0x73, 0x25, 0x34, 0x32, 0x14, 0x01, 0xE5,
                                   0x11, 0x02, 0x31, 0x42, 0xAA, 0x00, 0x03, 0x00};
    static const struct ntfs_run expected[] = {
        {0, 0x342573, 0x38, false}, {0x38, 0x363758, 0x114, false}, {0x14c, 0x393802, 0x42, false}};
    (void)state;
    runs = ntfs_runs_of(span_of(list, sizeof list, 0), 0, 1 << 24);
    for (int i = 0; i < 3; i++) {
        assert_true(ntfs_runs_next(&runs, &run));
        assert_int_equal(run.vcn, expected[i].vcn);
        assert_int_equal(run.lcn, expected[i].lcn);
        assert_int_equal(run.count, expected[i].count);
        assert_int_equal(run.sparse, expected[i].sparse);
    }
    assert_false(ntfs_runs_next(&runs, &run));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_that_lie_are_refused),
        cmocka_unit_test(five_hundred_terabytes_are_refused),
        cmocka_unit_test(distances_are_signed_and_sparse_runs_keep_the_place),
        cmocka_unit_test(three_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
