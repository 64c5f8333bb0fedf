/* story_counts: the parts of the story that count. Each appends whole lines and is false if the case cannot
 * be read. */
#ifndef REPORT_STORY_COUNTS_H
#define REPORT_STORY_COUNTS_H

#include "base/db.h"
#include "model/finding.h"
#include "report/wrap.h"

enum {
    STORY_COUNTS_LINES = 50
}; /* evidence, volumes, kinds of info findings and reasons told at most, each */

/* What was examined: evidence and volumes. */
bool story_counts_head(struct db *db, const struct wrap *wrap, struct text *out) MUST_USE;

/* One line, behind `label`: is there anything that needs attention, and was everything read? */
bool story_counts_verdict(struct db *db, const struct wrap *wrap, struct text *out,
                          const char *label) MUST_USE;

/* Info findings by detector. */
bool story_counts_info(struct db *db, const struct wrap *wrap, struct text *out) MUST_USE;

/* Programs and catalogs by what Windows would say of them; nothing if there are none. */
bool story_counts_trust(struct db *db, const struct wrap *wrap, struct text *out) MUST_USE;

/* Times that something else than a plain creation made, by verdict, and what change journals and logs cover;
 * nothing if no file has times of an MFT. */
bool story_counts_times(struct db *db, const struct wrap *wrap, struct text *out) MUST_USE;

/* What was seen, read, looked at, skipped, damaged, not read; bytes; seconds. */
bool story_counts_coverage(struct db *db, const struct wrap *wrap, struct text *out) MUST_USE;

#endif
