#include "format/lzx_stream.h"

#include "make/pack_lzx_stream.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 400001 };

static struct job job;
static uint8_t plain[SIZE], packed[4 * SIZE];
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

static bool decode(struct lzx_stream *s, const uint8_t *in, size_t size, size_t room, const uint8_t **bytes) {
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, in, size);
    bool good = lzx_stream_decode(s, span_of(exact, size, 10), room, bytes, &got);
    free(exact);
    assert_int_equal(good, got.fault.code == FAULT_NONE);
    assert_true(got.size <= room && got.used <= size && (!good || got.size == room));
    for (size_t i = got.size; i < room && room <= LZX_STREAM_BLOCK; i++)
        assert_int_equal((*bytes)[i], 0);
    return good;
}

/* All frames; how many were good. */
static size_t decode_all(struct lzx_stream *s, size_t size, bool compare) {
    lzx_stream_start(s);
    for (size_t i = 0; i < frames.frames; i++) {
        size_t from = i > 0 ? frames.ends[i - 1] : 0, at = i * LZX_STREAM_BLOCK;
        size_t room = size - at < LZX_STREAM_BLOCK ? size - at : LZX_STREAM_BLOCK;
        const uint8_t *bytes;
        if (!decode(s, packed + from, frames.ends[i] - from, room, &bytes))
            return i;
        if (compare)
            assert_memory_equal(bytes, plain + at, room);
    }
    return frames.frames;
}

static void what_makes_no_sense_is_refused(void **state) {
    const uint8_t *bytes;
    (void)state;
    assert_null(lzx_stream_new(&job, 14));
    assert_int_equal(job.fault.code, FAULT_BAD);
    job_reset(&job);
    assert_null(lzx_stream_new(&job, 22));
    job_reset(&job);
    struct lzx_stream *s = lzx_stream_new(&job, 15);
    assert_false(decode(s, packed, 0, 5, &bytes));
    assert_int_equal(got.fault.code, FAULT_TORN);
    assert_false(decode(s, packed, 0, 5, &bytes)); /* broken from now on */
    assert_int_equal(got.fault.code, FAULT_BAD);
    lzx_stream_start(s);
    assert_false(decode(s, packed, 0, LZX_STREAM_BLOCK + 1, &bytes));
    assert_int_equal(got.fault.code, FAULT_LIMIT);
    lzx_stream_start(s);
    memset(packed, 0, 64); /* a block of kind 0 */
    assert_false(decode(s, packed, 64, 5, &bytes));
    assert_int_equal(got.fault.code, FAULT_BAD);
}

static void what_is_packed_comes_back(void **state) {
    static const size_t sizes[] = {1, 11, 32768, 32769, 100000, SIZE}, blocks[] = {SIZE, 32768, 50001, 7001};
    (void)state;
    for (unsigned bits = LZX_STREAM_LEAST; bits <= LZX_STREAM_MOST; bits++) {
        struct lzx_stream *s = lzx_stream_new(&job, bits);
        assert_non_null(s);
        for (unsigned i = 0; i < 6; i++)
            for (unsigned way = 1; way <= PACK_LZX_MIXED; way++) {
                unsigned kind = (bits + i + way) % PACK_SAMPLE_KINDS;
                pack_sample(kind, i, plain, sizes[i]);
                pack_lzx_stream(plain, sizes[i], (enum pack_lzx_kind)way, blocks[(i + way) % 4], bits,
                                way % 2 ? 300000 : 0, i, packed, &frames);
                assert_int_equal(decode_all(s, sizes[i], true), frames.frames);
            }
        job_reset(&job);
    }
}

/* A window of 2 MiB that its buffer slides over, and matches from its far end. */
static void the_window_slides(void **state) {
    enum { LONG = 9 << 20 };
    uint8_t *data = malloc(LONG), *to = malloc(pack_lzx_most(LONG));
    (void)state;
    pack_sample(1, 9, data, 1900001);
    for (size_t i = 1900001; i < LONG; i++)
        data[i] = i % 5003 == 0 ? (uint8_t)i : data[i - 1900001];
    pack_lzx_stream(data, LONG, PACK_LZX_ALIGNED, 1 << 20, 21, 0, 0, to, &frames);
    struct lzx_stream *s = lzx_stream_new(&job, 21);
    for (size_t i = 0; i < frames.frames; i++) {
        size_t from = i > 0 ? frames.ends[i - 1] : 0;
        const uint8_t *bytes;
        assert_true(decode(s, to + from, frames.ends[i] - from, LZX_STREAM_BLOCK, &bytes));
        assert_memory_equal(bytes, data + i * LZX_STREAM_BLOCK, LZX_STREAM_BLOCK);
    }
    free(data);
    free(to);
}

static void every_prefix_is_torn(void **state) {
    enum { SHORT = 3000 };
    struct lzx_stream *s = lzx_stream_new(&job, 16);
    (void)state;
    for (unsigned way = 1; way <= PACK_LZX_MIXED; way++) {
        pack_sample(4, 4, plain, SHORT);
        size_t size =
            pack_lzx_stream(plain, SHORT, (enum pack_lzx_kind)way, 1001, 16, 12000000, 1, packed, &frames);
        for (size_t n = 0; n + 1 < size; n++) {
            const uint8_t *bytes;
            lzx_stream_start(s);
            /* the byte that fills up the last block may be missing */
            bool good = decode(s, packed, n, SHORT, &bytes);
            assert_false(good);
            assert_int_equal(got.fault.code, FAULT_TORN);
            assert_memory_equal(bytes, plain, got.size > 4 ? got.size - 4 : 0);
        }
    }
}

static void no_flipped_bit_breaks_out(void **state) {
    enum { SHORT = 70000 };
    struct lzx_stream *s = lzx_stream_new(&job, 15);
    (void)state;
    for (unsigned way = 1; way <= PACK_LZX_MIXED; way++) {
        pack_sample(5, 5, plain, SHORT);
        size_t size =
            pack_lzx_stream(plain, SHORT, (enum pack_lzx_kind)way, 30001, 15, 12000000, way, packed, &frames);
        for (size_t bit = way; bit < size * 8; bit += 2003) {
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            decode_all(s, SHORT, false);
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(what_is_packed_comes_back, start, stop),
        cmocka_unit_test_setup_teardown(the_window_slides, start, stop),
        cmocka_unit_test_setup_teardown(every_prefix_is_torn, start, stop),
        cmocka_unit_test_setup_teardown(no_flipped_bit_breaks_out, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
