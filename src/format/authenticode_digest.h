/* authenticode_digest: digests of a file and of the image in it, in one pass (Microsoft, "Windows
 * Authenticode Portable Executable Signature Format", section "Calculating the PE Image Hash").
 *
 * The image digest leaves out CheckSum, the SECURITY directory entry and the certificate table; bytes behind
 * the table count, in file order. Without a table, a size that is no multiple of 8 is filled up with zeros,
 * as a signer would do before it appends the table. Sets of algorithms are masks of 1 << enum digest_kind. */
#ifndef FORMAT_AUTHENTICODE_DIGEST_H
#define FORMAT_AUTHENTICODE_DIGEST_H

#include "base/digest.h"
#include "format/authenticode_table.h"

/* Reusable for many files by one thread. Zero it before authenticode_digest_init. */
struct authenticode_digest {
    struct digest *file[DIGEST_KINDS], *image[DIGEST_KINDS];
    unsigned file_kinds, image_kinds;
    struct {
        uint64_t start, end;
    } omitted[3]; /* sorted, disjoint */
    uint64_t at, pad;
};

struct authenticode_digests {
    unsigned file_kinds, image_kinds; /* what is meant below */
    uint64_t size;                    /* bytes that were digested */
    uint8_t file[DIGEST_KINDS][DIGEST_MAX], image[DIGEST_KINDS][DIGEST_MAX];
};

/* False if memory runs out. Free with authenticode_digest_free in either case. */
bool authenticode_digest_init(struct authenticode_digest *digest) MUST_USE;
void authenticode_digest_free(struct authenticode_digest *digest);

/* Begins a file. `layout` may be NULL if image_kinds is 0. A table that is not usable is not left out. */
void authenticode_digest_start(struct authenticode_digest *digest, const struct authenticode_layout *layout,
                               unsigned file_kinds, unsigned image_kinds);

/* The next bytes of the file. Large spans are worked through in blocks that stay in the cache. */
void authenticode_digest_add(struct authenticode_digest *digest, struct span bytes);

void authenticode_digest_end(struct authenticode_digest *digest, struct authenticode_digests *ret);

#endif
