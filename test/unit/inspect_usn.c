/* Change journals as rows: windows, holes, damage, and rows that are taken over on the way. */
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
};

static struct job job;
static struct text rows;
static uint8_t *bytes;
static uint64_t seen, last_usn, flushed;
static bool in_order;

static size_t read_at(struct content *content, struct job *j, uint64_t offset, uint8_t *to, size_t size) {
    struct memory *m = (struct memory *)(void *)content;
    (void)j;
    assert_true(offset >= m->hole); /* nobody reads holes */
    m->read += size;
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

/* Counts the rows and looks at them. */
static void take(void) {
    struct cursor c = cursor_of(span_of(text_string(&rows), rows.size, 0));
    struct row row;
    bool bad;
    while (row_next(&c, &row, &bad)) {
        assert_int_equal(row.table, FACT_usn);
        assert_int_equal(row.cells[0].column, FACT_usn_ordinal);
        assert_int_equal(row.cells[0].integer, seen++);
        in_order = in_order && row.cells[1].integer >= last_usn;
        last_usn = row.cells[1].integer;
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

static uint64_t all(struct memory *m) {
    struct inspect_options options = {.inspect = true, .flush = flush};
    uint64_t read = 0;
    job_reset(&job);
    text_clear(&rows);
    seen = last_usn = flushed = 0;
    in_order = true;
    assert_true(inspect_usn(&m->content, &job, &options, 0, &rows, &read));
    take();
    assert_true(in_order);
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
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_records_once),
        cmocka_unit_test(the_hole_is_not_read),
        cmocka_unit_test(damage_costs_what_it_hits),
        cmocka_unit_test(columns),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
