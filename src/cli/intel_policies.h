/* intel_policies: what `assay intel` does with driver policies. */
#ifndef CLI_INTEL_POLICIES_H
#define CLI_INTEL_POLICIES_H

#include "cli/intel_kept.h"

/* Is a policy meant: a file named *.xml? */
bool intel_policies_are(const char *path);

/* Reads the policy at `path`; `name` NULL: its own. False when line and reason have been said on stderr; what
 * of a good one is not understood is said there, too. */
bool intel_policies_read(struct intel_kept *policies, const char *path, const char *name) MUST_USE;

/* A line for each policy that is kept, behind `before`; with `paths` also where it lies. False, with the
 * reason for the first one that is damaged. */
bool intel_policies_tell_kept(struct intel_kept *policies, const char *before, bool paths,
                              struct output *output, struct text *error) MUST_USE;

#endif
