/* kept: files that a user keeps by name (assay intel add), each one kind in a folder of its own.
 *
 * The folder lies beside lists.intel (lists_file_home). A file is called NAME and the kind's suffix, is only
 * ever replaced as a whole, and is believed if it belongs to the user or to root and nobody else may write to
 * it. */
#ifndef INTEL_KEPT_H
#define INTEL_KEPT_H

#include "base/fault.h"
#include "base/text.h"

#include <time.h>

enum { KEPT_NAME = 100 };

struct kept_kind {
    const char *folder, *suffix;
    const char *what; /* many of them, in words */
    size_t bytes;     /* of one file, at most */
    size_t files;     /* at most */
};

struct kept_file {
    char name[KEPT_NAME + 1];
    char date[11]; /* of its last change */
    char *path;
};

struct kept_list {
    struct kept_file *list;
    size_t count;
};

/* What may be a name. */
bool kept_name(const char *name);

/* All files of a kind in the order of their names, none of them opened; none if there is no folder. False
 * with the reason in `error`. Free with kept_free in either case. */
bool kept_list(const struct kept_kind *kind, struct kept_list *ret, struct text *error) MUST_USE;
void kept_free(struct kept_list *list);

/* Is one of this name there? */
bool kept_has(const struct kept_list *list, const char *name);

/* A whole file, to be freed; false, with the reason, if it is not to be believed. */
bool kept_load(const struct kept_kind *kind, const char *path, char **bytes, size_t *size,
               struct text *error) MUST_USE;

/* Replaces or removes a file in the folder of lists.intel, which the caller has locked. With `changed` that
 * becomes the time of its last change. */
bool kept_save(const struct kept_kind *kind, const char *home, const char *name, const struct text *bytes,
               const struct timespec *changed, struct text *error) MUST_USE;
bool kept_remove(const struct kept_kind *kind, const char *home, const char *name,
                 struct text *error) MUST_USE;

#endif
