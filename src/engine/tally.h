/* tally: files and bytes counted by class and reason. */
#ifndef ENGINE_TALLY_H
#define ENGINE_TALLY_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>

enum { TALLY_LINES = 64, TALLY_REASON = 200 };

struct tally_line {
    const char *class;         /* constant */
    char reason[TALLY_REASON]; /* "" for none */
    uint64_t files, bytes;
};

struct tally {
    size_t count;
    struct tally_line lines[TALLY_LINES]; /* in order of first appearance; the last one collects the rest */
};

/* `reason` may be NULL; cut at TALLY_REASON. `class` must be constant. */
void tally_add(struct tally *tally, const char *class, const char *reason, uint64_t files, uint64_t bytes);

/* By class, then reason, so that the order does not depend on who came first. */
void tally_sort(struct tally *tally);

#endif
