/* row: facts on their way from a worker to the case.
 *
 * A row names a table and some of its columns by the numbers of model/facts.h and carries integers, text or
 * blobs. Writers append to a struct text that they own; readers take rows from a span that is not trusted:
 * any length or number that does not fit makes row_next return false with `bad` set.
 *
 * Form: u8 table, u8 count, then count times { u16 column, u8 kind, kind INTEGER: u64 | else: u32 length,
 * bytes }. */
#ifndef BASE_ROW_H
#define BASE_ROW_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum row_kind { ROW_INTEGER = 1, ROW_TEXT = 2, ROW_BLOB = 3 };

enum { ROW_CELLS = 64 }; /* cells of one row at most */

struct row_writer {
    struct text *out;
    size_t start; /* of the row being written */
};

void row_begin(struct row_writer *writer, struct text *out, unsigned table);
void row_integer(struct row_writer *writer, unsigned column, uint64_t value);
void row_text(struct row_writer *writer, unsigned column, const char *utf8, size_t size); /* stored form */
void row_string(struct row_writer *writer, unsigned column, const char *utf8);
void row_blob(struct row_writer *writer, unsigned column, const void *data, size_t size);

struct row_cell {
    unsigned column;
    enum row_kind kind;
    uint64_t integer;
    struct span bytes; /* text or blob; borrowed */
};

struct row {
    unsigned table;
    size_t count;
    struct row_cell cells[ROW_CELLS];
};

/* The next row; false at the end (`*bad` false) and on anything malformed (`*bad` true). */
bool row_next(struct cursor *cursor, struct row *ret, bool *bad) MUST_USE;

#endif
