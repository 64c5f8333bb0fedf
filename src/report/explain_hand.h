/* explain_hand: what somebody needs to repeat a finding without assay, for `assay explain CASE NUMBER`: what
 * was read where, by which rule of which version, what innocent causes were tried, and commands of public
 * tools (The Sleuth Kit, coreutils, xxd, osslsigncode, libvshadow's vshadowmount) with the real numbers. */
#ifndef REPORT_EXPLAIN_HAND_H
#define REPORT_EXPLAIN_HAND_H

#include "case/casefile.h"
#include "report/wrap.h"

enum { EXPLAIN_HAND_CITED = 5 /* files that a finding cites for which commands are told */ };

/* `path` is the case's own, for questions to it. Nothing is told of a finding that is not there. False if the
 * case cannot be read. */
bool explain_hand_tell(struct casefile *casefile, const char *path, int64_t finding, const struct wrap *wrap,
                       struct text *out) MUST_USE;

#endif
