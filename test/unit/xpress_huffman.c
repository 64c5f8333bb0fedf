#include "format/xpress_huffman.h"

#include "make/pack_xpress.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MOST = 200000, TABLE = XPRESS_HUFFMAN_TABLE };

static uint8_t plain[MOST], packed[2 * MOST + 2000], out[MOST];
static struct unpacked got;

static bool decode(const void *in, size_t size, size_t room) {
    uint8_t *exact = malloc(size + 1); /* so that a sanitizer sees any step too far */
    memcpy(exact, in, size);
    memset(out, 0xcc, sizeof out);
    bool good = xpress_huffman_decode(span_of(exact, size, 1000), out, room, &got);
    assert_int_equal(good, got.fault.code == FAULT_NONE);
    assert_true(got.size <= room && got.used <= size && (!good || got.size == room));
    assert_true(good || (got.fault.offset >= 1000 && got.fault.offset <= 1000 + size));
    for (size_t i = got.size; i < room; i++)
        assert_int_equal(out[i], 0);
    assert_int_equal(out[room], 0xcc);
    free(exact);
    return good;
}

/* A table with these symbols of one length, and then what `bits` says, in words. */
struct stream {
    uint8_t bytes[TABLE + 64];
    size_t size;
};

static struct stream stream_of(const unsigned *symbols, unsigned count, unsigned length) {
    struct stream s = {.size = TABLE};
    for (unsigned i = 0; i < count; i++)
        s.bytes[symbols[i] / 2] |= (uint8_t)(length << symbols[i] % 2 * 4);
    return s;
}

static void add(struct stream *s, const uint8_t *bytes, size_t size) {
    memcpy(s->bytes + s->size, bytes, size);
    s->size += size;
}
#define ADD(s, ...) add(&(s), (const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

static void refused(enum fault_code code, size_t size) {
    assert_int_equal(got.fault.code, code);
    assert_int_equal(got.size, size);
}

static void tables_that_are_none_are_refused(void **state) {
    uint8_t in[TABLE + 8] = {0};
    (void)state;
    assert_false(decode(in, 0, 1));
    refused(FAULT_TORN, 0);
    assert_false(decode(in, TABLE - 1, 1));
    refused(FAULT_TORN, 0);
    assert_false(decode(in, sizeof in, 1)); /* no symbols at all */
    refused(FAULT_BAD, 0);
    in[5] = 1; /* one, where two must be */
    assert_false(decode(in, sizeof in, 1));
    refused(FAULT_BAD, 0);
    memset(in, 0x11, TABLE);
    assert_false(decode(in, sizeof in, 1));
    refused(FAULT_BAD, 0);
    assert_true(decode(in, 0, 0)); /* nothing is asked for */
}

/* Symbols: 'a', and matches of length 3 at distance 1, of length 3 at 2 or 3, of a long length at 1. */
static const unsigned four[] = {'a', 256, 256 + 16, 256 + 15};

static void matches_that_lie_are_refused(void **state) {
    (void)state;
    struct stream s = stream_of(four, 4, 2);
    ADD(s, 0, 0x40, 0, 0); /* 01: a match before anything */
    assert_false(decode(s.bytes, s.size, 10));
    refused(FAULT_BAD, 0);
    s = stream_of(four, 4, 2); /* the codes in the order of the symbols: a 00, 256 01, 271 10, 272 11 */
    ADD(s, 0, 0x38, 0, 0);     /* 00 11 1: distance 3 after one byte */
    assert_false(decode(s.bytes, s.size, 10));
    refused(FAULT_BAD, 1);
    s = stream_of(four, 4, 2);
    ADD(s, 0, 0x10, 0, 0); /* 00 01: three more where two fit */
    assert_false(decode(s.bytes, s.size, 3));
    refused(FAULT_BAD, 1);
    assert_true(decode(s.bytes, s.size, 4));
    assert_memory_equal(out, "aaaa", 4);
    s = stream_of(four, 4, 2);
    ADD(s, 0, 0x20, 0, 0, 255, 14, 0, 0, 0); /* 00 10: a length in two bytes that one could have said */
    assert_false(decode(s.bytes, s.size, 100));
    refused(FAULT_BAD, 1);
    s = stream_of(four, 4, 2);
    ADD(s, 0, 0x20, 0, 0, 255, 0, 0, 0xff, 0xff, 0xff, 0xff); /* wraps when 3 is added */
    assert_false(decode(s.bytes, s.size, 2));
    refused(FAULT_BAD, 1);
    s = stream_of(four, 4, 2);
    ADD(s, 0, 0x20, 0, 0, 255, 0, 0, 2, 0, 0, 0);
    assert_false(decode(s.bytes, s.size, 2));
    refused(FAULT_BAD, 1);
}

static void every_form_of_a_length(void **state) {
    (void)state;
    struct stream s = stream_of(four, 4, 2);
    ADD(s, 0, 0x20, 0, 0, 0);
    assert_true(decode(s.bytes, s.size, 1 + 18));
    s = stream_of(four, 4, 2);
    ADD(s, 0, 0x20, 0, 0, 254);
    assert_true(decode(s.bytes, s.size, 1 + 254 + 18));
    assert_false(decode(s.bytes, s.size - 1, 1 + 254 + 18));
    refused(FAULT_TORN, 1);
    s = stream_of(four, 4, 2);
    ADD(s, 0, 0x20, 0, 0, 255, 0xff, 0xff);
    assert_true(decode(s.bytes, s.size, 1 + 65535 + 3));
    assert_false(decode(s.bytes, s.size - 1, 1 + 65535 + 3));
    refused(FAULT_TORN, 1);
    s = stream_of(four, 4, 2);
    ADD(s, 0, 0x20, 0, 0, 255, 0, 0, 0, 0, 1, 0);
    assert_true(decode(s.bytes, s.size, 1 + 65536 + 3));
    for (size_t i = 0; i < got.size; i++)
        assert_int_equal(out[i], 'a');
}

/* [MS-XCA] 3.2. */
static void the_examples_of_the_specification(void **state) {
    uint8_t letters[TABLE + 20] = {0}, abc[TABLE + 7] = {0};
    static const uint8_t letter_bits[] = {0xd8, 0x52, 0x3e, 0xd7, 0x94, 0x11, 0x5b, 0xe9, 0x19, 0x5f,
                                          0xf9, 0xd6, 0x7c, 0xdf, 0x8d, 0x04, 0x00, 0x00, 0x00, 0x00};
    static const uint8_t abc_bits[] = {0xa8, 0xdc, 0x00, 0x00, 0xff, 0x26, 0x01};
    (void)state;
    letters[48] = 0x50;
    memset(letters + 49, 0x55, 10);
    letters[59] = 0x45;
    letters[60] = 0x44;
    letters[61] = letters[128] = 0x04;
    memcpy(letters + TABLE, letter_bits, sizeof letter_bits);
    assert_true(decode(letters, sizeof letters, 26));
    assert_memory_equal(out, "abcdefghijklmnopqrstuvwxyz", 26);
    abc[48] = 0x30;
    abc[49] = 0x23;
    abc[128] = 0x02;
    abc[143] = 0x20;
    memcpy(abc + TABLE, abc_bits, sizeof abc_bits);
    assert_true(decode(abc, sizeof abc, 300));
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(out[i], "abc"[i % 3]);
}

static void what_is_packed_comes_back(void **state) {
    static const size_t sizes[] = {1, 2, 3, 100, 4096, 8192, 16384, 16383, 65536, 65537, 140000};
    static const uint32_t most[] = {0, 3, 17, 300, 70000};
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (size_t k = 0; k < sizeof most / sizeof *most; k++) {
                pack_sample(kind, i, plain, sizes[i]);
                size_t size = pack_xpress(plain, sizes[i], most[k], i * 10 + k, k % 2, packed);
                assert_true(size <= pack_xpress_most(sizes[i]) && size <= sizeof packed);
                assert_true(decode(packed, size, sizes[i]));
                assert_memory_equal(out, plain, sizes[i]);
                assert_true(got.used + 8 >= size);
            }
}

static void every_prefix_is_torn(void **state) {
    enum { SIZE = 3000 };
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++) {
        pack_sample(kind, 4, plain, SIZE);
        size_t size = pack_xpress(plain, SIZE, 300, kind, false, packed);
        for (size_t n = 0; n < size; n++) {
            bool good = decode(packed, n, SIZE);
            assert_true(good || got.fault.code == FAULT_TORN);
            assert_true(!good || n + 4 >= size); /* words that are only read ahead */
            assert_memory_equal(out, plain, got.size);
        }
    }
}

static void no_flipped_bit_breaks_out(void **state) {
    enum { SIZE = 2000 };
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++) {
        pack_sample(kind, 5, plain, SIZE);
        size_t size = pack_xpress(plain, SIZE, 300, kind, true, packed);
        uint8_t *room = malloc(SIZE);
        for (size_t bit = 0; bit < size * 8; bit++) {
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            bool good = xpress_huffman_decode(span_of(packed, size, 0), room, SIZE, &got);
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(good, got.fault.code == FAULT_NONE);
            assert_true(got.size <= SIZE && got.used <= size);
        }
        free(room);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_that_are_none_are_refused),
        cmocka_unit_test(matches_that_lie_are_refused),
        cmocka_unit_test(every_form_of_a_length),
        cmocka_unit_test(the_examples_of_the_specification),
        cmocka_unit_test(what_is_packed_comes_back),
        cmocka_unit_test(every_prefix_is_torn),
        cmocka_unit_test(no_flipped_bit_breaks_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
