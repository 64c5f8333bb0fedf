#include "format/mszip.h"

#include "make/cab_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 3 * MSZIP_BLOCK + 777 };

static struct job job;
static struct mszip *mszip;
static uint8_t plain[SIZE], packed[8][2 * MSZIP_BLOCK], out[MSZIP_BLOCK + 1];
static size_t sizes[8];
static struct unpacked got;

static int start(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    mszip = mszip_new(&job);
    return mszip ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static size_t plain_size(size_t block) {
    return SIZE - block * MSZIP_BLOCK < MSZIP_BLOCK ? SIZE - block * MSZIP_BLOCK : MSZIP_BLOCK;
}

static size_t pack(unsigned kind) {
    size_t blocks = 0;
    pack_sample(kind, 3, plain, SIZE);
    for (size_t at = 0; at < SIZE; at += MSZIP_BLOCK, blocks++)
        sizes[blocks] = cab_made_deflate(plain, at, plain_size(blocks), packed[blocks]);
    return blocks;
}

static bool decode(const void *in, size_t size, size_t room) {
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, in, size);
    memset(out, 0xcc, sizeof out);
    bool good = mszip_decode(mszip, span_of(exact, size, 100), out, room, &got);
    free(exact);
    assert_int_equal(good, got.fault.code == FAULT_NONE);
    assert_true(got.size <= room && got.used <= size && (!good || got.size == room));
    for (size_t i = got.size; i < room && room <= MSZIP_BLOCK; i++)
        assert_int_equal(out[i], 0);
    if (room <= MSZIP_BLOCK)
        assert_int_equal(out[room], 0xcc);
    return good;
}

static void blocks_that_lie_are_refused(void **state) {
    (void)state;
    assert_false(decode("", 0, 5));
    assert_int_equal(got.fault.code, FAULT_TORN);
    assert_false(decode("CJ123", 5, 5));
    assert_int_equal(got.fault.code, FAULT_BAD);
    assert_false(decode("CK", 2, MSZIP_BLOCK + 1));
    assert_int_equal(got.fault.code, FAULT_LIMIT);
    assert_false(decode("CK\x07", 3, 5)); /* a kind of block that is none */
    assert_int_equal(got.fault.code, FAULT_BAD);
    pack(2);
    assert_false(decode(packed[0], sizes[0], 100));
    assert_int_equal(got.fault.code, FAULT_BAD);
    mszip_start(mszip);
    assert_false(decode(packed[3], sizes[3], MSZIP_BLOCK)); /* matches before its start, less than told */
    assert_int_equal(got.fault.code, FAULT_BAD);
}

static void history_goes_on_from_block_to_block(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++) {
        size_t blocks = pack(kind);
        mszip_start(mszip);
        for (size_t i = 0; i < blocks; i++) {
            assert_true(decode(packed[i], sizes[i], plain_size(i)));
            assert_memory_equal(out, plain + i * MSZIP_BLOCK, plain_size(i));
            assert_int_equal(got.used, sizes[i]);
        }
    }
}

static void every_prefix_is_torn(void **state) {
    (void)state;
    pack(2);
    for (size_t n = 0; n < sizes[3]; n++) {
        mszip_start(mszip);
        for (size_t i = 0; i < 3 && n % 50 == 0; i++)
            assert_true(decode(packed[i], sizes[i], MSZIP_BLOCK));
        assert_false(decode(packed[3], n, plain_size(3)));
        assert_true(got.fault.code == FAULT_TORN || n % 50 != 0);
    }
}

static void no_flipped_bit_breaks_out(void **state) {
    (void)state;
    pack(5);
    for (size_t bit = 0; bit < sizes[3] * 8; bit += 7) {
        mszip_start(mszip);
        packed[3][bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)decode(packed[3], sizes[3], plain_size(3));
        packed[3][bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void memory_has_a_cap(void **state) {
    struct job small;
    (void)state;
    job_init(&small, 4096);
    assert_null(mszip_new(&small));
    assert_int_equal(small.fault.code, FAULT_LIMIT);
    job_reset(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_that_lie_are_refused, start, stop),
        cmocka_unit_test_setup_teardown(history_goes_on_from_block_to_block, start, stop),
        cmocka_unit_test_setup_teardown(every_prefix_is_torn, start, stop),
        cmocka_unit_test_setup_teardown(no_flipped_bit_breaks_out, start, stop),
        cmocka_unit_test(memory_has_a_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
