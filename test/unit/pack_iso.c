#include "make/iso_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_iso;

static struct pack_walk walk;
static struct iso_made iso;
static char told[1 << 18];

static int start(void **state) {
    (void)state;
    memset(&walk, 0, sizeof walk);
    iso_made_begin(&iso, false);
    return 0;
}

static void say(const char *format, ...) {
    va_list arguments;
    size_t n = strlen(told);
    va_start(arguments, format);
    vsnprintf(told + n, sizeof told - n, format, arguments);
    va_end(arguments);
}

/* "path size[flags]role:reason;" of each member, where the first byte is that of its sector, and notes. */
static bool list(void) {
    static uint8_t content[1 << 18];
    struct pack_member member;
    walk.files[0] = (struct pack_walk_file){"disc", iso.bytes, iso.size};
    walk.count = 1;
    told[0] = 0;
    bool good = pack_walk_open(&walk, &pack_iso);
    if (!good)
        say("%s", walk.memory.fault.text);
    while (good && pack_iso.next(&walk.pack, &walk.notes, &member)) {
        size_t got = pack_iso.read(&walk.pack, &walk.notes, content, sizeof content);
        assert_true(got <= member.size && (got == 0 || !member.reason));
        say("%.*s %zu[%x]%.*s%s%s;", (int)member.path.size, (const char *)member.path.data, got, member.flags,
            (int)member.role.size, (const char *)member.role.data, member.reason ? ":" : "",
            member.reason ? member.reason : "");
    }
    for (size_t i = 0; i < walk.notes.noted && i < JOB_NOTES; i++)
        say("!%s;", walk.notes.notes[i].text);
    pack_walk_close(&walk);
    return good;
}

static void expect(const char *wanted) {
    assert_true(list());
    assert_string_equal(told, wanted);
}

static void plain_names(void **state) {
    (void)state;
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "ONE.TXT;1", 40, 3000, 0);
    iso_made_record(&iso, "DOT.;12", 42, 0, 1);
    iso_made_record(&iso, "SUB", 21, 2048, 2);
    iso_made_record(&iso, "ODD;x", 43, 9, 0);
    iso_made_folder(&iso, 21, 20);
    iso_made_record(&iso, "..", 44, 1, 4);
    expect("ONE.TXT 3000[0];DOT 0[0]hidden;SUB 0[1];SUB/.. 1[10]associated file;ODD;x 9[0];");
}

static void bytes_times_and_facts(void **state) {
    (void)state;
    uint8_t content[5000];
    struct pack_member member;
    struct pack_fact fact;
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "BIG", 40, 4096, 128);
    iso_made_record(&iso, "BIG", 45, 100, 0);
    walk.files[0] = (struct pack_walk_file){"disc", iso.bytes, iso.size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_iso));
    assert_true(pack_iso.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(member.size, 4196);
    assert_true(member.modified == 132274532680000000u);
    assert_int_equal(pack_iso.read(&walk.pack, &walk.notes, content, sizeof content), 4196);
    assert_memory_equal(content, iso.bytes + 40 * 2048, 4096);
    assert_memory_equal(content + 4096, iso.bytes + 45 * 2048, 100);
    assert_false(pack_iso.next(&walk.pack, &walk.notes, &member));
    assert_true(pack_iso.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal(fact.kind, "product");
    assert_memory_equal(fact.value.data, "DEMO", 5);
    assert_false(pack_iso.fact(&walk.pack, &walk.notes, &fact));
    pack_walk_close(&walk);
}

/* Windows sees the tree of Joliet; what only the other one has does not pass unseen. */
static void two_trees(void **state) {
    (void)state;
    iso_made_begin(&iso, true);
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "LONGNAME.TXT;1", 40, 10, 0);
    iso_made_record(&iso, "SUB", 21, 2048, 2);
    iso_made_record(&iso, "EMPTY", 0, 0, 0);
    iso_made_folder(&iso, 21, 20);
    iso_made_record(&iso, "HIDDEN.EXE;1", 41, 20, 0);
    iso_made_record(&iso, "SEEN.EXE;1", 42, 30, 0);
    iso_made_record(&iso, "MORE.EXE;1", 42, 3000, 0);
    iso.joliet = true;
    iso_made_folder(&iso, 30, 30);
    iso_made_record(&iso, "a long name.text;1", 40, 10, 0);
    iso_made_record(&iso, "seen.exe;1", 42, 30, 0);
    expect(
        "a long name.text 10[0];seen.exe 30[0];[ISO 9660]/SUB/HIDDEN.EXE 20[0]not in the other tree;[ISO 9660]/SUB/MORE.EXE 3000[0]not in the other tree;");
}

#define SP                    "SP\7\1\xbe\xef\0"
#define NM(size, flags, name) "NM" size "\1" flags name

static void rock_ridge(void **state) {
    (void)state;
    uint8_t goes_on[28] = "CE\x1c\1", child[12] = "CL\x0c\1";
    iso_made_folder(&iso, 20, 20);
    iso.end = iso.bytes + 20 * 2048;
    iso_made_raw(&iso, "\0", 1, 20, 2048, 2, SP, 7);
    iso_made_raw(&iso, "\1", 1, 20, 2048, 2, "", 0);
    iso_made_raw(&iso, "A.;1", 4, 40, 5, 0, NM("\x0c", "\0", "lower a"), 12);
    /* A name in two fields, the second one elsewhere, divided within a character. */
    iso_made_both(goes_on + 4, 25);
    iso_made_both(goes_on + 12, 100);
    iso_made_both(goes_on + 20, 6);
    uint8_t both[7 + 28];
    memcpy(both, NM("\7", "\1", "x\xc3"), 7);
    memcpy(both + 7, goes_on, 28);
    memcpy(iso.bytes + 25 * 2048 + 100, NM("\6", "\0", "\xa4"), 6);
    iso_made_raw(&iso, "B", 1, 41, 6, 0, both, sizeof both);
    iso_made_raw(&iso, "L", 1, 0, 0, 0, "SL\x05\1\0", 5);
    iso_made_raw(&iso, "Z", 1, 42, 7, 0, "ZF\x04\1", 4);
    /* A folder that stands elsewhere, and there is none. */
    iso_made_both(child + 4, 21);
    iso_made_raw(&iso, "DEEP", 4, 40, 5, 0, child, 12);
    iso_made_raw(&iso, "MOVED", 5, 21, 2048, 2, "RE\4\1", 4);
    iso_made_folder(&iso, 21, 20);
    iso_made_record(&iso, "IN", 43, 8, 0);
    expect(
        "lower a 5[0];x\xc3\xa4 6[0];L 0[2];Z 0[8]:compressed as zisofs has it, which is not undone;DEEP 0[1];"
        "DEEP/IN 8[0];");
}

static void continuations_end(void **state) {
    (void)state;
    uint8_t goes_on[28] = "CE\x1c\1";
    iso_made_folder(&iso, 20, 20);
    iso.end = iso.bytes + 20 * 2048;
    iso_made_raw(&iso, "\0", 1, 20, 2048, 2, SP, 7);
    iso_made_both(goes_on + 4, 25);
    iso_made_both(goes_on + 20, 28);
    iso_made_raw(&iso, "A", 1, 40, 5, 0, goes_on, 28);
    memcpy(iso.bytes + 25 * 2048, goes_on, 28);
    expect("A 5[0];!a name that goes on in too many places;");
}

static void folders_in_circles(void **state) {
    (void)state;
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "UP", 20, 2048, 2);
    iso_made_record(&iso, "A", 21, 2048, 2);
    iso_made_record(&iso, "B", 22, 2048, 2);
    iso_made_record(&iso, "WIDE", 23, 6144, 2);
    iso_made_folder(&iso, 21, 20);
    iso_made_record(&iso, "B", 22, 2048, 2);
    iso_made_folder(&iso, 22, 20);
    iso_made_record(&iso, "A", 21, 2048, 2);
    iso_made_record(&iso, "F", 40, 1, 0);
    iso_made_folder(&iso, 23, 20);
    iso_made_record(&iso, "X", 24, 2048, 2);
    assert_true(list());
    assert_string_equal(strstr(told, "A 0[1]"),
                        "A 0[1];A/B 0[1];A/B/A 0[1];A/B/F 1[0];B 0[1];WIDE 0[1];WIDE/X 0[1];"
                        "!a folder of this image that lies where another one does;"
                        "!a folder of this image that lies where another one does;"
                        "!a folder of this image that lies where another one does;"
                        "!a folder of this image that lies where another one does;");
    assert_memory_equal(told, "UP 0[1];A", 9);
}

static void deep_folders(void **state) {
    (void)state;
    for (uint32_t i = 20; i < 319; i++) { /* each is in the one before */
        iso_made_folder(&iso, i, 20);
        iso_made_record(&iso, "D", i + 1, 2048, 2);
    }
    iso_made_folder(&iso, 319, 20);
    assert_true(list());
    assert_non_null(strstr(told, ";!folders that are nested too deeply;"));
}

static void what_lies_outside(void **state) {
    (void)state;
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "OUT", ISO_MADE_SECTORS, 1, 0);
    iso_made_record(&iso, "FAR", 0xffffffffu, 0xffffffffu, 0);
    iso_made_record(&iso, "CUT", ISO_MADE_SECTORS - 1, 4000, 0);
    iso_made_record(&iso, "DIR", 900, 2048, 2);
    iso_made_record(&iso, "ROW", 40, 10, 0)[26] = 1;
    expect("OUT 0[28]:the image says that its bytes lie outside of the image;"
           "FAR 0[28]:the image says that its bytes lie outside of the image;CUT 2048[20];DIR 0[1];"
           "ROW 0[8]:its bytes do not lie in a row, which is not read;"
           "!the image ends in the middle of this file;"
           "!a folder of this image that does not lie in it as a whole;");
}

static void parts_that_do_not_end(void **state) {
    (void)state;
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "A", 40, 10, 128);
    iso_made_record(&iso, "B", 41, 11, 0);
    iso_made_record(&iso, "C", 42, 12, 128);
    expect("A 10[0];B 11[0];C 12[0];!a file of this image whose parts do not end;"
           "!a file of this image whose parts do not end;");
}

static void records_that_lie(void **state) {
    (void)state;
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "A", 40, 10, 0)[9] ^= 1;
    uint8_t *bad = iso_made_record(&iso, "B", 41, 11, 0);
    bad[32] = 200;
    expect("A 10[0];!a record of this image that says two things in its two orders of bytes;"
           "!a record in a folder of this image that makes no sense;");
}

static void boot_images(void **state) {
    (void)state;
    iso_made_folder(&iso, 20, 20);
    iso_made_record(&iso, "KNOWN", 50, 512, 0);
    iso_made_descriptor(&iso, 18, 255, 0);
    iso_made_descriptor(&iso, 17, 0, 0);
    memcpy(iso.bytes + 17 * 2048 + 7, "EL TORITO SPECIFICATION", 23);
    iso.bytes[17 * 2048 + 71] = 19;
    uint8_t *catalog = iso.bytes + 19 * 2048;
    catalog[0] = 1;
    memcpy(catalog + 32, "\x88\0\0\0\0\0\4\0\x29\0\0\0", 12); /* 4 * 512 at 41 */
    memcpy(catalog + 64, "\x91\xef\2\0", 4);
    memcpy(catalog + 96, "\x88\0\0\0\0\0\1\0\x32\0\0\0", 12);  /* the file KNOWN */
    memcpy(catalog + 128, "\x88\2\0\0\0\0\1\0\x2a\1\0\0", 12); /* a floppy that does not fit */
    expect("KNOWN 512[0];[Boot]/1.img 2048[40]boot image;[Boot]/4.img 45056[60]boot image;"
           "!the image ends in the middle of this file;");
}

static void what_is_none(void **state) {
    (void)state;
    iso_made_folder(&iso, 20, 20);
    iso.bytes[16 * 2048 + 129] = 7;
    assert_false(list());
    assert_string_equal(told, "an image of an optical disc with blocks of a size that is not read");
    memcpy(iso.bytes + 16 * 2048, "\0BEA01", 6);
    memcpy(iso.bytes + 17 * 2048, "\0NSR03", 6);
    assert_false(list());
    assert_string_equal(told, "a file system of UDF, which is not read");
    memset(iso.bytes + 16 * 2048, 0, 2048);
    assert_false(list());
    assert_string_equal(told, "no image of an optical disc");
    assert_false(pack_iso.suspect(span_of(iso.bytes, 4096, 0), 17 * 2048 - 1));
    assert_true(pack_iso.suspect(span_of(iso.bytes, 4096, 0), 17 * 2048));
    iso.bytes[77] = 1;
    assert_false(pack_iso.suspect(span_of(iso.bytes, 4096, 0), 17 * 2048));
}

static void udf_beside_it_is_told(void **state) {
    (void)state;
    struct pack_fact fact;
    bool partial = false;
    iso_made_folder(&iso, 20, 20);
    memcpy(iso.bytes + 18 * 2048, "\0BEA01", 6);
    walk.files[0] = (struct pack_walk_file){"disc", iso.bytes, iso.size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_iso));
    while (pack_iso.fact(&walk.pack, &walk.notes, &fact))
        partial |= strcmp(fact.kind, "partial") == 0;
    assert_true(partial);
    pack_walk_close(&walk);
}

static void survive(const uint8_t *bytes, size_t size) {
    walk.files[0] = (struct pack_walk_file){"disc", bytes, size};
    walk.count = 1;
    if (pack_walk_open(&walk, &pack_iso))
        pack_walk_all(&walk, 1 << 20);
    else
        assert_int_not_equal(walk.memory.fault.code, FAULT_NONE);
    pack_walk_close(&walk);
}

static void prefixes_and_flipped_bits_are_survived(void **state) {
    two_trees(state);
    for (size_t i = 0; i < iso.size; i += i < 16 * 2048 ? 4096 : 101) {
        uint8_t *part = malloc(i + 1);
        memcpy(part, iso.bytes, i);
        survive(part, i);
        free(part);
    }
    for (unsigned turn = 0; turn < 2; turn++) {
        static const unsigned sectors[] = {16, 17, 20, 21, 30, 25};
        for (size_t s = 0; s < sizeof sectors / sizeof sectors[0]; s++)
            for (size_t bit = 0; bit < 330 * 8; bit += 3) {
                iso.bytes[sectors[s] * 2048 + bit / 8] ^= (uint8_t)(1u << bit % 8);
                survive(iso.bytes, iso.size);
                iso.bytes[sectors[s] * 2048 + bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
        start(state);
        rock_ridge(state);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_none),
        TEST(what_lies_outside),
        TEST(parts_that_do_not_end),
        TEST(records_that_lie),
        TEST(folders_in_circles),
        TEST(deep_folders),
        TEST(continuations_end),
        TEST(prefixes_and_flipped_bits_are_survived),
        TEST(plain_names),
        TEST(bytes_times_and_facts),
        TEST(two_trees),
        TEST(rock_ridge),
        TEST(boot_images),
        TEST(udf_beside_it_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
