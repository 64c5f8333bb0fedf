/* Application compatibility caches: what is none, what is damaged, each layout, and what other tools read in
 * real ones. */
#include "format/shimcache.h"

#include "base/filetime.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { SIZE = 4096, BIG = 1 << 20 };

#define TIME UINT64_C(132000000000000000)

static struct job job;
static uint8_t bytes[SIZE];
static size_t size;

static int begin(void **state) {
    (void)state;
    job_init(&job, 0);
    memset(bytes, 0, sizeof bytes);
    size = 0;
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void put_at(size_t at, uint64_t value, int width) {
    for (int i = 0; i < width; i++)
        bytes[at + (size_t)i] = (uint8_t)(value >> 8 * i);
    if (at + (size_t)width > size)
        size = at + (size_t)width;
}

static void put(uint64_t value, int width) {
    put_at(size, value, width);
}

static void put_text(const char *text) {
    for (size_t i = 0; text[i]; i++)
        put((uint8_t)text[i], 2);
}

/* Lists of 8, 8.1 and 10. */
static void put_entry(const char *mark, const char *path, const char *package, bool flags) {
    size_t head = size;
    put(0, 4), put(0xabcdef01, 4), put(0, 4);
    memcpy(bytes + head, mark, 4);
    put(2 * strlen(path), 2);
    put_text(path);
    if (package) {
        put(2 * strlen(package), 2);
        put_text(package);
    }
    if (flags)
        put(0x42, 4), put(0x100, 4);
    put(TIME, 8);
    put(4, 4), put(1, 4);
    put_at(head + 8, size - head - 12, 4);
}

/* Tables of 2003 (or Vista) and 7, with one entry whose path lies behind it. */
static void put_table(uint32_t magic, size_t header, bool wide, uint64_t last, uint16_t length) {
    size_t tail = magic != 0xbadc0fee ? 0 : wide ? 16 : 8, at = header + (wide ? 32u : 24u) + tail;
    put_at(0, magic, 4);
    put_at(4, 1, 4);
    put_at(header, length, 2);
    put_at(header + 2, length + 2u, 2);
    put_at(header + (wide ? 8 : 4), at, wide ? 8 : 4);
    put_at(header + (wide ? 16 : 8), TIME, 8);
    put_at(header + (wide ? 24 : 16), last, 8);
    size = at;
    put_text("C:\\a.exe");
}

static const char *text_of(struct span utf16) {
    static char out[4096];
    struct text text = {0};
    text_from_prose(&text, utf16);
    snprintf(out, sizeof out, "%s", text_string(&text));
    text_free(&text);
    return out;
}

static void open_as(enum shimcache_layout layout, bool wide, struct shimcache *ret) {
    assert_true(shimcache_open(&job, span_of(bytes, size, 0), ret));
    assert_int_equal(ret->layout, layout);
    if (layout != SHIMCACHE_XP && layout <= SHIMCACHE_7)
        assert_int_equal(ret->wide, wide);
}

static void what_is_none(void **state) {
    struct shimcache cache;
    (void)state;
    assert_false(shimcache_open(&job, span_of("", 0, 0), &cache));
    assert_int_equal(job.fault.code, FAULT_TORN);
    job_reset(&job);
    put(0x1234, 4), put(0, 4);
    assert_false(shimcache_open(&job, span_of(bytes, size, 0), &cache));
    assert_int_equal(job.fault.code, FAULT_UNSUPPORTED);
    job_reset(&job);
    put_at(0, 48, 4), put_at(48, 0x74733030, 4); /* the mark of another version */
    assert_false(shimcache_open(&job, span_of(bytes, size, 0), &cache));
    assert_int_equal(job.fault.code, FAULT_UNSUPPORTED);
}

static void entries_that_are_not_there(void **state) {
    struct shimcache cache;
    struct shimcache_entry entry;
    (void)state;
    put_table(0xbadc0fee, 128, true, 2, 16);
    put_at(4, 0xffffffff, 4);
    open_as(SHIMCACHE_7, true, &cache);
    assert_true(shimcache_next(&cache, &entry));
    assert_false(shimcache_next(&cache, &entry));
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_false(shimcache_next(&cache, &entry));
    assert_int_equal(job.noted, 1);
}

static void a_path_that_lies_outside(void **state) {
    struct shimcache cache;
    struct shimcache_entry entry;
    (void)state;
    put_table(0xbadc0fee, 128, false, 2, 0x7000);
    open_as(SHIMCACHE_7, false, &cache);
    assert_false(shimcache_next(&cache, &entry));
    assert_int_equal(job.notes[0].code, FAULT_BAD);
}

static void an_entry_that_is_too_small_costs_itself(void **state) {
    struct shimcache cache;
    struct shimcache_entry entry;
    (void)state;
    put_at(0, 52, 4), put_at(48, 0, 4);
    put_entry("10ts", "C:\\a.exe", NULL, false);
    put_at(52 + 12, 0x7fff, 2);
    put_entry("10ts", "C:\\b.exe", NULL, false);
    open_as(SHIMCACHE_10, false, &cache);
    assert_true(shimcache_next(&cache, &entry));
    assert_string_equal(text_of(entry.path), "C:\\\\b.exe");
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_false(shimcache_next(&cache, &entry));
    put(0x41414141, 4);
    open_as(SHIMCACHE_10, false, &cache);
    assert_true(shimcache_next(&cache, &entry) && !shimcache_next(&cache, &entry));
    assert_int_equal(job.notes[job.noted - 1].code, FAULT_BAD); /* what follows is no entry */
}

/* Two thousand entries may share one long path: what they yield stays small. */
static void no_more_than_is_kept(void **state) {
    static uint8_t large[128 + 32 * 3000 + 40000];
    struct shimcache cache;
    struct shimcache_entry entry;
    uint32_t count = 0;
    size_t at = 128 + 32 * 3000;
    (void)state;
    put_table(0xbadc0fee, 128, false, 2, 40000);
    put_at(4, 3000, 4);
    put_at(132, at, 4);
    memcpy(large, bytes, 160);
    for (size_t i = 1; i < 3000; i++)
        memcpy(large + 128 + 32 * i, bytes + 128, 32);
    memset(large + at, 'x', 40000);
    assert_true(shimcache_open(&job, span_of(large, sizeof large, 0), &cache));
    for (; shimcache_next(&cache, &entry); count++)
        assert_int_equal(entry.path.size, SHIMCACHE_PATH);
    assert_int_equal(count, SHIMCACHE_ENTRIES);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
}

static void expect(const struct shimcache_entry *entry, uint64_t of_size, uint32_t flags) {
    assert_string_equal(text_of(entry->path), "C:\\\\a.exe");
    assert_true(entry->modified == TIME);
    assert_int_equal(entry->has_size, of_size > 0);
    assert_int_equal(entry->has_flags, flags > 0);
    assert_int_equal(entry->size, of_size);
    assert_int_equal(entry->flags, flags);
}

static void tables(void **state) {
    struct shimcache cache;
    struct shimcache_entry entry;
    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        begin(state), put_table(0xbadc0ffe, 8, wide, 70000, 16);
        open_as(SHIMCACHE_2003, wide, &cache);
        assert_true(shimcache_next(&cache, &entry));
        expect(&entry, 70000, 0);
        begin(state), put_table(0xbadc0ffe, 8, wide, 2, 16);
        open_as(SHIMCACHE_VISTA, wide, &cache);
        assert_true(shimcache_next(&cache, &entry));
        expect(&entry, 0, 2);
        begin(state), put_table(0xbadc0fee, 128, wide, UINT64_C(0x100) << 32 | 7, 16);
        open_as(SHIMCACHE_7, wide, &cache);
        assert_true(shimcache_next(&cache, &entry));
        expect(&entry, 0, 7);
        assert_false(shimcache_next(&cache, &entry));
    }
    assert_int_equal(job.noted, 0);
}

static void windows_xp(void **state) {
    struct shimcache cache;
    struct shimcache_entry entry;
    (void)state;
    put_at(0, 0xdeadbeef, 4);
    put_at(4, 1, 4);
    size = 400;
    put_text("C:\\a.exe");
    put_at(400 + 30, 'x', 2); /* left of a longer path */
    put_at(400 + 528, TIME, 8), put(777, 8), put(TIME + 1, 8);
    open_as(SHIMCACHE_XP, false, &cache);
    assert_true(shimcache_next(&cache, &entry));
    expect(&entry, 777, 0);
    assert_true(entry.updated == TIME + 1);
    assert_false(shimcache_next(&cache, &entry));
}

static void lists(void **state) {
    static const struct {
        size_t header;
        const char *mark, *package;
        bool flags;
        enum shimcache_layout layout;
    } cases[] = {{128, "00ts", "", true, SHIMCACHE_8},
                 {128, "10ts", "A.b_c", true, SHIMCACHE_81},
                 {48, "10ts", NULL, false, SHIMCACHE_10},
                 {52, "10ts", NULL, false, SHIMCACHE_10}};
    struct shimcache cache;
    struct shimcache_entry entry;
    for (size_t i = 0; i < 4; i++) {
        begin(state);
        put_at(0, cases[i].header, 4), put_at(cases[i].header - 4, 0, 4);
        open_as(cases[i].header == 128 ? SHIMCACHE_81 : cases[i].layout, false, &cache); /* an empty one */
        assert_false(shimcache_next(&cache, &entry));
        put_entry(cases[i].mark, "C:\\a.exe", cases[i].package, cases[i].flags);
        put_entry(cases[i].mark, "C:\\b.exe", cases[i].package, cases[i].flags);
        open_as(cases[i].layout, false, &cache);
        assert_true(shimcache_next(&cache, &entry));
        expect(&entry, 0, cases[i].flags ? 0x42 : 0);
        assert_true(shimcache_next(&cache, &entry));
        assert_string_equal(text_of(entry.path), "C:\\\\b.exe");
        assert_false(shimcache_next(&cache, &entry));
        put(0, 8); /* room that is not used */
        open_as(cases[i].layout, false, &cache);
        assert_true(shimcache_next(&cache, &entry) && shimcache_next(&cache, &entry) &&
                    !shimcache_next(&cache, &entry));
    }
    assert_int_equal(job.noted, 0);
}

/* --- real ones --- */

static size_t load(const char *name, uint8_t *to, size_t room) {
    char path[4096];
    const char *root = getenv("ASSAY_SHARED");
    snprintf(path, sizeof path, "%s/corpora/Velocidex-regparser/appcompatcache/%s", root ? root : "../shared",
             name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("# skipped: %s is absent\n", path);
        return 0;
    }
    size_t got = fread(to, 1, room, file);
    fclose(file);
    return got;
}

/* Names and seconds that Velocidex/regparser expects, in their order; its JSON escapes a backslash as the
 * stored form does. */
static void compare(const char *name, const char *golden_name, enum shimcache_layout layout, uint32_t least) {
    static uint8_t value[BIG];
    static char golden[BIG];
    struct shimcache cache;
    struct shimcache_entry entry;
    size_t got = load(name, value, sizeof value);
    size_t wanted = golden_name ? load(golden_name, (uint8_t *)golden, sizeof golden - 1) : 0;
    uint32_t count = 0;
    if (got == 0)
        skip();
    golden[wanted] = 0;
    const char *at = strstr(golden, "\"name\": \"");
    assert_true(shimcache_open(&job, span_of(value, got, 0), &cache));
    assert_int_equal(cache.layout, layout);
    while (shimcache_next(&cache, &entry)) {
        if (entry.path.size == 0)
            continue;
        count++;
        if (!at)
            continue;
        const char *text = text_of(entry.path);
        at += 9;
        assert_int_equal(strcspn(at, "\""), strlen(text));
        assert_memory_equal(at, text, strlen(text));
        at = strstr(at, "\"epoch\": ");
        assert_int_equal(strtoll(at + 9, NULL, 10), filetime_to_unix(entry.modified));
        at = strstr(at, "\"name\": \"");
    }
    assert_null(at);
    assert_int_equal(job.noted, 0);
    assert_int_equal(count, least);
}

static void as_others_read_them(void **state) {
    (void)state;
    compare("Win10.bin", "appcompatcache_Win10.bin.golden", SHIMCACHE_10, 350); /* as its header says */
    compare("Win81.bin", "appcompatcache_Win81.bin.golden", SHIMCACHE_81, 1024);
    compare("win7x64.bin", NULL, SHIMCACHE_7, 304);
    compare("WinXPx86.bin", NULL, SHIMCACHE_XP, 17);
}

#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(what_is_none),
        T(entries_that_are_not_there),
        T(a_path_that_lies_outside),
        T(tables),
        T(an_entry_that_is_too_small_costs_itself),
        T(windows_xp),
        T(no_more_than_is_kept),
        T(lists),
        T(as_others_read_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
