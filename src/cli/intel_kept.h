/* intel_kept: what `assay intel` does with files that are kept by name (intel/kept.h), of either kind. */
#ifndef CLI_INTEL_KEPT_H
#define CLI_INTEL_KEPT_H

#include "base/output.h"
#include "intel/kept.h"

struct intel_kept_file {
    char name[KEPT_NAME + 1], date[11]; /* date of what it was read from */
    struct timespec changed;            /* the same */
    struct text bytes;                  /* as it is to be kept */
    struct text told;                   /* one line about it */
};

/* Those of one kind that were read, and those that are kept. */
struct intel_kept {
    const struct kept_kind *kind;
    struct intel_kept_file *files;
    size_t count;
    struct kept_list kept;
    bool listed;
};

void intel_kept_free(struct intel_kept *kept);

/* Room for what `path` holds; `name` NULL: it is called as the file. NULL when the reason has been said on
 * stderr. */
struct intel_kept_file *intel_kept_new(struct intel_kept *kept, const char *path, const char *name);

/* Takes the last one back: it cannot be read. It is told of those that are good alone. */
void intel_kept_drop(struct intel_kept *kept);

/* Reads the folder when it is first asked. */
bool intel_kept_list(struct intel_kept *kept, struct text *error) MUST_USE;
bool intel_kept_has(struct intel_kept *kept, const char *name, struct text *error);

/* Is there room for those that were read? With more no scan would begin. */
bool intel_kept_room(struct intel_kept *kept, struct text *error) MUST_USE;

/* Writes all files that were read, if there is. */
bool intel_kept_save(struct intel_kept *kept, struct text *error) MUST_USE;
bool intel_kept_remove(const struct intel_kept *kept, const char *name, struct text *error) MUST_USE;

/* A line for each file that was read. */
void intel_kept_tell(const struct intel_kept *kept, const char *before, struct output *output);

/* One line, made safe; it is freed. */
void intel_kept_line(struct output *output, struct text *line);

#endif
