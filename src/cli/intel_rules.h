/* intel_rules: what `assay intel` does with rules of YARA. */
#ifndef CLI_INTEL_RULES_H
#define CLI_INTEL_RULES_H

#include "base/output.h"
#include "cli/command.h"
#include "intel/rules_kept.h"

struct intel_rules_set {
    char name[RULES_KEPT_NAME + 1], date[11];
    struct text bytes; /* as it is kept */
    uint32_t rules, files, left_out;
};

/* Sets that were read, and those that are kept. */
struct intel_rules {
    struct intel_rules_set *sets;
    size_t count;
    struct rules_kept_list kept;
    bool listed;
};

void intel_rules_free(struct intel_rules *rules);

/* Is it rules that are meant: a folder, a file named *.yar or *.yara, or a package of such
 * files? A package that cannot be read counts as one. */
bool intel_rules_are(const char *path, bool unconfined);

/* Compiles what `path` holds to see that it does, and makes a set of it; `name` NULL: its own. False when the
 * reason has been said on stderr. */
bool intel_rules_read(struct intel_rules *rules, const char *path, const char *name,
                      bool unconfined) MUST_USE;

/* Is a set of this name kept? Reads the folder when it is first asked. */
bool intel_rules_has(struct intel_rules *rules, const char *name, struct text *error);

/* Writes all sets that were read. */
bool intel_rules_save(const struct intel_rules *rules, struct text *error) MUST_USE;
bool intel_rules_remove(const char *name, struct text *error) MUST_USE;

/* A line for each set that was read; for each one that is kept. */
void intel_rules_tell(const struct intel_rules *rules, const char *before, struct output *output);
bool intel_rules_tell_kept(struct intel_rules *rules, struct output *output, struct text *error) MUST_USE;

#endif
