/* inspect_i30: an index of names ($I30) as rows of index_entry. For inspect.c only. */
#ifndef DETECT_INSPECT_I30_H
#define DETECT_INSPECT_I30_H

#include "base/text.h"
#include "detect/inspect.h"

enum {
    INSPECT_I30_ENTRIES = 4000000, /* rows of one index, the first ones */
    INSPECT_I30_WINDOW = 1 << 20,  /* bytes read at once, a multiple of any block */
    INSPECT_I30_FLUSH = 4 << 20    /* bytes of rows after which options->flush is called */
};

/* Is it a copy of such a stream? */
bool inspect_i30_sniff(struct span head) MUST_USE;

/* Reads all of the content, `*read` bytes: the index of options->directory, or, if that is NULL, a copy.
 * Damage is noted in the job. False if it was more than is kept, or memory ran out. */
bool inspect_i30(struct content *content, struct job *job, const struct inspect_options *options,
                 struct text *rows, uint64_t *read) MUST_USE;

#endif
