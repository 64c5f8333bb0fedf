/* The memory of PPMd: what lies outside is never touched; arrays do not overlap, and what is given back is
 * used. */
#include "format/ppmd_memory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

enum { SIZE = 1 << 16, ARRAYS = 6000 };

static struct job job;
static struct ppmd_memory memory;

static int setup(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    if (!ppmd_memory_new(&memory, &job, SIZE))
        return -1;
    ppmd_memory_start(&memory);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void access_outside_is_remembered(void **state) {
    (void)state;
    assert_int_equal(ppmd_u32(&memory, memory.end - 1),
                     0); /* the last place, and what is behind it is ours */
    assert_false(memory.broken);
    ppmd_put32(&memory, memory.end, 0x12345678);
    assert_true(memory.broken);
    memory.broken = false;
    (void)ppmd_state(&memory, UINT32_MAX);
    assert_true(memory.broken);
}

static void no_memory_for_it(void **state) {
    struct job small;
    struct ppmd_memory none;
    (void)state;
    job_init(&small, 4096);
    assert_false(ppmd_memory_new(&none, &small, SIZE));
    assert_int_equal(small.fault.code, FAULT_LIMIT);
    job_reset(&small);
}

static void sizes(void **state) {
    (void)state;
    assert_int_equal(memory.units_of[0], 1);
    assert_int_equal(memory.units_of[PPMD_SIZES - 1], PPMD_LARGEST);
    for (unsigned units = 1; units <= PPMD_LARGEST; units++) {
        unsigned size = memory.size_of[units];
        assert_true(memory.units_of[size] >= units && (size == 0 || memory.units_of[size - 1] < units));
    }
}

/* Arrays of one value each, taken and given back in a wild order, again and again beyond what there is. */
static void arrays_do_not_overlap(void **state) {
    static struct {
        uint32_t at;
        unsigned units;
    } arrays[ARRAYS];
    uint32_t random = 1;
    size_t refused = 0;
    (void)state;
    memset(arrays, 0, sizeof arrays);
    for (unsigned turn = 0; turn < 20 * ARRAYS; turn++) {
        random = random * 1664525 + 1013904223;
        unsigned i = (random >> 8) % ARRAYS, units = 1 + (random >> 24) % PPMD_LARGEST;
        if (arrays[i].at) {
            for (uint32_t k = 0; k < arrays[i].units * PPMD_UNIT; k += 4)
                assert_int_equal(ppmd_u32(&memory, arrays[i].at + k), i + 1);
            ppmd_memory_give(&memory, arrays[i].at, arrays[i].units);
            arrays[i].at = 0;
            continue;
        }
        arrays[i].units = units;
        arrays[i].at = units == 1 ? ppmd_memory_context(&memory) : ppmd_memory_take(&memory, units);
        refused += arrays[i].at == 0;
        for (uint32_t k = 0; arrays[i].at && k < units * PPMD_UNIT; k += 4)
            ppmd_put32(&memory, arrays[i].at + k, i + 1);
    }
    assert_true(refused > 0);
    assert_false(memory.broken);
}

static void arrays_keep_what_is_in_them(void **state) {
    (void)state;
    uint32_t array = ppmd_memory_take(&memory, 1), other = ppmd_memory_take(&memory, 2);
    ppmd_memory_give(&memory, other, 2);
    ppmd_put_state(&memory, array + PPMD_STATE, (struct ppmd_state){7, 9, 0x12345678});
    array = ppmd_memory_grow(&memory, array, 1);
    assert_int_equal(array, other);
    struct ppmd_state kept = ppmd_state(&memory, array + PPMD_STATE);
    assert_true(kept.symbol == 7 && kept.frequency == 9 && kept.successor == 0x12345678);
    array = ppmd_memory_shrink(&memory, array, 2, 1);
    kept = ppmd_state(&memory, array + PPMD_STATE);
    assert_true(kept.symbol == 7 && kept.frequency == 9 && kept.successor == 0x12345678);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(access_outside_is_remembered, setup, teardown),
        cmocka_unit_test(no_memory_for_it),
        cmocka_unit_test_setup_teardown(sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(arrays_do_not_overlap, setup, teardown),
        cmocka_unit_test_setup_teardown(arrays_keep_what_is_in_them, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
