/* reader: counted pread on one piece of evidence.
 *
 * A reader looks at [base, base + size) of a descriptor; offsets given to it count from `base`. It holds no
 * position and no memory; a copy is an independent reader with its own counters. */
#ifndef SOURCE_READER_H
#define SOURCE_READER_H

#include "base/job.h"

struct evidence_reader {
    int fd;                     /* open for reading; the caller's */
    uint64_t base, size;        /* bytes */
    uint64_t bytes_read, calls; /* what pread delivered so far, in how many calls */
};

struct evidence_reader reader_of(int fd, uint64_t base, uint64_t size);

/* Reads up to `size` bytes at `offset` and returns how many. Fewer only where the evidence ends (noted as
 * TORN) or cannot be read (noted as IO), in `job`, at the absolute offset in the evidence. */
size_t reader_read(struct evidence_reader *reader, struct job *job, uint64_t offset, void *to, size_t size);

/* The same; notes count from `noted`, the place of these bytes in the artifact that they belong to. */
size_t reader_read_for(struct evidence_reader *reader, struct job *job, uint64_t offset, uint64_t noted,
                       void *to, size_t size);

#endif
