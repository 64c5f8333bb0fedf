/* quantum: Quantum as cabinets have it (docs/format/quantum.md): an arithmetic coder with models that adapt,
 * and matches in a window of 2^10 to 2^21 bytes. Models and window go on from block to block of at most
 * 32 KiB; the coder begins anew in each. */
#ifndef FORMAT_QUANTUM_H
#define FORMAT_QUANTUM_H

#include "base/job.h"
#include "format/unpack.h"

enum { QUANTUM_BLOCK = 32768, QUANTUM_LEAST = 10, QUANTUM_MOST = 21 };

struct quantum;

/* A decoder with a window of 2^bits bytes, at the beginning of a stream. NULL with a fault in `job`: LIMIT,
 * BAD if there is no such window. Takes the window twice, at least 256 KiB more than it, from the job. */
struct quantum *quantum_new(struct job *job, unsigned bits) MUST_USE;

/* Begins anew. */
void quantum_start(struct quantum *quantum);

/* Unpacks the next block, which stands for `size` bytes (at most QUANTUM_BLOCK). `bytes` is set to them; they
 * are the decoder's until the next call. False with ret->fault set: TORN, BAD, LIMIT; then ret->size of them
 * are valid, the rest are zeros, and all calls until the next quantum_start fail. */
bool quantum_decode(struct quantum *quantum, struct span in, size_t size, const uint8_t **bytes,
                    struct unpacked *ret) MUST_USE;

#endif
