/* What hives tell of programs: values that are damaged or of something else, then rows of each kind. */
#include "detect/inspect_regf.h"
#include "make/examine.h"
#include "make/regf_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 1 << 20 };

#define TIME UINT64_C(132000000000000000)
#define SHA1 "00112233445566778899aabbccddeeff00112233"

static uint8_t bytes[SIZE];
static struct regf_made made;
static struct examine e;
static struct row row;

/* Keys one below the other from `parent` on, names with a slash between; the last one's cell. */
static uint32_t keys(uint32_t parent, const char *path) {
    char name[128];
    while (*path) {
        size_t size = strcspn(path, "/");
        memcpy(name, path, size);
        name[size] = 0;
        uint32_t cell[1] = {regf_made_key(&made, parent, name)};
        regf_made_subkeys(&made, parent, regf_made_list(&made, "lh", cell, 1), 1);
        parent = cell[0];
        path += size + (path[size] == '/');
    }
    return parent;
}

static uint32_t begin_hive(const char *path) {
    memset(bytes, 0, sizeof bytes);
    made = (struct regf_made){.bytes = bytes, .size = sizeof bytes, .time = TIME + 7};
    return keys(regf_made_key(&made, REGF_NONE, "ROOT"), path);
}

static void look(uint32_t key, const uint32_t *values, size_t count) {
    struct inspect_options options = {.inspect = true};
    regf_made_values(&made, key, values, count);
    size_t size = regf_made_end(&made);
    assert_true(size > 0);
    examine_free(&e);
    examine_cut(&e, bytes, size, size, &options);
    assert_int_equal(e.result.type, INSPECT_HIVE);
}

static void put(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* One program, as Windows 10 keeps it; returns the size. */
static size_t make_cache(uint8_t *to) {
    static const char path[] = "C:\\a.exe";
    memset(to, 0, 128);
    put(to, 48, 4), put(to + 36, 1, 4);
    memcpy(to + 48, "10ts", 4);
    put(to + 56, 2 + 2 * 8 + 12, 4), put(to + 60, 16, 2);
    for (size_t i = 0; i < 8; i++)
        put(to + 62 + 2 * i, (uint8_t)path[i], 2);
    put(to + 78, TIME, 8);
    return 90;
}

static int setup(void **state) {
    (void)state;
    assert_true(inspect_prepare(NULL, 0));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    examine_free(&e);
    return 0;
}

static bool says(unsigned column, const char *text) {
    return examine_says(&row, column, text);
}

static void a_damaged_cache_is_told_and_the_hive_goes_on(void **state) {
    uint8_t cache[128];
    (void)state;
    uint32_t key = begin_hive("ControlSet001/Control/Session Manager/AppCompatCache"), values[2];
    size_t size = make_cache(cache);
    values[0] = regf_made_value(&made, "AppCompatCache", REGF_BINARY, cache, size - 4);
    values[1] = regf_made_string(&made, "Other", "x");
    look(key, values, 2);
    assert_int_equal(examine_rows(&e, FACT_shimcache), 0);
    assert_int_equal(examine_rows(&e, FACT_hive_value), 2);
    assert_int_equal(examine_findings(&e, "damaged"), 1);
    assert_int_equal(e.job.fault.code, FAULT_NONE);
}

static void values_of_something_else(void **state) {
    static const uint8_t data[72] = {1};
    (void)state;
    uint32_t key = begin_hive("ControlSet001/Services/bam/State/UserSettings/S-1-5-18"), values[3];
    values[0] = regf_made_value(&made, "Version", REGF_DWORD, "\1\0\0\0", 4);
    values[1] = regf_made_value(&made, "SequenceNumber", REGF_DWORD, data, 8);
    values[2] = regf_made_value(&made, "\\Device\\short", REGF_BINARY, data, 7);
    look(key, values, 3);
    assert_int_equal(examine_rows(&e, FACT_bam), 0);
    key = begin_hive("Software/Microsoft/Windows/CurrentVersion/Explorer/UserAssist/{A}/Count");
    values[0] = regf_made_value(&made, "HRZR_PGYPHNPbhag:pgbe", REGF_BINARY, data, 72);
    values[1] = regf_made_value(&made, "P:\\n.rkr", REGF_BINARY, data, 71);
    look(key, values, 2);
    assert_int_equal(examine_rows(&e, FACT_userassist), 0);
    key = begin_hive("Root/InventoryApplicationFile/x|1");
    values[0] = regf_made_string(&made, "FileId", "0000" SHA1 "00"); /* too long */
    values[1] = regf_made_string(&made, "LinkDate", "13/41/2014 15:18:49");
    values[2] = regf_made_string(&made, "Size", "-1");
    look(key, values, 3);
    assert_true(examine_row(&e, FACT_amcache, 0, &row));
    assert_int_equal(examine_integer(&row, FACT_amcache_link_time), UINT64_MAX);
    assert_int_equal(examine_integer(&row, FACT_amcache_size), UINT64_MAX);
    assert_true(says(FACT_amcache_kind, "application-file"));
}

/* The same value twice, as no Windows writes it: a row has a column once. */
static void a_value_that_is_there_twice(void **state) {
    (void)state;
    uint32_t key = begin_hive("Root/InventoryDriverBinary/0000" SHA1), values[4];
    values[0] = regf_made_string(&made, "DriverId", "0000" SHA1);
    values[1] = regf_made_string(&made, "DriverName", "a.sys");
    values[2] = regf_made_string(&made, "drivername", "b.sys");
    values[3] = regf_made_string(&made, "Service", "a");
    look(key, values, 4);
    assert_true(examine_row(&e, FACT_amcache, 0, &row));
    assert_true(says(FACT_amcache_name, "a.sys"));
    unsigned digests = 0;
    for (size_t i = 0; i < row.count; i++)
        digests += row.cells[i].column == FACT_amcache_sha1;
    assert_int_equal(digests, 1);
}

static void programs_that_were_there(void **state) {
    uint8_t cache[128];
    (void)state;
    uint32_t key = begin_hive("ControlSet002/control/Session Manager/AppCompatCache"), values[1];
    size_t size = make_cache(cache);
    values[0] = regf_made_value(&made, "AppCompatCache", REGF_BINARY, cache, size);
    look(key, values, 1);
    assert_true(examine_row(&e, FACT_shimcache, 0, &row));
    assert_true(says(FACT_shimcache_path, "C:\\\\a.exe") && says(FACT_shimcache_layout, "10"));
    assert_true(examine_integer(&row, FACT_shimcache_modified) == TIME);
    assert_int_equal(examine_integer(&row, FACT_shimcache_position), 0);
    assert_true(says(FACT_shimcache_state, "live"));
    assert_int_equal(examine_findings(&e, "damaged"), 0);
}

static void what_a_user_ran(void **state) {
    uint8_t data[72] = {0};
    (void)state;
    uint32_t key = begin_hive("ControlSet001/Services/bam/UserSettings/S-1-5-21-1"), values[1];
    put(data, TIME, 8);
    values[0] = regf_made_value(&made, "\\Device\\HarddiskVolume3\\a.exe", REGF_BINARY, data, 24);
    look(key, values, 1);
    assert_true(examine_row(&e, FACT_bam, 0, &row));
    assert_true(says(FACT_bam_kind, "bam") && says(FACT_bam_user, "S-1-5-21-1"));
    assert_true(says(FACT_bam_path, "\\\\Device\\\\HarddiskVolume3\\\\a.exe"));
    assert_true(examine_integer(&row, FACT_bam_last_run) == TIME);
    key = begin_hive("Software/Microsoft/Windows/CurrentVersion/Explorer/UserAssist/{CEBFF5CD}/Count");
    memset(data, 0, sizeof data);
    put(data + 4, 3, 4), put(data + 60, TIME, 8);
    values[0] = regf_made_value(&made, "P:\\n.rkr", REGF_BINARY, data, 72);
    look(key, values, 1);
    assert_true(examine_row(&e, FACT_userassist, 0, &row));
    assert_true(says(FACT_userassist_name, "C:\\\\a.exe") && says(FACT_userassist_class, "{CEBFF5CD}"));
    assert_int_equal(examine_integer(&row, FACT_userassist_runs), 3);
}

static void what_windows_took_stock_of(void **state) {
    uint8_t number[8];
    (void)state;
    uint32_t key = begin_hive("Root/InventoryDriverBinary"), values[5];
    uint32_t cell[1] = {regf_made_key(&made, key, "c:/windows/temp/a.sys")};
    regf_made_subkeys(&made, key, regf_made_list(&made, "lh", cell, 1), 1);
    put(number, 1400000000, 4);
    values[0] = regf_made_value(&made, "DriverTimeStamp", REGF_DWORD, number, 4);
    values[1] = regf_made_value(&made, "DriverSigned", REGF_DWORD, "\1\0\0\0", 4);
    values[2] = regf_made_string(&made, "DriverId", "0000" SHA1);
    values[3] = regf_made_string(&made, "DriverLastWriteTime", "04/07/2014 15:18:49");
    values[4] = regf_made_string(&made, "Service", "evil");
    look(cell[0], values, 5);
    assert_true(examine_row(&e, FACT_amcache, 0, &row));
    assert_true(says(FACT_amcache_kind, "driver") && says(FACT_amcache_service, "evil"));
    assert_true(says(FACT_amcache_path, "c:\\\\windows\\\\temp\\\\a.sys"));
    assert_true(examine_integer(&row, FACT_amcache_link_time) == UINT64_C(130444736000000000));
    assert_true(examine_integer(&row, FACT_amcache_modified) == UINT64_C(130413575290000000));
    assert_true(examine_integer(&row, FACT_amcache_key_time) == TIME + 7);
    assert_int_equal(examine_integer(&row, FACT_amcache_driver_signed), 1);
    key = begin_hive("Root/File/{v}/10000");
    put(number, TIME, 8);
    values[0] = regf_made_string(&made, "15", "C:\\a/b.exe");
    values[1] = regf_made_value(&made, "12", REGF_QWORD, number, 8);
    look(key, values, 2);
    assert_true(examine_row(&e, FACT_amcache, 0, &row) && !examine_row(&e, FACT_amcache, 1, &row));
    assert_true(examine_row(&e, FACT_amcache, 0, &row));
    assert_true(says(FACT_amcache_kind, "file") && says(FACT_amcache_path, "C:\\\\a/b.exe"));
    assert_true(examine_integer(&row, FACT_amcache_created) == TIME);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_damaged_cache_is_told_and_the_hive_goes_on),
        T(values_of_something_else),
        T(a_value_that_is_there_twice),
        T(programs_that_were_there),
        T(what_a_user_ran),
        T(what_windows_took_stock_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
