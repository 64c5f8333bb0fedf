/* deflate: bytes packed as zlib keeps them (RFC 1950, RFC 1951), with memory of the job. Packed at once; the
 * same bytes yield the same bytes with the same library. */
#ifndef FORMAT_DEFLATE_H
#define FORMAT_DEFLATE_H

#include "base/job.h"
#include "base/span.h"

enum { DEFLATE_MOST = 16 << 20 }; /* bytes that are packed at once */

/* False with a fault in the job if there are more, or no memory for it. `ret` is in the job's memory. */
bool deflate_once(struct job *job, struct span bytes, struct span *ret) MUST_USE;

/* Undoes it; false if it is no such thing or is not `size` bytes, which are at most DEFLATE_MOST. */
bool deflate_undo(struct job *job, struct span packed, size_t size, struct span *ret) MUST_USE;

#endif
