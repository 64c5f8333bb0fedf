/* jsonl: a case as JSON lines: findings, the verdict, chains, what is at stake, and a last line of coverage.
 * The schemas, assay.finding/1, assay.verdict/1, assay.chain/1, assay.stake/1 and assay.coverage/1, are in
 * docs/jsonl.md. Pure UTF-8; order and bytes depend on the case alone (no durations). */
#ifndef REPORT_JSONL_H
#define REPORT_JSONL_H

#include "base/output.h"
#include "case/casefile.h"

struct jsonl_options {
    bool texts; /* each finding repeats its detector's why, innocent and verify */
};

/* False if the case could not be read (casefile_error) or the output failed (output->error). */
bool jsonl_print(struct casefile *casefile, const struct jsonl_options *options,
                 struct output *output) MUST_USE;

#endif
