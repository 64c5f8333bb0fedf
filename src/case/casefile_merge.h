/* casefile_merge: one case out of several, so that hosts of one incident can be looked at together.
 *
 * All rows of all cases, in the order in which the cases are given, with numbers behind those of the cases
 * before; findings are put in order anew, as in a scan, and get digests of their own. Judges are not asked
 * again: what they said of each case stands, what would show only across cases does not. The verdict of the
 * whole is the gravest of the wholes. docs/case-integrity.md has the rest. */
#ifndef CASE_CASEFILE_MERGE_H
#define CASE_CASEFILE_MERGE_H

#include "case/casefile.h"

enum { CASEFILE_MERGE_MOST = 64 /* cases */ };

struct casefile_merge {
    struct casefile *casefile; /* finished */
    const char *path;          /* as given, for table run */
};

/* Into a new case of which nothing was written. casefile_finish is then called with text_string(because), or
 * NULL if that is empty. False, with the reason in `error` unless casefile_error of `to` has it, if two cases
 * hold the same evidence, one cannot be read, or the new one cannot be written. */
bool casefile_merge(struct casefile *to, const struct casefile_merge *from, size_t count,
                    struct text *because, struct text *error) MUST_USE;

#endif
