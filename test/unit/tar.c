/* The members of a TAR: what is no header first, then each kind of header. */
#include "format/tar.h"

#include "base/filetime.h"
#include "make/tar_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 1 << 18 };

static uint8_t bytes[SIZE];
static struct tar_made made;
static struct job job;
static struct tar tar;
static struct tar_entry entry;
static uint64_t reached; /* fetches must ascend */

static int setup(void **state) {
    (void)state;
    memset(bytes, 0, sizeof bytes);
    made = (struct tar_made){.bytes = bytes, .size = SIZE};
    job_reset(&job); /* some tests begin several times */
    job_init(&job, 4 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static struct span all;

static size_t fetch(void *context, struct job *of, uint64_t offset, void *to, size_t size) {
    (void)context;
    (void)of;
    assert_true(offset >= reached);
    size_t got = span_copy(span_clip(all, offset, size), to, size);
    reached = offset + got;
    return got;
}

static void open(size_t size, bool known) {
    job_reset(&job);
    all = span_of(bytes, size, 0);
    reached = 0;
    assert_true(tar_open(&job, fetch, NULL, known ? size : UINT64_MAX, &tar));
}

static unsigned members(size_t size, bool known) {
    unsigned n = 0;
    open(size, known);
    while (tar_next(&tar, &entry))
        n++;
    return n;
}

static bool named(const char *name) {
    return span_equal(entry.name, span_of(name, strlen(name), 0));
}

static bool only(const char *name) {
    open(made.at, true);
    return tar_next(&tar, &entry) && named(name);
}

/* --- misuse --- */

static void damage_is_skipped_to_the_next_header(void **state) {
    (void)state;
    tar_made_add(&made, "a", '0', "text", 4);
    size_t second = made.at;
    tar_made_add(&made, "b", '0', "text", 4);
    tar_made_add(&made, "c", '0', "text", 4);
    size_t size = tar_made_end(&made);
    bytes[second] = 'B';
    assert_int_equal(members(size, true), 2);
    assert_int_equal(tar.damaged, 1);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].offset, second);
}

static void an_end_in_a_member_is_torn(void **state) {
    (void)state;
    tar_made_add(&made, "a", '0', bytes + SIZE / 2, 2000);
    for (int known = 0; known < 2; known++) {
        assert_int_equal(members(1000, known), 1);
        if (known)
            assert_int_equal(job.notes[0].code, FAULT_TORN);
        assert_int_equal(members(100, known), 0);
        assert_int_equal(job.notes[0].code, FAULT_TORN);
    }
}

static void sizes_that_make_no_sense(void **state) {
    (void)state;
    uint8_t *block = tar_made_add(&made, "a", '0', "", 0);
    memcpy(block + 124, "99x", 3);
    tar_made_sum(block);
    assert_int_equal(members(tar_made_end(&made), true), 0);
    memset(block + 124, 0xff, 12);
    tar_made_sum(block);
    assert_int_equal(members(made.at, true), 0);
    memset(block + 124, 0, 12);
    block[124] = 0x80;
    memset(block + 128, 0xff, 8);
    tar_made_sum(block);
    assert_int_equal(members(made.at, true), 1);
    assert_true(entry.size == UINT64_MAX);
    assert_int_equal(members(made.at, false), 1);
}

static void aids_that_are_too_large_or_torn(void **state) {
    (void)state;
    uint8_t *block = tar_made_add(&made, "././@LongLink", 'L', "", 0);
    tar_made_octal(block + 124, TAR_LONG + 1, 11);
    tar_made_sum(block);
    made.at += TAR_LONG + TAR_MADE_BLOCK;
    tar_made_add(&made, "short", '0', "", 0);
    assert_int_equal(members(tar_made_end(&made), true), 1);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    assert_true(only("short"));
    setup(NULL);
    tar_made_add(&made, "x", 'x', "99 path=x\n", 10);
    tar_made_add(&made, "short", '0', "", 0);
    assert_int_equal(members(tar_made_end(&made), true), 1);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_true(only("short"));
    job_reset(&job);
}

static void members_behind_the_end_are_told(void **state) {
    (void)state;
    tar_made_add(&made, "a", '0', "text", 4);
    tar_made_end(&made);
    size_t hidden = made.at;
    tar_made_add(&made, "hidden", '0', "text", 4);
    size_t size = tar_made_end(&made);
    assert_int_equal(members(size, true), 2);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].offset, hidden);
}

static void every_prefix_and_every_bit(void **state) {
    (void)state;
    tar_made_add(&made, "x", 'x', "13 path=long\n", 13);
    tar_made_add(&made, "short", '0', "text", 4);
    tar_made_add(&made, "folder", '5', "", 0);
    size_t size = tar_made_end(&made);
    for (size_t n = 0; n <= size; n++)
        assert_true(members(n, n % 2) <= 2);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        unsigned n = members(size, bit % 2);
        assert_true(n <= 3);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* --- use --- */

static void kinds_of_members(void **state) {
    static const struct {
        char flag;
        enum tar_type type;
    } kinds[] = {{'0', TAR_FILE},     {0, TAR_FILE},      {'7', TAR_FILE},
                 {'1', TAR_HARDLINK}, {'2', TAR_SYMLINK}, {'5', TAR_DIRECTORY},
                 {'3', TAR_SPECIAL},  {'6', TAR_SPECIAL}, {'Z', TAR_FILE}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        tar_made_add(&made, "name", kinds[i].flag, "", 0);
    tar_made_add(&made, "folder/", 0, "", 0);
    open(tar_made_end(&made), true);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_true(tar_next(&tar, &entry));
        assert_int_equal(entry.type, kinds[i].type);
    }
    assert_true(tar_next(&tar, &entry));
    assert_int_equal(entry.type, TAR_DIRECTORY);
    assert_false(tar_next(&tar, &entry));
    assert_int_equal(job.noted, 0);
}

static void fields_are_read(void **state) {
    (void)state;
    uint8_t *block = tar_made_add(&made, "name", '0', "text", 4);
    memcpy(block + 345, "in/a/folder", 11);
    tar_made_sum(block);
    open(tar_made_end(&made), true);
    assert_true(tar_next(&tar, &entry));
    assert_true(named("in/a/folder/name"));
    assert_int_equal(entry.at, 0);
    assert_int_equal(entry.data, 512);
    assert_int_equal(entry.size, 4);
    assert_int_equal(entry.mode, 0644);
    assert_int_equal(filetime_to_unix(entry.modified), 1700000000);
    assert_int_equal(entry.accessed, 0);
    assert_false(entry.sparse);
    assert_false(tar_next(&tar, &entry));
    assert_false(tar_next(&tar, &entry));
}

static void old_headers_without_magic(void **state) {
    (void)state;
    uint8_t *block = tar_made_add(&made, "old", 0, "text", 4);
    memset(block + 257, 0, 8);
    memcpy(block + 345, "no prefix", 9); /* means nothing here */
    tar_made_sum(block);
    assert_int_equal(members(tar_made_end(&made), true), 1);
    assert_true(only("old"));
}

static void gnu_long_names(void **state) {
    char name[300];
    (void)state;
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    tar_made_add(&made, "././@LongLink", 'L', name, sizeof name);
    tar_made_add(&made, "././@LongLink", 'K', name, sizeof name);
    tar_made_add(&made, "nnn", '2', "", 0);
    tar_made_add(&made, "next", '0', "", 0);
    open(tar_made_end(&made), true);
    assert_true(tar_next(&tar, &entry));
    assert_true(named(name));
    assert_int_equal(entry.link.size, 299);
    assert_true(tar_next(&tar, &entry));
    assert_true(named("next"));
    assert_int_equal(entry.link.size, 0);
}

static void pax_records(void **state) {
    static const char records[] =
        "19 path=pax/\303\266\303\266\303\266\n30 mtime=1700000001.123456789\n22 atime=1700000002.5\n"
        "10 size=7\n6 a=b\n";
    (void)state;
    tar_made_add(&made, "g", 'g', "11 path=zz\n", 11); /* for all: not used */
    tar_made_add(&made, "x", 'x', records, sizeof records - 1);
    tar_made_add(&made, "short", '0', "seventh", 7);
    tar_made_add(&made, "next", '0', "", 0);
    open(tar_made_end(&made), true);
    assert_true(tar_next(&tar, &entry));
    assert_int_equal(job.noted, 0);
    assert_true(named("pax/\303\266\303\266\303\266"));
    assert_int_equal(entry.size, 7);
    assert_true(entry.modified == filetime_from_unix(1700000001, 123456789));
    assert_true(entry.accessed == filetime_from_unix(1700000002, 500000000));
    assert_true(tar_next(&tar, &entry));
    assert_true(named("next"));
    assert_int_equal(entry.accessed, 0);
}

static void sparse_files_are_named(void **state) {
    static const char records[] = "22 GNU.sparse.major=1\n24 GNU.sparse.name=real\n";
    (void)state;
    tar_made_add(&made, "x", 'x', records, sizeof records - 1);
    tar_made_add(&made, "GNUSparseFile.0/real", '0', "text", 4);
    uint8_t *block = tar_made_add(&made, "old", 'S', "", 0);
    block[482] = 1; /* a block of further ranges follows */
    tar_made_sum(block);
    made.at += 512;
    tar_made_add(&made, "next", '0', "", 0);
    open(tar_made_end(&made), true);
    assert_true(tar_next(&tar, &entry));
    assert_true(entry.sparse && named("real"));
    assert_true(tar_next(&tar, &entry));
    assert_true(entry.sparse && named("old"));
    assert_true(tar_next(&tar, &entry));
    assert_true(!entry.sparse && named("next"));
}

static void large_sizes_in_base_256(void **state) {
    (void)state;
    uint8_t *block = tar_made_add(&made, "large", '0', "", 0);
    memset(block + 124, 0, 12);
    block[124] = 0x80;
    block[131] = 3; /* 3 * 2^32 */
    tar_made_sum(block);
    open(SIZE, false);
    assert_true(tar_next(&tar, &entry));
    assert_true(entry.size == 3ull << 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(damage_is_skipped_to_the_next_header, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_in_a_member_is_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_that_make_no_sense, setup, teardown),
        cmocka_unit_test_setup_teardown(aids_that_are_too_large_or_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(members_behind_the_end_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(every_prefix_and_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(kinds_of_members, setup, teardown),
        cmocka_unit_test_setup_teardown(fields_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(old_headers_without_magic, setup, teardown),
        cmocka_unit_test_setup_teardown(gnu_long_names, setup, teardown),
        cmocka_unit_test_setup_teardown(pax_records, setup, teardown),
        cmocka_unit_test_setup_teardown(sparse_files_are_named, setup, teardown),
        cmocka_unit_test_setup_teardown(large_sizes_in_base_256, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
