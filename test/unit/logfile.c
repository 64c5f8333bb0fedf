#include "format/logfile.h"
#include "make/logfile_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PAGE = LOGFILE_MADE_PAGE, PAGES = 40, SIZE = PAGES * PAGE, MANY = 4000, FIRST = 4 * PAGE };

static uint8_t bytes[SIZE];
static struct logfile_made made;
static struct logfile logfile;
static struct logfile_record record;
static struct job job;
static uint64_t lsns[MANY];
static size_t count;

/* What was delivered. */
static uint64_t seen[MANY];
static size_t seen_count, stale_count, torn_count;

struct memory {
    struct logfile_source source; /* first */
    size_t size;
};

static size_t read_at(struct logfile_source *source, uint64_t offset, uint8_t *to, size_t size) {
    struct memory *m = (struct memory *)(void *)source;
    return span_copy(span_clip(span_of(bytes, m->size, 0), offset, size), to, size);
}

static int setup(void **state) {
    (void)state;
    job_init(&job, 16 << 20);
    made = (struct logfile_made){.bytes = bytes, .size = SIZE, .major = 1, .minor = 1, .cluster = 4096};
    logfile_made_begin(&made);
    count = 0;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

/* Bytes that depend on where a record lies. */
static void fill(uint8_t *to, size_t size, uint64_t lsn) {
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(lsn * 31 + i * 7);
}

/* A record of `size` bytes. Its LSN is what the maker is going to give it. */
static void add(size_t size) {
    static uint8_t data[LOGFILE_CLIENT_MAX];
    struct logfile_made ahead = made;
    static uint8_t scratch[SIZE];
    ahead.bytes = scratch; /* a dry run, for the LSN */
    fill(data, size, logfile_made_record(&ahead, 1, 24, data, 0));
    lsns[count++] = logfile_made_record(&made, 1, 24, data, size);
}

static bool open_size(size_t size) {
    static struct memory memory;
    memory = (struct memory){{read_at, size}, size};
    job_reset(&job);
    return logfile_open(&logfile, &job, &memory.source);
}

/* Reads it all; what is complete has the bytes that were written, in rising order. */
static void run_size(size_t size, bool checked) {
    static uint8_t data[LOGFILE_CLIENT_MAX];
    uint64_t last = 0;
    seen_count = stale_count = torn_count = 0;
    assert_true(open_size(size));
    while (logfile_next(&logfile, &record)) {
        assert_true(record.lsn > last);
        last = record.lsn;
        assert_true(record.offset < size);
        torn_count += !record.complete;
        stale_count += record.stale;
        if (record.complete && checked) {
            fill(data, record.data.size, record.lsn);
            assert_memory_equal(data, record.data.data, record.data.size);
        }
        if (!record.stale && seen_count < MANY)
            seen[seen_count++] = record.lsn;
    }
}

static void run(void) {
    run_size(SIZE, true);
}

/* Whether all that was delivered is the last of what was made. */
static bool is_tail(void) {
    return seen_count <= count && memcmp(seen, lsns + count - seen_count, seen_count * sizeof *seen) == 0;
}

static void put(size_t at, uint64_t value, int size) {
    logfile_made_put(bytes + at, value, size);
}

/* --- misuse --- */

static void what_is_no_log_is_told(void **state) {
    (void)state;
    run();
    assert_int_equal(logfile.state, LOGFILE_EMPTY);
    assert_int_equal(job.noted, 0);
    assert_int_equal(logfile.unused_pages, PAGES);
    memset(bytes, 0, SIZE);
    run();
    assert_int_equal(logfile.state, LOGFILE_ZERO);
    assert_int_equal(job.noted, 0);
    memset(bytes, 0xff, PAGE);
    run();
    assert_int_equal(logfile.state, LOGFILE_NO_LOG);
    memset(bytes, 0xa5, SIZE);
    run();
    assert_int_equal(logfile.state, LOGFILE_NO_LOG);
    assert_int_equal(logfile.bad_pages, PAGES);
    assert_int_equal(job.noted, 1);
    run_size(0, true);
    assert_int_equal(logfile.state, LOGFILE_NO_LOG);
    run_size(3, true);
    assert_int_equal(logfile.state, LOGFILE_NO_LOG);
    assert_int_equal(seen_count, 0);
}

static void restart_pages_that_lie_are_not_believed(void **state) {
    static const struct {
        size_t at;
        uint64_t value;
        int size;
    } lies[] = {
        {0, 0, 4},
        {4, 0, 2},
        {4, 0xfffe, 2},
        {6, 8, 2},
        {6, 0xffff, 2},
        {16, 0, 4},
        {16, 4095, 4},
        {16, 1u << 31, 4},
        {20, 0, 4},
        {20, 256, 4},
        {20, 4097, 4},
        {20, 1 << 20, 4},
        {24, 0x31, 2},
        {24, 4096, 2},
        {24, 0xfff8, 2},
        {0x38, 17, 2},
        {0x3c, 5, 2},
        {0x40, 0, 4},
        {0x40, 64, 4},
        {0x40, 0xffffffff, 4},
        {0x30 + 36, 8, 2},
        {0x30 + 36, 50, 2},
        {0x30 + 36, 4096, 2},
        {0x30 + 38, 8, 2},
        {0x30 + 38, 4088, 2},
        {0x30 + 38, 65, 2},
        {510, 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        setup(NULL);
        for (int n = 0; n < 100; n++)
            add(100);
        logfile_made_end(&made);
        put(PAGE + lies[i].at, lies[i].value, lies[i].size);
        run();
        assert_int_equal(logfile.state, LOGFILE_USED);
        assert_int_equal(logfile.restart.offset, 0);
        assert_int_equal(logfile.restart_pages, 1);
        assert_int_equal(logfile.bad_restart_pages, 1);
        assert_int_equal(job.noted, 1);
        assert_int_equal(job.notes[0].offset, PAGE);
        assert_int_equal(seen_count, 100);
        put(lies[i].at, lies[i].value, lies[i].size); /* and now both */
        run();
        assert_int_equal(logfile.state, LOGFILE_HEADLESS);
        assert_int_equal(seen_count, 100);
        assert_true(is_tail());
        teardown(NULL);
    }
}

static void header_fields_that_lie_cost_one_record(void **state) {
    static const struct {
        size_t at;
        uint64_t value;
        int size;
    } lies[] = {
        {0, 0, 8},   {0, 1, 8},  {0, UINT64_MAX, 8}, {24, 0xffffffff, 4}, {24, LOGFILE_CLIENT_MAX + 1, 4},
        {30, 16, 2}, {32, 0, 4}, {32, 3, 4},         {32, 0xffffffff, 4},
    };
    (void)state;
    for (int n = 0; n < 60; n++)
        add(96);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        static uint8_t before[SIZE];
        memcpy(before, bytes, SIZE);
        put(FIRST + LOGFILE_DATA + 3 * 144 + lies[i].at, lies[i].value, lies[i].size);
        logfile_made_end(&made);
        run();
        assert_int_equal(seen_count, 59);
        assert_int_equal(job.noted, 1);
        assert_int_equal(job.notes[0].code, FAULT_BAD);
        assert_int_equal(job.notes[0].offset, FIRST);
        memcpy(bytes, before, SIZE);
    }
}

/* A length up to the cap runs over what follows in the pages behind; it ends somewhere. */
static void a_length_that_lies_ends(void **state) {
    (void)state;
    for (int n = 0; n < 400; n++)
        add(96);
    put(FIRST + LOGFILE_DATA + 24, LOGFILE_CLIENT_MAX, 4);
    logfile_made_end(&made);
    run_size(SIZE, false);
    assert_int_equal(torn_count, 1);
    assert_true(seen_count > 300);
}

static void a_torn_page_costs_its_rest(void **state) {
    (void)state;
    for (int n = 0; n < 200; n++)
        add(96);
    logfile_made_end(&made);
    bytes[FIRST + PAGE + 5 * 512 - 1] ^= 1;
    run();
    assert_int_equal(logfile.bad_pages, 1);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(job.notes[0].offset, FIRST + PAGE + 4 * 512);
    assert_in_range(seen_count, 200 - 16, 200 - 13);
    assert_in_range(torn_count, 1, 2);
    bytes[FIRST + PAGE + 511] ^= 1; /* the first sector: nothing is left */
    run();
    assert_in_range(seen_count, 200 - 29, 200 - 27);
    memcpy(bytes + FIRST + PAGE, "BAAD", 4);
    run();
    assert_int_equal(logfile.bad_pages, 1);
}

static void a_log_that_is_cut_is_told(void **state) {
    (void)state;
    for (int n = 0; n < 400; n++)
        add(400);
    logfile_made_end(&made);
    run();
    size_t all = seen_count;
    for (size_t size = 0; size < SIZE; size += 1111) {
        run_size(size, true);
        assert_true(seen_count <= all);
        assert_true(size < 2 * PAGE || (job.noted > 0 && job.notes[0].code == FAULT_TORN) ||
                    size / PAGE == PAGES);
    }
}

static void steps_are_counted(void **state) {
    static struct memory memory = {{read_at, SIZE}, SIZE};
    (void)state;
    add(100);
    logfile_made_end(&made);
    job_reset(&job);
    job.steps = 10;
    assert_false(logfile_open(&logfile, &job, &memory.source));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    assert_true(open_size(SIZE));
    job.steps = 0;
    assert_false(logfile_next(&logfile, &record));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
}

static void too_little_memory_is_a_fault(void **state) {
    static struct memory memory = {{read_at, SIZE}, SIZE};
    (void)state;
    for (size_t cap = 0; cap < 400000; cap += 20000) {
        struct job small;
        job_init(&small, cap);
        if (!logfile_open(&logfile, &small, &memory.source))
            assert_int_equal(small.fault.code, FAULT_LIMIT);
        job_reset(&small);
    }
}

static void small_log(void) {
    made.size = 8 * PAGE;
    logfile_made_begin(&made);
    for (int i = 0; i < 20; i++)
        add(20 + 40u * (unsigned)i);
    logfile_made_checkpoint(&made);
    logfile_made_copy(&made, FIRST, 0);
    logfile_made_end(&made);
}

static void every_prefix_and_many_bits(void **state) {
    (void)state;
    small_log();
    run_size(made.size, false);
    size_t all = seen_count;
    assert_int_equal(all, 21);
    for (size_t n = 0; n <= made.size; n += n < 2 * PAGE ? 64 : 8) {
        run_size(n, false);
        assert_true(seen_count <= all);
    }
    for (size_t bit = 0; bit < 8 * made.size; bit += bit % (8 * PAGE) < 8 * 260 ? 3 : 1021) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        run_size(made.size, false);
        assert_true(seen_count <= all + 1);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* --- use --- */

static void records_come_in_order_through_all_rounds(void **state) {
    (void)state;
    for (unsigned n = 0; n < 3000; n++)
        add(n % 7 == 0 ? 700 + n % 9000 : n % 251);
    logfile_made_end(&made);
    assert_true(made.round > 5);
    run();
    assert_int_equal(logfile.state, LOGFILE_USED);
    assert_int_equal(logfile.bad_pages, 0);
    assert_true(is_tail());
    assert_int_equal(torn_count, 0);
    assert_int_equal(logfile.newest_lsn, lsns[count - 1]);
    assert_int_equal(logfile.oldest_lsn, seen[0]);
    assert_int_equal(logfile.restart.current_lsn, lsns[count - 1]);
    assert_int_equal(logfile.restart.offset, PAGE); /* the newer one */
    assert_int_equal(job.noted, 0);
    memset(bytes, 0, 2 * PAGE); /* the same without its restart pages */
    size_t before = seen_count;
    run();
    assert_int_equal(logfile.state, LOGFILE_HEADLESS);
    assert_int_equal(seen_count, before);
    assert_true(is_tail());
}

/* In the free space of the newest page lie whole records of the round before; what went on in the page that
 * has been written since is cut. */
static void what_an_earlier_round_left_is_stale(void **state) {
    (void)state;
    while (made.round == 1)
        add(200);
    size_t first = count - 1;
    add(200);
    add(1);
    logfile_made_end(&made);
    run();
    assert_int_equal(stale_count, 14);
    assert_int_equal(torn_count, 1); /* that is the last of them */
    assert_int_equal(job.noted, 0);
    assert_int_equal(logfile.newest_lsn, lsns[count - 1]);
    assert_int_equal(seen[seen_count - 1], lsns[count - 1]);
    assert_int_equal(seen[seen_count - 3], lsns[first]);
}

static void a_record_fills_many_pages(void **state) {
    (void)state;
    add(100);
    add(130000);
    add(100);
    logfile_made_end(&made);
    run();
    assert_int_equal(seen_count, 3);
    assert_int_equal(torn_count, 0);
    assert_true(is_tail());
    memset(bytes + FIRST + 9 * PAGE, 0, PAGE); /* one of them is gone */
    run();
    assert_int_equal(seen_count, 3);
    assert_int_equal(torn_count, 1);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.notes[0].offset, FIRST + LOGFILE_DATA + 152);
}

/* The newest page has only been written as a copy; its place still has the round before. */
static void a_copy_stands_for_its_page(void **state) {
    static const unsigned majors[] = {1, 2, 2};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        setup(NULL);
        made.major = majors[i];
        made.minor = majors[i] == 1;
        size_t first = logfile_made_first(&made);
        for (unsigned n = 0; n < 10; n++)
            add(150);
        logfile_made_copy(&made, first, i == 2 ? 20 : 1);
        memset(bytes + first, 0xff, PAGE);
        logfile_made_end(&made);
        run();
        assert_int_equal(logfile.copies, 1);
        assert_int_equal(seen_count, 10);
        assert_true(is_tail());
        assert_int_equal(record.offset / PAGE, i == 2 ? 22 : 3);
        memset(bytes, 0xff, 2 * PAGE); /* without a version both forms are tried */
        run();
        assert_int_equal(seen_count, 10);
        teardown(NULL);
    }
}

/* A page and its copy deliver a record once, and what goes on in a page that is only a copy is found. */
static void a_record_goes_on_in_a_copy(void **state) {
    (void)state;
    for (unsigned n = 0; n < 20; n++)
        add(250);
    logfile_made_copy(&made, FIRST, 0);
    logfile_made_copy(&made, FIRST + PAGE, 1);
    logfile_made_end(&made);
    memset(bytes + FIRST + PAGE, 0xff, PAGE);
    run();
    assert_int_equal(logfile.copies, 2);
    assert_int_equal(seen_count, 20);
    assert_int_equal(torn_count, 0);
    assert_true(is_tail());
}

static void a_dirty_log_is_told(void **state) {
    (void)state;
    add(100);
    uint64_t checkpoint = logfile_made_checkpoint(&made);
    made.dirty = true;
    logfile_made_end(&made);
    run_size(SIZE, false);
    assert_false(logfile.restart.clean);
    assert_false(logfile.restart.checked);
    assert_true(logfile.restart.has_client);
    assert_int_equal(logfile.restart.checkpoint_lsn, checkpoint);
    assert_int_equal(logfile.restart.major, 1);
    assert_int_equal(logfile.restart.minor, 1);
    assert_int_equal(logfile.geometry.sizes, LOGFILE_STATED);
    assert_int_equal(record.type, LOGFILE_CHECKPOINT);
    made.dirty = false;
    logfile_made_restart(&made, PAGE, made.lsn);
    memcpy(bytes + PAGE, "CHKD", 4);
    run_size(SIZE, false);
    assert_true(logfile.restart.clean);
    assert_true(logfile.restart.checked);
}

static void logs_are_recognised(void **state) {
    static uint8_t page[PAGE];
    (void)state;
    assert_false(logfile_sniff(span_of(bytes, LOGFILE_SNIFF, 0)));
    assert_false(logfile_sniff(span_of(bytes, 0, 0)));
    add(100);
    logfile_made_end(&made);
    assert_true(logfile_sniff(span_of(bytes, LOGFILE_SNIFF, 0)));
    memcpy(bytes, "CHKD", 4);
    assert_true(logfile_sniff(span_of(bytes, LOGFILE_SNIFF, 0)));
    assert_false(logfile_sniff(span_of(bytes, 500, 0)));
    put(16, 8192, 4); /* a larger page than is seen */
    assert_true(logfile_sniff(span_of(bytes, LOGFILE_SNIFF, 0)));
    put(16, 1 << 20, 4);
    assert_false(logfile_sniff(span_of(bytes, LOGFILE_SNIFF, 0)));
    memcpy(page, bytes + PAGE, PAGE);
    assert_true(logfile_sniff_page(page, PAGE, SIZE));
    memcpy(page, bytes + FIRST, PAGE);
    assert_true(logfile_sniff_page(page, FIRST, SIZE));
    memcpy(page, bytes + FIRST, PAGE);
    page[511] ^= 1;
    assert_false(logfile_sniff_page(page, FIRST, SIZE));
    memset(page, 0xff, PAGE);
    assert_false(logfile_sniff_page(page, FIRST, SIZE));
}

static void words(void **state) {
    (void)state;
    assert_string_equal(logfile_state_word(LOGFILE_USED), "used");
    assert_string_equal(logfile_state_word(LOGFILE_EMPTY), "empty");
    assert_string_equal(logfile_state_word(LOGFILE_NO_LOG), "no-log");
    assert_string_equal(logfile_state_word((enum logfile_state)99), "?");
    assert_int_equal(logfile_page_kind(span_of("CHKD", 4, 0)), LOGFILE_CHECKED);
    assert_int_equal(logfile_page_kind(span_of("BAAD", 4, 0)), LOGFILE_BAAD);
    assert_int_equal(logfile_page_kind(span_of("", 0, 0)), LOGFILE_STRANGE);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_log_is_told),
        TEST(restart_pages_that_lie_are_not_believed),
        TEST(header_fields_that_lie_cost_one_record),
        TEST(a_length_that_lies_ends),
        TEST(a_torn_page_costs_its_rest),
        TEST(a_log_that_is_cut_is_told),
        TEST(steps_are_counted),
        TEST(too_little_memory_is_a_fault),
        TEST(every_prefix_and_many_bits),
        TEST(records_come_in_order_through_all_rounds),
        TEST(what_an_earlier_round_left_is_stale),
        TEST(a_record_fills_many_pages),
        TEST(a_copy_stands_for_its_page),
        TEST(a_record_goes_on_in_a_copy),
        TEST(a_dirty_log_is_told),
        TEST(logs_are_recognised),
        TEST(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
