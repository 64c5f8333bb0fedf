/* appx: the signature of an Appx or MSIX package, AppxSignature.p7x (docs/format/appx.md).
 *
 * Four bytes "PKCX", then SignedData over SpcIndirectDataContent whose digest is a list: "APPX", then tags of
 * four letters, each followed by a digest of a part of the package. */
#ifndef FORMAT_APPX_H
#define FORMAT_APPX_H

#include "base/fault.h"
#include "base/span.h"

#define APPX_CONTENT      "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04" /* SpcIndirectDataContent */
#define APPX_CONTENT_SIZE 10
enum { APPX_MAGIC = 4, APPX_PARTS = 16 }; /* bytes; parts read of one list */

/* Parts of a package that are signed; empty if the list does not have them. */
struct appx {
    struct span records;   /* AXPC: the local records of the ZIP file */
    struct span directory; /* AXCD: its central directory */
    struct span types;     /* AXCT: [Content_Types].xml */
    struct span block_map; /* AXBM: AppxBlockMap.xml */
    struct span catalog;   /* AXCI: AppxMetadata/CodeIntegrity.cat */
    size_t unknown;        /* parts with other tags */
};

/* Do these first bytes of a file look like one? */
static inline bool appx_sniff(struct span head) {
    return span_starts(head, "PKCX\x30", APPX_MAGIC + 1);
}

/* Reads the list; `content` is what the SpcIndirectDataContent holds. Digests are those of SHA-256, 32 bytes.
 * False with `why` set: TORN, BAD, UNSUPPORTED for another digest. */
bool appx_read(struct span content, struct appx *ret, struct fault *why) MUST_USE;

#endif
