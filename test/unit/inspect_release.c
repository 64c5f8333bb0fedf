/* What a comparison of releases asks of a content: only where it is asked for, and the same however much is
 * there. */
#include "detect/inspect_release.h"

#include "format/deflate.h"
#include "make/examine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "make/dotnet_made.h"

static const struct inspect_options release = {.inspect = true, .hash = true, .release = true},
                                    plain = {.inspect = true, .hash = true};

static int prepare(void **state) {
    (void)state;
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

static const unsigned tables[] = {FACT_fuzzy,   FACT_data_shape, FACT_pe_set, FACT_pe_resource,
                                  FACT_pe_text, FACT_excerpt,    FACT_dotnet};

/* An image with enough of everything. */
static struct build image(void) {
    struct build b;
    build_all(&b, true);
    return b;
}

static void only_if_asked(void **state) {
    (void)state;
    struct build b = image();
    struct examine e;
    examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &plain);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_int_equal(examine_rows(&e, tables[i]), 0);
    struct row row;
    assert_true(examine_row(&e, FACT_pe_section, 0, &row));
    assert_null(examine_cell(&row, FACT_pe_section_sha256));
    examine_free(&e);
}

static void cut_at_every_length(void **state) {
    (void)state;
    struct build b = image();
    for (size_t there = 0; there <= BUILD_SIZE; there += 3) {
        struct examine e;
        uint8_t *exact = malloc(there + 1);
        memcpy(exact, b.bytes, there);
        examine_cut(&e, exact, there, there, &release);
        (void)examine_rows(&e, FACT_fuzzy);
        examine_free(&e);
        examine_cut(&e, exact, there, BUILD_SIZE, &release);
        assert_true(there == BUILD_SIZE || examine_rows(&e, FACT_fuzzy) == 0);
        examine_free(&e);
        free(exact);
    }
}

static void every_flipped_bit(void **state) {
    (void)state;
    struct build b = image();
    for (size_t bit = 0; bit < (size_t)BUILD_SIZE * 8; bit += 13) {
        struct examine e;
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &release);
        (void)examine_rows(&e, FACT_fuzzy);
        examine_free(&e);
        b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void section_is(const struct examine *e, size_t ordinal, const uint8_t *bytes, size_t size) {
    struct row row;
    uint8_t wanted[DIGEST_MAX];
    assert_true(examine_row(e, FACT_pe_section, ordinal, &row));
    const struct row_cell *cell = examine_cell(&row, FACT_pe_section_sha256);
    if (!bytes) {
        assert_null(cell);
        return;
    }
    digest_once(DIGEST_SHA256, span_of(bytes, size, 0), wanted);
    assert_non_null(cell);
    assert_memory_equal(cell->bytes.data, wanted, 32);
}

static void sections(void **state) {
    (void)state;
    struct build b = image();
    struct examine e;
    examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &release);
    section_is(&e, 0, b.bytes + BUILD_TEXT, 0x200);
    section_is(&e, 1, b.bytes + BUILD_DATA, BUILD_DATA_SIZE);
    examine_free(&e);
    build_32(&b, b.sections + 40 + 20, BUILD_TEXT + 0x100); /* shares bytes with the first */
    examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &release);
    section_is(&e, 0, b.bytes + BUILD_TEXT, 0x200);
    section_is(&e, 1, NULL, 0);
    examine_free(&e);
    build_32(&b, b.sections + 40 + 20, BUILD_DATA);
    build_32(&b, b.sections + 40 + 16, BUILD_SIZE); /* more than is there */
    examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &release);
    section_is(&e, 0, b.bytes + BUILD_TEXT, 0x200);
    section_is(&e, 1, NULL, 0);
    examine_free(&e);
}

static void sets(void **state) {
    (void)state;
    static const char imports[] =
        "kernel32.dll!createfilew\nkernel32.dll!readfile\nws2_32.dll!#1\nws2_32.dll!wsasendx\n",
                      exports[] = "dllmain\nforwarded\n";
    uint8_t wanted[DIGEST_MAX];
    struct build b = image();
    struct examine e;
    struct row row;
    for (int turn = 0; turn < 2; turn++) {
        examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &release);
        assert_int_equal(examine_rows(&e, FACT_pe_set), 1);
        assert_true(examine_row(&e, FACT_pe_set, 0, &row));
        digest_once(DIGEST_SHA256, span_of(imports, sizeof imports - 1, 0), wanted);
        assert_memory_equal(examine_cell(&row, FACT_pe_set_imports)->bytes.data, wanted, 32);
        digest_once(DIGEST_SHA256, span_of(exports, sizeof exports - 1, 0), wanted);
        assert_memory_equal(examine_cell(&row, FACT_pe_set_exports)->bytes.data, wanted, 32);
        examine_free(&e);
        for (uint32_t i = 0; i < 20; i++) { /* the libraries in another order */
            uint8_t kept = b.bytes[b.imports + i];
            b.bytes[b.imports + i] = b.bytes[b.imports + 20 + i];
            b.bytes[b.imports + 20 + i] = kept;
        }
    }
}

static void resources(void **state) {
    (void)state;
    struct build b = image();
    struct examine e;
    struct row row;
    uint8_t wanted[DIGEST_MAX];
    uint32_t size = build_get(&b, b.resources + 76), at = b.resources + 88;
    examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &release);
    assert_int_equal(examine_rows(&e, FACT_pe_resource), 1);
    assert_true(examine_row(&e, FACT_pe_resource, 0, &row));
    assert_memory_equal(examine_cell(&row, FACT_pe_resource_type)->bytes.data, "VERSION", 7);
    assert_int_equal(examine_cell(&row, FACT_pe_resource_offset)->integer, at);
    digest_once(DIGEST_SHA256, span_of(b.bytes + at, size, 0), wanted);
    assert_memory_equal(examine_cell(&row, FACT_pe_resource_sha256)->bytes.data, wanted, 32);
    examine_free(&e);
}

static uint64_t number(const struct row *row, unsigned column) {
    const struct row_cell *cell = examine_cell(row, column);
    return cell ? cell->integer : UINT64_MAX;
}

/* A tail of noise behind zeros; then text, which has no row. */
static void data(void **state) {
    (void)state;
    enum { SIZE = 300000 };
    uint8_t *bytes = calloc(SIZE, 1);
    struct examine e;
    struct row row;
    uint32_t x = 1;
    for (size_t i = SIZE - INSPECT_RELEASE_TAIL; i < SIZE; i++) {
        x = x * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(x >> 16);
    }
    examine_cut(&e, bytes, SIZE, SIZE, &release);
    assert_int_equal(examine_rows(&e, FACT_data_shape), 1);
    assert_true(examine_row(&e, FACT_data_shape, 0, &row));
    assert_int_equal(number(&row, FACT_data_shape_entropy), span_entropy(span_of(bytes, SIZE, 0)));
    assert_int_equal(number(&row, FACT_data_shape_tail_entropy),
                     span_entropy(span_of(bytes + SIZE - INSPECT_RELEASE_TAIL, INSPECT_RELEASE_TAIL, 0)));
    assert_null(examine_cell(&row, FACT_data_shape_looks));
    examine_free(&e);
    memset(bytes, 'a', 1000);
    examine_cut(&e, bytes, 1000, 1000, &release);
    assert_int_equal(examine_rows(&e, FACT_data_shape), 0);
    assert_int_equal(examine_rows(&e, FACT_fuzzy), 0);
    examine_free(&e);
    free(bytes);
}

/* A text comes back from its parts, however many; one that is too large has none. */
static void texts(void **state) {
    (void)state;
    uint8_t *bytes = malloc(INSPECT_RELEASE_TEXT + 1);
    uint32_t x = 1;
    for (size_t i = 0; i <= INSPECT_RELEASE_TEXT; i++) { /* that is hard to pack */
        x = x * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(32 + (x >> 16) % 95);
    }
    for (size_t size = 1; size <= INSPECT_RELEASE_TEXT;
         size = size < 300000 ? size * 7 + 1 : size + INSPECT_RELEASE_TEXT) {
        struct examine e;
        struct row row;
        struct text packed = {0};
        struct span back;
        struct job job;
        examine_cut(&e, bytes, size, size, &release);
        size_t parts = examine_rows(&e, FACT_excerpt);
        assert_true(parts > 0 && e.result.has_sha256);
        for (size_t i = 0; i < parts; i++) {
            assert_true(examine_row(&e, FACT_excerpt, i, &row));
            assert_int_equal(number(&row, FACT_excerpt_size), size);
            assert_memory_equal(examine_cell(&row, FACT_excerpt_kind)->bytes.data, "text", 4);
            struct span part = examine_cell(&row, FACT_excerpt_packed)->bytes;
            text_bytes(&packed, part.data, part.size);
        }
        job_init(&job, 4 << 20);
        assert_true(deflate_undo(&job, span_of(packed.data, packed.size, 0), size, &back));
        assert_memory_equal(back.data, bytes, size);
        job_reset(&job);
        text_free(&packed);
        examine_free(&e);
    }
    struct examine e;
    examine_cut(&e, bytes, INSPECT_RELEASE_TEXT + 1, INSPECT_RELEASE_TEXT + 1, &release);
    assert_int_equal(examine_rows(&e, FACT_excerpt), 0);
    assert_true(e.result.has_sha256);
    examine_free(&e);
    free(bytes);
}

/* A picture of GIF: nothing behind its end, then something. */
static void pictures(void **state) {
    (void)state;
    static const uint8_t gif[] = "GIF89a\1\0\1\0\0\0\0\x3b"
                                 "$appended";
    struct examine e;
    struct row row;
    for (size_t more = 0; more <= 9; more += 9) {
        examine_cut(&e, gif, 14 + more, 14 + more, &release);
        assert_true(examine_row(&e, FACT_data_shape, 0, &row));
        assert_int_equal(number(&row, FACT_data_shape_appended), more);
        assert_memory_equal(examine_cell(&row, FACT_data_shape_looks)->bytes.data, "gif", 3);
        assert_true((examine_cell(&row, FACT_data_shape_appended_entropy) != NULL) == (more > 0));
        examine_free(&e);
    }
}

static void dotnet(void **state) {
    (void)state;
    struct dotnet_made m = dotnet_make();
    struct examine e;
    struct row row;
    examine_cut(&e, m.build.bytes, BUILD_SIZE, BUILD_SIZE, &release);
    assert_int_equal(examine_rows(&e, FACT_dotnet), 1);
    assert_int_equal(examine_rows(&e, FACT_dotnet_reference), 1);
    assert_int_equal(examine_rows(&e, FACT_dotnet_import), 1);
    assert_int_equal(examine_rows(&e, FACT_dotnet_resource), 1);
    assert_true(examine_row(&e, FACT_dotnet, 0, &row));
    assert_memory_equal(examine_cell(&row, FACT_dotnet_version)->bytes.data, "1.2.3.4", 7);
    assert_memory_equal(examine_cell(&row, FACT_dotnet_mvid)->bytes.data,
                        "04030201-0605-0807-090a-0b0c0d0e0f10", 36);
    examine_free(&e);
    struct build b = image(); /* an image of another kind */
    examine_cut(&e, b.bytes, BUILD_SIZE, BUILD_SIZE, &release);
    assert_int_equal(examine_rows(&e, FACT_dotnet), 0);
    examine_free(&e);
}

/* Fuses lie anywhere in a program of any system; a text that holds the mark has none. */
static void fuses(void **state) {
    (void)state;
    static const char wire[] = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x02"
                               "10";
    static uint8_t bytes[1 << 20];
    struct examine e;
    struct row row;
    memset(bytes, 0x90, sizeof bytes);
    memcpy(bytes + (128 << 10) - 20, wire, sizeof wire - 1); /* over the end of what is added at once */
    examine_cut(&e, bytes, sizeof bytes, sizeof bytes, &release);
    assert_int_equal(examine_rows(&e, FACT_electron_fuse), 2);
    assert_true(examine_row(&e, FACT_electron_fuse, 1, &row));
    assert_memory_equal(examine_cell(&row, FACT_electron_fuse_name)->bytes.data, "EnableCookieEncryption",
                        22);
    assert_memory_equal(examine_cell(&row, FACT_electron_fuse_state)->bytes.data, "off", 3);
    examine_free(&e);
    examine_cut(&e, bytes, sizeof bytes, sizeof bytes, &plain);
    assert_int_equal(examine_rows(&e, FACT_electron_fuse), 0);
    examine_free(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_if_asked),
        cmocka_unit_test(cut_at_every_length),
        cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(sections),
        cmocka_unit_test(sets),
        cmocka_unit_test(resources),
        cmocka_unit_test(fuses),
        cmocka_unit_test(data),
        cmocka_unit_test(pictures),
        cmocka_unit_test(texts),
        cmocka_unit_test(dotnet),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
