/* sarif: what both reports in SARIF 2.1.0 (OASIS standard) are made of: that of a case (report/as_sarif.c)
 * and that of two releases (report/diff_sarif.c). */
#ifndef REPORT_SARIF_H
#define REPORT_SARIF_H

#include "model/explanation.h"
#include "report/emit.h"

/* The log and its one run, to where the run's own properties go. */
void sarif_begin(struct emit *emit, struct text *out);

/* The program with its rules, of which the caller gives one after the other in between. */
void sarif_tool(struct emit *emit);
void sarif_rule(struct emit *emit, const struct explanation *text);
void sarif_tool_end(struct emit *emit);

/* "error", "warning" or "note". */
const char *sarif_level(enum severity severity);

/* {"text": ...}; the standard wants something to stand there. */
void sarif_message(struct emit *emit, const char *key, const char *text);

#endif
