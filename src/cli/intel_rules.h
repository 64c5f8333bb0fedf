/* intel_rules: what `assay intel` does with rules of YARA. */
#ifndef CLI_INTEL_RULES_H
#define CLI_INTEL_RULES_H

#include "cli/command.h"
#include "cli/intel_kept.h"

/* Is it rules that are meant: a folder, a file named *.yar or *.yara, or a package of such
 * files? A package that cannot be read counts as one. */
bool intel_rules_are(const char *path, bool unconfined);

/* Compiles what `path` holds to see that it does, and makes a set of it; `name` NULL: its own. False when the
 * reason has been said on stderr. */
bool intel_rules_read(struct intel_kept *rules, const char *path, const char *name, bool unconfined) MUST_USE;

/* A line for each set that is kept, behind `before`; with `paths` also where it lies. */
bool intel_rules_tell_kept(struct intel_kept *rules, const char *before, bool paths, struct output *output,
                           struct text *error) MUST_USE;

#endif
