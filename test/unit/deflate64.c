/* Deflate64 and the Deflate of NSIS: damage first; then what 7-Zip packed, what zlib packed, and stored
 * blocks with and without complements. */
#include "format/inflate.h"
#include "make/nsis_made.h"
#include "unit/deflate64_sample.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PLAIN = 200000, ROOM = 1 << 19, MEMORY = 1 << 20 };

static uint8_t plain[PLAIN], packed[ROOM], out[ROOM];
static size_t packed_size, fed, step;
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
    step = ROOM;
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

static size_t unpack(enum inflate_method method) {
    size_t done = 0;
    fed = 0;
    job_reset(&job);
    assert_true(inflate_open(&inflating, &memory, method, more, NULL));
    while (inflating.state == INFLATE_GOES_ON && done < ROOM)
        done += inflate_read(&inflating, &job, out + done, step < ROOM - done ? step : ROOM - done);
    return done;
}

/* --- misuse --- */

static void what_ends_too_early_is_torn(void **state) {
    (void)state;
    size_t whole = sizeof sample;
    memcpy(packed, sample, whole);
    for (packed_size = 0; packed_size < whole; packed_size++) {
        (void)unpack(INFLATE_DEFLATE64);
        assert_int_equal(inflating.state, INFLATE_BROKEN);
        assert_true(job.noted == 1 && job.notes[0].code == FAULT_TORN);
    }
    whole = nsis_made_stored(plain, 5000, packed, false);
    for (packed_size = 0; packed_size < whole; packed_size++) {
        size_t got = unpack(INFLATE_NSIS_DEFLATE);
        assert_true(got <= 5000 && memcmp(out, plain, got) == 0);
        assert_true(job.noted == 1 && job.notes[0].code == FAULT_TORN);
    }
}

static void every_bit(void **state) {
    (void)state;
    memcpy(packed, sample, packed_size = sizeof sample);
    for (size_t bit = 0; bit < 8 * sizeof sample; bit++) {
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(unpack(INFLATE_DEFLATE64) <= ROOM);
        assert_int_equal(job.noted, inflating.state == INFLATE_BROKEN);
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    packed_size = nsis_made_deflate(plain, 300, packed, ROOM);
    for (size_t bit = 0; bit < 8 * packed_size; bit++) {
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(unpack(INFLATE_NSIS_DEFLATE) <= ROOM);
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void what_no_stream_may_say(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        enum inflate_method method;
    } bad[] = {
        {"\7", 1, INFLATE_DEFLATE64},            /* a kind of block that there is not */
        {"\1\3\0\0\0abc", 8, INFLATE_DEFLATE64}, /* no complement */
        {"\x4b\4\x42\0", 4, INFLATE_DEFLATE64},  /* two back, of one byte */
        {"\5\xc0\x81\x08\0\0\0\0\xa0\xf7\xa7\x1e\0\0", 14, INFLATE_DEFLATE64}}; /* no end in the code */
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        memcpy(packed, bad[i].bytes, packed_size = bad[i].size);
        (void)unpack(bad[i].method);
        assert_int_equal(inflating.state, INFLATE_BROKEN);
    }
}

/* --- use --- */

static void what_7_zip_packs(void **state) {
    (void)state;
    memcpy(packed, sample, packed_size = sizeof sample);
    for (step = 1; step < ROOM; step = step * 3 + 1) {
        assert_int_equal(unpack(INFLATE_DEFLATE64), 75736);
        assert_int_equal(inflate_crc(0, span_of(out, 75736, 0)), SAMPLE_CRC);
        assert_int_equal(job.noted, 0);
    }
}

static void what_zlib_packs(void **state) {
    (void)state;
    packed_size = nsis_made_deflate(plain, PLAIN, packed, ROOM);
    for (step = 7; step < ROOM; step = step * 5 + 1) {
        assert_int_equal(unpack(INFLATE_NSIS_DEFLATE), PLAIN);
        assert_memory_equal(out, plain, PLAIN);
        assert_int_equal(job.noted, 0);
    }
}

static void stored_blocks(void **state) {
    (void)state;
    for (int complement = 0; complement < 2; complement++) {
        struct job own;
        struct inflate fresh = {.pool = NULL};
        job_init(&own, MEMORY);
        packed_size = nsis_made_stored(plain, 10000, packed, complement);
        fed = 0;
        assert_true(inflate_open(&fresh, &own, INFLATE_NSIS_DEFLATE, more, NULL));
        assert_int_equal(inflate_read(&fresh, &job, out, ROOM), 10000);
        assert_memory_equal(out, plain, 10000);
        assert_int_equal(fresh.state, INFLATE_ENDED);
        job_reset(&own);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_ends_too_early_is_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(what_no_stream_may_say, setup, teardown),
        cmocka_unit_test_setup_teardown(what_7_zip_packs, setup, teardown),
        cmocka_unit_test_setup_teardown(what_zlib_packs, setup, teardown),
        cmocka_unit_test_setup_teardown(stored_blocks, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
