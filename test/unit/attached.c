/* Evidence in a worker's hand: messages that make no sense, parts that are one run of bytes, volumes without
 * copies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/attached.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 1000 };

static struct attached attached;
static struct job job;

static int begin(void **state) {
    (void)state;
    memset(&attached, 0, sizeof attached);
    job_init(&job, (size_t)64 << 20);
    return 0;
}

/* An empty message lets go of everything. */
static int end(void **state) {
    struct text payload = {0};
    (void)state;
    protocol_parts_write(&payload, &(struct protocol_parts){0});
    struct wire_message message = {.payload = span_of(text_string(&payload), payload.size, 0)};
    bool good = attached_take(&attached, &message);
    text_free(&payload);
    job_reset(&job);
    return good ? 0 : -1;
}

static int memory(uint8_t fill, size_t size) {
    uint8_t bytes[PIECE];
    int fd = memfd_create("x", MFD_CLOEXEC);
    memset(bytes, fill, sizeof bytes);
    assert_true(fd >= 0 && size <= sizeof bytes && write(fd, bytes, size) == (ssize_t)size);
    return fd;
}

/* Sends parts [first, first + count) of `total`, with `fds` descriptors. False if they were refused; then
 * those that were not taken are closed here. */
typedef bool taking_function(struct attached *attached, struct wire_message *message);

static bool take_by(taking_function *taking, uint32_t first, uint32_t count, uint32_t total, uint32_t fds) {
    static struct protocol_parts parts;
    struct text payload = {0};
    parts = (struct protocol_parts){.first = first, .total = total, .count = count};
    for (uint32_t i = 0; i < count && i < WIRE_FDS; i++) {
        parts.sizes[i] = PIECE;
        snprintf(parts.names[i], sizeof parts.names[i], "x.%03u", first + i + 1);
    }
    protocol_parts_write(&payload, &parts);
    struct wire_message message = {.payload = span_of(text_string(&payload), payload.size, 0),
                                   .fd_count = fds};
    for (uint32_t i = 0; i < fds; i++)
        message.fds[i] = memory((uint8_t)(first + i), PIECE);
    bool taken = taking(&attached, &message);
    for (uint32_t i = 0; i < fds; i++) {
        assert_int_equal(message.fds[i] < 0, taken);
        if (message.fds[i] >= 0)
            close(message.fds[i]);
    }
    text_free(&payload);
    return taken;
}

static bool take(uint32_t first, uint32_t count, uint32_t total, uint32_t fds) {
    return take_by(attached_take, first, count, total, fds);
}

static bool take_beside(uint32_t first, uint32_t count, uint32_t total, uint32_t fds) {
    return take_by(attached_take_beside, first, count, total, fds);
}

static void nothing_is_nothing(void **state) {
    struct evidence_reader reader;
    struct protocol_place place = {.size = 100, .shadow = 1};
    (void)state;
    assert_null(attached_image(&attached, &job));
    assert_int_equal(job.fault.code, FAULT_IO);
    job_reset(&job);
    assert_false(attached_reader(&attached, &job, &reader));
    assert_null(attached_shadows(&attached, &job, &place));
    assert_false(attached_place(&attached, &job, &place, &reader));
    assert_int_equal(place.shadow, 1);
}

static void messages_that_make_no_sense(void **state) {
    (void)state;
    assert_false(take(0, 2, 2, 1)); /* fewer descriptors than parts, and more */
    assert_false(take(0, 1, 2, 2));
    assert_false(take(1, 1, 2, 1)); /* not the first one first */
    assert_false(take(0, 1, IMAGE_PARTS + 1, 1));
    assert_false(take(0, 2, 1, 2)); /* more than there are */
    assert_true(take(0, 1, 3, 1));
    assert_false(take(2, 1, 3, 1)); /* one left out, one again, one of another evidence */
    assert_false(take(1, 1, 4, 1));
    assert_true(take(1, 1, 3, 1));
    assert_null(attached_image(&attached, &job)); /* one is still to come */
    job_reset(&job);
    assert_true(take(2, 1, 3, 1));
    assert_non_null(attached_image(&attached, &job));
    assert_false(take(3, 1, 3, 1));
    static const uint8_t noise[] = "\0\0\0\0\1\0\0\0\1\0\0\0short";
    struct wire_message cut = {.payload = span_of(noise, sizeof noise - 1, 0), .fd_count = 1, .fds = {-1}};
    assert_false(attached_take(&attached, &cut));
}

static bool ask_beside(const char *name, struct evidence_reader *ret) {
    const struct pack_beside *beside = attached_beside(&attached);
    return beside->sibling(beside->context, &job, span_of(name, strlen(name), 0), ret);
}

static void what_lies_beside_is_found_by_name(void **state) {
    struct evidence_reader reader;
    uint8_t byte = 0;
    (void)state;
    assert_false(ask_beside("x.001", &reader)); /* nothing is there at all */
    assert_int_equal(attached_beside(&attached)->name.size, 0);
    assert_true(take(0, 1, 2, 1));
    assert_false(take_beside(0, 1, 1, 1)); /* before the last part */
    assert_true(take(1, 1, 2, 1));
    assert_false(take_beside(0, 1, PROTOCOL_BESIDE_MOST + 1, 1));
    assert_false(take_beside(1, 1, 2, 1));
    assert_false(take_beside(0, 2, 2, 1));
    assert_true(take_beside(0, 2, 3, 2));
    assert_false(take_beside(0, 1, 3, 1));
    assert_true(take_beside(2, 1, 3, 1));
    const struct pack_beside *beside = attached_beside(&attached);
    assert_true(span_equal(beside->name, span_of("x.001", 5, 0)));
    assert_true(ask_beside("X.002", &reader));
    assert_int_equal(reader_read(&reader, &job, PIECE - 1, &byte, 1), 1);
    assert_int_equal(byte, 1);
    assert_false(ask_beside("x.00", &reader));
    assert_false(ask_beside("../x.002", &reader));
    assert_false(ask_beside("", &reader));
    assert_int_equal(attached.taken, 0); /* to ask for it is not to take it */
    beside->taken(beside->context, span_of("x.003", 5, 0));
    beside->taken(beside->context, span_of("x.004", 5, 0));
    assert_int_equal(attached.taken, 4);
    assert_true(take(0, 1, 1, 1)); /* other evidence */
    assert_false(ask_beside("x.002", &reader));
    assert_int_equal(attached.taken, 0);
}

static void one_part_is_itself(void **state) {
    struct evidence_reader reader;
    uint8_t bytes[PIECE];
    (void)state;
    assert_true(take(0, 1, 1, 1));
    assert_true(attached_reader(&attached, &job, &reader));
    assert_true(reader.fd >= 0);
    assert_int_equal(reader.size, PIECE);
    struct image *image = attached_image(&attached, &job);
    assert_ptr_equal(image, attached_image(&attached, &job)); /* opened once */
    assert_int_equal(reader_read(&reader, &job, 0, bytes, PIECE), PIECE);
    assert_int_equal(bytes[PIECE - 1], 0);
}

static void parts_are_one_run(void **state) {
    struct evidence_reader reader;
    uint8_t bytes[3 * PIECE];
    (void)state;
    enum { MANY = 40 };
    for (uint32_t at = 0; at < MANY; at += WIRE_FDS) {
        uint32_t count = MANY - at < WIRE_FDS ? MANY - at : WIRE_FDS;
        assert_true(take(at, count, MANY, count));
    }
    assert_true(attached_reader(&attached, &job, &reader));
    assert_int_equal(reader.size, MANY * PIECE);
    assert_int_equal(reader_read(&reader, &job, 31 * PIECE + 500, bytes, 2 * PIECE), 2 * PIECE);
    assert_int_equal(bytes[0], 31);
    assert_int_equal(bytes[500], 32);
    assert_int_equal(bytes[1500], 33);
    assert_int_equal(job.noted, 0);
    assert_int_equal(reader_read(&reader, &job, MANY * PIECE - 10, bytes, 20), 10);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_true(take(0, 1, 1, 1)); /* other evidence: all of the old is gone */
    assert_true(attached_reader(&attached, &job, &reader));
    assert_int_equal(reader.size, PIECE);
}

static void a_volume_without_copies(void **state) {
    struct evidence_reader reader;
    struct protocol_place place = {.base = 100, .size = 500};
    (void)state;
    assert_true(take(0, 1, 1, 1));
    assert_null(attached_shadows(&attached, &job, &place));
    assert_int_equal(job.fault.code, FAULT_NONE);
    assert_true(attached_place(&attached, &job, &place, &reader));
    assert_int_equal(reader.size, PIECE);
    assert_int_equal(place.base, 100);
    place.shadow = 1;
    assert_false(attached_place(&attached, &job, &place, &reader));
    assert_int_equal(job.fault.code, FAULT_BAD);
    job_reset(&job);
    place = (struct protocol_place){.base = UINT64_MAX, .size = UINT64_MAX}; /* a place that is none */
    assert_null(attached_shadows(&attached, &job, &place));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_nothing, begin, end),
        cmocka_unit_test_setup_teardown(messages_that_make_no_sense, begin, end),
        cmocka_unit_test_setup_teardown(what_lies_beside_is_found_by_name, begin, end),
        cmocka_unit_test_setup_teardown(one_part_is_itself, begin, end),
        cmocka_unit_test_setup_teardown(parts_are_one_run, begin, end),
        cmocka_unit_test_setup_teardown(a_volume_without_copies, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
