/* Single-file programs of .NET: what is none, what lies, what is damaged; then what comes back. */
#include "format/dotnet_bundle.h"
#include "make/bundle_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_dotnet;

enum { ROOM = 1 << 20, LIBRARY = 90000, LONG = 300 };

static uint8_t bytes[ROOM], library[LIBRARY];
static char long_path[LONG + 1];
static struct bundle_made_file files[] = {
    {"App.dll", (const uint8_t *)"assembly", 8, 1, false, 0, 0},
    {"runtimes/win/native\\lib.dll", library, LIBRARY, 2, true, 0, 0},
    {"App.deps.json", (const uint8_t *)"{}", 2, 3, false, 0, 0},
    {"../up.txt", (const uint8_t *)"up", 2, 0, false, 0, 0},
    {long_path, (const uint8_t *)"", 0, 9, false, 0, 0},
};
enum { FILES = sizeof files / sizeof files[0] };
static struct bundle_made made;
static struct pack_walk walk;

static void make(unsigned major) {
    made = (struct bundle_made){.bytes = bytes, .room = ROOM, .major = major};
    bundle_made_host(&made, dotnet_bundle_mark);
    for (size_t i = 0; i < FILES; i++) {
        files[i].pack = i == 1 && major >= 6;
        bundle_made_data(&made, &files[i]);
    }
    bundle_made_manifest(&made, files, FILES);
}

static int start(void **state) {
    (void)state;
    for (uint32_t i = 0, n = 7; i < LIBRARY; i++, n = n * 1103515245 + 12345)
        library[i] = (uint8_t)(n >> 28);
    memset(long_path, 'n', LONG);
    make(6);
    return 0;
}

static bool open_part(size_t size) {
    walk = (struct pack_walk){.files = {{"App.exe", bytes, size}}, .count = 1};
    return pack_walk_open(&walk, &pack_dotnet);
}

static void refused(size_t size, enum fault_code code) {
    assert_false(open_part(size));
    assert_int_equal(walk.memory.fault.code, code);
    pack_walk_close(&walk);
}

static void put(uint64_t at, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        bytes[at + i] = (uint8_t)(value >> 8 * i);
}

/* Where the entry of file `i` begins in the manifest. */
static uint64_t entry_at(size_t i) {
    uint64_t at = made.manifest + 12 + 13 + (made.major >= 2 ? 40u : 0u);
    for (size_t n = 0; n < i; n++) {
        size_t length = strlen(files[n].path);
        at += 17 + (made.major >= 6 ? 8u : 0u) + (length > 127 ? 2u : 1u) + length;
    }
    return at;
}

/* --- misuse --- */

static void what_is_none(void **state) {
    (void)state;
    refused(BUNDLE_MADE_HOST, FAULT_BAD); /* nothing behind the host */
    put(BUNDLE_MADE_MARK - 8, 0, 8);      /* a host without files, and something else behind it */
    refused(made.size, FAULT_BAD);
    put(BUNDLE_MADE_MARK - 8, 100, 8); /* inside the host */
    refused(made.size, FAULT_BAD);
    put(BUNDLE_MADE_MARK - 8, UINT64_MAX, 8); /* chance */
    assert_false(open_part(made.size));
    assert_false(walk.pack.certain);
    pack_walk_close(&walk);
    put(BUNDLE_MADE_MARK - 8, made.size, 8);
    refused(made.size, FAULT_TORN); /* cut before its manifest */
    put(BUNDLE_MADE_MARK - 8, made.manifest, 8);
    assert_false(open_part(made.manifest));
    assert_true(walk.pack.certain);
    pack_walk_close(&walk);
    put(BUNDLE_MADE_MARK - 8, made.manifest, 8);
    bytes[0] = 'm';
    refused(made.size, FAULT_BAD);
}

static void versions_that_are_not_read(void **state) {
    (void)state;
    put(made.manifest, 7, 4);
    refused(made.size, FAULT_UNSUPPORTED);
    put(made.manifest, 6, 4);
    put(made.manifest + 4, 1, 4);
    refused(made.size, FAULT_UNSUPPORTED);
    put(made.manifest, 0, 8);
    refused(made.size, FAULT_BAD);
    put(made.manifest, 6, 8);
    put(made.manifest + 8, UINT32_MAX, 4);
    refused(made.size, FAULT_BAD);
}

static void places_that_lie(void **state) {
    (void)state;
    struct pack_member member;
    uint8_t out[100];
    put(entry_at(0), UINT64_MAX - 3, 8); /* outside */
    put(entry_at(2) + 8, UINT64_MAX, 8); /* no size */
    put(entry_at(3), made.size - 1, 8);  /* one byte of two is there */
    assert_true(open_part(made.size));
    assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_non_null(member.reason);
    assert_int_equal(pack_dotnet.read(&walk.pack, &walk.notes, out, 100), 0);
    assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_non_null(member.reason);
    assert_int_equal(walk.notes.noted, 0);
    assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_true(member.flags & PACK_DAMAGED);
    assert_int_equal(pack_dotnet.read(&walk.pack, &walk.notes, out, 100), 1);
    assert_int_equal(walk.notes.notes[0].code, FAULT_TORN);
    pack_walk_close(&walk);
}

/* The sizes of the packed member: too small, too large, and bytes that are no deflate. */
static void packed_bytes_that_lie(void **state) {
    (void)state;
    static uint8_t out[LIBRARY + 100];
    static const struct {
        int64_t size, got;
        enum fault_code code;
    } cases[] = {
        {LIBRARY - 1, LIBRARY - 1, FAULT_BAD}, {LIBRARY + 1, LIBRARY, FAULT_TORN}, {0, 0, FAULT_NONE}};
    struct pack_member member;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put(entry_at(1) + 8, (uint64_t)cases[i].size, 8);
        assert_true(open_part(made.size));
        assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
        assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
        assert_int_equal(pack_dotnet.read(&walk.pack, &walk.notes, out, sizeof out), cases[i].got);
        assert_int_equal(walk.notes.notes[0].code, cases[i].code);
        pack_walk_close(&walk);
    }
    put(entry_at(1) + 8, LIBRARY, 8);
    memset(bytes + files[1].offset, 0xff, 16);
    assert_true(open_part(made.size));
    assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(pack_dotnet.read(&walk.pack, &walk.notes, out, sizeof out), 0);
    assert_int_equal(walk.notes.notes[0].code, FAULT_BAD);
    pack_walk_close(&walk);
}

static void a_manifest_that_ends_early(void **state) {
    (void)state;
    struct pack_member member;
    unsigned n = 0;
    assert_true(open_part(made.size - 1));
    while (pack_dotnet.next(&walk.pack, &walk.notes, &member))
        n++;
    assert_int_equal(n, FILES - 1);
    assert_int_equal(walk.notes.notes[0].code, FAULT_TORN);
    assert_false(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(walk.notes.noted, 1);
    pack_walk_close(&walk);
    bytes[entry_at(1) + 25] = 0; /* a path without bytes */
    assert_true(open_part(made.size));
    assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_false(pack_dotnet.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(walk.notes.notes[0].code, FAULT_BAD);
    pack_walk_close(&walk);
}

static void no_prefix_or_bit_breaks_out(void **state) {
    (void)state;
    for (unsigned major = 1; major <= 6; major = major == 1 ? 2 : major + 4) {
        make(major);
        for (size_t n = 0; n < made.size; n += n < made.manifest ? 997 : 1) {
            if (open_part(n))
                pack_walk_all(&walk, 1 << 16);
            pack_walk_close(&walk);
        }
        for (size_t bit = made.manifest * 8; bit < made.size * 8; bit += 3) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (open_part(made.size))
                pack_walk_all(&walk, 1 << 16);
            pack_walk_close(&walk);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

/* --- use --- */

static void member_is(const struct pack_member *member, size_t i, const char *path, uint32_t flags) {
    static uint8_t out[LIBRARY + 1];
    static const char *const roles[] = {"assembly", "native library", "dependencies", "", ""};
    assert_int_equal(member->path.size, strlen(path));
    assert_memory_equal(member->path.data, path, member->path.size);
    assert_int_equal(member->size, files[i].size);
    assert_int_equal(member->flags, flags);
    assert_null(member->reason);
    const char *role = made.major >= 2 ? roles[i] : "";
    assert_true(span_equal(member->role, span_of(role, strlen(role), 0)));
    size_t got = 0, part = 1;
    for (size_t n; (n = pack_dotnet.read(&walk.pack, &walk.notes, out + got, part)) > 0; part = 40000)
        got += n;
    assert_int_equal(got, files[i].size);
    assert_memory_equal(out, files[i].data, got);
}

static void fact_is(const char *kind, const char *value) {
    struct pack_fact fact;
    assert_true(pack_dotnet.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal(fact.kind, kind);
    assert_true(span_equal(fact.value, span_of(value, strlen(value), 0)));
}

static void what_was_bundled_comes_back(void **state) {
    (void)state;
    static const struct {
        unsigned major;
        const char *version;
    } versions[] = {{1, "1.0"}, {2, "2.0"}, {6, "6.0"}};
    struct pack_member member;
    struct pack_fact fact;
    for (size_t v = 0; v < 3; v++) {
        const char *paths[FILES] = {"App.dll", "runtimes/win/native/lib.dll", "App.deps.json", "../up.txt",
                                    long_path};
        make(versions[v].major);
        assert_true(pack_dotnet.suspect(span_of(bytes, 4096, 0), made.size));
        assert_true(open_part(made.size));
        fact_is("writer", versions[v].version);
        fact_is("product-code", "aBcD1234_-xY");
        assert_false(pack_dotnet.fact(&walk.pack, &walk.notes, &fact));
        for (size_t i = 0; i < FILES; i++) {
            assert_true(pack_dotnet.next(&walk.pack, &walk.notes, &member));
            member_is(&member, i, paths[i], i == 3 ? PACK_UNSAFE : 0);
        }
        assert_false(pack_dotnet.next(&walk.pack, &walk.notes, &member));
        assert_int_equal(walk.notes.noted, 0);
        pack_walk_close(&walk);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_none, start),
        cmocka_unit_test_setup(versions_that_are_not_read, start),
        cmocka_unit_test_setup(places_that_lie, start),
        cmocka_unit_test_setup(packed_bytes_that_lie, start),
        cmocka_unit_test_setup(a_manifest_that_ends_early, start),
        cmocka_unit_test_setup(no_prefix_or_bit_breaks_out, start),
        cmocka_unit_test_setup(what_was_bundled_comes_back, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
