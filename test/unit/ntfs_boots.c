/* What stands in when the first boot sector or the first record of $MFT is bad; and what $Bitmap says of
 * deleted files. */
#include "source/ntfs_boots.h"
#include "source/ntfs_recover.h"
#include "source/volumes.h"
#include "unit/ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MIRROR = 2 };

static struct made_volume volume;
static uint8_t disk[sizeof volume.bytes + 512];
static struct job job;
static struct ntfs_index_summary summary;
static struct ntfs_index ix;
static struct volumes found;
static int fd = -1;

static int setup(void **state) {
    (void)state;
    made_volume(&volume, 40);
    memcpy(volume.bytes + MIRROR * MADE_CLUSTER, made_place(&volume, 0), MADE_RECORD);
    job_init(&job, (size_t)16 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    if (ix.map.data)
        ntfs_index_close(&ix);
    ix = (struct ntfs_index){0};
    job_reset(&job);
    close(fd);
    return 0;
}

/* The volume with the copy of its boot sector behind it. */
static void with_copy(void) {
    memcpy(disk, volume.bytes, sizeof volume.bytes);
    memcpy(disk + sizeof volume.bytes, volume.bytes, 512);
}

static bool open_disk(size_t size) {
    fd = made_file(disk, size);
    return made_index(&job, fd, 0, size, true, &summary, &ix);
}

static bool noted(const char *text) {
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        if (strstr(job.notes[i].text, text))
            return true;
    return false;
}

static bool find_volumes(void) {
    struct evidence_reader evidence = reader_of(fd, 0, sizeof disk);
    return volumes_find(&job, &evidence, &found);
}

static void the_copy_of_the_boot_sector_is_used(void **state) {
    (void)state;
    with_copy();
    memset(disk, 0, 512);
    assert_true(open_disk(sizeof disk));
    assert_int_equal(summary.records, 40);
    assert_true(noted("boot sector is bad"));
    assert_true(find_volumes());
    assert_int_equal(found.kind, VOLUMES_VOLUME);
    assert_string_equal(found.volumes[0].filesystem, "ntfs");
}

static void a_good_boot_sector_needs_no_copy(void **state) {
    (void)state;
    with_copy();
    memset(disk + sizeof volume.bytes, 0, 512);
    assert_true(open_disk(sizeof disk));
    assert_int_equal(job.noted, 0);
}

/* A copy that does not stand where its volume ends is of another one. */
static void a_copy_elsewhere_is_not_believed(void **state) {
    (void)state;
    struct ntfs_boot boot;
    with_copy();
    memset(disk, 0, 512);
    made_put(disk + sizeof volume.bytes + 0x28, MADE_CLUSTERS * 8 - 8, 8);
    assert_false(open_disk(sizeof disk));
    struct evidence_reader reader = reader_of(fd, 0, sizeof disk);
    assert_false(ntfs_boots_copy(&reader, 0, sizeof disk, &boot));
    assert_false(ntfs_boots_copy(&reader, 0, 0, &boot));
    assert_false(ntfs_boots_copy(&reader, UINT64_MAX, 4096, &boot));
    assert_false(ntfs_boots_copy(&reader, 0, 100, &boot));
    job_reset(&job);
    assert_true(find_volumes());
    assert_int_equal(found.kind, VOLUMES_FILE);
}

/* A partition that was formatted anew is not called NTFS for what is left at its end. */
static void another_file_system_comes_first(void **state) {
    (void)state;
    with_copy();
    memset(disk, 0, 512);
    memcpy(disk, "XFSB", 4);
    fd = made_file(disk, sizeof disk);
    assert_true(find_volumes());
    assert_string_equal(found.volumes[0].filesystem, "xfs");
}

static void the_mirror_stands_in_for_record_0(void **state) {
    (void)state;
    static const size_t damages[] = {0, 510, 1022}; /* no FILE; a sector torn */
    for (size_t i = 0; i < 3; i++) {
        with_copy();
        memset(disk + MADE_MFT * MADE_CLUSTER + damages[i], 0x5a, 2);
        assert_true(open_disk(sizeof disk));
        assert_int_equal(summary.records, 40);
        assert_true(noted("$MFTMirr"));
        ntfs_index_close(&ix);
        ix = (struct ntfs_index){0};
        job_reset(&job);
        close(fd);
    }
    memset(disk + MIRROR * MADE_CLUSTER, 0, 4); /* both bad: what is left of the first is used ... */
    assert_true(open_disk(sizeof disk));
    assert_false(noted("$MFTMirr"));
    close(fd);
    ntfs_index_close(&ix);
    ix = (struct ntfs_index){0};
    memset(disk + MADE_MFT * MADE_CLUSTER, 0, 4); /* ... if there is anything */
    job_reset(&job);
    assert_false(open_disk(sizeof disk));
}

static void file(uint32_t record, uint16_t flags, const uint8_t *runs, size_t size, uint64_t clusters) {
    struct made made = made_record(record, 1, flags, 0);
    made_fn(&made, 5, 5, 1, 3, "f");
    made_runs(&made, 0x80, "", 0, 0, clusters * MADE_CLUSTER, clusters * MADE_CLUSTER, runs, size);
    made_store(&volume, record, &made);
}

static unsigned said(uint32_t record) {
    const struct ntfs_stream *stream =
        ntfs_index_stream(&ix, ntfs_index_main(&ix, ntfs_index_row(&ix, record)));
    assert_non_null(stream);
    return stream->flags & (NTFS_STREAM_FREE | NTFS_STREAM_REUSED);
}

static void bitmap_tells_of_deleted_files(void **state) {
    static const uint8_t used[] = {0x11, 4, 97, 0}, edge[] = {0x11, 3, 97, 0}, lie[] = {0x21, 4, 0, 1, 0},
                         hole[] = {0x01, 3, 0}, last[] = {0x21, 1, 255, 0, 0};
    uint8_t bits[MADE_CLUSTERS / 8] = {0};
    (void)state;
    bits[100 / 8] |= 1 << 100 % 8; /* the fourth cluster of `used` */
    bits[255 / 8] |= 1 << 255 % 8;
    for (int resident = 0; resident < 2; resident++) {
        uint8_t where[] = {0x11, 1, 60, 0}, moved[] = {0x11, 4, 101, 0x11, 2, 20, 0};
        struct made bitmap = made_record(6, 6, 1, 0);
        made_fn(&bitmap, 5, 5, 1, 3, "$Bitmap");
        if (resident)
            made_resident(&bitmap, 0x80, "", 0, bits, sizeof bits);
        else
            made_runs(&bitmap, 0x80, "", 0, 0, sizeof bits, sizeof bits, where, sizeof where);
        made_store(&volume, 6, &bitmap);
        memcpy(volume.bytes + 60 * MADE_CLUSTER, bits, sizeof bits);
        file(24, 0, moved, sizeof moved, 6);
        file(25, 0, used, sizeof used, 4);
        file(26, 0, edge, sizeof edge, 3);
        file(27, 0, lie, sizeof lie, 4);
        file(28, 0, hole, sizeof hole, 3);
        file(29, 0, last, sizeof last, 1);
        file(30, 1, used, sizeof used, 4);
        struct made small = made_record(31, 1, 0, 0);
        made_fn(&small, 5, 5, 1, 3, "small");
        made_resident(&small, 0x80, "", 0, "hello", 5);
        made_store(&volume, 31, &small);
        with_copy();
        assert_true(open_disk(sizeof disk));
        assert_int_equal(said(24), NTFS_STREAM_FREE);
        assert_int_equal(said(25), NTFS_STREAM_REUSED);
        assert_int_equal(said(26), NTFS_STREAM_FREE);
        assert_int_equal(said(27), 0);
        assert_int_equal(said(28), NTFS_STREAM_FREE);
        assert_int_equal(said(29), NTFS_STREAM_REUSED);
        assert_int_equal(said(30), 0); /* not deleted */
        assert_int_equal(said(31), NTFS_STREAM_FREE);
        assert_int_equal(job.noted, 0); /* what is left of a deleted record may lie */
        ntfs_index_close(&ix);
        close(fd);
    }
    ix = (struct ntfs_index){0};
    fd = -1;
}

static void without_bitmap_nothing_is_said(void **state) {
    static const uint8_t runs[] = {0x11, 4, 100, 0};
    (void)state;
    file(24, 0, runs, sizeof runs, 4);
    with_copy();
    assert_true(open_disk(sizeof disk));
    assert_int_equal(said(24), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_copy_of_the_boot_sector_is_used), TEST(a_good_boot_sector_needs_no_copy),
        TEST(a_copy_elsewhere_is_not_believed),    TEST(another_file_system_comes_first),
        TEST(the_mirror_stands_in_for_record_0),   TEST(bitmap_tells_of_deleted_files),
        TEST(without_bitmap_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
