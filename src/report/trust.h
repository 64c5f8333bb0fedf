/* trust: what a case says about signatures, file by file (docs/trust.md has the form). */
#ifndef REPORT_TRUST_H
#define REPORT_TRUST_H

#include "base/output.h"
#include "case/casefile.h"

struct trust_options {
    bool jsonl;
    bool quiet;     /* nothing of files that are trusted */
    unsigned width; /* columns */
};

struct trust_counts {
    uint64_t trusted, refused, unknown; /* files by state: trusted; unknown; all others */
    uint64_t denied;                    /* of all of them: by a driver policy, also one that only audits */
};

/* One block (or line of JSON) a row of trust, in the order of artifacts, and in text a last line with counts.
 * False if the case cannot be read or the output failed. */
bool trust_print(struct casefile *casefile, const struct trust_options *options, struct output *output,
                 struct trust_counts *counts) MUST_USE;

#endif
