/* Shadow copies: what is none is refused, and those of a real volume are listed with their times and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/span.h"
#include "source/image.h"
#include "source/shadows.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SMALL = 1 << 20, PIECE = 1 << 20 };

static struct job job;
static uint8_t bytes[PIECE], again[PIECE];

static int begin(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static int memory(const void *data, size_t size) {
    int fd = memfd_create("x", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    return fd;
}

static void misuse(void **state) {
    static const uint8_t identifier[] = "\x6b\x87\x08\x38\x76\xc1\x48\x4e\xb7\xae\x04\x04\x6e\x6c\xc7\x52";
    (void)state;
    memset(bytes, 0, sizeof bytes);
    int fd = memory(bytes, SMALL);
    struct evidence_reader reader = reader_of(fd, 0, SMALL), tiny = reader_of(fd, 0, 0x1e00 + 511);
    assert_false(shadows_suspect(&tiny));
    assert_false(shadows_suspect(&reader));
    assert_int_equal(reader.bytes_read, 512);
    close(fd);
    memcpy(bytes + 0x1e00, identifier, 16);
    fd = memory(bytes, SMALL);
    reader = reader_of(fd, 0, SMALL);
    assert_true(shadows_suspect(&reader));
    struct shadows *shadows = shadows_open(&job, &reader);
    assert_true(shadows ? shadows_count(shadows) == 0 : job.fault.code != FAULT_NONE);
    shadows_close(shadows);
    shadows_close(NULL);
    for (size_t size = 0; size < 9000; size += 97) { /* a volume that ends early */
        job_reset(&job);
        reader = reader_of(fd, 0, size);
        shadows = shadows_open(&job, &reader);
        assert_true(shadows ? shadows_count(shadows) == 0 : job.fault.code != FAULT_NONE);
        shadows_close(shadows);
    }
    job_reset(&job);
    reader = reader_of(-1, 0, SMALL);
    assert_null(shadows_open(&job, &reader));
    assert_int_equal(job.fault.code, FAULT_IO);
    close(fd);
}

/* The volume of a real image as a file in memory, with holes; -1 if the image is absent. */
static int real_volume(uint64_t *size) {
    char path[4096], wanted[IMAGE_NAME];
    const char *root = getenv("ASSAY_SHARED");
    struct image_part part = {.name = "vsstest.qcow2"};
    struct stat st;
    snprintf(path, sizeof path, "%s/corpora/plaso/ntfs/vsstest.qcow2", root ? root : "../shared");
    part.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (part.fd < 0 || fstat(part.fd, &st) != 0)
        return -1;
    part.size = (uint64_t)st.st_size;
    struct image *image = image_open(&job, &part, 1, wanted);
    assert_non_null(image);
    int fd = memfd_create("volume", MFD_CLOEXEC);
    *size = image_size(image);
    assert_int_equal(ftruncate(fd, (off_t)*size), 0);
    for (uint64_t at = 0; at < *size; at += PIECE) {
        assert_int_equal(image_read(image, &job, at, at, bytes, PIECE), PIECE);
        if (!span_is_zero(span_of(bytes, PIECE, 0)))
            assert_int_equal(pwrite(fd, bytes, PIECE, (off_t)at), PIECE);
    }
    image_close(image);
    close(part.fd);
    return fd;
}

/* The times are those that vshadowinfo tells: 2013-12-03, 06:35:09.7363787 and 06:37:48.9190583. */
static void real(void **state) {
    uint64_t size;
    int fd = real_volume(&size);
    (void)state;
    if (fd < 0)
        skip();
    struct evidence_reader reader = reader_of(fd, 0, size);
    assert_true(shadows_suspect(&reader));
    struct shadows *shadows = shadows_open(&job, &reader);
    assert_non_null(shadows);
    assert_int_equal(shadows_count(shadows), 2);
    assert_int_equal(shadows_copy(shadows, 0).created, 130305261097363787);
    assert_int_equal(shadows_copy(shadows, 1).created, 130305262689190583);
    assert_memory_equal(shadows_copy(shadows, 1).identifier,
                        "\x6d\x0b\x0f\x60\xdf\x5b\xe3\x11\x9d\x6c\x00\x50\x56\xc0\x00\x08", 16);
    for (size_t i = 0; i < 2; i++) {
        assert_true(shadows_copy(shadows, i).readable);
        assert_int_equal(shadows_copy(shadows, i).size, size);
        assert_int_equal(shadows_read(shadows, i, &job, 0, 0, bytes, PIECE), PIECE);
        assert_memory_equal(bytes + 3, "NTFS    ", 8);
        for (size_t at = 0; at < PIECE; at += 70001) { /* odd pieces are the same bytes */
            size_t n = PIECE - at < 5003 ? PIECE - at : 5003;
            assert_int_equal(shadows_read(shadows, i, &job, at, 0, again, n), n);
            assert_memory_equal(again, bytes + at, n);
        }
    }
    assert_int_equal(job.noted, 0);
    assert_int_equal(shadows_read(shadows, 1, &job, size - 3, 100, bytes, 10), 3);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.notes[0].offset, 103);
    assert_int_equal(shadows_read(shadows, 2, &job, 0, 0, bytes, 10), 0);
    assert_false(shadows_copy(shadows, 2).readable);
    assert_true(shadows_bytes(shadows) > PIECE);
    shadows_close(shadows);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(misuse, begin, end),
        cmocka_unit_test_setup_teardown(real, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
