/* stakes_gather: what there is of value in a case, put together: one pass over its folders, one over its
 * files, one over the keys of its hives. Reads the case alone; nothing of evidence is asked for.
 *
 * What one rule finds in one place of one volume is one group. Of a group that has files now, deleted ones
 * are not counted; one that only a shadow copy has is told as such. Files inside packages that were opened
 * on the way are of no host and left out; so are streams. */
#ifndef JUDGE_STAKES_GATHER_H
#define JUDGE_STAKES_GATHER_H

#include "base/db.h"
#include "judge/stakes_places.h"

enum { STAKES_GATHER_MOST = 50000 /* groups; what falls into others is counted */ };

enum stakes_standing { STAKES_PRESENT, STAKES_DELETED, STAKES_SHADOWED };

struct stakes_group {
    const struct stakes_rule *rule;
    const char *path;    /* of what belongs together; of a key, its path */
    const char *name;    /* of the only file; NULL if there are several, or it is a key or a folder */
    const char *browser; /* whose profile it is; NULL for none */
    size_t user;         /* bytes of `path`, or of `owner`, that are the folder of the user; 0 for none */
    const char *home;    /* of a key: the folder of its hive; NULL else */
    int64_t evidence, volume, artifact;
    enum stakes_standing standing;
    enum stakes_places_rank rank;
    uint64_t files, size;
    int64_t created, modified; /* FILETIMEs, 0 for none */
};

struct stakes_gather;

/* Everything, in the order of evidence, kind, name, user, path. NULL if the case cannot be read or memory
 * runs out. */
struct stakes_gather *stakes_gather_all(struct db *db, const struct stakes *stakes) MUST_USE;
void stakes_gather_free(struct stakes_gather *gather); /* NULL is fine */

size_t stakes_gather_count(const struct stakes_gather *gather);
const struct stakes_group *stakes_gather_at(const struct stakes_gather *gather, size_t number);
uint64_t stakes_gather_omitted(const struct stakes_gather *gather); /* files that found no room */

#endif
