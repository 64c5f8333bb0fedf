/* timeline_sort: puts lines in order, more than memory holds.
 *
 * An external merge sort: lines are gathered until they fill `memory`, sorted, and written as a run to a file
 * without a name in TMPDIR (or /var/tmp, /tmp), which is gone with the process; in the end the runs are
 * merged. What fits into memory is never written. Equal keys keep the order in which they were added. Needs
 * no more than `memory` twice, whatever the number of lines, and room on disk for all of them twice.
 *
 * The first failure sticks: what comes out then ends early, so whoever reads must ask timeline_sort_error
 * before believing the end. */
#ifndef REPORT_TIMELINE_SORT_H
#define REPORT_TIMELINE_SORT_H

#include "base/fault.h"
#include "base/span.h"

enum { TIMELINE_SORT_MEMORY = 64 << 20, TIMELINE_SORT_RUNS = 256 };

/* What is compared first to last, smallest first. */
struct timeline_key {
    uint64_t time, place, item, order, identity;
    uint32_t shadow, mask;
};

struct timeline_run;

struct timeline_sort {
    size_t memory; /* bytes of a run */
    uint8_t *items;
    size_t used, room;
    struct timeline_slot *slots;
    size_t count, slot_room;
    int fd;
    uint64_t file_size;
    struct timeline_run *runs;
    size_t run_count;
    size_t *heap; /* runs by their next line */
    size_t heap_count, at;
    bool reading;
    char error[160];
};

/* An empty one. `memory` in bytes: TIMELINE_SORT_MEMORY, or less in tests; a line may take half of it. */
void timeline_sort_init(struct timeline_sort *sort, size_t memory);

/* Takes a copy. False once it failed. */
bool timeline_sort_add(struct timeline_sort *sort, const struct timeline_key *key, const void *line,
                       size_t size) MUST_USE;

/* The next line in order, valid until the next call; the first call ends the adding. False at the end and
 * after a failure. */
bool timeline_sort_next(struct timeline_sort *sort, struct timeline_key *key, struct span *line) MUST_USE;

/* Why it failed, "" if it did not. */
const char *timeline_sort_error(const struct timeline_sort *sort);

void timeline_sort_free(struct timeline_sort *sort);

#endif
