/* cab_signature: the signature of a cabinet, and which bytes its digest is of (docs/format/cab.md).
 *
 * A signed cabinet reserves 20 bytes in its header, which say where the SignedData lies: behind the cabinet.
 * The digest leaves out the header's first reserved number, the cabinet's place in its set, and the reserved
 * bytes but for the last four. */
#ifndef FORMAT_CAB_SIGNATURE_H
#define FORMAT_CAB_SIGNATURE_H

#include "base/fault.h"
#include "base/span.h"

enum { CAB_SIGNATURE_HEAD = 60 /* bytes that are looked at */, CAB_SIGNATURE_PARTS = 3 };

struct cab_signature {
    uint32_t at, size; /* of the SignedData, in the file */
    struct {
        uint32_t start, end;
    } parts[CAB_SIGNATURE_PARTS]; /* what the digest is of */
};

/* By the first CAB_SIGNATURE_HEAD bytes of a file of `size` bytes. False if there is none; if there is one
 * that does not lie in the file or lies within what it signs, with `why`. */
bool cab_signature_find(struct span head, uint64_t size, struct cab_signature *ret,
                        struct fault *why) MUST_USE;

#endif
