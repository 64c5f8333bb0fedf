/* sqlite_presences: the presences of a store in one file. They are kept in chunks (store/presences.h) in
 * table presence_rows; statements read them as table `presence`, of which no schema knows:
 *
 *   number   of the case in this file
 *   thing, time
 *
 * Found by the number, or by the number and things; all things of a statement's list are looked for in one
 * go. A damaged chunk fails the statement. */
#ifndef STORE_SQLITE_PRESENCES_H
#define STORE_SQLITE_PRESENCES_H

#include "base/db.h"
#include "store/presences.h"

#define SQLITE_PRESENCES_SCHEMA                                                                              \
    "CREATE TABLE presence_rows(number INTEGER NOT NULL, first INTEGER NOT NULL, chunk BLOB NOT NULL,"       \
    " PRIMARY KEY(number, first)) STRICT, WITHOUT ROWID;"

enum { SQLITE_PRESENCES_KINDS = 3, SQLITE_PRESENCES_IDLE = 4 };

struct sqlite_presences {
    struct db *db;
    struct db_query *idle[SQLITE_PRESENCES_KINDS][SQLITE_PRESENCES_IDLE]; /* prepared and not in use */
    uint64_t read; /* rows of all that was unpacked, for progress */
};

/* `presences` must stay until the database is closed. False, told by db_error, if it fails. */
bool sqlite_presences_add(struct db *db, struct sqlite_presences *presences) MUST_USE;

/* Writes the presences of one case. They are put in order; a thing that is there twice is an error. False,
 * told by db_error or else by `why`, if it fails. */
bool sqlite_presences_write(struct db *db, uint64_t number, struct store_presence *rows, size_t count,
                            const char **why) MUST_USE;

#endif
