/* jsonl_stakes: rows of table stake as lines of schema assay.stake/1 (docs/jsonl.md). */
#ifndef REPORT_JSONL_STAKES_H
#define REPORT_JSONL_STAKES_H

#include "base/output.h"
#include "case/casefile.h"

/* False if the case could not be read (casefile_error) or the output failed (output->error). */
bool jsonl_stakes(struct casefile *casefile, struct output *output) MUST_USE;

#endif
