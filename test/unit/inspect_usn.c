/* Change journals as rows: windows, holes, damage, rows that are taken over on the way, what is said of the
 * whole, and a choice among the records. */
#include "detect/inspect_usn.h"
#include "base/row.h"
#include "make/usn_made.h"
#include "model/facts.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { COUNT = 30000, SIZE = COUNT * 160 };

/* A stream with a hole of `hole` bytes before the bytes. */
struct memory {
    struct content content; /* first */
    const uint8_t *bytes;
    size_t size;
    uint64_t hole, read;
    uint64_t bad;     /* bytes from here on cannot be read; 0: all can */
    uint64_t changes; /* reads after which it holds nothing but zeros; 0: it does not change */
};

static struct job job;
static struct text rows;
static uint8_t *bytes;
static uint64_t seen, last_usn, flushed, steps, summaries;
static uint64_t summary[FACT_COLUMNS]; /* integers of usn_summary by column; UINT64_MAX: not there */
static char selection[16], ordinals[64];
static bool in_order;
static const uint8_t zeros[SIZE];

static size_t read_at(struct content *content, struct job *j, uint64_t offset, uint8_t *to, size_t size) {
    struct memory *m = (struct memory *)(void *)content;
    assert_true(offset >= m->hole); /* nobody reads holes */
    m->read += size;
    if (m->changes > 0 && --m->changes == 0)
        m->bytes = zeros;
    if (m->bad > 0 && offset + size > m->bad) {
        size = m->bad > offset ? (size_t)(m->bad - offset) : 0;
        job_note(j, FAULT_IO, offset + size, "cannot be read");
    }
    return span_copy(span_from(span_of(m->bytes, m->size, 0), (size_t)(offset - m->hole)), to, size);
}

static uint64_t next_data(struct content *content, uint64_t offset) {
    struct memory *m = (struct memory *)(void *)content;
    return offset < m->hole ? m->hole : offset;
}

static struct memory memory_of(size_t size, uint64_t hole) {
    struct memory m = {.bytes = bytes, .size = size, .hole = hole};
    m.content = (struct content){.size = hole + size, .read = read_at, .data = next_data};
    return m;
}

static void take_summary(const struct row *row) {
    summaries++;
    for (size_t i = 0; i < FACT_COLUMNS; i++)
        summary[i] = UINT64_MAX;
    for (size_t i = 0; i < row->count; i++)
        if (row->cells[i].kind == ROW_INTEGER)
            summary[row->cells[i].column] = row->cells[i].integer;
        else
            selection[span_copy(row->cells[i].bytes, selection, sizeof selection - 1)] = 0;
}

/* Counts the rows and looks at them. */
static void take(void) {
    struct cursor c = cursor_of(span_of(text_string(&rows), rows.size, 0));
    struct row row;
    bool bad;
    while (row_next(&c, &row, &bad)) {
        assert_int_equal(summaries, 0); /* it comes last, once */
        if (row.table == FACT_usn_summary)
            take_summary(&row);
        else if (row.table == FACT_usn_clock) {
            assert_int_equal(row.cells[0].integer, steps++);
            assert_true(row.cells[2].integer > row.cells[3].integer);
        } else {
            assert_int_equal(row.table, FACT_usn);
            assert_int_equal(row.cells[0].column, FACT_usn_ordinal);
            size_t at = strlen(ordinals);
            snprintf(ordinals + at, sizeof ordinals - at, "%llu ", (unsigned long long)row.cells[0].integer);
            seen++;
            in_order = in_order && row.cells[1].integer >= last_usn;
            last_usn = row.cells[1].integer;
        }
    }
    assert_false(bad);
}

static void flush(void *context) {
    (void)context;
    flushed++;
    take();
    text_clear(&rows);
}

static int prepare(void **state) {
    (void)state;
    job_init(&job, 8 << 20);
    bytes = calloc(SIZE, 1);
    return bytes ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    free(bytes);
    text_free(&rows);
    job_reset(&job);
    return 0;
}

static size_t make(uint64_t base) {
    struct usn_made made = {.bytes = bytes, .size = SIZE, .base = base, .time = 1};
    char name[32];
    memset(bytes, 0, SIZE);
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "name %u", i * 7919);
        assert_true(usn_made_add(&made, i % 5 ? 2 : 3, i, 5, 0x80000100, name));
    }
    return made.at;
}

static bool read_with(struct memory *m, const struct inspect_options *options, uint64_t *read) {
    job_reset(&job);
    text_clear(&rows);
    seen = last_usn = flushed = steps = summaries = 0;
    ordinals[0] = 0;
    in_order = true;
    *read = 0;
    bool good = inspect_usn(&m->content, &job, options, 0, &rows, read);
    take();
    assert_true(in_order);
    assert_int_equal(summaries, 1);
    assert_int_equal(summary[FACT_usn_summary_kept], seen);
    return good;
}

static uint64_t all(struct memory *m) {
    struct inspect_options options = {.inspect = true, .flush = flush};
    uint64_t read;
    assert_true(read_with(m, &options, &read));
    assert_string_equal(selection, "all");
    assert_int_equal(summary[FACT_usn_summary_records], seen);
    return read;
}

static void all_records_once(void **state) {
    (void)state;
    struct memory m = memory_of(make(0), 0);
    uint64_t read = all(&m);
    assert_int_equal(seen, COUNT);
    assert_int_equal(job.noted, 0);
    assert_true(flushed > 0);
    assert_true(read < m.size + m.size / 20); /* cut records are read again, and no more */
}

static void the_hole_is_not_read(void **state) {
    (void)state;
    static const uint64_t holes[] = {4096, 1 << 20, (uint64_t)40 << 30, (uint64_t)1 << 50};
    for (size_t i = 0; i < 4; i++) {
        struct memory m = memory_of(make(holes[i]), holes[i]);
        all(&m);
        assert_int_equal(seen, COUNT);
        assert_int_equal(job.noted, 0);
    }
}

static void damage_costs_what_it_hits(void **state) {
    (void)state;
    struct memory m = memory_of(make(0), 0);
    memset(bytes + 10 * 4096 + 100, 0xee, 200);
    all(&m);
    assert_true(seen < COUNT && seen > COUNT - 60);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    m = memory_of(m.size - 30, 0); /* cut within the last record */
    make(0);
    all(&m);
    assert_int_equal(seen, COUNT - 1);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
}

static void columns(void **state) {
    (void)state;
    struct usn_made made = {.bytes = bytes, .size = SIZE, .base = 8192, .time = 77};
    struct inspect_options options = {.inspect = true};
    uint64_t read = 0;
    memset(bytes, 0, SIZE);
    assert_true(usn_made_add(&made, 2, 40 | UINT64_C(3) << 48, 5 | UINT64_C(5) << 48, 0x80000108, "a.exe"));
    assert_true(usn_made_ranges(&made, 41, 5, 2, 1, 0));
    struct memory m = memory_of(made.at, 0);
    text_clear(&rows);
    job_reset(&job);
    assert_true(inspect_usn(&m.content, &job, &options, 0, &rows, &read));
    struct cursor c = cursor_of(span_of(text_string(&rows), rows.size, 0));
    struct row row;
    bool bad;
    assert_true(row_next(&c, &row, &bad));
    const struct {
        unsigned column;
        uint64_t integer;
        const char *text;
    } wanted[] = {{FACT_usn_ordinal, 0, NULL},         {FACT_usn_usn, 8192, NULL},
                  {FACT_usn_offset, 0, NULL},          {FACT_usn_version, 2, NULL},
                  {FACT_usn_file, 40, NULL},           {FACT_usn_file_sequence, 3, NULL},
                  {FACT_usn_parent, 5, NULL},          {FACT_usn_parent_sequence, 5, NULL},
                  {FACT_usn_reason, 0x80000108, NULL}, {FACT_usn_reasons, 0, "FILE_CREATE|CLOSE|0x8"},
                  {FACT_usn_time, 77, NULL},           {FACT_usn_attributes, 0x20, NULL},
                  {FACT_usn_name, 0, "a.exe"}};
    assert_int_equal(row.count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < row.count; i++) {
        assert_int_equal(row.cells[i].column, wanted[i].column);
        if (wanted[i].text)
            assert_true(span_equal(row.cells[i].bytes, span_of(wanted[i].text, strlen(wanted[i].text), 0)));
        else
            assert_int_equal(row.cells[i].integer, wanted[i].integer);
    }
    assert_true(row_next(&c, &row, &bad));
    assert_int_equal(row.cells[3].integer, 4);
    assert_int_equal(row.count, 10); /* neither time nor attributes nor name */
    assert_true(row_next(&c, &row, &bad));
    take_summary(&row);
    assert_int_equal(summary[FACT_usn_summary_first_usn], 8192);
    assert_true(summary[FACT_usn_summary_last_usn] > 8192);
    assert_int_equal(summary[FACT_usn_summary_first_time], 77);
    assert_int_equal(summary[FACT_usn_summary_last_time], 77); /* of the last one that has a time */
    assert_false(row_next(&c, &row, &bad));
}

/* --- what is said of the whole --- */

static void complete_is_what_nothing_is_missing_of(void **state) {
    (void)state;
    struct memory m = memory_of(make(0), 0);
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 1);
    assert_int_equal(summary[FACT_usn_summary_damaged], 0);
    m = memory_of(make(1 << 20), 1 << 20);
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 1);
    m.content.size += 1 << 20; /* zeros that wait for records */
    m.size = SIZE;
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 1);
}

static void nothing_is_complete(void **state) {
    (void)state;
    struct memory m = memory_of(0, 0);
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_records], 0);
    assert_int_equal(summary[FACT_usn_summary_first_usn], UINT64_MAX);
    assert_int_equal(summary[FACT_usn_summary_first_time], UINT64_MAX);
}

static void what_is_missing_is_not_complete(void **state) {
    (void)state;
    size_t size = make(0);
    struct memory m = memory_of(size - 30, 0); /* cut within a record */
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    assert_int_equal(summary[FACT_usn_summary_damaged], 1);
    m = memory_of(size, 0); /* it ends before it should */
    m.content.size += 4096;
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    m = memory_of(size, 0);
    m.bad = 100 * 4096;
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    memset(bytes + 50 * 4096, 0, 4096); /* a page was wiped: no damage that one can see, and a gap */
    m = memory_of(size, 0);
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_damaged], 0);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    make(0);
    memset(bytes + 50 * 4096 + 2000, 0xee, 100);
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    assert_true(summary[FACT_usn_summary_damaged_bytes] >= 100);
    make(4096); /* records that lie elsewhere than they say are sound, if all do */
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 1);
    struct usn_made made = {.bytes = bytes, .size = SIZE}; /* one of them does not */
    memset(bytes, 0, SIZE);
    assert_true(usn_made_add(&made, 2, 40, 5, 0x100, "a"));
    made.base = 1 << 20;
    assert_true(usn_made_add(&made, 2, 40, 5, 0x100, "a"));
    m = memory_of(made.at, 0);
    all(&m);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
}

static void a_limit_is_not_complete(void **state) {
    (void)state;
    struct memory m = memory_of(make(0), 0);
    struct inspect_options options = {.inspect = true, .max_size = 100000};
    uint64_t read;
    assert_false(read_with(&m, &options, &read));
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
}

static void clocks_that_were_set_back(void **state) {
    (void)state;
    static const struct {
        uint64_t time;
        unsigned steps;
    } records[] = {{100000000, 0}, {80000001, 0},   {60000001, 1}, {900000000, 1},
                   {0, 2},         {UINT64_MAX, 2}, {5, 3}};
    struct usn_made made = {.bytes = bytes, .size = SIZE};
    memset(bytes, 0, SIZE);
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        made.time = records[i].time;
        assert_true(usn_made_add(&made, 2, 40, 5, 0x100, "a"));
        struct memory m = memory_of(made.at, 0);
        all(&m);
        assert_int_equal(steps, records[i].steps);
        assert_int_equal(summary[FACT_usn_summary_backwards], records[i].steps);
    }
    assert_int_equal(summary[FACT_usn_summary_complete], 1);
    for (int i = 0; i < 3000; i++) { /* the first thousand are told, all are counted */
        made.time = i % 2 ? 100000000 : 900000000;
        assert_true(usn_made_add(&made, 2, 40, 5, 0x100, "a"));
    }
    struct memory m = memory_of(made.at, 0);
    all(&m);
    assert_int_equal(steps, INSPECT_USN_STEPS);
    assert_int_equal(summary[FACT_usn_summary_backwards], 1503);
}

/* --- a choice --- */

enum { ODD = 41, MADE_AT = 133500000 };

/* Records below 100 are files that were made when the first record of the journal says; the one of ODD has
 * another time. */
static bool stamps(const void *context, uint64_t record, struct inspect_stamps *ret) {
    static const uint64_t made[4] = {MADE_AT, MADE_AT, MADE_AT, MADE_AT}, other[4] = {1, 1, 1, 1};
    (void)context;
    *ret = (struct inspect_stamps){.si = record == ODD ? other : made, .fn = made, .sequence = 1};
    return true;
}

static const struct inspect_volume volume = {100, stamps, NULL, NULL};

static size_t make_some(void) {
    static const unsigned order[] = {40, 41, 42, 41, 43};
    struct usn_made made = {.bytes = bytes, .size = SIZE, .time = MADE_AT};
    memset(bytes, 0, SIZE);
    for (int i = 0; i < 5; i++)
        assert_true(usn_made_add(&made, 2, order[i] | UINT64_C(1) << 48, 5, 0x100, "a"));
    made.attributes = 0x10;
    assert_true(usn_made_add(&made, 2, 44 | UINT64_C(1) << 48, 5, 0x100, "folder"));
    made.attributes = 0;
    assert_true(usn_made_add(&made, 2, 45 | UINT64_C(1) << 48, 5, 0x100, "a"));
    return made.at;
}

static void candidates_are_kept_with_their_places(void **state) {
    (void)state;
    struct memory m = memory_of(make_some(), 0);
    struct inspect_options options = {.inspect = true, .volume = &volume};
    uint64_t read;
    assert_true(read_with(&m, &options, &read));
    assert_string_equal(ordinals, "1 3 5 ");
    assert_string_equal(selection, "candidates");
    assert_int_equal(read, 2 * m.size);
    assert_int_equal(summary[FACT_usn_summary_records], 7);
    assert_int_equal(summary[FACT_usn_summary_complete], 1);
    options.keep_events = true;
    assert_true(read_with(&m, &options, &read));
    assert_int_equal(seen, 7);
    assert_string_equal(selection, "all");
    assert_int_equal(read, m.size);
}

static void too_many_files_to_choose_among(void **state) {
    (void)state;
    struct memory m = memory_of(make_some(), 0);
    struct inspect_volume large = volume;
    struct inspect_options options = {.inspect = true, .volume = &large};
    uint64_t read;
    large.records = UINT64_MAX;
    assert_true(read_with(&m, &options, &read));
    assert_int_equal(seen, 7);
    assert_string_equal(selection, "all");
    assert_int_equal(summary[FACT_usn_summary_complete], 1);
}

static void damage_is_told_once(void **state) {
    (void)state;
    struct memory m = memory_of(make(0), 0);
    struct inspect_options options = {.inspect = true, .volume = &volume};
    uint64_t read;
    memset(bytes + 10 * 4096 + 100, 0xee, 200);
    m.bad = 100 * 4096;
    assert_true(read_with(&m, &options, &read));
    assert_int_equal(job.noted, 2);
    assert_int_equal(summary[FACT_usn_summary_damaged], 1);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    assert_true(seen > 0);
}

static void a_journal_that_changes_between_the_readings(void **state) {
    (void)state;
    struct memory m = memory_of(make_some(), 0);
    struct inspect_options options = {.inspect = true, .volume = &volume};
    uint64_t read;
    m.changes = 2;
    assert_true(read_with(&m, &options, &read));
    assert_int_equal(job.notes[0].code, FAULT_IO);
    assert_int_equal(summary[FACT_usn_summary_complete], 0);
    assert_int_equal(summary[FACT_usn_summary_records], 7);
    assert_int_equal(seen, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_records_once),
        cmocka_unit_test(the_hole_is_not_read),
        cmocka_unit_test(damage_costs_what_it_hits),
        cmocka_unit_test(columns),
        cmocka_unit_test(complete_is_what_nothing_is_missing_of),
        cmocka_unit_test(nothing_is_complete),
        cmocka_unit_test(what_is_missing_is_not_complete),
        cmocka_unit_test(a_limit_is_not_complete),
        cmocka_unit_test(clocks_that_were_set_back),
        cmocka_unit_test(candidates_are_kept_with_their_places),
        cmocka_unit_test(too_many_files_to_choose_among),
        cmocka_unit_test(damage_is_told_once),
        cmocka_unit_test(a_journal_that_changes_between_the_readings),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
