#include "format/huffman.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct huffman_code code;
static uint8_t lengths[HUFFMAN_SYMBOLS];

static void set(unsigned from, unsigned to, uint8_t length) {
    memset(lengths + from, length, to - from);
}

static void what_is_no_code_is_refused(void **state) {
    (void)state;
    memset(lengths, 0, sizeof lengths);
    assert_false(huffman_build(&code, lengths, HUFFMAN_SYMBOLS + 1, 10));
    lengths[3] = 17;
    assert_false(huffman_build(&code, lengths, 20, 10));
    lengths[3] = 255;
    assert_false(huffman_build(&code, lengths, 20, 10));
    lengths[3] = 1; /* half of the patterns mean nothing */
    assert_false(huffman_build(&code, lengths, 20, 10));
    lengths[4] = 2;
    assert_false(huffman_build(&code, lengths, 20, 10));
    lengths[4] = lengths[5] = 1; /* three codes of one bit */
    assert_false(huffman_build(&code, lengths, 20, 10));
    set(0, 512, 1);
    assert_false(huffman_build(&code, lengths, 512, 10));
    set(0, 512, 16);
    assert_false(huffman_build(&code, lengths, 512, 10));
    set(0, 512, 8);
    assert_false(huffman_build(&code, lengths, 512, 10));
}

static void an_empty_code_has_no_symbols(void **state) {
    static const uint8_t in[4] = {0xff, 0xff, 0, 0};
    (void)state;
    memset(lengths, 0, sizeof lengths);
    assert_true(huffman_build(&code, lengths, 249, 9));
    struct huffman_bits bits = huffman_bits_of(span_of(in, 4, 0));
    huffman_fill(&bits);
    assert_int_equal(huffman_symbol(&bits, &code, 9), HUFFMAN_NONE);
    huffman_take(&bits, 16);
    assert_int_equal(huffman_symbol(&bits, &code, 9), HUFFMAN_NONE);
}

/* One code of each length and two of 16 bits, whatever one look settles: 0, 10, 110 ... in the order of the
 * symbols of a length. */
static void codes_of_all_lengths(void **state) {
    (void)state;
    for (unsigned direct = 1; direct <= HUFFMAN_DIRECT; direct++) {
        memset(lengths, 0, sizeof lengths);
        for (unsigned i = 1; i <= 16; i++)
            lengths[500 - 3 * i] = (uint8_t)i;
        lengths[511] = 16;
        assert_true(huffman_build(&code, lengths, 512, direct));
        for (unsigned ones = 0; ones <= 16; ones++) {
            unsigned pattern = 0xffffu << (16 - ones) & 0xffff;
            uint8_t in[2] = {(uint8_t)pattern, (uint8_t)(pattern >> 8)};
            struct huffman_bits bits = huffman_bits_of(span_of(in, 2, 0));
            huffman_fill(&bits);
            assert_int_equal(huffman_symbol(&bits, &code, direct), ones == 16 ? 511 : 500 - 3 * (ones + 1));
            assert_int_equal(bits.count, 32 - (ones < 16 ? ones + 1 : 16));
            assert_false(huffman_torn(&bits));
        }
    }
}

static void bits_come_from_words_and_end(void **state) {
    static const uint8_t in[] = {0x34, 0x12, 0xcd, 0xab, 0x78, 0x56, 0xff};
    (void)state;
    struct huffman_bits bits = huffman_bits_of(span_of(in, sizeof in, 0));
    huffman_fill(&bits);
    assert_int_equal(huffman_used(&bits), 0);
    assert_int_equal(huffman_take(&bits, 0), 0);
    assert_int_equal(huffman_take(&bits, 4), 1);
    assert_int_equal(huffman_take(&bits, 16), 0x234a);
    assert_int_equal(huffman_used(&bits), 4);
    huffman_fill(&bits);
    assert_int_equal(huffman_take(&bits, 12), 0xbcd);
    huffman_fill(&bits);
    assert_int_equal(huffman_take(&bits, 16), 0x5678);
    assert_false(huffman_torn(&bits)); /* all there was; half a word is none */
    assert_int_equal(huffman_used(&bits), 6);
    assert_int_equal(huffman_take(&bits, 1), 0);
    assert_true(huffman_torn(&bits));
    for (int i = 0; i < 100; i++) {
        huffman_fill(&bits);
        assert_int_equal(huffman_take(&bits, 16), 0);
        assert_true(huffman_torn(&bits));
    }
}

/* Bytes stand behind the words that hold the next 16 bits. */
static void bytes_between_words(void **state) {
    static const uint8_t in[] = {0, 0x80, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
    (void)state;
    for (unsigned taken = 1; taken <= 48; taken++) {
        struct huffman_bits bits = huffman_bits_of(span_of(in, sizeof in, 0));
        for (unsigned i = 0; i < taken; i++) {
            huffman_fill(&bits);
            huffman_take(&bits, 1);
        }
        unsigned words = (taken + 15) / 16 + 1;
        assert_int_equal(cursor_u8(huffman_bytes(&bits)), in[2 * words]);
        assert_int_equal(bits.count, 16 * words - taken);
    }
}

static void words_begin_anew(void **state) {
    static const uint8_t in[] = {0xff, 0xff, 1, 2, 3, 4, 5, 6};
    (void)state;
    for (unsigned taken = 0; taken <= 33; taken++) {
        struct huffman_bits bits = huffman_bits_of(span_of(in, sizeof in, 0));
        for (unsigned i = 0; i < taken; i++) {
            huffman_fill(&bits);
            huffman_take(&bits, 1);
        }
        unsigned words = taken / 16 + 1; /* a full word drops the next one */
        assert_int_equal(cursor_u8(huffman_align(&bits)), in[2 * words]);
        assert_int_equal(bits.count, 0);
        assert_false(huffman_torn(&bits));
    }
    struct huffman_bits bits = huffman_bits_of(span_of(in, 2, 0));
    huffman_fill(&bits);
    huffman_take(&bits, 16);
    huffman_align(&bits); /* the word to drop is not there */
    assert_true(huffman_torn(&bits));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_code_is_refused), cmocka_unit_test(an_empty_code_has_no_symbols),
        cmocka_unit_test(codes_of_all_lengths),       cmocka_unit_test(bits_come_from_words_and_end),
        cmocka_unit_test(bytes_between_words),        cmocka_unit_test(words_begin_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
