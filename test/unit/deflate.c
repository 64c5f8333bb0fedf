/* Packed and unpacked: what is none, then any bytes. */
#include "format/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char text[] = "the same, the same, the same, and then something else, which is not the same";

static void there_and_back(void **state) {
    (void)state;
    struct job job;
    struct span packed, back;
    job_init(&job, 8 << 20);
    for (size_t size = 0; size < sizeof text; size++) {
        struct span bytes = span_of(text, size, 0);
        assert_true(deflate_once(&job, bytes, &packed));
        assert_true(deflate_undo(&job, packed, size, &back));
        assert_true(span_equal(bytes, back));
        assert_false(deflate_undo(&job, packed, size + 1, &back));
        assert_false(size > 0 && deflate_undo(&job, packed, size - 1, &back));
        job_reset(&job);
    }
    assert_true(deflate_once(&job, span_of(text, sizeof text, 0), &packed));
    assert_true(packed.size < sizeof text);
    job_reset(&job);
}

static void damaged(void **state) {
    (void)state;
    struct job job;
    struct span packed, back;
    job_init(&job, 64 << 20);
    assert_true(deflate_once(&job, span_of(text, sizeof text, 0), &packed));
    for (size_t size = 0; size < packed.size; size++) {
        uint8_t *exact = malloc(size + 1);
        span_copy(packed, exact, size);
        assert_false(deflate_undo(&job, span_of(exact, size, 0), sizeof text, &back));
        free(exact);
    }
    uint8_t *copy = malloc(packed.size);
    span_copy(packed, copy, packed.size);
    packed = span_of(copy, packed.size, 0);
    for (size_t bit = 16; bit < 8 * packed.size; bit++) { /* the last byte has bits without a meaning */
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        bool undone = deflate_undo(&job, span_of(copy, packed.size, 0), sizeof text, &back);
        assert_true(!undone || memcmp(back.data, text, sizeof text) == 0);
        job_reset(&job);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(copy);
    job_reset(&job);
}

static void limits(void **state) {
    (void)state;
    struct job job;
    struct span packed;
    job_init(&job, 100000);
    assert_false(deflate_once(&job, span_of(text, sizeof text, 0), &packed));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    job_reset(&job);
    job_init(&job, 1 << 20);
    assert_false(deflate_once(&job, span_of(text, (size_t)DEFLATE_MOST + 1, 0), &packed));
    assert_false(deflate_undo(&job, span_of(text, sizeof text, 0), (size_t)DEFLATE_MOST + 1, &packed));
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(damaged),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
