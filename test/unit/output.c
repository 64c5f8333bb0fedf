/* Output: full disks and readers who left first. */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

static void a_full_disk(void **state) {
    (void)state;
    struct output output;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        skip();
    output_init(&output, fd);
    output_add(&output, "x");
    assert_int_equal(output.error, 0);
    assert_false(output_flush(&output));
    assert_int_equal(output.error, ENOSPC);
    assert_false(output_gone(&output));
    for (int i = 0; i < 100000; i++)
        output_add(&output, "more and more");
    assert_true(output.held.size <= OUTPUT_BUFFER);
    assert_false(output_end(&output));
    assert_string_equal(output_reason(&output), strerror(ENOSPC));
    assert_int_equal(output.written, 0);
    close(fd);
}

static void a_reader_who_left(void **state) {
    (void)state;
    struct output output;
    int fds[2];
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    output_init(&output, fds[1]);
    output_add(&output, "x");
    assert_false(output_end(&output));
    assert_true(output_gone(&output));
    close(fds[1]);
}

static void a_descriptor_that_is_none(void **state) {
    (void)state;
    struct output output;
    output_init(&output, -1);
    output_add(&output, "x");
    assert_false(output_end(&output));
    assert_int_equal(output.error, EBADF);
}

static void a_text_that_was_full(void **state) {
    (void)state;
    struct output output;
    struct text text = {.max = 8};
    text_add(&text, "too long for eight");
    assert_true(text.full);
    output_init(&output, 1);
    output_text(&output, &text);
    assert_false(output_end(&output));
    assert_int_equal(output.error, ENOMEM);
    text_free(&text);
}

/* Pieces of every size, around the buffer's own too, arrive once and in order. */
static void everything_arrives(void **state) {
    (void)state;
    char path[] = "/tmp/assay-output-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    static const size_t sizes[] = {0, 1, 7, 32767, 32768, 32769, 65535, 65536, 65537, 200000, 3};
    struct output output;
    struct text all = {0}, piece = {0};
    output_init(&output, fd);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t n = 0; n < sizes[i]; n++)
            text_char(&piece, (char)('a' + (n + i) % 26));
        text_bytes(&all, text_string(&piece), piece.size);
        output_text(&output, &piece);
        assert_int_equal(piece.size, 0);
    }
    assert_true(output_end(&output));
    assert_int_equal(output.written, all.size);
    char *back = malloc(all.size);
    assert_non_null(back);
    assert_int_equal(pread(fd, back, all.size, 0), all.size);
    assert_memory_equal(back, all.data, all.size);
    free(back);
    text_free(&all);
    text_free(&piece);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk),
        cmocka_unit_test(a_reader_who_left),
        cmocka_unit_test(a_descriptor_that_is_none),
        cmocka_unit_test(a_text_that_was_full),
        cmocka_unit_test(everything_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
