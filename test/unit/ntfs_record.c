#include "format/ntfs_record.h"
#include "base/text.h"
#include "unit/ntfs_made.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct made made;
static struct ntfs_record record;

static int setup(void **state) {
    (void)state;
    made = made_record(40, 3, 1, 0);
    made_si(&made, 1000, 0x20);
    made_fn(&made, 5, 5, 2000, 3, "name.txt");
    made_resident(&made, 0x80, "", 0, "hello", 5);
    return 0;
}

static enum ntfs_record_kind open_made(void) {
    return ntfs_record_open(made.bytes, MADE_RECORD, 4096, &record);
}

static int count(bool *bad) {
    struct ntfs_attributes it = ntfs_record_attributes(&record);
    struct ntfs_attribute attribute;
    int n = 0;
    while (ntfs_record_next(&it, &attribute))
        n++;
    *bad = it.bad;
    return n;
}

static void what_is_no_record_is_told(void **state) {
    (void)state;
    uint8_t nothing[1024] = {0};
    assert_int_equal(ntfs_record_open(nothing, sizeof nothing, 0, &record), NTFS_RECORD_NONE);
    made_end(&made);
    assert_int_equal(ntfs_record_open(made.bytes, 100, 0, &record), NTFS_RECORD_NONE);
    memcpy(made.bytes, "BAAD", 4);
    assert_int_equal(open_made(), NTFS_RECORD_BAD);
}

static void headers_that_lie_are_told(void **state) {
    (void)state;
    made_end(&made);
    struct made good = made;
    made_put(made.bytes + 20, 1024, 2); /* first attribute outside */
    assert_int_equal(open_made(), NTFS_RECORD_BAD);
    made = good;
    made_put(made.bytes + 24, 5000, 4); /* more in use than there is */
    assert_int_equal(open_made(), NTFS_RECORD_BAD);
    made = good;
    made_put(made.bytes + 20, 8, 2); /* first attribute inside the header */
    assert_int_equal(open_made(), NTFS_RECORD_BAD);
    made = good;
    made_put(made.bytes + 4, 600, 2); /* fixups outside the first sector */
    assert_int_equal(open_made(), NTFS_RECORD_FILE);
    assert_int_equal(record.bad_sectors, UINT32_MAX);
    made = good;
    made_put(made.bytes + 6, 4, 2); /* and for sectors of a third */
    assert_int_equal(open_made(), NTFS_RECORD_FILE);
    assert_int_equal(record.bad_sectors, UINT32_MAX);
}

static void fixups_are_undone_and_checked_by_sector(void **state) {
    (void)state;
    made.bytes[510] = 'a';
    made.bytes[1022] = 'b';
    made_end(&made);
    made.bytes[1022] ^= 1;
    assert_int_equal(open_made(), NTFS_RECORD_FILE);
    assert_int_equal(record.bad_sectors, 2);
    assert_int_equal(made.bytes[510], 'a');
    assert_int_equal(made.bytes[1022], 'b');
}

static void damaged_attributes_end_the_iteration(void **state) {
    (void)state;
    bool bad;
    size_t second = 56 + 24 + 72;
    made_end(&made);
    struct made good = made;
    static const uint32_t lengths[] = {0, 23, 1024, UINT32_MAX};
    for (int i = 0; i < 4; i++) {
        made = good;
        made_put(made.bytes + second + 4, lengths[i], 4);
        assert_int_equal(open_made(), NTFS_RECORD_FILE);
        assert_int_equal(count(&bad), 1);
        assert_true(bad);
    }
    made = good;
    made_put(made.bytes + 24, made.at, 4); /* the end mark is not in use any more */
    assert_int_equal(open_made(), NTFS_RECORD_FILE);
    assert_int_equal(count(&bad), 3);
    assert_true(bad);
}

static void values_that_do_not_fit_are_refused(void **state) {
    (void)state;
    struct ntfs_attribute attribute;
    struct ntfs_file_name fn;
    struct span value;
    made_end(&made);
    assert_int_equal(open_made(), NTFS_RECORD_FILE);
    struct ntfs_attributes it = ntfs_record_attributes(&record);
    assert_true(ntfs_record_next(&it, &attribute));
    size_t at = 56;
    made_put(made.bytes + at + 16, 73, 4);
    assert_false(ntfs_attribute_value(&attribute, &value));
    made_put(made.bytes + at + 16, 72, 4);
    assert_true(ntfs_attribute_value(&attribute, &value));
    made_put(made.bytes + at + 20, 25, 2);
    assert_false(ntfs_attribute_value(&attribute, &value));
    assert_true(ntfs_record_next(&it, &attribute));
    assert_true(ntfs_attribute_value(&attribute, &value));
    assert_true(ntfs_file_name_read(value, &fn));
    assert_int_equal(fn.name.size, 16);
    assert_false(ntfs_file_name_read(span_part(value, 0, value.size - 1), &fn));
    assert_false(ntfs_file_name_read(span_part(value, 0, 65), &fn));
}

static void nonresident_headers_are_checked(void **state) {
    (void)state;
    struct ntfs_attribute attribute;
    struct ntfs_nonresident data;
    uint8_t list[] = {0x11, 1, 40, 0};
    size_t at = made.at;
    made_runs(&made, 0x80, "x", 0x8001, 0, 4096, 5000, list, sizeof list);
    made_end(&made);
    assert_int_equal(open_made(), NTFS_RECORD_FILE);
    struct ntfs_attributes it = ntfs_record_attributes(&record);
    for (int i = 0; i < 4; i++)
        assert_true(ntfs_record_next(&it, &attribute));
    assert_true(ntfs_attribute_nonresident(&attribute, &data));
    assert_int_equal(data.initialized, 4096); /* cut to the size */
    assert_true(attribute.flags & NTFS_SPARSE && attribute.flags & NTFS_COMPRESSED);
    assert_int_equal(ntfs_attribute_name(&attribute).size, 2);
    made_put(made.bytes + at + 48, UINT64_MAX, 8);
    assert_false(ntfs_attribute_nonresident(&attribute, &data));
    made_put(made.bytes + at + 48, 4096, 8);
    made_put(made.bytes + at + 32, 16, 2); /* runs inside the header */
    assert_false(ntfs_attribute_nonresident(&attribute, &data));
}

static void lists_end_at_what_does_not_fit(void **state) {
    (void)state;
    uint8_t bytes[64] = {0x80, 0, 0, 0, 32, 0, 1, 26};
    struct ntfs_list_entry entry;
    bool bad;
    bytes[32] = 0x80;
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, 0));
    assert_true(ntfs_list_next(&c, &entry, &bad));
    assert_int_equal(entry.name.size, 2);
    assert_false(ntfs_list_next(&c, &entry, &bad)); /* an entry of no length */
    assert_true(bad);
}

/* Single records of omerbenamram/mft and what its tests say of them. */
static bool sample(const char *name) {
    char path[4096];
    const char *root = getenv("ASSAY_SHARED");
    snprintf(path, sizeof path, "%s/corpora/omerbenamram-mft/%s", root ? root : "../shared", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        print_message("# skipped: %s is absent\n", path);
        return false;
    }
    assert_int_equal(read(fd, made.bytes, MADE_RECORD), MADE_RECORD);
    close(fd);
    return true;
}

static void sample_with_a_wrong_fixup(void **state) {
    (void)state;
    bool bad;
    if (!sample("samples/entry_102130_fixup_issue"))
        skip();
    assert_int_equal(open_made(), NTFS_RECORD_FILE);
    assert_int_not_equal(record.bad_sectors, 0);
    assert_int_equal(record.number, 102130);
    assert_true(count(&bad) > 0);
}

static bool find(uint32_t type, bool named, struct ntfs_attribute *ret) {
    struct ntfs_attributes it = ntfs_record_attributes(&record);
    while (ntfs_record_next(&it, ret))
        if (ret->type == type && (ret->name_units > 0) == named)
            return true;
    return false;
}

static void samples_that_are_sound(void **state) {
    static const char *const names[] = {
        "samples/entry_single_file", "samples/entry_multiple_index_root_entries",
        "samples/entry_data_run_at_offset", "testdata/entry_long_name_and_res_ads_002",
        "testdata/entry_super_long_name_001"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        bool bad;
        struct ntfs_attribute attribute;
        struct span value;
        struct ntfs_file_name fn;
        if (!sample(names[i]))
            skip();
        assert_int_equal(open_made(), NTFS_RECORD_FILE);
        int n = count(&bad);
        assert_true(n > 0 && !bad);
        if (!find(NTFS_FILE_NAME, false, &attribute))
            continue;
        assert_true(ntfs_attribute_value(&attribute, &value));
        assert_true(ntfs_file_name_read(value, &fn));
        struct text name = {.max = 0};
        text_from_utf16(&name, fn.name);
        print_message("# %s: %d attributes, %.60s\n", names[i], n, text_string(&name));
        text_free(&name);
    }
}

/* The samples of go-ntfs are sectors of a real volume, one file a place; those that are records must hold
 * together. */
static void records_of_a_real_volume(void **state) {
    char folder[3000], path[4096];
    const char *root = getenv("ASSAY_SHARED");
    int records = 0;
    (void)state;
    snprintf(folder, sizeof folder, "%s/corpora/Velocidex-go-ntfs/tests/ads_with_same_ids",
             root ? root : "../shared");
    DIR *dir = opendir(folder);
    if (!dir) {
        print_message("# skipped: %s is absent\n", folder);
        skip();
    }
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        bool bad = false;
        if (fd >= 0 && read(fd, made.bytes, MADE_RECORD) == MADE_RECORD && open_made() != NTFS_RECORD_NONE) {
            assert_int_equal(record.bad_sectors, 0);
            assert_true(count(&bad) > 0);
            assert_false(bad);
            records++;
        }
        if (fd >= 0)
            close(fd);
    }
    closedir(dir);
    print_message("# %d records\n", records);
    assert_true(records > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_no_record_is_told, setup),
        cmocka_unit_test_setup(headers_that_lie_are_told, setup),
        cmocka_unit_test_setup(fixups_are_undone_and_checked_by_sector, setup),
        cmocka_unit_test_setup(damaged_attributes_end_the_iteration, setup),
        cmocka_unit_test_setup(values_that_do_not_fit_are_refused, setup),
        cmocka_unit_test_setup(nonresident_headers_are_checked, setup),
        cmocka_unit_test_setup(lists_end_at_what_does_not_fit, setup),
        cmocka_unit_test(sample_with_a_wrong_fixup),
        cmocka_unit_test(samples_that_are_sound),
        cmocka_unit_test(records_of_a_real_volume),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
