#include "source/reader.h"

#include <errno.h>
#include <unistd.h>

enum { READ_ONCE = 1 << 30 };

struct evidence_reader reader_of(int fd, uint64_t base, uint64_t size) {
    return (struct evidence_reader){.fd = fd, .base = base, .size = size};
}

struct evidence_reader reader_within(const struct evidence_reader *outer, uint64_t offset, uint64_t size) {
    struct evidence_reader inner = *outer;
    uint64_t start = offset < outer->size ? offset : outer->size;
    inner.base += start;
    inner.size = size < outer->size - start ? size : outer->size - start;
    inner.bytes_read = inner.calls = 0;
    return inner;
}

/* Through a container; the same as what follows, but that it notes by itself what it could not read. */
static size_t read_through(struct evidence_reader *reader, struct job *job, uint64_t offset, uint64_t noted,
                           void *to, size_t size) {
    uint64_t there = offset < reader->size ? reader->size - offset : 0;
    size_t want = size < there ? size : (size_t)there;
    size_t done = want ? reader->read(reader->context, job, reader->base + offset, noted, to, want) : 0;
    reader->bytes_read += done;
    reader->calls++;
    if (done == want && done < size)
        job_note(job, FAULT_TORN, noted + done, "the evidence ends here");
    return done;
}

/* Half of it, up to the end of a piece; 0 if it is one piece or a part of one. */
static size_t less(uint64_t offset, size_t size) {
    uint64_t first = READER_PIECE - offset % READER_PIECE;
    if (size <= first)
        return 0;
    uint64_t end = (offset + size / 2) / READER_PIECE * READER_PIECE;
    return end > offset + first ? (size_t)(end - offset) : (size_t)first;
}

ssize_t reader_pread(int fd, void *to, size_t size, uint64_t offset) {
    for (;;) {
        ssize_t got = pread(fd, to, size, (off_t)offset);
        if (got >= 0 || (errno != EINTR && errno != EIO))
            return got;
        if (errno == EINTR)
            continue;
        size_t part = less(offset, size);
        if (part == 0)
            return -1;
        size = part;
    }
}

uint64_t reader_bad(int fd, uint64_t offset, uint64_t size) {
    uint8_t piece[READER_PIECE];
    uint64_t done = 0;
    while (done < size) {
        uint64_t part = READER_PIECE - (offset + done) % READER_PIECE;
        if (part > size - done)
            part = size - done;
        if (done > 0 && (reader_pread(fd, piece, (size_t)part, offset + done) >= 0 || errno != EIO))
            break;
        done += part;
    }
    return done;
}

size_t reader_read_for(struct evidence_reader *reader, struct job *job, uint64_t offset, uint64_t noted,
                       void *to, size_t size) {
    if (reader->read)
        return read_through(reader, job, offset, noted, to, size);
    uint64_t there = offset < reader->size ? reader->size - offset : 0;
    size_t want = size < there ? size : (size_t)there, done = 0;
    while (done < want) {
        size_t part = want - done < READ_ONCE ? want - done : READ_ONCE;
        uint64_t at = reader->base + offset + done;
        ssize_t got = reader_pread(reader->fd, (uint8_t *)to + done, part, at);
        if (got < 0) {
            uint64_t bad = errno == EIO ? reader_bad(reader->fd, at, want - done) : 0;
            job_note_range(job, FAULT_IO, noted + done, bad, "the system could not read the evidence here");
            return done;
        }
        if (got == 0)
            break;
        done += (size_t)got;
        reader->bytes_read += (uint64_t)got;
        reader->calls++;
    }
    if (done < size)
        job_note(job, FAULT_TORN, noted + done, "the evidence ends here");
    return done;
}

size_t reader_read(struct evidence_reader *reader, struct job *job, uint64_t offset, void *to, size_t size) {
    return reader_read_for(reader, job, offset, reader->base + offset, to, size);
}
