#include "source/ntfs_index.h"
#include "base/digest.h"
#include "format/ntfs_record.h"
#include "source/ntfs_layout.h"
#include "unit/ntfs_made.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct made_volume volume;
static struct job job;
static struct ntfs_index_summary summary;
static struct ntfs_index ix;

static int setup(void **state) {
    (void)state;
    made_volume(&volume, 40);
    job_init(&job, (size_t)16 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ntfs_index_close(&ix);
    job_reset(&job);
    return 0;
}

static bool index_it(bool content) {
    int fd = made_file(volume.bytes, volume.size);
    ntfs_index_close(&ix);
    bool done = made_index(&job, fd, 0, volume.size, content, &summary, &ix);
    close(fd);
    return done;
}

static bool noted(enum fault_code code) {
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        if (job.notes[i].code == code)
            return true;
    return false;
}

static void without_a_readable_mft_there_is_no_index(void **state) {
    (void)state;
    volume.size = 0;
    assert_false(index_it(false));
    assert_int_equal(job.fault.code, FAULT_TORN);
    job_reset(&job);
    volume.size = MADE_MFT * MADE_CLUSTER + 100;
    assert_false(index_it(false));
    assert_int_equal(job.fault.code, FAULT_TORN);
    job_reset(&job);
    made_volume(&volume, 40);
    made_place(&volume, 0)[0] = 'X';
    assert_false(index_it(false));
    assert_int_equal(job.fault.code, FAULT_BAD);
}

static void a_cut_image_keeps_what_it_has(void **state) {
    (void)state;
    made_folder(&volume, 24, 1, 5, 5, "here");
    made_folder(&volume, 39, 1, 5, 5, "gone");
    volume.size = MADE_MFT * MADE_CLUSTER + 30 * MADE_RECORD + 10;
    assert_true(index_it(false));
    assert_int_equal(summary.claimed, 40);
    assert_int_equal(summary.records, 30);
    assert_int_equal(summary.unread, 10);
    assert_non_null(ntfs_index_row(&ix, 24));
    assert_null(ntfs_index_row(&ix, 39));
    assert_true(noted(FAULT_TORN));
}

static void damaged_records_are_counted_with_their_place(void **state) {
    (void)state;
    made_folder(&volume, 24, 1, 5, 5, "torn");
    made_place(&volume, 24)[511] ^= 1;
    made_folder(&volume, 25, 1, 5, 5, "lies");
    made_put(made_place(&volume, 25) + 20, 2000, 2);
    assert_true(index_it(false));
    assert_int_equal(summary.damaged, 2);
    assert_int_equal(job.notes[0].offset, MADE_MFT * MADE_CLUSTER + 24 * MADE_RECORD);
    const struct ntfs_row *row = ntfs_index_row(&ix, 24);
    assert_non_null(row);
    assert_true(row->flags & NTFS_ROW_DAMAGED);
    assert_null(ntfs_index_row(&ix, 25));
}

static void extensions_attach_in_either_order_and_only_to_their_base(void **state) {
    (void)state;
    struct made made = made_record(24, 1, 1, (uint64_t)7 << 48 | 30); /* before its base */
    made_fn(&made, 5, 5, 7000, 1, "second");
    made_store(&volume, 24, &made);
    made = made_record(30, 7, 1, 0);
    made_si(&made, 5000, 0x20);
    made_fn(&made, 5, 5, 6000, 1, "first");
    made_store(&volume, 30, &made);
    made = made_record(31, 1, 1, (uint64_t)7 << 48 | 30); /* behind it */
    made_resident(&made, 0x80, "", 0, "12345", 5);
    made_store(&volume, 31, &made);
    made = made_record(32, 1, 1, (uint64_t)6 << 48 | 30); /* of another time */
    made_resident(&made, 0x80, "stale", 0, "1", 1);
    made_store(&volume, 32, &made);
    made = made_record(33, 1, 1, (uint64_t)1 << 48 | 33); /* of itself */
    made_store(&volume, 33, &made);
    made = made_record(34, 1, 1, (uint64_t)1 << 48 | 9999); /* of nothing */
    made_store(&volume, 34, &made);
    assert_true(index_it(false));
    assert_int_equal(summary.extensions, 5);
    assert_int_equal(summary.stray, 3);
    assert_true(noted(FAULT_BAD));
    const struct ntfs_row *row = ntfs_index_row(&ix, 30);
    assert_int_equal(row->size, 5);
    assert_true(row->flags & NTFS_ROW_DATA);
    assert_false(row->flags & NTFS_ROW_STREAMS);
    uint32_t link = ntfs_index_first_link(&ix, row);
    assert_int_equal(ntfs_index_link(&ix, link)->fn[0], 7000);
    assert_int_equal(ntfs_index_next_link(&ix, link), NTFS_INDEX_NONE);
    assert_null(ntfs_index_row(&ix, 24));
}

static struct span name_of(const struct ntfs_row *row) {
    return ntfs_index_name(&ix, row->name, row->name_size);
}

static void the_name_that_people_know_comes_first(void **state) {
    (void)state;
    struct made made = made_record(24, 1, 1, 0);
    made_fn(&made, 5, 5, 1, NTFS_DOS, "LONGNA~1");
    made_fn(&made, 5, 5, 2, NTFS_POSIX, "posix");
    made_fn(&made, 5, 5, 3, NTFS_WIN32, "long name");
    made_fn(&made, 5, 5, 4, NTFS_WIN32, "other");
    made_fn(&made, 5, 5, 5, NTFS_DOS, "OTHER");
    made_store(&volume, 24, &made);
    made = made_record(25, 1, 1, 0);
    made_fn(&made, 5, 5, 1, NTFS_DOS, "ONLY~1");
    made_store(&volume, 25, &made);
    assert_true(index_it(false));
    const struct ntfs_row *row = ntfs_index_row(&ix, 24);
    assert_true(span_equal(name_of(row), span_of("long name", 9, 0)));
    assert_int_equal(row->fn[0], 3);
    uint32_t link = ntfs_index_first_link(&ix, row);
    assert_int_equal(ntfs_index_link(&ix, link)->fn[0], 2);
    link = ntfs_index_next_link(&ix, link);
    assert_int_equal(ntfs_index_link(&ix, link)->fn[0], 4);
    assert_int_equal(ntfs_index_next_link(&ix, link), NTFS_INDEX_NONE);
    assert_true(span_equal(name_of(ntfs_index_row(&ix, 25)), span_of("ONLY~1", 6, 0)));
}

static void names_that_need_escapes_keep_their_own_bytes(void **state) {
    (void)state;
    struct made made = made_record(24, 1, 1, 0);
    made_fn(&made, 5, 5, 1, NTFS_POSIX, "a\\b");
    made_store(&volume, 24, &made);
    assert_true(index_it(false));
    const struct ntfs_row *row = ntfs_index_row(&ix, 24);
    assert_true(row->flags & NTFS_ROW_RAW_NAME);
    assert_true(span_equal(name_of(row), span_of("a\\\\b", 4, 0)));
    struct span raw = ntfs_index_raw_name(&ix, row->name, row->name_size);
    assert_true(span_equal(raw, span_of("a\0\\\0b\0", 6, 0)));
}

static void deleted_records_are_kept_without_content(void **state) {
    (void)state;
    struct made made = made_record(24, 4, 0, 0);
    made_si(&made, 1, 0x20);
    made_fn(&made, 5, 5, 1, 3, "gone.txt");
    made_resident(&made, 0x80, "", 0, "x", 1);
    made_store(&volume, 24, &made);
    assert_true(index_it(true));
    const struct ntfs_row *row = ntfs_index_row(&ix, 24);
    assert_true(row->flags & NTFS_ROW_DELETED);
    const struct ntfs_stream *stream = ntfs_index_stream(&ix, ntfs_index_main(&ix, row));
    assert_true(stream->flags & NTFS_STREAM_DELETED);
    assert_int_equal(stream->count, 0);
    for (uint32_t i = 0; i < ix.order_count; i++)
        assert_int_not_equal(ntfs_index_stream(&ix, ntfs_index_ordered(&ix, i))->record, 24);
}

static void file(uint32_t record, const char *name, uint64_t size, const uint8_t *runs, size_t runs_size) {
    struct made made = made_record(record, 1, 1, 0);
    made_si(&made, 1, 0x20);
    made_fn(&made, 5, 5, 1, 3, name);
    made_runs(&made, 0x80, "", 0, 0, size, size, runs, runs_size);
    made_store(&volume, record, &made);
}

static const struct ntfs_stream *main_of(uint32_t record) {
    return ntfs_index_stream(&ix, ntfs_index_main(&ix, ntfs_index_row(&ix, record)));
}

static void absurd_runs_are_refused(void **state) {
    static const uint8_t outside[] = {0x21, 1, 0, 1, 0}, overlap[] = {0x11, 4, 50, 0x11, 4, 2, 0};
    static const uint8_t brief[] = {0x11, 1, 50, 0}, huge[] = {0x15, 0, 0, 0, 0x40, 0x1f, 1, 0};
    (void)state;
    file(24, "outside", 4096, outside, sizeof outside);
    file(25, "overlap", 8 * 4096, overlap, sizeof overlap);
    file(26, "short", 4097, brief, sizeof brief);
    file(27, "huge", UINT64_C(500) << 40, huge, sizeof huge);
    file(28, "good", 4096, brief, sizeof brief);
    assert_true(index_it(true));
    for (uint32_t i = 24; i < 28; i++)
        assert_true(main_of(i)->flags & NTFS_STREAM_BAD);
    assert_false(main_of(28)->flags & NTFS_STREAM_BAD);
    assert_int_equal(job.noted, 4);
}

static void split_streams_are_joined(void **state) {
    static const uint8_t one[] = {0x11, 2, 60, 0}, two[] = {0x11, 1, 70, 0}, three[] = {0x11, 1, 50, 0};
    (void)state;
    struct made made = made_record(23, 1, 1, (uint64_t)1 << 48 | 24);
    made_runs(&made, 0x80, "", 0, 3, 0, 0, three, sizeof three); /* the last part comes first */
    made_store(&volume, 23, &made);
    file(24, "split", 4 * 4096, one, sizeof one);
    made = made_record(25, 1, 1, (uint64_t)1 << 48 | 24);
    made_runs(&made, 0x80, "", 0, 2, 0, 0, two, sizeof two);
    made_store(&volume, 25, &made);
    file(26, "gap", 4 * 4096, one, sizeof one);
    made = made_record(27, 1, 1, (uint64_t)1 << 48 | 26);
    made_runs(&made, 0x80, "", 0, 3, 0, 0, two, sizeof two);
    made_store(&volume, 27, &made);
    assert_true(index_it(true));
    const struct ntfs_stream *stream = main_of(24);
    assert_int_equal(stream->count, 3);
    assert_false(stream->flags & NTFS_STREAM_BAD);
    assert_int_equal(ix.extents[stream->first].cluster, 60);
    assert_int_equal(ix.extents[stream->first + 1].cluster, 70);
    assert_int_equal(ix.extents[stream->first + 2].cluster, 50);
    assert_true(main_of(26)->flags & NTFS_STREAM_BAD);
}

static void the_order_is_that_of_the_volume(void **state) {
    static const uint8_t far[] = {0x21, 1, 200, 0, 0}, near[] = {0x11, 1, 50, 0};
    (void)state;
    file(24, "far", 4096, far, sizeof far);
    file(25, "near", 4096, near, sizeof near);
    struct made made = made_record(26, 1, 1, 0);
    made_fn(&made, 5, 5, 1, 3, "resident");
    made_resident(&made, 0x80, "", 0, "abc", 3);
    made_store(&volume, 26, &made);
    assert_true(index_it(true));
    static const uint32_t expected[] = {26, 0, 25, 24};
    assert_int_equal(ix.order_count, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(ntfs_index_stream(&ix, ntfs_index_ordered(&ix, i))->record, expected[i]);
    assert_int_equal(ntfs_index_ordered(&ix, 4), NTFS_INDEX_NONE);
}

static void special_streams_are_known(void **state) {
    static const uint8_t runs[] = {0x11, 1, 50, 0};
    (void)state;
    static const struct {
        uint32_t record;
        const char *name, *stream;
        bool bad, journal;
    } cases[] = {{8, "$BadClus", "$Bad", true, false},   {8, "$BadClus", "other", false, false},
                 {30, "$BadClus", "$Bad", false, false}, {30, "$UsnJrnl", "$J", false, true},
                 {30, "$UsnJrnl", "$Max", false, false}, {30, "other", "$J", false, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made made = made_record(cases[i].record, 1, 1, 0);
        made_fn(&made, 5, 5, 1, 3, cases[i].name);
        made_runs(&made, 0x80, cases[i].stream, 0, 0, 4096, 4096, runs, sizeof runs);
        made_store(&volume, cases[i].record, &made);
        assert_true(index_it(true));
        const struct ntfs_row *row = ntfs_index_row(&ix, cases[i].record);
        const struct ntfs_stream *stream = ntfs_index_stream(&ix, ntfs_index_first_stream(&ix, row));
        assert_non_null(stream);
        assert_int_equal(ntfs_index_is_bad(&ix, stream), cases[i].bad);
        assert_int_equal(ntfs_index_is_journal(&ix, stream), cases[i].journal);
    }
}

static void a_mft_of_its_own_has_rows_and_a_hash(void **state) {
    uint8_t value[DIGEST_MAX];
    (void)state;
    int fd = made_file(made_place(&volume, 0), 40 * MADE_RECORD);
    struct ntfs_index_input input = {.evidence = reader_of(fd, 0, 40 * MADE_RECORD),
                                     .size = 40 * MADE_RECORD,
                                     .standalone = true,
                                     .hash_mft = true};
    input.memfd = memfd_create("index", MFD_CLOEXEC);
    assert_true(ntfs_index_build(&job, &input, &summary));
    digest_once(DIGEST_SHA256, span_of(made_place(&volume, 0), 40 * MADE_RECORD, 0), value);
    assert_true(summary.has_mft_sha256);
    assert_memory_equal(value, summary.mft_sha256, 32);
    assert_int_equal(summary.bytes_read, 40 * MADE_RECORD + 48);
    assert_int_equal(summary.base, 2);
    close(input.memfd);
    close(fd);
}

/* Everything in the file that the reading side maps may be a lie. */
static void foreign_indexes_are_checked(void **state) {
    struct ntfs_layout layout;
    struct ntfs_index lies;
    (void)state;
    int fd = made_file(volume.bytes, volume.size), memfd = memfd_create("index", MFD_CLOEXEC);
    struct ntfs_index_input input = {
        .evidence = reader_of(fd, 0, volume.size), .size = volume.size, .memfd = memfd, .want_content = true};
    assert_true(ntfs_index_build(&job, &input, &summary));
    assert_int_equal(pread(memfd, &layout, sizeof layout, 0), sizeof layout);
    struct ntfs_layout wrong[6] = {layout, layout, layout, layout, layout, layout};
    wrong[0].magic++;
    wrong[1].size++;
    wrong[2].sections[NTFS_LAYOUT_ROWS].count = UINT32_MAX - 1;
    wrong[3].sections[NTFS_LAYOUT_NAMES].offset = UINT64_MAX - 15;
    wrong[4].summary.boot.cluster_size = 0;
    memset(wrong[5].summary.label, 'a', sizeof wrong[5].summary.label);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(pwrite(memfd, &wrong[i], sizeof layout, 0), sizeof layout);
        assert_false(ntfs_index_open(memfd, &lies));
    }
    assert_int_equal(pwrite(memfd, &layout, sizeof layout, 0), sizeof layout);
    assert_true(ntfs_index_open(memfd, &lies));
    struct ntfs_row row = {.first_link = 77, .first_stream = UINT32_MAX};
    assert_int_equal(ntfs_index_first_link(&lies, &row), NTFS_INDEX_NONE);
    assert_int_equal(ntfs_index_first_stream(&lies, &row), NTFS_INDEX_NONE);
    assert_int_equal(ntfs_index_main(&lies, &row), NTFS_INDEX_NONE);
    assert_null(ntfs_index_link(&lies, NTFS_INDEX_NONE));
    assert_null(ntfs_index_stream(&lies, lies.stream_count));
    assert_null(ntfs_index_row(&lies, UINT64_MAX));
    assert_int_equal(ntfs_index_name(&lies, UINT32_MAX, 5).size, 0);
    assert_int_equal(ntfs_index_raw_name(&lies, UINT32_MAX, 5).size, 0);
    ntfs_index_close(&lies);
    assert_int_equal(ftruncate(memfd, 100), 0);
    assert_false(ntfs_index_open(memfd, &lies));
    close(memfd);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_readable_mft_there_is_no_index, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_image_keeps_what_it_has, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_records_are_counted_with_their_place, setup, teardown),
        cmocka_unit_test_setup_teardown(extensions_attach_in_either_order_and_only_to_their_base, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_name_that_people_know_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_need_escapes_keep_their_own_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(deleted_records_are_kept_without_content, setup, teardown),
        cmocka_unit_test_setup_teardown(absurd_runs_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(split_streams_are_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(special_streams_are_known, setup, teardown),
        cmocka_unit_test_setup_teardown(the_order_is_that_of_the_volume, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mft_of_its_own_has_rows_and_a_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(foreign_indexes_are_checked, setup, teardown),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
