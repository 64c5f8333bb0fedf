/* jsonl_chain: the lines assay.verdict/1 and assay.chain/1 (docs/jsonl.md). */
#ifndef REPORT_JSONL_CHAIN_H
#define REPORT_JSONL_CHAIN_H

#include "base/db.h"
#include "base/output.h"
#include "base/text.h"

#include <stdbool.h>

/* A line a host and one for the case, then a line a chain; none where the judge did not speak. False if the
 * case cannot be read or the output failed. */
bool jsonl_chain(struct db *db, struct output *output) MUST_USE;

#endif
