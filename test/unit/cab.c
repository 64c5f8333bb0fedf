#include "format/cab.h"

#include "base/filetime.h"
#include "make/cab_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct job job;

static int start(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    return 0;
}

static int stop(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static const struct cab_made_file files[] = {{"dir\\a.txt", (const uint8_t *)"hello", 5, 0x20},
                                             {"run.exe", (const uint8_t *)"MZ", 2, CAB_EXECUTE}};

static size_t made(struct cab_made *cab, uint8_t **bytes) {
    *cab = (struct cab_made){.files = files, .count = 2, .extra = cab->extra};
    return cab_made_all(cab, bytes);
}

static void what_is_none_is_refused(void **state) {
    struct cab head;
    uint8_t bytes[64] = "MSCF";
    (void)state;
    assert_false(cab_is(span_of("", 0, 0)));
    assert_false(cab_is(span_of("MSCF\0\0\0\0", 8, 0)));
    assert_false(cab_header(&job, span_of("", 0, 5), &head));
    assert_int_equal(job.fault.code, FAULT_TORN);
    job_reset(&job);
    assert_false(cab_header(&job, span_of("MSCG....", 8, 5), &head));
    assert_int_equal(job.fault.code, FAULT_BAD);
    assert_int_equal(job.fault.offset, 5);
    job_reset(&job);
    bytes[25] = 2;
    assert_false(cab_is(span_of(bytes, 64, 0)));
    assert_false(cab_header(&job, span_of(bytes, 64, 0), &head));
    assert_int_equal(job.fault.code, FAULT_UNSUPPORTED);
}

static void every_prefix_of_a_header_is_torn(void **state) {
    for (unsigned extra = 0; extra < 8; extra += 4) {
        struct cab_made cab = {.extra = extra};
        uint8_t *bytes;
        struct cab head;
        (void)state;
        cab.extra = extra;
        size_t size = made(&cab, &bytes);
        size = cab_made_write(
            &cab, (struct cab_made_range){.last = 1, .index = 3, .before = "before", .behind = "behind"},
            bytes);
        assert_true(cab_header(&job, span_of(bytes, size, 0), &head));
        assert_int_equal(head.index, 3);
        assert_int_equal(head.set, 77);
        assert_int_equal(head.size, size);
        assert_true(span_equal(head.previous, span_of("before", 6, 0)));
        assert_true(span_equal(head.next, span_of("behind", 6, 0)));
        assert_int_equal(head.data_extra, extra);
        for (size_t n = 0; n < head.folders_at; n++) {
            uint8_t *exact = malloc(n + 1);
            struct cab cut;
            memcpy(exact, bytes, n);
            assert_false(cab_header(&job, span_of(exact, n, 0), &cut));
            assert_int_equal(job.fault.code, FAULT_TORN);
            job_reset(&job);
            free(exact);
        }
        cab_made_free(&cab);
        free(bytes);
    }
}

static void folders_files_and_blocks_are_read(void **state) {
    struct cab_made cab = {0};
    uint8_t *bytes;
    struct cab head;
    struct cab_folder folder;
    struct cab_file file;
    struct cab_data data;
    struct text name = {0};
    char time[FILETIME_TEXT];
    (void)state;
    size_t size = made(&cab, &bytes);
    struct span whole = span_of(bytes, size, 0);
    assert_true(cab_is(whole));
    assert_true(cab_header(&job, whole, &head));
    struct cursor c = cursor_of(span_from(whole, head.folders_at));
    assert_true(cab_folder(&c, head.folder_extra, &folder));
    assert_int_equal(folder.blocks, 1);
    assert_int_equal(folder.method, CAB_STORED);
    c = cursor_of(span_from(whole, head.files_at));
    assert_true(cab_file(&c, &file));
    assert_int_equal(file.size, 5);
    assert_int_equal(file.place, CAB_HERE);
    cab_name(&file, &name);
    assert_string_equal(text_string(&name), "dir/a.txt");
    filetime_text(cab_time(&file), time);
    assert_string_equal(time, "2020-02-29T12:34:56.0000000Z");
    assert_true(cab_file(&c, &file));
    assert_int_equal(file.start, 5);
    assert_int_equal(file.attributes & CAB_EXECUTE, CAB_EXECUTE);
    c = cursor_of(span_from(whole, folder.data_at));
    struct span at = span_part(whole, folder.data_at + 4, 4);
    assert_true(cab_data(&c, &data));
    struct span packed = cursor_take(&c, data.packed);
    assert_int_equal(data.size, 7);
    assert_true(cab_sum(&data, at, packed));
    bytes[size - 1] ^= 1;
    assert_false(cab_sum(&data, at, packed));
    data.sum = 0;
    assert_true(cab_sum(&data, at, packed));
    assert_false(cab_data(&c, &data));
    text_free(&name);
    cab_made_free(&cab);
    free(bytes);
}

static void times_that_are_none(void **state) {
    static const uint16_t dates[] = {0, 13 << 5 | 1, 1 << 5};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct cab_file file = {.date = dates[i]};
        assert_int_equal(cab_time(&file), 0);
    }
    struct cab_file late = {.date = 127 << 9 | 12 << 5 | 31, .time = 24 << 11};
    assert_int_equal(cab_time(&late), 0);
    late.time = 0;
    char time[FILETIME_TEXT];
    filetime_text(cab_time(&late), time);
    assert_string_equal(time, "2107-12-31T00:00:00.0000000Z");
}

static void names_without_end_tear(void **state) {
    uint8_t bytes[CAB_FILE + CAB_NAME + 2];
    struct cab_file file;
    (void)state;
    memset(bytes, 'n', sizeof bytes);
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, 0));
    assert_false(cab_file(&c, &file));
    bytes[CAB_FILE + CAB_NAME] = 0;
    c = cursor_of(span_of(bytes, sizeof bytes, 0));
    assert_true(cab_file(&c, &file));
    assert_int_equal(file.name.size, CAB_NAME);
    c = cursor_of(span_of(bytes, CAB_FILE, 0));
    assert_false(cab_file(&c, &file));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_none_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(every_prefix_of_a_header_is_torn, start, stop),
        cmocka_unit_test_setup_teardown(folders_files_and_blocks_are_read, start, stop),
        cmocka_unit_test(times_that_are_none),
        cmocka_unit_test(names_without_end_tear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
