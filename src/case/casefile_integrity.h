/* casefile_integrity: has anybody changed what findings say since the case was written? Each finding has a
 * digest over the one before it and all that it says (docs/case-integrity.md).
 *
 * Whoever changes a finding and then computes all digests behind it anew is not found out by that: for this
 * the last digest has to be kept elsewhere (casefile_integrity.last). */
#ifndef CASE_CASEFILE_INTEGRITY_H
#define CASE_CASEFILE_INTEGRITY_H

#include "case/casefile.h"

enum {
    CASEFILE_INTEGRITY_HEX = 65,   /* room for a digest in hex and its NUL */
    CASEFILE_INTEGRITY_TOLD = 1000 /* discrepancies told; more are counted */
};

struct casefile_integrity {
    uint64_t findings, wrong;          /* looked at; discrepancies */
    char last[CASEFILE_INTEGRITY_HEX]; /* the last digest; zeros if there is no finding */
};

/* Whom each discrepancy is told, as a sentence that is safe for a terminal. */
struct casefile_integrity_teller {
    void (*tell)(void *context, const char *sentence);
    void *context;
};

/* Computes every digest again. `teller` may be NULL. False if the case cannot be read. */
bool casefile_integrity_check(struct casefile *casefile, const struct casefile_integrity_teller *teller,
                              struct casefile_integrity *ret) MUST_USE;

/* The last digest as it stands in the case. False if the case cannot be read. */
bool casefile_integrity_last(struct casefile *casefile, char ret[CASEFILE_INTEGRITY_HEX]) MUST_USE;

#endif
