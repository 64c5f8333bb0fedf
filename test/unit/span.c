#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/job.h"
#include "base/span.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void a_torn_cursor_stays_torn(void **state) {
    (void)state;
    struct cursor c = cursor_of(span_of(bytes, 3, 100));
    assert_int_equal(cursor_u16(&c), 0x0201);
    assert_int_equal(cursor_offset(&c), 102);
    assert_int_equal(cursor_u32(&c), 0);
    assert_true(c.torn);
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_left(&c), 0);
    assert_int_equal(cursor_take(&c, 0).size, 0);
}

static void parts_never_reach_outside(void **state) {
    struct span s = span_of(bytes, sizeof bytes, 50);
    (void)state;
    assert_int_equal(span_part(s, 8, 2).size, 0);
    assert_int_equal(span_part(s, UINT64_MAX, 1).size, 0);
    assert_int_equal(span_part(s, 1, UINT64_MAX).size, 0);
    assert_int_equal(span_part(s, 7, 2).size, 2);
    assert_int_equal(span_part(s, 7, 2).offset, 57);
    assert_int_equal(span_clip(s, 7, 100).size, 2);
    assert_int_equal(span_clip(s, 700, 100).size, 0);
    assert_int_equal(span_from(s, 9).size, 0);
    assert_int_equal(span_from(s, 10).size, 0);
    assert_int_equal(span_u8(s, 9), 0);
}

static void reads_both_orders(void **state) {
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, 0));
    (void)state;
    assert_int_equal(cursor_u64(&c), 0x0807060504030201);
    cursor_seek(&c, 0);
    assert_int_equal(cursor_u32be(&c), 0x01020304);
    assert_int_equal(cursor_u16be(&c), 0x0506);
    cursor_skip(&c, UINT64_MAX);
    assert_true(c.torn);
}

static void measures_entropy(void **state) {
    uint8_t all[256];
    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    assert_int_equal(span_entropy(span_of(all, 0, 0)), 0);
    assert_int_equal(span_entropy(span_of(all, 1, 0)), 0);
    assert_int_equal(span_entropy(span_of(all, 2, 0)), 1000);
    assert_int_equal(span_entropy(span_of(all, 256, 0)), 8000);
}

static void a_job_keeps_its_cap(void **state) {
    struct job job;
    (void)state;
    job_init(&job, 1 << 20);
    assert_null(job_alloc(&job, SIZE_MAX, 2));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    job_reset(&job);
    assert_int_equal(job.fault.code, FAULT_NONE);
    assert_non_null(job_alloc(&job, 0, 0));
    assert_null(job_alloc(&job, 1, 2 << 20));
    char *big = job_alloc(&job, 1, 900 << 10);
    assert_non_null(big);
    big[(900 << 10) - 1] = 1;
    assert_null(job_alloc(&job, 1, 900 << 10));
    job_reset(&job);
    assert_false(job_step(&job, (uint64_t)JOB_STEPS + 1, 7));
    assert_int_equal(job.fault.offset, 7);
    job_reset(&job);
}

static void a_recycled_job_is_a_new_one(void **state) {
    struct job job;
    (void)state;
    job_init(&job, 1 << 20);
    job_recycle(&job); /* of nothing */
    for (int i = 0; i < 3; i++) {
        unsigned char *small = job_alloc(&job, 1, 5000), *large = job_alloc(&job, 1, 500 << 10);
        assert_non_null(small);
        assert_non_null(large);
        for (size_t k = 0; k < 5000; k++)
            assert_int_equal(small[k], 0);
        memset(small, 0xee, 5000);
        memset(large, 0xee, 500 << 10);
        job_note(&job, FAULT_BAD, 1, "a note");
        assert_false(job_fail(&job, FAULT_BAD, 1, "a fault"));
        job_recycle(&job);
        assert_true(job.used < 100 << 10);
        assert_int_equal(job.noted, 0);
        assert_int_equal(job.fault.code, FAULT_NONE);
        assert_int_equal(job.steps, JOB_STEPS);
    }
    job_reset(&job);
    assert_int_equal(job.used, 0);
}

static void a_job_counts_all_notes(void **state) {
    struct job job;
    (void)state;
    job_init(&job, 1 << 16);
    for (unsigned i = 0; i < JOB_NOTES + 10; i++)
        job_note(&job, FAULT_BAD, i, "one more");
    job_note(&job, FAULT_TORN, 1, "and one");
    assert_int_equal(job.noted, JOB_NOTES + 11);
    assert_int_equal(job.notes[0].offset, 0);
    job_reset(&job);
    job_note(&job, FAULT_BAD, 5, "same");
    job_note(&job, FAULT_BAD, 5, "same");
    assert_int_equal(job.noted, 1);
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_torn_cursor_stays_torn),    cmocka_unit_test(parts_never_reach_outside),
        cmocka_unit_test(reads_both_orders),           cmocka_unit_test(measures_entropy),
        cmocka_unit_test(a_job_keeps_its_cap),         cmocka_unit_test(a_job_counts_all_notes),
        cmocka_unit_test(a_recycled_job_is_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
