/* Hives as rows: damage, what is not kept, then what is, and logs that are applied. */
#include "detect/inspect_regf.h"
#include "make/examine.h"
#include "make/regf_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = 1 << 20, LONG = 3 * INSPECT_REGF_DATA + 10 };

#define TIME ((uint64_t)0x01da3c4c4d7e8000)

static uint8_t bytes[SIZE], data[LONG];
static struct regf_made made;
static struct examine e;
static size_t size;
static uint32_t service, services, list, values[3];
static struct row row;

static uint32_t child(uint32_t parent, const char *name) {
    uint32_t cell[1] = {regf_made_key(&made, parent, name)};
    regf_made_subkeys(&made, parent, regf_made_list(&made, "lh", cell, 1), 1);
    return cell[0];
}

/* A SYSTEM with one service and one key that nobody asks for. */
static int setup(void **state) {
    (void)state;
    assert_true(inspect_prepare(NULL, 0));
    memset(bytes, 0, sizeof bytes);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 31 + i / 255);
    made = (struct regf_made){.bytes = bytes, .size = sizeof bytes, .time = TIME};
    uint32_t root = regf_made_key(&made, REGF_NONE, "ROOT"), top[2];
    top[0] = regf_made_key(&made, root, "ControlSet001");
    top[1] = regf_made_key(&made, root, "Select");
    regf_made_subkeys(&made, root, regf_made_list(&made, "lf", top, 2), 2);
    services = child(top[0], "Services");
    uint32_t below[2] = {service = regf_made_key(&made, services, "IKEEXT"),
                         regf_made_key(&made, services, "zz")};
    list = regf_made_list(&made, "lh", below, 2);
    regf_made_subkeys(&made, services, list, 2);
    child(service, "Nobody");
    values[0] = regf_made_string(&made, "ImagePath", "C:\\a/b.sys");
    values[1] = regf_made_value(&made, "Start", REGF_DWORD, "\2\0\0\0", 4);
    values[2] = regf_made_value(&made, "Blob", REGF_BINARY, data, sizeof data);
    regf_made_values(&made, service, values, 3);
    size = regf_made_end(&made);
    assert_true(size > 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    examine_free(&e);
    return 0;
}

static void look(bool all) {
    struct inspect_options options = {.inspect = true, .keep_events = all};
    examine_free(&e);
    examine_cut(&e, bytes, size, size, &options);
}

static uint64_t of_hive(unsigned column) {
    assert_true(examine_row(&e, FACT_hive, 0, &row));
    return examine_integer(&row, column);
}

/* Row number of the key with this path. */
static bool find_key(const char *path) {
    for (size_t i = 0; examine_row(&e, FACT_hive_key, i, &row); i++)
        if (examine_says(&row, FACT_hive_key_path, path))
            return true;
    return false;
}

static bool find_value(const char *name) {
    for (size_t i = 0; examine_row(&e, FACT_hive_value, i, &row); i++)
        if (examine_says(&row, FACT_hive_value_name, name))
            return true;
    return false;
}

static void a_damaged_list_is_told_and_loses_nothing(void **state) {
    (void)state;
    memset(regf_made_at(&made, list) + 4, 'x', 2);
    look(false);
    assert_int_equal(e.result.type, INSPECT_HIVE);
    assert_int_equal(of_hive(FACT_hive_lost), 3);
    assert_int_equal(of_hive(FACT_hive_damaged), 1);
    assert_int_equal(of_hive(FACT_hive_complete), 0);
    assert_true(find_key("/ControlSet001/Services/IKEEXT"));
    assert_true(examine_says(&row, FACT_hive_key_state, "lost"));
    assert_true(find_value("ImagePath"));
    assert_int_equal(examine_findings(&e, "damaged"), 1);
}

static void a_hive_that_is_cut_is_not_complete(void **state) {
    (void)state;
    size -= 4096;
    look(false);
    assert_int_equal(of_hive(FACT_hive_complete), 0);
    assert_true(e.result.faulted & 1u << FAULT_TORN);
    size = 600;
    look(false);
    assert_int_equal(of_hive(FACT_hive_keys), 0);
}

/* Thousands of values whose data are one and the same cell. */
static void one_cell_told_often_ends_with_a_limit(void **state) {
    enum { MANY = 12000, BYTES = 16000 };
    static uint32_t cells[MANY];
    (void)state;
    memset(data, 'a', BYTES);
    cells[0] = regf_made_value(&made, "v", REGF_BINARY, data, BYTES);
    for (size_t i = 1; i < MANY; i++) {
        cells[i] = regf_made_value(&made, "v", REGF_BINARY, "", 0);
        memcpy(regf_made_at(&made, cells[i]) + 4, regf_made_at(&made, cells[0]) + 4, 20);
    }
    regf_made_values(&made, service, cells, MANY);
    size = regf_made_end(&made);
    assert_true(size > 0);
    look(false);
    assert_true(e.rows.size < INSPECT_REGF_LEAST + INSPECT_REGF_TIMES * size + INSPECT_ROW);
    assert_int_equal(e.result.state, INSPECT_SKIPPED);
    assert_true(e.result.faulted & 1u << FAULT_LIMIT);
    assert_int_equal(of_hive(FACT_hive_complete), 0);
    assert_true(of_hive(FACT_hive_kept_values) < MANY);
}

static void a_dirty_hive_is_not_complete_and_says_so(void **state) {
    (void)state;
    memset(bytes + 508, 0, 4);
    regf_made_base(bytes, 0, 9, 8, made.at);
    look(false);
    assert_int_equal(of_hive(FACT_hive_dirty), 1);
    assert_int_equal(of_hive(FACT_hive_replayed), 0);
    assert_int_equal(of_hive(FACT_hive_primary_sequence), 9);
    assert_int_equal(of_hive(FACT_hive_secondary_sequence), 8);
    assert_int_equal(of_hive(FACT_hive_complete), 0);
    assert_int_equal(examine_findings(&e, "damaged"), 0);
}

static void what_nobody_asks_for_is_counted_only(void **state) {
    (void)state;
    look(false);
    assert_int_equal(of_hive(FACT_hive_keys), 7);
    assert_int_equal(of_hive(FACT_hive_kept_keys), 3);
    assert_true(examine_says(&row, FACT_hive_selection, "chosen"));
    assert_false(find_key("/ControlSet001/Services/IKEEXT/Nobody"));
    look(true);
    assert_int_equal(of_hive(FACT_hive_kept_keys), 7);
    assert_true(examine_says(&row, FACT_hive_selection, "all"));
    assert_true(find_key("/ControlSet001/Services/IKEEXT/Nobody"));
    assert_true(find_key(""));
    assert_int_equal(examine_integer(&row, FACT_hive_key_ordinal), 0);
    assert_int_equal(examine_integer(&row, FACT_hive_key_parent), UINT64_MAX);
}

static void a_service(void **state) {
    (void)state;
    look(false);
    assert_true(examine_row(&e, FACT_hive, 0, &row));
    assert_true(examine_says(&row, FACT_hive_kind, "system"));
    assert_true(examine_says(&row, FACT_hive_root, "ROOT"));
    assert_true(examine_says(&row, FACT_hive_version, "1.5"));
    assert_int_equal(of_hive(FACT_hive_complete), 1);
    assert_true(find_key("/ControlSet001/Services/IKEEXT"));
    assert_int_equal(examine_integer(&row, FACT_hive_key_ordinal), 3);
    assert_int_equal(examine_integer(&row, FACT_hive_key_parent), 2);
    assert_int_equal(examine_integer(&row, FACT_hive_key_last_write), TIME);
    assert_int_equal(examine_integer(&row, FACT_hive_key_offset), REGF_BASE + service);
    assert_true(find_value("ImagePath"));
    assert_true(examine_says(&row, FACT_hive_value_text, "C:\\a/b.sys"));
    assert_null(examine_cell(&row, FACT_hive_value_data));
    assert_int_equal(examine_integer(&row, FACT_hive_value_key), 3);
    assert_true(find_value("Start"));
    assert_true(examine_says(&row, FACT_hive_value_text, "2"));
    assert_true(examine_says(&row, FACT_hive_value_type, "REG_DWORD"));
}

static void long_data_come_in_pieces(void **state) {
    (void)state;
    look(false);
    assert_true(find_value("Blob"));
    size_t at = INSPECT_REGF_DATA;
    struct span first = examine_cell(&row, FACT_hive_value_data)->bytes;
    assert_true(span_equal(first, span_of(data, at, 0)));
    uint64_t ordinal = examine_integer(&row, FACT_hive_value_ordinal);
    assert_int_equal(examine_rows(&e, FACT_hive_data), 3);
    for (size_t i = 0; examine_row(&e, FACT_hive_data, i, &row); i++) {
        struct span piece = examine_cell(&row, FACT_hive_data_data)->bytes;
        assert_int_equal(examine_integer(&row, FACT_hive_data_value), ordinal);
        assert_int_equal(examine_integer(&row, FACT_hive_data_at), at);
        assert_true(span_equal(piece, span_clip(span_of(data, sizeof data, 0), at, INSPECT_REGF_DATA)));
        at += piece.size;
    }
    assert_int_equal(at, sizeof data);
}

static void a_deleted_service(void **state) {
    (void)state;
    regf_made_put(regf_made_at(&made, list) + 4 + 2, 1, 2); /* only the second is listed */
    memmove(regf_made_at(&made, list) + 8, regf_made_at(&made, list) + 16, 8);
    regf_made_put(regf_made_at(&made, service), 88, 4);
    look(false);
    assert_true(find_key("/ControlSet001/Services/IKEEXT"));
    assert_true(examine_says(&row, FACT_hive_key_state, "deleted"));
    assert_int_equal(examine_integer(&row, FACT_hive_key_parent), UINT64_MAX);
    assert_true(find_value("ImagePath"));
    assert_true(examine_says(&row, FACT_hive_value_state, "deleted"));
    assert_int_equal(of_hive(FACT_hive_deleted_keys), 1);
    assert_int_equal(of_hive(FACT_hive_deleted_values), 3);
    assert_int_equal(of_hive(FACT_hive_damaged), 0);
}

static void the_name_tells_the_kind_if_the_keys_do_not(void **state) {
    static const char name[] = "Config\\SOFTWARE";
    (void)state;
    for (size_t i = 0; i < sizeof name; i++)
        bytes[48 + 2 * i] = (uint8_t)name[i];
    look(false);
    assert_true(examine_row(&e, FACT_hive, 0, &row));
    assert_true(examine_says(&row, FACT_hive_kind, "system")); /* a name may lie */
    memset(bytes + REGF_BASE, 0, size - REGF_BASE);
    look(false);
    assert_true(examine_row(&e, FACT_hive, 0, &row));
    assert_true(examine_says(&row, FACT_hive_kind, "software"));
    assert_true(examine_says(&row, FACT_hive_name, "Config\\\\SOFTWARE"));
}

/* The log changes the service's Start, as its first bin has it. */
static void logs_are_applied(void **state) {
    static uint8_t log[64 * 1024], after[SIZE];
    static struct text rows;
    struct inspect_options options = {.inspect = true};
    struct job job;
    (void)state;
    memcpy(after, bytes, sizeof bytes);
    regf_made_put(after + REGF_BASE + values[1] + 4 + 8, 3, 4);
    uint32_t page = values[1] / REGF_BIN * REGF_BIN;
    memset(bytes + 508, 0, 4);
    regf_made_base(bytes, 0, 8, 7, made.at);
    memcpy(log + 12, bytes + 12, 8);
    regf_made_base(log, 6, 8, 8, made.at);
    size_t log_size = 512 + regf_made_entry(log + 512, 7, made.at, after, &page, 1);
    struct span logs[1] = {span_of(log, log_size, 0)};
    struct inspect_regf_hive hive = {bytes, size, size, logs, 1, true};
    job_init(&job, INSPECT_MEMORY);
    assert_true(inspect_regf(&hive, &job, &options, &rows));
    examine_free(&e);
    e.rows = rows;
    assert_int_equal(of_hive(FACT_hive_dirty), 1);
    assert_int_equal(of_hive(FACT_hive_replayed), 1);
    assert_int_equal(of_hive(FACT_hive_complete), 1);
    assert_true(find_value("Start"));
    assert_true(examine_says(&row, FACT_hive_value_text, "3"));
    job_reset(&job);
}

static void for_signatures_alone_it_is_not_read(void **state) {
    struct inspect_options options = {.inspect = true, .trust_only = true};
    (void)state;
    examine_free(&e);
    examine_cut(&e, bytes, size, size, &options);
    assert_int_equal(e.result.type, INSPECT_NONE);
    assert_int_equal(examine_rows(&e, FACT_hive), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_damaged_list_is_told_and_loses_nothing),
        T(a_hive_that_is_cut_is_not_complete),
        T(one_cell_told_often_ends_with_a_limit),
        T(a_dirty_hive_is_not_complete_and_says_so),
        T(what_nobody_asks_for_is_counted_only),
        T(a_service),
        T(long_data_come_in_pieces),
        T(a_deleted_service),
        T(the_name_tells_the_kind_if_the_keys_do_not),
        T(logs_are_applied),
        T(for_signatures_alone_it_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
