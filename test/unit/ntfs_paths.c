#include "source/ntfs_paths.h"
#include "unit/ntfs_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct made_volume volume;
static struct job job;
static struct ntfs_index_summary summary;
static struct ntfs_index ix;
static struct ntfs_paths paths;
static struct ntfs_walker walker;
static struct listing l;

static int setup(void **state) {
    (void)state;
    made_volume(&volume, 600);
    job_init(&job, (size_t)64 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    ntfs_index_close(&ix);
    job_reset(&job);
    return 0;
}

static void build(void) {
    int fd = made_file(volume.bytes, volume.size);
    assert_true(made_index(&job, fd, 0, volume.size, true, &summary, &ix));
    assert_true(ntfs_paths_build(&job, &ix, &paths));
    assert_true(ntfs_paths_walk(&job, &paths, 0, UINT32_MAX, &walker));
    close(fd);
}

static void file(uint32_t record, uint16_t flags, uint32_t parent, uint16_t sequence, const char *name) {
    struct made made = made_record(record, 1, flags, 0);
    made_si(&made, 1000, 0x20);
    made_fn(&made, parent, sequence, 2000, 3, name);
    made_resident(&made, 0x80, "", 0, "abc", 3);
    made_store(&volume, record, &made);
}

static const char *text_of(const struct listing *at) {
    static char text[200000];
    snprintf(text, sizeof text, "%.*s|%.*s|%.*s", (int)at->folder_size, at->folder, (int)at->name_size,
             at->name, (int)at->stream_size, at->stream ? at->stream : "");
    return text;
}

static bool reach(uint64_t record) {
    while (ntfs_paths_next(&walker, &l))
        if (l.record == record)
            return true;
    return false;
}

static void cycles_and_strangers_end_under_orphan(void **state) {
    (void)state;
    made_folder(&volume, 24, 1, 25, 1, "a");
    made_folder(&volume, 25, 1, 24, 1, "b");
    made_folder(&volume, 26, 1, 26, 1, "self");
    made_folder(&volume, 27, 1, 5, 4, "other-root"); /* the root of another time */
    made_folder(&volume, 28, 1, 9999, 1, "far");
    file(29, 1, 30, 1, "under-a-file");
    file(30, 1, 5, 5, "a-file");
    file(31, 1, 24, 1, "in-cycle");
    made_folder(&volume, 32, 1, 28, 1, "below");
    build();
    assert_int_equal(paths.deep, 2);
    static const struct {
        uint32_t record;
        const char *text;
    } expected[] = {{24, "/$Orphan/b|a|"},      {26, "/$Orphan/self|self|"},    {27, "/$Orphan|other-root|"},
                    {28, "/$Orphan|far|"},      {29, "/$Orphan|under-a-file|"}, {31, "/$Orphan/a|in-cycle|"},
                    {32, "/$Orphan/far|below|"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(reach(expected[i].record));
        assert_true(l.flags & LISTING_ORPHAN);
        if (i > 1) /* where a cycle is cut open is no promise */
            assert_string_equal(text_of(&l), expected[i].text);
    }
    assert_true(job.noted > 0);
}

static void depth_is_capped(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 400; i++)
        made_folder(&volume, 500 - i, 1, i == 0 ? 5 : 501 - i, i == 0 ? 5 : 1, "d");
    build();
    assert_true(paths.deep > 0);
    assert_true(reach(500));
    assert_string_equal(text_of(&l), "|d|");
    assert_false(l.flags & LISTING_ORPHAN);
}

static void deleted_folders_answer_to_their_former_number(void **state) {
    (void)state;
    made_folder(&volume, 24, 8, 5, 5, "gone");
    made_place(&volume, 24)[22] = 2; /* a folder not in use */
    file(25, 0, 24, 7, "inside");
    file(26, 0, 24, 6, "stranger");
    build();
    assert_true(reach(25));
    assert_string_equal(text_of(&l), "/gone|inside|");
    assert_int_equal(l.flags, LISTING_DELETED | LISTING_RESIDENT | LISTING_RECOVERABLE);
    assert_int_equal(l.content, 0);
    assert_true(reach(26));
    assert_string_equal(text_of(&l), "/$Orphan|stranger|");
}

static void a_record_is_listed_with_links_and_streams(void **state) {
    (void)state;
    made_folder(&volume, 24, 1, 5, 5, "folder");
    struct made made = made_record(25, 2, 1, 0);
    made_si(&made, 1000, 0x21);
    made_fn(&made, 24, 1, 2000, 1, "name");
    made_fn(&made, 24, 1, 2000, 2, "NAME~1");
    made_fn(&made, 5, 5, 3000, 1, "link");
    made_resident(&made, 0x80, "", 0, "abc", 3);
    made_resident(&made, 0x80, "ads", 0, "abcd", 4);
    made_resident(&made, 0x90, "$O", 0, "index", 5);
    made_store(&volume, 25, &made);
    build();
    assert_true(reach(25));
    assert_string_equal(text_of(&l), "/folder|name|");
    assert_int_equal(l.sequence, 2);
    assert_int_equal(l.size, 3);
    assert_int_equal(l.si[LISTING_MODIFIED], 1001);
    assert_int_equal(l.fn[LISTING_CREATED], 2000);
    assert_int_equal(l.attributes, 0x21);
    assert_true(l.has_fn && l.content > 0 && !l.stream);
    assert_true(ntfs_paths_next(&walker, &l));
    assert_string_equal(text_of(&l), "|link|");
    assert_int_equal(l.link, 1);
    assert_int_equal(l.fn[LISTING_CREATED], 3000);
    assert_true(ntfs_paths_next(&walker, &l));
    assert_string_equal(text_of(&l), "/folder|name|ads");
    assert_int_equal(l.size, 4);
    uint64_t content = l.content;
    assert_false(ntfs_paths_next(&walker, &l)); /* an index is no file */
    assert_true(ntfs_paths_stream(&walker, (uint32_t)content - 1, &l));
    assert_string_equal(text_of(&l), "/folder|name|ads");
    assert_false(ntfs_paths_stream(&walker, 12345, &l));
}

static void nameless_records_are_listed_if_they_hold_something(void **state) {
    (void)state;
    struct made made = made_record(16, 1, 1, 0); /* reserved and empty */
    made_store(&volume, 16, &made);
    made = made_record(17, 1, 1, 0); /* reserved, but with bytes */
    made_resident(&made, 0x80, "", 0, "x", 1);
    made_store(&volume, 17, &made);
    made = made_record(24, 1, 1, 0);
    made_store(&volume, 24, &made);
    build();
    assert_int_equal(summary.nameless, 3);
    assert_false(reach(16));
    assert_true(ntfs_paths_walk(&job, &paths, 0, UINT32_MAX, &walker));
    assert_true(reach(17));
    assert_string_equal(text_of(&l), "/$Orphan|$MFT-17|");
    assert_true(reach(24));
}

static size_t count_rows(uint32_t first, uint32_t last) {
    size_t n = 0;
    assert_true(ntfs_paths_walk(&job, &paths, first, last, &walker));
    while (ntfs_paths_next(&walker, &l))
        n++;
    return n;
}

static void halves_make_the_whole(void **state) {
    (void)state;
    made_folder(&volume, 24, 1, 5, 5, "folder");
    for (uint32_t i = 30; i < 100; i++)
        file(i, 1, i % 3 ? 24 : 5, i % 3 ? 1 : 5, "f");
    build();
    size_t whole = count_rows(0, UINT32_MAX);
    assert_int_equal(whole, 73);
    assert_int_equal(count_rows(0, 50) + count_rows(50, 600), whole);
    assert_int_equal(count_rows(600, 1000), 0);
    assert_int_equal(count_rows(50, 50), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cycles_and_strangers_end_under_orphan, setup, teardown),
        cmocka_unit_test_setup_teardown(depth_is_capped, setup, teardown),
        cmocka_unit_test_setup_teardown(deleted_folders_answer_to_their_former_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_is_listed_with_links_and_streams, setup, teardown),
        cmocka_unit_test_setup_teardown(nameless_records_are_listed_if_they_hold_something, setup, teardown),
        cmocka_unit_test_setup_teardown(halves_make_the_whole, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
