#include "format/olecf.h"

#include "make/olecf_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct job job, notes;
static struct olecf_made made;
static struct olecf olecf;

static size_t fetch(void *context, struct job *to_note, uint64_t offset, void *to, size_t size) {
    const struct span *bytes = context;
    struct span part = span_clip(*bytes, offset, size);
    if (part.size < size)
        job_note(to_note, FAULT_TORN, offset + part.size, "the evidence ends here");
    return span_copy(part, to, size);
}

static int start(void **state) {
    (void)state;
    job_init(&job, 256 << 20);
    job_init(&notes, 1 << 20);
    memset(&made, 0, sizeof made);
    made.version = 3;
    return 0;
}

static int stop(void **state) {
    (void)state;
    job_reset(&job);
    job_reset(&notes);
    olecf_made_free(&made);
    return 0;
}

static struct span file; /* what fetch reads */

static bool open(const uint8_t *bytes, size_t size) {
    file = span_of(bytes, size, 0);
    return olecf_open(&job, fetch, &file, size, &olecf);
}

static uint8_t big[100000], small[4095], tiny[64];

static void build(void) {
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 7 + i / 512);
    for (size_t i = 0; i < sizeof small; i++)
        small[i] = (uint8_t)(i * 3 + i / 64);
    memset(tiny, 't', sizeof tiny);
    olecf_made_add(&made, "big", 0, big, sizeof big);
    olecf_made_add(&made, "small", 0, small, sizeof small);
    size_t storage = olecf_made_add(&made, "storage", 0, NULL, 0);
    made.files[storage - 1].storage = true;
    olecf_made_add(&made, "tiny", storage, tiny, sizeof tiny);
    olecf_made_add(&made, "empty", storage, tiny, 0);
    olecf_made_write(&made);
}

/* Reads all of it in pieces of `step` bytes. */
static size_t drain(size_t index, uint8_t *to, size_t room, size_t step) {
    struct olecf_stream stream = {0};
    size_t done = 0;
    if (!olecf_open_stream(&olecf, &notes, index, &stream))
        return 0;
    assert_true(stream.there <= stream.size);
    for (size_t got = step; got == step && done < room; done += got)
        got = olecf_read(&olecf, &notes, &stream, done, to + done, step < room - done ? step : room - done);
    assert_true(done <= stream.there);
    return done;
}

static void what_is_none_is_refused(void **state) {
    static uint8_t head[512] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};
    static const struct {
        size_t at;
        uint8_t value;
        enum fault_code code;
    } fields[] = {{26, 5, FAULT_UNSUPPORTED},
                  {30, 12, FAULT_UNSUPPORTED},
                  {32, 7, FAULT_UNSUPPORTED},
                  {0, 1, FAULT_BAD}};
    (void)state;
    assert_false(open(head, 0));
    assert_int_equal(job.fault.code, FAULT_TORN);
    job_reset(&job);
    assert_false(open(head, 100));
    assert_int_equal(job.fault.code, FAULT_TORN);
    for (size_t i = 0; i < 4; i++) {
        uint8_t bytes[512];
        memcpy(bytes, head, 512);
        bytes[26] = 3, bytes[30] = 9, bytes[32] = 6;
        bytes[fields[i].at] = fields[i].value;
        job_reset(&job);
        assert_false(open(bytes, 512));
        assert_int_equal(job.fault.code, fields[i].code);
    }
}

static void streams_come_back(void **state) {
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        uint8_t *to = malloc(sizeof big);
        start(NULL);
        made.version = 3 + way % 2;
        made.fragmented = way / 2;
        build();
        assert_true(open(made.bytes, made.size));
        assert_int_equal(job.noted, 0);
        assert_int_equal(drain(1, to, sizeof big, 777), sizeof big);
        assert_memory_equal(to, big, sizeof big);
        assert_int_equal(drain(2, to, sizeof big, 100), sizeof small);
        assert_memory_equal(to, small, sizeof small);
        assert_int_equal(olecf.entries[4].parent, 3);
        assert_int_equal(olecf.entries[0].first, 1);
        assert_int_equal(olecf.entries[1].next, 2);
        assert_int_equal(olecf.entries[3].first, 4);
        assert_int_equal(drain(4, to, sizeof big, 10), sizeof tiny);
        assert_int_equal(drain(5, to, sizeof big, 10), 0);
        assert_int_equal(notes.noted, 0);
        free(to);
        if (way < 3)
            stop(NULL);
    }
}

/* More sectors of the FAT than the header has room for. */
static void large_files_list_their_fat(void **state) {
    enum { LARGE = 20 << 20 };
    uint8_t *data = malloc(LARGE), *to = malloc(LARGE);
    (void)state;
    for (size_t i = 0; i < LARGE; i++)
        data[i] = (uint8_t)(i >> 9);
    olecf_made_add(&made, "large", 0, data, LARGE);
    olecf_made_write(&made);
    assert_true(open(made.bytes, made.size));
    assert_int_equal(drain(1, to, LARGE, 1 << 20), LARGE);
    assert_memory_equal(to, data, LARGE);
    free(data);
    free(to);
}

static uint8_t *fat_entry(size_t sector) {
    for (size_t i = 0; i < made.sectors; i++)
        if (made.fat[i] == 0xfffffffd)
            return made.bytes + (i + 1) * made.sector + sector * 4;
    return NULL;
}

static void circles_end(void **state) {
    uint8_t *to = malloc(sizeof big);
    (void)state;
    build();
    uint32_t start_sector = made.starts[1];
    olecf_made_number(fat_entry(start_sector + 20), start_sector + 3, 4);
    assert_true(open(made.bytes, made.size));
    size_t got = drain(1, to, sizeof big, 4096);
    assert_true(got >= 21 * 512 && got < sizeof big);
    assert_memory_equal(to, big, 21 * 512);
    assert_int_equal(notes.noted, 1);
    assert_int_equal(notes.notes[0].code, FAULT_BAD);
    /* out of the file; too early an end */
    olecf_made_number(fat_entry(start_sector + 20), 0x00ffffff, 4);
    job_reset(&job);
    job_reset(&notes);
    assert_true(open(made.bytes, made.size));
    assert_int_equal(drain(1, to, sizeof big, 4096), 21 * 512);
    assert_int_equal(notes.notes[0].code, FAULT_BAD);
    olecf_made_number(fat_entry(start_sector + 20), 0xfffffffe, 4);
    job_reset(&job);
    job_reset(&notes);
    assert_true(open(made.bytes, made.size));
    assert_int_equal(drain(1, to, sizeof big, 4096), 21 * 512);
    assert_int_equal(notes.notes[0].code, FAULT_TORN);
    free(to);
}

/* Each entry counts once, whatever the tree says. */
static void trees_that_lie(void **state) {
    (void)state;
    build();
    size_t directory = 0;
    for (size_t at = 0; at + 128 <= made.size && !directory; at += 128)
        if (memcmp(made.bytes + at, "R\0o\0o\0t\0", 8) == 0)
            directory = at;
    olecf_made_number(made.bytes + directory + 128 + 68, 1, 4);     /* its own left neighbour */
    olecf_made_number(made.bytes + directory + 2 * 128 + 68, 0, 4); /* the root as a neighbour */
    olecf_made_number(made.bytes + directory + 4 * 128 + 72, 1000, 4);
    assert_true(open(made.bytes, made.size));
    assert_int_equal(job.noted, 1); /* equal notes in a row are one */
    assert_true(olecf.entries[1].reached && olecf.entries[2].reached && olecf.entries[4].reached);
    assert_false(olecf.entries[5].reached);
}

/* All streams may share their sectors, but not at any cost. */
static void shared_sectors_have_a_bound(void **state) {
    uint8_t *to = malloc(sizeof big);
    size_t given = 0;
    (void)state;
    build();
    assert_true(open(made.bytes, made.size));
    for (int i = 0; i < 100000 && notes.noted == 0; i++) {
        struct olecf_stream stream = {0};
        assert_true(olecf_open_stream(&olecf, &notes, 1, &stream));
        given++;
        if (given % 100 == 0)
            job.steps = JOB_STEPS;
    }
    assert_true(given < 1000);
    assert_int_equal(notes.notes[0].code, FAULT_LIMIT);
    free(to);
}

static void read_all(void) {
    uint8_t *to = malloc(sizeof big);
    for (size_t i = 0; i < olecf.count; i++)
        if (olecf.entries[i].kind == OLECF_STREAM)
            drain(i, to, sizeof big, 4096);
    free(to);
}

static void no_prefix_breaks_out(void **state) {
    (void)state;
    build();
    for (size_t n = 0; n < made.size; n += n < 600 ? 1 : 509) {
        uint8_t *exact = malloc(n + 1);
        memcpy(exact, made.bytes, n);
        bool opened = open(exact, n);
        assert_int_equal(opened, job.fault.code == FAULT_NONE);
        if (opened)
            read_all();
        job_reset(&job);
        job_reset(&notes);
        free(exact);
    }
}

static void no_flipped_bit_breaks_out(void **state) {
    (void)state;
    build();
    size_t tables = made.size - 8 * 512;
    for (size_t bit = 0; bit < made.size * 8; bit += bit < 512 * 8 || bit > tables * 8 ? 3 : 4001) {
        made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (open(made.bytes, made.size))
            read_all();
        job_reset(&job);
        job_reset(&notes);
        made.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_none_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(streams_come_back, start, stop),
        cmocka_unit_test_setup_teardown(large_files_list_their_fat, start, stop),
        cmocka_unit_test_setup_teardown(circles_end, start, stop),
        cmocka_unit_test_setup_teardown(trees_that_lie, start, stop),
        cmocka_unit_test_setup_teardown(shared_sectors_have_a_bound, start, stop),
        cmocka_unit_test_setup_teardown(no_prefix_breaks_out, start, stop),
        cmocka_unit_test_setup_teardown(no_flipped_bit_breaks_out, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
