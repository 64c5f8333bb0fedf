#include "format/lzx.h"

#include "make/pack_lzx.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t plain[LZX_CHUNK], packed[8 * LZX_CHUNK], out[LZX_CHUNK + 1];
static struct unpacked got;

static bool decode(const void *in, size_t size, size_t room) {
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, in, size);
    memset(out, 0xcc, sizeof out);
    bool good = lzx_decode(span_of(exact, size, 1000), out, room, &got);
    assert_int_equal(good, got.fault.code == FAULT_NONE);
    assert_true(got.size <= room && got.used <= size && (!good || got.size == room));
    assert_true(good || (got.fault.offset >= 1000 && got.fault.offset <= 1000 + size));
    for (size_t i = got.size; i < room && room <= LZX_CHUNK; i++)
        assert_int_equal(out[i], 0);
    if (room <= LZX_CHUNK)
        assert_int_equal(out[room], 0xcc);
    free(exact);
    return good;
}

static void refused(enum fault_code code, size_t size) {
    assert_int_equal(got.fault.code, code);
    assert_int_equal(got.size, size);
}

/* A stream of numbers and how many bits each has. */
struct bit_list {
    uint8_t bytes[4096];
    struct pack_bits bits;
};

static struct bit_list *start(void) {
    static struct bit_list list;
    memset(&list, 0, sizeof list);
    list.bits.to = list.bytes;
    pack_bits_start(&list.bits, 0);
    return &list;
}

static bool decode_list(struct bit_list *list, size_t room) {
    return decode(list->bytes, list->bits.at, room);
}

static void head(struct bit_list *list, unsigned kind, unsigned size) {
    pack_bits_add(&list->bits, kind, 3);
    pack_bits_add(&list->bits, 0, 1);
    pack_bits_add(&list->bits, size, 16);
}

/* Lengths of `count` symbols, all zero but those of `symbols`, which have `length`. */
static void code_of(struct bit_list *list, const unsigned *symbols, unsigned many, uint8_t length,
                    unsigned first, unsigned count) {
    uint8_t lengths[PACK_SYMBOLS] = {0}, old[PACK_SYMBOLS] = {0};
    static struct pack_lzx x;
    for (unsigned i = 0; i < many; i++)
        if (symbols[i] >= first && symbols[i] < first + count)
            lengths[symbols[i] - first] = length;
    x.bits = list->bits;
    pack_lzx_lengths(&x, old, lengths, count);
    list->bits = x.bits;
}

/* The codes of a block: main symbols of 2 bits, in order; no long lengths. */
static void four_symbols(struct bit_list *list, unsigned kind, unsigned size, const unsigned *symbols) {
    static const uint8_t aligned[8] = {3, 3, 3, 3, 3, 3, 3, 3};
    head(list, kind, size);
    for (unsigned i = 0; kind == 2 && i < 8; i++)
        pack_bits_add(&list->bits, aligned[i], 3);
    code_of(list, symbols, 4, 2, 0, 256);
    code_of(list, symbols, 4, 2, 256, 240);
    code_of(list, NULL, 0, 0, 0, 249);
}

static void blocks_that_lie_are_refused(void **state) {
    static const unsigned kinds[] = {0, 4, 5, 6, 7};
    (void)state;
    assert_false(decode("", 0, 1));
    refused(FAULT_TORN, 0);
    assert_true(decode("", 0, 0));
    assert_false(decode("", 0, LZX_CHUNK + 1));
    refused(FAULT_LIMIT, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct bit_list *list = start();
        head(list, kinds[i], 5);
        assert_false(decode_list(list, 5));
        refused(FAULT_BAD, 0);
    }
    for (unsigned kind = 1; kind <= 3; kind++) {
        struct bit_list *list = start();
        head(list, kind, 0);
        assert_false(decode_list(list, 5));
        refused(FAULT_BAD, 0);
        list = start();
        head(list, kind, 6);
        assert_false(decode_list(list, 5));
        refused(FAULT_BAD, 0);
        list = start();
        pack_bits_add(&list->bits, kind, 3); /* the whole chunk, which is larger than what is wanted */
        pack_bits_add(&list->bits, 1u << 12, 13);
        assert_false(decode_list(list, 5));
        refused(FAULT_BAD, 0);
        list = start();
        head(list, kind, 5);
        assert_false(decode_list(list, 5));
        refused(FAULT_TORN, 0);
    }
}

static void lengths_that_are_no_code_are_refused(void **state) {
    (void)state;
    struct bit_list *list = start();
    head(list, 1, 5);
    for (int i = 0; i < 20; i++)
        pack_bits_add(&list->bits, 1, 4); /* a pre-code that uses up all patterns ten times */
    pack_bits_add(&list->bits, 0, 16);
    assert_false(decode_list(list, 5));
    refused(FAULT_BAD, 0);
    list = start();
    head(list, 1, 5);
    pack_bits_add(&list->bits, 0, 80); /* an empty one */
    pack_bits_add(&list->bits, 0, 32);
    assert_false(decode_list(list, 5));
    refused(FAULT_BAD, 0);
    /* 18: runs of 51 zeros, 51 * 5 = 255, and once more: over the end. 19 with itself: no length */
    for (int nested = 0; nested < 2; nested++) {
        list = start();
        head(list, 1, 5);
        for (int i = 0; i < 20; i++)
            pack_bits_add(&list->bits, i >= 18, 4);
        for (int i = 0; i < 6; i++) {
            pack_bits_add(&list->bits, nested ? 1 : 0, 1);
            pack_bits_add(&list->bits, 31, nested ? 2 : 5);
        }
        pack_bits_add(&list->bits, 0, 32);
        assert_false(decode_list(list, 5));
        refused(FAULT_BAD, 0);
    }
    /* an aligned code of one symbol */
    list = start();
    head(list, 2, 5);
    pack_bits_add(&list->bits, 1, 24);
    pack_bits_add(&list->bits, 0, 32);
    assert_false(decode_list(list, 5));
    refused(FAULT_BAD, 0);
}

/* 256 + slot * 8 + length - 2 */
static void matches_that_lie_are_refused(void **state) {
    static const unsigned symbols[] = {'a', 256, 256 + 8 * 4, 256 + 7}; /* 00 01 11 10 */
    (void)state;
    struct bit_list *list = start();
    four_symbols(list, 1, 5, symbols);
    pack_bits_add(&list->bits, 1, 2); /* nothing to repeat yet */
    pack_bits_add(&list->bits, 0, 32);
    assert_false(decode_list(list, 5));
    refused(FAULT_BAD, 0);
    list = start();
    four_symbols(list, 1, 5, symbols);
    pack_bits_add(&list->bits, 7, 5); /* a, then distance 3 */
    pack_bits_add(&list->bits, 0, 32);
    assert_false(decode_list(list, 5));
    refused(FAULT_BAD, 1);
    list = start();
    four_symbols(list, 1, 2, symbols);
    pack_bits_add(&list->bits, 1, 4); /* a, then two more in a block of two */
    pack_bits_add(&list->bits, 0, 32);
    assert_false(decode_list(list, 5));
    refused(FAULT_BAD, 1);
    list = start();
    four_symbols(list, 1, 5, symbols);
    pack_bits_add(&list->bits, 2, 4); /* a long length, and no code for it */
    pack_bits_add(&list->bits, 0, 32);
    assert_false(decode_list(list, 5));
    refused(FAULT_BAD, 1);
    list = start();
    four_symbols(list, 1, 3, symbols);
    pack_bits_add(&list->bits, 1, 4);
    assert_true(decode_list(list, 3));
    assert_memory_equal(out, "aaa", 3);
}

/* Stored blocks give the distances that may be repeated, and may give absurd ones. */
static void absurd_recent_distances_are_refused(void **state) {
    static const unsigned symbols[] = {'a', 256, 256 + 8, 256 + 16};
    static const uint32_t absurd[] = {0, 5, 0x80000000u, 0xffffffffu};
    (void)state;
    for (unsigned slot = 0; slot < 3; slot++)
        for (size_t i = 0; i < 4; i++) {
            struct bit_list *list = start();
            head(list, 3, 4);
            for (unsigned k = 0; k < 12; k++)
                pack_byte(&list->bits, k / 4 == slot ? absurd[i] >> k % 4 * 8 & 255 : k % 4 == 0);
            for (unsigned k = 0; k < 4; k++)
                pack_byte(&list->bits, 'b');
            pack_bits_start(&list->bits, 0);
            four_symbols(list, 1, 2, symbols);
            pack_bits_add(&list->bits, slot + 1, 2);
            pack_bits_add(&list->bits, 0, 32);
            assert_false(decode_list(list, 6));
            refused(FAULT_BAD, 4);
        }
}

static void stored_blocks_of_odd_size(void **state) {
    (void)state;
    pack_sample(1, 3, plain, 301);
    for (size_t block = 1; block < 40; block++) {
        size_t size = pack_lzx(plain, 301, PACK_LZX_STORED, block, false, 0, packed);
        assert_true(decode(packed, size, 301));
        assert_memory_equal(out, plain, 301);
        assert_int_equal(got.used, size);
    }
    /* the last byte of padding may be there or not */
    size_t size = pack_lzx(plain, 301, PACK_LZX_STORED, 301, false, 0, packed);
    packed[size] = 7;
    assert_true(decode(packed, size + 1, 301));
    assert_int_equal(got.used, size + 1);
}

/* A call's target is moved only if it begins more than 10 bytes before the end and points into the file. */
static void calls_are_undone(void **state) {
    enum { SIZE = 64 };
    static const struct {
        size_t at;
        int32_t stored, expected;
    } calls[] = {
        {0, 0, 0},
        {7, 100, 93},
        {7, 0, -7},
        {7, -7, LZX_FILE_SIZE - 7},
        {7, -8, -8},
        {7, LZX_FILE_SIZE - 1, LZX_FILE_SIZE - 8},
        {7, LZX_FILE_SIZE, LZX_FILE_SIZE},
        {53, 1000, 947},
        {54, 1000, 1000},
        {59, 1000, 1000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct bit_list *list = start();
        uint8_t chunk[SIZE] = {0};
        chunk[calls[i].at] = 0xe8;
        for (int k = 0; k < 4; k++)
            chunk[calls[i].at + 1 + (size_t)k] = (uint8_t)((uint32_t)calls[i].stored >> 8 * k);
        head(list, 3, SIZE);
        for (unsigned k = 0; k < 12; k++)
            pack_byte(&list->bits, k % 4 == 0);
        for (size_t k = 0; k < SIZE; k++)
            pack_byte(&list->bits, chunk[k]);
        assert_true(decode_list(list, SIZE));
        for (int k = 0; k < 4; k++)
            assert_int_equal(out[calls[i].at + 1 + (size_t)k],
                             (uint8_t)((uint32_t)calls[i].expected >> 8 * k));
    }
}

static void what_is_packed_comes_back(void **state) {
    static const size_t sizes[] = {1, 2, 10, 11, 12, 300, 4097, LZX_CHUNK - 1, LZX_CHUNK};
    static const size_t blocks[] = {LZX_CHUNK, 5000, 1001};
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (unsigned way = 1; way <= PACK_LZX_MIXED; way++)
                for (size_t k = 0; k < 6; k++) {
                    pack_sample(kind, i, plain, sizes[i]);
                    size_t size = pack_lzx(plain, sizes[i], (enum pack_lzx_kind)way, blocks[k / 2], k % 2,
                                           i + k, packed);
                    assert_true(size <= pack_lzx_most(sizes[i]) && size <= sizeof packed);
                    assert_true(decode(packed, size, sizes[i]));
                    assert_memory_equal(out, plain, sizes[i]);
                    assert_int_equal(got.used, size);
                }
}

static void every_prefix_is_torn(void **state) {
    enum { SIZE = 3000 };
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++)
        for (unsigned way = 1; way <= PACK_LZX_MIXED; way++) {
            pack_sample(kind, 4, plain, SIZE);
            size_t size = pack_lzx(plain, SIZE, (enum pack_lzx_kind)way, 1001, true, kind, packed);
            for (size_t n = 0; n < size; n++) {
                assert_false(decode(packed, n, SIZE));
                assert_int_equal(got.fault.code, FAULT_TORN);
                /* a call whose target is cut off is as it was stored */
                size_t sure = got.size > 4 ? got.size - 4 : 0;
                assert_memory_equal(out, plain, sure);
            }
        }
}

static void no_flipped_bit_breaks_out(void **state) {
    enum { SIZE = 1500 };
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++)
        for (unsigned way = 1; way <= PACK_LZX_MIXED; way++) {
            pack_sample(kind, 5, plain, SIZE);
            size_t size = pack_lzx(plain, SIZE, (enum pack_lzx_kind)way, 501, true, kind, packed);
            uint8_t *room = malloc(SIZE), *exact = malloc(size);
            for (size_t bit = kind % 3; bit < size * 8; bit += 3) {
                memcpy(exact, packed, size);
                exact[bit / 8] ^= (uint8_t)(1u << bit % 8);
                bool good = lzx_decode(span_of(exact, size, 0), room, SIZE, &got);
                assert_int_equal(good, got.fault.code == FAULT_NONE);
                assert_true(got.size <= SIZE && got.used <= size);
            }
            free(room);
            free(exact);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_that_lie_are_refused),
        cmocka_unit_test(lengths_that_are_no_code_are_refused),
        cmocka_unit_test(matches_that_lie_are_refused),
        cmocka_unit_test(absurd_recent_distances_are_refused),
        cmocka_unit_test(stored_blocks_of_odd_size),
        cmocka_unit_test(calls_are_undone),
        cmocka_unit_test(what_is_packed_comes_back),
        cmocka_unit_test(every_prefix_is_torn),
        cmocka_unit_test(no_flipped_bit_breaks_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
