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

enum { ELECTRON_FUSE_MARK = 32 }; /* bytes */

struct electron_fuse {
    uint64_t behind;  /* where to look on: an offset in the span that was searched */
    struct span wire; /* a byte a fuse, all of them states that are known; at least one */
};

/* The first fuses at or behind `from` (an offset in the span) in version 1, which is the only one there is.
 */
bool electron_fuse_find(struct span image, uint64_t from, struct electron_fuse *ret) MUST_USE;

/* "RunAsNode"; NULL for one that is not known. */
const char *electron_fuse_name(size_t number);

/* "off", "on", "removed", "inherited"; NULL for a byte that is no state. */
const char *electron_fuse_state(uint8_t byte);

#endif
