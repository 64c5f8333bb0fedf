/* shape: is the beginning of a file what its name promises? A few formats only, each told by bytes that are
 * fixed (docs/format/shape.md). Looks at the head of a content and at nothing else. */
#ifndef FORMAT_SHAPE_H
#define FORMAT_SHAPE_H

#include "base/fault.h"
#include "base/span.h"

enum shape {
    SHAPE_NONE,     /* nothing is promised, and nothing told */
    SHAPE_DPAPI,    /* a blob of CryptProtectData: only this machine or user can open it */
    SHAPE_CLFS,     /* named like a log of transactions (.blf, .regtrans-ms), and it is one */
    SHAPE_ZEROS,    /* named so, and its head is zeros: a container that was not used yet */
    SHAPE_NOT_CLFS, /* named so, and it is something else */
    SHAPE_DENSE     /* named .dat, .log or .jat, and encrypted or packed in no way that says so */
};

enum { SHAPE_DENSITY = 7200 }; /* thousandths of a bit a byte of a whole head */

/* `name` is the file name in stored form; `dpapi` is set if the head is such a blob, whatever the name. */
enum shape shape_of(const char *name, struct span head, bool *dpapi);

/* The time that a file named `manifest`, without an ending, consists of: seconds since 1970 as 4 or 8 bytes
 * or as digits, from 2010 to 2100. `head` is all of it. False if it is something else. */
bool shape_epoch(const char *name, struct span head, uint64_t *ret) MUST_USE;

/* "dpapi", "clfs", "zeros", "not-clfs", "dense"; "none". */
const char *shape_word(enum shape shape);

#endif
