/* Sorting outside memory: a disk that fails, lines that are too long, then the orders of all sizes. */
#include "report/timeline_sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>

static struct timeline_sort sorter;

static bool add(uint64_t time, uint64_t order, const char *line) {
    struct timeline_key key = {.time = time, .order = order};
    return timeline_sort_add(&sorter, &key, line, strlen(line));
}

static uint64_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Adds `count` lines with few different keys, the number of the line as text and padding up to `longest`. */
static void fill(uint64_t count, size_t longest) {
    uint64_t seed = count;
    char *line = malloc(longest + 32);
    for (uint64_t i = 0; i < count; i++) {
        int size = snprintf(line, longest + 32, "%llu ", (unsigned long long)i);
        size_t padding = longest ? next_random(&seed) % longest : 0;
        memset(line + size, 'x', padding);
        line[(size_t)size + padding] = 0;
        if (!add(next_random(&seed) % 50, next_random(&seed) % 3, line))
            break;
    }
    free(line);
}

/* All come out, in order; those with equal keys as they were added. */
static void check(uint64_t count) {
    struct timeline_key key, last = {0};
    struct span line;
    uint64_t seen = 0, before = 0;
    while (timeline_sort_next(&sorter, &key, &line)) {
        uint64_t number = strtoull((const char *)line.data, NULL, 10);
        assert_true(key.time > last.time || (key.time == last.time && key.order >= last.order) || seen == 0);
        if (seen > 0 && key.time == last.time && key.order == last.order)
            assert_true(number > before);
        last = key;
        before = number;
        seen++;
    }
    assert_string_equal(timeline_sort_error(&sorter), "");
    assert_int_equal(seen, count);
    assert_false(timeline_sort_next(&sorter, &key, &line));
}

static void no_more_than_the_disk_takes(void **state) {
    (void)state;
    struct rlimit old, small = {100000, 100000};
    struct timeline_key key;
    struct span line;
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    timeline_sort_init(&sorter, 20000);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fill(10000, 100);
    uint64_t seen = 0;
    while (timeline_sort_next(&sorter, &key, &line))
        seen++;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(seen, 0);
    assert_non_null(strstr(timeline_sort_error(&sorter), "cannot be written: File too large"));
    assert_false(add(1, 1, "it stays so"));
    timeline_sort_free(&sorter);
}

static void nowhere_to_write(void **state) {
    (void)state;
    struct rlimit old, none;
    getrlimit(RLIMIT_NOFILE, &old);
    none = (struct rlimit){0, old.rlim_max};
    timeline_sort_init(&sorter, 2000);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    fill(1000, 100);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_non_null(strstr(timeline_sort_error(&sorter), "no temporary file for sorting can be made"));
    timeline_sort_free(&sorter);
}

static void a_line_that_is_too_long(void **state) {
    (void)state;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = 0;
    timeline_sort_init(&sorter, 2000);
    assert_true(add(1, 1, line));
    assert_false(add(1, 1, "x") && add(1, 1, "") && add(1, 1, line) && add(1, 1, "") &&
                 timeline_sort_add(&sorter, &(struct timeline_key){0}, line, 1001));
    assert_non_null(strstr(timeline_sort_error(&sorter), "too long"));
    timeline_sort_free(&sorter);
}

static void none_and_one(void **state) {
    (void)state;
    timeline_sort_init(&sorter, 2000);
    check(0);
    timeline_sort_free(&sorter);
    timeline_sort_init(&sorter, 2000);
    fill(1, 0);
    check(1);
    assert_false(add(1, 1, "too late"));
    timeline_sort_free(&sorter);
}

static void all_keys_count(void **state) {
    (void)state;
    struct timeline_key keys[] = {{.mask = 1}, {.shadow = 1}, {.identity = 1}, {.order = 1},
                                  {.item = 1}, {.place = 1},  {.time = 1},     {.time = UINT64_MAX}};
    enum { COUNT = sizeof keys / sizeof keys[0] };
    struct timeline_key key;
    struct span line;
    timeline_sort_init(&sorter, 2000);
    for (int i = COUNT; i-- > 0;)
        assert_true(timeline_sort_add(&sorter, &keys[i], "x", 1));
    for (int i = 0; i < COUNT; i++) {
        assert_true(timeline_sort_next(&sorter, &key, &line));
        assert_memory_equal(&key, &keys[i], sizeof key);
    }
    timeline_sort_free(&sorter);
}

static void in_memory_and_in_runs(void **state) {
    (void)state;
    static const struct {
        uint64_t lines;
        size_t memory, longest;
    } sizes[] = {{2, 2000, 0},         {1000, 1 << 20, 50}, {1000, 200000, 50},  {1000, 70000, 50},
                 {1000, 20000, 50},    {20000, 20000, 40},  {100000, 20000, 30}, /* more runs than are open */
                 {300, 400000, 150000}};                                         /* longer than a buffer */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        timeline_sort_init(&sorter, sizes[i].memory);
        fill(sizes[i].lines, sizes[i].longest);
        check(sizes[i].lines);
        timeline_sort_free(&sorter);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_more_than_the_disk_takes),
        cmocka_unit_test(nowhere_to_write),
        cmocka_unit_test(a_line_that_is_too_long),
        cmocka_unit_test(none_and_one),
        cmocka_unit_test(all_keys_count),
        cmocka_unit_test(in_memory_and_in_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
