#include "source/image.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READS = 24, PIECE = 9000 };

static struct image_part parts[2];

static void fill(struct image_part *part, const char *name, struct span bytes) {
    if (part->name[0] == 0)
        part->fd = memfd_create("x", MFD_CLOEXEC);
    if (ftruncate(part->fd, 0) != 0 || pwrite(part->fd, bytes.data, bytes.size, 0) != (ssize_t)bytes.size)
        __builtin_trap();
    part->size = bytes.size;
    span_copy(span_of(name, strlen(name) + 1, 0), part->name, IMAGE_NAME);
}

/* The first two bytes tell how much of the rest is the first of two parts, in steps of 64 bytes; 0: all. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t buffer[PIECE];
    char wanted[IMAGE_NAME];
    struct job job;
    struct cursor c = cursor_of(span_of(data, size, 0));
    size_t first = (size_t)cursor_u16(&c) * 64;
    if (c.torn)
        return 0;
    struct span rest = span_from(c.span, 2);
    size_t count = first > 0 && first < rest.size ? 2 : 1;
    fill(&parts[0], "a", count == 2 ? span_part(rest, 0, first) : rest);
    fill(&parts[1], "b", count == 2 ? span_from(rest, first) : rest);
    job_init(&job, 1 << 20);
    (void)image_sniff(parts[0].fd, parts[0].size);
    struct image *image = image_open(&job, parts, count, wanted);
    if (!image && (job.fault.code == FAULT_NONE || strpbrk(wanted, "/\\")))
        __builtin_trap();
    uint64_t disk = image ? image_size(image) : 0, step = disk / READS + 1;
    for (uint64_t at = 0, i = 0; at < disk && i < 2 * READS; i++, at += i < READS ? PIECE : step) {
        size_t noted = job.noted, got = image_read(image, &job, at, at, buffer, sizeof buffer);
        if (got > sizeof buffer || (got < sizeof buffer && job.noted == noted && job.noted == 0))
            __builtin_trap();
    }
    image_close(image);
    job_reset(&job);
    return 0;
}
