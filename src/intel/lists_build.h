/* lists_build: puts a compiled file together (intel/lists.h).
 *
 * Everything is gathered in memory, sorted and written at once. Running out of memory or of numbers makes the
 * build `full`; later calls then do nothing, and lists_build_write says so. Rows refer to what was begun
 * last. */
#ifndef INTEL_LISTS_BUILD_H
#define INTEL_LISTS_BUILD_H

#include "intel/lists.h"

struct lists_build {
    struct text list, entry, digest[LISTS_DIGESTS], name, pool;
    uint32_t *slots; /* where texts of the pool begin, by their hash; 0 is a free slot */
    size_t slot_count, texts;
    uint32_t lists, entries;
    struct lists_list now; /* the list in hand, whose counts grow */
    char newest[11];       /* date of an entry of it, as YYYY-MM-DD; takes the place of the list's */
    bool open, full;
};

void lists_build_free(struct lists_build *build);

/* Begins a list; counts of `list` are not looked at. lists_build_write ends the last one. */
void lists_build_list(struct lists_build *build, const struct lists_list *list);

/* The number of a new entry of the list in hand, or of the last one if that says the same. `list` of it is
 * not looked at. */
uint32_t lists_build_entry(struct lists_build *build, const struct lists_entry *entry);

/* `value` has the size that the kind of digest wants. */
void lists_build_digest(struct lists_build *build, enum lists_digest digest, struct span value,
                        uint32_t entry, uint32_t number);

/* `entry`, `list` and `list_date` of the name are not looked at. */
void lists_build_name(struct lists_build *build, const struct lists_name *name, uint32_t entry);

/* Counts a row that said something, and one that did not. */
void lists_build_sample(struct lists_build *build);
void lists_build_passed(struct lists_build *build);

/* Adds list number `number` of a compiled file with all that belongs to it. */
void lists_build_copy(struct lists_build *build, const struct lists *from, uint32_t number);

/* The compiled file into `out`, which is empty. False if the build is full. The build is spent. */
bool lists_build_write(struct lists_build *build, struct text *out) MUST_USE;

#endif
