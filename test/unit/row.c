#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/row.h"

static struct span all(const struct text *text) {
    return span_of(text_string(text), text->size, 0);
}

static void refuses_what_is_cut(void **state) {
    struct text text = {0};
    struct row_writer writer;
    struct row row;
    bool bad;
    (void)state;
    row_begin(&writer, &text, 5);
    row_integer(&writer, 300, UINT64_MAX);
    row_string(&writer, 2, "name");
    row_blob(&writer, 3, "\0\1", 2);
    for (size_t n = 1; n < text.size; n++) {
        struct cursor cursor = cursor_of(span_part(all(&text), 0, n));
        assert_false(row_next(&cursor, &row, &bad));
        assert_true(bad);
    }
    struct cursor cursor = cursor_of(all(&text));
    assert_true(row_next(&cursor, &row, &bad));
    assert_int_equal(row.table, 5);
    assert_int_equal(row.count, 3);
    assert_int_equal(row.cells[0].column, 300);
    assert_int_equal(row.cells[0].integer, UINT64_MAX);
    assert_memory_equal(row.cells[1].bytes.data, "name", 4);
    assert_int_equal(row.cells[2].kind, ROW_BLOB);
    assert_false(row_next(&cursor, &row, &bad));
    assert_false(bad);
    text_free(&text);
}

static void refuses_odd_kinds_and_counts(void **state) {
    static const uint8_t kind[] = {1, 1, 0, 0, 4, 0, 0, 0, 0}, none[] = {1, 1, 0, 0, 0, 0, 0, 0, 0};
    static uint8_t many[2 + 11 * (ROW_CELLS + 1)] = {1, ROW_CELLS + 1}; /* all there, but one too many */
    struct row row;
    bool bad;
    (void)state;
    for (size_t i = 0; i <= ROW_CELLS; i++)
        many[2 + 11 * i + 2] = ROW_INTEGER;
    struct cursor a = cursor_of(span_of(kind, sizeof kind, 0)), b = cursor_of(span_of(none, sizeof none, 0)),
                  c = cursor_of(span_of(many, sizeof many, 0));
    assert_false(row_next(&a, &row, &bad) || !bad);
    assert_false(row_next(&b, &row, &bad) || !bad);
    assert_false(row_next(&c, &row, &bad) || !bad);
    many[1] = ROW_CELLS;
    c = cursor_of(span_of(many, sizeof many - 11, 0));
    assert_true(row_next(&c, &row, &bad) && row.count == ROW_CELLS);
}

static void never_holds_too_many_cells(void **state) {
    struct text text = {0};
    struct row_writer writer;
    struct row row;
    bool bad;
    (void)state;
    row_begin(&writer, &text, 1);
    for (unsigned i = 0; i < ROW_CELLS + 9; i++)
        row_integer(&writer, i, i);
    struct cursor cursor = cursor_of(all(&text));
    assert_true(row_next(&cursor, &row, &bad));
    assert_int_equal(row.count, ROW_CELLS);
    text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_cut),
        cmocka_unit_test(refuses_odd_kinds_and_counts),
        cmocka_unit_test(never_holds_too_many_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
