/* The directory of a ZIP: what lies first, then what is right. */
#include "format/zip.h"

#include "base/filetime.h"
#include "make/zip_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 1 << 17 };

static uint8_t bytes[SIZE];
static struct zip_made made;
static struct job job;
static struct zip zip;
static struct zip_entry entry;
static struct text text;

static int setup(void **state) {
    (void)state;
    memset(bytes, 0, sizeof bytes);
    made = (struct zip_made){.bytes = bytes, .size = SIZE};
    job_reset(&job); /* some tests begin several times */
    job_init(&job, 4 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    text_free(&text);
    return 0;
}

static size_t fetch(void *context, struct job *of, uint64_t offset, void *to, size_t size) {
    const struct span *all = context;
    (void)of;
    return span_copy(span_clip(*all, offset, size), to, size);
}

static struct span all;

static bool open(size_t size) {
    job_reset(&job);
    all = span_of(bytes, size, 0);
    return zip_open(&job, fetch, &all, size, &zip);
}

static unsigned entries(void) {
    unsigned n = 0;
    while (zip_next(&zip, &entry))
        n++;
    return n;
}

static const char *name(void) {
    text_clear(&text);
    zip_name(&entry, &text);
    return text_string(&text);
}

/* --- misuse --- */

static void what_has_no_end_is_none(void **state) {
    (void)state;
    assert_false(open(0));
    assert_int_equal(job.fault.code, FAULT_TORN);
    zip_made_add(&made, "a", 0, "text", 4);
    assert_false(open(made.at));
    size_t size = zip_made_end(&made);
    for (size_t n = 0; n < size; n++)
        assert_false(open(n));
    assert_true(open(size));
}

static void an_end_that_leads_nowhere(void **state) {
    (void)state;
    zip_made_add(&made, "a", 0, "text", 4);
    size_t size = zip_made_end(&made);
    bytes[size - 6] = 200; /* offset of the directory */
    bytes[size - 10] = 99; /* and its size */
    assert_false(open(size));
    assert_int_equal(job.fault.code, FAULT_BAD);
    assert_int_equal(job.fault.offset, size - ZIP_END);
}

static void an_encrypted_directory_is_named(void **state) {
    (void)state;
    made.zip64 = true;
    zip_made_add(&made, "a", 0, "text", 4);
    size_t size = zip_made_end(&made);
    bytes[made.directory] = 'X';
    assert_false(open(size));
    assert_int_equal(job.fault.code, FAULT_BAD);
    bytes[size - 22 - 20 - 56 + 4] = 44 + 28;
    assert_false(open(size));
    assert_int_equal(job.fault.code, FAULT_UNSUPPORTED);
}

static void a_wrong_size_of_the_directory_is_noted(void **state) {
    (void)state;
    zip_made_add(&made, "a", 0, "text", 4);
    size_t size = zip_made_end(&made);
    bytes[size - 10]++;
    assert_true(open(size));
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(entries(), 1);
}

static void damage_costs_one_entry(void **state) {
    (void)state;
    zip_made_add(&made, "a", 0, "text", 4);
    zip_made_add(&made, "b", 0, "text", 4);
    zip_made_add(&made, "c", 0, "text", 4);
    size_t size = zip_made_end(&made);
    bytes[made.directory + 47] = 'X'; /* signature of the second */
    assert_true(open(size));
    assert_int_equal(entries(), 2);
    assert_int_equal(zip.damaged, 1);
    assert_int_equal(job.notes[0].offset, made.directory + 47);
    assert_int_equal(job.noted, 2); /* the count does not fit either */
}

static void a_name_longer_than_the_directory(void **state) {
    (void)state;
    zip_made_add(&made, "a", 0, "text", 4);
    size_t size = zip_made_end(&made);
    bytes[made.directory + 29] = 0xff;
    assert_true(open(size));
    assert_int_equal(entries(), 0);
    assert_true(job.noted > 0);
}

static void local_headers_that_differ(void **state) {
    (void)state;
    zip_made_add(&made, "name", 8, "text", 4);
    size_t size = zip_made_end(&made);
    assert_true(open(size) && zip_next(&zip, &entry));
    struct zip_told told = zip_told_of(&entry);
    assert_int_equal(zip_data(&job, &told, span_of(bytes, size, 0)), 34);
    assert_int_equal(job.noted, 0);
    bytes[30] = 'N';
    bytes[8] = 0;
    bytes[6] = 1;
    assert_int_equal(zip_data(&job, &told, span_of(bytes, size, 0)), 34);
    assert_int_equal(job.noted, 3);
    assert_int_equal(zip_data(&job, &told, span_of(bytes, 33, 0)), 0);
    assert_int_equal(zip_data(&job, &told, span_of(bytes, 12, 0)), 0);
    bytes[0] = 'p';
    assert_int_equal(zip_data(&job, &told, span_of(bytes, size, 0)), 0);
}

static void offsets_that_lie_outside(void **state) {
    (void)state;
    zip_made_add(&made, "a", 0, "text", 4)->local = 1 << 20;
    size_t size = zip_made_end(&made);
    assert_true(open(size) && zip_next(&zip, &entry));
    assert_true(entry.local == UINT64_MAX);
}

static void every_prefix_and_every_bit(void **state) {
    (void)state;
    made.zip64 = true;
    zip_made_add(&made, "folder/", 0, "", 0);
    zip_made_add(&made, "folder/file", 8, "some text some text", 19)->zip64 = true;
    size_t size = zip_made_end(&made);
    for (size_t n = 0; n < size; n++)
        assert_false(open(n));
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (open(size)) {
            unsigned n = entries();
            assert_true(n <= 2 && (n == 2 || job.noted > 0));
        }
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* --- use --- */

static void entries_are_read(void **state) {
    (void)state;
    zip_made_add(&made, "a/b.txt", 8, "text text text text text text", 29);
    struct zip_made_member *link = zip_made_add(&made, "link", 0, "target", 6);
    link->host = 3;
    link->attributes = 0120777u << 16;
    size_t size = zip_made_end(&made);
    assert_true(open(size));
    assert_int_equal(zip.entries, 2);
    assert_true(zip_next(&zip, &entry));
    assert_string_equal(name(), "a/b.txt");
    assert_int_equal(entry.size, 29);
    assert_true(entry.packed < 29);
    assert_int_equal(entry.method, 8);
    assert_int_equal(entry.local, 0);
    assert_int_equal(entry.cipher, ZIP_PLAIN);
    assert_int_equal(entry.crc, inflate_crc(0, span_of("text text text text text text", 29, 0)));
    char when[FILETIME_TEXT];
    filetime_text(entry.modified, when);
    assert_string_equal(when, "2025-04-15T13:33:02.0000000Z");
    assert_true(entry.local_time);
    assert_true(zip_next(&zip, &entry));
    assert_int_equal(entry.mode, 0120777);
    assert_false(zip_next(&zip, &entry));
    assert_false(zip_next(&zip, &entry));
    assert_int_equal(job.noted, 0);
}

static void an_empty_archive(void **state) {
    (void)state;
    size_t size = zip_made_end(&made);
    assert_true(open(size));
    assert_int_equal(entries(), 0);
    assert_int_equal(job.noted, 0);
}

static void comments_and_bytes_behind(void **state) {
    (void)state;
    zip_made_add(&made, "a", 0, "text", 4);
    size_t size = zip_made_end(&made);
    bytes[size - 2] = 0x34;
    bytes[size - 1] = 0x12;
    memcpy(bytes + size + 100, bytes + size - ZIP_END, ZIP_END); /* an end in the comment that does not fit */
    assert_true(open(size + 0x1234));
    assert_int_equal(entries(), 1);
    bytes[size - 2] = bytes[size - 1] = 0;
    memset(bytes + size, 'x', 200);
    assert_true(open(size + 200));
    assert_int_equal(entries(), 1);
}

static void what_stands_in_front_is_counted(void **state) {
    (void)state;
    for (int big = 0; big < 2; big++) {
        setup(NULL);
        made.at = made.shift = 1000;
        made.zip64 = big;
        zip_made_add(&made, "a", 0, "text", 4);
        size_t size = zip_made_end(&made);
        assert_true(open(size));
        assert_int_equal(zip.shift, 1000);
        assert_int_equal(entries(), 1);
        assert_int_equal(entry.local, 1000);
        job_reset(&job);
    }
}

static void zip64_sizes(void **state) {
    (void)state;
    made.zip64 = true;
    struct zip_made_member *member = zip_made_add(&made, "big", 0, "text", 4);
    member->zip64 = true;
    member->size = 5ull << 32;
    member->packed = 3ull << 32;
    size_t size = zip_made_end(&made);
    assert_true(open(size) && zip_next(&zip, &entry));
    assert_true(entry.size == 5ull << 32 && entry.packed == 3ull << 32);
    assert_int_equal(entry.local, 0);
}

/* As Info-ZIP writes an archive of few members of which one is larger than 4 GiB. */
static void both_end_records(void **state) {
    (void)state;
    made.zip64 = made.both = true;
    zip_made_add(&made, "one", 0, "text", 4);
    zip_made_add(&made, "two", 0, "text", 4)->zip64 = true;
    size_t size = zip_made_end(&made);
    assert_true(open(size));
    assert_true(zip_next(&zip, &entry) && zip_next(&zip, &entry) && !zip_next(&zip, &entry));
    assert_int_equal(job.noted, 0);
    assert_int_equal(zip.damaged, 0);
    bytes[size - 22 - 20 - 56 + 32] ^=
        1; /* the larger one counts other entries: the smaller one is what others read */
    assert_true(open(size));
    assert_int_equal(zip.entries, 2);
}

static void times_of_extra_fields(void **state) {
    static const uint8_t unix_time[] = {0x55, 0x54, 5, 0, 1, 0, 0xf1, 0x53, 0x65};
    uint8_t ntfs[36] = {10, 0, 32, 0, 0, 0, 0, 0, 1, 0, 24, 0, 1};
    (void)state;
    ntfs[20] = 2;
    ntfs[28] = 3;
    struct zip_made_member *member = zip_made_add(&made, "a", 0, "", 0);
    member->extra = unix_time;
    member->extra_size = sizeof unix_time;
    member = zip_made_add(&made, "b", 0, "", 0);
    member->extra = ntfs;
    member->extra_size = sizeof ntfs;
    size_t size = zip_made_end(&made);
    assert_true(open(size) && zip_next(&zip, &entry));
    assert_int_equal(filetime_to_unix(entry.modified), 0x6553f100);
    assert_false(entry.local_time);
    assert_true(zip_next(&zip, &entry));
    assert_int_equal(entry.modified, 1);
    assert_int_equal(entry.accessed, 2);
    assert_int_equal(entry.created, 3);
    assert_false(entry.local_time);
}

static void names_in_every_encoding(void **state) {
    uint8_t unicode[] = {0x75, 0x70, 8, 0, 1, 0, 0, 0, 0, 0xc3, 0xb6, 'x'};
    (void)state;
    uint32_t crc = inflate_crc(0, span_of("\x94y", 2, 0));
    for (int i = 0; i < 4; i++)
        unicode[5 + i] = (uint8_t)(crc >> 8 * i);
    zip_made_add(&made, "\x94\xe1\\\xff", 0, "", 0); /* code page 437 */
    zip_made_add(&made, "\xc3\xb6", 0, "", 0)->flags = 0x800;
    zip_made_add(&made, "\xc3\xb6\xff", 0, "", 0)->flags = 0x800;
    zip_made_add(&made, "\xc3\xb6", 0, "", 0)->host = 3;
    struct zip_made_member *member = zip_made_add(&made, "\x94y", 0, "", 0);
    member->extra = unicode;
    member->extra_size = sizeof unicode;
    member = zip_made_add(&made, "\x94z", 0, "", 0); /* the field is of another name */
    member->extra = unicode;
    member->extra_size = sizeof unicode;
    assert_true(open(zip_made_end(&made)));
    static const char *const want[] = {
        "\303\266\303\237\\\\\302\240", "\303\266", "\303\266\\xFF", "\303\266", "\303\266x", "\303\266z"};
    for (int i = 0; i < 6; i++) {
        assert_true(zip_next(&zip, &entry));
        assert_string_equal(name(), want[i]);
    }
}

static void encryption_has_names(void **state) {
    static const uint8_t aes[] = {0x01, 0x99, 7, 0, 2, 0, 'A', 'E', 3, 8, 0};
    (void)state;
    zip_made_add(&made, "a", 0, "", 0)->flags = 1;
    zip_made_add(&made, "b", 0, "", 0)->flags = 0x41;
    struct zip_made_member *member = zip_made_add(&made, "c", 99, "", 0);
    member->flags = 1;
    member->extra = aes;
    member->extra_size = sizeof aes;
    assert_true(open(zip_made_end(&made)));
    static const enum zip_cipher want[] = {ZIP_TRADITIONAL, ZIP_STRONG, ZIP_AES};
    for (int i = 0; i < 3; i++) {
        assert_true(zip_next(&zip, &entry));
        assert_int_equal(entry.cipher, want[i]);
    }
    assert_int_equal(entry.method, 8);
}

static void methods_have_names(void **state) {
    enum inflate_method packing;
    (void)state;
    assert_true(zip_packing(0, &packing) && packing == INFLATE_STORED);
    assert_true(zip_packing(93, &packing) && packing == INFLATE_ZSTD);
    assert_true(zip_packing(9, &packing) && packing == INFLATE_DEFLATE64);
    assert_false(zip_packing(98, &packing));
    assert_false(zip_packing(99, &packing));
    assert_string_equal(zip_method_name(9), "deflate64");
    assert_string_equal(zip_method_name(98), "PPMd");
    assert_string_equal(zip_method_name(7), "method");
    assert_string_equal(zip_method_name(65535), "method");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_has_no_end_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_that_leads_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(an_encrypted_directory_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_size_of_the_directory_is_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_costs_one_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_longer_than_the_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(local_headers_that_differ, setup, teardown),
        cmocka_unit_test_setup_teardown(offsets_that_lie_outside, setup, teardown),
        cmocka_unit_test_setup_teardown(every_prefix_and_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(entries_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_archive, setup, teardown),
        cmocka_unit_test_setup_teardown(comments_and_bytes_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(what_stands_in_front_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(zip64_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(both_end_records, setup, teardown),
        cmocka_unit_test_setup_teardown(times_of_extra_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(names_in_every_encoding, setup, teardown),
        cmocka_unit_test_setup_teardown(encryption_has_names, setup, teardown),
        cmocka_unit_test_setup_teardown(methods_have_names, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
