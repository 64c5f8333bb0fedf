/* Directories of 7z archives, as they are written by hand: a folder with two files, and what is wrong with
 * others. Whole archives of 7-Zip are test/unit/pack.c's. */
#include "format/sevenzip.h"

#include "format/inflate.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Two files of 3 and 4 bytes in one folder that is copied, and an empty folder. */
static const uint8_t good[] = {
    1,                              /* header */
    4,                              /* main streams */
    6,    0,    1,    9,   7, 0,    /* one packed stream of 7 bytes */
    7,    0x0b, 1,    0,   1, 1, 0, /* one folder: one coder, its id has a byte: copy */
    0x0c, 7,    0,                  /* 7 bytes come out */
    8,    0x0d, 2,    9,   3, 0,    /* two files, the first of 3 bytes */
    0,                              /* end of the streams */
    5,    3,                        /* three files */
    0x0e, 1,    0x20,               /* the third has no stream */
    0x11, 13,   0,    'a', 0, 0, 0, 'b', 0, 0, 0, 'd', 0, 0, 0, /* names */
    0,    0};

static bool take(struct job *job, const uint8_t *bytes, size_t size, struct sevenzip *ret) {
    bool packed;
    job_init(job, 1 << 20);
    return sevenzip_read(job, span_of(bytes, size, 0), ret, &packed);
}

static void a_directory(void **state) {
    (void)state;
    struct job job;
    struct sevenzip seven;
    assert_true(take(&job, good, sizeof good, &seven));
    assert_int_equal(seven.folder_count, 1);
    assert_int_equal(seven.folders[0].size, 7);
    assert_int_equal(seven.folders[0].files, 2);
    assert_int_equal(seven.folders[0].coders[0].id, SEVENZIP_COPY);
    assert_int_equal(seven.file_count, 3);
    assert_int_equal(seven.files[0].size, 3);
    assert_int_equal(seven.files[1].size, 4);
    assert_true(seven.files[2].directory && !seven.files[2].has_stream);
    assert_int_equal(seven.files[1].name.size, 2);
    assert_int_equal(seven.files[1].name.data[0], 'b');
    job_reset(&job);
}

/* No prefix of it is one; with each bit turned it is or is not, but always ends and stays within bounds. */
static void sweeps(void **state) {
    (void)state;
    uint8_t bytes[sizeof good];
    struct job job;
    struct sevenzip seven;
    for (size_t n = 0; n + 1 < sizeof good; n++) {
        uint8_t *exact = malloc(n + 1);
        memcpy(exact, good, n);
        bool taken = take(&job, exact, n, &seven);
        if (taken)
            assert_int_equal(n, sizeof good - 1); /* only the last zero may be missing */
        job_reset(&job);
        free(exact);
    }
    for (size_t bit = 0; bit < 8 * sizeof good; bit++) {
        memcpy(bytes, good, sizeof good);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1 << bit % 8);
        if (take(&job, bytes, sizeof bytes, &seven))
            for (size_t i = 0; i < seven.folder_count; i++)
                assert_in_range(seven.folders[i].coder_count, 1, SEVENZIP_CODERS);
        job_reset(&job);
    }
}

/* Packed streams that are described again, after folders that rely on the first ones. */
static void parts_come_once(void **state) {
    (void)state;
    static const uint8_t twice[] = {1, 4, 6, 0, 1, 9, 7, 0,    7, 0x0b, 1, 0, 1, 1, 0, 0x0c, 7,
                                    0, 6, 0, 0, 0, 0, 8, 0x0d, 3, 0,    0, 5, 3, 0, 0, 0,    0};
    struct job job;
    struct sevenzip seven;
    assert_false(take(&job, twice, sizeof twice, &seven));
    assert_int_equal(job.fault.code, FAULT_BAD);
    job_reset(&job);
}

static void heads(void **state) {
    (void)state;
    uint8_t head[SEVENZIP_HEAD] = "7z\xbc\xaf\x27\x1c";
    struct sevenzip_head ret;
    head[12] = 10; /* offset */
    head[20] = 5;  /* size */
    uint32_t crc = inflate_crc(0, span_of(head + 12, 20, 0));
    for (int i = 0; i < 4; i++)
        head[8 + i] = (uint8_t)(crc >> 8 * i);
    assert_true(sevenzip_head_read(span_of(head, sizeof head, 0), 47, &ret));
    assert_int_equal(ret.offset, 42);
    assert_int_equal(ret.size, 5);
    assert_false(sevenzip_head_read(span_of(head, sizeof head, 0), 46, &ret));
    assert_true(ret.outside);
    assert_false(sevenzip_head_read(span_of(head, sizeof head - 1, 0), 47, &ret));
    head[13] = 1;
    assert_false(sevenzip_head_read(span_of(head, sizeof head, 0), 4700, &ret));
}

/* Numbers that ask for more than there is. */
static void lies(void **state) {
    (void)state;
    static const uint8_t many[] = {1, 4, 6, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
    static const uint8_t folders[] = {1, 4, 6, 0, 1, 9, 7, 0, 7, 0x0b, 0xf0, 0, 0, 0, 0x10, 0};
    static const uint8_t alien[] = {1, 4, 6, 0, 1, 9, 7, 0, 7, 0x0b, 1, 0, 1, 0xc1, 0};
    static const struct {
        const uint8_t *bytes;
        size_t size;
        enum fault_code code;
    } cases[] = {{many, sizeof many, FAULT_LIMIT},
                 {folders, sizeof folders, FAULT_LIMIT},
                 {alien, sizeof alien, FAULT_UNSUPPORTED}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct job job;
        struct sevenzip seven;
        assert_false(take(&job, cases[i].bytes, cases[i].size, &seven));
        assert_int_equal(job.fault.code, cases[i].code);
        job_reset(&job);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_directory), cmocka_unit_test(sweeps),
                                       cmocka_unit_test(parts_come_once), cmocka_unit_test(heads),
                                       cmocka_unit_test(lies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
