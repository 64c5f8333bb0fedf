#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/protocol.h"

static struct span all(const struct text *text) {
    return span_of(text_string(text), text->size, 0);
}

static void refuses_what_is_cut(void **state) {
    struct protocol_found found = {.kind = 2, .readable = true, .scheme = "gpt", .count = 1}, got;
    struct protocol_notes notes;
    struct job job;
    struct text text = {0};
    (void)state;
    job_init(&job, 1 << 16);
    job_note(&job, FAULT_TORN, 512, "cut");
    found.volumes[0] =
        (struct protocol_volume){.offset = 1 << 20, .filesystem = "ntfs", .name = "Basic data"};
    protocol_found_write(&text, &found, &job);
    for (size_t n = 0; n < text.size; n++)
        assert_false(protocol_found_read(span_part(all(&text), 0, n), &got, &notes));
    assert_true(protocol_found_read(all(&text), &got, &notes));
    assert_int_equal(got.volumes[0].offset, 1 << 20);
    assert_string_equal(got.volumes[0].name, "Basic data");
    assert_int_equal(notes.count, 1);
    assert_int_equal(notes.note[0].code, FAULT_TORN);
    text_char(&text, 'x');
    assert_false(protocol_found_read(all(&text), &got, &notes));
    text_free(&text);
    job_reset(&job);
}

static void refuses_items_that_lie(void **state) {
    struct protocol_item item = {
        .item = 7, .final = true, .state = STATE_READ, .reason = {(const uint8_t *)"", 0, 0}};
    struct text text = {0};
    bool bad;
    (void)state;
    item.rows = span_of("abc", 3, 0);
    protocol_item_write(&text, &item);
    struct cursor cursor = cursor_of(all(&text));
    struct protocol_item got;
    assert_true(protocol_item_next(&cursor, &got, &bad));
    assert_int_equal(got.item, 7);
    assert_int_equal(got.rows.size, 3);
    assert_false(protocol_item_next(&cursor, &got, &bad));
    assert_false(bad);
    for (size_t n = 1; n < text.size; n++) {
        cursor = cursor_of(span_part(all(&text), 0, n));
        assert_false(protocol_item_next(&cursor, &got, &bad));
        assert_true(bad);
    }
    text.data[9] = STATES; /* the state */
    cursor = cursor_of(all(&text));
    assert_false(protocol_item_next(&cursor, &got, &bad));
    assert_true(bad);
    text_free(&text);
}

static void keeps_ranges_and_options(void **state) {
    struct protocol_range range = {.place = {1, 2, 7},
                                   .index = 5,
                                   .first = 3,
                                   .last = 4,
                                   .packages = true,
                                   .skip_count = 2,
                                   .skip = {9, 10}},
                          r;
    struct protocol_options options = {.inspect = true, .sha1 = true, .release = true, .max_size = 99}, o;
    struct text text = {0};
    (void)state;
    protocol_range_write(&text, &range);
    assert_true(protocol_range_read(all(&text), &r));
    assert_int_equal(r.skip[1], 10);
    assert_int_equal(r.place.shadow, 7);
    assert_int_equal(r.index, 5);
    assert_true(r.packages);
    text.data[45] = PROTOCOL_SKIPS + 1;
    assert_false(protocol_range_read(all(&text), &r));
    text_clear(&text);
    protocol_options_write(&text, &options);
    assert_true(protocol_options_read(all(&text), &o));
    assert_true(o.inspect && !o.hash && o.sha1 && o.release && !o.keep_events && o.max_size == 99);
    text_free(&text);
}

static void keeps_parts(void **state) {
    static struct protocol_parts parts = {.first = 2, .total = 5, .count = 2, .sizes = {7, 9}}, got;
    struct text text = {0};
    (void)state;
    snprintf(parts.names[1], sizeof parts.names[1], "x.E04");
    protocol_parts_write(&text, &parts);
    for (size_t n = 0; n < text.size; n++)
        assert_false(protocol_parts_read(span_part(all(&text), 0, n), &got));
    assert_true(protocol_parts_read(all(&text), &got));
    assert_int_equal(got.first, 2);
    assert_int_equal(got.sizes[1], 9);
    assert_string_equal(got.names[1], "x.E04");
    text.data[4] = 3; /* more of them than there are in all */
    assert_false(protocol_parts_read(all(&text), &got));
    text_free(&text);
}

static void keeps_shadows_and_digests(void **state) {
    static struct protocol_shadowed shadowed = {.count = 2, .shadows = {{.created = 5}, {.readable = true}}},
                                    got;
    struct protocol_digests digests = {.size = 12, .md5 = {1}, .sha256 = {[31] = 3}}, back;
    struct protocol_notes notes;
    struct job job;
    struct text text = {0};
    (void)state;
    job_init(&job, 1 << 12);
    protocol_shadowed_write(&text, &shadowed, &job);
    for (size_t n = 0; n < text.size; n++)
        assert_false(protocol_shadowed_read(span_part(all(&text), 0, n), &got, &notes));
    assert_true(protocol_shadowed_read(all(&text), &got, &notes));
    assert_int_equal(got.shadows[0].created, 5);
    assert_true(got.shadows[1].readable);
    text_clear(&text);
    protocol_digests_write(&text, &digests, &job);
    for (size_t n = 0; n < text.size; n++)
        assert_false(protocol_digests_read(span_part(all(&text), 0, n), &back, &notes));
    assert_true(protocol_digests_read(all(&text), &back, &notes));
    assert_int_equal(back.size, 12);
    assert_int_equal(back.sha256[31], 3);
    text_free(&text);
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_cut),       cmocka_unit_test(refuses_items_that_lie),
        cmocka_unit_test(keeps_ranges_and_options),  cmocka_unit_test(keeps_parts),
        cmocka_unit_test(keeps_shadows_and_digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
