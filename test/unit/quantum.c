#include "format/quantum.h"

#include "make/pack_quantum.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 150001 };

static struct job job;
static uint8_t plain[SIZE], packed[2 * SIZE + 1000];
static struct pack_lzx_stream frames;
static struct unpacked got;

static int start(void **state) {
    (void)state;
    job_init(&job, 64 << 20);
    return 0;
}

static int stop(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static bool decode(struct quantum *q, const uint8_t *in, size_t size, size_t room, const uint8_t **bytes) {
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, in, size);
    bool good = quantum_decode(q, span_of(exact, size, 10), room, bytes, &got);
    free(exact);
    assert_int_equal(good, got.fault.code == FAULT_NONE);
    assert_true(got.size <= room && got.used <= size && (!good || got.size == room));
    for (size_t i = got.size; i < room && room <= QUANTUM_BLOCK; i++)
        assert_int_equal((*bytes)[i], 0);
    return good;
}

/* All frames; how many were good. */
static size_t decode_all(struct quantum *q, size_t size, bool compare) {
    quantum_start(q);
    for (size_t i = 0; i < frames.frames; i++) {
        size_t from = i > 0 ? frames.ends[i - 1] : 0, at = i * QUANTUM_BLOCK;
        size_t room = size - at < QUANTUM_BLOCK ? size - at : QUANTUM_BLOCK;
        const uint8_t *bytes;
        if (!decode(q, packed + from, frames.ends[i] - from, room, &bytes))
            return i;
        if (compare)
            assert_memory_equal(bytes, plain + at, room);
    }
    return frames.frames;
}

static void what_makes_no_sense_is_refused(void **state) {
    const uint8_t *bytes;
    (void)state;
    assert_null(quantum_new(&job, QUANTUM_LEAST - 1));
    assert_int_equal(job.fault.code, FAULT_BAD);
    job_reset(&job);
    assert_null(quantum_new(&job, QUANTUM_MOST + 1));
    job_reset(&job);
    struct quantum *q = quantum_new(&job, 15);
    assert_false(decode(q, packed, 0, 5000, &bytes));
    assert_int_equal(got.fault.code, FAULT_TORN);
    assert_false(decode(q, packed, 0, 5, &bytes)); /* broken from now on */
    assert_int_equal(got.fault.code, FAULT_BAD);
    quantum_start(q);
    assert_false(decode(q, packed, 0, QUANTUM_BLOCK + 1, &bytes));
    assert_int_equal(got.fault.code, FAULT_LIMIT);
    quantum_start(q);
    memset(packed, 0, 64); /* the last selector: a match before anything is there */
    assert_false(decode(q, packed, 64, 5, &bytes));
    assert_int_equal(got.fault.code, FAULT_BAD);
}

static void what_is_packed_comes_back(void **state) {
    static const size_t sizes[] = {1, 300, 32768, 32769, SIZE};
    (void)state;
    for (unsigned bits = QUANTUM_LEAST; bits <= QUANTUM_MOST; bits += 1 + bits / 14) {
        struct quantum *q = quantum_new(&job, bits);
        assert_non_null(q);
        for (unsigned i = 0; i < 5; i++)
            for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind += i < 4 ? 1 : 2) {
                pack_sample(kind, i, plain, sizes[i]);
                pack_quantum(plain, sizes[i], bits, kind % 4 != 3, i, packed, &frames);
                assert_int_equal(decode_all(q, sizes[i], true), frames.frames);
            }
        job_reset(&job);
    }
}

static void a_match_beyond_its_block_is_refused(void **state) {
    const uint8_t *bytes;
    struct quantum *q = quantum_new(&job, 15);
    (void)state;
    pack_sample(0, 1, plain, 100); /* a zero, and a match of the rest */
    size_t size = pack_quantum(plain, 100, 15, true, 9, packed, &frames);
    assert_true(decode(q, packed, size, 100, &bytes));
    quantum_start(q);
    assert_false(decode(q, packed, size, 50, &bytes));
    assert_int_equal(got.fault.code, FAULT_BAD);
    assert_true(got.size < 50);
}

static void short_input_never_gives_wrong_bytes(void **state) {
    enum { SHORT = 3000 };
    struct quantum *q = quantum_new(&job, 16);
    (void)state;
    for (unsigned kind = 1; kind < 6; kind++) {
        pack_sample(kind, 4, plain, SHORT);
        size_t size = pack_quantum(plain, SHORT, 16, true, 1, packed, &frames);
        for (size_t n = 0; n + 8 < size; n++) {
            const uint8_t *bytes;
            quantum_start(q);
            assert_false(decode(q, packed, n, SHORT, &bytes));
            assert_true(got.fault.code == FAULT_TORN || got.fault.code == FAULT_BAD);
        }
    }
}

static void no_flipped_bit_breaks_out(void **state) {
    enum { SHORT = 40000 };
    struct quantum *q = quantum_new(&job, 12);
    (void)state;
    pack_sample(5, 5, plain, SHORT);
    size_t size = pack_quantum(plain, SHORT, 12, true, 1, packed, &frames);
    for (size_t bit = 0; bit < size * 8; bit += 3001) {
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        decode_all(q, SHORT, false);
        packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(what_is_packed_comes_back, start, stop),
        cmocka_unit_test_setup_teardown(a_match_beyond_its_block_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(short_input_never_gives_wrong_bytes, start, stop),
        cmocka_unit_test_setup_teardown(no_flipped_bit_breaks_out, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
