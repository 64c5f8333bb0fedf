/* place: where the knowledge lies that the program ships with (intel/ of the source tree).
 *
 * Looked for in this order: $ASSAY_INTEL; $XDG_DATA_HOME/assay/intel or ~/.local/share/assay/intel;
 * ../share/assay/intel and ../../intel beside the program's own folder (installed, and build tree). */
#ifndef INTEL_PLACE_H
#define INTEL_PLACE_H

#include "base/fault.h"
#include "base/text.h"

/* The first of those folders that holds `file`, as the path of that file. False, with the places in `error`,
 * if none does. */
bool place_find(const char *file, struct text *path, struct text *error) MUST_USE;

/* A whole file of at most `max` bytes, to be freed; false with the reason in `error`. */
bool place_read(const char *path, size_t max, char **ret, size_t *size, struct text *error) MUST_USE;

/* Does it belong to the user or to root, and may nobody else write to it? False with the reason in `error`.
 */
bool place_is_ours(const char *path, struct text *error) MUST_USE;

#endif
