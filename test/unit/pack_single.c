#include "make/pack_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_single;

enum { ROOM = 1 << 16, PLAIN = 5000 };

static const enum inflate_method methods[] = {INFLATE_GZIP, INFLATE_XZ, INFLATE_ZSTD, INFLATE_BZIP2};
enum { METHODS = 4 };

static struct pack_walk walk;
static uint8_t plain[PLAIN], packed[ROOM], got[PLAIN + 1];
static size_t size;

static int start(void **state) {
    (void)state;
    memset(&walk, 0, sizeof walk);
    for (size_t i = 0; i < PLAIN; i++)
        plain[i] = (uint8_t)(i * i >> 7);
    return 0;
}

static bool open_it(const uint8_t *bytes, size_t many) {
    walk.files[0] = (struct pack_walk_file){"x", bytes, many};
    walk.count = 1;
    return pack_walk_open(&walk, &pack_single);
}

static void all_methods(void **state) {
    (void)state;
    for (size_t i = 0; i < METHODS; i++) {
        struct pack_member member;
        struct pack_fact fact;
        size = pack_made(methods[i], plain, PLAIN, packed, ROOM);
        assert_true(pack_single.suspect(span_clip(span_of(packed, size, 0), 0, 4096), size));
        assert_true(open_it(packed, size));
        assert_int_equal(pack_single.read(&walk.pack, &walk.notes, got, 1),
                         0); /* nothing before it is told */
        assert_true(pack_single.next(&walk.pack, &walk.notes, &member));
        assert_int_equal(member.path.size, 7);
        assert_memory_equal(member.path.data, "content", 7);
        assert_true(member.size == PACK_UNKNOWN && member.flags == 0 && member.modified == 0);
        assert_int_equal(pack_single.read(&walk.pack, &walk.notes, got, 1), 1);
        assert_int_equal(pack_single.read(&walk.pack, &walk.notes, got + 1, PLAIN), PLAIN - 1);
        assert_memory_equal(got, plain, PLAIN);
        assert_true(pack_single.fact(&walk.pack, &walk.notes, &fact));
        assert_string_equal((const char *)fact.name.data, inflate_name(methods[i]));
        assert_false(pack_single.fact(&walk.pack, &walk.notes, &fact));
        assert_false(pack_single.next(&walk.pack, &walk.notes, &member));
        assert_int_equal(pack_single.read(&walk.pack, &walk.notes, got, 1), 0);
        assert_int_equal(walk.notes.noted + walk.memory.noted, 0);
        pack_walk_close(&walk);
    }
}

/* A gzip file with this behind its first ten bytes, whose flags are `flags`. */
static void build_named(unsigned flags, const char *fields, size_t many) {
    size_t whole = pack_made(INFLATE_GZIP, plain, PLAIN, packed, ROOM);
    memmove(packed + 10 + many, packed + 10, whole - 10);
    memcpy(packed + 10, fields, many);
    packed[3] = (uint8_t)flags;
    memcpy(packed + 4, "\x80\xbf\x3e\x5f", 4); /* 2020-08-20 18:22:56 */
    size = whole + many;
}

static void expect_name(const char *name, uint32_t flags) {
    struct pack_member member;
    assert_true(open_it(packed, size));
    assert_true(pack_single.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(member.path.size, strlen(name));
    assert_memory_equal(member.path.data, name, member.path.size);
    assert_int_equal(member.flags, flags);
    assert_true(member.modified == 132424213760000000u);
    assert_int_equal(pack_single.read(&walk.pack, &walk.notes, got, PLAIN + 1), PLAIN);
    assert_memory_equal(got, plain, PLAIN);
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
}

static void names_of_gzip(void **state) {
    (void)state;
    build_named(8, "setup.exe", 10);
    expect_name("setup.exe", 0);
    build_named(8 | 4, "\3\0abcsetup.exe", 15);
    expect_name("setup.exe", 0);
    build_named(8, "../\xff", 5);
    expect_name("../\\xFF", PACK_UNSAFE);
    build_named(8, "", 1);
    expect_name("content", 0);
    build_named(4, "\1\0x", 3);
    expect_name("content", 0);
}

static void what_is_none(void **state) {
    (void)state;
    assert_false(pack_single.suspect(span_of("BZh9 is a text", 14, 0), 14));
    assert_false(pack_single.suspect(span_of("\x1f\x8b\x08\xe0\0\0\0\0\0\0", 10, 0), 10));
    assert_false(pack_single.suspect(span_of("\x1f\x8b\x08\0\0\0\0\0\0", 9, 0), 9));
    assert_false(open_it((const uint8_t *)"\x1f\x8b\x09\0\0\0\0\0\0\0", 10));
    assert_string_equal(walk.memory.fault.text, "no compressed file");
    pack_walk_close(&walk);
}

/* What looks like one is one, even if nothing comes out of it: else it would pass for a plain file. */
static void damage_is_told(void **state) {
    (void)state;
    for (size_t i = 0; i < METHODS; i++) {
        struct pack_member member;
        size = pack_made(methods[i], plain, PLAIN, packed, ROOM);
        memset(packed + 10, 0xff, i % 2 ? 0 : 20);
        assert_true(open_it(packed, size - 10));
        assert_true(pack_single.next(&walk.pack, &walk.notes, &member));
        assert_true(pack_walk_drain(&walk, UINT64_MAX) <= PLAIN);
        assert_true(walk.notes.noted > 0);
        pack_walk_close(&walk);
    }
}

/* Growth alone is no damage; the bound is far. */
static void much_of_little(void **state) {
    (void)state;
    struct pack_member member;
    uint8_t *zeros = calloc(1, 16 << 20);
    size = pack_made(INFLATE_ZSTD, zeros, 16 << 20, packed, ROOM);
    free(zeros);
    assert_true(size > 0 && open_it(packed, size));
    assert_true(pack_single.next(&walk.pack, &walk.notes, &member));
    assert_true(pack_walk_drain(&walk, UINT64_MAX) == 16 << 20);
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
}

static void survive(const uint8_t *bytes, size_t many) {
    if (open_it(bytes, many))
        pack_walk_all(&walk, 1 << 20);
    else
        assert_int_not_equal(walk.memory.fault.code, FAULT_NONE);
    pack_walk_close(&walk);
}

static void prefixes_and_flipped_bits_are_survived(void **state) {
    (void)state;
    for (size_t i = 0; i < METHODS; i++) {
        size = pack_made(methods[i], plain, 300, packed, ROOM);
        for (size_t n = 0; n < size; n++) {
            uint8_t *part = malloc(n + 1);
            memcpy(part, packed, n);
            survive(part, n);
            free(part);
        }
        for (size_t bit = 0; bit < size * 8; bit++) {
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            survive(packed, size);
            packed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_none), TEST(damage_is_told), TEST(prefixes_and_flipped_bits_are_survived),
        TEST(all_methods),  TEST(names_of_gzip),  TEST(much_of_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
