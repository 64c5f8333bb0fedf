#include "format/inno.h"
#include "make/inno_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_inno;

static struct pack_walk walk;
static struct inno_made made;
static struct inno_made_sample sample;

static const struct {
    const char *word;
    uint32_t layout;
    bool unicode;
} versions[] = {
    {"5.1.0)", INNO(5, 1, 0, 0), false},    {"5.1.10)", INNO(5, 1, 10, 0), false},
    {"5.1.13)", INNO(5, 1, 13, 0), false},  {"5.2.0)", INNO(5, 2, 0, 0), false},
    {"5.2.3)", INNO(5, 2, 3, 0), false},    {"5.2.5) (u)", INNO(5, 2, 5, 0), true},
    {"5.3.3)", INNO(5, 3, 3, 0), false},    {"5.3.7) (u)", INNO(5, 3, 7, 0), true},
    {"5.3.9)", INNO(5, 3, 9, 0), false},    {"5.3.10) (u)", INNO(5, 3, 10, 0), true},
    {"5.4.2)", INNO(5, 4, 2, 0), false},    {"5.5.0) (u)", INNO(5, 5, 0, 0), true},
    {"5.5.6)", INNO(5, 5, 6, 0), false},    {"5.5.7) (u)", INNO(5, 5, 7, 0), true},
    {"5.5.7) (U)", INNO(5, 6, 0, 0), true}, /* a number with two layouts */
    {"5.6.2) (u)", INNO(5, 6, 2, 0), true}, {"6.0.0) (u)", INNO(6, 0, 0, 0), true},
    {"6.1.0) (u)", INNO(6, 1, 0, 0), true}, {"6.3.0)", INNO(6, 3, 0, 0), true},
    {"6.4.0.1)", INNO(6, 4, 0, 1), true},   {"6.4.2)", INNO(6, 4, 3, 0), true},
    {"6.4.3)", INNO(6, 4, 3, 0), true},
};

enum { VERSIONS = sizeof versions / sizeof versions[0] };

static int start(void **state) {
    (void)state;
    memset(&walk, 0, sizeof walk);
    inno_made_fill(&sample);
    return digest_prepare() ? 0 : -1;
}

static void build(size_t version, enum inno_packing packing, bool solid, enum inno_made_carrier carrier) {
    made = (struct inno_made){.word = versions[version].word,
                              .layout = versions[version].layout,
                              .unicode = versions[version].unicode,
                              .packing = packing,
                              .solid = solid,
                              .carrier = carrier};
    inno_made_demo(&made, &sample);
    inno_made_all(&made);
    walk.files[0] = (struct pack_walk_file){"setup", made.whole.data, made.whole.size};
    walk.files[1] = (struct pack_walk_file){"setup-1.bin", made.data.data, made.data.size};
    walk.count = carrier == INNO_MADE_BESIDE ? 2 : 1;
}

/* The same with its data cut into two files. */
static void build_spanned(uint8_t *parts[2]) {
    made = (struct inno_made){.word = "6.4.0.1)",
                              .layout = INNO(6, 4, 0, 1),
                              .unicode = true,
                              .packing = INNO_LZMA,
                              .solid = true,
                              .carrier = INNO_MADE_BESIDE,
                              .last_slice = 1};
    inno_made_demo(&made, &sample);
    inno_made_all(&made);
    walk.files[0] = (struct pack_walk_file){"mine-0.bin", made.whole.data, made.whole.size};
    size_t cut = made.data.size / 2, rest = made.data.size - cut;
    for (size_t i = 0; i < 2; i++) {
        uint32_t size = (uint32_t)(i == 0 ? cut : rest + INNO_SLICE);
        parts[i] = malloc(size);
        assert_non_null(parts[i]);
        if (i == 0)
            memcpy(parts[i], made.data.data, cut);
        else
            memcpy(parts[i] + INNO_SLICE, made.data.data + cut, rest);
        memcpy(parts[i], "idska32\x1a", 8);
        memcpy(parts[i] + 8, &size, 4);
        walk.files[1 + i] = (struct pack_walk_file){i == 0 ? "MINE-1.BIN" : "mine-2.bin", parts[i], size};
    }
    walk.count = 3;
}

static const struct {
    const char *path;
    uint32_t flags;
} wanted[] = {{"{app}/data", PACK_DIRECTORY},
              {"{app}/code.exe", 0},
              {"{app}/copy.exe", 0},
              {"{app}/bin/words", 0},
              {"{tmp}/../../out", PACK_OWN | PACK_UNSAFE},
              {"{app}/empty", 0},
              {"[Inno]/file-4", PACK_OWN}};

static struct span bytes_of(size_t number) {
    switch (number) {
    case 1:
    case 2:
        return span_of(sample.code, INNO_MADE_CODE, 0);
    case 3:
    case 4:
        return span_of(sample.words, INNO_MADE_WORDS, 0);
    case 6:
        return span_of("nameless", 8, 0);
    default:
        return span_of("", 0, 0);
    }
}

static bool is_path(const struct pack_member *member, const char *path) {
    return member->path.size == strlen(path) && memcmp(member->path.data, path, member->path.size) == 0;
}

/* All of the member that came last, in pieces of odd sizes. */
static struct span drain(void) {
    static uint8_t bytes[INNO_MADE_CODE + 3 * 5004];
    size_t all = 0;
    for (size_t piece = 1;; piece = piece * 3 % 5003 + 1) {
        size_t got = pack_inno.read(&walk.pack, &walk.notes, bytes + all, piece);
        all += got;
        if (got < piece)
            return span_of(bytes, all, 0);
        assert_true(all + 5004 < sizeof bytes);
    }
}

/* Leaves the pack at the first file. */
static void skip_own(struct pack_member *member) {
    do
        assert_true(pack_inno.next(&walk.pack, &walk.notes, member));
    while (member->flags == PACK_OWN && memcmp(member->path.data, "[Inno]/", 7) == 0);
}

static void check_files(void) {
    struct pack_member member;
    skip_own(&member);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_true(i == 0 || pack_inno.next(&walk.pack, &walk.notes, &member));
        assert_true(is_path(&member, wanted[i].path));
        assert_int_equal(member.flags, wanted[i].flags);
        assert_int_equal(member.size, bytes_of(i).size);
        assert_true(span_equal(drain(), bytes_of(i)));
    }
    assert_false(pack_inno.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(walk.notes.noted, 0);
    assert_int_equal(walk.memory.noted, 0);
}

static void every_version_comes_back(void **state) {
    (void)state;
    for (size_t i = 0; i < VERSIONS; i++) {
        build(i, INNO_LZMA, false, INNO_MADE_POINTER);
        assert_true(pack_walk_open(&walk, &pack_inno));
        check_files();
        pack_walk_close(&walk);
        inno_made_free(&made);
    }
}

static void every_packing_and_carrier_comes_back(void **state) {
    (void)state;
    for (unsigned packing = 0; packing < INNO_PACKINGS; packing++)
        for (unsigned kind = 0; kind < 6; kind++) {
            build(VERSIONS - 3, (enum inno_packing)packing, kind & 1, (enum inno_made_carrier)(kind / 2));
            assert_true(pack_inno.suspect(span_of(made.whole.data, 4096, 0), made.whole.size));
            assert_true(pack_walk_open(&walk, &pack_inno));
            check_files();
            pack_walk_close(&walk);
            inno_made_free(&made);
        }
}

static void own_parts_are_given(void **state) {
    static const char *const parts[] = {
        "[Inno]/headers",      "[Inno]/setup.exe",   "[Inno]/script",           "[Inno]/license",
        "[Inno]/wizard-image", "[Inno]/small-image", "[Inno]/decompressor.dll", "[Inno]/language/en"};
    static const char *const texts[] = {
        "", "", "script", "license", "large picture", "small picture", "library", "messages"};
    struct pack_member member;
    (void)state;
    build(0, INNO_ZLIB, false, INNO_MADE_PROGRAM);
    assert_true(pack_walk_open(&walk, &pack_inno));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_true(pack_inno.next(&walk.pack, &walk.notes, &member));
        assert_true(is_path(&member, parts[i]));
        assert_int_equal(member.flags, PACK_OWN);
        struct span bytes = drain();
        assert_true(i < 2 ? bytes.size > 40 : span_equal(bytes, span_of(texts[i], strlen(texts[i]), 0)));
        assert_true(i != 1 || span_starts(bytes, "MZ the program", 14));
    }
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
    inno_made_free(&made);
}

static void facts_are_told(void **state) {
    static const char *const facts[][3] = {{"writer", "Inno Setup", "5.5.7 (u)"},
                                           {"product", "AppName", "Demo"},
                                           {"version", "AppVersion", "1.2.3"},
                                           {"publisher", "AppPublisher", "Example Ltd"},
                                           {"product-code", "AppId", "{{made}"},
                                           {"product", "DefaultDirName", "{pf}\\\\Demo"},
                                           {"run", "Run", "{app}\\\\code.exe /first"},
                                           {"run", "UninstallRun", "{app}\\\\code.exe /bye"},
                                           {"shortcut", "{group}\\\\Demo", "{app}\\\\code.exe /go"},
                                           {"registry", "HKLM Software\\\\Demo Path", "{app}"}};
    struct pack_fact fact;
    (void)state;
    build(13, INNO_LZMA2, true, INNO_MADE_POINTER);
    assert_true(pack_walk_open(&walk, &pack_inno));
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        assert_true(pack_inno.fact(&walk.pack, &walk.notes, &fact));
        assert_string_equal(fact.kind, facts[i][0]);
        assert_string_equal((const char *)fact.name.data, facts[i][1]);
        assert_string_equal((const char *)fact.value.data, facts[i][2]);
    }
    assert_false(pack_inno.fact(&walk.pack, &walk.notes, &fact));
    pack_walk_close(&walk);
    inno_made_free(&made);
}

/* --- what cannot be read --- */

static bool open_bytes(const uint8_t *bytes, size_t size) {
    walk.files[0] = (struct pack_walk_file){"setup", bytes, size};
    return pack_walk_open(&walk, &pack_inno);
}

static void other_versions_are_named(void **state) {
    struct pack_member member;
    struct pack_fact fact;
    (void)state;
    build(0, INNO_LZMA, false, INNO_MADE_POINTER);
    uint8_t *word = memmem(made.whole.data, made.whole.size, "(5.1.0)", 7);
    assert_non_null(word);
    memcpy(word, "(6.5.2)", 7);
    assert_true(open_bytes(made.whole.data, made.whole.size));
    assert_true(pack_inno.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(member.flags, PACK_OWN | PACK_UNSUPPORTED);
    assert_string_equal(member.reason, "headers of a version of Inno Setup that is not read");
    assert_false(pack_inno.next(&walk.pack, &walk.notes, &member));
    assert_true(pack_inno.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal((const char *)fact.value.data, "6.5.2");
    assert_true(pack_inno.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal(fact.kind, "partial");
    assert_false(pack_inno.fact(&walk.pack, &walk.notes, &fact));
    pack_walk_close(&walk);
    inno_made_free(&made);
}

static void damaged_headers_are_told(void **state) {
    struct pack_member member;
    (void)state;
    build(VERSIONS - 1, INNO_LZMA, false, INNO_MADE_POINTER);
    made.whole.data[INNO_MADE_HEAD + INNO_VERSION + INNO_BLOCK + 40] ^= 1;
    assert_true(open_bytes(made.whole.data, made.whole.size));
    assert_true(walk.memory.noted > 0);
    assert_true(pack_inno.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(member.flags, PACK_OWN | PACK_DAMAGED);
    assert_non_null(member.reason);
    assert_false(pack_inno.next(&walk.pack, &walk.notes, &member));
    pack_walk_close(&walk);
    inno_made_free(&made);
}

/* Headers of 70 MiB, which pack into a few KiB. */
static void too_large_headers_are_told(void **state) {
    enum { LARGE = 70 << 20 };
    struct pack_member member;
    uint8_t *zeros = calloc(LARGE, 1);
    (void)state;
    assert_non_null(zeros);
    made = (struct inno_made){.word = "6.4.0.1)"};
    inno_made_word(&made, &made.whole);
    inno_made_block(&made.whole, zeros, LARGE);
    free(zeros);
    assert_true(made.whole.size < 1 << 20);
    assert_true(open_bytes(made.whole.data, made.whole.size));
    assert_true(pack_inno.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(member.flags, PACK_OWN | PACK_UNSUPPORTED);
    assert_string_equal(member.reason, "headers of this installer that are larger than is read");
    assert_false(pack_inno.next(&walk.pack, &walk.notes, &member));
    pack_walk_close(&walk);
    inno_made_free(&made);
}

static void changed_bytes_are_damage(void **state) {
    struct pack_member member;
    (void)state;
    build(VERSIONS - 1, INNO_STORED, false, INNO_MADE_POINTER);
    uint8_t *word = memmem(made.whole.data, made.whole.size, "nameless", 8);
    assert_non_null(word);
    word[0] = 'N';
    assert_true(open_bytes(made.whole.data, made.whole.size));
    while (pack_inno.next(&walk.pack, &walk.notes, &member)) {
        size_t before = walk.notes.noted;
        (void)pack_walk_drain(&walk, 1 << 20);
        assert_int_equal(walk.notes.noted - before, is_path(&member, "[Inno]/file-4"));
    }
    pack_walk_close(&walk);
    inno_made_free(&made);
}

static void encrypted_files_are_named(void **state) {
    struct pack_member member;
    (void)state;
    made = (struct inno_made){.word = "6.4.3)", .layout = INNO(6, 4, 3, 0), .unicode = true};
    inno_made_demo(&made, &sample);
    made.files[1].encrypted = true;
    inno_made_all(&made);
    assert_true(open_bytes(made.whole.data, made.whole.size));
    unsigned count = 0;
    while (pack_inno.next(&walk.pack, &walk.notes, &member))
        if (member.flags & PACK_ENCRYPTED) {
            count++;
            assert_non_null(member.reason);
            assert_int_equal(pack_walk_drain(&walk, 4096), 0);
        }
    assert_int_equal(count, 2);
    pack_walk_close(&walk);
    inno_made_free(&made);
}

static void files_that_are_not_there_are_named(void **state) {
    struct pack_member member;
    (void)state;
    build(VERSIONS - 1, INNO_LZMA, false, INNO_MADE_BESIDE);
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_inno));
    unsigned count = 0;
    while (pack_inno.next(&walk.pack, &walk.notes, &member))
        count += member.flags & PACK_UNSUPPORTED && member.reason;
    assert_int_equal(count, 6);
    pack_walk_close(&walk);
    inno_made_free(&made);
}

/* A chunk that goes on in another file; without that it ends there. */
static void slices_are_joined(void **state) {
    uint8_t *parts[2];
    (void)state;
    build_spanned(parts);
    assert_true(pack_walk_open(&walk, &pack_inno));
    check_files();
    pack_walk_close(&walk);
    walk.count = 2;
    assert_true(pack_walk_open(&walk, &pack_inno));
    struct pack_member member;
    skip_own(&member);
    assert_true(pack_inno.next(&walk.pack, &walk.notes, &member));
    assert_true(pack_walk_drain(&walk, 1 << 20) < INNO_MADE_CODE);
    assert_true(walk.notes.noted > 0);
    pack_walk_close(&walk);
    inno_made_free(&made);
    free(parts[0]);
    free(parts[1]);
}

/* --- the decoder alone --- */

static void words_for_versions(void **state) {
    static const struct {
        const char *word, *text;
        uint32_t number;
        bool unicode;
    } words[] = {{"Inno Setup Setup Data (5.5.7) (u)", "5.5.7 (u)", INNO(5, 5, 7, 0), true},
                 {"Inno Setup Setup Data (5.1.13)", "5.1.13", INNO(5, 1, 13, 0), false},
                 {"Inno Setup Setup Data (4.0.0a)", "4.0.0a", INNO(4, 0, 0, 0), false},
                 {"Inno Setup Setup Data (6.4.0.1)", "6.4.0.1", INNO(6, 4, 0, 1), true}};
    static const char *const none[] = {"Inno Setup Setup Data", "Inno Setup Setup Data ()",
                                       "Inno Setup Setup Data (999999999999.1.1)",
                                       "Inno Setup Messages (5.5.3) (u)", "Inno Setup Setup Data (5.5.7"};
    uint8_t bytes[INNO_VERSION];
    struct inno_version version;
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, words[i].word, strlen(words[i].word));
        assert_false(inno_version_read(span_of(bytes, sizeof bytes - 1, 0), &version));
        assert_true(inno_version_read(span_of(bytes, sizeof bytes, 0), &version));
        assert_int_equal(version.number, words[i].number);
        assert_int_equal(version.unicode, words[i].unicode);
        assert_string_equal(version.text, words[i].text);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, none[i], strlen(none[i]));
        assert_false(inno_version_read(span_of(bytes, sizeof bytes, 0), &version));
    }
}

/* The filter, against numbers that were reckoned by hand: a call at 10 of what lies 0x100 behind its end. */
static void calls_are_relative_again(void **state) {
    (void)state;
    for (unsigned kind = INNO_CALLS_OLD; kind <= INNO_CALLS_LATEST; kind++) {
        uint8_t bytes[20] = {[10] = 0xe8, [11] = 0x0f, [12] = 1, [19] = 0xe8};
        uint8_t back[20] = {[10] = 0xe9, [11] = 5};
        struct inno_calls calls = {.kind = (enum inno_calls_kind)kind}, again = calls;
        inno_calls_undo(&calls, bytes, sizeof bytes);
        assert_int_equal(bytes[11], 0);
        assert_int_equal(bytes[12], 1);
        inno_calls_undo(&again, back, sizeof back); /* to 5, which is 10 before */
        assert_int_equal(back[11], 0xf6);
        assert_int_equal(back[13], 0xff);
        assert_int_equal(back[14], kind == INNO_CALLS_52 ? 0 : 0xff);
    }
}

static void setup_reads_what_it_says(void **state) {
    struct inno_version version = {.number = INNO(6, 1, 0, 0), .unicode = true};
    struct inno_setup setup;
    struct inno_location location;
    struct job job;
    (void)state;
    build(17, INNO_BZIP2, false, INNO_MADE_POINTER);
    job_init(&job, 1 << 20);
    struct span headers = span_of(made.headers.data, made.headers.size, 0);
    struct span locations = span_of(made.locations.data, made.locations.size, 0);
    assert_true(inno_setup_read(&job, &version, headers, locations, &setup));
    assert_int_equal(setup.counts[INNO_FILE], 6);
    assert_int_equal(setup.location_count, 4);
    assert_int_equal(setup.packing, INNO_BZIP2);
    assert_int_equal(setup.part_count, 3);
    assert_false(setup.encrypted);
    inno_setup_location(&setup, 0, &location);
    assert_true(location.filtered && location.packed && !location.encrypted);
    assert_int_equal(location.size, INNO_MADE_CODE);
    for (size_t size = 0; size < headers.size; size++) { /* one byte less is no header */
        assert_false(inno_setup_read(&job, &version, span_part(headers, 0, size), locations, &setup));
        assert_int_equal(job.fault.code, FAULT_BAD);
        job_reset(&job);
    }
    assert_false(inno_setup_read(&job, &version, headers, span_part(locations, 0, 70), &setup));
    job_reset(&job);
    inno_made_free(&made);
}

/* --- damage --- */

static void survive(const uint8_t *bytes, size_t size) {
    if (open_bytes(bytes, size))
        pack_walk_all(&walk, 1 << 20);
    else
        assert_int_not_equal(walk.memory.fault.code, FAULT_NONE);
    pack_walk_close(&walk);
}

/* Small files, so that every byte can be tried. */
static void build_small(size_t version, enum inno_packing packing, enum inno_made_carrier carrier) {
    made = (struct inno_made){.word = versions[version].word,
                              .layout = versions[version].layout,
                              .unicode = versions[version].unicode,
                              .packing = packing,
                              .solid = true,
                              .carrier = carrier};
    uint32_t words = inno_made_file(&made, sample.words, 60, false);
    uint32_t code = inno_made_file(&made, sample.code, 60, true);
    inno_made_name(&made, "{app}\\words", words, false);
    inno_made_name(&made, "{app}\\code", code, false);
    inno_made_name(&made, "{app}\\again", words, false);
    inno_made_all(&made);
    walk.files[1] = (struct pack_walk_file){"setup-1.bin", made.data.data, made.data.size};
    walk.count = carrier == INNO_MADE_BESIDE ? 2 : 1;
}

static void prefixes_and_flipped_bits_are_survived(void **state) {
    (void)state;
    for (size_t turn = 0; turn < 6; turn++) {
        build_small(turn * 4, (enum inno_packing)(turn % INNO_PACKINGS), (enum inno_made_carrier)(turn % 3));
        size_t size = made.whole.size;
        uint8_t *copy = malloc(size);
        assert_non_null(copy);
        for (size_t i = 0; i < size; i++) {
            memcpy(copy, made.whole.data, i);
            survive(copy, i);
        }
        memcpy(copy, made.whole.data, size);
        for (size_t i = 0; i < size; i++) {
            copy[i] ^= (uint8_t)(1u << i % 8);
            survive(copy, size);
            copy[i] ^= (uint8_t)(1u << i % 8);
        }
        free(copy);
        inno_made_free(&made);
    }
}

/* Headers that are packed again after they were changed: the sums do not help. */
static void changed_headers_are_survived(void **state) {
    struct inno_version version = {.unicode = true};
    struct inno_setup setup;
    struct job job;
    (void)state;
    for (size_t turn = 0; turn < VERSIONS; turn += 5) {
        build_small(turn, INNO_ZLIB, INNO_MADE_POINTER);
        version.number = versions[turn].layout;
        version.unicode = versions[turn].unicode;
        for (size_t i = 0; i < made.headers.size; i++) {
            made.headers.data[i] ^= (uint8_t)(0x81u << i % 7);
            job_init(&job, 1 << 20);
            if (inno_setup_read(&job, &version, span_of(made.headers.data, made.headers.size, 0),
                                span_of(made.locations.data, made.locations.size, 0), &setup))
                for (unsigned kind = 0; kind < INNO_KINDS; kind++) {
                    struct inno_walk entries = inno_setup_walk(&setup, (enum inno_kind)kind);
                    struct inno_entry entry;
                    while (inno_setup_next(&entries, &entry))
                        assert_true(entries.left < setup.counts[kind]);
                }
            job_reset(&job);
            made.headers.data[i] ^= (uint8_t)(0x81u << i % 7);
        }
        inno_made_free(&made);
    }
}

static void other_programs_are_none(void **state) {
    uint8_t bytes[4096] = "MZ";
    (void)state;
    assert_false(pack_inno.suspect(span_of("PK\3\4", 4, 0), 4096));
    assert_false(open_bytes(bytes, sizeof bytes));
    assert_int_equal(walk.memory.fault.code, FAULT_BAD);
    pack_walk_close(&walk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(other_programs_are_none, start),
        cmocka_unit_test_setup(words_for_versions, start),
        cmocka_unit_test_setup(calls_are_relative_again, start),
        cmocka_unit_test_setup(setup_reads_what_it_says, start),
        cmocka_unit_test_setup(every_version_comes_back, start),
        cmocka_unit_test_setup(every_packing_and_carrier_comes_back, start),
        cmocka_unit_test_setup(own_parts_are_given, start),
        cmocka_unit_test_setup(facts_are_told, start),
        cmocka_unit_test_setup(other_versions_are_named, start),
        cmocka_unit_test_setup(damaged_headers_are_told, start),
        cmocka_unit_test_setup(too_large_headers_are_told, start),
        cmocka_unit_test_setup(changed_bytes_are_damage, start),
        cmocka_unit_test_setup(encrypted_files_are_named, start),
        cmocka_unit_test_setup(files_that_are_not_there_are_named, start),
        cmocka_unit_test_setup(slices_are_joined, start),
        cmocka_unit_test_setup(prefixes_and_flipped_bits_are_survived, start),
        cmocka_unit_test_setup(changed_headers_are_survived, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
