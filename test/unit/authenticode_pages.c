/* Page hashes: lists that lie first, then one that is right, then one wrong page. */
#include "format/authenticode_pages.h"
#include "make/signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SIZE = 0x200 + 9000, HEADERS = 0x200 };

static struct digest *scratch;
static struct job job;
static struct fixture image;
static struct pe pe;
static struct authenticode_layout layout;

static int prepare(void **state) {
    (void)state;
    job_init(&job, 64 << 20);
    image = fixture_pe(&(struct fixture_image){.size = SIZE});
    bool good = digest_prepare() && pe_decode(&job, span_of(image.data, image.size, 0), image.size, &pe);
    layout = (struct authenticode_layout){pe.checksum_offset, pe.security_offset, 0, 0, image.size};
    scratch = digest_new();
    return good && scratch ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    digest_free(scratch);
    fixture_free(&image);
    job_reset(&job);
    return 0;
}

static void add_entry(struct fixture *list, uint32_t offset, const uint8_t *digest, size_t size) {
    size_t at = list->size;
    fixture_add(list, NULL, 4);
    fixture_put(list, at, offset, 4);
    fixture_add(list, digest, size);
}

/* The digest of [from, to) without CheckSum and directory entry, filled up with zeros, as the specification
 * has it. */
static size_t page_size = 4096;

static void page_digest(const EVP_MD *md, size_t from, size_t to, uint8_t value[64]) {
    static uint8_t page[65536];
    memset(page, 0, sizeof page);
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        bool left_out = (i >= pe.checksum_offset && i < pe.checksum_offset + 4) ||
                        (i >= pe.security_offset && i < pe.security_offset + 8);
        if (!left_out)
            page[n++] = image.data[i];
    }
    size_t omitted = from == 0 ? 12 : 0;
    fixture_demand(EVP_Digest(page, page_size - omitted, value, NULL, md, NULL) == 1);
}

static struct fixture list_of(bool sha1) {
    const EVP_MD *md = sha1 ? EVP_sha1() : EVP_sha256();
    size_t size = sha1 ? 20 : 32;
    struct fixture list = {NULL, 0};
    uint8_t value[64] = {0}, zeros[64] = {0};
    page_digest(md, 0, HEADERS, value);
    add_entry(&list, 0, value, size);
    for (size_t at = HEADERS; at < SIZE; at += page_size) {
        page_digest(md, at, at + page_size < SIZE ? at + page_size : SIZE, value);
        add_entry(&list, (uint32_t)at, value, size);
    }
    add_entry(&list, SIZE, zeros, size);
    return list;
}

/* The content of SpcIndirectDataContent around such a list. */
static struct fixture content_of(const struct fixture *list, bool sha1) {
    static const uint8_t class_id[16] = {0xa6, 0xb5, 0x86, 0xd5, 0xb4, 0xa1, 0x24, 0x66,
                                         0xae, 0x05, 0xa2, 0x17, 0xda, 0x8e, 0x60, 0xd6};
    struct fixture set = {NULL, 0}, octets = {NULL, 0}, f = {NULL, 0};
    fixture_add(&octets, list->data, list->size);
    fixture_wrap(&octets, 0, 0x04);
    signing_add_attribute(&set, sha1 ? "1.3.6.1.4.1.311.2.3.1" : "1.3.6.1.4.1.311.2.3.2", octets.data,
                          octets.size);
    fixture_wrap(&set, 0, 0x31);
    signing_add_oid(&f, "1.3.6.1.4.1.311.2.1.15");
    size_t data = f.size;
    fixture_add(&f, "\x03\x01\x00", 3);
    size_t file = f.size;
    fixture_add(&f, "\x04\x10", 2);
    fixture_add(&f, class_id, sizeof class_id);
    size_t serialized = f.size;
    fixture_add(&f, set.data, set.size);
    fixture_wrap(&f, serialized, 0x04);
    fixture_wrap(&f, file, 0xa1);
    fixture_wrap(&f, file, 0xa0);
    fixture_wrap(&f, data, 0x30);
    fixture_wrap(&f, 0, 0x30);
    fixture_free(&set);
    fixture_free(&octets);
    return f;
}

static struct authenticode_pages checked(const struct fixture *content, size_t there) {
    struct authenticode_pages ret;
    authenticode_pages_check(span_of(content->data, content->size, 0), &pe, &layout,
                             span_of(image.data, there, 0), scratch, &ret);
    return ret;
}

static void right_lists(void **state) {
    (void)state;
    for (int sha1 = 0; sha1 < 2; sha1++) {
        struct fixture list = list_of(sha1), content = content_of(&list, sha1);
        struct authenticode_pages pages = checked(&content, image.size);
        assert_true(pages.present && !pages.damaged);
        assert_int_equal(pages.kind, sha1 ? DIGEST_SHA1 : DIGEST_SHA256);
        assert_int_equal(pages.checked, 4);
        assert_int_equal(pages.mismatches + pages.unread, 0);
        pages = checked(&content, 5000);
        assert_int_equal(pages.unread, 2);
        fixture_free(&list);
        fixture_free(&content);
    }
}

/* signtool's pages are the machine's, osslsigncode's are SectionAlignment; any other size fits nothing. */
static void pages_of_either_size(void **state) {
    (void)state;
    static const uint32_t alignments[] = {0x200, 0x800, 0x1000, 0x2000, 0x10000};
    static const uint16_t machines[] = {0x14c, 0x8664, 0xaa64, 0x184, 0x200, 0x284};
    struct pe before = pe;
    for (size_t m = 0; m < 6; m++)
        for (size_t a = 0; a < 5; a++)
            for (page_size = 512; page_size <= 65536; page_size *= 2) {
                struct fixture list = list_of(false), content = content_of(&list, false);
                pe.machine = machines[m];
                pe.section_alignment = alignments[a];
                struct authenticode_pages pages = checked(&content, image.size);
                bool fits = page_size == alignments[a] || page_size == (m < 3 ? 4096 : 8192);
                assert_int_equal(fits, pages.mismatches == 0 && !pages.damaged);
                image.data[HEADERS + 100] ^= 1;
                pages = checked(&content, image.size);
                image.data[HEADERS + 100] ^= 1;
                assert_true(pages.mismatches > 0);
                fixture_free(&list);
                fixture_free(&content);
            }
    page_size = 4096;
    pe = before;
}

static struct authenticode_pages checked_list(const struct fixture *list) {
    struct fixture content = content_of(list, false);
    struct authenticode_pages pages = checked(&content, image.size);
    fixture_free(&content);
    return pages;
}

static void lists_that_leave_out(void **state) {
    (void)state;
    enum { ENTRY = 36 };
    struct fixture whole = list_of(false);
    for (size_t cut = 0; cut + ENTRY < whole.size; cut += ENTRY) {
        struct fixture list = {NULL, 0};
        fixture_add(&list, whole.data, cut);
        fixture_add(&list, whole.data + cut + ENTRY, whole.size - cut - ENTRY);
        assert_true(checked_list(&list).damaged);
        fixture_free(&list);
    }
    struct fixture end = {NULL, 0}, content = content_of(&whole, false);
    fixture_add(&end, whole.data + whole.size - ENTRY, ENTRY);
    assert_true(checked_list(&end).damaged);
    uint8_t *id = memmem(content.data, content.size, "\xa6\xb5\x86\xd5", 4);
    assert_non_null(id);
    *id ^= 1;
    assert_false(checked(&content, image.size).present);
    fixture_free(&end);
    fixture_free(&content);
    fixture_free(&whole);
}

/* Entries for places that nothing of the image holds cost no digest. */
static void places_outside_the_image(void **state) {
    (void)state;
    struct pe_section small = {.name = "x", .raw_offset = 0x200, .raw_size = 1};
    struct pe before = pe;
    struct fixture list = {NULL, 0};
    for (int i = 0; i < 1000; i++)
        add_entry(&list, 5000, (const uint8_t *)"0123456789abcdefghijklmnopqrstuvwxyz", 32);
    pe.sections = &small;
    pe.section_count = 1;
    struct authenticode_pages pages = checked_list(&list);
    assert_true(pages.damaged);
    assert_int_equal(pages.checked, 0);
    pe = before;
    fixture_free(&list);
}

static void each_byte_counts(void **state) {
    (void)state;
    struct fixture list = list_of(false), content = content_of(&list, false);
    for (size_t at = 0; at < image.size; at += at < 0x200 ? 1 : 311) {
        bool left_out = (at >= pe.checksum_offset && at < pe.checksum_offset + 4) ||
                        (at >= pe.security_offset && at < pe.security_offset + 8);
        image.data[at] ^= 1;
        struct authenticode_pages pages = checked(&content, image.size);
        image.data[at] ^= 1;
        assert_int_equal(pages.mismatches, left_out ? 0 : 1);
        if (!left_out)
            assert_int_equal(pages.first_mismatch, at < HEADERS ? 0 : HEADERS + (at - HEADERS) / 4096 * 4096);
    }
    fixture_free(&list);
    fixture_free(&content);
}

static void lists_that_lie(void **state) {
    (void)state;
    struct fixture list = list_of(false), plain = fixture_content("sha256", (const uint8_t *)"x", 1);
    assert_false(checked(&plain, image.size).present);
    fixture_put(&list, 36, 0, 4); /* the second page at the first's place */
    struct fixture content = content_of(&list, false);
    assert_true(checked(&content, image.size).damaged);
    fixture_free(&content);
    fixture_put(&list, 36, 0xfffffff0, 4); /* behind the end */
    content = content_of(&list, false);
    struct authenticode_pages pages = checked(&content, image.size);
    assert_true(pages.damaged || pages.mismatches > 0 || pages.unread > 0);
    fixture_free(&content);
    list.size -= 36; /* no end mark */
    content = content_of(&list, false);
    assert_true(checked(&content, image.size).damaged);
    for (size_t size = 0; size < content.size; size++) {
        uint8_t *exact = malloc(size ? size : 1);
        memcpy(exact, content.data, size);
        struct fixture cut = {exact, size};
        pages = checked(&cut, image.size);
        assert_true(!pages.present);
        free(exact);
    }
    for (size_t bit = 0; bit < content.size * 8; bit += 3) {
        content.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)checked(&content, image.size);
        content.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    fixture_free(&list);
    fixture_free(&content);
    fixture_free(&plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_lists),          cmocka_unit_test(pages_of_either_size),
        cmocka_unit_test(lists_that_leave_out), cmocka_unit_test(places_outside_the_image),
        cmocka_unit_test(each_byte_counts),     cmocka_unit_test(lists_that_lie)};
    return cmocka_run_group_tests(tests, prepare, finish);
}
