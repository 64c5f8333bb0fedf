/* emit_row: rows of a case as members of a JSON object, by a table that says which column is what.
 *
 * A column that is NULL is left out, whichever it is: cases come from strangers. */
#ifndef REPORT_EMIT_ROW_H
#define REPORT_EMIT_ROW_H

#include "base/db.h"
#include "report/emit.h"

enum emit_row_kind {
    EMIT_ROW_NUMBER,
    EMIT_ROW_TEXT,
    EMIT_ROW_TIME,    /* a FILETIME as ISO 8601; left out if it is 0 or below */
    EMIT_ROW_STRENGTH /* enum strength as its word */
};

struct emit_row_field {
    const char *key;
    enum emit_row_kind kind;
};

/* Columns from `first` on, one a field, into the object that is open. */
void emit_row(struct emit *emit, struct db_query *query, int first, const struct emit_row_field *fields,
              size_t count);

#endif
