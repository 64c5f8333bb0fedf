#include "format/mbr.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t sector[512];

static void entry(int at, uint8_t status, uint8_t type, uint32_t first, uint32_t count) {
    uint8_t *e = sector + 446 + 16 * at;
    e[0] = status;
    e[4] = type;
    for (int i = 0; i < 4; i++) {
        e[8 + i] = (uint8_t)(first >> 8 * i);
        e[12 + i] = (uint8_t)(count >> 8 * i);
    }
}

static int setup(void **state) {
    (void)state;
    memset(sector, 0, sizeof sector);
    sector[510] = 0x55;
    sector[511] = 0xaa;
    return 0;
}

static bool reads(size_t size, uint64_t sectors, struct mbr *mbr) {
    return mbr_read(span_of(sector, size, 0), sectors, mbr);
}

static void what_only_ends_like_a_table_is_none(void **state) {
    (void)state;
    struct mbr mbr;
    assert_false(reads(512, 1000, &mbr)); /* no entry in use */
    entry(0, 0x80, 7, 63, 100);
    assert_true(reads(512, 1000, &mbr));
    assert_false(reads(511, 1000, &mbr));
    assert_false(reads(512, 63, &mbr)); /* begins behind the end */
    entry(1, 0x41, 7, 200, 100);        /* a status that is text */
    assert_false(reads(512, 1000, &mbr));
    entry(1, 0x80, 7, 200, 100); /* two active ones */
    assert_false(reads(512, 1000, &mbr));
    entry(1, 0, 7, 100, 100); /* overlap */
    assert_false(reads(512, 1000, &mbr));
    entry(1, 0, 0, 0, 5); /* a length without a type */
    assert_false(reads(512, 1000, &mbr));
    entry(1, 0, 7, 0, 5); /* over the table itself */
    assert_false(reads(512, 1000, &mbr));
    entry(1, 0, 0, 0, 0);
    sector[511] = 0;
    assert_false(reads(512, 1000, &mbr));
}

static void partitions_may_be_longer_than_the_image(void **state) {
    (void)state;
    struct mbr mbr;
    entry(0, 0x80, 7, 63, 160587);
    entry(2, 0, 0x0f, 200000, UINT32_MAX);
    assert_true(reads(512, 4159, &mbr));
    assert_int_equal(mbr.count, 2);
    assert_int_equal(mbr.partitions[0].first, 63);
    assert_int_equal(mbr.partitions[0].count, 160587);
    assert_true(mbr_is_extended(mbr.partitions[1].type));
    assert_false(mbr.protective);
    setup(state);
    entry(0, 0, MBR_PROTECTIVE, 1, UINT32_MAX);
    assert_true(reads(512, 4159, &mbr));
    assert_true(mbr.protective);
}

static void logical_chains_end(void **state) {
    (void)state;
    struct job job;
    struct mbr_partition partition;
    uint64_t next = 99;
    job_init(&job, 0);
    entry(0, 0, 7, 63, 100);
    entry(1, 0, 5, 0, 200); /* back to the start */
    assert_false(mbr_logical_read(&job, span_of(sector, 512, 1000), 500, 500, &partition, &next));
    assert_int_equal(job.fault.code, FAULT_BAD);
    assert_int_equal(next, 99);
    job_reset(&job);
    assert_false(mbr_logical_read(&job, span_of(sector, 100, 1000), 500, 500, &partition, &next));
    assert_int_equal(job.fault.code, FAULT_TORN);
    assert_int_equal(job.fault.offset, 1100);
    job_reset(&job);
    entry(1, 0, 5, 300, 200);
    assert_true(mbr_logical_read(&job, span_of(sector, 512, 1000), 500, 500, &partition, &next));
    assert_int_equal(partition.first, 563);
    assert_int_equal(next, 800);
    entry(0, 0, 0, 0, 0);
    entry(1, 0, 0, 0, 0);
    assert_true(mbr_logical_read(&job, span_of(sector, 512, 1000), 800, 500, &partition, &next));
    assert_int_equal(partition.count, 0);
    assert_int_equal(next, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_only_ends_like_a_table_is_none, setup),
        cmocka_unit_test_setup(partitions_may_be_longer_than_the_image, setup),
        cmocka_unit_test_setup(logical_chains_end, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
