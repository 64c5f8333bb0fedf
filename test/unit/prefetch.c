/* Prefetch files: what is none, what is damaged, and what Plaso's test data says. */
#include "format/prefetch.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SIZE = 1024, FILES = 304, STRINGS = 400, VOLUMES = 600 };

static struct job job;

static int begin(void **state) {
    (void)state;
    job_init(&job, 32 << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void put(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static void put_text(uint8_t *to, const char *text) {
    for (size_t i = 0; text[i]; i++)
        put(to + 2 * i, (uint8_t)text[i], 2);
}

/* One file and one volume, version 30. */
static void make(uint8_t bytes[SIZE]) {
    memset(bytes, 0, SIZE);
    put(bytes, 30, 4);
    put_text(bytes + 4, "");
    memcpy(bytes + 4, "SCCA", 4);
    put_text(bytes + 16, "X.EXE");
    put(bytes + 76, 0xc0ffee, 4);
    const uint32_t lists[] = {FILES, 1, 0, 0, STRINGS, 100, VOLUMES, 1, 200};
    for (size_t i = 0; i < 9; i++)
        put(bytes + 84 + 4 * i, lists[i], 4);
    put(bytes + 84 + 44, 133000000000000000, 8);
    put(bytes + 84 + 52, 132000000000000000, 8);
    put(bytes + 84 + 124, 9, 4);
    put(bytes + FILES + 12, 0, 4);
    put(bytes + FILES + 16, 6, 4);
    put(bytes + FILES + 24, UINT64_C(7) << 48 | 1234, 8);
    put_text(bytes + STRINGS, "\\X.EXE");
    put(bytes + VOLUMES, 96, 4);
    put(bytes + VOLUMES + 4, 4, 4);
    put(bytes + VOLUMES + 8, 131000000000000000, 8);
    put(bytes + VOLUMES + 16, 0xabcd1234, 4);
    put_text(bytes + VOLUMES + 96, "\\VOL");
}

static const char *text_of(struct span utf16) {
    static char out[1024];
    struct text text = {0};
    text_from_utf16(&text, utf16);
    snprintf(out, sizeof out, "%s", text_string(&text));
    text_free(&text);
    return out;
}

static void what_is_none(void **state) {
    (void)state;
    uint8_t bytes[SIZE];
    struct prefetch prefetch;
    make(bytes);
    assert_true(prefetch_sniff(span_of(bytes, SIZE, 0)));
    bytes[4] = 's';
    assert_false(prefetch_sniff(span_of(bytes, SIZE, 0)));
    assert_false(prefetch_decode(&job, span_of(bytes, SIZE, 0), &prefetch));
    assert_int_equal(job.fault.code, FAULT_BAD);
    job_reset(&job);
    make(bytes);
    bytes[0] = 29;
    assert_false(prefetch_decode(&job, span_of(bytes, SIZE, 0), &prefetch));
    assert_int_equal(job.fault.code, FAULT_UNSUPPORTED);
    job_reset(&job);
    assert_false(prefetch_decode(&job, span_of("", 0, 0), &prefetch));
    assert_false(prefetch_sniff(span_of("", 0, 0)));
    job_reset(&job);
    uint8_t huge[16] = {'M', 'A', 'M', 4, 0xff, 0xff, 0xff, 0xff};
    assert_true(prefetch_sniff(span_of(huge, 16, 0)));
    assert_false(prefetch_decode(&job, span_of(huge, 16, 0), &prefetch));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
}

static void what_is_in_it(void **state) {
    (void)state;
    uint8_t bytes[SIZE];
    struct prefetch prefetch;
    struct prefetch_file file;
    struct prefetch_volume volume;
    make(bytes);
    assert_true(prefetch_decode(&job, span_of(bytes, SIZE, 0), &prefetch));
    assert_string_equal(text_of(prefetch.name), "X.EXE");
    assert_int_equal(prefetch.hash, 0xc0ffee);
    assert_int_equal(prefetch.runs, 9);
    assert_true(prefetch.times[0] == 133000000000000000 && prefetch.times[1] == 132000000000000000 &&
                !prefetch.times[2]);
    assert_true(prefetch_file(&prefetch, 0, &file) && !prefetch_file(&prefetch, 1, &file));
    assert_true(prefetch_file(&prefetch, 0, &file));
    assert_string_equal(text_of(file.path), "\\\\X.EXE");
    assert_true(file.reference == (UINT64_C(7) << 48 | 1234));
    assert_true(prefetch_volume(&prefetch, 0, &volume) && volume.serial == 0xabcd1234);
    assert_string_equal(text_of(volume.path), "\\\\VOL");
    put(bytes + 84, FILES - 8, 4); /* as Windows 10 1903 has it */
    put(bytes + 84 + 116, 5, 4);
    assert_true(prefetch_decode(&job, span_of(bytes, SIZE, 0), &prefetch));
    assert_int_equal(prefetch.runs, 5);
    assert_int_equal(job.noted, 0);
}

static void lists_that_lie(void **state) {
    (void)state;
    uint8_t bytes[SIZE];
    struct prefetch prefetch;
    struct prefetch_file file;
    make(bytes);
    put(bytes + 84 + 4, UINT32_MAX, 4);
    put(bytes + FILES + 16, 0x7fffffff, 4);
    assert_true(prefetch_decode(&job, span_of(bytes, SIZE, 0), &prefetch));
    assert_int_equal(prefetch.file_count, (SIZE - FILES) / 32);
    assert_false(prefetch_file(&prefetch, 0, &file));
    assert_true(job.noted >= 2);
}

/* Every prefix, and every bit. */
static void nothing_breaks_it(void **state) {
    (void)state;
    uint8_t bytes[SIZE];
    struct prefetch prefetch;
    struct prefetch_file file;
    struct prefetch_volume volume;
    for (size_t i = 0; i < SIZE * 9; i++) {
        make(bytes);
        size_t size = i < SIZE ? i : SIZE;
        if (i >= SIZE)
            bytes[(i - SIZE) / 8] ^= (uint8_t)(1u << (i - SIZE) % 8);
        uint8_t *copy = malloc(size + 1);
        memcpy(copy, bytes, size);
        if (prefetch_decode(&job, span_of(copy, size, 0), &prefetch)) {
            for (uint32_t k = 0; k < prefetch.file_count; k++)
                (void)prefetch_file(&prefetch, k, &file);
            for (uint32_t k = 0; k < prefetch.volume_count; k++)
                (void)prefetch_volume(&prefetch, k, &volume);
        }
        free(copy);
        job_reset(&job);
    }
}

/* What Plaso's own tests expect of them. */
static void real_ones(void **state) {
    (void)state;
    static const struct {
        const char *file, *name;
        unsigned version, runs, files, volumes;
    } known[] = {
        {"CMD.EXE-087B4001.pf", "CMD.EXE", 17, 2, 33, 1},
        {"PING.EXE-B29F6629.pf", "PING.EXE", 23, 14, 27, 1},
        {"WUAUCLT.EXE-830BCC14.pf", "WUAUCLT.EXE", 23, 25, 103, 5},
        {"BYTECODEGENERATOR.EXE-C1E9BCE6.pf", "BYTECODEGENERATOR.EXE", 30, 7, 1085, 1},
        {"NOTEPAD.EXE-D8414F97.pf", "NOTEPAD.EXE", 30, 2, 56, 1},
    };
    const char *shared = getenv("ASSAY_SHARED");
    static uint8_t bytes[1 << 18];
    char path[512];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct prefetch prefetch;
        struct prefetch_file file;
        snprintf(path, sizeof path, "%s/corpora/plaso/prefetch/%s", shared ? shared : "../shared",
                 known[i].file);
        FILE *in = fopen(path, "rb");
        if (!in)
            skip();
        size_t size = fread(bytes, 1, sizeof bytes, in);
        fclose(in);
        assert_true(prefetch_sniff(span_of(bytes, size, 0)));
        assert_true(prefetch_decode(&job, span_of(bytes, size, 0), &prefetch));
        assert_string_equal(text_of(prefetch.name), known[i].name);
        assert_int_equal(prefetch.version, known[i].version);
        assert_int_equal(prefetch.runs, known[i].runs);
        assert_int_equal(prefetch.file_count, known[i].files);
        assert_int_equal(prefetch.volume_count, known[i].volumes);
        for (uint32_t k = 0; k < prefetch.file_count; k++)
            assert_true(prefetch_file(&prefetch, k, &file) && file.path.size > 0);
        assert_int_equal(job.noted, 0);
        job_reset(&job);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_none, begin, end),
        cmocka_unit_test_setup_teardown(what_is_in_it, begin, end),
        cmocka_unit_test_setup_teardown(lists_that_lie, begin, end),
        cmocka_unit_test_setup_teardown(nothing_breaks_it, begin, end),
        cmocka_unit_test_setup_teardown(real_ones, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
