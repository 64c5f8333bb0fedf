#include "format/msi_tables.h"

#include "make/msi_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct job job;
static struct msi_made made;
static struct text text;
static char longest[70001];

static int start(void **state) {
    (void)state;
    job_init(&job, 4 << 20);
    memset(&made, 0, sizeof made);
    return 0;
}

static int stop(void **state) {
    (void)state;
    job_reset(&job);
    text_free(&text);
    text = (struct text){0};
    if (made.file.bytes)
        olecf_made_free(&made.file);
    return 0;
}

static const char *const columns[] = {"sKey", "iSmall", "lLarge", "vData", "sText"};
static const char *const cells[] = {"one", "7",  "70000", "x",  longest, "two", NULL,     "-1",
                                    NULL,  NULL, "three", "-3", NULL,    "x",   "caf\xe9"};

static void build(bool long_references) {
    memset(longest, 'l', sizeof longest - 1);
    made.long_references = long_references;
    made.code_page = 1252;
    msi_made_table(&made, "Other", columns, 1, cells, 1);
    msi_made_table(&made, "Table", columns, 5, cells, 3);
    msi_made_write(&made);
}

static struct span stream(size_t from_end) {
    const struct olecf_made_file *file = &made.file.files[made.file.count - from_end];
    return span_of(file->data, file->size, 0);
}

static bool open(struct msi_tables *msi) {
    return msi_tables_open(&job, stream(2), stream(1), stream(3), stream(4), msi);
}

static void rows_come_back(void **state) {
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct msi_tables msi;
        struct msi_tables_table table;
        start(NULL);
        build(wide);
        assert_true(open(&msi));
        assert_int_equal(msi.reference, wide ? 3 : 2);
        assert_int_equal(msi.code_page, 1252);
        assert_true(msi_tables_find(&msi, &job, "Table", stream(5), &table));
        assert_int_equal(job.noted, 0);
        assert_int_equal(table.rows, 3);
        unsigned key = msi_tables_column(&table, "Key"), words = msi_tables_column(&table, "Text");
        unsigned few = msi_tables_column(&table, "Small"), many = msi_tables_column(&table, "Large");
        assert_true(span_equal(msi_tables_text(&table, 0, key), span_of("one", 3, 0)));
        assert_int_equal(msi_tables_text(&table, 0, words).size, 70000);
        assert_int_equal(msi_tables_text(&table, 1, words).size, 0);
        assert_true(span_equal(msi_tables_text(&table, 2, key), span_of("three", 5, 0)));
        assert_int_equal(msi_tables_number(&table, 0, few), 7);
        assert_int_equal(msi_tables_number(&table, 1, few), MSI_TABLES_NULL);
        assert_int_equal(msi_tables_number(&table, 2, few), -3);
        assert_int_equal(msi_tables_number(&table, 0, many), 70000);
        assert_int_equal(msi_tables_number(&table, 1, many), -1);
        assert_int_equal(msi_tables_number(&table, 2, many), MSI_TABLES_NULL);
        msi_tables_stored(&msi, &text, msi_tables_text(&table, 2, words));
        assert_string_equal(text_string(&text), "caf\xc3\xa9");
        assert_true(msi_tables_has(&msi, span_of("Table", 5, 0)));
        /* what is not there */
        assert_false(msi_tables_has(&msi, span_of("Tables", 6, 0)));
        assert_false(msi_tables_has(&msi, span_of("", 0, 0)));
        assert_int_equal(msi_tables_column(&table, "None"), 5);
        assert_int_equal(msi_tables_text(&table, 0, 5).size, 0);
        assert_int_equal(msi_tables_text(&table, 3, key).size, 0);
        assert_int_equal(msi_tables_text(&table, 0, few).size, 0);
        assert_int_equal(msi_tables_text(&table, 0, msi_tables_column(&table, "Data")).size, 0);
        assert_int_equal(msi_tables_number(&table, 0, key), MSI_TABLES_NULL);
        assert_int_equal(msi_tables_number(&table, UINT32_MAX, few), MSI_TABLES_NULL);
        assert_false(msi_tables_find(&msi, &job, "Nothing", stream(5), &table));
        if (wide == 0)
            stop(NULL);
    }
}

static void names_are_unpacked(void **state) {
    static const uint8_t odd[] = {0x40, 0x48, 'a', 0, 0x3f, 0x48, 0x00, 0xd8, 5};
    (void)state;
    msi_made_stream(&made, "ab.Long_Name9 x", true, 0, "", 0);
    msi_made_stream(&made, "plain!", false, 0, "", 0);
    assert_true(msi_tables_name(&text, span_of(made.file.files[0].name, made.file.files[0].name_size, 0)));
    assert_string_equal(text_string(&text), "ab.Long_Name9 x");
    text_clear(&text);
    assert_false(msi_tables_name(&text, span_of(made.file.files[1].name, made.file.files[1].name_size, 0)));
    assert_string_equal(text_string(&text), "plain!");
    text_clear(&text);
    assert_true(msi_tables_name(&text, span_of(odd, sizeof odd, 0)));
    assert_string_equal(text_string(&text), "a_\\uD800\\x05");
}

static void code_pages(void **state) {
    static const struct {
        unsigned page;
        const char *bytes, *expected;
    } cases[] = {{1252, "\x80\x81\xfc", "\xe2\x82\xac\\x81\xc3\xbc"},
                 {65001, "\xc3\xbc\\", "\xc3\xbc\\\\"},
                 {65001, "\xfc", "\\xFC"},
                 {932, "a\x95\\", "a\\x95\\\\"},
                 {0, "a/b", "a/b"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct msi_tables msi = {.code_page = cases[i].page};
        text_clear(&text);
        msi_tables_stored(&msi, &text, span_of(cases[i].bytes, strlen(cases[i].bytes), 0));
        assert_string_equal(text_string(&text), cases[i].expected);
    }
}

/* Every cell of every table that is named. */
static void read_all(const struct msi_tables *msi) {
    static const char *const names[] = {"Table", "Other"};
    for (size_t i = 0; i < 2; i++) {
        struct msi_tables_table table;
        if (!msi_tables_find(msi, &job, names[i], stream(5), &table))
            continue;
        for (uint32_t row = 0; row < table.rows; row++)
            for (unsigned column = 0; column < table.count; column++) {
                struct span cell = msi_tables_text(&table, row, column);
                assert_true(cell.size == 0 ||
                            (cell.data >= msi->data.data &&
                             span_holds(msi->data, (size_t)(cell.data - msi->data.data), cell.size)));
                (void)msi_tables_number(&table, row, column);
            }
    }
}

static void no_prefix_or_flipped_bit_breaks_out(void **state) {
    struct msi_tables msi;
    (void)state;
    build(false);
    for (size_t which = 1; which <= 5; which++) {
        struct olecf_made_file *file = &made.file.files[made.file.count - which];
        uint8_t *bytes = (uint8_t *)(uintptr_t)file->data;
        size_t size = file->size, step = size > 5000 ? 977 : 1;
        for (size_t n = 0; n < size; n += step) {
            file->data = memcpy(malloc(n + 1), bytes, n);
            file->size = n;
            if (open(&msi))
                read_all(&msi);
            job_reset(&job);
            free((void *)(uintptr_t)file->data);
        }
        file->data = bytes;
        file->size = size;
        for (size_t bit = 0; bit < size * 8; bit += step) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (open(&msi))
                read_all(&msi);
            job_reset(&job);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void schemas_that_lie_are_refused(void **state) {
    struct msi_tables msi;
    struct msi_tables_table table;
    (void)state;
    build(false);
    struct olecf_made_file *file = &made.file.files[made.file.count - 4];
    uint8_t *bytes = (uint8_t *)(uintptr_t)file->data;
    size_t rows = made.column_rows;
    assert_true(open(&msi));
    bytes[rows * 2 + 2] = 2; /* two columns of the same number */
    assert_false(msi_tables_find(&msi, &job, "Table", stream(5), &table));
    bytes[rows * 2 + 2] = 200; /* a number of a column that no table has */
    assert_false(msi_tables_find(&msi, &job, "Table", stream(5), &table));
    bytes[rows * 2 + 2] = 1;
    assert_true(msi_tables_find(&msi, &job, "Table", stream(5), &table));
    bytes[rows * 6 + 2 * 2] = 3; /* a number of three bytes */
    assert_false(msi_tables_find(&msi, &job, "Table", stream(5), &table));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_come_back, start, stop),
        cmocka_unit_test_setup_teardown(names_are_unpacked, start, stop),
        cmocka_unit_test_setup_teardown(code_pages, start, stop),
        cmocka_unit_test_setup_teardown(no_prefix_or_flipped_bit_breaks_out, start, stop),
        cmocka_unit_test_setup_teardown(schemas_that_lie_are_refused, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
