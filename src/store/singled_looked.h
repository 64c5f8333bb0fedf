/* singled_looked: on how many hosts was looked where a thing lies? Among hosts that were collected to
 * different depths a thing is rare if few of those have it that were looked at there; of the others nobody
 * knows.
 *
 * A place is an area (store/areas.def) or a hive; place 0 is anywhere, for what is known from too many
 * sources. Places that the same hosts were looked at are one: the first of them. */
#ifndef STORE_SINGLED_LOOKED_H
#define STORE_SINGLED_LOOKED_H

#include "store/rows.h"

#include <stddef.h>

enum { SINGLED_LOOKED_PLACES = ROWS_AREAS + 3 };

struct singled_looked {
    unsigned hosts[SINGLED_LOOKED_PLACES];
    uint8_t same[SINGLED_LOOKED_PLACES]; /* the place that stands for it */
};

/* Where a host was looked at, a bit a place. `bits` begins as 0; add each row of table covered. */
void singled_looked_add(uint32_t *bits, const char *prefix, bool complete);

/* Of a host with such bits, after all rows: one of which nothing is said was looked at everywhere. */
uint32_t singled_looked_done(uint32_t bits);

/* Counts `hosts` of them, `stride` bytes apart, that are done. */
void singled_looked_count(struct singled_looked *ret, const uint32_t *bits, size_t hosts, size_t stride);

/* Where a thing of that kind and path (normal form) is looked for. */
unsigned singled_looked_place(enum store_kind kind, const char *path);

#endif
