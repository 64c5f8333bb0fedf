/* shape: is the beginning of a file what its name promises? A few formats only, each told by bytes that are
 * fixed (docs/format/shape.md). Looks at the head of a content and at nothing else. */
#ifndef FORMAT_SHAPE_H
#define FORMAT_SHAPE_H

#include "base/span.h"

enum shape {
    SHAPE_NONE,    /* nothing is promised, and nothing told */
    SHAPE_DPAPI,   /* a blob of CryptProtectData: only this machine or user can open it */
    SHAPE_CLFS,    /* named like a log of transactions (.blf, .regtrans-ms), and it is one */
    SHAPE_ZEROS,   /* named so, and its head is zeros: a container that was not used yet */
    SHAPE_NOT_CLFS /* named so, and it is something else */
};

/* `name` is the file name in stored form; `dpapi` is set if the head is such a blob, whatever the name. */
enum shape shape_of(const char *name, struct span head, bool *dpapi);

/* "dpapi", "clfs", "zeros", "not-clfs"; "none". */
const char *shape_word(enum shape shape);

#endif
