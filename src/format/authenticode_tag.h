/* authenticode_tag: data that is known to be put behind a signature on purpose.
 *
 * Makers of installers personalise a signed file by adding a tag that the digest does not cover. A tag is
 * recognised by its exact structure and spans its own bytes only. Sources: docs/format/authenticode.md. */
#ifndef FORMAT_AUTHENTICODE_TAG_H
#define FORMAT_AUTHENTICODE_TAG_H

#include "base/fault.h"
#include "base/span.h"

struct authenticode_tag {
    const char *name; /* constant, such as "Omaha tag" */
    struct span bytes;
};

/* The tag that begins `bytes`; false if none does. */
bool authenticode_tag_read(struct span bytes, struct authenticode_tag *ret) MUST_USE;

/* What follows the tags that begin `bytes`, up to 8 in a row and each behind at most 7 zero bytes of
 * alignment. All of `bytes` if there is none; else `*name` is the last one's name. */
struct span authenticode_tag_skip(struct span bytes, const char **name);

/* Finds the marker of known tools that hide programs behind signatures (FE ED FA CE FE ED FA CE), anywhere.
 */
bool authenticode_tag_marker(struct span bytes, struct span *ret) MUST_USE;

#endif
