/* pack_path: the path of a member as source/pack.h wants it. */
#ifndef SOURCE_PACK_PATH_H
#define SOURCE_PACK_PATH_H

#include "base/text.h"

/* Writes `stored` (stored form, separators `/`) into `path`, which is cleared first: no empty component, no
 * `.`, at most PACK_PATH bytes. Returns PACK_UNSAFE if it could lead out of a folder (`..`, a drive, an
 * absolute path), else 0. A path that is nothing becomes `-`. */
uint32_t pack_path(struct text *path, const char *stored, size_t size);

#endif
