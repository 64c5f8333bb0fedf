#include "source/file_content.h"

#include "source/reader.h"

#include <errno.h>
#include <unistd.h>

static size_t read_at(struct content *content, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    struct file_content *file = (struct file_content *)(void *)content;
    size_t done = 0;
    while (done < size) {
        size_t part = size - done < (size_t)1 << 30 ? size - done : (size_t)1 << 30;
        ssize_t got = reader_pread(file->fd, to + done, part, offset + done);
        if (got < 0) {
            uint64_t bad = errno == EIO ? reader_bad(file->fd, offset + done, size - done) : 0;
            job_note_range(job, FAULT_IO, offset + done, bad,
                           "the system could not read this part of the file");
        } else if (got == 0)
            job_note(job, FAULT_TORN, offset + done, "the file became shorter while it was read");
        if (got <= 0)
            break;
        done += (size_t)got;
        file->bytes_read += (uint64_t)got;
    }
    return done;
}

/* Whoever holds the same open file may find its position moved: everybody reads by place. */
static uint64_t next_data(struct content *content, uint64_t offset) {
    struct file_content *file = (struct file_content *)(void *)content;
    off_t at = lseek(file->fd, (off_t)offset, SEEK_DATA);
    if (at < 0)
        return errno == ENXIO ? content->size : offset;
    return (uint64_t)at < content->size ? (uint64_t)at : content->size;
}

void file_content_open(struct file_content *ret, struct job *job, int fd, uint64_t size) {
    ret->content = (struct content){.size = size, .read = read_at, .data = next_data};
    ret->fd = fd;
    ret->bytes_read = 0;
    size_t want = size < CONTENT_HEAD ? (size_t)size : CONTENT_HEAD;
    size_t got = want ? read_at(&ret->content, job, 0, ret->head, want) : 0;
    ret->content.head = span_of(ret->head, got, 0);
}
