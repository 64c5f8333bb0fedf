/* overlap_rich: does a Rich header belong to the image that it stands in? In 2018 Olympic Destroyer carried
 * that of another group's tool, which did not fit its own code. Sources: docs/overlap.md. */
#ifndef JUDGE_OVERLAP_RICH_H
#define JUDGE_OVERLAP_RICH_H

#include "base/span.h"
#include "intel/campaigns_value.h"

/* The digest that is published of a Rich header: MD5 of it in the clear, from DanS on; 32 small hex digits.
 * `entries` as in the case: {u16 build, u16 product, u32 count} each. */
void overlap_rich_digest(struct span entries, char ret[33]);

/* Has it everything that the profile asks for? */
bool overlap_rich_fits(struct span entries, const char *profile);

/* NULL if linker and imports of the same image bear it out; else why not, or why that cannot be told.
 * `linker`: version of the optional header, such as 14.29. */
const char *overlap_rich_against(struct span entries, const char *linker, uint64_t imports);

#endif
