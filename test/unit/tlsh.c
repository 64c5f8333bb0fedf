/* Digests that are near for contents that are near: those of the published program (tlsh 3.4.4), its
 * distances, and what has none. */
#include "format/tlsh.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MOST = 100000 };

static uint8_t bytes[MOST];

/* The same bytes whatever machine makes them. */
static struct span make(size_t size, bool seven) {
    uint32_t x = 1;
    for (size_t i = 0; i < size; i++) {
        x = x * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(x >> 16 & (seven ? 127 : 255));
    }
    return span_of(bytes, size, 0);
}

static bool digest(struct span of, uint8_t ret[TLSH_SIZE]) {
    struct tlsh tlsh;
    tlsh_start(&tlsh);
    tlsh_add(&tlsh, of);
    return tlsh_end(&tlsh, ret);
}

static void as_published(void **state) {
    (void)state;
    static const struct {
        size_t size;
        bool seven;
        const char *wanted;
    } known[] = {
        {256, false, "T13AD09766632DD9030700AB7831BA38084A0C02B3E8AC763A26701691C6A03E789B902F"},
        {300, false, "T12FE0EB176328C9430600A73C32F6388C0A0803B3ACEC36779A301198CAE039B886D12A"},
        {656, true, "T129F083E8DF53CDA158C355489BAC5DEFCB8975A42BA7602686BC12025609207430987A"},
        {1000, false, "T1D71198D7171DD7C30188165823F51568B7597773DBEC311F40200960EEF0B9780AD169"},
        {3199, true, "T101615BD9FF6EAB56E4523080976E55F9EA4498313361AEAD021F0283D6009A2E2C585C"},
        {5000, false, "T180A19DFF062DD5716844F010D1F5067C7B2897F2DACD3D2AD8144590A6A83C3D2EE848"},
        {100000, true, "T1B0A3127572A7796FA65271EF61BE6BE9B389F052C6808E4C3908D354C830D6C3C98D74"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint8_t got[TLSH_SIZE], back[TLSH_SIZE];
        char text[TLSH_TEXT];
        assert_true(digest(make(known[i].size, known[i].seven), got));
        tlsh_write(got, text);
        assert_string_equal(text, known[i].wanted);
        assert_true(tlsh_read(text, back) && tlsh_read(text + 2, back));
        assert_memory_equal(got, back, TLSH_SIZE);
    }
}

static void in_any_pieces(void **state) {
    (void)state;
    uint8_t whole[TLSH_SIZE], parts[TLSH_SIZE];
    struct span all = make(700, false);
    assert_true(digest(all, whole));
    for (size_t piece = 1; piece < 20; piece++) {
        struct tlsh tlsh;
        tlsh_start(&tlsh);
        for (size_t at = 0; at < all.size; at += piece)
            tlsh_add(&tlsh, span_clip(all, at, piece));
        assert_true(tlsh_end(&tlsh, parts));
        assert_memory_equal(whole, parts, TLSH_SIZE);
    }
}

static void none(void **state) {
    (void)state;
    uint8_t ret[TLSH_SIZE];
    char text[TLSH_TEXT];
    for (size_t size = 0; size < TLSH_LEAST; size++)
        assert_false(digest(make(size, false), ret));
    assert_true(digest(make(TLSH_LEAST, false), ret));
    static const uint8_t zeros[5000];
    assert_false(digest(span_of(zeros, sizeof zeros, 0), ret));
    tlsh_write(ret, text);
    assert_false(tlsh_read("", ret) || tlsh_read("T1", ret) || tlsh_read("T2", ret));
    for (size_t i = 2; i < TLSH_TEXT - 1; i++) {
        char kept = text[i];
        text[i] = 'G';
        assert_false(tlsh_read(text, ret));
        text[i] = 0;
        assert_false(tlsh_read(text, ret));
        text[i] = kept;
    }
    assert_true(tlsh_read(text, ret));
}

static void distances(void **state) {
    (void)state;
    uint8_t a[TLSH_SIZE], b[TLSH_SIZE], c[TLSH_SIZE];
    assert_true(digest(make(100000, true), c));
    assert_true(digest(make(5000, false), a));
    memset(bytes + 100, 'q', 300);
    assert_true(digest(span_of(bytes, 5000, 0), b));
    assert_int_equal(tlsh_distance(a, a, true), 0);
    assert_int_equal(tlsh_distance(a, b, true), 64);
    assert_int_equal(tlsh_distance(b, a, true), 64);
    assert_int_equal(tlsh_distance(a, c, true), 729);
    assert_int_equal(tlsh_distance(a, c, false), 345);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_published),
        cmocka_unit_test(in_any_pieces),
        cmocka_unit_test(none),
        cmocka_unit_test(distances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
