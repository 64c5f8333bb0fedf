/* explain: what detectors and judges say about themselves, for `assay detectors` and `assay explain ID`. A
 * finding of a case is explained by story_finding. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "base/text.h"
#include "model/explanation.h"

/* Everything that one says: title, severity, ATT&CK, why, innocent causes, how to check. Lines of at most
 * `width` columns (0 is 100); `kind` is "detector" or "judge". */
void explain_text(struct text *out, const char *kind, const struct explanation *text, unsigned width);

/* One line of the table for `assay detectors`, and its head: id, kind, highest severity, ATT&CK, title. */
void explain_head(struct text *out);
void explain_row(struct text *out, const char *kind, const struct explanation *text);

#endif
