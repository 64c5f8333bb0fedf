/* A $LogFile as rows: what becomes one, what is told of the log as a whole, and how one is recognised. */
#include "detect/inspect_logfile.h"
#include "base/row.h"
#include "format/logfile.h"
#include "make/examine.h"
#include "make/logfile_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { PAGE = LOGFILE_MADE_PAGE, SIZE = 64 * PAGE };

static const uint64_t old[4] = {11, 12, 13, 14}, new[4] = {21, 22, 23, 24};
static uint8_t bytes[SIZE];
static struct logfile_made made;
static struct examine e;
static struct row row;

static int prepare(void **state) {
    (void)state;
    return inspect_prepare(NULL, 0) ? 0 : -1;
}

static void begin(void) {
    made = (struct logfile_made){.bytes = bytes, .size = SIZE, .major = 1, .minor = 1, .cluster = 4096};
    logfile_made_begin(&made);
}

static void story(uint64_t number) {
    logfile_made_story(&made, number, old, new, "evil.exe");
}

static void inspect(size_t size) {
    examine_cut(&e, bytes, size, size, &(struct inspect_options){.inspect = true, .log = INSPECT_LOG_PROBE});
}

static void summary(const char *state_word) {
    assert_int_equal(examine_rows(&e, FACT_log_summary), 1);
    assert_true(examine_row(&e, FACT_log_summary, 0, &row));
    assert_true(examine_says(&row, FACT_log_summary_state, state_word));
}

static void changes_become_rows(void **state) {
    static const char *const what[] = {"record_init", "index_add", "si_update", "si_update", "record_free"};
    (void)state;
    begin();
    logfile_made_open(&made, 68, 5 | 5ull << 48, 0xa0, false, "$I30");
    story(41);
    uint64_t checkpoint = logfile_made_checkpoint(&made);
    logfile_made_end(&made);
    inspect(SIZE);
    assert_int_equal(e.result.type, INSPECT_LOGFILE);
    assert_int_equal(e.result.state, INSPECT_READ);
    assert_true(e.result.has_sha256);
    assert_int_equal(e.result.faulted, 0);
    assert_int_equal(examine_rows(&e, FACT_log_record), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(examine_row(&e, FACT_log_record, i, &row));
        assert_int_equal(examine_integer(&row, FACT_log_record_ordinal), i);
        assert_true(examine_says(&row, FACT_log_record_what, what[i]));
        assert_int_equal(examine_integer(&row, FACT_log_record_record), i == 1 ? 5 : 41);
        assert_int_equal(examine_integer(&row, FACT_log_record_transaction_id), 24);
        assert_null(examine_cell(&row, FACT_log_record_stale));
        assert_int_equal(examine_cell(&row, FACT_log_record_name) != NULL, i < 2);
    }
    examine_row(&e, FACT_log_record, 0, &row);
    assert_true(examine_says(&row, FACT_log_record_name, "evil.exe"));
    assert_int_equal(examine_integer(&row, FACT_log_record_created_after), 21);
    assert_int_equal(examine_integer(&row, FACT_log_record_name_accessed), 24);
    assert_int_equal(examine_integer(&row, FACT_log_record_sequence), 3);
    assert_null(examine_cell(&row, FACT_log_record_created_before));
    assert_null(examine_cell(&row, FACT_log_record_attribute));
    examine_row(&e, FACT_log_record, 1, &row);
    assert_int_equal(examine_integer(&row, FACT_log_record_file), 41);
    assert_int_equal(examine_integer(&row, FACT_log_record_parent), 5);
    assert_true(examine_says(&row, FACT_log_record_redo, "AddIndexEntryAllocation"));
    assert_true(examine_says(&row, FACT_log_record_undo, "DeleteIndexEntryAllocation"));
    examine_row(&e, FACT_log_record, 2, &row);
    assert_int_equal(examine_integer(&row, FACT_log_record_created_before), 21);
    assert_int_equal(examine_integer(&row, FACT_log_record_created_after), 11);
    assert_null(examine_cell(&row, FACT_log_record_previous_lsn)); /* the first one of its transaction */
    examine_row(&e, FACT_log_record, 3, &row);
    assert_null(examine_cell(&row, FACT_log_record_created_after));
    assert_int_equal(examine_integer(&row, FACT_log_record_changed_after), 23);
    assert_null(examine_cell(&row, FACT_log_record_accessed_after));
    assert_non_null(examine_cell(&row, FACT_log_record_previous_lsn));
    summary("used");
    assert_int_equal(examine_integer(&row, FACT_log_summary_major), 1);
    assert_int_equal(examine_integer(&row, FACT_log_summary_clean), 1);
    assert_int_equal(examine_integer(&row, FACT_log_summary_records), 10);
    assert_int_equal(examine_integer(&row, FACT_log_summary_newest_lsn), checkpoint);
    assert_int_equal(examine_integer(&row, FACT_log_summary_checkpoint_lsn), checkpoint);
    assert_int_equal(examine_integer(&row, FACT_log_summary_unused_pages), 61);
    assert_int_equal(examine_integer(&row, FACT_log_summary_complete), 1);
    assert_true(examine_says(&row, FACT_log_summary_sizes, "stated"));
    assert_true(
        examine_says(&row, FACT_log_summary_operations,
                     "InitializeFileRecordSegment=1 DeallocateFileRecordSegment=1 UpdateResidentValue=2 "
                     "AddIndexEntryAllocation=1 ForgetTransaction=3 OpenNonresidentAttribute=1 "
                     "Checkpoint=1"));
    examine_free(&e);
}

static void a_log_that_nobody_used_is_no_damage(void **state) {
    static const char *const names[] = {"$LogFile", "C_$LogFile", "%24LogFile"};
    static const struct inspect_options options = {.inspect = true};
    (void)state;
    begin();
    for (size_t i = 0; i < 4; i++) {
        struct examine_memory m = {{SIZE, span_of(bytes, CONTENT_HEAD, 0), examine_read, NULL}, bytes, SIZE};
        e = (struct examine){.rows = {.max = 64 << 20}};
        job_init(&e.job, INSPECT_MEMORY);
        inspect_content(&m.content, i < 3 ? names[i] : "other", &e.job, &options, &e.rows, &e.result);
        assert_int_equal(e.result.faulted, 0);
        assert_int_equal(e.result.type, i < 3 ? INSPECT_LOGFILE : INSPECT_NONE);
        if (i < 3)
            summary("empty");
        assert_int_equal(examine_rows(&e, FACT_finding), 0);
        examine_free(&e);
    }
}

static void without_restart_pages_it_is_recognised(void **state) {
    (void)state;
    begin();
    story(41);
    logfile_made_end(&made);
    memset(bytes, 0, 2 * PAGE);
    inspect(SIZE);
    assert_int_equal(e.result.type, INSPECT_LOGFILE);
    summary("headless");
    assert_null(examine_cell(&row, FACT_log_summary_clean));
    assert_int_equal(examine_rows(&e, FACT_log_record), 5);
    assert_int_equal(examine_findings(&e, "damaged"), 1);
    examine_free(&e);
    logfile_made_restart(&made, PAGE, made.lsn); /* the second one is left */
    inspect(SIZE);
    summary("used");
    assert_int_equal(examine_integer(&row, FACT_log_summary_restart_pages), 1);
    examine_free(&e);
    memset(bytes, 'x', PAGE); /* nothing says what it is */
    inspect(SIZE);
    assert_int_equal(e.result.type, INSPECT_NONE);
    examine_free(&e);
    examine_cut(&e, bytes, SIZE, SIZE, &(struct inspect_options){.inspect = true, .log = INSPECT_LOG_SURE});
    assert_int_equal(e.result.type, INSPECT_LOGFILE); /* but in a volume, its record does */
    summary("used");
    examine_free(&e);
    memset(bytes, 0, 2 * PAGE);
    examine(&e, bytes, SIZE); /* files of a volume are not read for that */
    assert_int_equal(e.result.type, INSPECT_NONE);
    assert_int_equal(e.result.bytes, 0);
    examine_free(&e);
    memset(bytes, 0xa5, SIZE);
    examine_cut(&e, bytes, SIZE, SIZE, &(struct inspect_options){.inspect = true, .log = INSPECT_LOG_SURE});
    summary("no-log");
    assert_int_equal(examine_findings(&e, "damaged"), 1);
    examine_free(&e);
}

static void damage_is_a_finding_and_the_rest_is_read(void **state) {
    (void)state;
    begin();
    for (unsigned n = 40; n < 200; n++)
        story(n);
    logfile_made_end(&made);
    inspect(SIZE);
    size_t all = examine_rows(&e, FACT_log_record);
    assert_int_equal(all, 160 * 5);
    assert_int_equal(examine_findings(&e, "damaged"), 0);
    examine_free(&e);
    memset(bytes + 10 * PAGE, 0x77, PAGE);
    inspect(SIZE);
    assert_int_equal(e.result.type, INSPECT_LOGFILE);
    assert_in_range(examine_rows(&e, FACT_log_record), all - 30, all - 1);
    assert_true(examine_findings(&e, "damaged") >= 1);
    examine_free(&e);
    examine_cut(&e, bytes, 20 * PAGE + 100, SIZE, &(struct inspect_options){.inspect = true});
    assert_in_range(examine_rows(&e, FACT_log_record), 1, all - 1);
    assert_false(e.result.has_sha256);
    examine_free(&e);
}

static void trust_alone_does_not_read_it(void **state) {
    (void)state;
    begin();
    story(41);
    logfile_made_end(&made);
    examine_cut(&e, bytes, SIZE, SIZE, &(struct inspect_options){.inspect = true, .trust_only = true});
    assert_int_equal(e.result.type, INSPECT_NONE);
    assert_int_equal(e.result.state, INSPECT_HEAD);
    examine_free(&e);
}

/* Above CONTENT_WHOLE the pages are read one by one, with the same result; rows are handed over on the way.
 */
struct sparse {
    struct content content; /* first */
    uint64_t reads;
};

static size_t sparse_read(struct content *content, struct job *job, uint64_t offset, uint8_t *to,
                          size_t size) {
    (void)job;
    ((struct sparse *)(void *)content)->reads++;
    memset(to, 0xff, size);
    if (offset < SIZE)
        span_copy(span_clip(span_of(bytes, SIZE, 0), offset, size), to, size);
    else if (offset >= CONTENT_WHOLE && offset < CONTENT_WHOLE + SIZE) /* the same pages once more */
        span_copy(span_clip(span_of(bytes, SIZE, 0), offset - CONTENT_WHOLE, size), to, size);
    return size;
}

static void a_large_log_is_read_by_pages(void **state) {
    static const struct inspect_options options = {.inspect = true};
    (void)state;
    begin();
    for (unsigned n = 40; n < 60; n++)
        story(n);
    logfile_made_end(&made);
    uint64_t size = CONTENT_WHOLE + SIZE;
    struct sparse s = {.content = {size, span_of(bytes, CONTENT_HEAD, 0), sparse_read, NULL}};
    logfile_made_put(bytes + 0x48, size, 8); /* the restart page allows for it */
    logfile_made_put(bytes + 0x40, 64 - 24, 4);
    memset(bytes + PAGE, 0xff, PAGE);
    e = (struct examine){.rows = {.max = 64 << 20}};
    job_init(&e.job, INSPECT_MEMORY);
    inspect_content(&s.content, "x", &e.job, &options, &e.rows, &e.result);
    assert_int_equal(e.result.type, INSPECT_LOGFILE);
    assert_true(e.result.bytes > size);
    summary("used");
    assert_int_equal(examine_integer(&row, FACT_log_summary_size), size);
    assert_int_equal(examine_integer(&row, FACT_log_summary_complete), 1);
    examine_free(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_become_rows),
        cmocka_unit_test(a_log_that_nobody_used_is_no_damage),
        cmocka_unit_test(without_restart_pages_it_is_recognised),
        cmocka_unit_test(damage_is_a_finding_and_the_rest_is_read),
        cmocka_unit_test(trust_alone_does_not_read_it),
        cmocka_unit_test(a_large_log_is_read_by_pages),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
