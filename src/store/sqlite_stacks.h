/* sqlite_stacks: on how many hosts each value is, in one pass over the presences of a store in one file. To
 * statements it is a table with an argument, the question that gives things and their values:
 *
 *   SELECT value, hosts, things FROM stacked('SELECT thing, name FROM thing WHERE ...')
 *
 * `hosts` have any of the `things` that some host has; values that no host has are not there. Takes some ten
 * nanoseconds a presence, and memory for the values and 24 bytes a thing. */
#ifndef STORE_SQLITE_STACKS_H
#define STORE_SQLITE_STACKS_H

#include "base/db.h"
#include "store/engine.h"

struct sqlite_stacks {
    struct db *db;
    const struct engine *engine; /* whose progress is told */
};

/* `stacks` must stay until the database is closed. False, told by db_error, if it fails. */
bool sqlite_stacks_add(struct db *db, const struct engine *engine, struct sqlite_stacks *stacks) MUST_USE;

#endif
