/* Where a cabinet's signature lies, and what it is of. */
#include "format/cab_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct cab_signature cab;
static struct fault why;

static void put(uint8_t *bytes, size_t at, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static void make(uint8_t bytes[CAB_SIGNATURE_HEAD], uint32_t at, uint32_t size) {
    memset(bytes, 0, CAB_SIGNATURE_HEAD);
    memcpy(bytes, "MSCF", 4);
    put(bytes, 30, 4, 2);
    put(bytes, 36, 20, 2);
    put(bytes, 44, at, 4);
    put(bytes, 48, size, 4);
}

static bool find(const uint8_t *bytes, size_t there, uint64_t size) {
    return cab_signature_find(span_of(bytes, there, 0), size, &cab, &why);
}

static void none(void **state) {
    (void)state;
    uint8_t bytes[CAB_SIGNATURE_HEAD];
    make(bytes, 0, 0);
    assert_false(find(bytes, sizeof bytes, 1000));
    assert_int_equal(why.code, FAULT_NONE);
    make(bytes, 900, 100);
    for (size_t n = 0; n < sizeof bytes; n++)
        assert_false(find(bytes, n, 1000));
    put(bytes, 30, 0, 2); /* nothing is reserved */
    assert_false(find(bytes, sizeof bytes, 1000));
    make(bytes, 900, 100);
    put(bytes, 36, 24, 2); /* reserved for something else */
    assert_false(find(bytes, sizeof bytes, 1000));
    make(bytes, 900, 100);
    bytes[0] = 'm';
    assert_false(find(bytes, sizeof bytes, 1000));
    assert_int_equal(why.code, FAULT_NONE);
}

static void lies(void **state) {
    (void)state;
    static const uint32_t wrong[][2] = {
        {59, 100}, {0, 100}, {900, 101}, {900, 0}, {1001, 1}, {900, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}};
    uint8_t bytes[CAB_SIGNATURE_HEAD];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        make(bytes, wrong[i][0], wrong[i][1]);
        assert_false(find(bytes, sizeof bytes, 1000));
        assert_int_equal(why.code, FAULT_BAD);
    }
}

static void one(void **state) {
    (void)state;
    static const uint32_t wanted[CAB_SIGNATURE_PARTS][2] = {{0, 4}, {8, 34}, {56, 900}};
    uint8_t bytes[CAB_SIGNATURE_HEAD];
    make(bytes, 900, 100);
    assert_true(find(bytes, sizeof bytes, 1000));
    assert_int_equal(cab.at, 900);
    assert_int_equal(cab.size, 100);
    for (size_t i = 0; i < CAB_SIGNATURE_PARTS; i++) {
        assert_int_equal(cab.parts[i].start, wanted[i][0]);
        assert_int_equal(cab.parts[i].end, wanted[i][1]);
    }
    make(bytes, 60, 1);
    assert_true(find(bytes, sizeof bytes, 61));
}

static void bits(void **state) {
    (void)state;
    uint8_t bytes[CAB_SIGNATURE_HEAD];
    make(bytes, 900, 100);
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (find(bytes, sizeof bytes, 1000))
            assert_true((uint64_t)cab.at + cab.size <= 1000 && cab.parts[2].end <= 1000);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(none), cmocka_unit_test(lies), cmocka_unit_test(one),
                                       cmocka_unit_test(bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
