/* WMI repositories in evidence: what is none, then rows, also across windows. */
#include "detect/inspect_wmi.h"

#include "make/examine.h"
#include "make/wmi_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct wmi_made made;
static struct examine e;
static struct row row;
static uint64_t seen;

static void see(struct span bytes) {
    assert_int_equal(bytes.offset, seen);
    seen += bytes.size;
}

static bool look(const uint8_t *data, size_t size) {
    struct examine_memory m = {{size, span_of(data, 0, 0), examine_read, NULL}, data, size};
    uint64_t read = 0;
    examine_free(&e);
    e = (struct examine){.rows = {.max = 64 << 20}};
    job_init(&e.job, INSPECT_MEMORY);
    seen = 0;
    bool all = inspect_wmi(&m.content, &e.job, see, &e.rows, &read);
    assert_int_equal(seen, size);
    assert_int_equal(read, size);
    return all;
}

static int teardown(void **state) {
    (void)state;
    examine_free(&e);
    return 0;
}

static bool says(unsigned column, const char *text) {
    return examine_says(&row, column, text);
}

static void what_is_none(void **state) {
    struct content content = {.size = WMI_MADE_PAGE};
    (void)state;
    assert_true(inspect_wmi_is(&content, "OBJECTS.DATA"));
    assert_false(inspect_wmi_is(&content, "INDEX.BTR"));
    content.size++;
    assert_false(inspect_wmi_is(&content, "OBJECTS.DATA"));
    content.size = 0;
    assert_false(inspect_wmi_is(&content, "OBJECTS.DATA"));
}

static void damage(void **state) {
    (void)state;
    made = (struct wmi_made){0};
    wmi_page(&made, 0);
    wmi_filter(&made, "a", "b", true);
    wmi_filter(&made, "a", "b", false);
    memset(made.bytes + 256 + 150, 0, 40);
    memset(made.bytes + made.size - 60, 0, 40);
    assert_true(look(made.bytes, WMI_MADE_PAGE));
    assert_int_equal(examine_rows(&e, FACT_wmi_object), 2);
    assert_int_equal(e.job.noted, 1); /* remains of deleted ones are no damage */
    assert_true(examine_row(&e, FACT_wmi_object, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_wmi_object_whole), 0);
    assert_null(examine_cell(&row, FACT_wmi_object_name));
}

static void too_many(void **state) {
    (void)state;
    size_t pages = 700, each = 16;
    uint8_t *bytes = calloc(pages, WMI_MADE_PAGE);
    assert_non_null(bytes);
    made = (struct wmi_made){0};
    wmi_page(&made, 0);
    for (size_t i = 0; i < each; i++)
        wmi_binding(&made, "f", "c", false);
    for (size_t i = 0; i < pages; i++)
        memcpy(bytes + i * WMI_MADE_PAGE, made.bytes, WMI_MADE_PAGE);
    assert_true(pages * each > INSPECT_WMI_OBJECTS);
    assert_false(look(bytes, pages * WMI_MADE_PAGE));
    assert_int_equal(examine_rows(&e, FACT_wmi_object), INSPECT_WMI_OBJECTS);
    assert_int_equal(e.job.notes[0].code, FAULT_LIMIT);
    free(bytes);
}

/* Each instance once, wherever the windows meet. */
static void windows(void **state) {
    (void)state;
    size_t pages = 1100;
    uint8_t *bytes = calloc(pages, WMI_MADE_PAGE);
    assert_non_null(bytes);
    made = (struct wmi_made){0};
    wmi_page(&made, 0);
    wmi_binding(&made, "f", "c", true);
    for (size_t i = 0; i < pages; i++)
        memcpy(bytes + i * WMI_MADE_PAGE, made.bytes, WMI_MADE_PAGE);
    assert_true(look(bytes, pages * WMI_MADE_PAGE));
    assert_int_equal(examine_rows(&e, FACT_wmi_object), pages);
    for (size_t i = 0; i < pages; i += 99) {
        assert_true(examine_row(&e, FACT_wmi_object, i, &row));
        assert_int_equal(examine_integer(&row, FACT_wmi_object_offset), i * WMI_MADE_PAGE + 256);
        assert_int_equal(examine_integer(&row, FACT_wmi_object_listed), 1);
    }
    free(bytes);
}

static void rows(void **state) {
    (void)state;
    made = (struct wmi_made){0};
    wmi_page(&made, 0);
    wmi_binding(&made, "__EventFilter.Name=\"f\"",
                "\\\\.\\root\\subscription:CommandLineEventConsumer.Name=\"c\"", true);
    wmi_filter(&made, "f", "SELECT 1", true);
    wmi_command(&made, "c", "C:\\a.exe", "a.exe -b", false);
    wmi_script(&made, "s", NULL, true);
    assert_true(look(made.bytes, WMI_MADE_PAGE));
    assert_int_equal(examine_rows(&e, FACT_wmi_object), 4);
    assert_true(examine_row(&e, FACT_wmi_object, 0, &row) && says(FACT_wmi_object_kind, "binding"));
    assert_true(says(FACT_wmi_object_name, "c") && says(FACT_wmi_object_class, "CommandLineEventConsumer"));
    assert_true(says(FACT_wmi_object_filter, "f"));
    assert_true(examine_row(&e, FACT_wmi_object, 1, &row) && says(FACT_wmi_object_query, "SELECT 1"));
    assert_true(examine_row(&e, FACT_wmi_object, 2, &row) && says(FACT_wmi_object_program, "C:\\a.exe"));
    assert_true(says(FACT_wmi_object_command, "a.exe -b") && says(FACT_wmi_object_working, "C:\\"));
    assert_int_equal(examine_integer(&row, FACT_wmi_object_listed), 0);
    assert_int_equal(examine_integer(&row, FACT_wmi_object_whole), 1);
    assert_true(examine_row(&e, FACT_wmi_object, 3, &row) && says(FACT_wmi_object_engine, "VBScript"));
    assert_true(says(FACT_wmi_object_program, "C:\\x.vbs"));
}

#define T(name) cmocka_unit_test_teardown(name, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {T(what_is_none), T(damage), T(too_many), T(windows), T(rows)};
    assert_true(digest_prepare());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
