/* deflate64: two kin of Deflate that zlib does not undo (docs/format/inflate.md).
 *
 * Deflate64 has a window of 64 KiB, two more distances, and lengths of up to 65,538 bytes. Deflate as NSIS
 * packs it is Deflate, but for stored blocks, whose size has no complement behind it; some builds of NSIS
 * write it all the same. Which of them it is, the first stored block tells, and it stays so for the life of a
 * decoder.
 *
 * Memory: what deflate64_new takes, some 80 KiB. Work is bounded by bytes in plus bytes out. */
#ifndef FORMAT_DEFLATE64_H
#define FORMAT_DEFLATE64_H

#include "base/job.h"
#include "format/intake.h"

enum deflate64_kind { DEFLATE64, DEFLATE64_NSIS };

struct deflate64;

/* NULL with a LIMIT fault in `job`. */
struct deflate64 *deflate64_new(struct job *job) MUST_USE;

/* Begins a stream. */
void deflate64_start(struct deflate64 *of, enum deflate64_kind kind);

/* Up to `size` bytes more; fewer only when *state is no longer INTAKE_GOES_ON. */
size_t deflate64_read(struct deflate64 *of, struct intake *in, uint8_t *to, size_t size,
                      enum intake_state *state);

#endif
