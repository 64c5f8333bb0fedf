/* Registry hives: lies, prefixes and flipped bits first, then what honest ones say. */
#include "format/regf_log.h"
#include "format/regf_text.h"
#include "format/regf_value.h"
#include "format/regf_walk.h"
#include "make/regf_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 256 * 1024, CHILDREN = 5, BIG = 3 * REGF_BIG - 100 };

/* 2024-01-01 */
#define TIME ((uint64_t)0x01da3c4c4d7e8000)

static uint8_t bytes[SIZE];
static struct regf_made made;
static struct job job;
static struct regf hive;
static struct regf_item item;
static size_t size;
static uint32_t root, children[CHILDREN], values[3], list;
static unsigned keys[REGF_STATES], seen_values[REGF_STATES];
static char told[8192]; /* what a walk yields, as text */

/* A root with five keys, of which the second has three values. */
static int setup(void **state) {
    char name[8] = "key0";
    (void)state;
    memset(bytes, 0, sizeof bytes);
    job_init(&job, 4 << 20);
    made = (struct regf_made){.bytes = bytes, .size = sizeof bytes, .time = TIME};
    root = regf_made_key(&made, REGF_NONE, "root");
    for (int i = 0; i < CHILDREN; i++) {
        name[3] = (char)('0' + i);
        children[i] = regf_made_key(&made, root, name);
    }
    list = regf_made_list(&made, "lh", children, CHILDREN);
    regf_made_subkeys(&made, root, list, CHILDREN);
    values[0] = regf_made_string(&made, "text", "hello");
    values[1] = regf_made_value(&made, "", REGF_DWORD, "\x2a\0\0\0", 4);
    values[2] = regf_made_value(&made, "bytes", REGF_BINARY, "\1\2\3\4\5\6", 6);
    regf_made_values(&made, children[1], values, 3);
    size = regf_made_end(&made);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void tell(const struct regf_item *now, struct text *text) {
    struct span data;
    if (now->kind == REGF_KEY) {
        text_format(text, "%s[", regf_state_word(now->state));
        (void)regf_path(&hive, &now->key, text);
        text_add(text, "]");
        return;
    }
    regf_name(now->value.name, now->value.latin, 1000, text);
    text_add(text, now->value.gone ? "!" : "=");
    if (regf_data(&hive, &now->value, &data) && !regf_text(now->value.type, data, text))
        text_hex(text, data.data, data.size < 8 ? data.size : 8);
    text_add(text, ";");
}

/* Walks `part` of the bytes; false if they are no hive. */
static bool walk(struct span part) {
    struct text text = {0};
    job_reset(&job);
    memset(keys, 0, sizeof keys);
    memset(seen_values, 0, sizeof seen_values);
    told[0] = 0;
    if (!regf_open(&job, part, &hive))
        return false;
    struct regf_walk *it = regf_walk_new(&hive);
    assert_non_null(it);
    while (regf_next(it, &item)) {
        if (item.kind == REGF_KEY)
            keys[item.state]++;
        else
            seen_values[item.state]++;
        tell(&item, &text);
    }
    span_copy(span_of(text_string(&text), text.size < sizeof told ? text.size + 1 : sizeof told - 1, 0), told,
              sizeof told - 1);
    text_free(&text);
    return true;
}

static void walk_all(void) {
    assert_true(walk(span_of(bytes, size, 0)));
}

static void assert_damage(enum fault_code code, uint64_t at, const char *text) {
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        if (job.notes[i].code == code && job.notes[i].offset == REGF_BASE + at &&
            strcmp(job.notes[i].text, text) == 0)
            return;
    print_message("# %s\n", job.noted > 0 ? job.notes[0].text : "nothing noted");
    fail();
}

static void what_is_no_hive_is_refused(void **state) {
    (void)state;
    assert_false(walk(span_of("", 0, 0)));
    assert_int_equal(job.fault.code, FAULT_BAD);
    memcpy(bytes, "fger", 4);
    memcpy(bytes + REGF_BASE, "nibh", 4);
    assert_false(walk(span_of(bytes, size, 0)));
    assert_false(regf_sniff(span_of(bytes, size, 0)));
}

static void logs_are_no_hives(void **state) {
    static const uint32_t types[] = {1, 2, 6};
    (void)state;
    assert_true(regf_sniff(span_of(bytes, size, 0)));
    assert_false(regf_sniff(span_of(bytes, 31, 0)));
    for (int i = 0; i < 3; i++) {
        regf_made_put(bytes + 28, types[i], 4);
        assert_false(regf_sniff(span_of(bytes, size, 0)));
    }
}

static void a_damaged_base_block_costs_nothing(void **state) {
    (void)state;
    memset(bytes, 0xaa, REGF_HEADER);
    walk_all();
    assert_false(hive.base_good);
    assert_true(hive.dirty);
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
}

static void a_wrong_checksum_is_told(void **state) {
    (void)state;
    bytes[508] ^= 1;
    walk_all();
    assert_false(hive.base_good);
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
}

static void a_bad_element_costs_itself_and_is_found_without_it(void **state) {
    (void)state;
    regf_made_put(regf_made_at(&made, list) + 8 + 8 * 2, 0x7ffffff0, 4);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], CHILDREN);
    assert_int_equal(keys[REGF_LOST], 1);
    assert_non_null(strstr(told, "lost[/key2]"));
    assert_damage(FAULT_BAD, 0, "a link to where no cell can be");
    assert_int_equal(hive.damaged, 1);
}

static void a_bad_list_loses_no_key_and_no_value(void **state) {
    (void)state;
    memset(regf_made_at(&made, list) + 4, 0, 2);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1);
    assert_int_equal(keys[REGF_LOST], CHILDREN);
    assert_int_equal(seen_values[REGF_LOST], 3);
    assert_non_null(strstr(told, "lost[/key1]text=hello;=42;bytes=010203040506;"));
    assert_damage(FAULT_BAD, list, "a list of keys that is none");
}

static void a_bad_root_loses_only_itself(void **state) {
    (void)state;
    memset(regf_made_at(&made, root) + 4, 0, 2);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 0);
    assert_int_equal(keys[REGF_LOST], CHILDREN);
    assert_non_null(strstr(told, "lost[?/key4]"));
}

static void a_wrong_root_is_found_in_the_first_cell(void **state) {
    (void)state;
    regf_made_put(bytes + 36, 0x1000, 4);
    regf_made_base(bytes, 0, 7, 7, made.at);
    regf_made_put(bytes + 36, 0x1000, 4);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
}

static void cycles_end(void **state) {
    uint32_t loop[2];
    (void)state;
    loop[0] = root;
    loop[1] = children[3];
    regf_made_subkeys(&made, children[3], regf_made_list(&made, "li", loop, 2), 2);
    size = regf_made_end(&made);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
    assert_damage(FAULT_BAD, root, "a key that is listed twice");
    assert_damage(FAULT_BAD, children[3], "a key that is listed twice");
}

static void a_root_list_within_a_root_list_is_none(void **state) {
    uint32_t one[1];
    (void)state;
    one[0] = list;
    one[0] = regf_made_list(&made, "ri", one, 1);
    regf_made_subkeys(&made, root, regf_made_list(&made, "ri", one, 1), 1);
    size = regf_made_end(&made);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1);
    assert_int_equal(keys[REGF_LOST], CHILDREN);
    assert_damage(FAULT_BAD, one[0], "a list of keys that is none");
}

static void counts_that_lie_end_with_their_cell(void **state) {
    (void)state;
    regf_made_put(regf_made_at(&made, list) + 6, 0xffff, 2);
    regf_made_put(regf_made_at(&made, children[1]) + 4 + 36, 0xffffffff, 4);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
    assert_int_equal(seen_values[REGF_LIVE], 3);
    assert_damage(FAULT_TORN, list, "a list of keys that is longer than its cell");
}

static void a_free_or_misshapen_cell_is_followed_and_told(void **state) {
    (void)state;
    uint8_t *cell = regf_made_at(&made, children[0]);
    regf_made_put(cell, 80 + 8, 4);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
    assert_damage(FAULT_BAD, children[0], "a link to a cell that is marked as free");
    regf_made_put(cell, 0, 4);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
    assert_damage(FAULT_BAD, children[0], "a cell whose size is wrong");
    assert_damage(FAULT_BAD, children[0], "cells that do not follow each other");
}

static void a_name_ends_with_its_cell(void **state) {
    (void)state;
    regf_made_put(regf_made_at(&made, children[4]) + 4 + 72, 0xffff, 2);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
    assert_damage(FAULT_TORN, children[4], "a key whose name is longer than its cell");
}

static void data_end_with_their_cell(void **state) {
    (void)state;
    regf_made_put(regf_made_at(&made, values[2]) + 4 + 4, 1000, 4);
    regf_made_put(regf_made_at(&made, values[1]) + 4 + 4, 0x80000009u, 4);
    regf_made_put(regf_made_at(&made, values[0]) + 4 + 8, 12, 4);
    walk_all();
    assert_int_equal(seen_values[REGF_LIVE], 3);
    assert_non_null(strstr(told, "text=;=42;bytes=010203040506"));
    assert_damage(FAULT_BAD, values[1], "a value that holds more data than it has room for");
    assert_damage(FAULT_BAD, 12, "a link to where no cell can be");
    assert_int_equal(hive.damaged, 3);
}

static void deeper_than_windows_allows_is_found_otherwise(void **state) {
    enum { LEVELS = REGF_DEPTH + 20 };
    (void)state;
    uint32_t parent = children[0];
    for (int i = 0; i < LEVELS; i++) {
        uint32_t child[1] = {regf_made_key(&made, parent, "k")};
        regf_made_subkeys(&made, parent, regf_made_list(&made, "lf", child, 1), 1);
        parent = child[0];
    }
    size = regf_made_end(&made);
    walk_all();
    assert_int_equal(keys[REGF_LIVE] + keys[REGF_LOST], 1 + CHILDREN + LEVELS);
    assert_int_equal(keys[REGF_LOST], LEVELS + 1 - REGF_DEPTH);
}

static void steps_end_a_walk_with_a_limit(void **state) {
    struct regf_walk *it;
    unsigned count = 0;
    (void)state;
    job.steps = 3;
    assert_true(regf_open(&job, span_of(bytes, size, 0), &hive));
    it = regf_walk_new(&hive);
    while (regf_next(it, &item))
        count++;
    assert_true(count < 6);
    assert_int_equal(job.fault.code, FAULT_LIMIT);
}

static void every_prefix_ends(void **state) {
    (void)state;
    for (size_t n = 0; n < size; n += n < REGF_BASE ? 97 : 3)
        if (walk(span_of(bytes, n, 0)) && n > REGF_HEADER) {
            assert_true(hive.torn);
            assert_true(job.noted > 0);
        }
}

static void every_flipped_bit_ends_and_loses_little(void **state) {
    (void)state;
    for (size_t bit = 0; bit < size * 8; bit += 5) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(walk(span_of(bytes, size, 0)));
        assert_true(keys[REGF_LIVE] + keys[REGF_LOST] + keys[REGF_DELETED] >= CHILDREN);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void an_honest_hive(void **state) {
    (void)state;
    walk_all();
    assert_string_equal(told, "live[]live[/key0]live[/key1]text=hello;=42;bytes=010203040506;live[/key2]"
                              "live[/key3]live[/key4]");
    assert_int_equal(job.noted, 0);
    assert_false(hive.dirty);
    assert_int_equal(hive.primary, 7);
    assert_int_equal(hive.written, TIME);
    bytes[4] = 8;
    regf_made_put(bytes + 508, 0, 4);
    regf_made_base(bytes, 0, 8, 7, made.at);
    walk_all();
    assert_true(hive.dirty);
    assert_true(hive.base_good);
}

static void lists_of_each_kind(void **state) {
    static const char *const kinds[] = {"lf", "lh", "li"};
    uint32_t halves[2];
    (void)state;
    for (int i = 0; i < 3; i++) {
        regf_made_subkeys(&made, root, regf_made_list(&made, kinds[i], children, CHILDREN), CHILDREN);
        size = regf_made_end(&made);
        walk_all();
        assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
        assert_int_equal(job.noted, 0);
    }
    halves[0] = regf_made_list(&made, "lh", children, 2);
    halves[1] = regf_made_list(&made, "li", children + 2, 3);
    regf_made_subkeys(&made, root, regf_made_list(&made, "ri", halves, 2), CHILDREN);
    size = regf_made_end(&made);
    walk_all();
    assert_int_equal(keys[REGF_LIVE], 1 + CHILDREN);
    assert_int_equal(job.noted, 0);
}

static void data_in_segments(void **state) {
    static uint8_t data[BIG];
    struct span all;
    bool found = false;
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7 + i / 251);
    uint32_t value = regf_made_value(&made, "big", REGF_BINARY, data, sizeof data);
    regf_made_values(&made, children[2], &value, 1);
    size = regf_made_end(&made);
    assert_true(regf_open(&job, span_of(bytes, size, 0), &hive));
    struct regf_walk *it = regf_walk_new(&hive);
    while (regf_next(it, &item))
        if (item.kind == REGF_VALUE && item.value.segments.size > 0) {
            assert_true(regf_data(&hive, &item.value, &all));
            assert_true(span_equal(all, span_of(data, sizeof data, 0)));
            found = true;
        }
    assert_true(found);
    assert_int_equal(hive.damaged, 0);
}

static void a_missing_segment_ends_the_data(void **state) {
    static uint8_t data[BIG];
    struct span all = {NULL, 0, 0};
    (void)state;
    uint32_t value = regf_made_value(&made, "big", REGF_BINARY, data, sizeof data);
    uint8_t *db = bytes + REGF_BASE;
    while (memcmp(db, "db", 2) != 0)
        db++;
    struct cursor c = cursor_of(span_of(db + 4, 4, 0));
    regf_made_put(regf_made_at(&made, cursor_u32(&c)) + 4 + 4, 0x7fffff00, 4); /* of the second */
    regf_made_values(&made, children[2], &value, 1);
    size = regf_made_end(&made);
    assert_true(regf_open(&job, span_of(bytes, size, 0), &hive));
    struct regf_walk *it = regf_walk_new(&hive);
    while (regf_next(it, &item))
        if (item.kind == REGF_VALUE && item.value.segments.size > 0)
            assert_true(regf_data(&hive, &item.value, &all));
    assert_int_equal(all.size, REGF_BIG);
    assert_damage(FAULT_BAD, value, "a value with a segment that is not there");
}

/* As Windows deletes: the key leaves its list, its cells become free; the free ones may then be one. */
static void deleted_keys_come_back_with_their_values(void **state) {
    (void)state;
    uint32_t left[] = {children[0], children[2], children[3], children[4]};
    regf_made_subkeys(&made, root, regf_made_list(&made, "lh", left, 4), 4);
    regf_made_put(regf_made_at(&made, children[1]), 88, 4);
    size = regf_made_end(&made);
    walk_all();
    assert_non_null(strstr(told, "deleted[/key1]text=hello;=42;bytes=010203040506;"));
    assert_int_equal(keys[REGF_DELETED], 1);
    assert_int_equal(seen_values[REGF_DELETED], 3);
    assert_int_equal(job.noted, 0);
}

static void remains_whose_place_is_taken_say_so(void **state) {
    (void)state;
    uint32_t left[] = {children[0], children[2], children[3], children[4]};
    regf_made_subkeys(&made, root, regf_made_list(&made, "lh", left, 4), 4);
    regf_made_put(regf_made_at(&made, children[1]), 88, 4);
    uint32_t again = regf_made_value(&made, "new", REGF_BINARY, "123456", 6);
    memcpy(regf_made_at(&made, again) + 4 + 8, regf_made_at(&made, values[0]) + 4 + 8, 4);
    regf_made_values(&made, children[0], &again, 1);
    size = regf_made_end(&made);
    walk_all();
    assert_non_null(strstr(told, "deleted[/key1]text!;=42;"));
}

static void slack_is_searched(void **state) {
    uint8_t data[400] = {0};
    (void)state;
    memcpy(data + 4, regf_made_at(&made, children[2]), 84);
    memcpy(data + 4 + 80, "key9", 4);
    uint32_t value = regf_made_value(&made, "short", REGF_BINARY, data, sizeof data);
    regf_made_put(regf_made_at(&made, value) + 4 + 4, 0,
                  4); /* the data of the value are less than its cell */
    regf_made_values(&made, children[0], &value, 1);
    size = regf_made_end(&made);
    walk_all();
    assert_non_null(strstr(told, "deleted[/key9]"));
}

static void names_in_both_forms(void **state) {
    struct text text = {0};
    (void)state;
    regf_name(span_of("a\xe4/\\", 4, 0), true, 100, &text);
    assert_string_equal(text_string(&text), "a\xc3\xa4\\u002F\\\\");
    text_clear(&text);
    regf_name(span_of("a\0\x3d\xd8\0\xde", 6, 0), false, 100, &text);
    assert_string_equal(text_string(&text), "a\xf0\x9f\x98\x80");
    text_clear(&text);
    regf_name(span_of("abcdef", 6, 0), true, 3, &text);
    assert_string_equal(text_string(&text), "abc");
    text_free(&text);
}

static void texts_of_each_type(void **state) {
    static const struct {
        uint32_t type;
        const char *data;
        size_t size;
        const char *text;
        bool all;
    } cases[] = {
        {REGF_SZ, "h\0i\0\0\0", 6, "hi", true},
        {REGF_SZ, "h\0i\0", 4, "hi", true},
        {REGF_SZ, "h\0\0\0x\0", 6, "h", false}, /* something behind the NUL */
        {REGF_SZ, "h\0i", 3, "h", false},
        {REGF_SZ, "\0\xd8h\0", 4, "\\uD800h", false},
        {REGF_EXPAND_SZ, "C\0:\0\\\0\0\0", 8, "C:\\", true},
        {REGF_MULTI_SZ, "a\0\0\0b\0\0\0\0\0", 10, "a\nb", true},
        {REGF_MULTI_SZ, "a\0\0\0\0\0b\0", 8, "a", false},
        {REGF_MULTI_SZ, "", 0, "", true},
        {REGF_DWORD, "\1\0\0\x80", 4, "2147483649", true},
        {REGF_DWORD, "\1\0\0\x80\0", 5, "2147483649", false},
        {REGF_DWORD, "\1\0", 2, "", false},
        {REGF_DWORD_BE, "\0\0\1\2", 4, "258", true},
        {REGF_QWORD, "\1\0\0\0\1\0\0\0", 8, "4294967297", true},
        {REGF_BINARY, "abcd", 4, "", false},
        {77, "abcd", 4, "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {0};
        assert_int_equal(regf_text(cases[i].type, span_of(cases[i].data, cases[i].size, 0), &text),
                         cases[i].all);
        assert_string_equal(text_string(&text), cases[i].text);
        text_free(&text);
    }
}

static void words(void **state) {
    (void)state;
    assert_string_equal(regf_type_name(REGF_QWORD), "REG_QWORD");
    assert_null(regf_type_name(12));
    assert_string_equal(regf_state_word(REGF_DELETED), "deleted");
    assert_string_equal(regf_state_word(REGF_STATES), "?");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(what_is_no_hive_is_refused),
        T(logs_are_no_hives),
        T(a_damaged_base_block_costs_nothing),
        T(a_wrong_checksum_is_told),
        T(a_bad_element_costs_itself_and_is_found_without_it),
        T(a_bad_list_loses_no_key_and_no_value),
        T(a_bad_root_loses_only_itself),
        T(a_wrong_root_is_found_in_the_first_cell),
        T(cycles_end),
        T(a_root_list_within_a_root_list_is_none),
        T(counts_that_lie_end_with_their_cell),
        T(a_free_or_misshapen_cell_is_followed_and_told),
        T(a_name_ends_with_its_cell),
        T(data_end_with_their_cell),
        T(deeper_than_windows_allows_is_found_otherwise),
        T(steps_end_a_walk_with_a_limit),
        T(every_prefix_ends),
        T(every_flipped_bit_ends_and_loses_little),
        T(an_honest_hive),
        T(lists_of_each_kind),
        T(data_in_segments),
        T(a_missing_segment_ends_the_data),
        T(deleted_keys_come_back_with_their_values),
        T(remains_whose_place_is_taken_say_so),
        T(slack_is_searched),
        T(names_in_both_forms),
        T(texts_of_each_type),
        T(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
