/* Clusters with two owners: who claims them, told by record. */
#include "source/ntfs_overlap.h"
#include "ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { RECORDS = 200, FREE = 128 };

static struct made_volume volume;
static struct ntfs_index_summary summary;
static struct ntfs_index index_;
static struct job job;

/* A file of one run, or of two if `second` is not 0 (a distance from the first). */
static void file(uint32_t record, uint16_t flags, unsigned cluster, unsigned count, int second) {
    char name[16];
    snprintf(name, sizeof name, "file%u", record);
    struct made made = made_record(record, 1, flags, 0);
    made_si(&made, 1000, 0);
    made_fn(&made, 5, 5, 2000, 1, name);
    uint8_t runs[] = {0x21, (uint8_t)count, (uint8_t)cluster, 0, 0, 0, 0, 0};
    unsigned clusters = count;
    if (second) {
        runs[4] = 0x11;
        runs[5] = (uint8_t)count;
        runs[6] = (uint8_t)second;
        clusters += count;
    }
    made_runs(&made, 0x80, "", 0, 0, clusters * MADE_CLUSTER, clusters * MADE_CLUSTER, runs, sizeof runs);
    made_store(&volume, record, &made);
}

static void build(void) {
    int fd = made_file(volume.bytes, volume.size);
    job_reset(&job);
    assert_true(made_index(&job, fd, 0, volume.size, true, &summary, &index_));
    close(fd);
}

static int setup(void **state) {
    (void)state;
    job_init(&job, 64 << 20);
    made_volume(&volume, RECORDS);
    memset(made_place(&volume, 6), 0, (RECORDS - 6) * MADE_RECORD);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ntfs_index_close(&index_);
    job_reset(&job);
    return 0;
}

static void two_records_are_named(void **state) {
    (void)state;
    file(30, 1, FREE, 10, 0);
    file(31, 1, FREE + 9, 5, 0);
    file(32, 1, FREE + 14, 5, 0);
    build();
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(job.notes[0].offset, (FREE + 9) * MADE_CLUSTER);
    assert_non_null(strstr(job.notes[0].text, "records 30 and 31 both claim cluster 137"));
    assert_true(strlen(job.notes[0].text) < 200);
}

static void the_middle_of_another_counts(void **state) {
    (void)state;
    file(30, 1, FREE, 40, 0);
    file(31, 1, FREE + 5, 2, 0);
    file(32, 1, FREE + 30, 20, 0);
    build();
    assert_int_equal(job.noted, 2);
    assert_non_null(strstr(job.notes[0].text, "records 30 and 31 both claim cluster 133"));
    assert_non_null(strstr(job.notes[1].text, "records 30 and 32 both claim cluster 158"));
}

static void the_mft_may_be_claimed_too(void **state) {
    (void)state;
    file(30, 1, MADE_MFT + 1, 1, 0);
    build();
    assert_non_null(strstr(job.notes[0].text, "records 0 and 30 both claim cluster 5"));
}

static void what_is_deleted_or_refused_does_not_count(void **state) {
    (void)state;
    file(30, 1, FREE, 10, 0);
    file(31, 0, FREE, 10, 0);
    file(32, 1, FREE + 20, 4, 2); /* overlaps itself: refused before */
    file(33, 1, FREE + 20, 4, 0);
    build();
    assert_int_equal(job.noted, 1);
    assert_string_equal(job.notes[0].text, "a stream's runs overlap");
}

static void neighbours_are_none(void **state) {
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        file(30 + i, 1, FREE + i, 1, 0);
    build();
    assert_int_equal(job.noted, 0);
    assert_int_equal(summary.streams, 101);
}

static void many_are_counted(void **state) {
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        file(30 + i, 1, FREE, 3, 0);
    build();
    assert_int_equal(job.noted, NTFS_OVERLAP_TOLD + 1);
    assert_string_equal(job.notes[NTFS_OVERLAP_TOLD].text, "91 further places are claimed by two streams");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_records_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(the_middle_of_another_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(the_mft_may_be_claimed_too, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_deleted_or_refused_does_not_count, setup, teardown),
        cmocka_unit_test_setup_teardown(neighbours_are_none, setup, teardown),
        cmocka_unit_test_setup_teardown(many_are_counted, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
