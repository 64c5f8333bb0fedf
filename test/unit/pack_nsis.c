#include "format/nsis.h"
#include "make/nsis_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_nsis;

enum { KINDS = 128 };

static struct pack_walk walk;
static struct nsis_made made;
static uint8_t words[5000];
static const char hello[] = "a small file", icons[] = "icons", script[] = "the uninstaller's own";

static int start(void **state) {
    (void)state;
    memset(&walk, 0, sizeof walk);
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = (uint8_t)(i * i >> 7);
    return 0;
}

/* Two files at the same data, one at a place of its own, one that leads out, and an uninstaller. */
static uint8_t *build(unsigned kind, size_t *size) {
    made.wide = kind & 1;
    made.old = kind & 2;
    made.solid = kind & 4;
    made.stored = kind & 8 && !made.solid;
    made.bits64 = kind & 16;
    made.packing = (enum nsis_made_packing)(kind / 32);
    unsigned fonts = made.wide && made.old ? 1 : 0, more = made.wide && made.old ? 3 : 0;
    nsis_made_begin(&made);
    uint32_t dir = nsis_made_string(&made, "\3"
                                           "1\\bin"),
             name = nsis_made_string(&made, "words");
    uint32_t saved = nsis_made_string(&made, "\3"
                                             "2"),
             back = nsis_made_string(&made, "\3"
                                            ";\\deep");
    uint32_t out = nsis_made_string(&made, "..\\out"), own = nsis_made_string(&made, "\3"
                                                                                     "6\\x.dll");
    uint32_t leave = nsis_made_string(&made, "\3"
                                             "1\\leave.exe"),
             run = nsis_made_string(&made, "\3"
                                           "1\\run /x");
    uint32_t first = nsis_made_block(&made, words, sizeof words), second = nsis_made_block(&made, hello, 12);
    uint32_t third = nsis_made_block(&made, icons, 5);
    (void)nsis_made_block(&made, script, 21);
    nsis_made_entry(&made, 11, dir, 1, 0, 0);
    nsis_made_entry(&made, 20, 0, name, second, 0x1234);
    nsis_made_entry(&made, 25, 31, saved, 0, 0);
    nsis_made_entry(&made, 11, back, 1, 0, 0);
    nsis_made_entry(&made, 20, 0, name, first, 0);
    nsis_made_entry(&made, 20, 0, out, first, 0);
    nsis_made_entry(&made, 20, 0, own, first, 0);
    nsis_made_entry(&made, 62 + more, leave, third, 0, 0);
    nsis_made_entry(&made, 41, run, 0, 0, 0);
    nsis_made_entry(&made, 51 + fonts, 0x80000002u, name, 0, run);
    return nsis_made_all(&made, size);
}

static const struct {
    const char *path;
    const void *bytes;
    size_t size;
    uint32_t flags;
} wanted[] = {{"$INSTDIR/bin/deep/words", words, sizeof words, 0},
              {"$INSTDIR/bin/deep/../out", words, sizeof words, PACK_UNSAFE},
              {"$PLUGINSDIR/x.dll", words, sizeof words, PACK_OWN},
              {"$INSTDIR/bin/words", hello, 12, 0},
              {"$INSTDIR/leave.exe", script, 21, PACK_OWN | PACK_DELTA}};

static void members_come_back(void **state) {
    static uint8_t bytes[sizeof words + 1];
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct pack_member member;
        size_t size;
        uint8_t *whole = build(kind, &size);
        walk.files[0] = (struct pack_walk_file){"setup", whole, size};
        walk.count = 1;
        assert_true(pack_nsis.suspect(span_of(whole, size, 0), size));
        assert_true(pack_walk_open(&walk, &pack_nsis));
        assert_true(pack_nsis.next(&walk.pack, &walk.notes, &member));
        assert_int_equal(member.flags, PACK_OWN);
        for (size_t i = 0; i < 5; i++) {
            assert_true(pack_nsis.next(&walk.pack, &walk.notes, &member));
            assert_int_equal(member.path.size, strlen(wanted[i].path));
            assert_memory_equal(member.path.data, wanted[i].path, member.path.size);
            assert_int_equal(member.flags, wanted[i].flags);
            assert_int_equal(pack_nsis.read(&walk.pack, &walk.notes, bytes, sizeof bytes), wanted[i].size);
            assert_memory_equal(bytes, wanted[i].bytes, wanted[i].size);
        }
        assert_false(pack_nsis.next(&walk.pack, &walk.notes, &member));
        assert_int_equal(walk.notes.noted, 0);
        assert_int_equal(walk.memory.noted, 0);
        pack_walk_close(&walk);
        free(whole);
    }
}

/* Of Park's branch, by an uninstaller alone: it is named again behind $INSTDIR. */
static void instructions_of_fonts_are_counted(void **state) {
    (void)state;
    for (unsigned fonts = 0; fonts < 3; fonts++) {
        struct pack_member member;
        size_t size;
        memset(&made, 0, sizeof made);
        made.wide = made.old = true;
        nsis_made_begin(&made);
        uint32_t name = nsis_made_string(&made, "leave.exe"), again = nsis_made_string(&made, "\3"
                                                                                              "1\\leave.exe");
        (void)nsis_made_block(&made, icons, 5);
        (void)nsis_made_block(&made, script, 21);
        nsis_made_entry(&made, 64 + fonts, name, 0, 5, again);
        uint8_t *whole = nsis_made_all(&made, &size);
        walk.files[0] = (struct pack_walk_file){"setup", whole, size};
        walk.count = 1;
        assert_true(pack_walk_open(&walk, &pack_nsis));
        assert_true(pack_nsis.next(&walk.pack, &walk.notes, &member));
        assert_true(pack_nsis.next(&walk.pack, &walk.notes, &member));
        assert_int_equal(member.flags, PACK_OWN | PACK_DELTA);
        assert_memory_equal(member.path.data, "$INSTDIR/leave.exe", 18);
        pack_walk_close(&walk);
        free(whole);
    }
}

/* 2.25 and before have two variables less. */
static void early_variables(void **state) {
    struct pack_member member;
    size_t size;
    (void)state;
    memset(&made, 0, sizeof made);
    made.old = true;
    nsis_made_begin(&made);
    uint32_t out = nsis_made_string(&made, "\3"
                                           "2"),
             back = nsis_made_string(&made, "\3"
                                            "9\\deep"),
             dir = nsis_made_string(&made, "\3"
                                           "1\\bin"),
             name = nsis_made_string(&made, "x");
    (void)nsis_made_block(&made, hello, 12);
    nsis_made_entry(&made, 11, dir, 1, 0, 0);
    nsis_made_entry(&made, 25, 29, out, 0, 0);
    nsis_made_entry(&made, 11, name, 1, 0, 0);
    nsis_made_entry(&made, 11, back, 1, 0, 0);
    nsis_made_entry(&made, 20, 0, name, 0, 0);
    uint8_t *whole = nsis_made_all(&made, &size);
    walk.files[0] = (struct pack_walk_file){"setup", whole, size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_nsis));
    assert_true(pack_nsis.next(&walk.pack, &walk.notes, &member));
    assert_true(pack_nsis.next(&walk.pack, &walk.notes, &member));
    assert_memory_equal(member.path.data, "$INSTDIR/bin/deep/x", 19);
    pack_walk_close(&walk);
    free(whole);
}

static void facts_are_told(void **state) {
    struct pack_fact fact;
    size_t size;
    uint8_t *whole = build(0, &size);
    (void)state;
    walk.files[0] = (struct pack_walk_file){"setup", whole, size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_nsis));
    assert_true(pack_nsis.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal(fact.kind, "writer");
    assert_memory_equal(fact.value.data, "3", 1);
    assert_true(pack_nsis.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal(fact.kind, "run");
    assert_string_equal((const char *)fact.value.data, "$INSTDIR\\\\run /x");
    assert_true(pack_nsis.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal(fact.kind, "registry");
    assert_string_equal((const char *)fact.name.data, "HKLM words ");
    assert_false(pack_nsis.fact(&walk.pack, &walk.notes, &fact));
    pack_walk_close(&walk);
    free(whole);
}

/* Opens and walks what is damaged: nothing else is asked than that the rules of source/pack.h hold. */
static void survive(const uint8_t *bytes, size_t size) {
    walk.files[0] = (struct pack_walk_file){"setup", bytes, size};
    walk.count = 1;
    if (pack_walk_open(&walk, &pack_nsis))
        pack_walk_all(&walk, 1 << 20);
    else
        assert_int_not_equal(walk.memory.fault.code, FAULT_NONE);
    pack_walk_close(&walk);
}

static void prefixes_and_flipped_bits_are_survived(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < KINDS; kind += 13) {
        size_t size;
        uint8_t *whole = build(kind, &size);
        for (size_t i = 0; i<size; i += size> 3000 ? 7 : 1) {
            uint8_t *part = malloc(i + 1);
            memcpy(part, whole, i);
            survive(part, i);
            free(part);
        }
        for (size_t bit = 0; bit<size * 8; bit += size> 3000 ? 29 : 3) {
            whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
            survive(whole, size);
            whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        free(whole);
    }
}

static void what_is_cut_is_told(void **state) {
    size_t size;
    uint8_t *whole = build(8, &size);
    (void)state;
    walk.files[0] = (struct pack_walk_file){"setup", whole, size - 30};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_nsis));
    assert_int_equal(walk.memory.notes[0].code, FAULT_TORN);
    pack_walk_close(&walk);
    free(whole);
}

static void how_things_are_packed(void **state) {
    bool solid;
    (void)state;
    assert_int_equal(nsis_packing_of(span_of("\x5d\0\0\x80\0\0abc", 9, 0), 99, &solid), NSIS_LZMA);
    assert_true(solid);
    assert_int_equal(nsis_packing_of(span_of("\1\x5d\0\0\x80\0\0abc", 10, 0), 99, &solid),
                     NSIS_LZMA_FILTERED);
    assert_true(solid);
    assert_int_equal(nsis_packing_of(span_of("\x50\2\0\x80\x5d\0\0\x80\0\0abc", 13, 0), 99, &solid),
                     NSIS_LZMA);
    assert_false(solid);
    assert_int_equal(nsis_packing_of(span_of("\x50\2\0\x80"
                                             "1\2abcdefgh",
                                             14, 0),
                                     99, &solid),
                     NSIS_BZIP2);
    assert_int_equal(nsis_packing_of(span_of("\x63\0\0\0abcdefgh", 12, 0), 99, &solid), NSIS_STORED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_cut_is_told, start),
        cmocka_unit_test_setup(prefixes_and_flipped_bits_are_survived, start),
        cmocka_unit_test(how_things_are_packed),
        cmocka_unit_test_setup(members_come_back, start),
        cmocka_unit_test_setup(instructions_of_fonts_are_counted, start),
        cmocka_unit_test_setup(early_variables, start),
        cmocka_unit_test_setup(facts_are_told, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
