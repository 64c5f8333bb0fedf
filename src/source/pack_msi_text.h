/* pack_msi_text: a table of an installer database as lines of text, to be compared by people and programs.
 *
 * The names of the columns, then a line a row, sorted, so that two builds of a package whose strings are
 * numbered in another way give the same; cells are separated by tabs. Strings are in stored form with tabs
 * and line ends as \xHH, numbers decimal; null is nothing, as are cells that are streams (these are members).
 */
#ifndef SOURCE_PACK_MSI_TEXT_H
#define SOURCE_PACK_MSI_TEXT_H

#include "source/pack_msi_database.h"

/* Writes the table of that stream into `text` (cleared). False if the schema does not know it, or it makes
 * more than PACK_TABLE bytes. Memory for the time being comes from `job`. */
bool pack_msi_text(struct pack_msi_database *database, struct job *job, const struct pack_msi_stream *stream,
                   struct text *scratch, struct text *text) MUST_USE;

#endif
