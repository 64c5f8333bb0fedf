/* Whose records of a change journal are kept: what hits, what looks like it, and what no journal should say.
 */
#include "detect/inspect_usn_choice.h"
#include "make/usn_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define SECOND ((uint64_t)10000000)
#define FIRST  (UINT64_C(133500000000000000))
#define LAST   (FIRST + 10000 * SECOND)

enum { FILES = 64, EVENTS = 16, FOLDER = 5, DIRECTORY = 0x10 };

/* A volume of invented records. */
struct file {
    bool there, no_si, no_fn;
    uint64_t si[4], fn[4];
    uint16_t sequence;
    bool deleted;
};

static struct file files[FILES];
static uint64_t wanted_record;
static struct job job;
static struct inspect_usn_choice choice;
static struct usn_record events[EVENTS];
static uint8_t names[EVENTS][64];
static unsigned count;

static bool stamps(const void *context, uint64_t record, struct inspect_stamps *ret) {
    assert_ptr_equal(context, files);
    assert_true(record < FILES);
    const struct file *file = &files[record];
    *ret = (struct inspect_stamps){.si = file->no_si ? NULL : file->si,
                                   .fn = file->no_fn ? NULL : file->fn,
                                   .sequence = file->sequence,
                                   .deleted = file->deleted};
    return file->there;
}

static bool wanted(const void *context, uint64_t record) {
    (void)context;
    return record == wanted_record;
}

static const struct inspect_volume volume = {FILES, stamps, wanted, files};

/* A file whose eight times are the same. */
static struct file *put_file(unsigned record, uint64_t time) {
    struct file *file = &files[record];
    *file = (struct file){.there = true, .sequence = 3};
    for (int i = 0; i < 4; i++)
        file->si[i] = file->fn[i] = time;
    return file;
}

/* An event of version 2 about the file of sequence number 3. */
static struct usn_record *put(uint64_t record, uint32_t reason, uint64_t time, const char *name) {
    struct usn_record *event = &events[count];
    size_t size = strlen(name);
    for (size_t i = 0; i < size; i++) {
        names[count][2 * i] = (uint8_t)name[i];
        names[count][2 * i + 1] = 0;
    }
    *event = (struct usn_record){.major = 2,
                                 .file = {record | UINT64_C(3) << 48, 0},
                                 .parent = {FOLDER | UINT64_C(5) << 48, 0},
                                 .time = time,
                                 .reason = reason,
                                 .attributes = 0x20,
                                 .name = span_of(names[count], 2 * size, 0)};
    count++;
    return event;
}

/* Which events are kept, a letter each: K or -. */
static const char *outcome(void) {
    static char text[EVENTS + 1];
    job_reset(&job);
    assert_true(inspect_usn_choice_open(&job, &volume, &choice));
    for (unsigned i = 0; i < count; i++)
        inspect_usn_choice_see(&choice, &events[i]);
    inspect_usn_choice_settle(&choice, FIRST, LAST);
    for (unsigned i = 0; i < count; i++)
        text[i] = inspect_usn_choice_takes(&choice, &events[i]) ? 'K' : '-';
    text[count] = 0;
    return text;
}

static int start(void **state) {
    (void)state;
    memset(files, 0, sizeof files);
    wanted_record = UINT64_MAX;
    count = 0;
    job_init(&job, 8 << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

/* --- misuse --- */

static void numbers_beyond_the_volume(void **state) {
    (void)state;
    put(FILES, USN_FILE_CREATE, FIRST, "a");
    put(0xffffffffffff, USN_FILE_DELETE, FIRST, "a");
    put(0xffffffffffff, USN_RENAME_OLD_NAME, FIRST, "a");
    put(1, USN_FILE_CREATE, FIRST, "a")->file.high = 1; /* a reference of 128 bits is none of NTFS */
    assert_string_equal(outcome(), "KKKK");
}

static void a_record_that_is_not_there(void **state) {
    (void)state;
    put(7, USN_FILE_CREATE, FIRST, "a");
    put_file(8, FIRST)->no_si = true;
    put(8, USN_FILE_CREATE, FIRST + 100 * SECOND, "b");
    put_file(9, FIRST)->no_fn = true;
    put(9, USN_FILE_CREATE, FIRST, "c");
    assert_string_equal(outcome(), "---");
}

static void times_of_any_value(void **state) {
    (void)state;
    static const uint64_t times[] = {0, 1, FIRST, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++) {
            count = 0;
            put_file(7, times[i]);
            put(7, USN_FILE_CREATE, times[k], "a");
            put(7, USN_BASIC_INFO_CHANGE, times[k], "a");
            put(7, USN_RENAME_OLD_NAME, times[k], "a");
            put(7, USN_RENAME_NEW_NAME, times[k], "b");
            const char *said = outcome();
            bool near =
                times[i] > times[k] ? times[i] - times[k] <= 2 * SECOND : times[k] - times[i] <= 2 * SECOND;
            assert_string_equal(said, near ? "----" : "KKKK");
        }
}

static void an_empty_volume_and_too_large_a_one(void **state) {
    (void)state;
    struct inspect_volume other = volume;
    other.records = 0;
    assert_true(inspect_usn_choice_open(&job, &other, &choice));
    put(0, USN_FILE_CREATE, FIRST, "a");
    inspect_usn_choice_see(&choice, &events[0]);
    inspect_usn_choice_settle(&choice, 0, 0);
    assert_true(inspect_usn_choice_takes(&choice, &events[0]));
    other.records = (uint64_t)INSPECT_USN_FILES + 1;
    assert_false(inspect_usn_choice_open(&job, &other, &choice));
    assert_int_equal(job.fault.code, FAULT_NONE); /* nothing is lost: all is kept */
    other.records = 16 << 20;
    assert_false(inspect_usn_choice_open(&job, &other, &choice));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
}

static void records_without_time_or_name(void **state) {
    (void)state;
    put_file(7, FIRST);
    struct usn_record *ranges = put(7, USN_FILE_CREATE | USN_FILE_DELETE, 0, "");
    ranges->major = 4;
    ranges->attributes = 0;
    put(7, USN_FILE_CREATE, FIRST, "");
    put(7, USN_FILE_DELETE, FIRST, "");
    assert_string_equal(outcome(), "---");
    files[7].si[0] -= SECOND * 3;
    assert_string_equal(outcome(), "KKK");
}

/* --- what hits --- */

static void irregular_times(void **state) {
    (void)state;
    put_file(7, FIRST)->si[0] -= 1;
    put(7, USN_DATA_EXTEND, FIRST, "a");
    put_file(8, FIRST)->si[0] += 2 * SECOND;
    put(8, USN_DATA_EXTEND, FIRST, "b");
    assert_string_equal(outcome(), "K-");
}

static void made_at_another_time(void **state) {
    (void)state;
    put_file(7, FIRST + 100 * SECOND);
    put(7, USN_FILE_CREATE, FIRST + 103 * SECOND, "a");
    put(7, USN_FILE_CREATE | USN_CLOSE, FIRST + 104 * SECOND, "a");
    put_file(8, FIRST + 100 * SECOND);
    put(8, USN_FILE_CREATE, FIRST + 102 * SECOND, "b");
    put(8, USN_FILE_CREATE | USN_CLOSE, FIRST + 900 * SECOND, "b"); /* it was open for so long */
    assert_string_equal(outcome(), "KK--");
}

static void made_within_the_period_and_not_seen(void **state) {
    (void)state;
    put_file(7, FIRST + 100 * SECOND);
    put(7, USN_DATA_OVERWRITE, FIRST + 100 * SECOND, "a");
    put_file(8, FIRST + SECOND);
    put(8, USN_DATA_OVERWRITE, FIRST + 100 * SECOND, "b");
    put_file(9, LAST - SECOND);
    put(9, USN_DATA_OVERWRITE, FIRST + 100 * SECOND, "c");
    put_file(10, FIRST - 100 * SECOND);
    put(10, USN_DATA_OVERWRITE, FIRST + 100 * SECOND, "d");
    put_file(11, FIRST + 100 * SECOND); /* seen, of another file that had the record before */
    put(11, USN_FILE_CREATE, FIRST + 100 * SECOND, "e")->file.low = 11 | UINT64_C(2) << 48;
    put(11, USN_DATA_OVERWRITE, FIRST + 100 * SECOND, "e");
    assert_string_equal(outcome(), "K----K");
}

static void times_set_on_their_own(void **state) {
    (void)state;
    uint64_t made = FIRST + 100 * SECOND, later = FIRST + 500 * SECOND;
    struct file *file = put_file(7, made); /* made here, and its content's time set back */
    file->si[1] = FIRST - 900 * SECOND;
    file->si[2] = later;
    put(7, USN_FILE_CREATE, made, "a");
    put(7, USN_BASIC_INFO_CHANGE | USN_CLOSE, later, "a");
    file = put_file(8, made); /* made here, and an attribute changed: its content's time is borne out */
    file->si[2] = later;
    put(8, USN_FILE_CREATE, made, "b");
    put(8, USN_BASIC_INFO_CHANGE | USN_CLOSE, later, "b");
    file = put_file(9, FIRST - 900 * SECOND); /* old, and an attribute changed */
    file->si[2] = later;
    put(9, USN_BASIC_INFO_CHANGE | USN_CLOSE, later, "c");
    file = put_file(10, FIRST - 900 * SECOND); /* the same, and what was set was copied by a rename */
    file->si[2] = later;
    put(10, USN_BASIC_INFO_CHANGE | USN_CLOSE, later, "d");
    put(10, USN_RENAME_NEW_NAME, later, "e");
    file = put_file(11, FIRST - 900 * SECOND); /* the record's own change was set back, too */
    put(11, USN_BASIC_INFO_CHANGE, later, "f");
    file = put_file(12, FIRST - 900 * SECOND); /* set by who wrote */
    file->si[1] = made;
    file->si[2] = later;
    put(12, USN_DATA_EXTEND | USN_BASIC_INFO_CHANGE, later, "g");
    assert_string_equal(outcome(), "KK---KKK-");
}

static void times_set_to_what_nothing_bears_out(void **state) {
    (void)state;
    uint64_t made = FIRST + 100 * SECOND, later = FIRST + 500 * SECOND;
    struct file *file = put_file(7, made); /* to the time at which that was done */
    file->si[1] = file->si[2] = later;
    put(7, USN_FILE_CREATE, made, "a");
    put(7, USN_BASIC_INFO_CHANGE, later, "a");
    file = put_file(8, FIRST - 900 * SECOND); /* into the period */
    file->si[1] = made;
    file->si[2] = later;
    put(8, USN_BASIC_INFO_CHANGE, later, "b");
    file = put_file(9, LAST + 900 * SECOND); /* made in the future */
    file->si[1] = FIRST - 900 * SECOND;
    put(9, USN_BASIC_INFO_CHANGE, later, "c");
    assert_string_equal(outcome(), "KKKK");
}

static void who_had_the_name(void **state) {
    (void)state;
    uint64_t time = FIRST + 1000 * SECOND;
    put_file(7, FIRST - 900 * SECOND)->deleted = true;
    put_file(8, FIRST - 900 * SECOND); /* has got the creation time of 7 */
    put(7, USN_FILE_DELETE | USN_CLOSE, time, "Name.txt");
    put(8, USN_FILE_CREATE, time + 14 * SECOND, "nAME.txt");
    assert_string_equal(outcome(), "KK");
    events[1].time = time + 21 * SECOND;
    assert_string_equal(outcome(), "-K");
    events[1].time = time + 14 * SECOND;
    events[1].parent.low++;
    assert_string_equal(outcome(), "-K");
    events[1].parent.low--;
    put_file(8, time + 14 * SECOND); /* as old as its record: nothing to explain */
    assert_string_equal(outcome(), "--");
    put_file(8, FIRST - 900 * SECOND)->fn[0] = time - 2 * SECOND; /* by a rename */
    events[1].reason = USN_RENAME_NEW_NAME;
    events[0].reason = USN_RENAME_OLD_NAME;
    assert_string_equal(outcome(), "KK");
    events[0].reason = USN_RENAME_NEW_NAME; /* it got that name, and did not lose it */
    assert_string_equal(outcome(), "-K");
    events[0].reason = USN_RENAME_OLD_NAME;
    put_file(8,
             FIRST - 900 * SECOND); /* a file takes another one's place, as programs save: all is in order */
    assert_string_equal(outcome(), "--");
    put_file(8, FIRST - 900 * SECOND)->fn[0] = time - 2 * SECOND;
    events[0].time = time + 15 * SECOND; /* the clock was set back in between */
    assert_string_equal(outcome(), "KK");
    events[0].time = time;
    events[0].reason = USN_HARD_LINK_CHANGE; /* one of its names was removed */
    assert_string_equal(outcome(), "KK");
}

/* The record may be another file's by now; what had the name is kept all the same. */
static void who_had_the_name_and_lost_the_record(void **state) {
    (void)state;
    put_file(7, FIRST + 2000 * SECOND)->sequence = 4;
    put_file(8, FIRST - 900 * SECOND);
    put(7, USN_FILE_DELETE, FIRST + 1000 * SECOND, "a");
    put(8, USN_FILE_CREATE, FIRST + 1001 * SECOND, "a");
    put(7, USN_FILE_CREATE, FIRST + 2000 * SECOND, "b")->file.low = 7 | UINT64_C(4) << 48;
    assert_string_equal(outcome(), "KKK");
}

static void names_that_take_the_same_place(void **state) {
    (void)state;
    put_file(8, FIRST - 900 * SECOND);
    put(7, USN_FILE_DELETE, FIRST, "a");
    put(8, USN_FILE_CREATE, FIRST + SECOND * 3, "a");
    job_reset(&job);
    assert_true(inspect_usn_choice_open(&job, &volume, &choice));
    inspect_usn_choice_see(&choice, &events[0]);
    for (unsigned i = 0; i < 4 * INSPECT_USN_FREED; i++) { /* as many names as make any be forgotten */
        char name[16];
        snprintf(name, sizeof name, "x%u", i);
        count = 2;
        inspect_usn_choice_see(&choice, put(9, USN_FILE_DELETE, FIRST, name));
    }
    inspect_usn_choice_see(&choice, &events[1]);
    inspect_usn_choice_settle(&choice, FIRST, LAST);
    assert_false(inspect_usn_choice_takes(&choice, &events[0]));
    assert_true(inspect_usn_choice_takes(&choice, &events[1]));
    assert_false(inspect_usn_choice_takes(&choice, &events[2])); /* it is not taken for one of these */
}

static void folders_and_what_was_asked_for(void **state) {
    (void)state;
    put_file(7, FIRST);
    put_file(8, FIRST);
    put(7, USN_FILE_CREATE, FIRST, "a");
    put(7, USN_FILE_CREATE, FIRST, "a")->attributes = DIRECTORY;
    put(8, USN_FILE_CREATE, FIRST, "b");
    wanted_record = 8;
    assert_string_equal(outcome(), "-KK");
}

/* --- sequence numbers --- */

static void sequences(void **state) {
    (void)state;
    static const struct {
        uint16_t row, event;
        bool deleted, same;
    } cases[] = {{3, 3, false, true},    {3, 2, false, false},      {3, 4, false, false},
                 {4, 3, true, true},     {4, 4, true, true},        {4, 5, true, false},
                 {1, 65535, true, true}, {1, 0, true, true},        {1, 65535, false, false},
                 {0, 65535, true, true}, {65535, 65534, true, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct file *file = put_file(7, FIRST);
        file->si[0] -= SECOND; /* irregular: kept if it is the same file */
        file->sequence = cases[i].row;
        file->deleted = cases[i].deleted;
        count = 0;
        put(7, USN_DATA_EXTEND, FIRST, "a")->file.low = 7 | (uint64_t)cases[i].event << 48;
        assert_string_equal(outcome(), cases[i].same ? "K" : "-");
    }
}

/* By name alone, whatever its record is by now. */
static void drivers(void **state) {
    static const char *const names_of[] = {"a.sys", "A.SyS", ".sys",     "a.sysx",
                                           "asys",  "a.sy",  "a\x0esys", "sys"};
    (void)state;
    for (size_t i = 0; i < sizeof names_of / sizeof names_of[0]; i++)
        put(7, USN_FILE_CREATE | USN_FILE_DELETE, FIRST, names_of[i]);
    events[1].name.size--; /* an odd byte less: no longer that name */
    assert_string_equal(outcome(), "K-K-----");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(drivers, start, end),
        cmocka_unit_test_setup_teardown(numbers_beyond_the_volume, start, end),
        cmocka_unit_test_setup_teardown(a_record_that_is_not_there, start, end),
        cmocka_unit_test_setup_teardown(times_of_any_value, start, end),
        cmocka_unit_test_setup_teardown(an_empty_volume_and_too_large_a_one, start, end),
        cmocka_unit_test_setup_teardown(records_without_time_or_name, start, end),
        cmocka_unit_test_setup_teardown(irregular_times, start, end),
        cmocka_unit_test_setup_teardown(made_at_another_time, start, end),
        cmocka_unit_test_setup_teardown(made_within_the_period_and_not_seen, start, end),
        cmocka_unit_test_setup_teardown(times_set_on_their_own, start, end),
        cmocka_unit_test_setup_teardown(times_set_to_what_nothing_bears_out, start, end),
        cmocka_unit_test_setup_teardown(who_had_the_name, start, end),
        cmocka_unit_test_setup_teardown(who_had_the_name_and_lost_the_record, start, end),
        cmocka_unit_test_setup_teardown(names_that_take_the_same_place, start, end),
        cmocka_unit_test_setup_teardown(folders_and_what_was_asked_for, start, end),
        cmocka_unit_test_setup_teardown(sequences, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
