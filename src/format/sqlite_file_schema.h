/* sqlite_file_schema: which tables a database of SQLite has, and their columns. See sqlite_file.h. */
#ifndef FORMAT_SQLITE_FILE_SCHEMA_H
#define FORMAT_SQLITE_FILE_SCHEMA_H

#include "format/sqlite_file.h"

enum { SQLITE_FILE_SQL = 64 << 10 /* bytes of a CREATE TABLE that are looked at */ };

struct sqlite_file_table {
    uint32_t root;   /* page */
    const char *sql; /* CREATE TABLE, in memory of the job; what is not ASCII may be lost */
};

/* The table of this name (letters of ASCII in any case). False, quietly, if there is none. */
bool sqlite_file_find(struct sqlite_file *file, const char *name, struct sqlite_file_table *ret) MUST_USE;

/* The number of a column in the table's records, or -1: there is none, or it is computed and not kept. A
 * column that is INTEGER PRIMARY KEY is NULL in the record: it is the rowid. */
int sqlite_file_column(const struct sqlite_file_table *table, const char *name);

#endif
