/* reader: counted reads of one piece of evidence.
 *
 * A reader looks at [base, base + size) of a descriptor, or of whatever else can be read by offset: a disk
 * image in a container, a shadow copy. Offsets given to it count from `base`. It holds no position and no
 * memory; a copy is an independent reader with its own counters. */
#ifndef SOURCE_READER_H
#define SOURCE_READER_H

#include "base/job.h"

#include <sys/types.h>

/* Reads up to `size` bytes at the absolute `offset` into `to` and returns how many. Fewer only with a note in
 * `job` (TORN, BAD, IO) at `noted` plus what was read. */
typedef size_t reader_function(void *context, struct job *job, uint64_t offset, uint64_t noted, void *to,
                               size_t size);

struct evidence_reader {
    int fd;                     /* open for reading, the caller's; -1 if `read` is used */
    reader_function *read;      /* NULL: pread on fd */
    void *context;              /* for read; must outlive the reader */
    uint64_t base, size;        /* bytes */
    uint64_t bytes_read, calls; /* what was delivered so far, in how many calls */
};

enum { READER_PIECE = 4096 }; /* bytes that are refused together */

struct evidence_reader reader_of(int fd, uint64_t base, uint64_t size);

/* The part [offset, offset + size) of what `outer` sees, or as much of it as there is; counters start at 0.
 */
struct evidence_reader reader_within(const struct evidence_reader *outer, uint64_t offset, uint64_t size);

/* Reads up to `size` bytes at `offset` and returns how many. Fewer only where the evidence ends (noted as
 * TORN) or cannot be read (noted as IO, with as many bytes of what was asked for as cannot be read in a row,
 * or BAD by a container), in `job`, at the absolute offset in the evidence. All that lies before a bad place
 * is delivered, up to READER_PIECE; what lies behind it is another read's. */
size_t reader_read(struct evidence_reader *reader, struct job *job, uint64_t offset, void *to, size_t size);

/* The same; notes count from `noted`, the place of these bytes in the artifact that they belong to. */
size_t reader_read_for(struct evidence_reader *reader, struct job *job, uint64_t offset, uint64_t noted,
                       void *to, size_t size);

/* pread of what can be read: where the system refuses (EIO), of less and less, so that the bytes before a bad
 * place come. -1 with errno if the piece at `offset` itself cannot be read. */
ssize_t reader_pread(int fd, void *to, size_t size, uint64_t offset) MUST_USE;

/* After that: how many of the `size` bytes at `offset` cannot be read in a row. Whole pieces. */
uint64_t reader_bad(int fd, uint64_t offset, uint64_t size);

#endif
