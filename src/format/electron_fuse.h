/* electron_fuse: the switches that a program of Electron carries for its own behaviour
 * (docs/format/electron_fuse.md): a mark, a version, how many there are, and a byte each.
 *
 *     for (uint64_t from = 0; electron_fuse_find(image, from, &fuses); from = fuses.behind)
 *         for (size_t i = 0; i < fuses.wire.size; i++)
 *             ... electron_fuse_name(i), electron_fuse_state(fuses.wire.data[i]) ...
 *
 * Only looks and allocates nothing. A program that sets fuses holds the mark, too, so that what is found is
 * fuses only if the bytes behind it are. */
#ifndef FORMAT_ELECTRON_FUSE_H
#define FORMAT_ELECTRON_FUSE_H

#include "base/fault.h"
#include "base/span.h"

enum {
    ELECTRON_FUSE_MARK = 32,                           /* bytes */
    ELECTRON_FUSE_MOST = ELECTRON_FUSE_MARK + 2 + 255, /* bytes of mark, head and states */
    ELECTRON_FUSE_PLACES = 4                           /* that are kept of one stream */
};

struct electron_fuse {
    uint64_t behind;  /* where to look on: an offset in the span that was searched */
    struct span wire; /* a byte a fuse, all of them states that are known; at least one */
};

/* The first fuses at or behind `from` (an offset in the span) in version 1, which is the only one there is.
 */
bool electron_fuse_find(struct span image, uint64_t from, struct electron_fuse *ret) MUST_USE;

/* The same in bytes that come in pieces of any size: what spans two pieces is found once. */
struct electron_fuse_stream {
    uint64_t size, behind;            /* bytes so far; end of what was found last */
    uint8_t tail[ELECTRON_FUSE_MOST]; /* the last ones */
    uint8_t joined[2 * ELECTRON_FUSE_MOST];
    size_t tail_size;
    uint8_t wire[ELECTRON_FUSE_PLACES][UINT8_MAX]; /* the first ones, in their order */
    size_t wire_size[ELECTRON_FUSE_PLACES], count;
};

void electron_fuse_start(struct electron_fuse_stream *stream);
void electron_fuse_add(struct electron_fuse_stream *stream, struct span bytes);

/* "RunAsNode"; NULL for one that is not known. */
const char *electron_fuse_name(size_t number);

/* "off", "on", "removed", "inherited"; NULL for a byte that is no state. */
const char *electron_fuse_state(uint8_t byte);

#endif
