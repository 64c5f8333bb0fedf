/* case_info: what a case is of, for `assay case info`: evidence, when and with what it was made, verdict,
 * counts, and the digest of its findings, which is to be noted down elsewhere (docs/case-integrity.md). */
#ifndef REPORT_CASE_INFO_H
#define REPORT_CASE_INFO_H

#include "base/output.h"
#include "case/casefile.h"
#include "report/wrap.h"

/* False if the case cannot be read (casefile_error). */
bool case_info_tell(struct casefile *casefile, const struct wrap *wrap, struct text *out) MUST_USE;

#endif
