#include "format/lznt1.h"

#include "make/pack_lznt1.h"
#include "make/pack_samples.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { UNIT = 65536 };

static uint8_t unit[UNIT], plain[UNIT], packed[2 * UNIT];
static struct unpacked got;

static bool decode(const void *in, size_t size, size_t room) {
    memset(unit, 0xcc, sizeof unit);
    bool good = lznt1_decode(span_of(in, size, 1000), unit, room, &got);
    assert_int_equal(good, got.fault.code == FAULT_NONE);
    assert_true(got.size <= room && got.used <= size && (!good || got.size == room));
    for (size_t i = got.size; i < room; i++)
        assert_int_equal(unit[i], 0);
    return good;
}
#define DECODE(room, ...) decode((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__}, room)

static void refused(enum fault_code code, uint64_t offset, size_t size) {
    assert_int_equal(got.fault.code, code);
    assert_int_equal(got.fault.offset, 1000 + offset);
    assert_int_equal(got.size, size);
}

static void chunks_that_lie_are_refused(void **state) {
    (void)state;
    assert_false(DECODE(4096, 0x01, 0x80, 0x00, 'a')); /* signatures 0, 2, 7, 4 */
    refused(FAULT_BAD, 0, 0);
    assert_false(DECODE(4096, 0x01, 0xa0, 0x00, 'a'));
    assert_false(DECODE(4096, 0x01, 0xf0, 0x00, 'a'));
    assert_false(DECODE(4096, 0x01, 0x40, 0x00, 'a'));
    refused(FAULT_BAD, 0, 0);
    assert_false(DECODE(4096, 0x02, 0xb0, 0x01, 0x00, 0x00)); /* a match at the very start */
    refused(FAULT_BAD, 3, 0);
    assert_false(DECODE(4096, 0x03, 0xb0, 0x02, 'a', 0x00, 0x10)); /* distance 2 after one byte */
    refused(FAULT_BAD, 4, 1);
    assert_false(DECODE(4096, 0x02, 0xb0, 0x02, 'a', 0x00)); /* half a match */
    refused(FAULT_BAD, 4, 1);
    /* 1 + 4095 + 1 bytes, and 1 + 4098 in one match, as 0xfff + 3 */
    assert_false(DECODE(UNIT, 0x04, 0xb0, 0x02, 'a', 0xfc, 0x0f, 'b'));
    refused(FAULT_BAD, 6, 4096);
    assert_false(DECODE(4096, 0x04, 0xb0, 0x02, 'a', 0xfc, 0x0f, 'b'));
    refused(FAULT_BAD, 6, 4096);
    assert_false(DECODE(UNIT, 0x03, 0xb0, 0x02, 'a', 0xff, 0x0f));
    refused(FAULT_BAD, 4, 1);
}

/* A match sees its own chunk only. */
static void a_match_into_the_chunk_before_is_refused(void **state) {
    (void)state;
    assert_false(DECODE(UNIT, 0x03, 0xb0, 0x02, 'a', 0xfc, 0x0f, 0x02, 0xb0, 0x01, 0x00, 0x00));
    refused(FAULT_BAD, 9, 4096);
}

static void cut_input_is_torn(void **state) {
    (void)state;
    assert_false(DECODE(4096, 0x05, 0xb0, 0x00, 'a', 'b'));
    refused(FAULT_TORN, 0, 2);
    assert_false(DECODE(4096, 0x05, 0xb0));
    refused(FAULT_TORN, 0, 0);
    assert_false(DECODE(4096, 0x05, 0xb0, 0x02, 'a', 0x00));
    refused(FAULT_TORN, 4, 1);
    assert_false(DECODE(4096, 0xff, 0x3f, 'a', 'b', 'c'));
    refused(FAULT_TORN, 0, 3);
    assert_false(DECODE(8192, 0x03, 0xb0, 0x02, 'a', 0xfc, 0x0f, 0x05));
    refused(FAULT_TORN, 6, 4096);
}

static void the_input_ends_at_zeros_or_at_its_end(void **state) {
    (void)state;
    assert_true(decode(NULL, 0, 4096));
    assert_true(decode("", 0, 0));
    assert_true(DECODE(100, 0));
    assert_true(DECODE(100, 0x01, 0xb0, 0x00, 'a', 0x00));
    assert_int_equal(got.used, 4);
    assert_true(DECODE(8192, 0x01, 0xb0, 0x00, 'a', 0x00, 0x00, 0x01, 0x80));
    assert_int_equal(got.used, 6);
    assert_int_equal(unit[0], 'a');
    assert_int_equal(unit[1], 0);
    /* the buffer is full: nobody looks at the rest */
    assert_true(DECODE(4096, 0x03, 0xb0, 0x02, 'a', 0xfc, 0x0f, 0x01, 0x80));
    assert_int_equal(got.used, 6);
}

/* Each short chunk, compressed or stored, is filled up to 4096 bytes. */
static void short_chunks_are_filled_with_zeros(void **state) {
    (void)state;
    assert_true(DECODE(UNIT, 0x02, 0xb0, 0x00, 'a', 'b', 0x00, 0x30, 'c', 0x01, 0xb0, 0x00, 'd'));
    assert_int_equal(got.used, 12);
    for (size_t i = 0; i < UNIT; i++)
        assert_int_equal(unit[i], i == 0 ? 'a' : i == 1 ? 'b' : i == 4096 ? 'c' : i == 8192 ? 'd' : 0);
}

/* [MS-XCA] 3.3 (LZNT1). */
static void the_example_of_the_specification(void **state) {
    static const char text[] =
        "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E "
        "F# G F# E D E A F# F# G A A G F# E D D E F# E D D";
    static const uint8_t in[] = {0x38, 0xb0, 0x88, 0x46, 0x23, 0x20, 0x00, 0x20, 0x47, 0x20, 0x41, 0x00,
                                 0x10, 0xa2, 0x47, 0x01, 0xa0, 0x45, 0x20, 0x44, 0x00, 0x08, 0x45, 0x01,
                                 0x50, 0x79, 0x00, 0xc0, 0x45, 0x20, 0x05, 0x24, 0x13, 0x88, 0x05, 0xb4,
                                 0x02, 0x4a, 0x44, 0xef, 0x03, 0x58, 0x02, 0x8c, 0x09, 0x16, 0x01, 0x48,
                                 0x45, 0x00, 0xbe, 0x00, 0x9e, 0x00, 0x04, 0x01, 0x18, 0x90, 0x00};
    (void)state;
    assert_int_equal(sizeof text, 142);
    assert_true(decode(in, sizeof in, 4096));
    assert_memory_equal(unit, text, sizeof text);
    assert_int_equal(got.used, sizeof in);
}

/* At each count of bytes the split of a match between distance and length is the table's. */
static void every_split_of_a_match(void **state) {
    static const size_t edges[] = {16, 32, 64, 128, 256, 512, 1024, 2048};
    (void)state;
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        for (size_t done = edges[i] - 1; done <= edges[i] + 2; done++) {
            size_t whole = 2 * done < LZNT1_CHUNK ? 2 * done : LZNT1_CHUNK;
            pack_sample(1, done, plain, done);
            memcpy(plain + done, plain, whole - done); /* the farthest match there is */
            size_t size = pack_lznt1_chunk(plain, whole, true, packed);
            assert_true(decode(packed, size, whole));
            assert_memory_equal(unit, plain, whole);
        }
}

static void what_is_packed_comes_back(void **state) {
    static const size_t sizes[] = {1, 2, 3, 17, 511, 4095, 4096, 4097, 8192, 12289, 40000, UNIT};
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int matches = 0; matches < 2; matches++) {
                pack_sample(kind, i, plain, sizes[i]);
                size_t size = pack_lznt1(plain, sizes[i], matches, packed);
                assert_true(size <= pack_lznt1_most(sizes[i]));
                assert_true(decode(packed, size, UNIT));
                assert_int_equal(got.used, size);
                assert_memory_equal(unit, plain, sizes[i]);
                for (size_t k = sizes[i]; k < UNIT; k++)
                    assert_int_equal(unit[k], 0);
                assert_true(decode(packed, size, sizes[i] / 2 + 1)); /* only the head */
                assert_memory_equal(unit, plain, sizes[i] / 2 + 1);
            }
}

/* A prefix is torn, or it was cut between chunks: the chunks are right and zeros follow. */
static void every_prefix(void **state) {
    enum { SIZE = 3 * 4096 };
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++) {
        pack_sample(kind, 3, plain, SIZE);
        size_t size = pack_lznt1(plain, SIZE, true, packed), torn = 0;
        for (size_t n = 0; n < size; n++) {
            uint8_t *cut = malloc(n + 1);
            memcpy(cut, packed, n);
            bool good = decode(cut, n, SIZE);
            free(cut);
            torn += !good;
            assert_true(good || got.fault.code == FAULT_TORN);
            if (!good)
                assert_memory_equal(unit, plain, got.size);
            else
                for (size_t i = 0; i < SIZE; i += 4096) /* all of a chunk or nothing */
                    assert_true(memcmp(unit + i, plain + i, 4096) == 0 ||
                                span_is_zero(span_of(unit + i, 4096, 0)));
        }
        assert_true(torn >= size - 6 * 2);
    }
}

static void no_flipped_bit_breaks_out(void **state) {
    enum { SIZE = 2 * 4096 };
    (void)state;
    for (unsigned kind = 2; kind < PACK_SAMPLE_KINDS; kind++) {
        pack_sample(kind, 5, plain, SIZE);
        size_t size = pack_lznt1(plain, SIZE, true, packed);
        uint8_t *exact = malloc(size), *room = malloc(SIZE);
        for (size_t bit = 0; bit < size * 8; bit += kind == 2 ? 1 : 7) {
            memcpy(exact, packed, size);
            exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
            bool good = lznt1_decode(span_of(exact, size, 0), room, SIZE, &got);
            assert_int_equal(good, got.fault.code == FAULT_NONE);
            assert_true(got.fault.offset <= size && got.size <= SIZE);
        }
        free(exact);
        free(room);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_that_lie_are_refused),
        cmocka_unit_test(a_match_into_the_chunk_before_is_refused),
        cmocka_unit_test(cut_input_is_torn),
        cmocka_unit_test(the_input_ends_at_zeros_or_at_its_end),
        cmocka_unit_test(short_chunks_are_filled_with_zeros),
        cmocka_unit_test(the_example_of_the_specification),
        cmocka_unit_test(every_split_of_a_match),
        cmocka_unit_test(what_is_packed_comes_back),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(no_flipped_bit_breaks_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
