/* extract: what a case says of its host, as rows of a store.
 *
 * The case is somebody's: any text, any number, any table that is empty. It is asked within limits
 * (a number of steps for a question); what it says is cut at the bounds of the fields and never trusted
 * further. A case that holds several hosts is refused: a store's rows are of one each. So is one of the
 * future, which would count for good, as no later one of its host could be newer.
 *
 * Things: images and drivers of live volumes (not of shadow copies, not deleted, not inside packages),
 * services, what starts, what ran and is no file that is there, software by its key `Uninstall`. Names are in
 * normal form; what becomes the same thing twice is there once, with the earliest time. */
#ifndef STORE_EXTRACT_H
#define STORE_EXTRACT_H

#include "case/casefile.h"
#include "store/rows.h"

enum {
    EXTRACT_THINGS = 4000000, /* of one case at most */
    EXTRACT_MARKS = 100000,
    EXTRACT_TEXT = 1024,          /* bytes of a field at most */
    EXTRACT_BYTES = 512 << 20,    /* of all texts, some ten times what hosts have */
    EXTRACT_FUTURE = 24 * 60 * 60 /* seconds that a scan may be ahead of our clock */
};

struct extract_thing {
    uint64_t id, time;
    struct store_thing thing;
};

struct extract {
    struct store_host host;
    struct store_case made;
    struct extract_thing *things; /* by id, each once */
    size_t thing_count, thing_room;
    struct store_mark *marks;
    size_t mark_count, mark_room;
    struct store_covered *covered;
    size_t covered_count, covered_room;
    struct extract_memory *memory; /* of all texts */
};

/* The host and the case, without what it holds: enough to know whether it is wanted. False with the reason in
 * `why`: it is no case of one host, or memory ran out. extract_free in either case. */
bool extract_head(struct casefile *casefile, struct extract *ret, struct text *why) MUST_USE;

/* The rest of it; false as above. */
bool extract_rest(struct casefile *casefile, struct extract *extract, struct text *why) MUST_USE;
void extract_free(struct extract *extract);

#endif
