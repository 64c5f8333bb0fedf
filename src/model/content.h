/* content: the bytes of one artifact, read once.
 *
 * A source fills it in; whoever consumes it reads forward as far as it needs. `head` has been read already
 * and stays valid while the content does. */
#ifndef MODEL_CONTENT_H
#define MODEL_CONTENT_H

#include "base/job.h"
#include "base/span.h"

#define CONTENT_HEAD  4096                 /* bytes in head, or all of a smaller content */
#define CONTENT_WHOLE ((uint64_t)64 << 20) /* up to this size a content becomes one span in job memory */

struct content {
    uint64_t size; /* bytes, as its source says; there may be fewer */
    struct span head;
    /* Reads up to `size` bytes at `offset` into `to` and returns how many; fewer than asked only where the
     * evidence ends or cannot be read, which it notes in `job` (TORN, BAD, IO). Sparse ranges read as zeros.
     */
    size_t (*read)(struct content *content, struct job *job, uint64_t offset, uint8_t *to, size_t size);
    /* The first offset from `offset` on that does not lie in a hole; `size` if there is none. NULL if the
     * source knows of no holes. */
    uint64_t (*data)(struct content *content, uint64_t offset);
};

#endif
