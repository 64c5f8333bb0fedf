/* Reading evidence with bad places. The kernel says EIO for pages of our own memory that are not there. */
#include "source/reader.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGE = 4096, PAGES = 16 };

static struct job job;
static uint8_t *memory, buffer[PAGES * PAGE];
static int fd;

static int setup(void **state) {
    (void)state;
    job_init(&job, 0);
    memory = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    for (size_t i = 0; i < PAGES; i++)
        memset(memory + i * PAGE, (int)i + 1, PAGE);
    fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    munmap(memory, (size_t)PAGES * PAGE);
    close(fd);
    return 0;
}

static struct evidence_reader all(void) {
    return reader_of(fd, (uint64_t)(uintptr_t)memory, (uint64_t)PAGES * PAGE);
}

static void lose(size_t page, size_t count) {
    assert_int_equal(munmap(memory + page * PAGE, count * PAGE), 0);
}

static void nothing_bad(void **state) {
    (void)state;
    struct evidence_reader reader = all();
    assert_int_equal(reader_read(&reader, &job, 100, buffer, 10 * PAGE), 10 * PAGE);
    assert_int_equal(job.noted, 0);
    assert_int_equal(reader_read(&reader, &job, 15 * PAGE, buffer, 2 * PAGE), PAGE);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.note_sizes[0], 0);
}

static void before_and_behind(void **state) {
    (void)state;
    struct evidence_reader reader = all();
    lose(5, 2);
    assert_int_equal(reader_read_for(&reader, &job, 100, 1000, buffer, sizeof buffer - PAGE), 5 * PAGE - 100);
    assert_int_equal(buffer[0], 1);
    assert_int_equal(buffer[5 * PAGE - 101], 5);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_IO);
    assert_int_equal(job.notes[0].offset, 1000 + 5 * PAGE - 100);
    assert_int_equal(job.note_sizes[0], 2 * PAGE);
    assert_int_equal(reader_read(&reader, &job, 7 * PAGE, buffer, 9 * PAGE), 9 * PAGE);
    assert_int_equal(buffer[0], 8);
    assert_int_equal(job.noted, 1);
}

static void nothing_but_bad(void **state) {
    (void)state;
    struct evidence_reader reader = all();
    lose(3, 13);
    assert_int_equal(reader_read(&reader, &job, 4 * PAGE + 10, buffer, 2 * PAGE), 0);
    assert_int_equal(job.note_sizes[0], 2 * PAGE); /* of what was asked for */
    assert_int_equal(reader_read(&reader, &job, 4 * PAGE + 20, buffer, 7), 0);
    assert_int_equal(job.note_sizes[1], 7);
    assert_int_equal(reader_read(&reader, &job, 2 * PAGE, buffer, 14 * PAGE), PAGE);
    assert_int_equal(job.note_sizes[2], 13 * PAGE);
    assert_int_equal(reader_read(&reader, &job, 0, buffer, 0), 0);
    assert_int_equal(job.noted, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_bad, setup, teardown),
        cmocka_unit_test_setup_teardown(before_and_behind, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_but_bad, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
