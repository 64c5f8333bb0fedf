/* story_chain: what a case comes to and what happened, as the judge `chain` has it (docs/verdict.md), on a
 * terminal. Each appends whole lines, nothing if the judge did not speak, and is false if the case cannot be
 * read. */
#ifndef REPORT_STORY_CHAIN_H
#define REPORT_STORY_CHAIN_H

#include "base/db.h"
#include "report/wrap.h"

#include <stdbool.h>

enum {
    STORY_CHAIN_HOSTS = 50, /* hosts told */
    STORY_CHAIN_MOST = 5    /* chains told, unless `all`; more are counted */
};

/* The verdict of the case, and of each host if there are several. `*told` is false if there is none. */
bool story_chain_verdict(struct db *db, const struct wrap *wrap, struct text *out, bool *told) MUST_USE;

/* The story of each chain. */
bool story_chain(struct db *db, const struct wrap *wrap, struct text *out, bool all) MUST_USE;

#endif
