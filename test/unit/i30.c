#include "format/i30.h"
#include "make/i30_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = I30_BLOCK, MANY = 24, FIRST = 64 };

#define PARENT (UINT64_C(40) | UINT64_C(3) << 48)
#define FILE_1 (UINT64_C(100) | UINT64_C(7) << 48)

static uint8_t bytes[SIZE], copy[SIZE];
static struct i30_made made;
static struct i30_entry entry;
static struct job job;

/* What was seen of a node. */
static struct {
    unsigned live, slack, known;
    char names[4 * MANY][300];
    uint64_t files[4 * MANY], offsets[4 * MANY];
    enum i30_kind kind;
} seen;

static int setup(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    made = i30_made_block(bytes, SIZE);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static void name_of(unsigned i, char *to) {
    int size = snprintf(to, 64, "file number %u", i);
    memset(to + size, 'a' + (int)(i % 26), i % 9);
    to[(unsigned)size + i % 9] = 0;
}

/* Entries 0, 1, ... of names with many lengths. */
static void fill(unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        char name[64];
        name_of(i, name);
        assert_true(i30_made_add(&made, FILE_1 + i, PARENT, I30_MADE_TIME + 1000 * i, name));
    }
}

static void walk(struct i30_node *node, uint64_t parent) {
    memset(&seen, 0, sizeof seen);
    seen.kind = node->kind;
    node->parent = parent;
    while (i30_next(node, &entry)) {
        unsigned n = seen.live + seen.slack;
        assert_true(n < 4 * MANY);
        for (size_t i = 0; i < entry.name.name.size / 2; i++)
            seen.names[n][i] = (char)entry.name.name.data[2 * i];
        seen.files[n] = entry.known ? entry.file : 0;
        seen.offsets[n] = entry.offset;
        assert_true(!entry.slack ||
                    entry.name.name.data + entry.name.name.size <= node->bytes.data + node->bytes.size);
        assert_true(entry.slack || seen.slack == 0);
        seen.live += !entry.slack;
        seen.slack += entry.slack;
        seen.known += entry.known;
    }
    assert_false(i30_next(node, &entry));
}

/* The block as it is, put on a disk at `offset` and taken from there. */
static void look(uint64_t offset, bool is_free, uint64_t parent) {
    job_reset(&job);
    memcpy(copy, bytes, SIZE);
    struct i30_made on_disk = {copy, SIZE, made.header, made.at};
    i30_made_fix(&on_disk);
    struct i30_node node = i30_block(&job, copy, SIZE, offset, is_free);
    walk(&node, parent);
}

static void what_is_no_block_is_searched(void **state) {
    (void)state;
    fill(3);
    memcpy(bytes, "XNDI", 4);
    look(8192, false, PARENT);
    assert_int_equal(seen.kind, I30_LOST);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].offset, 8192);
    assert_int_equal(seen.slack, 3);
    assert_int_equal(seen.known, 3);
    memset(bytes, 0, SIZE);
    struct i30_node node = i30_block(&job, bytes, SIZE, 0, false);
    walk(&node, 0);
    assert_int_equal(seen.kind, I30_NOTHING);
    assert_int_equal(seen.slack, 0);
    assert_int_equal(job.noted, 1);
    node = i30_block(&job, bytes, 0, 0, false);
    walk(&node, 0);
    assert_int_equal(seen.kind, I30_NOTHING);
    bytes[3] = 1;
    for (size_t size = 1; size < 100; size++) {
        node = i30_block(&job, bytes, size, 0, false);
        walk(&node, 0);
        assert_int_equal(seen.live + seen.slack, 0);
    }
}

static void headers_that_lie_leave_slack(void **state) {
    static const struct {
        size_t at;
        uint32_t value;
    } lies[] = {{24, 0},  {24, 8},          {24, 17},   {24, 5000},       {24, UINT32_MAX}, {28, 4096},
                {28, 16}, {28, UINT32_MAX}, {32, 4096}, {32, UINT32_MAX}, {32, 16}};
    (void)state;
    fill(5);
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        uint64_t before = i30_made_get(bytes + lies[i].at, 4);
        i30_made_put(bytes + lies[i].at, lies[i].value, 4);
        look(0, false, PARENT);
        assert_int_equal(seen.live, 0);
        assert_int_equal(seen.slack, 5);
        assert_true(job.noted == 1 && job.notes[0].code == FAULT_BAD);
        i30_made_put(bytes + lies[i].at, before, 4);
    }
}

static void an_entry_that_lies_ends_what_is_live(void **state) {
    static const uint16_t lengths[] = {0, 8, 15, 90, 208, 4096, 65528, 65535};
    (void)state;
    fill(5);
    size_t second = FIRST + i30_made_get(bytes + FIRST + 8, 2);
    uint64_t before = i30_made_get(bytes + second + 8, 2);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        i30_made_put(bytes + second + 8, lengths[i], 2);
        look(4096, false, PARENT);
        assert_int_equal(seen.live, 1);
        assert_int_equal(seen.slack, 4);
        assert_int_equal(seen.known, 1 + 3); /* the one that lies is not believed */
        assert_int_equal(job.notes[0].offset, 4096 + second);
    }
    i30_made_put(bytes + second + 8, before, 2);
    i30_made_put(bytes + second + 16 + 64, 0, 1); /* a key without a name */
    look(0, false, PARENT);
    assert_int_equal(seen.live, 1);
    assert_int_equal(seen.slack, 3);
    assert_int_equal(job.notes[0].offset, second);
}

static void without_a_last_entry_it_is_told(void **state) {
    (void)state;
    fill(2);
    i30_made_put(bytes + 28, made.at - 24, 4);
    look(0, false, PARENT);
    assert_int_equal(seen.live, 2);
    assert_int_equal(job.noted, 1);
}

static void fixups_that_do_not_match_are_told(void **state) {
    (void)state;
    fill(MANY);
    memcpy(copy, bytes, SIZE);
    struct i30_made on_disk = {copy, SIZE, made.header, made.at};
    i30_made_fix(&on_disk);
    copy[1022] ^= 1;
    job_reset(&job);
    struct i30_node node = i30_block(&job, copy, SIZE, 0, false);
    walk(&node, PARENT);
    assert_int_equal(seen.live, MANY);
    assert_int_equal(job.noted, 1);
    i30_made_put(copy + 6, 77, 2);
    job_reset(&job);
    node = i30_block(&job, copy, SIZE, 0, false);
    assert_int_equal(job.noted, 1);
}

static void live_entries(void **state) {
    (void)state;
    fill(MANY);
    look(4096, false, PARENT);
    assert_int_equal(seen.kind, I30_NODE);
    assert_int_equal(seen.live, MANY);
    assert_int_equal(seen.slack, 0);
    assert_int_equal(job.noted, 0);
    for (unsigned i = 0; i < MANY; i++) {
        char name[64];
        name_of(i, name);
        assert_string_equal(seen.names[i], name);
        assert_int_equal(seen.files[i], 100 + i);
    }
    assert_int_equal(seen.offsets[0], 4096 + FIRST);
    struct i30_node node = i30_block(&job, copy, SIZE, 4096, false);
    assert_true(i30_next(&node, &entry));
    assert_int_equal(entry.sequence, 7);
    assert_int_equal(entry.name.parent, 40);
    assert_int_equal(entry.name.parent_sequence, 3);
    assert_int_equal(entry.name.times[0], I30_MADE_TIME);
    assert_int_equal(entry.name.times[3], I30_MADE_TIME + 3);
    assert_int_equal(entry.name.size, 1234);
    assert_int_equal(entry.name.allocated, 4096);
    assert_int_equal(entry.name.attributes, 0x20);
    assert_int_equal(entry.name.namespace, NTFS_WIN32);
}

/* Whatever is taken out, the copies of what was last stay behind, and the last one that was deleted is there.
 */
static void former_entries(void **state) {
    (void)state;
    fill(MANY);
    i30_made_remove(&made, MANY - 1);
    look(0, false, PARENT);
    assert_int_equal(seen.live, MANY - 1);
    assert_int_equal(seen.slack, 1);
    assert_int_equal(seen.known, MANY - 1); /* the last entry lies over its header */
    char name[64];
    name_of(MANY - 1, name);
    assert_string_equal(seen.names[MANY - 1], name);
    assert_int_equal(seen.offsets[MANY - 1], made.at + 16);
    for (unsigned left = MANY - 1; left > 0; left--) {
        i30_made_remove(&made, left / 2);
        look(0, false, PARENT);
        assert_int_equal(seen.live, left - 1);
        assert_true(seen.slack > 0);
        assert_int_equal(job.noted, 0);
    }
}

static void a_former_entry_with_its_header(void **state) {
    (void)state;
    fill(4);
    i30_made_remove(&made, 3);
    i30_made_remove(&made, 2);
    look(0, false, PARENT);
    assert_int_equal(seen.slack, 2);
    assert_int_equal(seen.files[2], 0);
    assert_int_equal(seen.files[3], 0); /* it was last once, so that its header is gone */
    setup(NULL);
    fill(4);
    made.at = FIRST + i30_made_get(bytes + FIRST + 8, 2); /* a split: half a node is dropped at once */
    i30_made_close(&made);
    look(0, false, PARENT);
    assert_int_equal(seen.live, 1);
    assert_int_equal(seen.slack, 3);
    assert_int_equal(seen.files[1], 0);
    assert_int_equal(seen.files[2], 102);
    assert_int_equal(seen.files[3], 103);
}

static void a_free_block_is_slack(void **state) {
    (void)state;
    fill(MANY);
    look(0, true, PARENT);
    assert_int_equal(seen.kind, I30_FREE);
    assert_int_equal(seen.live, 0);
    assert_int_equal(seen.slack, MANY);
    assert_int_equal(seen.known, MANY);
    assert_int_equal(job.noted, 0);
}

static void another_parent_is_not_believed(void **state) {
    (void)state;
    fill(3);
    assert_true(i30_made_add(&made, FILE_1, PARENT + 1, I30_MADE_TIME, "of another"));
    look(0, true, PARENT);
    assert_int_equal(seen.slack, 3);
    look(0, true, 0);
    assert_int_equal(seen.slack, 4);
}

/* Each field of a former $FILE_NAME that is absurd makes it none. */
static void what_is_implausible_is_none(void **state) {
    static const struct {
        size_t at;
        uint64_t value;
        int size;
        bool strict; /* only if the parent is not known */
    } lies[] = {
        {0, 3 | UINT64_C(1) << 48, 8, true}, /* a parent that is no directory */
        {0, 40, 8, true},                    /* one without a sequence number */
        {8, 0, 8, true},
        {16, 1, 8, true},
        {8, UINT64_C(1) << 62, 8, false},
        {32, UINT64_MAX, 8, false},
        {40, 4095, 8, false},
        {40, UINT64_C(1) << 60, 8, false},
        {48, UINT64_MAX, 8, false},
        {56, 0x80000000, 4, false},
        {64, 0, 1, false},
        {65, 4, 1, false},
        {66, 0, 2, false},
        {68, 0x1f, 2, false},
        {70, '/', 2, false},
        {72, '?', 2, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        made = i30_made_block(bytes, SIZE);
        fill(3);
        size_t name = FIRST + i30_made_get(bytes + FIRST + 8, 2) + 16;
        i30_made_put(bytes + name + lies[i].at, lies[i].value, lies[i].size);
        look(0, true, 0);
        assert_int_equal(seen.slack, 2);
        look(0, true, PARENT);
        assert_int_equal(seen.slack, lies[i].strict && lies[i].at > 0 ? 3 : 2);
    }
    made = i30_made_block(bytes, SIZE);
    fill(3);
    size_t name = FIRST + i30_made_get(bytes + FIRST + 8, 2) + 16;
    bytes[name + 65] = NTFS_POSIX; /* POSIX names may hold what Windows forbids */
    i30_made_put(bytes + name + 66, '?', 2);
    look(0, true, PARENT);
    assert_int_equal(seen.slack, 3);
}

/* A name that reaches beyond the block is not whole. */
static void a_name_must_end_in_the_block(void **state) {
    (void)state;
    uint8_t *at = bytes + SIZE - 72;
    i30_made_name(at, PARENT, I30_MADE_TIME, "abc");
    i30_made_put(bytes + 40, 1, 2);
    look(0, false, PARENT);
    assert_int_equal(seen.slack, 1);
    at[64] = 4;
    look(0, false, PARENT);
    assert_int_equal(seen.slack, 0);
}

static void roots(void **state) {
    (void)state;
    uint8_t root[512];
    made = i30_made_root(root, sizeof root, 4096);
    fill(3);
    i30_made_remove(&made, 1);
    assert_int_equal(i30_root_block(span_of(root, sizeof root, 0)), 4096);
    struct i30_node node = i30_root(&job, span_of(root, sizeof root, 0));
    walk(&node, PARENT);
    assert_int_equal(seen.kind, I30_ROOT);
    assert_int_equal(seen.live, 2);
    assert_int_equal(seen.slack, 1);
    assert_int_equal(job.noted, 0);
    for (size_t size = 0; size < 32; size++) {
        node = i30_root(&job, span_of(root, size, 0));
        walk(&node, PARENT);
        assert_int_equal(seen.live + seen.slack, 0);
    }
    root[4] = 16; /* another collation: $SII */
    assert_int_equal(i30_root_block(span_of(root, sizeof root, 0)), 0);
    node = i30_root(&job, span_of(root, sizeof root, 0));
    walk(&node, PARENT);
    assert_int_equal(seen.kind, I30_NOTHING);
    root[4] = 1;
    i30_made_put(root + 8, 4095, 4);
    assert_int_equal(i30_root_block(span_of(root, sizeof root, 0)), 0);
}

static void copies_are_recognised(void **state) {
    uint32_t block = 0, before = 0;
    uint8_t root[256];
    (void)state;
    fill(2);
    i30_made_fix(&made);
    assert_true(i30_sniff(span_of(bytes, SIZE, 0), &block, &before));
    assert_int_equal(block, SIZE);
    assert_int_equal(before, 0);
    bytes[FIRST + 16 + 65] = 9; /* no namespace */
    assert_false(i30_sniff(span_of(bytes, SIZE, 0), &block, &before));
    setup(NULL); /* an empty directory: only what was once in it can tell */
    assert_false(i30_sniff(span_of(bytes, SIZE, 0), &block, &before));
    fill(2);
    i30_made_remove(&made, 0);
    i30_made_remove(&made, 0);
    assert_true(i30_sniff(span_of(bytes, SIZE, 0), &block, &before));
    for (size_t size = 0; size < 64; size++)
        assert_false(i30_sniff(span_of(bytes, size, 0), &block, &before));
    i30_made_put(bytes + 32, 5000, 4);
    assert_false(i30_sniff(span_of(bytes, SIZE, 0), &block, &before));
    made = i30_made_root(root, sizeof root, 2048);
    fill(1);
    assert_true(i30_sniff(span_of(root, sizeof root, 0), &block, &before));
    assert_int_equal(block, 2048);
    assert_int_equal(before, sizeof root);
    root[0] = 0;
    assert_false(i30_sniff(span_of(root, sizeof root, 0), &block, &before));
}

static void every_prefix_and_every_bit(void **state) {
    (void)state;
    fill(6);
    i30_made_remove(&made, 2);
    i30_made_fix(&made);
    for (size_t n = 0; n <= SIZE; n++) {
        memcpy(copy, bytes, SIZE);
        job_reset(&job);
        struct i30_node node = i30_block(&job, copy, n, 0, n % 2);
        walk(&node, n % 3 ? PARENT : 0);
    }
    for (size_t bit = 0; bit < 8 * 1024; bit++) {
        memcpy(copy, bytes, SIZE);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        job_reset(&job);
        struct i30_node node = i30_block(&job, copy, SIZE, 0, false);
        walk(&node, PARENT);
        assert_true(seen.live + seen.slack >= 4 || bit / 32 == 24 / 4); /* where entries begin is believed */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_block_is_searched, setup, teardown),
        cmocka_unit_test_setup_teardown(headers_that_lie_leave_slack, setup, teardown),
        cmocka_unit_test_setup_teardown(an_entry_that_lies_ends_what_is_live, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_last_entry_it_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(fixups_that_do_not_match_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(live_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(former_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(a_former_entry_with_its_header, setup, teardown),
        cmocka_unit_test_setup_teardown(a_free_block_is_slack, setup, teardown),
        cmocka_unit_test_setup_teardown(another_parent_is_not_believed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_implausible_is_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_must_end_in_the_block, setup, teardown),
        cmocka_unit_test_setup_teardown(roots, setup, teardown),
        cmocka_unit_test_setup_teardown(copies_are_recognised, setup, teardown),
        cmocka_unit_test_setup_teardown(every_prefix_and_every_bit, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
