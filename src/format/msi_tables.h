/* msi_tables: the tables of an installer database, as they lie in streams of a compound file
 * (docs/format/msi.md).
 *
 *     msi_tables_open(&job, pool, data, tables, columns, &msi)
 *     msi_tables_find(&msi, "File", stream, &table)
 *     msi_tables_text(&table, row, msi_tables_column(&table, "FileName"))
 *
 * Nothing is copied: the spans must live as long as the result. A reference that leads nowhere is an empty
 * string. Strings are bytes in a code page; msi_tables_stored makes text of them. */
#ifndef FORMAT_MSI_TABLES_H
#define FORMAT_MSI_TABLES_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    MSI_TABLES_SCHEMA = 65536, /* columns of all tables at most; more are a LIMIT note and are not known */
    MSI_TABLES_LISTED = 4096,
    MSI_TABLES_COLUMNS = 32, /* of a table at most */
    MSI_TABLES_NULL = INT32_MIN
};

struct msi_tables_string {
    uint32_t at, size; /* in the data */
};

struct msi_tables {
    struct span data, columns, names;  /* the streams _StringData, _Columns, _Tables */
    struct msi_tables_string *strings; /* by number, from 1 */
    uint32_t count;
    unsigned reference;   /* bytes of a reference: 2 or 3 */
    unsigned code_page;   /* 0: not told */
    uint32_t column_rows; /* of _Columns */
};

struct msi_tables_table {
    const struct msi_tables *msi;
    struct span data;
    uint32_t rows;
    unsigned count; /* columns */
    struct span names[MSI_TABLES_COLUMNS];
    uint16_t types[MSI_TABLES_COLUMNS];
    uint16_t at[MSI_TABLES_COLUMNS]; /* bytes of the columns before */
};

/* Appends the name of a stream as the database means it: two characters in one where they were packed so.
 * Returns whether it is marked as a table. */
bool msi_tables_name(struct text *text, struct span utf16);

/* Reads strings and schema. False with a LIMIT fault; strings that do not fit are noted in `job`. */
bool msi_tables_open(struct job *job, struct span pool, struct span data, struct span names,
                     struct span columns, struct msi_tables *ret) MUST_USE;

/* A table whose stream is `data`. False if the schema does not have it or makes no sense there; a stream
 * that is no whole number of rows is noted in `job`. */
bool msi_tables_find(const struct msi_tables *msi, struct job *job, const char *name, struct span data,
                     struct msi_tables_table *ret) MUST_USE;

/* Is there a table of this name, by the stream _Tables? Looks at MSI_TABLES_LISTED rows. */
bool msi_tables_has(const struct msi_tables *msi, struct span name);

/* Its column of this name; `count` if there is none, for which the functions below yield nothing. */
unsigned msi_tables_column(const struct msi_tables_table *table, const char *name);

/* A string; empty if it is null, a number or outside. */
struct span msi_tables_text(const struct msi_tables_table *table, uint32_t row, unsigned column);

/* A number; MSI_TABLES_NULL if it is null or outside. */
int32_t msi_tables_number(const struct msi_tables_table *table, uint32_t row, unsigned column);

/* Appends a string in stored form, but that a slash stays: by its code page if that is UTF-8 or 1252, else
 * bytes above 0x7e as \xHH. */
void msi_tables_stored(const struct msi_tables *msi, struct text *text, struct span bytes);

#endif
