/* certificates: certificates known to be stolen, misused or revoked (intel/certificates.tsv, docs/trust.md).
 *
 * A line is about one certificate, named by serial number and issuer, or by a digest of its TBSCertificate,
 * and says from which moment on its signatures are not to be believed. */
#ifndef INTEL_CERTIFICATES_H
#define INTEL_CERTIFICATES_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum { CERTIFICATES_FILE = 16 << 20, CERTIFICATES_MAX = 200000 };

struct certificates_entry {
    const char *issuer; /* common name, or "" for any */
    const char *serial; /* upper-case hex without leading zeros, or "" */
    uint8_t tbs[48];    /* digest of the TBSCertificate; meant if tbs_size is 20, 32 or 48 */
    size_t tbs_size;
    uint64_t since;                             /* FILETIME; 0: always */
    const char *subject, *kind, *what, *source; /* kind: stolen, misused or revoked */
};

struct certificates {
    struct certificates_entry *list; /* sorted by serial */
    size_t count;
    char **memory;
    size_t memory_count;
};

void certificates_free(struct certificates *certificates);

/* Adds a file's lines. False with file, line and reason in `error`; then nothing was added. */
bool certificates_add(struct certificates *certificates, const char *path, struct text *error) MUST_USE;

struct certificates_query {
    const char *issuer, *serial; /* as format/x509.h has them; may be NULL */
    struct span tbs[3];          /* digests of the TBSCertificate */
};

/* The entry with the earliest date that fits, or NULL. */
const struct certificates_entry *certificates_find(const struct certificates *certificates,
                                                   const struct certificates_query *query);

#endif
