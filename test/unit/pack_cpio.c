#include "make/cpio_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_cpio;

static struct pack_walk walk;
static struct cpio_made cpio;
static uint8_t words[3001];
static char told[8192];

enum { PLAIN = 0100644, FOLDER = 0040755, LINK = 0120777, DEVICE = 0020600 };

static int start(void **state) {
    (void)state;
    memset(&walk, 0, sizeof walk);
    memset(&cpio, 0, sizeof cpio);
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = (uint8_t)(i * i >> 7);
    return 0;
}

static void say(const char *format, ...) {
    va_list arguments;
    size_t n = strlen(told);
    va_start(arguments, format);
    vsnprintf(told + n, sizeof told - n, format, arguments);
    va_end(arguments);
}

/* Reads every member, or every other one. */
static bool list(const uint8_t *bytes, size_t size, bool all) {
    static uint8_t content[8192];
    struct pack_member member;
    walk.files[0] = (struct pack_walk_file){"a.cpio", bytes, size};
    walk.count = 1;
    told[0] = 0;
    bool good = pack_walk_open(&walk, &pack_cpio);
    for (unsigned i = 0; good && pack_cpio.next(&walk.pack, &walk.notes, &member); i++) {
        size_t got = all || i % 2 ? pack_cpio.read(&walk.pack, &walk.notes, content, sizeof content) : 0;
        if (got == sizeof words)
            assert_memory_equal(content, words, got);
        say("%.*s %zu[%x]%.*s;", (int)member.path.size, (const char *)member.path.data, got, member.flags,
            (int)member.role.size, (const char *)member.role.data);
    }
    for (size_t i = 0; i < walk.notes.noted && i < JOB_NOTES; i++)
        say("!%s;", walk.notes.notes[i].text);
    pack_walk_close(&walk);
    return good;
}

static void build(enum cpio_made_kind kind) {
    cpio.kind = kind;
    cpio_made_add(&cpio, ".", FOLDER, 2, "", 0);
    cpio_made_add(&cpio, "./one", PLAIN, 1, words, sizeof words);
    cpio_made_add(&cpio, "two", PLAIN, 2, "", 0);
    cpio_made_add(&cpio, "../three", PLAIN, 2, "abc", 3);
    cpio_made_add(&cpio, "link", LINK, 1, "../three", 8);
    cpio_made_add(&cpio, "dev", DEVICE, 1, "", 0);
    cpio_made_add(&cpio, "empty", PLAIN, 1, "", 0);
    cpio_made_end(&cpio);
}

static const char wanted[] =
    "- 0[1];one 3001[0];two 0[2]hard link;../three 3[10];link 0[2]symbolic link;dev 0[2]device;"
    "empty 0[0];";

static void all_kinds(void **state) {
    for (unsigned kind = 0; kind < CPIO_MADE_KINDS; kind++) {
        start(state);
        build(kind);
        assert_true(pack_cpio.suspect(span_of(cpio.bytes, 4096, 0), cpio.size));
        assert_true(list(cpio.bytes, cpio.size, true));
        assert_string_equal(told, wanted);
        assert_true(list(cpio.bytes, cpio.size, false));
        assert_non_null(strstr(told, "one 3001[0]"));
        assert_null(strchr(told, '!'));
    }
}

/* As boot loaders take them: one behind the other, with zeros between. */
static void joined(void **state) {
    static uint8_t both[2 * CPIO_MADE_ROOM];
    build(CPIO_MADE_NEW);
    size_t first = cpio.size + 100;
    memcpy(both, cpio.bytes, cpio.size);
    start(state);
    cpio.kind = CPIO_MADE_OLD;
    cpio_made_add(&cpio, "more", PLAIN, 1, "x", 1);
    cpio_made_end(&cpio);
    memcpy(both + first, cpio.bytes, cpio.size);
    assert_true(list(both, first + cpio.size, true));
    assert_string_equal(strstr(told, "empty"), "empty 0[0];more 1[0];");
    memcpy(both + first, "garbage", 7);
    assert_true(list(both, first + cpio.size, true));
    assert_non_null(strstr(told, "!bytes behind the end of an archive of cpio that are no other;"));
}

static void damage_is_told(void **state) {
    (void)state;
    build(CPIO_MADE_SUMMED);
    uint8_t *small = memmem(cpio.bytes, cpio.size, "abc", 3);
    assert_non_null(small);
    *small ^= 1;
    assert_true(list(cpio.bytes, cpio.size, true));
    assert_non_null(strstr(told, "!the sum of a member of cpio is wrong;"));
    assert_true(list(cpio.bytes, 1000, true));
    assert_memory_equal(told, "- 0[1];one ", 11);
    assert_non_null(strstr(told, "[20];!an archive of cpio ends in the middle of a member;"));
}

static void what_is_none(void **state) {
    (void)state;
    build(CPIO_MADE_BINARY);
    cpio.bytes[20] = 0; /* no name */
    assert_false(list(cpio.bytes, cpio.size, true));
    build(CPIO_MADE_NEW);
    assert_false(pack_cpio.suspect(span_of("07070X00000000", 14, 0), 14));
    assert_false(pack_cpio.suspect(span_of("070701 is a number", 18, 0), 18));
}

static void survive(const uint8_t *bytes, size_t size) {
    walk.files[0] = (struct pack_walk_file){"a.cpio", bytes, size};
    walk.count = 1;
    if (pack_walk_open(&walk, &pack_cpio))
        pack_walk_all(&walk, 1 << 20);
    else
        assert_int_not_equal(walk.memory.fault.code, FAULT_NONE);
    pack_walk_close(&walk);
}

static void prefixes_and_flipped_bits_are_survived(void **state) {
    for (unsigned kind = 0; kind < CPIO_MADE_KINDS; kind++) {
        start(state);
        build(kind);
        for (size_t i = 0; i<cpio.size; i += i> 300 && i < 3000 ? 61 : 1) {
            uint8_t *part = malloc(i + 1);
            memcpy(part, cpio.bytes, i);
            survive(part, i);
            free(part);
        }
        for (size_t bit = 0; bit<cpio.size * 8; bit += bit> 2400 && bit < 24000 ? 601 : 1) {
            cpio.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            survive(cpio.bytes, cpio.size);
            cpio.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup(name, start)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_none), TEST(damage_is_told), TEST(prefixes_and_flipped_bits_are_survived),
        TEST(all_kinds),    TEST(joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
