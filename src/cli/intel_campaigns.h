/* intel_campaigns: what `assay intel` does with lists of campaigns. */
#ifndef CLI_INTEL_CAMPAIGNS_H
#define CLI_INTEL_CAMPAIGNS_H

#include "cli/intel_kept.h"

/* Reads the list at `path`; `name` NULL: its own. False when line and reason have been said on stderr. */
bool intel_campaigns_read(struct intel_kept *campaigns, const char *path, const char *name,
                          bool unconfined) MUST_USE;

/* A line for what the program ships with, then one for each list that is kept, behind `before`; with `paths`
 * also where it lies. False, with the reason for the first one that is damaged. */
bool intel_campaigns_tell_kept(struct intel_kept *campaigns, const char *before, bool paths,
                               struct output *output, struct text *error) MUST_USE;

#endif
