/* overlap: the ledger of what a case shares with known campaigns (tables campaign, overlap,
 * campaign_relation), as text or as JSON lines (docs/overlap.md). Cells come from somebody's case and are
 * escaped. */
#ifndef REPORT_OVERLAP_H
#define REPORT_OVERLAP_H

#include "base/output.h"
#include "case/casefile.h"

struct overlap_options {
    bool jsonl, colour;
    unsigned width; /* columns of text; 0 is 100 */
};

/* False if the case could not be read (casefile_error) or the output failed (output->error). */
bool overlap_print(struct casefile *casefile, const struct overlap_options *options,
                   struct output *output) MUST_USE;

#endif
