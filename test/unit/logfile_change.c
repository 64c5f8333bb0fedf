/* What actions say of times and names, the volume's sizes and the table of open attributes. */
#include "format/logfile_change.h"
#include "format/logfile.h"
#include "format/ntfs_record.h"
#include "make/logfile_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 40 * LOGFILE_MADE_PAGE };

static const uint64_t old[4] = {11, 12, 13, 14}, new[4] = {21, 22, 23, 24};
static uint8_t bytes[SIZE], value[1024], whole[1024];
static struct logfile_made made;
static struct logfile_geometry geometry;
static struct logfile_attributes attributes;
static struct logfile_action action;
static struct logfile_change change;
static struct logfile logfile;
static struct job job;

static size_t read_at(struct logfile_source *source, uint64_t offset, uint8_t *to, size_t size) {
    return span_copy(span_clip(span_of(bytes, (size_t)source->size, 0), offset, size), to, size);
}

static int setup(void **state) {
    (void)state;
    job_init(&job, 16 << 20);
    made = (struct logfile_made){.bytes = bytes, .size = SIZE, .major = 1, .minor = 1, .cluster = 4096};
    logfile_made_begin(&made);
    geometry = logfile_geometry_new();
    return logfile_attributes_new(&job, &attributes) ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

/* The data of the record written last. */
static struct span last(void) {
    uint64_t mask = ((uint64_t)1 << logfile_made_bits(&made)) - 1;
    size_t at = (size_t)((made.lsn & mask) * 8);
    return span_of(bytes + at + 48, (size_t)logfile_made_get(bytes + at + 24, 4), at + 48);
}

/* What the record written last changes. */
static bool changes(void) {
    return logfile_action_read(last(), &action) &&
           logfile_change_of(&action, &geometry, &attributes, &change);
}

/* Writes it, all in one page. */
static void update(struct logfile_made_action a) {
    if (made.at > 0 && logfile_made_left(&made) < 1500)
        made.at += logfile_made_left(&made);
    logfile_made_update(&made, &a);
}

static struct logfile_made_action act(unsigned redo, unsigned undo, uint64_t number) {
    struct logfile_made_action a = {.redo = redo, .undo = undo};
    logfile_made_aim(&a, number);
    return a;
}

static void known(const struct logfile_times *times, const uint64_t wanted[4], unsigned mask) {
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(times->known[i], mask >> i & 1);
        if (times->known[i])
            assert_int_equal(times->at[i], wanted[i]);
    }
}

static void named(const char *name) {
    assert_true(change.has_name);
    assert_int_equal(change.name.size, 2 * strlen(name));
    for (size_t i = 0; i < strlen(name); i++)
        assert_int_equal(span_u8(change.name, 2 * i), name[i]);
}

/* --- misuse --- */

static void parts_outside_are_refused(void **state) {
    static const struct {
        size_t at;
        uint16_t value;
    } lies[] = {{4, 0}, {4, 31},  {4, 600},  {4, 0xffff}, {6, 0xffff},
                {8, 8}, {8, 500}, {10, 600}, {10, 0xffff}};
    uint8_t data[200];
    (void)state;
    for (size_t size = 0; size < 32; size++)
        assert_false(logfile_action_read(span_of(data, size, 0), &action));
    logfile_made_si(&made, 40, old, new, 0, 48);
    struct span good = last();
    assert_true(logfile_action_read(good, &action));
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        memcpy(data, good.data, good.size);
        logfile_made_put(data + lies[i].at, lies[i].value, 2);
        assert_false(logfile_action_read(span_of(data, good.size, 0), &action));
    }
    for (size_t size = 32; size < good.size; size++) /* every prefix */
        assert_int_equal(logfile_action_read(span_of(good.data, size, 0), &action), false);
}

static void places_that_make_no_sense_are_no_record(void **state) {
    uint64_t number;
    (void)state;
    action = (struct logfile_action){.redo = LOGFILE_UPDATE_RESIDENT, .block_size = 2, .vcn = 10, .block = 4};
    assert_true(logfile_target(&geometry, &action, &number));
    assert_int_equal(number, 42);
    action.block = 1; /* in the middle of one */
    assert_false(logfile_target(&geometry, &action, &number));
    action.block = 0;
    action.vcn = UINT64_MAX;
    assert_false(logfile_target(&geometry, &action, &number));
    action.vcn = (uint64_t)1 << 40;
    assert_true(logfile_target(&geometry, &action, &number));
    action.vcn++;
    assert_false(logfile_target(&geometry, &action, &number));
    action.vcn = 3;
    action.block_size = 0xffff; /* no size of a record: the usual one */
    assert_true(logfile_target(&geometry, &action, &number));
    assert_int_equal(number, 12);
    action.redo = LOGFILE_UPDATE_NONRESIDENT;
    assert_false(logfile_target(&geometry, &action, &number));
    action.redo = LOGFILE_ADD_ENTRY_ALLOCATION;
    action.undo = LOGFILE_INIT_RECORD;
    assert_false(logfile_target(&geometry, &action, &number));
}

/* Updates near $STANDARD_INFORMATION that are not in it. */
static void other_attributes_are_not_taken_for_it(void **state) {
    static const struct {
        unsigned record_at, attribute_at, size;
    } others[] = {{0x40, 0x18, 32}, {0x100, 0x18, 32}, {0x38, 0, 32},   {0x38, 0x17, 8},
                  {0x38, 0x18, 73}, {0x38, 0x50, 17},  {0x38, 0x61, 8}, {0x38, 0xffff, 8}};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct logfile_made_action a = act(7, 7, 40);
        a.record_at = others[i].record_at;
        a.attribute_at = others[i].attribute_at;
        a.after = a.before = whole;
        a.after_size = a.before_size = others[i].size;
        update(a);
        assert_false(changes());
        assert_int_equal(change.what, LOGFILE_OTHER);
    }
}

static void entries_of_other_indexes_are_none(void **state) {
    (void)state;
    struct logfile_made_action a = act(0xc, 0xd, 9);
    size_t name = logfile_made_name(value, 5, new, 1, "name");
    size_t size = logfile_made_entry(whole, 40, value, name);
    a.after = whole;
    a.after_size = size;
    update(a);
    assert_true(changes());
    static const struct {
        size_t at;
        uint64_t value;
        int size;
    } lies[] = {{8, 8, 2},   {8, 0, 2},       {8, 0xffff, 2},  {10, 4, 2},        {10, 73, 2},
                {10, 75, 2}, {10, 0xffff, 2}, {16 + 64, 0, 1}, {16 + 64, 255, 1}, {16 + 65, 4, 1}};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        logfile_made_entry(whole, 40, value, name);
        logfile_made_put(whole + lies[i].at, lies[i].value, lies[i].size);
        update(a);
        assert_false(changes());
    }
    for (size_t n = 0; n < size; n++) {
        logfile_made_entry(whole, 40, value, name);
        a.after_size = n;
        update(a);
        assert_false(changes());
    }
}

/* Whatever bytes the attribute, the record or the entry hold: nothing is read outside, and names are names.
 */
static void any_bits_are_borne(void **state) {
    static const unsigned kinds[][2] = {{2, 3}, {3, 2}, {0, 2},     {5, 6},
                                        {6, 5}, {7, 7}, {0xc, 0xd}, {0xf, 0xe}};
    (void)state;
    size_t name = logfile_made_name(value, 5, new, 1, "name.exe");
    size_t size = logfile_made_file(whole, 40, 3, old, value, name);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t bit = 0; bit < 8 * size; bit += 3) {
            whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
            action = (struct logfile_action){.redo = (uint16_t)kinds[k][0], .undo = (uint16_t)kinds[k][1]};
            action.after = action.before = span_of(whole + (k >= 3 ? 56 : 0), size - (k >= 3 ? 56 : 0), 0);
            if (logfile_change_of(&action, &geometry, &attributes, &change) && change.has_name)
                assert_in_range(change.name.size, 2, 510);
            whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
}

static void tables_that_lie_are_borne(void **state) {
    (void)state;
    for (unsigned entry = 0; entry < 200; entry++)
        for (unsigned count = 0; count < 0x10000; count += 0x1111) {
            memset(whole, 0xff, sizeof whole);
            logfile_made_put(whole, entry, 2);
            logfile_made_put(whole + 2, count, 2);
            action = (struct logfile_action){.redo = LOGFILE_OPEN_ATTRIBUTES};
            action.after = span_of(whole, entry * 3 + 5, 0);
            logfile_attributes_take(&attributes, &action);
            action.redo = LOGFILE_ATTRIBUTE_NAMES;
            logfile_attributes_take(&attributes, &action);
            action.redo = LOGFILE_OPEN_ATTRIBUTE;
            action.attribute = (uint16_t)(entry * 257);
            logfile_attributes_take(&attributes, &action);
        }
    for (unsigned key = 0; key < 0x10000; key++)
        (void)logfile_attributes_find(&attributes, (uint16_t)key);
    assert_null(logfile_attributes_find(&attributes, 0));
    assert_null(logfile_attributes_find(&attributes, 25));
}

/* --- use --- */

static void all_times_of_standard_information(void **state) {
    (void)state;
    logfile_made_si(&made, 40, old, new, 0, 48);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_SI_UPDATE);
    assert_int_equal(change.attribute, NTFS_STANDARD_INFORMATION);
    assert_true(change.has_record);
    assert_int_equal(change.record, 40);
    assert_false(change.has_sequence || change.has_name || change.has_file);
    known(&change.before, old, 15);
    known(&change.after, new, 15);
}

/* Only what lies wholly in the range. */
static void parts_of_standard_information(void **state) {
    (void)state;
    for (size_t from = 0; from < 72; from++)
        for (size_t size = 1; size <= 72 - from; size++) {
            unsigned mask = 0;
            for (unsigned i = 0; i < 4; i++)
                mask |= (unsigned)(from <= 8 * i && from + size >= 8 * i + 8) << i;
            logfile_made_si(&made, 40, old, new, from, size);
            if (logfile_made_left(&made) < 400)
                logfile_made_begin(&made);
            else {
                assert_true(changes());
                known(&change.before, old, mask);
                known(&change.after, new, mask);
            }
        }
}

static void records_of_other_sizes_have_it_elsewhere(void **state) {
    static const struct {
        unsigned block_size, record_at;
        bool is;
    } cases[] = {{2, 0x38, true}, {2, 0x30, true},  {8, 0x48, true},
                 {8, 0x40, true}, {8, 0x38, false}, {2, 0x48, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct logfile_made_action a = act(7, 7, 40);
        a.block_size = cases[i].block_size;
        a.record_at = cases[i].record_at;
        a.attribute_at = 0x18;
        a.after = a.before = whole;
        a.after_size = a.before_size = 32;
        update(a);
        assert_int_equal(changes(), cases[i].is);
    }
}

static void names_come_and_go(void **state) {
    (void)state;
    size_t size = logfile_made_name(value, 30 | 7ull << 48, new, NTFS_WIN32, "evil.exe");
    size = logfile_made_attribute(whole, 0x30, value, size);
    struct logfile_made_action a = act(5, 6, 41);
    a.after = whole;
    a.after_size = size;
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_FN_CREATE);
    assert_int_equal(change.record, 41);
    assert_int_equal(change.parent, 30);
    assert_int_equal(change.parent_sequence, 7);
    assert_int_equal(change.namespace, NTFS_WIN32);
    named("evil.exe");
    known(&change.after, new, 15);
    known(&change.before, old, 0);
    a = act(6, 5, 41);
    a.before = whole;
    a.before_size = size;
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_FN_DELETE);
    named("evil.exe");
    known(&change.before, new, 15);
    known(&change.after, new, 0);
    a.undo = 1; /* what is undone does not say what it was */
    a.before_size = 0;
    update(a);
    assert_false(changes());
}

static void a_name_is_overwritten(void **state) {
    uint8_t other[600];
    (void)state;
    struct logfile_made_action a = act(7, 7, 41);
    a.after = value;
    a.before = other;
    a.after_size = logfile_made_name(value, 5, new, NTFS_WIN32, "new");
    a.before_size = logfile_made_name(other, 5, old, NTFS_WIN32, "before");
    a.record_at = 0x98;
    a.attribute_at = 0x18;
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_FN_UPDATE);
    named("new");
    known(&change.before, old, 15);
    known(&change.after, new, 15);
}

static void standard_information_comes_and_goes(void **state) {
    (void)state;
    logfile_made_times(value, new);
    struct logfile_made_action a = act(5, 6, 41);
    a.after = a.before = whole;
    a.after_size = logfile_made_attribute(whole, 0x10, value, 72);
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_SI_CREATE);
    known(&change.after, new, 15);
    a.before_size = a.after_size;
    a.after_size = 0;
    a.redo = 6;
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_SI_DELETE);
    known(&change.before, new, 15);
    logfile_made_attribute(whole, 0x80, value, 72);
    update(a);
    assert_false(changes());
}

static void file_records_are_written_and_freed(void **state) {
    (void)state;
    size_t name = logfile_made_name(value, 5 | 5ull << 48, old, NTFS_DOS, "LONGNA~1.EXE");
    size_t size = logfile_made_file(whole, 0x1234567, 9, new, value, name);
    name = logfile_made_name(value, 6, new, NTFS_WIN32, "long name.exe");
    size_t end = size - 8 + logfile_made_attribute(whole + size - 8, 0x30, value, name);
    logfile_made_put(whole + end, 0xffffffff, 8);
    struct logfile_made_action a = act(2, 3, 77);
    a.after = a.before = whole;
    a.after_size = end + 8;
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_RECORD_INIT);
    assert_int_equal(change.record, 0x1234567); /* the record itself knows best */
    assert_int_equal(change.sequence, 9);
    assert_int_equal(change.attribute, 0);
    named("long name.exe");
    assert_int_equal(change.parent, 6);
    known(&change.after, new, 15);
    known(&change.names, new, 15);
    known(&change.before, new, 0);
    a.before_size = a.after_size;
    a.after_size = 0;
    a.redo = 0;
    a.undo = 2;
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_RECORD_OLD);
    known(&change.before, new, 15);
    known(&change.after, new, 0);
    a.redo = 3;
    a.before_size = 24; /* as Windows writes it */
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_RECORD_FREE);
    assert_int_equal(change.record, 77);
    assert_true(change.has_sequence);
    assert_int_equal(change.sequence, 9);
    assert_false(change.has_name);
    a.before_size = 0;
    update(a);
    assert_true(changes());
    assert_false(change.has_sequence);
}

static void open_index(unsigned key, uint32_t type, bool old_form, const char *name) {
    logfile_made_open(&made, key, 30 | 4ull << 48, type, old_form, name);
    assert_true(logfile_action_read(last(), &action));
    logfile_attributes_take(&attributes, &action);
}

static void entries_of_folders(void **state) {
    (void)state;
    size_t size = logfile_made_name(value, 30, new, NTFS_WIN32_DOS, "evil.exe");
    size = logfile_made_entry(whole, 41 | 2ull << 48, value, size);
    struct logfile_made_action a = {.redo = 0xe, .undo = 0xf, .after = whole, .after_size = size};
    a.attribute = 68;
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_INDEX_ADD);
    assert_false(change.has_record); /* nobody knows the key */
    assert_int_equal(change.attribute, NTFS_INDEX_ALLOCATION);
    assert_int_equal(change.file, 41);
    assert_int_equal(change.file_sequence, 2);
    named("evil.exe");
    known(&change.after, new, 15);
    for (int form = 0; form < 2; form++) {
        open_index(68, NTFS_INDEX_ALLOCATION, form == 1, "$I30");
        a.redo = 0xf;
        a.undo = 0xe;
        a.before = whole;
        a.before_size = size;
        a.after_size = 0;
        update(a);
        assert_true(changes());
        assert_int_equal(change.what, LOGFILE_INDEX_DELETE);
        assert_true(change.has_record && change.has_sequence);
        assert_int_equal(change.record, 30);
        assert_int_equal(change.sequence, 4);
        known(&change.before, new, 15);
    }
    open_index(68, NTFS_INDEX_ALLOCATION, false, "$SDH");
    update(a);
    assert_false(changes());
    open_index(68, NTFS_DATA, false, "$I30");
    update(a);
    assert_false(changes());
    a.redo = 0xd;
    a.undo = 0xc;
    logfile_made_aim(&a, 30);
    update(a);
    assert_true(changes());
    assert_int_equal(change.attribute, NTFS_INDEX_ROOT);
    assert_int_equal(change.record, 30);
}

static void times_in_entries_are_updated(void **state) {
    uint8_t after[56] = {0}, before[56] = {0};
    (void)state;
    logfile_made_times(after, new);
    logfile_made_times(before, old);
    struct logfile_made_action a = {.redo = 0x14, .undo = 0x14, .after = after, .before = before};
    a.after_size = a.before_size = 56;
    a.attribute = 68;
    open_index(68, NTFS_INDEX_ALLOCATION, false, "$I30");
    update(a);
    assert_true(changes());
    assert_int_equal(change.what, LOGFILE_INDEX_UPDATE);
    assert_int_equal(change.record, 30);
    known(&change.before, old, 15);
    known(&change.after, new, 15);
    a.redo = a.undo = 0x13;
    a.after_size = 20;
    a.before_size = 0;
    logfile_made_aim(&a, 31);
    update(a);
    assert_true(changes());
    assert_int_equal(change.record, 31);
    known(&change.before, old, 0);
    known(&change.after, new, 3);
}

static void a_table_of_open_attributes(void **state) {
    static const unsigned sizes[] = {40, 44};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        unsigned size = sizes[i];
        memset(whole, 0, sizeof whole);
        logfile_made_put(whole, size, 2);
        logfile_made_put(whole + 2, 3, 2);
        for (unsigned n = 0; n < 3; n++) {
            uint8_t *entry = whole + 24 + n * size;
            logfile_made_put(entry, n == 1 ? 0 : 0xffffffff, 4); /* the second one is free */
            logfile_made_put(entry + (size == 44 ? 8 : 16), 100 + n, 8);
            logfile_made_put(entry + (size == 44 ? 28 : 8), 0xa0, 4);
        }
        action = (struct logfile_action){.redo = LOGFILE_OPEN_ATTRIBUTES};
        action.after = span_of(whole, 24 + 3 * size, 0);
        memset(attributes.slots, 0, 4096 * sizeof *attributes.slots);
        logfile_attributes_take(&attributes, &action);
        assert_int_equal(logfile_attributes_find(&attributes, 24)->reference, 100);
        assert_null(logfile_attributes_find(&attributes, (uint16_t)(24 + size)));
        assert_int_equal(logfile_attributes_find(&attributes, (uint16_t)(24 + 2 * size))->reference, 102);
        memcpy(value, "\x18\0\x08\0$\0I\0003\0000\0\0\0\xff\xff\x08\0x\0y\0z\0z\0\0\0\0\0\0\0", 32);
        action.redo = LOGFILE_ATTRIBUTE_NAMES;
        action.after = span_of(value, 32, 0);
        logfile_attributes_take(&attributes, &action);
        assert_int_equal(logfile_attributes_find(&attributes, 24)->named, LOGFILE_NAME_I30);
    }
}

/* Sizes of the volume: stated, shown by records that know their number, or the usual ones. */
static void sizes_of_the_volume(void **state) {
    static struct logfile_source source = {read_at, SIZE};
    struct logfile_record record;
    (void)state;
    size_t name = logfile_made_name(value, 5, old, NTFS_WIN32, "x"), size;
    made.cluster = 0;
    logfile_made_checkpoint(&made);
    for (int known_sizes = LOGFILE_ASSUMED; known_sizes <= LOGFILE_STATED; known_sizes++) {
        if (known_sizes == LOGFILE_SHOWN)
            for (unsigned n = 40; n < 50; n++) {
                struct logfile_made_action a = {.redo = 2, .undo = 3, .after = whole, .block_size = 2};
                a.after_size = size = logfile_made_file(whole, n, 1, old, value, name);
                a.vcn = n / 2;
                a.block = n % 2 * 2;
                update(a);
            }
        if (known_sizes == LOGFILE_STATED) {
            made.cluster = 65536;
            logfile_made_checkpoint(&made);
        }
        logfile_made_end(&made);
        assert_true(logfile_open(&logfile, &job, &source));
        assert_int_equal(logfile.geometry.sizes, known_sizes);
        assert_int_equal(logfile.geometry.cluster, known_sizes == 0 ? 4096 : known_sizes == 1 ? 2048 : 65536);
        while (logfile_next(&logfile, &record))
            assert_true(record.complete);
        for (size_t page = 0; page < SIZE; page += LOGFILE_MADE_PAGE) /* fixups back, to go on writing */
            if (memcmp(bytes + page, "RCRD", 4) == 0)
                (void)logfile_page_fix(bytes + page, LOGFILE_MADE_PAGE);
    }
}

static void operations_have_names(void **state) {
    (void)state;
    assert_string_equal(logfile_operation_name(LOGFILE_UPDATE_RESIDENT), "UpdateResidentValue");
    assert_string_equal(logfile_operation_name(0x14), "UpdateFileNameAllocation");
    assert_string_equal(logfile_operation_name(0x25), "ZeroEndOfFileRecord");
    assert_null(logfile_operation_name(0x26));
    for (unsigned i = 0; i < LOGFILE_OPERATIONS; i++)
        assert_non_null(logfile_operation_name(i));
    assert_string_equal(logfile_what_word(LOGFILE_SI_UPDATE), "si_update");
    assert_string_equal(logfile_what_word(LOGFILE_RECORD_FREE), "record_free");
    assert_string_equal(logfile_what_word((enum logfile_what)99), "?");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(parts_outside_are_refused),
        TEST(places_that_make_no_sense_are_no_record),
        TEST(other_attributes_are_not_taken_for_it),
        TEST(entries_of_other_indexes_are_none),
        TEST(any_bits_are_borne),
        TEST(tables_that_lie_are_borne),
        TEST(all_times_of_standard_information),
        TEST(parts_of_standard_information),
        TEST(records_of_other_sizes_have_it_elsewhere),
        TEST(names_come_and_go),
        TEST(a_name_is_overwritten),
        TEST(standard_information_comes_and_goes),
        TEST(file_records_are_written_and_freed),
        TEST(entries_of_folders),
        TEST(times_in_entries_are_updated),
        TEST(a_table_of_open_attributes),
        TEST(sizes_of_the_volume),
        TEST(operations_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
