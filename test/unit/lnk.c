/* Shell links: what is none, what is cut, what is in one. (Real ones: test/run/golden_lnk.sh.) */
#include "format/lnk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct job job;
static uint8_t bytes[512];
static size_t size;

static void put(uint64_t value, int width) {
    for (int i = 0; i < width; i++)
        bytes[size++] = (uint8_t)(value >> 8 * i);
}

static void put_wide(const char *text) {
    put(strlen(text), 2);
    for (size_t i = 0; text[i]; i++)
        put((uint8_t)text[i], 2);
}

/* A link to C:\a\b.exe with everything that is read. */
static void make(void) {
    static const uint8_t head[] = {0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, head, sizeof head);
    size = sizeof head;
    put(1 | 2 | 8 | 16 | 32 | 128, 4);
    put(0x20, 4);
    put(111, 8), put(222, 8), put(333, 8);
    put(4096, 4);
    put(0, 8), put(0, 8), put(0, 4);
    put(6, 2), put(0x1122334455667788, 6); /* shell items */
    size_t info = size;
    put(0, 4), put(0x1c, 4), put(1, 4), put(0x1c, 4), put(0x40, 4), put(0, 4), put(0x50, 4);
    put(0x14, 4), put(3, 4), put(0xcafe, 4), put(0x10, 4), put('S' | 'Y' << 8 | 'S' << 16, 4);
    size = info + 0x40;
    memcpy(bytes + size, "C:\\a\\", 6);
    size = info + 0x50;
    memcpy(bytes + size, "b.exe", 6);
    size += 6;
    bytes[info] = (uint8_t)(size - info);
    put_wide(".\\b.exe"), put_wide("C:\\a"), put_wide("/x \"y\"");
    put(0x60, 4), put(0xa0000003, 4), put(0x58, 4), put(0, 4);
    memcpy(bytes + size, "desk", 4);
    size += 16;
    for (int i = 0; i < 64; i++)
        put((uint64_t)i, 1);
    put(0, 4);
}

static const char *text_of(const struct lnk_string *string) {
    static char out[256];
    struct text text = {0};
    lnk_text(string, &text);
    size_t n = text.size < sizeof out - 1 ? text.size : sizeof out - 1;
    memcpy(out, text_string(&text), n);
    out[n] = 0;
    text_free(&text);
    return out;
}

static int begin(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    make();
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void what_is_none(void **state) {
    (void)state;
    struct lnk lnk;
    assert_false(lnk_sniff(span_of("", 0, 0)));
    assert_false(lnk_decode(&job, span_of("", 0, 0), &lnk));
    job_reset(&job);
    assert_false(lnk_decode(&job, span_of(bytes, 75, 0), &lnk));
    assert_int_equal(job.fault.code, FAULT_TORN);
    job_reset(&job);
    bytes[19] = 0x47;
    assert_false(lnk_sniff(span_of(bytes, size, 0)));
    assert_false(lnk_decode(&job, span_of(bytes, size, 0), &lnk));
    assert_int_equal(job.fault.code, FAULT_BAD);
}

static void what_is_in_it(void **state) {
    (void)state;
    struct lnk lnk;
    assert_true(lnk_sniff(span_of(bytes, size, 0)));
    assert_true(lnk_decode(&job, span_of(bytes, size, 0), &lnk));
    assert_int_equal(job.noted, 0);
    assert_true(lnk.created == 111 && lnk.accessed == 222 && lnk.modified == 333 && lnk.size == 4096);
    assert_true(lnk.has_volume && lnk.drive_type == 3 && lnk.drive_serial == 0xcafe);
    assert_string_equal(text_of(&lnk.label), "SYS");
    assert_string_equal(text_of(&lnk.local_path), "C:\\\\a\\\\");
    assert_string_equal(text_of(&lnk.suffix), "b.exe");
    assert_string_equal(text_of(&lnk.relative), ".\\\\b.exe");
    assert_string_equal(text_of(&lnk.working), "C:\\\\a");
    assert_string_equal(text_of(&lnk.arguments), "/x \"y\"");
    assert_true(lnk.has_tracker && lnk.machine.size == 4 && lnk.volume[1] == 1 && lnk.file[0] == 16);
}

/* What comes before the damage holds. */
static void cut_ones(void **state) {
    (void)state;
    struct lnk lnk;
    assert_true(lnk_decode(&job, span_of(bytes, size - 60, 0), &lnk));
    assert_true(job.noted == 1 && !lnk.has_tracker);
    assert_string_equal(text_of(&lnk.arguments), "/x \"y\"");
    job_reset(&job);
    assert_true(lnk_decode(&job, span_of(bytes, 80, 0), &lnk));
    assert_true(job.noted == 1 && !lnk.has_volume && lnk.size == 4096);
}

static void nothing_breaks_it(void **state) {
    (void)state;
    struct lnk lnk;
    size_t whole = size;
    for (size_t i = 0; i < whole * 9; i++) {
        make();
        size_t part = i < whole ? i : whole;
        if (i >= whole)
            bytes[(i - whole) / 8] ^= (uint8_t)(1u << (i - whole) % 8);
        uint8_t *copy = malloc(part + 1);
        memcpy(copy, bytes, part);
        if (lnk_decode(&job, span_of(copy, part, 0), &lnk)) {
            (void)text_of(&lnk.label);
            (void)text_of(&lnk.local_path);
            (void)text_of(&lnk.icon);
        }
        free(copy);
        job_reset(&job);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_none, begin, end),
        cmocka_unit_test_setup_teardown(what_is_in_it, begin, end),
        cmocka_unit_test_setup_teardown(cut_ones, begin, end),
        cmocka_unit_test_setup_teardown(nothing_breaks_it, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
