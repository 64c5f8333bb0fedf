/* nsis_bzip2: bzip2 as NSIS packs it (docs/format/nsis.md): the same blocks as bzip2's, of at most 900,000
 * bytes, but without its head, without checksums and marks of six bytes, and without blocks that are
 * randomised.
 *
 * Memory: what nsis_bzip2_new takes, some 4 MiB. Work is bounded by bytes in plus blocks begun. */
#ifndef FORMAT_NSIS_BZIP2_H
#define FORMAT_NSIS_BZIP2_H

#include "base/job.h"
#include "format/intake.h"

enum { NSIS_BZIP2_BLOCK = 900000 };

struct nsis_bzip2;

/* NULL with a LIMIT fault in `job`. */
struct nsis_bzip2 *nsis_bzip2_new(struct job *job) MUST_USE;

/* Begins a stream. */
void nsis_bzip2_start(struct nsis_bzip2 *of);

/* Up to `size` bytes more; fewer only when *state is no longer INTAKE_GOES_ON. Of a block that is damaged
 * nothing is given. */
size_t nsis_bzip2_read(struct nsis_bzip2 *of, struct intake *in, uint8_t *to, size_t size,
                       enum intake_state *state);

#endif
