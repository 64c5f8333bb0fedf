/* story_stakes: the part of the story about what somebody could take (table stake, docs/stakes.md). */
#ifndef REPORT_STORY_STAKES_H
#define REPORT_STORY_STAKES_H

#include "base/db.h"
#include "report/wrap.h"

enum {
    STORY_STAKES_NAMES = 4,  /* names of a kind that are told; more are counted */
    STORY_STAKES_MOST = 2000 /* lines with `all` */
};

/* One paragraph, what there is by kind; with `all` each in a line. Nothing if there is nothing. False if the
 * case cannot be read. */
bool story_stakes(struct db *db, const struct wrap *wrap, bool all, struct text *out) MUST_USE;

#endif
