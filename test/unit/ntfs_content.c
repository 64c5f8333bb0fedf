#include "source/ntfs_content.h"
#include "unit/ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct made_volume volume;
static struct job job;
static struct ntfs_index_summary summary;
static struct ntfs_index ix;
static struct ntfs_plan plan;
static struct ntfs_content content;
static int fd = -1;
static uint8_t buffer[1 << 20];

static int setup(void **state) {
    (void)state;
    made_volume(&volume, 40);
    job_init(&job, (size_t)16 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ntfs_index_close(&ix);
    job_reset(&job);
    close(fd);
    return 0;
}

/* The index is made of the whole image; the plan reads `size` bytes of it. */
static void start(bool whole, uint64_t size) {
    fd = made_file(volume.bytes, volume.size);
    assert_true(made_index(&job, fd, 0, volume.size, true, &summary, &ix));
    assert_true(ntfs_content_plan(&job, &ix, reader_of(fd, 0, size), 0, UINT32_MAX, whole, &plan));
}

static bool reach(uint32_t record) {
    while (ntfs_content_next(&plan, &job, &content))
        if (content.record == record)
            return true;
    return false;
}

static size_t get(uint64_t offset, size_t size) {
    memset(buffer, 0xee, sizeof buffer);
    return content.content.read(&content.content, &job, offset, buffer, size);
}

static void file(uint32_t record, uint16_t flags, uint64_t size, uint64_t initialized, const uint8_t *runs,
                 size_t runs_size) {
    struct made made = made_record(record, 1, 1, 0);
    made_fn(&made, 5, 5, 1, 3, "f");
    made_runs(&made, 0x80, "", flags, 0, size, initialized, runs, runs_size);
    made_store(&volume, record, &made);
}

static void what_cannot_be_read_is_refused_by_name(void **state) {
    static const uint8_t one[] = {0x11, 1, 50, 0}, outside[] = {0x21, 1, 0, 1, 0};
    static const uint8_t sparse[] = {0x05, 0, 0, 0, 0x40, 0x1f, 0};
    (void)state;
    file(24, 0x4000, 4096, 4096, one, sizeof one);
    file(25, 0, 4096, 4096, outside, sizeof outside);
    file(26, 0x8000, UINT64_C(500) << 40, 0, sparse, sizeof sparse);
    start(false, volume.size);
    static const enum fault_code expected[] = {FAULT_UNSUPPORTED, FAULT_BAD, FAULT_LIMIT};
    uint64_t before = plan.reader.bytes_read;
    for (uint32_t i = 0; i < 3; i++) {
        const struct ntfs_row *row = ntfs_index_row(&ix, 24 + i);
        ntfs_content_open(&plan, &job, ntfs_index_main(&ix, row), &content);
        assert_int_equal(content.fault.code, expected[i]);
        assert_non_null(content.fault.text);
        assert_int_equal(content.content.head.size, 0);
        assert_int_equal(get(0, 100), 0);
    }
    assert_int_equal(plan.reader.bytes_read, before);
    ntfs_content_open(&plan, &job, 12345, &content);
    assert_int_equal(content.fault.code, FAULT_BAD);
    assert_int_equal(get(0, 100), 0);
}

static void resident_bytes_come_from_the_index(void **state) {
    (void)state;
    struct made made = made_record(24, 1, 1, 0);
    made_fn(&made, 5, 5, 1, 3, "f");
    made_resident(&made, 0x80, "", 0, "hello", 5);
    made_store(&volume, 24, &made);
    start(false, volume.size);
    assert_true(reach(24));
    assert_memory_equal(content.content.head.data, "hello", 5);
    assert_int_equal(content.content.head.size, 5);
    assert_int_equal(get(3, 100), 2);
    assert_memory_equal(buffer, "lo", 2);
    assert_int_equal(get(5, 1), 0);
    assert_int_equal(get(UINT64_MAX, 1), 0);
    assert_int_equal(plan.reader.bytes_read, 0);
}

static void sparse_and_uninitialized_ranges_cost_nothing(void **state) {
    static const uint8_t runs[] = {0x11, 2, 50, 0x01, 3, 0x11, 2, 10, 0};
    (void)state;
    file(24, 0x8000, 7 * 4096 - 96, 6 * 4096 - 10, runs, sizeof runs);
    start(false, volume.size);
    assert_true(reach(24));
    uint64_t before = plan.reader.bytes_read;
    assert_int_equal(before, 4096 + 4096); /* this head, and that of $MFT */
    assert_int_equal(get(0, sizeof buffer), 7 * 4096 - 96);
    assert_int_equal(plan.reader.bytes_read - before, 4096 + 4096 - 10);
    for (size_t i = 0; i < 7 * 4096 - 96; i++) {
        size_t cluster = i / 4096;
        uint8_t expected = cluster < 2   ? (uint8_t)(50 + cluster)
                           : cluster < 5 ? 0
                                         : (uint8_t)(60 + cluster - 5);
        assert_int_equal(buffer[i], i >= 6 * 4096 - 10 ? 0 : expected);
    }
    assert_int_equal(get(5 * 4096 - 1, 2), 2);
    assert_int_equal(buffer[0], 0);
    assert_int_equal(buffer[1], 60);
    assert_int_equal(job.noted, 0);
}

static void the_end_of_the_evidence_is_noted(void **state) {
    static const uint8_t runs[] = {0x11, 4, 50, 0};
    (void)state;
    file(24, 0, 4 * 4096, 4 * 4096, runs, sizeof runs);
    start(false, 52 * 4096 + 100);
    assert_true(reach(24));
    assert_int_equal(content.content.head.size, 4096);
    assert_int_equal(get(0, sizeof buffer), 2 * 4096 + 100);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.notes[0].offset, 2 * 4096 + 100); /* in the file */
}

static void neighbours_are_read_together_and_once(void **state) {
    (void)state;
    for (uint8_t i = 0; i < 10; i++) {
        uint8_t runs[] = {0x21, 1, (uint8_t)(60 + i), 0, 0};
        file(24 + i, 0, 3000, 3000, runs, sizeof runs);
    }
    start(false, volume.size);
    assert_true(reach(24));
    for (uint8_t i = 0; i < 10; i++) {
        assert_int_equal(content.record, 24 + i);
        assert_int_equal(content.content.head.size, 3000);
        assert_int_equal(content.content.head.data[2999], 60 + i);
        assert_int_equal(get(0, 4096), 3000);
        if (i < 9)
            assert_true(ntfs_content_next(&plan, &job, &content));
    }
    assert_int_equal(plan.reader.calls, 2); /* $MFT's head, and all ten */
    assert_int_equal(plan.reader.bytes_read, 4096 + 10 * 4096);
}

static void whole_contents_are_read_once(void **state) {
    static const uint8_t big[] = {0x21, 100, 100, 0, 0}, small[] = {0x11, 2, 98, 0},
                         after[] = {0x21, 1, 200, 0, 0};
    (void)state;
    file(24, 0, 100 * 4096, 100 * 4096, big, sizeof big);
    file(25, 0, 2 * 4096, 2 * 4096, small, sizeof small);
    file(26, 0, 4096, 4096, after, sizeof after);
    start(true, volume.size);
    uint64_t bytes = 0;
    while (ntfs_content_next(&plan, &job, &content)) {
        size_t got = get(0, sizeof buffer);
        assert_int_equal(got, content.content.size);
        bytes += got;
        for (size_t i = 0; content.record == 24 && i < got; i++)
            assert_int_equal(buffer[i], 100 + i / 4096);
    }
    assert_int_equal(bytes, 40 * MADE_RECORD + 103 * 4096);
    assert_int_equal(plan.reader.bytes_read, bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(resident_bytes_come_from_the_index, setup, teardown),
        cmocka_unit_test_setup_teardown(sparse_and_uninitialized_ranges_cost_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_evidence_is_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(neighbours_are_read_together_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(whole_contents_are_read_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
