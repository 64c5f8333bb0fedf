#include "format/usn.h"
#include "make/usn_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 5 * USN_PAGE, MANY = 400 };

static uint8_t bytes[SIZE];
static struct usn_made made;
static struct usn_journal journal;
static struct usn_record record;
static struct job job;
static unsigned number;

static int setup(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    memset(bytes, 0, sizeof bytes);
    made = (struct usn_made){.bytes = bytes, .size = sizeof bytes, .time = 1000};
    number = 0;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void begin(void) {
    job_reset(&job);
    journal = usn_journal_of(&job);
}

/* Records with names of many lengths, so that they end in all places of a page. */
static void fill(void) {
    char name[USN_MADE_NAME + 1];
    for (;;) {
        size_t units = 1 + number * 37 % USN_MADE_NAME;
        memset(name, 'a' + (int)(number % 26), units);
        name[units] = 0;
        bool more = number % 5 == 4
                        ? usn_made_ranges(&made, number, 5, USN_DATA_EXTEND, (uint16_t)(number % 40), 1)
                        : usn_made_add(&made, 2 + (int)(number % 2), number, 5, USN_FILE_CREATE, name);
        if (!more)
            return;
        number++;
    }
}

static uint64_t records(void) {
    return journal.records[0] + journal.records[1] + journal.records[2];
}

/* Feeds bytes[0, size) as a stream that begins at `offset`, in windows of `window` bytes and what is left. */
static void feed(size_t size, uint64_t offset, size_t window) {
    static uint8_t buffer[SIZE];
    size_t left = 0;
    begin();
    for (size_t at = 0; at < size || at == 0;) {
        size_t n = size - at < window ? size - at : window;
        memcpy(buffer + left, bytes + at, n);
        at += n;
        usn_feed(&journal, span_of(buffer, left + n, offset + at - left - n), at == size);
        while (usn_next(&journal, &record))
            assert_true(record.offset >= offset && record.offset < offset + size);
        size_t rest = usn_left(&journal);
        assert_true(rest < USN_RECORD_MAX && (at < size || rest == 0));
        memmove(buffer, buffer + left + n - rest, rest);
        left = rest;
        if (size == 0)
            break;
    }
}

static void what_is_no_record_is_counted_with_its_place(void **state) {
    (void)state;
    memset(bytes, 0xff, 4096);
    usn_made_put(bytes + 4096 + 80, 1, 8);
    feed(3 * 4096, 0, SIZE);
    assert_int_equal(records(), 0);
    assert_int_equal(journal.damaged, 2);
    assert_int_equal(journal.damaged_bytes, 4096 + 4096 - 80);
    assert_int_equal(job.noted, 2);
    assert_int_equal(job.notes[1].offset, 4096 + 80);
    assert_int_equal(job.notes[1].code, FAULT_BAD);
    assert_int_equal(journal.zeros, 80 + 4096);
}

static void each_field_that_lies_costs_one_record(void **state) {
    static const struct {
        size_t at;
        uint64_t value;
        int size;
    } lies[] = {
        {0, 0, 4}, {0, 59, 4},          {0, 68, 4},  {0, 4104, 4}, {0, 0xffffffff, 4}, {4, 1, 2},   {4, 5, 2},
        {4, 4, 2}, {24, 1ull << 63, 8}, {56, 61, 2}, {56, 600, 2}, {58, 59, 2},        {58, 80, 2}, {4, 3, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        memset(bytes, 0, sizeof bytes);
        made.at = 0;
        usn_made_add(&made, 2, 40, 5, USN_FILE_CREATE, "first");
        usn_made_add(&made, 2, 41, 5, USN_FILE_CREATE, "second");
        usn_made_add(&made, 2, 42, 5, USN_FILE_CREATE, "third");
        usn_made_put(bytes + 72 + lies[i].at, lies[i].value, lies[i].size);
        feed(4096, 0, SIZE);
        assert_int_equal(records(), 2);
        assert_int_equal(journal.damaged, 1);
        assert_int_equal(journal.damaged_bytes, 72);
        assert_int_equal(job.notes[0].offset, 72);
        assert_int_equal(record.file.low, 42);
    }
}

static void a_record_across_a_page_is_none(void **state) {
    (void)state;
    made.at = 4096 - 64;
    made.base = 64; /* so that the maker sees no page */
    usn_made_add(&made, 2, 40, 5, USN_FILE_CREATE, "name");
    usn_made_put(bytes + 4096 - 64 + 24, 4096 - 64, 8);
    feed(SIZE, 0, SIZE);
    assert_int_equal(records(), 0);
    assert_int_equal(journal.damaged, 2);
}

static void extents_that_do_not_fit_are_none(void **state) {
    uint64_t offset = 7, length = 7;
    (void)state;
    usn_made_ranges(&made, 40, 5, USN_DATA_EXTEND, 2, 0);
    usn_made_put(bytes + 60, 3, 2);
    feed(4096, 0, SIZE);
    assert_int_equal(records(), 0);
    usn_made_put(bytes + 60, 4, 2);
    usn_made_put(bytes + 62, 8, 2); /* each is too short */
    feed(4096, 0, SIZE);
    assert_int_equal(records(), 0);
    usn_made_put(bytes + 60, 1, 2);
    usn_made_put(bytes + 62, 32, 2); /* longer than ours: the start is read */
    feed(4096, 0, SIZE);
    assert_int_equal(records(), 1);
    begin();
    usn_feed(&journal, span_of(bytes, 4096, 0), true);
    assert_true(usn_next(&journal, &record));
    assert_true(usn_extent(&record, 0, &offset, &length));
    assert_int_equal(offset, 0);
    assert_int_equal(length, 4096);
    assert_false(usn_extent(&record, 1, &offset, &length));
}

static void an_end_in_a_record_is_torn(void **state) {
    (void)state;
    usn_made_add(&made, 2, 40, 5, USN_FILE_CREATE, "name");
    for (size_t n = 1; n < made.at; n++) {
        feed(n, 0, SIZE);
        assert_int_equal(records(), 0);
        assert_int_equal(journal.damaged_bytes, n);
        assert_int_equal(job.notes[0].code, FAULT_TORN);
    }
    feed(made.at, 0, SIZE);
    assert_int_equal(records(), 1);
    assert_int_equal(job.noted, 0);
    feed(made.at + 3, 0, SIZE); /* a few zeros behind it are nothing */
    assert_int_equal(job.noted, 0);
    assert_int_equal(journal.zeros, 3);
}

static void a_gap_ends_what_was_left(void **state) {
    (void)state;
    usn_made_add(&made, 2, 40, 5, USN_FILE_CREATE, "name");
    usn_made_add(&made, 2, 41, 5, USN_FILE_CREATE, "name");
    begin();
    usn_feed(&journal, span_of(bytes, 72 + 40, 0), false);
    assert_true(usn_next(&journal, &record));
    assert_false(usn_next(&journal, &record));
    assert_int_equal(usn_left(&journal), 40);
    made.at = 0;
    made.base = 1 << 20;
    usn_made_add(&made, 2, 42, 5, USN_FILE_CREATE, "name");
    usn_feed(&journal, span_of(bytes, 72, 1 << 20), true);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.notes[0].offset, 72);
    assert_int_equal(journal.damaged_bytes, 40);
    assert_true(usn_next(&journal, &record));
    assert_int_equal(record.usn, 1 << 20);
    assert_int_equal(journal.placed, 2);
    assert_false(usn_next(&journal, &record));
}

static void damage_before_a_gap_is_kept(void **state) {
    (void)state;
    memset(bytes, 0xee, 1024);
    begin();
    usn_feed(&journal, span_of(bytes, 1024, 0), false);
    assert_false(usn_next(&journal, &record));
    usn_feed(&journal, span_of(bytes + 4096, 4096, 8192), true);
    assert_false(usn_next(&journal, &record));
    assert_int_equal(journal.damaged, 1);
    assert_int_equal(journal.damaged_bytes, 1024);
    assert_int_equal(journal.zeros, 4096);
}

static void windows_that_overlap_are_read_once(void **state) {
    (void)state;
    usn_made_add(&made, 2, 40, 5, USN_FILE_CREATE, "name");
    usn_made_add(&made, 2, 41, 5, USN_FILE_CREATE, "name");
    begin();
    usn_feed(&journal, span_of(bytes, 72, 0), false);
    assert_true(usn_next(&journal, &record));
    assert_false(usn_next(&journal, &record));
    usn_feed(&journal, span_of(bytes, 40, 0), false); /* all of it known */
    assert_false(usn_next(&journal, &record));
    usn_feed(&journal, span_of(bytes, 144, 0), true);
    assert_true(usn_next(&journal, &record));
    assert_int_equal(record.file.low, 41);
    assert_false(usn_next(&journal, &record));
    assert_int_equal(job.noted, 0);
}

static void all_fields_are_read(void **state) {
    (void)state;
    made.base = 1 << 16;
    usn_made_add(&made, 2, 40 | 3ull << 48, 5 | 5ull << 48, USN_DATA_EXTEND | USN_CLOSE, "name.txt");
    usn_made_put(bytes + 44, USN_SOURCE_AUXILIARY_DATA, 4);
    usn_made_put(bytes + 48, 777, 4);
    usn_made_add(&made, 3, 41, 5, USN_FILE_DELETE, "x");
    begin();
    usn_feed(&journal, span_of(bytes, sizeof bytes, 1 << 16), true);
    assert_true(usn_next(&journal, &record));
    assert_int_equal(record.major, 2);
    assert_int_equal(record.minor, 0);
    assert_int_equal(record.offset, 1 << 16);
    assert_int_equal(record.usn, 1 << 16);
    assert_int_equal(record.file.low, 40 | 3ull << 48);
    assert_int_equal(record.file.high, 0);
    assert_int_equal(record.parent.low, 5 | 5ull << 48);
    assert_int_equal(record.time, 1000);
    assert_int_equal(record.reason, USN_DATA_EXTEND | USN_CLOSE);
    assert_int_equal(record.source, USN_SOURCE_AUXILIARY_DATA);
    assert_int_equal(record.security, 777);
    assert_int_equal(record.attributes, 0x20);
    assert_int_equal(record.name.size, 16);
    assert_int_equal(span_u8(record.name, 14), 't');
    assert_int_equal(record.name.offset, (1 << 16) + 60);
    assert_true(usn_next(&journal, &record));
    assert_int_equal(record.major, 3);
    assert_int_equal(record.file.low, 41);
    assert_int_equal(record.reason, USN_FILE_DELETE);
    assert_int_equal(record.name.size, 2);
    assert_false(usn_next(&journal, &record));
    assert_int_equal(journal.placed, 2);
    assert_int_equal(journal.first_usn, 1 << 16);
    assert_int_equal(journal.last_usn, (1 << 16) + 80);
}

/* Places in all windows, from the smallest to the whole, yield the same. */
static void windows_of_any_size_yield_the_same(void **state) {
    static const size_t windows[] = {8, 56, 64, 72, 1000, 4088, 4096, 4104, 3 * 4096, SIZE};
    (void)state;
    fill();
    assert_true(number > MANY / 10);
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        feed(SIZE, 0, windows[i]);
        assert_int_equal(records(), number);
        assert_int_equal(journal.placed, number);
        assert_int_equal(journal.damaged, 0);
    }
    uint64_t zeros = journal.zeros;
    memset(bytes + 4096 + 400, 0xaa, 700);
    feed(SIZE, 0, SIZE);
    uint64_t damage = journal.damaged_bytes, found = records();
    assert_true(found < number && damage >= 700 && damage < 700 + 2 * 600);
    assert_int_equal(journal.damaged, 1);
    assert_int_equal(journal.zeros, zeros);
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        feed(SIZE, 0, windows[i]);
        assert_int_equal(records(), found);
        assert_int_equal(journal.damaged, 1);
        assert_int_equal(journal.damaged_bytes, damage);
    }
}

/* A copy without its sparse start: the numbers tell the page, the difference is constant. */
static void a_copy_without_its_start_is_read(void **state) {
    (void)state;
    made.base = (1 << 20) + 1000;
    fill();
    feed(SIZE, 0, 4096);
    assert_int_equal(records(), number);
    assert_int_equal(journal.placed, 0);
    assert_int_equal(journal.shifts, 0);
    assert_int_equal(journal.backwards, 0);
    assert_int_equal(journal.first_usn, made.base);
    assert_int_equal(journal.damaged, 0);
}

static void numbers_out_of_order_are_told(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++)
        usn_made_add(&made, 2, 40, 5, USN_FILE_CREATE, "name");
    usn_made_put(bytes + 2 * 72 + 24, 0, 8);
    feed(4096, 0, SIZE);
    assert_int_equal(records(), 4);
    assert_int_equal(journal.placed, 3);
    assert_int_equal(journal.shifts, 2);
    assert_int_equal(journal.backwards, 1);
}

static void every_prefix_and_every_bit(void **state) {
    (void)state;
    usn_made_add(&made, 2, 40, 5, USN_FILE_CREATE, "name");
    usn_made_ranges(&made, 40, 5, USN_DATA_EXTEND, 3, 0);
    usn_made_add(&made, 3, 41, 5, USN_FILE_DELETE, "another");
    size_t size = made.at;
    for (size_t n = 0; n <= size; n++) {
        feed(n, 0, 24);
        assert_true(records() < 3 || n == size);
    }
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        feed(size, 0, SIZE);
        assert_true(records() >= 2); /* a bit costs one record at most */
        assert_true(records() == 3 || journal.damaged >= 1);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void flags_have_names(void **state) {
    (void)state;
    assert_string_equal(usn_reason_name(USN_DATA_OVERWRITE), "DATA_OVERWRITE");
    assert_string_equal(usn_reason_name(USN_BASIC_INFO_CHANGE), "BASIC_INFO_CHANGE");
    assert_string_equal(usn_reason_name(USN_DESIRED_STORAGE_CLASS_CHANGE), "DESIRED_STORAGE_CLASS_CHANGE");
    assert_string_equal(usn_reason_name(USN_CLOSE), "CLOSE");
    assert_null(usn_reason_name(8));
    assert_null(usn_reason_name(0));
    assert_null(usn_reason_name(3));
    assert_string_equal(usn_source_name(USN_SOURCE_CLIENT_REPLICATION_MANAGEMENT),
                        "CLIENT_REPLICATION_MANAGEMENT");
    assert_null(usn_source_name(16));
    assert_null(usn_source_name(0x80000000));
}

static void streams_are_recognised(void **state) {
    (void)state;
    made.base = 40960;
    assert_true(usn_made_add(&made, 2, 1, 5, 0x100, "one"));
    size_t one = made.at;
    assert_true(usn_made_add(&made, 3, 2, 5, 0x100, "two"));
    assert_true(usn_sniff(span_of(bytes, sizeof bytes, 0)));
    assert_true(usn_sniff(span_of(bytes, made.at, 0)));
    assert_true(usn_sniff(span_of(bytes, one, 0))); /* one that fills it */
    assert_false(usn_sniff(span_of(bytes, one + 20, 0)));
    assert_false(usn_sniff(span_of(bytes + 8, made.at - 8, 0)));
    assert_false(usn_sniff(span_of(bytes, 0, 0)));
    bytes[one + 40] ^= 1; /* the second one's number */
    assert_false(usn_sniff(span_of(bytes, made.at, 0)));
    memset(bytes, 0, sizeof bytes);
    assert_false(usn_sniff(span_of(bytes, sizeof bytes, 0)));
}

/* Copies that begin anywhere: within a record, or shortly before the unused end of a page. */
static void copies_that_begin_within_a_record_are_recognised(void **state) {
    (void)state;
    char name[64];
    for (unsigned i = 0; i < 120; i++) {
        memset(name, 'n', sizeof name);
        name[10 + i % 40] = 0;
        assert_true(usn_made_add(&made, 2 + (int)(i % 2), i, 5, 0x100, name));
    }
    for (size_t from = 0; from < 2 * USN_PAGE; from += 8)
        assert_true(usn_sniff(span_of(bytes + from, USN_PAGE, 0)) ||
                    span_is_zero(span_of(bytes + from, 600, 0)) ||
                    span_u8(span_of(bytes, sizeof bytes, 0), from) == 0);
    assert_false(usn_sniff(span_of(bytes + 4, USN_PAGE, 0))); /* records lie at multiples of 8 */
    static uint8_t other[USN_PAGE];
    memset(other, 'x', sizeof other);
    assert_false(usn_sniff(span_of(other, sizeof other, 0)));
    memcpy(other + 16, bytes, 200); /* too few records to be one */
    assert_false(usn_sniff(span_of(other, sizeof other, 0)));
    memcpy(other + 800, bytes, 2000); /* not near the start */
    assert_false(usn_sniff(span_of(other, sizeof other, 0)));
    memset(other, 0xff, sizeof other);
    assert_false(usn_sniff(span_of(other, sizeof other, 0)));
    for (size_t i = 0; i < sizeof other; i++) /* lengths and versions everywhere */
        other[i] = i % 8 == 0 ? 64 : i % 8 == 4 ? 2 : 0;
    assert_false(usn_sniff(span_of(other, sizeof other, 0)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_record_is_counted_with_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(each_field_that_lies_costs_one_record, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_across_a_page_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(extents_that_do_not_fit_are_none, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_in_a_record_is_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gap_ends_what_was_left, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_before_a_gap_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_that_overlap_are_read_once, setup, teardown),
        cmocka_unit_test_setup_teardown(all_fields_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_of_any_size_yield_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(a_copy_without_its_start_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_out_of_order_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(every_prefix_and_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(streams_are_recognised, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_that_begin_within_a_record_are_recognised, setup, teardown),
        cmocka_unit_test_setup_teardown(flags_have_names, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
