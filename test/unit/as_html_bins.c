/* as_html_bins: times that have no bin, then few numbers for many events, whatever their order. */
#include "report/as_html_bins.h"

#include "report/as_html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SECOND = 10000000 };

static char *json_of(struct as_html_bins *bins) {
    struct text out = {0};
    as_html_bins_json(bins, &out);
    return out.data;
}

static void no_bins(void **state) {
    (void)state;
    struct as_html_bins *bins = as_html_bins_new();
    assert_non_null(bins);
    as_html_bins_add(bins, TIMELINE_FILE, 0);
    as_html_bins_add(bins, TIMELINE_FILE, UINT64_MAX);
    as_html_bins_add(bins, TIMELINE_SOURCES, SECOND);
    assert_int_equal(as_html_bins_total(bins), 3);
    assert_int_equal(as_html_bins_outside(bins), 3);
    char *json = json_of(bins);
    assert_string_equal(json, "{\"width\":1,\"origin\":-11644473600000,\"bins\":{}}");
    free(json);
    as_html_bins_free(bins);
    as_html_bins_free(NULL);
}

static void few(void **state) {
    (void)state;
    uint64_t first, last;
    struct as_html_bins *bins = as_html_bins_new();
    as_html_bins_add(bins, TIMELINE_JOURNAL, 7 * (uint64_t)SECOND + 5);
    as_html_bins_add(bins, TIMELINE_FILE, 9 * (uint64_t)SECOND);
    as_html_bins_add(bins, TIMELINE_FILE, 5 * (uint64_t)SECOND);
    as_html_bins_add(bins, TIMELINE_FILE, 9 * (uint64_t)SECOND + 1);
    as_html_bins_add(bins, TIMELINE_FILE, 1);
    assert_int_equal(as_html_bins_count(bins, TIMELINE_FILE, &first, &last), 4);
    assert_int_equal(first, 1);
    assert_int_equal(last, 9 * (uint64_t)SECOND + 1);
    char *json = json_of(bins);
    assert_string_equal(
        json, "{\"width\":1,\"origin\":-11644473600000,\"bins\":{\"file\":[0,1,5,1,4,2],\"journal\":[7,1]}}");
    free(json);
    as_html_bins_free(bins);
}

/* The sum of the counts, and how many bins there are. */
static uint64_t sum_of(const char *json, size_t *count) {
    uint64_t sum = 0;
    *count = 0;
    const char *at = strchr(strstr(json, "\"bins\""), '[');
    for (; at; at = strchr(at, '['))
        do {
            at = strchr(at + 1, ',') + 1;
            char *end;
            sum += strtoull(at, &end, 10);
            at = end;
            ++*count;
        } while (*at == ',');
    return sum;
}

static void many_in_any_order(void **state) {
    (void)state;
    enum { MANY = 150000 };
    struct as_html_bins *up = as_html_bins_new(), *down = as_html_bins_new();
    for (uint64_t i = 0; i < MANY; i++) {
        uint64_t j = MANY - 1 - i;
        as_html_bins_add(up, i % 3 == 0 ? TIMELINE_NAME : TIMELINE_FILE, (1 + i * i % 9999991) * SECOND * 60);
        as_html_bins_add(down, j % 3 == 0 ? TIMELINE_NAME : TIMELINE_FILE,
                         (1 + j * j % 9999991) * SECOND * 60);
    }
    char *first = json_of(up), *second = json_of(down);
    assert_string_equal(first, second);
    size_t count;
    assert_int_equal(sum_of(first, &count), MANY);
    assert_true(count <= AS_HTML_BINS && count > AS_HTML_BINS / 3);
    assert_true(as_html_bins_width(up) > 60);
    free(first);
    free(second);
    as_html_bins_free(up);
    as_html_bins_free(down);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_bins), cmocka_unit_test(few),
                                       cmocka_unit_test(many_in_any_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
