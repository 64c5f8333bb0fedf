/* sqlite_file_walk: all rows of a table of SQLite. See sqlite_file.h. */
#ifndef FORMAT_SQLITE_FILE_WALK_H
#define FORMAT_SQLITE_FILE_WALK_H

#include "format/sqlite_file_row.h"

struct sqlite_file_level {
    struct span page;
    uint32_t number;
    unsigned next, count, first; /* cell in turn; cells; where their places begin */
    bool leaf;
};

struct sqlite_file_walk {
    struct sqlite_file *file;
    uint8_t *seen; /* a bit a page */
    unsigned depth;
    struct sqlite_file_level levels[SQLITE_FILE_DEPTH];
};

/* Begins with the tree that has this root. False with a note if it is none of a table with rowids: tables
 * WITHOUT ROWID are not read (UNSUPPORTED). */
bool sqlite_file_begin(struct sqlite_file *file, uint32_t root, struct sqlite_file_walk *ret) MUST_USE;

/* The next row, in the order of the tree; false at the end. */
bool sqlite_file_next(struct sqlite_file_walk *walk, struct sqlite_file_row *ret) MUST_USE;

#endif
