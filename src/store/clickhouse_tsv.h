/* clickhouse_tsv: TabSeparated, the rows that ClickHouse takes and gives as text: cells with a tab between, a
 * line feed behind each row; in cells \\ \t \n \r \b \f \0 \' are escapes, \N is NULL. */
#ifndef STORE_CLICKHOUSE_TSV_H
#define STORE_CLICKHOUSE_TSV_H

#include "base/text.h"

enum { CLICKHOUSE_TSV_CELLS = 64 };

/* A cell of a row to be sent; the caller writes tabs and line feeds. What is not UTF-8 becomes U+FFFD. */
void clickhouse_tsv_cell(struct text *out, const char *utf8);

/* Undoes the escapes of a row (without its line feed) in place. Each cell is a string of its own; of more
 * than CLICKHOUSE_TSV_CELLS the rest is dropped. Returns how many; a NUL within ends a cell. */
size_t clickhouse_tsv_row(char *row, size_t size, char *cells[CLICKHOUSE_TSV_CELLS]);

#endif
