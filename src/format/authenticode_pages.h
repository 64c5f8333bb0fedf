/* authenticode_pages: digests of single pages inside a signature (signtool /ph; Microsoft, "Windows
 * Authenticode Portable Executable Signature Format", SpcPeImageData; docs/format/authenticode.md).
 *
 * The digest of the whole file covers the same bytes; page hashes serve loaders that read page by page. A
 * list that does not fit the file while the digest does means that somebody made the signature by hand. */
#ifndef FORMAT_AUTHENTICODE_PAGES_H
#define FORMAT_AUTHENTICODE_PAGES_H

#include "base/digest.h"
#include "base/job.h"
#include "format/authenticode_table.h"
#include "format/pe.h"

enum { AUTHENTICODE_PAGES = 1 << 20 }; /* entries of a list that are checked */

struct authenticode_pages {
    bool present;           /* the content holds such a list */
    bool damaged;           /* it cannot be followed to its end, names places outside the image or leaves
                               parts of it out; what was checked counts all the same */
    enum digest_kind kind;  /* sha1 or sha256 */
    size_t checked, unread; /* pages; those that lie outside the bytes at hand */
    size_t mismatches;
    uint64_t first_mismatch; /* offset of the first page whose digest is another */
};

/* `content` is what SpcIndirectDataContent holds, `bytes` the file as far as it is in memory. */
void authenticode_pages_check(struct span content, const struct pe *pe,
                              const struct authenticode_layout *layout, struct span bytes,
                              struct digest *scratch, struct authenticode_pages *ret);

#endif
