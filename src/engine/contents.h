/* contents: many contents of one piece of evidence, read by workers a range of positions at a time. Internal
 * to engine/.
 *
 * A position is a place in the order of reading. What it stands for is a *slot*: a stream of a volume, a
 * member of an archive. A content that ends its worker is named, left out, and the rest of its range is tried
 * again. */
#ifndef ENGINE_CONTENTS_H
#define ENGINE_CONTENTS_H

#include "engine/run.h"

struct contents_state {
    uint8_t state, codes, reason; /* reason: number of a text, 0 none; contents_reason */
};

struct contents {
    /* filled in by the caller */
    struct pool_client client; /* first; contents_read fills it in */
    struct run *run;
    uint32_t type;   /* PROTOCOL_RANGE or PROTOCOL_MEMBERS */
    int index;       /* memfd */
    uint32_t total;  /* positions */
    uint32_t slots;  /* all numbers of slots are below */
    bool sequential; /* all positions to one worker, in one range */
    bool packages;   /* packages that are found are opened as evidence of their own */
    struct protocol_place place;
    uint64_t most;           /* bytes of the evidence, which bound what may be said of one content */
    const uint64_t *numbers; /* by slot: its artifact, 0 if there is none */
    const uint8_t *left_out; /* a bit a slot: it has an artifact and is not wanted. NULL: all are */
    struct span followed; /* a bit a file record: all its events are kept (detect/inspect.h); may be empty */
    uint32_t (*slot)(const struct contents *contents, uint64_t position); /* UINT32_MAX: none */
    const void *context;                                                  /* for slot */
    /* What lies inside and is to be opened as evidence of its own; NULL: nothing is. */
    void (*nested)(struct contents *contents, uint32_t slot);
    /* their own */
    struct contents_state *states; /* by slot */
    char (*reasons)[TALLY_REASON];
    size_t reason_count;
    uint32_t handed, chunk;
    uint64_t number; /* of the index */
    int selected;    /* memfd: bits by position of what is read; -1 if all is */
    int following;   /* memfd: `followed`; -1 if that is empty */
};

/* Reads all that have an artifact and are wanted; the others are unread, which is no loss. False if not all
 * could be handed out: interrupted, out of memory (then noted in the run). */
bool contents_read(struct contents *contents) MUST_USE;
void contents_free(struct contents *contents);

/* What became of a slot; STATE_UNREAD if it was not in the order. */
struct contents_state contents_state(const struct contents *contents, uint32_t slot);
const char *contents_reason(const struct contents *contents, struct contents_state state); /* or NULL */

#endif
