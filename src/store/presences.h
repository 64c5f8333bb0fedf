/* presences: what a case has, packed for a store of SQLite (docs/fleet.md).
 *
 * Rows ascend by thing, each thing once. A chunk is some of them:
 *
 *   1 byte    A: bytes of a difference of things, 1 to 8
 *   1 byte    B: bytes of a time, 0 to 8
 *   8 bytes   the least time that is not 0
 *   A bytes   for each row but the first: its thing less that of the row before; at least 1
 *   B bytes   for each row: 0 if its time is 0, else its time less the least, plus 1
 *
 * all little-endian. How many rows there are follows from the size. The first thing is kept beside the chunk,
 * which is found by it. Chunks come from files that others may have altered: what does not follow these rules
 * is refused. */
#ifndef STORE_PRESENCES_H
#define STORE_PRESENCES_H

#include "base/fault.h"
#include "base/text.h"
#include "store/rows.h"

/* A chunk of at most so many bytes fills one page of SQLite's and little of another. */
enum { PRESENCES_BYTES = 4560, PRESENCES_ROWS = PRESENCES_BYTES };

/* Packs as many of the rows as go into one chunk, and says how many; at least 1. `out` is cleared first. */
size_t presences_pack(const struct store_presence *rows, size_t count, struct text *out) MUST_USE;

struct presences {
    size_t count;
    uint64_t things[PRESENCES_ROWS], times[PRESENCES_ROWS];
};

/* False if it is no chunk that begins with this thing. Without `times` these are left as they were. */
bool presences_unpack(uint64_t first, struct span chunk, bool times, struct presences *ret) MUST_USE;

/* The first row of them whose thing is not less; `count` if there is none. Looks from `from` on. */
size_t presences_find(const struct presences *presences, size_t from, uint64_t thing) MUST_USE;

#endif
