/* Contents that NTFS or the system compressed: units of every kind, chunks of every algorithm, and damage. */
#include "source/ntfs_packed.h"
#include "make/pack_lznt1.h"
#include "make/pack_samples.h"
#include "make/pack_xpress.h"
#include "unit/ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { UNIT = 16 * MADE_CLUSTER, FIRST = 50 };

static struct made_volume volume;
static struct job job;
static struct ntfs_index_summary summary;
static struct ntfs_index ix;
static struct ntfs_plan plan;
static struct ntfs_content content;
static int fd = -1;
static uint8_t data[8 * UNIT], got[8 * UNIT], packed[4 * UNIT];

static int setup(void **state) {
    (void)state;
    made_volume(&volume, 40);
    job_init(&job, (size_t)16 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ntfs_index_close(&ix);
    job_reset(&job);
    close(fd);
    return 0;
}

static void start(uint64_t size) {
    job_reset(&job);
    fd = made_file(volume.bytes, volume.size);
    assert_true(made_index(&job, fd, 0, volume.size, true, &summary, &ix));
    assert_true(ntfs_content_plan(&job, &ix, reader_of(fd, 0, size), 0, UINT32_MAX, true, &plan));
    const struct ntfs_row *row = ntfs_index_row(&ix, 24);
    ntfs_content_open(&plan, &job, ntfs_index_main(&ix, row), &content);
}

static size_t get(uint64_t offset, size_t size) {
    memset(got, 0xee, sizeof got);
    return content.content.read(&content.content, &job, offset, got, size);
}

static uint8_t *cluster(uint32_t number) {
    return volume.bytes + (size_t)number * MADE_CLUSTER;
}

/* Puts the packed form of one unit at a cluster; returns how many clusters it takes. */
static uint8_t pack_unit(const uint8_t *from, uint32_t at) {
    size_t size = pack_lznt1(from, UNIT, true, packed);
    assert_true(size < UNIT - MADE_CLUSTER);
    memset(cluster(at), 0, (size + MADE_CLUSTER) / MADE_CLUSTER * MADE_CLUSTER);
    memcpy(cluster(at), packed, size);
    return (uint8_t)((size + MADE_CLUSTER - 1) / MADE_CLUSTER);
}

static void store(const uint8_t *runs, size_t runs_size, uint64_t size, uint64_t initialized) {
    struct made made = made_record(24, 1, 1, 0);
    made_fn(&made, 5, 5, 1, 3, "f");
    made_runs(&made, 0x80, "", 0x0001, 0, size, initialized, runs, runs_size);
    made_store(&volume, 24, &made);
}

/* Four units: packed, whole, absent, and packed in two runs. */
static void four_units(uint64_t initialized) {
    pack_sample(2, 7, data, UNIT);
    pack_sample(1, 8, data + UNIT, UNIT);
    memset(data + 2 * UNIT, 0, UNIT);
    pack_sample(2, 9, data + 3 * UNIT, UNIT);
    uint8_t one = pack_unit(data, FIRST);
    memcpy(cluster(80), data + UNIT, UNIT);
    uint8_t four = pack_unit(data + 3 * UNIT, 100);
    assert_true(four > 1);
    memcpy(cluster(140), cluster(101), (size_t)(four - 1) * MADE_CLUSTER); /* its rest lies elsewhere */
    memset(cluster(101), 0xaa, MADE_CLUSTER);
    uint8_t runs[] = {0x11,
                      one,
                      FIRST,
                      0x01,
                      (uint8_t)(16 - one),
                      0x11,
                      16,
                      30,
                      0x01,
                      16,
                      0x11,
                      1,
                      20,
                      0x11,
                      (uint8_t)(four - 1),
                      40,
                      0x01,
                      (uint8_t)(16 - four),
                      0};
    store(runs, sizeof runs, 4 * UNIT - 777, initialized);
}

static void units_of_every_kind(void **state) {
    (void)state;
    four_units(4 * UNIT - 777);
    start(volume.size);
    assert_int_equal(content.fault.code, FAULT_NONE);
    assert_memory_equal(content.content.head.data, data, CONTENT_HEAD);
    assert_int_equal(get(0, sizeof got), 4 * UNIT - 777);
    assert_memory_equal(got, data, 4 * UNIT - 777);
    static const size_t places[] = {1,    4095,         4096,         UNIT - 1,
                                    UNIT, 2 * UNIT - 5, 3 * UNIT - 1, 4 * UNIT - 800};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        size_t want = places[i] + 100 < 4 * UNIT - 777 ? 100 : 4 * UNIT - 777 - places[i];
        assert_int_equal(get(places[i], 100), want);
        assert_memory_equal(got, data + places[i], want);
    }
    assert_int_equal(get(4 * UNIT, 1), 0);
    assert_int_equal(job.noted, 0);
}

static void a_unit_is_read_once(void **state) {
    (void)state;
    four_units(4 * UNIT - 777);
    start(volume.size);
    for (size_t at = 0; at < 4 * UNIT - 777; at += 1000)
        assert_true(get(at, 1000) > 0);
    uint64_t allocated = 0;
    for (uint32_t i = 0; i < content.meta->count; i++)
        if (ix.extents[content.meta->first + i].cluster != NTFS_INDEX_SPARSE)
            allocated += ix.extents[content.meta->first + i].count;
    assert_int_equal(plan.reader.bytes_read, allocated * MADE_CLUSTER);
}

static void behind_the_initialized_size_are_zeros(void **state) {
    (void)state;
    four_units(UNIT / 2 + 3);
    start(volume.size);
    assert_int_equal(get(0, sizeof got), 4 * UNIT - 777);
    assert_memory_equal(got, data, UNIT / 2 + 3);
    for (size_t i = UNIT / 2 + 3; i < 4 * UNIT - 777; i++)
        assert_int_equal(got[i], 0);
}

static void a_damaged_unit_ends_the_reading(void **state) {
    (void)state;
    four_units(4 * UNIT - 777);
    cluster(100)[1] = 0; /* the header of a chunk */
    start(volume.size);
    assert_int_equal(get(0, sizeof got), 3 * UNIT);
    assert_memory_equal(got, data, 3 * UNIT);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(job.notes[0].offset, 3 * UNIT);
    size_t noted = job.noted;
    assert_int_equal(get(3 * UNIT, 100), 0); /* told once */
    assert_int_equal(job.noted, noted);
}

static void a_cut_unit_is_torn(void **state) {
    (void)state;
    four_units(4 * UNIT - 777);
    start(80 * MADE_CLUSTER + 100);
    assert_int_equal(get(0, sizeof got), UNIT + 100);
    assert_memory_equal(got, data, UNIT + 100);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
}

/* Packed and plain units that the evidence holds in part: nothing is made up. */
static void no_cut_yields_other_bytes(void **state) {
    (void)state;
    four_units(4 * UNIT - 777);
    start(volume.size);
    ntfs_index_close(&ix);
    close(fd);
    for (uint64_t size = 41 * MADE_CLUSTER; size < 170 * MADE_CLUSTER; size += 1531) {
        start(size);
        size_t count = get(0, sizeof got);
        assert_memory_equal(got, data, count);
        assert_true(count == 4 * UNIT - 777 || job.noted > 0);
        ntfs_index_close(&ix);
        close(fd);
    }
    start(volume.size);
}

static void runs_that_end_in_a_unit_end_it(void **state) {
    (void)state;
    pack_sample(2, 3, data, UNIT);
    uint8_t count = pack_unit(data, FIRST), runs[] = {0x11, count, FIRST, 0};
    store(runs, sizeof runs, UNIT, UNIT);
    start(volume.size);
    assert_int_equal(content.fault.code, FAULT_NONE);
    assert_int_equal(get(0, sizeof got), UNIT);
    assert_memory_equal(got, data, UNIT);
}

static void a_unit_larger_than_any_is_refused(void **state) {
    static const uint8_t runs[] = {0x11, 1, FIRST, 0};
    (void)state;
    for (unsigned unit = 5; unit < 40; unit += 11) {
        struct made made = made_record(24, 1, 1, 0);
        made_fn(&made, 5, 5, 1, 3, "f");
        size_t at = made.at;
        made_runs(&made, 0x80, "", 0x0001, 0, 4096, 4096, runs, sizeof runs);
        made_put(made.bytes + at + 34, unit, 2);
        made_store(&volume, 24, &made);
        start(volume.size);
        assert_int_equal(content.fault.code, FAULT_UNSUPPORTED);
        ntfs_index_close(&ix);
        close(fd);
    }
    start(volume.size);
}

/* --- WOF --- */

static size_t put_reparse(struct made *made, uint32_t provider, uint32_t algorithm) {
    uint8_t value[8 + 48] = {0x17, 0, 0, 0x80, 16};
    made_put(value + 8, 1, 4);
    made_put(value + 12, provider, 4);
    made_put(value + 16, 1, 4);
    made_put(value + 20, algorithm, 4);
    made_resident(made, 0xc0, "", 0, value, sizeof value);
    return made->at;
}

/* A file of `size` bytes in chunks of XPRESS, from cluster FIRST on. Returns the bytes of its stream. */
static size_t wof_stream(size_t size, size_t chunk) {
    size_t chunks = (size + chunk - 1) / chunk, at = (chunks - 1) * 4, table = at;
    uint8_t *to = cluster(FIRST);
    for (size_t i = 0; i < chunks; i++) {
        size_t part = size - i * chunk < chunk ? size - i * chunk : chunk;
        size_t made = pack_xpress(data + i * chunk, part, 1000, 5, false, packed);
        if (made >= part)
            memcpy(packed, data + i * chunk, made = part);
        if (i > 0)
            made_put(to + 4 * (i - 1), at - table, 4);
        memcpy(to + at, packed, made);
        at += made;
    }
    return at;
}

static void wof_file(uint64_t size, size_t stored, uint32_t provider, uint32_t algorithm, const char *name) {
    uint8_t hole[] = {0x01, (uint8_t)((size + MADE_CLUSTER - 1) / MADE_CLUSTER), 0};
    uint8_t clusters = (uint8_t)((stored + MADE_CLUSTER - 1) / MADE_CLUSTER),
            runs[] = {0x11, clusters, FIRST, 0};
    struct made made = made_record(24, 1, 1, 0);
    made_fn(&made, 5, 5, 1, 3, "f");
    made_runs(&made, 0x80, "", 0x8000, 0, size, size, hole, sizeof hole);
    made_runs(&made, 0x80, name, 0, 0, stored, stored, runs, sizeof runs);
    put_reparse(&made, provider, algorithm);
    made_store(&volume, 24, &made);
}

static void chunks_of_every_size(void **state) {
    static const struct {
        uint32_t algorithm;
        size_t chunk;
    } kinds[] = {{0, 4096}, {2, 8192}, {3, 16384}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t size = 3 * UNIT + 1234;
        pack_sample(2, i, data, size);
        pack_sample(1, i, data + 40000, 20000); /* noise: some chunks are stored as they are */
        wof_file(size, wof_stream(size, kinds[i].chunk), 2, kinds[i].algorithm, "WofCompressedData");
        start(volume.size);
        assert_int_equal(content.fault.code, FAULT_NONE);
        assert_int_equal(content.content.size, size);
        assert_int_equal(get(0, sizeof got), size);
        assert_memory_equal(got, data, size);
        assert_int_equal(get(kinds[i].chunk - 3, 10), 10);
        assert_memory_equal(got, data + kinds[i].chunk - 3, 10);
        assert_int_equal(job.noted, 0);
        if (i < 2) {
            ntfs_index_close(&ix);
            close(fd);
        }
    }
}

/* The main stream stands where its compressed bytes lie, so that it is read in their order. */
static void it_is_read_where_its_bytes_lie(void **state) {
    static const uint8_t before[] = {0x11, 1, FIRST - 1, 0};
    (void)state;
    size_t size = UNIT;
    pack_sample(2, 1, data, size);
    wof_file(size, wof_stream(size, 4096), 2, 0, "WofCompressedData");
    struct made made = made_record(25, 1, 1, 0);
    made_fn(&made, 5, 5, 1, 3, "before");
    made_runs(&made, 0x80, "", 0, 0, 4096, 4096, before, sizeof before);
    made_store(&volume, 25, &made);
    start(volume.size);
    uint32_t order[8], count = 0;
    while (count < 8 && ntfs_content_next(&plan, &job, &content))
        order[count++] = content.record;
    assert_int_equal(count, 4); /* $MFT, before, f and its stream */
    assert_int_equal(order[1], 25);
    assert_int_equal(order[2], 24);
    assert_int_equal(order[3], 24);
}

static void what_cannot_be_read_is_named(void **state) {
    (void)state;
    static const struct {
        uint32_t provider, algorithm;
        const char *name;
        enum fault_code code;
        const char *text;
    } cases[] = {{1, 0, "WofCompressedData", FAULT_UNSUPPORTED, "WIM"},
                 {2, 9, "WofCompressedData", FAULT_UNSUPPORTED, "not known"},
                 {7, 0, "WofCompressedData", FAULT_UNSUPPORTED, "not known"},
                 {2, 0, "OtherData", FAULT_BAD, "missing"}};
    pack_sample(2, 1, data, UNIT);
    size_t stored = wof_stream(UNIT, 4096);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wof_file(UNIT, stored, cases[i].provider, cases[i].algorithm, cases[i].name);
        start(volume.size);
        assert_int_equal(content.fault.code, cases[i].code);
        assert_non_null(strstr(content.fault.text, cases[i].text));
        assert_int_equal(get(0, 100), 0);
        ntfs_index_close(&ix);
        close(fd);
    }
    start(volume.size);
}

static void damaged_chunks_end_the_reading(void **state) {
    (void)state;
    pack_sample(2, 1, data, UNIT);
    size_t stored = wof_stream(UNIT, 4096);
    made_put(cluster(FIRST) + 4 * 4, 0, 4); /* chunk 5 begins before chunk 4 ends */
    wof_file(UNIT, stored, 2, 0, "WofCompressedData");
    start(volume.size);
    assert_int_equal(get(0, UNIT), 4 * 4096);
    assert_memory_equal(got, data, 4 * 4096);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(job.notes[0].offset, 4 * 4096);
    assert_int_equal(get(6 * 4096, 4096), 4096); /* a chunk says nothing of another one */
    assert_memory_equal(got, data + 6 * 4096, 4096);
}

/* Holes of a placeholder are not zeros; without holes all is there. */
static void placeholders_are_not_zeros(void **state) {
    static const uint8_t hole[] = {0x11, 1, FIRST, 0x01, 3, 0}, whole[] = {0x11, 4, FIRST, 0};
    static const uint32_t tags[] = {0x9000001a, 0x9000601a, 0x80000013, 0xc0000004, 0xa000000c};
    (void)state;
    for (size_t i = 0; i < 10; i++) {
        uint8_t value[8] = {0};
        bool link = i / 2 == 4, holes = i % 2 == 0;
        struct made made = made_record(24, 1, 1, 0);
        made_put(value, tags[i / 2], 4);
        made_fn(&made, 5, 5, 1, 3, "f");
        made_runs(&made, 0x80, "", 0x8000, 0, 4 * 4096, 4 * 4096, holes ? hole : whole,
                  holes ? sizeof hole : sizeof whole);
        made_resident(&made, 0xc0, "", 0, value, sizeof value);
        made_store(&volume, 24, &made);
        start(volume.size);
        assert_int_equal(content.fault.code, holes && !link ? FAULT_UNSUPPORTED : FAULT_NONE);
        assert_int_equal(get(0, sizeof got), holes && !link ? 0 : 4 * 4096);
        ntfs_index_close(&ix);
        close(fd);
    }
    start(volume.size);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(units_of_every_kind),
        TEST(a_unit_is_read_once),
        TEST(behind_the_initialized_size_are_zeros),
        TEST(a_damaged_unit_ends_the_reading),
        TEST(a_cut_unit_is_torn),
        TEST(no_cut_yields_other_bytes),
        TEST(runs_that_end_in_a_unit_end_it),
        TEST(a_unit_larger_than_any_is_refused),
        TEST(chunks_of_every_size),
        TEST(it_is_read_where_its_bytes_lie),
        TEST(what_cannot_be_read_is_named),
        TEST(damaged_chunks_end_the_reading),
        TEST(placeholders_are_not_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
