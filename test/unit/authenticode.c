/* Certificate tables and signatures: lies first, then what is read, then sweeps. */
#include "format/authenticode.h"
#include "format/authenticode_tag.h"
#include "make/authenticode_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct job job;
static struct x509_store store;
static const struct authenticode_context context = {.store = &store, .now = 133800000000000000u};

static int prepare(void **state) {
    (void)state;
    job_init(&job, 16 << 20);
    return x509_prepare() && digest_prepare() && x509_store_init(&store) ? 0 : -1;
}

static int clean(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static struct authenticode_layout layout_of(const struct fixture *f) {
    size_t directory = fixture_directory_at(f);
    return (struct authenticode_layout){fixture_checksum_at(f), directory, fixture_get(f, directory),
                                        fixture_get(f, directory + 4), f->size};
}

static struct span table_of(const struct fixture *f) {
    struct authenticode_layout layout = layout_of(f);
    return span_clip(span_of(f->data, f->size, 0), layout.table_at, layout.table_size);
}

static struct authenticode decoded(const struct fixture *f) {
    struct authenticode a;
    struct authenticode_layout layout = layout_of(f);
    assert_true(authenticode_decode(&job, &layout, table_of(f), &context, &a));
    return a;
}

static bool noted(enum fault_code code) {
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        if (job.notes[i].code == code)
            return true;
    return false;
}

static struct fixture plain(void) {
    return fixture_signed(&(struct fixture_image){.size = 2048}, "sha256", FIXTURE_SUBJECT, NULL, 0);
}

/* The digests of a whole file, fed in pieces of `step` bytes. */
static struct authenticode_digests digests_of(const struct fixture *f, size_t step, unsigned kinds) {
    struct authenticode_digest d = {0};
    struct authenticode_digests ret;
    struct authenticode_layout layout = layout_of(f);
    assert_true(authenticode_digest_init(&d));
    authenticode_digest_start(&d, &layout, 1u << DIGEST_SHA256, kinds);
    for (size_t at = 0; at < f->size; at += step)
        authenticode_digest_add(&d, span_clip(span_of(f->data, f->size, 0), at, step));
    authenticode_digest_end(&d, &ret);
    authenticode_digest_free(&d);
    return ret;
}

static void table_points_past_the_end(void **state) {
    (void)state;
    struct fixture f = plain();
    fixture_put(&f, fixture_directory_at(&f), f.size + 8, 4);
    struct authenticode a = decoded(&f);
    assert_false(a.table.usable);
    assert_int_equal(a.table.entry_count, 0);
    assert_true(noted(FAULT_TORN));
    fixture_free(&f);
}

static void table_ends_past_the_end(void **state) {
    (void)state;
    struct fixture f = plain();
    f.size -= 16;
    struct authenticode a = decoded(&f);
    assert_true(a.table.usable);
    assert_false(a.table.whole);
    assert_true(noted(FAULT_TORN));
    assert_int_equal(a.table.entry_count, 1);
    assert_false(a.table.entries[0].whole);
    assert_int_equal(a.table.entries[0].slack.size, 0);
    assert_int_equal(a.signature_count, 0);
    fixture_free(&f);
}

static void table_overlaps_the_headers(void **state) {
    (void)state;
    struct fixture f = plain();
    fixture_put(&f, fixture_directory_at(&f), fixture_directory_at(&f), 4);
    struct authenticode a = decoded(&f);
    assert_false(a.table.usable);
    assert_true(noted(FAULT_BAD));
    fixture_free(&f);
}

static void lengths_that_lie(void **state) {
    (void)state;
    static const uint32_t lengths[] = {0, 1, 7, 8, 9, 0x7fffffff, 0xfffffff8, 0xffffffff};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct fixture f = plain();
        size_t table = fixture_get(&f, fixture_directory_at(&f));
        fixture_put(&f, table, lengths[i], 4);
        struct authenticode a = decoded(&f);
        assert_int_equal(a.table.entry_count > 0, lengths[i] >= 8);
        if (lengths[i] < 8)
            assert_int_equal(a.table.tail.size, a.table.bytes.size);
        if (lengths[i] > 16) {
            assert_true(noted(FAULT_BAD));
            assert_false(a.table.entries[0].whole);
            assert_int_equal(a.signature_count, 1); /* it is there all the same */
        }
        fixture_free(&f);
        job_reset(&job);
    }
}

static void too_many_entries(void **state) {
    (void)state;
    uint8_t bytes[(AUTHENTICODE_TABLE_ENTRIES + 3) * 8] = {0};
    for (size_t i = 0; i < sizeof bytes; i += 8)
        bytes[i] = 8;
    struct authenticode_layout layout = {100, 200, 1000, sizeof bytes, 1000 + sizeof bytes};
    struct authenticode_table table;
    assert_true(authenticode_table_decode(&job, &layout, span_of(bytes, sizeof bytes, 1000), &table));
    assert_int_equal(table.entry_count, AUTHENTICODE_TABLE_ENTRIES);
    assert_int_equal(table.tail.size, 24);
    assert_true(noted(FAULT_LIMIT));
}

static void memory_runs_out(void **state) {
    (void)state;
    struct fixture f = plain();
    struct authenticode_layout layout = layout_of(&f);
    struct authenticode a;
    for (size_t cap = 0; cap < 40000; cap += 500) {
        struct job small;
        job_init(&small, cap);
        if (!authenticode_decode(&small, &layout, table_of(&f), &context, &a))
            assert_int_equal(small.fault.code, FAULT_LIMIT);
        job_reset(&small);
    }
    fixture_free(&f);
}

static void reads_a_signature(void **state) {
    (void)state;
    static const char *const names[] = {"md5", "sha1", "sha256", "sha384", "sha512"};
    for (size_t i = 0; i < 5; i++) {
        struct fixture f = fixture_signed(&(struct fixture_image){.pe32 = i & 1, .size = 3001}, names[i],
                                          FIXTURE_SUBJECT, NULL, 0);
        struct authenticode a = decoded(&f);
        assert_int_equal(job.noted, 0);
        assert_int_equal(a.signature_count, 1);
        const struct authenticode_signature *s = &a.signatures[0];
        assert_string_equal(s->algorithm, names[i]);
        assert_string_equal(s->signer->subject, "/C=US/O=" FIXTURE_SUBJECT "/CN=" FIXTURE_SUBJECT);
        assert_string_equal(s->signer->name, FIXTURE_SUBJECT);
        assert_string_equal(s->signer->serial, "0123456789ABCDEF");
        assert_string_equal(s->program, "Test");
        assert_true(s->signer->not_before == 132223104000000000u);
        assert_int_equal(s->seal, AUTHENTICODE_MATCH);
        assert_int_equal(a.table.sum_relation, AUTHENTICODE_TABLE_EXACT);
        assert_true(a.table.entries[0].slack.size < 8);
        struct authenticode_digests d = digests_of(&f, 1000, authenticode_kinds(&a));
        authenticode_compare(&a, &d, NULL);
        assert_int_equal(s->verdict, AUTHENTICODE_MATCH);
        fixture_free(&f);
        job_reset(&job);
    }
}

static void reads_nested_signatures(void **state) {
    (void)state;
    struct fixture f = fixture_pe(&(struct fixture_image){.size = 2048});
    struct fixture der = fixture_signature(&f, "sha512", "Innermost", NULL);
    for (int depth = 0; depth < 6; depth++) {
        struct fixture outer = fixture_signature(&f, depth & 1 ? "sha1" : "sha256", FIXTURE_SUBJECT, &der);
        fixture_free(&der);
        der = outer;
    }
    fixture_entry(&f, &der, NULL, 0);
    struct authenticode a = decoded(&f);
    assert_int_equal(a.signature_count, AUTHENTICODE_DEPTH);
    assert_true(noted(FAULT_LIMIT));
    for (unsigned i = 0; i < AUTHENTICODE_DEPTH; i++)
        assert_int_equal(a.signatures[i].depth, i);
    assert_int_equal(authenticode_kinds(&a), 1u << DIGEST_SHA1 | 1u << DIGEST_SHA256);
    struct authenticode_digests d = digests_of(&f, 777, authenticode_kinds(&a));
    authenticode_compare(&a, &d, NULL);
    assert_int_equal(authenticode_overall(&a), AUTHENTICODE_MATCH);
    fixture_free(&f);
    fixture_free(&der);
}

static void sees_a_forged_digest(void **state) {
    (void)state;
    struct fixture f = plain();
    struct authenticode a = decoded(&f);
    /* The digest in the signature is replaced by one that fits the changed file: the seal breaks. */
    uint8_t *at = memmem(f.data, f.size, a.signatures[0].digest, 32);
    assert_non_null(at);
    f.data[0x300] ^= 1;
    uint8_t digest[64];
    fixture_digest(&f, "sha256", digest);
    memcpy(at, digest, 32);
    a = decoded(&f);
    struct authenticode_digests d = digests_of(&f, f.size, authenticode_kinds(&a));
    authenticode_compare(&a, &d, NULL);
    assert_int_equal(a.signatures[0].verdict, AUTHENTICODE_MATCH);
    assert_int_equal(a.signatures[0].seal, AUTHENTICODE_MISMATCH);
    fixture_free(&f);
}

/* The last number of the type in SpcAttributeTypeAndOptionalValue: cabinets, scripts and others are not
 * images.
 */
static void is_for_images_only(void **state) {
    (void)state;
    static const uint8_t type[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0f};
    struct fixture f = plain();
    size_t at = layout_of(&f).table_at;
    while (at + sizeof type < f.size && memcmp(f.data + at, type, sizeof type) != 0)
        at++;
    assert_true(at + sizeof type < f.size);
    for (unsigned last = 0; last < 128; last++) {
        f.data[at + sizeof type - 1] = (uint8_t)last;
        struct authenticode a = decoded(&f);
        assert_int_equal(a.signature_count, 1);
        bool image = last == 15 || last == 21; /* SPC_PE_IMAGE_DATA; what pesign once wrote */
        assert_true(a.signatures[0].known == image && (a.signatures[0].algorithm != NULL) == image);
        if (image)
            assert_null(a.signatures[0].reason);
        else
            assert_string_equal(a.signatures[0].reason, "the signature is for another kind of file");
        job_reset(&job);
    }
    fixture_free(&f);
}

static void one_changed_byte_is_seen(void **state) {
    (void)state;
    struct fixture f = plain();
    size_t checksum = fixture_checksum_at(&f), directory = fixture_directory_at(&f);
    size_t table = fixture_get(&f, directory);
    struct authenticode a = decoded(&f);
    for (size_t at = 0; at < table; at += at < 0x200 ? 1 : 37) {
        f.data[at] ^= 0x10;
        struct authenticode_layout layout = a.layout;
        struct authenticode_digest d = {0};
        struct authenticode_digests digests;
        assert_true(authenticode_digest_init(&d));
        authenticode_digest_start(&d, &layout, 0, 1u << DIGEST_SHA256);
        authenticode_digest_add(&d, span_of(f.data, f.size, 0));
        authenticode_digest_end(&d, &digests);
        authenticode_digest_free(&d);
        authenticode_compare(&a, &digests, NULL);
        bool left_out = (at >= checksum && at < checksum + 4) || (at >= directory && at < directory + 8);
        assert_int_equal(authenticode_overall(&a), left_out ? AUTHENTICODE_MATCH : AUTHENTICODE_MISMATCH);
        f.data[at] ^= 0x10;
    }
    fixture_free(&f);
}

static void digests_like_a_signer(void **state) {
    (void)state;
    for (size_t size = 1024; size < 1042; size++) {
        struct fixture f = fixture_pe(&(struct fixture_image){.size = size, .pe32 = size & 1});
        uint8_t expected[64];
        fixture_digest(&f, "sha1", expected);
        for (size_t step = 1; step < 2000; step = step * 3 + 1) {
            struct authenticode_digests d = digests_of(&f, step, 1u << DIGEST_SHA1);
            assert_memory_equal(d.image[DIGEST_SHA1], expected, 20);
        }
        fixture_free(&f);
    }
    /* Bytes behind the table count. */
    struct fixture f = plain();
    fixture_add(&f, "appended", 8);
    uint8_t expected[64];
    fixture_digest(&f, "sha256", expected);
    struct authenticode_digests d = digests_of(&f, 100, 1u << DIGEST_SHA256);
    assert_memory_equal(d.image[DIGEST_SHA256], expected, 32);
    digest_once(DIGEST_SHA256, span_of(f.data, f.size, 0), expected);
    assert_memory_equal(d.file[DIGEST_SHA256], expected, 32);
    fixture_free(&f);
}

static void cannot_tell_without_bytes(void **state) {
    (void)state;
    struct fixture f = plain();
    struct authenticode a = decoded(&f);
    authenticode_compare(&a, NULL, "because");
    assert_int_equal(a.signatures[0].verdict, AUTHENTICODE_CANNOT_TELL);
    assert_string_equal(a.signatures[0].reason, "because");
    fixture_free(&f);
}

static void knows_tags(void **state) {
    (void)state;
    struct authenticode_tag tag;
    struct span at;
    uint8_t bytes[2048] = "Gact2.0Omaha\x00\x0b"
                          "brand=GTPM&";
    assert_true(authenticode_tag_read(span_of(bytes, 25, 0), &tag));
    assert_int_equal(tag.bytes.size, 25);
    assert_true(authenticode_tag_read(span_of(bytes, sizeof bytes, 0), &tag));
    bytes[30] = 1; /* behind the tag */
    assert_true(authenticode_tag_read(span_of(bytes, sizeof bytes, 0), &tag));
    assert_int_equal(tag.bytes.size, 30);
    bytes[20] = 0x80;
    assert_false(authenticode_tag_read(span_of(bytes, sizeof bytes, 0), &tag));
    bytes[20] = 'x';
    bytes[12] = 0x7f; /* longer than any tag */
    assert_false(authenticode_tag_read(span_of(bytes, sizeof bytes, 0), &tag));
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, "__MOZCUSTOM__:campaign%3Dx\t\t", 28);
    assert_true(authenticode_tag_read(span_of(bytes, sizeof bytes, 0), &tag));
    assert_int_equal(tag.bytes.size, 1024);
    bytes[500] = 0xcc;
    assert_true(authenticode_tag_read(span_of(bytes, sizeof bytes, 0), &tag));
    assert_int_equal(tag.bytes.size, 500);
    static const char edge[] = "M\0S\0E\0D\0G\0E\0_\0a\0=\0b\0_\0E\0G\0D\0E\0S\0M\0";
    assert_true(authenticode_tag_read(span_of(edge, sizeof edge - 1, 0), &tag));
    assert_int_equal(tag.bytes.size, sizeof edge - 1);
    assert_false(authenticode_tag_read(span_of(edge, sizeof edge - 3, 0), &tag));
    const char *name = NULL;
    assert_int_equal(authenticode_tag_skip(span_of(edge + 2, sizeof edge - 3, 0), &name).size,
                     sizeof edge - 3);
    assert_null(name);
    static const char row[] = "\0\0\0Gact2.0Omaha\0\1x\0\0\0Gact2.0Omaha\0\1yzz";
    struct span rest = authenticode_tag_skip(span_of(row, sizeof row - 1, 90), &name);
    assert_string_equal(name, "Omaha tag");
    assert_int_equal(rest.size, 2);
    assert_int_equal(rest.offset, 90 + sizeof row - 3);
    assert_false(authenticode_tag_marker(span_of(bytes, sizeof bytes, 0), &at));
    memcpy(bytes + 700, "\xfe\xed\xfa\xce\xfe\xed\xfa\xce", 8);
    assert_true(authenticode_tag_marker(span_of(bytes, sizeof bytes, 50), &at));
    assert_int_equal(at.offset, 750);
}

/* Deep nesting of the DER inside an entry must neither crash nor take long. */
static void nests_deep(void **state) {
    (void)state;
    struct fixture f = fixture_pe(&(struct fixture_image){.size = 1024});
    struct fixture der = {NULL, 0};
    enum { DEPTH = 10000 };
    fixture_add(&der, NULL, 4 * DEPTH);
    size_t at = der.size;
    for (size_t i = 0; i < DEPTH && at > 4; i++) {
        size_t inner = der.size - at;
        at -= 4;
        memcpy(der.data + at, (uint8_t[]){0x30, 0x82, (uint8_t)(inner >> 8), (uint8_t)inner}, 4);
    }
    memcpy(der.data, "\x30\x82\x9c\x3c", 4);
    fixture_entry(&f, &der, NULL, 0);
    struct authenticode a = decoded(&f);
    assert_int_equal(a.signature_count, 0);
    assert_true(noted(FAULT_BAD));
    fixture_free(&f);
    fixture_free(&der);
}

static void sweeps(void **state) {
    (void)state;
    struct fixture f = fixture_pe(&(struct fixture_image){.size = 1024});
    struct fixture inner = fixture_signature(&f, "sha1", FIXTURE_SUBJECT, NULL);
    struct fixture der = fixture_signature(&f, "sha256", FIXTURE_SUBJECT, &inner);
    fixture_entry(&f, &der, NULL, 0);
    struct authenticode_layout layout = layout_of(&f);
    struct span table = table_of(&f);
    struct authenticode a;
    for (size_t size = 0; size < table.size; size++) {
        uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees any read behind it */
        memcpy(exact, table.data, size);
        struct authenticode_layout cut = layout;
        cut.file_size = layout.table_at + size;
        assert_true(authenticode_decode(&job, &cut, span_of(exact, size, layout.table_at), &context, &a));
        assert_int_equal(a.signature_count, size < 8 + der.size ? 0 : 2);
        assert_true(noted(FAULT_TORN));
        job_reset(&job);
        free(exact);
    }
    for (size_t bit = 0; bit < table.size * 8; bit += 3) {
        f.data[layout.table_at + bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_true(authenticode_decode(&job, &layout, table, &context, &a));
        f.data[layout.table_at + bit / 8] ^= (uint8_t)(1u << bit % 8);
        job_reset(&job);
    }
    fixture_free(&f);
    fixture_free(&inner);
    fixture_free(&der);
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(table_points_past_the_end),
        TEST(table_ends_past_the_end),
        TEST(table_overlaps_the_headers),
        TEST(lengths_that_lie),
        TEST(too_many_entries),
        TEST(memory_runs_out),
        TEST(reads_a_signature),
        TEST(reads_nested_signatures),
        TEST(sees_a_forged_digest),
        TEST(is_for_images_only),
        TEST(one_changed_byte_is_seen),
        TEST(digests_like_a_signer),
        TEST(cannot_tell_without_bytes),
        TEST(knows_tags),
        TEST(nests_deep),
        TEST(sweeps),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
