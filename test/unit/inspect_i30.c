/* Directory indexes as rows: what is kept of a directory, and of a copy. */
#include "detect/inspect_i30.h"
#include "base/row.h"
#include "make/i30_made.h"
#include "model/facts.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { BLOCK = 4096, BLOCKS = 600, ROOT = 512 };

#define PARENT (UINT64_C(40) | UINT64_C(3) << 48)
#define OTHER  (UINT64_C(41) | UINT64_C(3) << 48)

struct memory {
    struct content content; /* first */
    const uint8_t *bytes;
    size_t size;
};

static struct job job;
static struct text rows;
static uint8_t bytes[ROOT + BLOCKS * BLOCK];
static uint8_t root[ROOT];
static unsigned count, slack, flushed;
static uint64_t last_file;
static char nodes[64], last_name[64];

static size_t read_at(struct content *content, struct job *j, uint64_t offset, uint8_t *to, size_t size) {
    struct memory *m = (struct memory *)(void *)content;
    (void)j;
    return span_copy(span_clip(span_of(m->bytes, m->size, 0), offset, size), to, size);
}

static void take(void) {
    struct cursor c = cursor_of(span_of(text_string(&rows), rows.size, 0));
    struct row row;
    bool bad;
    while (row_next(&c, &row, &bad)) {
        assert_int_equal(row.table, FACT_index_entry);
        assert_int_equal(row.cells[0].column, FACT_index_entry_ordinal);
        assert_int_equal(row.cells[0].integer, count++);
        last_file = 0;
        for (size_t i = 1; i < row.count; i++) {
            const struct row_cell *cell = &row.cells[i];
            size_t n = strlen(nodes);
            if (cell->column == FACT_index_entry_node && n < sizeof nodes - 1) {
                nodes[n] = (char)span_u8(cell->bytes, 0);
                nodes[n + 1] = 0;
            }
            if (cell->column == FACT_index_entry_slack)
                slack += (unsigned)cell->integer;
            if (cell->column == FACT_index_entry_file)
                last_file = cell->integer;
            if (cell->column == FACT_index_entry_name)
                last_name[span_copy(cell->bytes, last_name, sizeof last_name - 1)] = 0;
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

static void inspect(size_t size, const struct inspect_directory *directory, bool all) {
    struct memory m = {.bytes = bytes, .size = size};
    m.content = (struct content){
        .size = size, .head = span_of(bytes, size < CONTENT_HEAD ? size : CONTENT_HEAD, 0), .read = read_at};
    struct inspect_options options = {
        .inspect = true, .flush = flush, .directory = directory, .keep_events = all};
    uint64_t read = 0;
    job_reset(&job);
    text_clear(&rows);
    count = slack = flushed = 0;
    nodes[0] = last_name[0] = 0;
    assert_true(inspect_i30(&m.content, &job, &options, &rows, &read));
    take();
}

/* A block with entries first, first + 1, ...; `removed` of them taken out at its front. */
static void make(size_t at, unsigned first, unsigned entries, unsigned removed, uint64_t parent) {
    struct i30_made made = i30_made_block(bytes + at, BLOCK);
    for (unsigned i = 0; i < entries; i++) {
        char name[32];
        snprintf(name, sizeof name, "name %u", first + i);
        assert_true(i30_made_add(&made, (first + i) | UINT64_C(1) << 48, parent, I30_MADE_TIME, name));
    }
    while (removed-- > 0)
        i30_made_remove(&made, 0);
    i30_made_fix(&made);
}

static void make_root(unsigned first, unsigned entries) {
    struct i30_made made = i30_made_root(root, ROOT, BLOCK);
    for (unsigned i = 0; i < entries; i++)
        assert_true(
            i30_made_add(&made, (first + i) | UINT64_C(1) << 48, PARENT, I30_MADE_TIME, "in the root"));
}

/* All records but one are as the index says. */
static bool agrees(const void *context, uint64_t record, uint16_t sequence, const uint64_t times[4]) {
    (void)times;
    return record != *(const uint64_t *)context && sequence == 1;
}

static void of_a_directory_what_is_new_is_kept(void **state) {
    (void)state;
    uint64_t stomped = 107;
    uint8_t bitmap[8] = {0x05}; /* block 1 is free */
    struct inspect_directory directory = {.record = 40,
                                          .sequence = 3,
                                          .block = BLOCK,
                                          .root = span_of(root, ROOT, 0),
                                          .bitmap = span_of(bitmap, sizeof bitmap, 0),
                                          .has_blocks = true,
                                          .agrees = agrees,
                                          .context = &stomped};
    make_root(1, 2);
    make(0, 100, 10, 0, PARENT);
    make(BLOCK, 200, 5, 0, PARENT);
    make(2 * BLOCK, 300, 3, 1, PARENT);
    inspect(3 * BLOCK, &directory, false);
    assert_int_equal(count, 1 + 5 + 1);
    assert_int_equal(slack, 5 + 1);
    assert_string_equal(nodes, "nfffffn");
    assert_string_equal(last_name, "name 302");
    assert_int_equal(last_file, 0);
    inspect(3 * BLOCK, &directory, true);
    assert_int_equal(count, 2 + 10 + 5 + 2 + 1);
    assert_string_equal(nodes, "rrnnnnnnnnnnfffffnnn");
    directory.has_blocks = false;
    inspect(ROOT, &directory, true);
    assert_int_equal(count, 2);
    directory.sequence = 4; /* of another life of that record: no slack is believed */
    directory.has_blocks = true;
    inspect(3 * BLOCK, &directory, false);
    assert_int_equal(slack, 0);
    directory.agrees = NULL;
    inspect(3 * BLOCK, &directory, false);
    assert_int_equal(count, 2 + 10 + 2);
    assert_int_equal(job.noted, 0);
}

static void of_a_copy_everything_is_kept(void **state) {
    (void)state;
    make(0, 100, 10, 2, PARENT);
    make(BLOCK, 200, 5, 0, PARENT);
    assert_true(inspect_i30_sniff(span_of(bytes, BLOCK, 0)));
    inspect(2 * BLOCK, NULL, false);
    assert_int_equal(count, 8 + 2 + 5);
    assert_int_equal(slack, 2);
    make(BLOCK, 200, 5, 3, OTHER); /* in slack only what belongs to the directory */
    inspect(2 * BLOCK, NULL, false);
    assert_int_equal(count, 8 + 2 + 2);
    assert_int_equal(slack, 2);
    inspect(2 * BLOCK - 100, NULL, false);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.notes[0].offset, BLOCK);
}

static void a_root_may_come_first(void **state) {
    (void)state;
    for (size_t gap = 0; gap < 24; gap += 8) {
        make_root(1, 3);
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, root, ROOT);
        make(ROOT + gap, 100, 4, 0, PARENT);
        make(ROOT + gap + BLOCK, 200, 4, 0, PARENT);
        inspect(ROOT + gap + 2 * BLOCK, NULL, false);
        assert_int_equal(count, 3 + 8);
        assert_string_equal(nodes, "rrrnnnnnnnn");
        assert_int_equal(job.noted, 0);
    }
    inspect(ROOT, NULL, false);
    assert_int_equal(count, 3);
}

static void more_than_a_window(void **state) {
    (void)state;
    for (unsigned i = 0; i < BLOCKS; i++)
        make(i * BLOCK, 1000 + 30 * i, 30, 0, PARENT);
    inspect(BLOCKS * BLOCK, NULL, false);
    assert_int_equal(count, BLOCKS * 30);
    assert_int_equal(slack, 0);
    assert_int_equal(last_file, 1000 + 30 * BLOCKS - 1);
    assert_int_equal(job.noted, 0);
    memset(bytes + 300 * BLOCK, 0xee, BLOCK); /* damage costs what it hits */
    inspect(BLOCKS * BLOCK, NULL, false);
    assert_int_equal(count, (BLOCKS - 1) * 30);
    assert_int_equal(job.noted, 1);
    memset(bytes + 300 * BLOCK, 0, BLOCK); /* never written: nothing */
    inspect(BLOCKS * BLOCK, NULL, false);
    assert_int_equal(job.noted, 0);
}

static void columns(void **state) {
    (void)state;
    make(0, 100, 1, 0, PARENT);
    struct memory m = {.bytes = bytes, .size = BLOCK};
    m.content = (struct content){.size = BLOCK, .head = span_of(bytes, BLOCK, 0), .read = read_at};
    struct inspect_options options = {.inspect = true};
    uint64_t read = 0;
    text_clear(&rows);
    job_reset(&job);
    assert_true(inspect_i30(&m.content, &job, &options, &rows, &read));
    assert_int_equal(read, BLOCK);
    struct cursor c = cursor_of(span_of(text_string(&rows), rows.size, 0));
    struct row row;
    bool bad;
    assert_true(row_next(&c, &row, &bad));
    const struct {
        unsigned column;
        uint64_t integer;
        const char *text;
    } wanted[] = {{FACT_index_entry_ordinal, 0, NULL},
                  {FACT_index_entry_node, 0, "node"},
                  {FACT_index_entry_offset, 64, NULL},
                  {FACT_index_entry_slack, 0, NULL},
                  {FACT_index_entry_file, 100, NULL},
                  {FACT_index_entry_file_sequence, 1, NULL},
                  {FACT_index_entry_parent, 40, NULL},
                  {FACT_index_entry_parent_sequence, 3, NULL},
                  {FACT_index_entry_created, I30_MADE_TIME, NULL},
                  {FACT_index_entry_modified, I30_MADE_TIME + 1, NULL},
                  {FACT_index_entry_changed, I30_MADE_TIME + 2, NULL},
                  {FACT_index_entry_accessed, I30_MADE_TIME + 3, NULL},
                  {FACT_index_entry_size, 1234, NULL},
                  {FACT_index_entry_allocated, 4096, NULL},
                  {FACT_index_entry_attributes, 0x20, NULL},
                  {FACT_index_entry_namespace, 1, NULL},
                  {FACT_index_entry_name, 0, "name 100"}};
    assert_int_equal(row.count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < row.count; i++) {
        assert_int_equal(row.cells[i].column, wanted[i].column);
        if (wanted[i].text)
            assert_true(span_equal(row.cells[i].bytes, span_of(wanted[i].text, strlen(wanted[i].text), 0)));
        else
            assert_int_equal(row.cells[i].integer, wanted[i].integer);
    }
}

static int prepare(void **state) {
    (void)state;
    job_init(&job, 8 << 20);
    return 0;
}

static int finish(void **state) {
    (void)state;
    text_free(&rows);
    job_reset(&job);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_directory_what_is_new_is_kept),
        cmocka_unit_test(of_a_copy_everything_is_kept),
        cmocka_unit_test(a_root_may_come_first),
        cmocka_unit_test(more_than_a_window),
        cmocka_unit_test(columns),
    };
    return cmocka_run_group_tests(tests, prepare, finish);
}
