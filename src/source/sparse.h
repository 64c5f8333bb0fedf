/* sparse: a file whose holes were left out when it was copied, and the index that tells where its bytes
 * belong.
 *
 * Velociraptor uploads a sparse file as its ranges with data, one behind the other, and NAME.idx beside it:
 * JSON with the ranges (docs/collections.md). sparse_read takes that index in, sparse_content_open restores
 * the file. */
#ifndef SOURCE_SPARSE_H
#define SOURCE_SPARSE_H

#include "model/content.h"

enum { SPARSE_RANGES = 1 << 20 }; /* of one file; more are a LIMIT */

/* `length` bytes at `original` of the file; in the copy they begin at `packed`, where `present` of them are,
 * and the rest are zeros. */
struct sparse_range {
    uint64_t original, length, packed, present;
};

/* Ranges of an index, written in ascending order of `original`, without overlaps, up to `room` of them; their
 * number and the size of the restored file. False with a fault (BAD, TORN, LIMIT) in `job` if it is no such
 * index or ranges overlap. */
bool sparse_read(struct job *job, struct span json, struct sparse_range *ranges, uint32_t room,
                 uint32_t *count, uint64_t *size) MUST_USE;

struct sparse_content {
    struct content content; /* first */
    struct content *inner;
    const struct sparse_range *ranges; /* borrowed, not trusted */
    uint32_t count;
};

/* The restored file: `size` bytes, of which `ranges` are read from `inner`, the rest is zeros and told by
 * content.data. `head` has room for CONTENT_HEAD bytes and is filled. Ranges out of order, or behind the end
 * of `inner`, read as what there is; noted in `job` as BAD or TORN. */
void sparse_content_open(struct sparse_content *ret, struct job *job, struct content *inner,
                         const struct sparse_range *ranges, uint32_t count, uint64_t size, uint8_t *head);

#endif
