#include "make/cab_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_cab;

enum { BIG = 200000 };

static uint8_t big[BIG], words[50000];
static const struct cab_made_file files[] = {{"Dir\\big.exe", big, BIG, 0},
                                             {"words.txt", words, sizeof words, 0},
                                             {"empty", words, 0, 0},
                                             {"..\\run.exe", words, 77, 0x40},
                                             {"C:\\last", words + 7, 40000, 0}};
static const char *const paths[] = {"Dir/big.exe", "words.txt", "empty", "../run.exe", "C:/last"};
static struct pack_walk walk;

static int start(void **state) {
    (void)state;
    pack_sample(4, 1, big, BIG);
    pack_sample(2, 2, words, sizeof words);
    memset(&walk, 0, sizeof walk);
    return 0;
}

static void member_is(const struct pack_member *member, size_t i) {
    uint8_t *bytes = malloc(BIG + 1);
    assert_int_equal(member->path.size, strlen(paths[i]));
    assert_memory_equal(member->path.data, paths[i], member->path.size);
    assert_int_equal(member->size, files[i].size);
    assert_int_equal(member->flags, i >= 3 ? PACK_UNSAFE : 0);
    assert_null(member->reason);
    assert_int_equal(walk.pack.format->read(&walk.pack, &walk.notes, bytes, BIG + 1), files[i].size);
    assert_memory_equal(bytes, files[i].data, files[i].size);
    free(bytes);
}

static size_t build(struct cab_made *cab, uint8_t **bytes, unsigned method) {
    *cab = (struct cab_made){.files = files, .count = 5, .method = method};
    if (method >= CAB_MADE_QUANTUM) {
        cab->window = 16;
        cab->kind = PACK_LZX_MIXED;
        cab->block = 60000;
        cab->calls = 12000000;
    }
    cab->extra = method;
    return cab_made_all(cab, bytes);
}

static const unsigned methods[] = {0, 1, CAB_MADE_QUANTUM, CAB_MADE_LZX};
enum { METHODS = 4 };

static void what_is_packed_comes_back(void **state) {
    (void)state;
    for (size_t m = 0; m < METHODS; m++) {
        struct cab_made cab;
        uint8_t *bytes;
        struct pack_member member;
        struct pack_fact fact;
        size_t size = build(&cab, &bytes, methods[m]);
        walk.files[0] = (struct pack_walk_file){"one.cab", bytes, size};
        walk.count = 1;
        assert_true(pack_cab.suspect(span_of(bytes, size, 0), size));
        assert_true(pack_walk_open(&walk, &pack_cab));
        for (size_t i = 0; i < 5; i++) {
            assert_true(pack_cab.next(&walk.pack, &walk.notes, &member));
            if (i != 1) /* what is not read is skipped */
                member_is(&member, i);
        }
        assert_false(pack_cab.next(&walk.pack, &walk.notes, &member));
        assert_true(pack_cab.fact(&walk.pack, &walk.notes, &fact));
        assert_string_equal(fact.kind, "run");
        assert_memory_equal(fact.name.data, "../run.exe", fact.name.size);
        assert_false(pack_cab.fact(&walk.pack, &walk.notes, &fact));
        assert_int_equal(walk.notes.noted, 0);
        pack_walk_close(&walk);
        cab_made_free(&cab);
        free(bytes);
    }
}

/* Three cabinets, with the block between two of them cut in two. */
static size_t build_set(struct cab_made *cab, unsigned method, uint8_t *bytes[3], size_t sizes[3]) {
    static const char *const names[] = {"one.cab", "two.cab", "three.cab"};
    size_t first = 0, cut = 0;
    uint8_t *whole;
    build(cab, &whole, method);
    for (unsigned i = 0; i < 3; i++) {
        size_t last = i == 2 ? cab->blocks : 2 * i + 2, cut_last = i == 2 ? 0 : 11;
        bytes[i] = malloc(2 * cab->size + 65536);
        struct cab_made_range range = {
            first, last, cut, cut_last, i, i > 0 ? names[i - 1] : NULL, i < 2 ? names[i + 1] : NULL};
        sizes[i] = cab_made_write(cab, range, bytes[i]);
        first = last;
        cut = cut_last;
    }
    free(whole);
    return cab->blocks;
}

static void sets_are_followed_in_both_directions(void **state) {
    static const char *const names[] = {"ONE.cab", "two.CAB", "three.cab"};
    static const size_t from[] = {0, 0, 0}, to[] = {1, 1, 5};
    (void)state;
    for (size_t m = 0; m < METHODS; m++) {
        struct cab_made cab;
        uint8_t *bytes[3];
        size_t sizes[3];
        struct pack_member member;
        build_set(&cab, methods[m], bytes, sizes);
        for (size_t at = 0; at < 3; at++) {
            walk.count = 4;
            walk.files[0] = (struct pack_walk_file){names[at], bytes[at], sizes[at]};
            for (size_t i = 0; i < 3; i++)
                walk.files[i + 1] = (struct pack_walk_file){names[i], bytes[i], sizes[i]};
            assert_true(pack_walk_open(&walk, &pack_cab));
            for (size_t i = from[at]; i < to[at]; i++) {
                assert_true(pack_cab.next(&walk.pack, &walk.notes, &member));
                member_is(&member, i);
            }
            assert_false(pack_cab.next(&walk.pack, &walk.notes, &member));
            assert_int_equal(walk.notes.noted, 0);
            pack_walk_close(&walk);
            walk.count = 1; /* alone */
            assert_true(pack_walk_open(&walk, &pack_cab));
            assert_true(pack_cab.next(&walk.pack, &walk.notes, &member));
            assert_non_null(member.reason);
            assert_true(member.flags & PACK_UNSUPPORTED);
            assert_int_equal(pack_walk_drain(&walk, BIG), 0);
            pack_walk_close(&walk);
        }
        for (size_t i = 0; i < 3; i++)
            free(bytes[i]);
        cab_made_free(&cab);
    }
}

static void a_block_may_be_cut_twice(void **state) {
    static const struct cab_made_file file = {"words.txt", words, 3000, 0};
    static const struct cab_made_range ranges[] = {
        {0, 1, 0, 3, 0, NULL, "two"}, {1, 1, 3, 6, 1, "one", "three"}, {1, 1, 9, 0, 2, "two", NULL}};
    static const char *const names[] = {"one", "two", "three"};
    struct cab_made cab = {.files = &file, .count = 1, .method = 1};
    uint8_t *whole, *bytes[3], got[3001];
    struct pack_member member;
    (void)state;
    cab_made_all(&cab, &whole);
    for (size_t i = 0; i < 3; i++) {
        bytes[i] = malloc(65536);
        walk.files[i + 1] =
            (struct pack_walk_file){names[i], bytes[i], cab_made_write(&cab, ranges[i], bytes[i])};
    }
    walk.count = 4;
    for (size_t i = 0; i < 3; i++) {
        walk.files[0] = walk.files[i + 1];
        assert_true(pack_walk_open(&walk, &pack_cab));
        assert_true(pack_cab.next(&walk.pack, &walk.notes, &member));
        assert_null(member.reason);
        assert_int_equal(pack_cab.read(&walk.pack, &walk.notes, got, sizeof got), 3000);
        assert_memory_equal(got, words, 3000);
        assert_int_equal(walk.notes.noted, 0);
        pack_walk_close(&walk);
    }
    for (size_t i = 0; i < 3; i++)
        free(bytes[i]);
    free(whole);
    cab_made_free(&cab);
}

/* A set whose cabinets name one another in a circle, or are not the next one. */
static void sets_that_lie_end(void **state) {
    struct cab_made cab;
    uint8_t *bytes[3];
    size_t sizes[3];
    struct pack_member member;
    (void)state;
    build_set(&cab, 1, bytes, sizes);
    walk.count = 3;
    walk.files[0] = walk.files[1] = (struct pack_walk_file){"two.cab", bytes[0], sizes[0]};
    walk.files[2] = (struct pack_walk_file){"three.cab", bytes[2], sizes[2]};
    assert_true(pack_walk_open(&walk, &pack_cab));
    assert_true(pack_cab.next(&walk.pack, &walk.notes, &member));
    assert_non_null(member.reason);
    pack_walk_close(&walk);
    for (size_t i = 0; i < 3; i++)
        free(bytes[i]);
    cab_made_free(&cab);
}

/* Files that are the same part of the folder, and files that lie over others, are all given. */
static void files_over_files(void **state) {
    static struct cab_made_file many[CAB_MADE_FILES];
    static uint8_t data[3000000];
    struct cab_made cab = {.files = many, .count = CAB_MADE_FILES, .method = 1};
    uint8_t *bytes;
    struct pack_member member;
    size_t given = 0, refused = 0;
    (void)state;
    for (size_t i = 0; i < CAB_MADE_FILES; i++)
        many[i] = (struct cab_made_file){"same", data, i == 0 ? sizeof data : 10, 0};
    size_t size = cab_made_all(&cab, &bytes), at = 36 + 8;
    for (size_t i = 0; i < CAB_MADE_FILES; i++, at += 21) { /* all but two begin at 7, two are the same */
        uint8_t *field = bytes + at;
        cab_made_number(&field, i < 2 ? 100 : 10, 4);
        cab_made_number(&field, i < 2 ? 2000000 : 7, 4);
    }
    walk.files[0] = (struct pack_walk_file){"x", bytes, size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_cab));
    while (pack_cab.next(&walk.pack, &walk.notes, &member)) {
        refused += member.reason != NULL;
        given += pack_walk_drain(&walk, 1000);
    }
    assert_int_equal(refused, 0);
    assert_int_equal(given, 2 * 100 + 62 * 10);
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
    cab_made_free(&cab);
    free(bytes);
}

static void damage_is_noted(void **state) {
    struct cab_made cab;
    uint8_t *bytes;
    struct pack_member member;
    (void)state;
    size_t size = build(&cab, &bytes, 1);
    bytes[size - 100] ^= 1;
    walk.files[0] = (struct pack_walk_file){"x", bytes, size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_cab));
    while (pack_cab.next(&walk.pack, &walk.notes, &member))
        pack_walk_drain(&walk, BIG);
    assert_true(walk.notes.noted > 0);
    assert_string_equal(walk.notes.notes[0].text, "the checksum of a block of a cabinet is wrong");
    pack_walk_close(&walk);
    bytes[size - 100] ^= 1;
    cab_made_free(&cab);
    free(bytes);
}

static void no_prefix_breaks_out(void **state) {
    (void)state;
    for (size_t m = 0; m < METHODS; m++) {
        struct cab_made cab;
        uint8_t *bytes;
        size_t size = build(&cab, &bytes, methods[m]);
        for (size_t n = 0; n < size; n += n < 400 ? 3 : 8009) {
            uint8_t *exact = malloc(n + 1);
            memcpy(exact, bytes, n);
            walk.files[0] = (struct pack_walk_file){"x", exact, n};
            walk.count = 1;
            bool opened = pack_walk_open(&walk, &pack_cab);
            assert_int_equal(opened, walk.memory.fault.code == FAULT_NONE);
            if (opened) {
                pack_walk_all(&walk, 1 << 20);
                assert_true(walk.memory.noted + walk.notes.noted > 0);
            }
            pack_walk_close(&walk);
            free(exact);
        }
        cab_made_free(&cab);
        free(bytes);
    }
}

static void no_flipped_bit_breaks_out(void **state) {
    (void)state;
    for (size_t m = 0; m < METHODS; m++) {
        struct cab_made cab;
        uint8_t *bytes;
        size_t size = build(&cab, &bytes, methods[m]);
        for (size_t bit = 0; bit < size * 8; bit += bit < 300 * 8 ? 11 : 40009) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            walk.files[0] = (struct pack_walk_file){"x", bytes, size};
            walk.count = 1;
            if (pack_walk_open(&walk, &pack_cab))
                pack_walk_all(&walk, 1 << 20);
            pack_walk_close(&walk);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        cab_made_free(&cab);
        free(bytes);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_packed_comes_back, start),
        cmocka_unit_test_setup(sets_are_followed_in_both_directions, start),
        cmocka_unit_test_setup(a_block_may_be_cut_twice, start),
        cmocka_unit_test_setup(sets_that_lie_end, start),
        cmocka_unit_test_setup(files_over_files, start),
        cmocka_unit_test_setup(damage_is_noted, start),
        cmocka_unit_test_setup(no_prefix_breaks_out, start),
        cmocka_unit_test_setup(no_flipped_bit_breaks_out, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
