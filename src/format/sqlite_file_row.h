/* sqlite_file_row: rows of tables of SQLite. See sqlite_file.h. */
#ifndef FORMAT_SQLITE_FILE_ROW_H
#define FORMAT_SQLITE_FILE_ROW_H

#include "format/sqlite_file.h"

struct sqlite_file_row {
    struct sqlite_file *file;
    int64_t rowid;
    struct span types, body; /* of the record */
    bool cut;                /* the end of the record is not there */
};

enum sqlite_file_kind {
    SQLITE_FILE_NULL,
    SQLITE_FILE_INTEGER,
    SQLITE_FILE_REAL,
    SQLITE_FILE_TEXT,
    SQLITE_FILE_BLOB
};

struct sqlite_file_value {
    enum sqlite_file_kind kind;
    int64_t integer;
    double real;
    struct span bytes; /* of a text, in the encoding of the file; of a blob */
    bool cut;          /* not all bytes are there */
};

/* The value of a column by number. False, and NULL, if the record has none: the table's default holds. */
bool sqlite_file_value(const struct sqlite_file_row *row, int column, struct sqlite_file_value *ret);

/* For sqlite_file_walk.c. */

/* A number of 1 to 9 bytes, seven bits each, the highest first. */
uint64_t sqlite_file_varint(struct cursor *c);

/* Finds header and body of a record of which `payload` is there. False if it is none. */
bool sqlite_file_record(struct sqlite_file_row *row, uint32_t page, struct span payload) MUST_USE;

#endif
