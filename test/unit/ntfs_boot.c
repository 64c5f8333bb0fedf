#include "format/ntfs_boot.h"
#include "unit/ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t sector[512];
static struct job job;
static struct ntfs_boot boot;

static int setup(void **state) {
    (void)state;
    job_init(&job, 0);
    made_boot(sector, 1000);
    return 0;
}

static enum fault_code refused(size_t size) {
    job_reset(&job);
    return ntfs_boot_read(&job, span_of(sector, size, 0), &boot) ? FAULT_NONE : job.fault.code;
}

static void absurd_sectors_are_refused(void **state) {
    (void)state;
    assert_int_equal(refused(511), FAULT_TORN);
    sector[13] = 3;
    assert_int_equal(refused(512), FAULT_BAD);
    sector[13] = 0xf3; /* 4 MiB clusters */
    assert_int_equal(refused(512), FAULT_BAD);
    sector[13] = 8;
    sector[0x40] = 0xe0;
    assert_int_equal(refused(512), FAULT_BAD);
    sector[0x40] = 0x7f;
    assert_int_equal(refused(512), FAULT_BAD);
    sector[0x40] = 0xf6;
    made_put(sector + 0x30, 1000, 8); /* $MFT behind the end */
    assert_int_equal(refused(512), FAULT_BAD);
    made_put(sector + 0x30, 4, 8);
    made_put(sector + 0x28, UINT64_MAX, 8);
    assert_int_equal(refused(512), FAULT_BAD);
    made_put(sector + 0x28, 0, 8);
    assert_int_equal(refused(512), FAULT_BAD);
    made_put(sector + 0x28, 8000, 8);
    made_put(sector + 11, 500, 2);
    assert_int_equal(refused(512), FAULT_BAD);
    made_put(sector + 11, 512, 2);
    assert_int_equal(refused(512), FAULT_NONE);
    sector[510] = 0;
    assert_int_equal(refused(512), FAULT_BAD);
    sector[510] = 0x55;
    memcpy(sector + 3, "MSDOS5.0", 8);
    assert_int_equal(refused(512), FAULT_BAD);
}

static void sizes_are_read(void **state) {
    (void)state;
    assert_true(ntfs_boot_read(&job, span_of(sector, 512, 0), &boot));
    assert_int_equal(boot.cluster_size, 4096);
    assert_int_equal(boot.record_size, 1024);
    assert_int_equal(boot.index_size, 4096);
    assert_int_equal(boot.size, 1000 * 4096);
    assert_int_equal(boot.clusters, 1000);
    assert_int_equal(boot.mft, 4);
    assert_int_equal(boot.serial, 0x1122334455667788);
}

static void large_clusters_are_a_negative_logarithm(void **state) {
    (void)state;
    sector[13] = 0xf4; /* 2^12 sectors of 512 bytes: 2 MiB */
    sector[0x44] = 0xf4;
    made_put(sector + 0x28, 4096 * 100, 8);
    assert_true(ntfs_boot_read(&job, span_of(sector, 512, 0), &boot));
    assert_int_equal(boot.cluster_size, 2 << 20);
    sector[13] = 0x80; /* 128 sectors: 64 KiB, the old form's largest */
    assert_true(ntfs_boot_read(&job, span_of(sector, 512, 0), &boot));
    assert_int_equal(boot.cluster_size, 65536);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(absurd_sectors_are_refused, setup),
        cmocka_unit_test_setup(sizes_are_read, setup),
        cmocka_unit_test_setup(large_clusters_are_a_negative_logarithm, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
