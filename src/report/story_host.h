/* story_host: the part of the story about the machines: what they are and what they let pass, as their
 * registry says (table posture, docs/host.md). */
#ifndef REPORT_STORY_HOST_H
#define REPORT_STORY_HOST_H

#include "base/db.h"
#include "report/wrap.h"

enum { STORY_HOST_MOST = 50 /* machines told */ };

/* One paragraph a machine; nothing if no registry was read. False if the case cannot be read. */
bool story_host(struct db *db, const struct wrap *wrap, struct text *out) MUST_USE;

#endif
