/* fleet_table: answers to questions about a fleet, as tables for people, as JSON lines (assay.fleet/1) and as
 * CSV. docs/fleet.md has the columns. Cells come from cases of strangers and are escaped as each form needs;
 * nothing is cut. */
#ifndef REPORT_FLEET_TABLE_H
#define REPORT_FLEET_TABLE_H

#include "base/output.h"
#include "store/questions.h"

enum fleet_table_format { FLEET_TABLE_TEXT, FLEET_TABLE_JSONL, FLEET_TABLE_CSV };

/* "text", "jsonl" or "csv"; false for anything else. */
bool fleet_table_parse(const char *word, enum fleet_table_format *ret) MUST_USE;

enum { FLEET_TABLE_FEW = 10 }; /* rates of fewer hosts are marked: they say little */

struct fleet_table {
    enum fleet_table_format format;
    struct output *output;
    uint64_t rows; /* of the last question */
    bool some;     /* a table was written before */
};

/* A sentence for people; programs do not get it. */
void fleet_table_say(struct fleet_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Asks and writes all rows; text holds them in memory until the last. `title` is for people. False if the
 * store failed (store_error), memory ran out or the output failed. */
bool fleet_table_print(struct fleet_table *table, struct store *store, struct question *question,
                       const char *title) MUST_USE;

#endif
