#include "format/lzx_codes.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int32_t target_of(const uint8_t *bytes) {
    struct cursor c = cursor_of(span_of(bytes + 1, 4, 0));
    return (int32_t)cursor_u32(&c);
}

static void put(uint8_t *bytes, int32_t target) {
    bytes[0] = 0xe8;
    for (int k = 0; k < 4; k++)
        bytes[1 + k] = (uint8_t)((uint32_t)target >> 8 * k);
}

/* What a call's target becomes depends on where its bytes stand and how large the file is said to be. */
static void calls_are_undone_where_they_stand(void **state) {
    static const struct {
        uint32_t position;
        int32_t file_size, stored, expected;
    } calls[] = {
        {0, 1000, 500, 490},
        {32768, 100000, 40000, 40000 - 32778},
        {32768, 100000, -32778, 100000 - 32778},
        {32768, 100000, -32779, -32779},
        {32768, 100000, 100000, 100000},
        {(1u << 30) - 32768, INT32_MAX, 5, 5 - ((1 << 30) - 32768 + 10)},
        {0, 0, 500, 500},
    };
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        uint8_t bytes[40] = {0};
        put(bytes + 10, calls[i].stored);
        lzx_undo_calls(bytes, sizeof bytes, sizeof bytes, calls[i].position, calls[i].file_size);
        assert_int_equal(target_of(bytes + 10), calls[i].expected);
    }
}

static void calls_that_are_not_whole_stay(void **state) {
    uint8_t bytes[40] = {0};
    (void)state;
    put(bytes + 30, 500); /* within the last ten bytes */
    lzx_undo_calls(bytes, 40, 40, 0, 1000);
    assert_int_equal(target_of(bytes + 30), 500);
    put(bytes + 10, 500);
    lzx_undo_calls(bytes, 40, 14, 0, 1000); /* a byte of it is missing */
    assert_int_equal(target_of(bytes + 10), 500);
    lzx_undo_calls(bytes, 40, 15, 0, 1000);
    assert_int_equal(target_of(bytes + 10), 490);
    lzx_undo_calls(bytes, 0, 0, 0, 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_are_undone_where_they_stand),
        cmocka_unit_test(calls_that_are_not_whole_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
