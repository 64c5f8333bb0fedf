/* host_path_short: files behind short (8.3) names, which a case does not hold. For host_path.c.
 *
 * NTFS makes them so (Microsoft, *How Windows generates 8.3 file names from long file names*, KB142982):
 * blanks and all dots but the last are left out, + , ; = [ ] too or they become _, letters capitals; then the
 * first six letters, a tilde and a number, and three letters of the ending. The number counts names that
 * begin the same, in the order in which they were made, which is not known; nor is the digest that takes the
 * letters' place from the fifth on. So a path is resolved only if exactly one live file has it, whatever the
 * numbers. */
#ifndef JUDGE_HOST_PATH_SHORT_H
#define JUDGE_HOST_PATH_SHORT_H

#include "judge/host_path_index.h"

enum {
    HOST_PATH_SHORT_FOLDERS =
        32, /* folders and short names that are looked up in a case; each costs a walk over its files */
    HOST_PATH_SHORT_WAYS = 64 /* paths that are tried for one */
};

/* Can NTFS have made the short name of this long one? Not of a name that needs none; of names that begin with
 * a dot it is not known here. */
bool host_path_short_fits(const char *brief, size_t brief_size, const char *name, size_t size);

/* The path of the only file at a place that `path` with short names can mean, with long ones; true if there
 * is one. */
bool host_path_short_find(struct host_paths *paths, int32_t place, const struct text *path, struct text *ret,
                          int64_t *artifact);

void host_path_short_close(struct host_paths *paths);

#endif
