/* The index of a directory among the contents of a volume: which stream stands for it, and what belongs to
 * it. */
#include "source/ntfs_i30.h"
#include "make/i30_made.h"
#include "ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { RECORDS = 64, FREE = 128, FOLDER = 30, GONE = 31, SMALL = 32, NAMED = 33 };

static struct made_volume volume;
static struct ntfs_index_summary summary;
static struct ntfs_index index_;
static struct ntfs_plan plan;
static struct ntfs_content content;
static struct job job;
static int fd;

static void root(struct made *made, uint32_t block) {
    uint8_t value[64];
    (void)i30_made_root(value, sizeof value, block);
    made_resident(made, 0x90, "$I30", 0, value, sizeof value);
}

static void allocation(struct made *made, unsigned cluster, unsigned count, const char *name) {
    uint8_t runs[8] = {0x21, (uint8_t)count, (uint8_t)cluster, 0};
    made_runs(made, 0xa0, name, 0, 0, count * MADE_CLUSTER, count * MADE_CLUSTER, runs, sizeof runs);
}

static struct made folder(uint32_t record, uint16_t flags, const char *name) {
    struct made made = made_record(record, 7, flags, 0);
    made_si(&made, 1000, 0);
    made_fn(&made, 5, 5, 2000, 1, name);
    return made;
}

static int setup(void **state) {
    static const uint8_t bits[8] = {0x01};
    uint8_t map[MADE_CLUSTERS / 8] = {0xff};
    (void)state;
    job_init(&job, 64 << 20);
    made_volume(&volume, RECORDS);
    memset(made_place(&volume, 6), 0, (RECORDS - 6) * MADE_RECORD);
    struct made made = made_record(6, 1, 1, 0);
    made_fn(&made, 5, 5, 2000, 3, "$Bitmap");
    made_resident(&made, 0x80, "", 0, map, sizeof map);
    made_store(&volume, 6, &made);
    made = folder(FOLDER, 3, "folder");
    root(&made, 2048);
    allocation(&made, FREE + 20, 2, "$I30");
    made_resident(&made, 0xb0, "$I30", 0, bits, sizeof bits);
    made_store(&volume, FOLDER, &made);
    made = folder(GONE, 2, "gone");
    root(&made, 4096);
    allocation(&made, FREE + 10, 1, "$I30");
    made_store(&volume, GONE, &made);
    made = folder(SMALL, 3, "small");
    root(&made, 4096);
    made_store(&volume, SMALL, &made);
    made = folder(NAMED, 1, "views"); /* another index is none of names */
    allocation(&made, FREE + 30, 1, "$SII");
    made_store(&volume, NAMED, &made);
    return 0;
}

static void build(bool indexes) {
    fd = made_file(volume.bytes, volume.size);
    job_reset(&job);
    struct ntfs_index_input input = {.evidence = reader_of(fd, 0, volume.size),
                                     .size = volume.size,
                                     .want_content = true,
                                     .want_indexes = indexes};
    input.memfd = memfd_create("index", MFD_CLOEXEC);
    assert_true(ntfs_index_build(&job, &input, &summary) && ntfs_index_open(input.memfd, &index_));
    close(input.memfd);
    assert_true(ntfs_content_plan(&job, &index_, reader_of(fd, 0, volume.size), 0, UINT32_MAX, false, &plan));
}

static int teardown(void **state) {
    (void)state;
    ntfs_index_close(&index_);
    close(fd);
    job_reset(&job);
    return 0;
}

/* The next content that is an index. */
static bool next(struct ntfs_i30 *ret) {
    while (ntfs_content_next(&plan, &job, &content)) {
        if (!(content.meta->flags & NTFS_STREAM_I30))
            continue;
        assert_int_equal(content.fault.code, FAULT_NONE);
        ntfs_i30_open(&content, &job, ret);
        return true;
    }
    return false;
}

static void only_for_who_wants_them(void **state) {
    struct ntfs_i30 i30;
    (void)state;
    build(false);
    assert_false(next(&i30));
    for (uint32_t i = 0; i < index_.stream_count; i++)
        assert_false(index_.streams[i].flags & (NTFS_STREAM_I30 | NTFS_STREAM_BITMAP));
}

static void one_a_directory(void **state) {
    struct ntfs_i30 i30;
    (void)state;
    build(true);
    assert_true(next(&i30)); /* resident ones first */
    assert_int_equal(i30.record, SMALL);
    assert_int_equal(i30.sequence, 7);
    assert_int_equal(i30.block, 4096);
    assert_false(i30.has_blocks);
    assert_int_equal(i30.root.size, 64);
    assert_true(next(&i30)); /* then in the order of the disk */
    assert_int_equal(i30.record, GONE);
    assert_int_equal(i30.sequence, 6); /* that it had */
    assert_true(i30.has_blocks);
    assert_int_equal(i30.bitmap.size, 0);
    assert_int_equal(span_u8(content.content.head, 0), FREE + 10);
    assert_true(next(&i30));
    assert_int_equal(i30.record, FOLDER);
    assert_int_equal(i30.block, 2048);
    assert_int_equal(i30.bitmap.size, 8);
    assert_int_equal(content.content.size, 2 * MADE_CLUSTER);
    assert_false(next(&i30));
    assert_int_equal(job.noted, 0);
}

/* Clusters that others may have written to say nothing; the root stays. */
static void of_a_deleted_one_only_what_is_free(void **state) {
    uint8_t map[MADE_CLUSTERS / 8];
    struct ntfs_i30 i30;
    (void)state;
    memset(map, 0xff, sizeof map);
    struct made made = made_record(6, 1, 1, 0);
    made_fn(&made, 5, 5, 2000, 3, "$Bitmap");
    made_resident(&made, 0x80, "", 0, map, sizeof map);
    made_store(&volume, 6, &made);
    build(true);
    for (unsigned n = 0; next(&i30); n++)
        assert_true(n < 3 && (i30.record != GONE || !i30.has_blocks));
}

static void what_is_bad_leaves_the_root(void **state) {
    struct ntfs_i30 i30;
    (void)state;
    struct made made = folder(FOLDER, 3, "folder");
    root(&made, 4096);
    allocation(&made, 250, 20, "$I30"); /* outside the volume */
    made_store(&volume, FOLDER, &made);
    made = folder(SMALL, 3, "small"); /* blocks without a root have the usual size */
    allocation(&made, FREE, 1, "$I30");
    made_store(&volume, SMALL, &made);
    build(true);
    assert_int_equal(job.noted, 1);
    assert_true(next(&i30));
    assert_int_equal(i30.record, FOLDER);
    assert_false(i30.has_blocks);
    assert_true(next(&i30));
    assert_int_equal(i30.record, SMALL);
    assert_int_equal(i30.block, 4096);
    assert_int_equal(i30.root.size, 0);
    assert_int_equal(job.noted, 2);
    assert_true(next(&i30));
    assert_false(next(&i30));
}

static void what_the_record_says(void **state) {
    static const uint64_t si[] = {1000, 1001, 1002, 1003}, fn[] = {2000, 2001, 2002, 2003},
                          mixed[] = {1000, 2001, 1002, 2003}, other[] = {1000, 1001, 1002, 1004},
                          none[4] = {0};
    (void)state;
    build(true);
    assert_true(ntfs_i30_agrees(&index_, FOLDER, 7, si));
    assert_true(ntfs_i30_agrees(&index_, FOLDER, 7, fn));
    assert_true(ntfs_i30_agrees(&index_, FOLDER, 7, mixed));
    assert_false(ntfs_i30_agrees(&index_, FOLDER, 7, other));
    assert_false(ntfs_i30_agrees(&index_, FOLDER, 7, none));
    assert_false(ntfs_i30_agrees(&index_, FOLDER, 6, si)); /* another life of that record */
    assert_false(ntfs_i30_agrees(&index_, GONE, 7, si));   /* deleted */
    assert_false(ntfs_i30_agrees(&index_, 50, 1, si));
    assert_false(ntfs_i30_agrees(&index_, UINT64_MAX, 1, si));
    assert_true(ntfs_i30_agrees(&index_, 0, 1, none)); /* $MFT */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_for_who_wants_them, setup, teardown),
        cmocka_unit_test_setup_teardown(one_a_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(of_a_deleted_one_only_what_is_free, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_bad_leaves_the_root, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_record_says, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
