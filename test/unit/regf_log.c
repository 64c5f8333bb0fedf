/* Transaction logs of hives, both kinds: damaged, misplaced and incomplete ones first. */
#include "format/regf_log.h"
#include "make/regf_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 64 * 1024, BINS = 3 * REGF_BIN, GROWN = 4 * REGF_BIN };

static uint8_t before[SIZE], after[SIZE], bytes[SIZE], first_log[SIZE], second_log[SIZE];
static size_t size, sizes[2]; /* of the hive, of the logs */
static struct job job;
static struct regf_replayed replayed;

/* Hives of three and four bins, which differ in all. */
static int setup(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    memset(before, 0, sizeof before);
    memset(after, 0, sizeof after);
    for (uint32_t bin = 0; bin < 4; bin++) {
        uint8_t *old = before + REGF_BASE + bin * REGF_BIN, *new = after + REGF_BASE + bin *REGF_BIN;
        memset(old, bin < 3 ? 0x11 : 0, REGF_BIN);
        memset(new, (int)(0x21 + bin), REGF_BIN);
        for (int i = 0; i < 2; i++) {
            uint8_t *p = i ? new : old;
            memcpy(p, "hbin", 4);
            regf_made_put(p + 4, bin * REGF_BIN, 4);
            regf_made_put(p + 8, REGF_BIN, 4);
        }
    }
    regf_made_put(before + 12, 1000, 8);
    regf_made_base(before, 0, 11, 10, BINS);
    size = REGF_BASE + BINS;
    memset(first_log, 0, sizeof first_log);
    memset(second_log, 0, sizeof second_log);
    sizes[0] = sizes[1] = REGF_MADE_SECTOR;
    regf_made_put(first_log + 12, 1000, 8);
    regf_made_put(second_log + 12, 1000, 8);
    regf_made_base(first_log, 6, 11, 11, BINS);
    regf_made_base(second_log, 6, 11, 11, BINS);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void add(int log, uint32_t sequence, uint32_t bins_size, uint32_t page, size_t count) {
    uint32_t pages[] = {page, page + REGF_BIN, page + 2 * REGF_BIN};
    uint8_t *to = (log ? second_log : first_log) + sizes[log];
    sizes[log] += regf_made_entry(to, sequence, bins_size, after, pages, count);
}

static bool replay(size_t room) {
    struct span logs[2] = {span_of(first_log, sizes[0], 1000000), span_of(second_log, sizes[1], 2000000)};
    size = REGF_BASE + BINS;
    memcpy(bytes, before, sizeof bytes);
    job_reset(&job);
    return regf_replay(&job, bytes, &size, room, logs, 2, &replayed);
}

/* Which bins are the new ones. */
static unsigned renewed(void) {
    unsigned mask = 0;
    for (unsigned bin = 0; bin < 4; bin++) {
        size_t at = REGF_BASE + bin * REGF_BIN;
        bool new = at < size &&memcmp(bytes + at, after + at, REGF_BIN) == 0;
        if (!new &&at < size && bin < 3)
            assert_memory_equal(bytes + at, before + at, REGF_BIN);
        mask |= (unsigned)new << bin;
    }
    return mask;
}

static void a_hive_that_is_not_dirty_is_left_alone(void **state) {
    (void)state;
    regf_made_base(before, 0, 10, 10, BINS);
    add(0, 10, BINS, 0, 1);
    assert_false(replay(SIZE));
    assert_int_equal(replayed.form, REGF_LOG_NONE);
    assert_memory_equal(bytes, before, REGF_BASE + BINS);
}

static void what_is_no_log_does_nothing(void **state) {
    (void)state;
    add(0, 10, BINS, 0, 1);
    first_log[508] ^= 1;
    sizes[1] = 0;
    assert_false(replay(SIZE));
    assert_memory_equal(bytes, before, REGF_BASE + BINS);
    size = 100;
    assert_false(regf_replay(&job, bytes, &size, SIZE, NULL, 0, &replayed));
}

static void an_entry_that_its_hashes_deny_ends_its_log(void **state) {
    static const size_t places[] = {16, 24, 32, 40, 60, 4000}; /* in the second entry */
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        sizes[0] = REGF_MADE_SECTOR;
        add(0, 10, BINS, 0, 1);
        size_t second = sizes[0];
        add(0, 11, BINS, REGF_BIN, 1);
        add(0, 12, BINS, 2 * REGF_BIN, 1);
        first_log[second + places[i]] ^= 0x10;
        assert_true(replay(SIZE));
        assert_int_equal(renewed(), 1);
        assert_int_equal(replayed.entries, 1);
        assert_int_equal(job.noted, 1);
        assert_int_equal(job.notes[0].code, FAULT_BAD);
        assert_int_equal(job.notes[0].offset, 1000000 + second);
    }
}

static void entries_that_come_too_late_are_a_gap(void **state) {
    (void)state;
    add(0, 12, BINS, 0, 1);
    assert_false(replay(SIZE));
    assert_true(replayed.gap);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(renewed(), 0);
    add(1, 10, BINS, REGF_BIN, 1);
    assert_true(replay(SIZE));
    assert_true(replayed.gap);
    assert_int_equal(renewed(), 2);
    assert_int_equal(replayed.sequence, 10);
}

static void growth_needs_room(void **state) {
    (void)state;
    struct span logs[2] = {span_of(first_log, sizes[0], 0), span_of(second_log, sizes[1], 0)};
    assert_int_equal(regf_replay_room(size, logs, 2), size);
    add(0, 10, GROWN, 3 * REGF_BIN, 1);
    logs[0].size = sizes[0];
    assert_int_equal(regf_replay_room(size, logs, 2), REGF_BASE + GROWN);
    assert_false(replay(REGF_BASE + BINS));
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    assert_int_equal(renewed(), 0);
    assert_true(replay(REGF_BASE + GROWN));
    assert_int_equal(size, REGF_BASE + GROWN);
    assert_int_equal(renewed(), 8);
}

static void a_page_outside_is_told(void **state) {
    (void)state;
    add(0, 10, BINS, 2 * REGF_BIN, 2); /* the second lies behind the bins */
    assert_true(replay(SIZE));
    assert_int_equal(renewed(), 4);
    assert_int_equal(replayed.pages, 1);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
}

static void every_prefix_of_a_log_ends(void **state) {
    (void)state;
    add(0, 10, BINS, 0, 1);
    size_t first = sizes[0];
    add(0, 11, BINS, REGF_BIN, 2);
    for (size_t all = sizes[0]; sizes[0] > 0; sizes[0]--)
        if (replay(SIZE))
            assert_int_equal(renewed(), sizes[0] == all ? 7 : sizes[0] >= first ? 1 : 0);
        else
            assert_true(sizes[0] < first);
}

/* Old entries first, then the logs take turns. */
static void entries_are_applied_in_the_order_of_their_numbers(void **state) {
    struct regf hive;
    (void)state;
    add(0, 8, BINS, 0, 1);
    add(0, 12, GROWN, 3 * REGF_BIN, 1);
    add(1, 10, BINS, 0, 1);
    add(1, 11, BINS, REGF_BIN, 1);
    assert_true(replay(SIZE));
    assert_int_equal(replayed.form, REGF_LOG_NEW);
    assert_int_equal(replayed.entries, 3);
    assert_int_equal(replayed.pages, 3);
    assert_int_equal(replayed.sequence, 12);
    assert_false(replayed.gap);
    assert_false(replayed.base);
    assert_int_equal(renewed(), 11);
    assert_int_equal(job.noted, 0);
    assert_true(regf_open(&job, span_of(bytes, size, 0), &hive));
    assert_true(hive.base_good);
    assert_false(hive.dirty);
    assert_int_equal(hive.primary, 12);
    assert_int_equal(hive.bins_size, GROWN);
}

static void numbers_may_wrap(void **state) {
    (void)state;
    regf_made_base(before, 0, 0, 0xffffffff, BINS);
    add(0, 0xffffffff, BINS, 0, 1);
    add(0, 0, BINS, REGF_BIN, 1);
    assert_true(replay(SIZE));
    assert_int_equal(renewed(), 3);
}

static void a_damaged_base_block_comes_from_the_log_that_begins_first(void **state) {
    (void)state;
    memset(before, 0xee, REGF_HEADER);
    add(0, 21, BINS, REGF_BIN, 1);
    add(1, 20, BINS, 0, 1);
    assert_true(replay(SIZE));
    assert_true(replayed.base);
    assert_int_equal(replayed.entries, 2);
    assert_int_equal(renewed(), 3);
    assert_memory_equal(bytes, "regf\x15\0\0\0\x15\0\0\0", 12);
    assert_int_equal(bytes[28], 0);
}

/* An old log: a bit for 512 bytes, then these. */
static void make_old(uint32_t sequence, uint32_t other) {
    memset(first_log, 0, sizeof first_log);
    regf_made_put(first_log + 12, 1000, 8);
    regf_made_base(first_log, 1, sequence, other, BINS);
    memcpy(first_log + 512, "DIRT\0\xff\0", 7);
    memcpy(first_log + 1024, after + REGF_BASE + REGF_BIN, REGF_BIN);
    sizes[0] = 1024 + REGF_BIN;
}

static void an_old_log_that_is_not_whole_is_not_applied(void **state) {
    (void)state;
    make_old(12, 11);
    assert_false(replay(SIZE));
    make_old(12, 12);
    first_log[12] = 7; /* written at another time */
    regf_made_base(first_log, 1, 12, 12, BINS);
    regf_made_put(first_log + 508, 0, 4);
    regf_made_base(first_log, 1, 12, 12, BINS);
    assert_false(replay(SIZE));
    make_old(12, 12);
    first_log[512] = 0;
    assert_false(replay(SIZE));
    assert_int_equal(job.notes[0].code, FAULT_BAD);
}

static void an_old_log_whose_bin_is_none_ends_there(void **state) {
    (void)state;
    make_old(12, 12);
    first_log[1024 + 4] ^= 1;
    assert_true(replay(SIZE));
    assert_int_equal(replayed.pages, 0);
    assert_int_equal(renewed(), 0);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    make_old(12, 12);
    sizes[0] -= 512;
    assert_true(replay(SIZE));
    assert_int_equal(replayed.pages, 7);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
}

static void an_old_log(void **state) {
    struct regf hive;
    (void)state;
    make_old(12, 12);
    assert_true(replay(SIZE));
    assert_int_equal(replayed.form, REGF_LOG_OLD);
    assert_int_equal(replayed.pages, 8);
    assert_int_equal(renewed(), 2);
    assert_int_equal(job.noted, 0);
    assert_true(regf_open(&job, span_of(bytes, size, 0), &hive));
    assert_false(hive.dirty);
    memset(before, 0xee, REGF_HEADER); /* then the first bin tells when it was written */
    regf_made_put(before + REGF_BASE + 20, 1000, 8);
    assert_true(replay(SIZE));
    assert_true(replayed.base);
    assert_int_equal(renewed(), 2);
}

/* Computed apart, from the description of the algorithm, with the registry's seed. */
static void hashes(void **state) {
    static const uint64_t wanted[] = {
        0xb39efca403966e08, 0xa38e1a34a85617bd, 0x0967f3a24bf8cf08, 0x2a80359330915c1b, 0x2605228ee63a250b,
        0x9aade3d187809880, 0xb71074d5e539637d, 0x7c6462340f354769, 0xf1b5f88a2a26843f, 0x9bb913af98e1be65};
    uint8_t data[9];
    (void)state;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 37 + 1);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_int_equal(regf_marvin32(span_of(data, i, 0)), wanted[i]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_hive_that_is_not_dirty_is_left_alone),
        T(what_is_no_log_does_nothing),
        T(an_entry_that_its_hashes_deny_ends_its_log),
        T(entries_that_come_too_late_are_a_gap),
        T(growth_needs_room),
        T(a_page_outside_is_told),
        T(every_prefix_of_a_log_ends),
        T(entries_are_applied_in_the_order_of_their_numbers),
        T(numbers_may_wrap),
        T(a_damaged_base_block_comes_from_the_log_that_begins_first),
        T(an_old_log_that_is_not_whole_is_not_applied),
        T(an_old_log_whose_bin_is_none_ends_there),
        T(an_old_log),
        T(hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
