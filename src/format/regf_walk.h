/* regf_walk: all keys and values of a registry hive, and what is left of deleted ones.
 *
 * A walk yields every key of the tree, a parent before what is below it, each followed by its values; then
 * what no list names: keys in cells in use (LOST) and remains in free cells, in the slack of cells and behind
 * the hive (DELETED), with those of their values that are still there; then such values without a key. Any
 * bytes may be taken for remains, so those are believed only if every field is plausible; values of remains
 * whose data was written over say so.
 *
 * Links are followed once, to any cell, also to one that is marked free or has a wrong size, which is damage
 * and told; a bad element of a list costs that element, a bad list its elements, which the walk then finds as
 * LOST. Time is bounded by the job's steps; when they are used up the walk ends with a LIMIT fault. */
#ifndef FORMAT_REGF_WALK_H
#define FORMAT_REGF_WALK_H

#include "base/text.h"
#include "format/regf_value.h"

enum regf_kind { REGF_KEY, REGF_VALUE };

struct regf_item {
    enum regf_kind kind;
    enum regf_state state;
    unsigned depth;      /* of the key: 0 is the root; 0 too where state is not LIVE */
    struct regf_key key; /* of a value too; its cell is REGF_NONE if that is not known */
    struct regf_value value;
};

struct regf_walk;

/* NULL with a fault if memory runs out. One walk for each regf_open. */
struct regf_walk *regf_walk_new(struct regf *hive) MUST_USE;

bool regf_next(struct regf_walk *walk, struct regf_item *ret) MUST_USE;

/* Adds the path of a key by the parents that it and they name: names in stored form, each behind a slash; the
 * root is empty. False if that does not lead to the root, or steps run out; the path then begins with `?`. */
bool regf_path(struct regf *hive, const struct regf_key *key, struct text *text);

#endif
