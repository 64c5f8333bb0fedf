/* What packs archives, undone: damage first, then every method in parts of every size. */
#include "format/inflate.h"

#include "make/pack_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PLAIN = 300000, ROOM = 1 << 20, MEMORY = 64 << 20 };

static uint8_t plain[PLAIN], packed[ROOM], out[ROOM];
static size_t packed_size, fed;
static struct job memory, job;
static struct inflate inflating;

static int setup(void **state) {
    (void)state;
    uint32_t random = 1;
    for (size_t i = 0; i < PLAIN; i++) {
        random = random * 1664525 + 1013904223;
        plain[i] = random >> 24 < 60 ? (uint8_t)(random >> 16) : (uint8_t)(i / 100);
    }
    job_init(&memory, MEMORY);
    job_init(&job, 65536);
    memset(&inflating, 0, sizeof inflating);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&memory);
    job_reset(&job);
    return 0;
}

static size_t more(void *context, struct job *of, uint8_t *to, size_t size) {
    (void)context;
    (void)of;
    size_t n = packed_size - fed < size ? packed_size - fed : size;
    memcpy(to, packed + fed, n);
    fed += n;
    return n;
}

/* Unpacks all in reads of `part` bytes. */
static size_t unpack(enum inflate_method method, size_t part) {
    size_t done = 0;
    fed = 0;
    job_reset(&job);
    assert_true(inflate_open(&inflating, &memory, method, more, NULL));
    while (inflating.state == INFLATE_GOES_ON && done < ROOM) {
        size_t want = part < ROOM - done ? part : ROOM - done;
        done += inflate_read(&inflating, &job, out + done, want);
    }
    assert_int_equal(inflate_read(&inflating, &job, out, 1), 0);
    return done;
}

static void pack(enum inflate_method method, size_t size) {
    packed_size = pack_made(method, plain, size, packed, ROOM);
    assert_true(packed_size > 0 && packed_size < ROOM);
}

/* --- misuse --- */

static void what_ends_too_early_is_torn(void **state) {
    (void)state;
    for (int method = INFLATE_DEFLATE; method < INFLATE_FILTERED; method++) {
        pack((enum inflate_method)method, 500);
        size_t whole = packed_size;
        for (packed_size = 0; packed_size < whole; packed_size++) {
            size_t got = unpack((enum inflate_method)method, 100);
            assert_true(got <= 500 && memcmp(out, plain, got) == 0);
            assert_int_equal(inflating.state, INFLATE_BROKEN);
            assert_true(job.noted == 1 && job.notes[0].code == FAULT_TORN);
        }
    }
}

/* A changed bit is found, or harmless; those with checksums give nothing else than what went in. */
static void every_bit(void **state) {
    (void)state;
    for (int method = INFLATE_DEFLATE; method < INFLATE_FILTERED; method++) {
        pack((enum inflate_method)method, 300);
        for (size_t bit = 0; bit < 8 * packed_size; bit++) {
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            size_t got = unpack((enum inflate_method)method, ROOM);
            assert_true(got <= ROOM);
            if (inflating.state == INFLATE_ENDED && method == INFLATE_XZ && job.noted == 0)
                assert_true(got == 300 && memcmp(out, plain, 300) == 0);
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void windows_beyond_measure_are_refused(void **state) {
    static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0x90, 1, 0, 0};
    (void)state;
    memcpy(packed, zstd, packed_size = sizeof zstd); /* 256 MiB */
    assert_int_equal(unpack(INFLATE_ZSTD, 100), 0);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    pack(INFLATE_LZMA, 100);
    packed[8] = 0x20; /* 512 MiB */
    assert_int_equal(unpack(INFLATE_LZMA, 100), 0);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    assert_int_equal(memory.fault.code, FAULT_NONE);
}

static void the_memory_is_the_callers(void **state) {
    (void)state;
    pack(INFLATE_XZ, PLAIN);
    struct job small;
    job_init(&small, 256 * 1024);
    struct inflate inflate = {.pool = NULL};
    fed = 0;
    if (inflate_open(&inflate, &small, INFLATE_XZ, more, NULL)) {
        assert_true(inflate_read(&inflate, &job, out, ROOM) < PLAIN);
        assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    }
    assert_int_equal(small.fault.code, FAULT_LIMIT);
    job_reset(&small);
    job_init(&small, 1024);
    struct inflate none = {.pool = NULL};
    assert_false(inflate_open(&none, &small, INFLATE_GZIP, more, NULL));
    job_reset(&small);
}

static void bytes_behind_the_end(void **state) {
    (void)state;
    for (int method = INFLATE_GZIP; method < INFLATE_LZMA; method++) {
        pack((enum inflate_method)method, 1000);
        memcpy(packed + packed_size, "sixteen bytes...", 16);
        packed_size += 16;
        assert_int_equal(unpack((enum inflate_method)method, 4096), 1000);
        assert_int_equal(job.notes[0].code, FAULT_BAD);
    }
    pack(INFLATE_GZIP, 1000);
    memset(packed + packed_size, 0, 512);
    packed_size += 512;
    assert_int_equal(unpack(INFLATE_GZIP, 4096), 1000);
    assert_int_equal(job.noted, 0);
}

/* Formats of before 0.8 would be undone with memory that is not the job's. */
static void old_zstandard_is_not_read(void **state) {
    static const uint8_t old[] = {0x26, 0xb5, 0x2f, 0xfd, 0, 0x58, 0x23, 0x19, 0xc2, 0};
    (void)state;
    memcpy(packed, old, packed_size = sizeof old);
    for (uint8_t magic = 0x22; magic < 0x28; magic++) {
        packed[0] = magic;
        assert_int_equal(unpack(INFLATE_ZSTD, 100), 0);
        assert_int_equal(job.notes[0].code, FAULT_BAD);
    }
}

/* --- use --- */

static void all_methods_in_parts_of_every_size(void **state) {
    static const size_t parts[] = {1, 7, 4096, 65537, ROOM};
    (void)state;
    for (int method = 0; method < INFLATE_FILTERED; method++) {
        pack((enum inflate_method)method, PLAIN);
        for (size_t i = method == INFLATE_BZIP2; i < sizeof parts / sizeof *parts; i++) {
            assert_int_equal(unpack((enum inflate_method)method, parts[i]), PLAIN);
            assert_memory_equal(out, plain, PLAIN);
            assert_int_equal(inflating.state, INFLATE_ENDED);
            assert_int_equal(inflating.in, packed_size);
            assert_int_equal(inflating.out, PLAIN);
            assert_int_equal(job.noted, 0);
        }
    }
}

/* Memory that a run gave back serves the next one. */
static void a_thousand_runs_take_no_more_memory_than_one(void **state) {
    (void)state;
    for (int method = INFLATE_DEFLATE; method < INFLATE_FILTERED; method++) {
        pack((enum inflate_method)method, 1000);
        assert_int_equal(unpack((enum inflate_method)method, 4096), 1000);
        size_t used = memory.used;
        for (int i = 0; i < 1000; i++)
            assert_int_equal(unpack((enum inflate_method)method, 4096), 1000);
        assert_int_equal(memory.used, used);
    }
}

static void streams_behind_one_another(void **state) {
    (void)state;
    for (int method = INFLATE_GZIP; method < INFLATE_LZMA; method++) {
        pack((enum inflate_method)method, 1000);
        memcpy(packed + packed_size, packed, packed_size);
        packed_size *= 2;
        assert_int_equal(unpack((enum inflate_method)method, 333), 2000);
        assert_memory_equal(out + 1000, plain, 1000);
        assert_int_equal(job.noted, 0);
    }
}

/* The head of the next stream may lie across the end of what is fetched at once. */
static void streams_at_every_place_of_the_buffer(void **state) {
    (void)state;
    for (int method = INFLATE_GZIP; method < INFLATE_LZMA; method++) {
        if (method == INFLATE_XZ) /* whose streams are multiples of four bytes */
            continue;
        size_t want = 0;
        for (packed_size = 0; packed_size < 2 * INFLATE_INPUT + 100; want += 100)
            packed_size +=
                pack_made((enum inflate_method)method, plain + want % 1000, 100, packed + packed_size, 4096);
        assert_int_equal(unpack((enum inflate_method)method, 10000), want);
        assert_int_equal(job.noted, 0);
    }
}

static void heads_are_told_apart(void **state) {
    (void)state;
    for (int method = INFLATE_GZIP; method < INFLATE_LZMA; method++) {
        pack((enum inflate_method)method, 100);
        assert_int_equal(inflate_sniff(span_of(packed, packed_size, 0)), method);
        assert_int_equal(inflate_sniff(span_of(packed, 2, 0)), INFLATE_STORED);
    }
    assert_int_equal(inflate_sniff(span_of("BZhx", 4, 0)), INFLATE_STORED);
    assert_string_equal(inflate_name(INFLATE_XZ), "xz");
    assert_int_equal(inflate_crc(0, span_of("123456789", 9, 0)), 0xcbf43926);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_ends_too_early_is_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_beyond_measure_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_memory_is_the_callers, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_behind_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(old_zstandard_is_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_at_every_place_of_the_buffer, setup, teardown),
        cmocka_unit_test_setup_teardown(all_methods_in_parts_of_every_size, setup, teardown),
        cmocka_unit_test_setup_teardown(a_thousand_runs_take_no_more_memory_than_one, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_behind_one_another, setup, teardown),
        cmocka_unit_test_setup_teardown(heads_are_told_apart, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
