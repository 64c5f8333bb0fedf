/* db_table: tables that are made by us while a statement reads them (virtual tables of SQLite that no schema
 * names). A statement calls them by name, like any other.
 *
 * The first `keys` columns are keys: a scan is of given values of the first of them, or of the first two, or
 * of everything; what lists of values the statement has (`=`, IN) it is told at once. A table may take an
 * argument, a text in brackets behind its name: then its last column is `argument HIDDEN`. */
#ifndef BASE_DB_TABLE_H
#define BASE_DB_TABLE_H

#include "base/db.h"
#include "base/text.h"

enum { DB_TABLE_KEYS = 2 };

struct db_table_values {
    const int64_t *values; /* ascending, each once; NULL for all there are */
    size_t count;
};

struct db_table_scan {
    struct db_table_values keys[DB_TABLE_KEYS]; /* theirs; gone when `open` returns */
    const char *argument;                       /* the same; NULL for none */
};

struct db_table {
    const char *name, *columns; /* "number INTEGER, thing INTEGER" */
    unsigned keys;
    int argument;                   /* the column of the argument, -1 for none */
    double rows[DB_TABLE_KEYS + 1]; /* about how many: all; with a value of the first key; of the first two */

    /* A scan, before its first row. Whatever fails says so in `why`, and the statement fails with that. */
    void *(*open)(void *context, const struct db_table_scan *scan, struct text *why);
    bool (*next)(void *scan, struct text *why); /* false at the end */
    /* A cell: a number, unless a text is given. Texts stay until the next row. */
    int64_t (*cell)(void *scan, unsigned column, const char **text);
    void (*close)(void *scan);
};

/* `table` and `context` must stay until the database is closed. False, told by db_error, if it fails. */
bool db_table_add(struct db *db, const struct db_table *table, void *context) MUST_USE;

#endif
