#include "format/rpm.h"
#include "make/cpio_made.h"
#include "make/pack_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_rpm;

enum { ROOM = 1 << 16, METHODS = 6, ALONE = 5, PLAIN = 0100644 };

static const unsigned tags[] = {1000, 1001, 1002, 1011, 1024, 1064, 1124};
static const char *texts[] = {"demo", "1.2", "3", "Nobody", "echo installed", "4.18.0", "cpio"};

static struct pack_walk walk;
static struct cpio_made cpio;
static uint8_t packed[ROOM], *whole;
static size_t size;
static char told[8192];

static int start(void **state) {
    (void)state;
    memset(&walk, 0, sizeof walk);
    memset(&cpio, 0, sizeof cpio);
    cpio_made_add(&cpio, "./one", PLAIN, 1, "first", 5);
    cpio_made_add(&cpio, "./two", PLAIN, 1, "second", 6);
    cpio_made_end(&cpio);
    texts[6] = "cpio";
    return 0;
}

static int end(void **state) {
    (void)state;
    free(whole);
    whole = NULL;
    return 0;
}

/* As files of LZMA are, by themselves. */
static size_t pack_alone(void) {
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_options_lzma options;
    lzma_lzma_preset(&options, 1);
    assert_int_equal(lzma_alone_encoder(&stream, &options), LZMA_OK);
    stream.next_in = cpio.bytes;
    stream.avail_in = cpio.size;
    stream.next_out = packed;
    stream.avail_out = ROOM;
    assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
    size_t got = (size_t)stream.total_out;
    lzma_end(&stream);
    return got;
}

static size_t pack_payload(unsigned method) {
    static const enum inflate_method methods[] = {INFLATE_STORED, INFLATE_GZIP, INFLATE_XZ, INFLATE_BZIP2,
                                                  INFLATE_ZSTD};
    return method == ALONE ? pack_alone() : pack_made(methods[method], cpio.bytes, cpio.size, packed, ROOM);
}

static void build(unsigned method) {
    size_t many = pack_payload(method);
    end(NULL);
    whole = cpio_made_rpm(tags, texts, 7, packed, many, &size);
}

static void say(const char *format, ...) {
    va_list arguments;
    size_t n = strlen(told);
    va_start(arguments, format);
    vsnprintf(told + n, sizeof told - n, format, arguments);
    va_end(arguments);
}

static bool list(size_t many) {
    uint8_t content[64];
    struct pack_member member;
    struct pack_fact fact;
    walk.files[0] = (struct pack_walk_file){"a.rpm", whole, many};
    walk.count = 1;
    told[0] = 0;
    bool good = pack_walk_open(&walk, &pack_rpm);
    if (!good)
        say("%s", walk.memory.fault.text);
    while (good && pack_rpm.fact(&walk.pack, &walk.notes, &fact))
        say("%s=%.*s;", fact.kind, (int)fact.value.size, (const char *)fact.value.data);
    while (good && pack_rpm.next(&walk.pack, &walk.notes, &member)) {
        size_t got = pack_rpm.read(&walk.pack, &walk.notes, content, sizeof content);
        say("%.*s:%.*s;", (int)member.path.size, (const char *)member.path.data, (int)got,
            (const char *)content);
    }
    for (size_t i = 0; i < walk.notes.noted && i < JOB_NOTES; i++)
        say("!%s;", walk.notes.notes[i].text);
    pack_walk_close(&walk);
    return good;
}

static const char wanted[] =
    "writer=4.18.0;product=demo;version=1.2-3;publisher=Nobody;custom-action=echo installed;"
    "one:first;two:second;";

static void all_methods(void **state) {
    (void)state;
    for (unsigned method = 0; method < METHODS; method++) {
        build(method);
        assert_true(pack_rpm.suspect(span_of(whole, size, 0), size));
        assert_true(list(size));
        assert_string_equal(told, wanted);
    }
}

static void what_is_not_read(void **state) {
    (void)state;
    texts[6] = "drpm";
    build(0);
    assert_false(list(size));
    assert_string_equal(told,
                        "a package whose payload is no archive of cpio, such as a difference to another one");
    texts[6] = "cpio";
    memset(cpio.bytes, 0xff, 20);
    build(0);
    assert_false(list(size));
    assert_string_equal(told, "the payload of this package is packed in a way that is not undone");
    whole[4] = 2;
    assert_false(list(size));
    assert_string_equal(told, "no package of RPM");
}

static void heads_that_lie(void **state) {
    (void)state;
    build(1);
    whole[96 + 12] = 0xff; /* size of the signatures' store */
    assert_false(list(size));
    assert_string_equal(told, "the package ends in a header");
    whole[96 + 9] = 2; /* rows */
    assert_false(list(size));
    assert_string_equal(told, "a header of a package that makes no sense");
}

/* Tags in any order, of other types, and texts without an end. */
static void texts_of_a_header(void **state) {
    (void)state;
    uint8_t bytes[256];
    struct rpm_header header;
    uint8_t *after = cpio_made_header(bytes, tags, texts, 3);
    struct span all = span_of(bytes, (size_t)(after - bytes), 0);
    assert_true(rpm_header_read(all, &header));
    assert_int_equal(rpm_header_size(all), all.size);
    assert_memory_equal(rpm_text(&header, RPM_VERSION).data, "1.2", 4);
    assert_int_equal(rpm_text(&header, RPM_WRITER).size, 0);
    after[-1] = 'x'; /* the last one does not end */
    assert_int_equal(rpm_text(&header, RPM_RELEASE).size, 0);
    bytes[16 + 7] = 4; /* the first one is a number */
    assert_int_equal(rpm_text(&header, RPM_NAME).size, 0);
    bytes[16 + 16 + 8] = 0xff; /* the second one lies outside */
    assert_int_equal(rpm_text(&header, RPM_VERSION).size, 0);
    assert_false(rpm_header_read(span_part(all, 0, all.size - 1), &header));
}

static void damage_is_told(void **state) {
    (void)state;
    build(1);
    assert_true(list(size - 12));
    assert_non_null(strstr(told, "!"));
    build(2);
    whole[size - 40] ^= 4;
    assert_true(list(size));
    assert_non_null(strstr(told, "!packed bytes that make no sense;"));
}

static void prefixes_and_flipped_bits_are_survived(void **state) {
    (void)state;
    for (unsigned method = 0; method < METHODS; method++) {
        build(method);
        for (size_t i = 0; i < size; i++) {
            uint8_t *part = malloc(i + 1);
            memcpy(part, whole, i);
            walk.files[0] = (struct pack_walk_file){"a.rpm", part, i};
            if (pack_walk_open(&walk, &pack_rpm))
                pack_walk_all(&walk, 1 << 20);
            pack_walk_close(&walk);
            free(part);
        }
        for (size_t bit = 0; bit < size * 8; bit += 3) {
            whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
            walk.files[0] = (struct pack_walk_file){"a.rpm", whole, size};
            if (pack_walk_open(&walk, &pack_rpm))
                pack_walk_all(&walk, 1 << 20);
            else
                assert_int_not_equal(walk.memory.fault.code, FAULT_NONE);
            pack_walk_close(&walk);
            whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_not_read),
        TEST(heads_that_lie),
        TEST(damage_is_told),
        TEST(texts_of_a_header),
        TEST(prefixes_and_flipped_bits_are_survived),
        TEST(all_methods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
