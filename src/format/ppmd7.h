/* ppmd7: PPMd variant H with the range coder of 7z (docs/format/ppmd.md).
 *
 * A model that predicts each byte by up to 64 bytes before it. Which of its parts it keeps when its memory is
 * full decides what later bytes mean, so that this is part of the format: it begins anew where the packer's
 * did. All parts refer to one another by offsets in one block of memory, and every access stays in it,
 * whatever the packed bytes say.
 *
 * Memory: what the archive asks for, at most PPMD7_MEMORY, and 64 KiB. Work is bounded by bytes out, each at
 * most 64 contexts of 256 symbols. */
#ifndef FORMAT_PPMD7_H
#define FORMAT_PPMD7_H

#include "base/job.h"
#include "format/intake.h"

enum {
    PPMD7_MEMORY = 256 << 20, /* bytes of a model that is unpacked */
    PPMD7_LEAST = 1 << 11,    /* bytes of the smallest one that there may be */
    PPMD7_ORDER = 64
};

struct ppmd7;

/* For a model of this order and size, to be begun by ppmd7_start. NULL with a fault in `job`: BAD for what no
 * packer writes, LIMIT. */
struct ppmd7 *ppmd7_new(struct job *job, unsigned order, uint32_t memory) MUST_USE;

void ppmd7_start(struct ppmd7 *model);

/* Up to `size` bytes more; fewer only when *state is no longer INTAKE_GOES_ON. Where the bytes end is for the
 * caller to know: a mark may be there, and need not. */
size_t ppmd7_read(struct ppmd7 *model, struct intake *in, uint8_t *to, size_t size, enum intake_state *state);

#endif
