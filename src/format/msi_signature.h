/* msi_signature: the signature of a compound file as Windows Installer has it (docs/format/msi.md).
 *
 * The SignedData is the root's stream DigitalSignature (with U+0005 in front). Its digest is of all other
 * streams, of each storage in the order of their names as bytes, behind them the storage's class; the stream
 * MsiDigitalSignatureEx, if there is one, comes before all of them and is itself the digest of names, sizes,
 * times, classes and states. */
#ifndef FORMAT_MSI_SIGNATURE_H
#define FORMAT_MSI_SIGNATURE_H

#include "base/digest.h"
#include "format/olecf.h"

enum { MSI_SIGNATURE_DEPTH = 16 /* storages in one another */ };

struct msi_signature {
    size_t signature; /* entries */
    int32_t extended; /* OLECF_NOTHING */
};

/* False if nobody signed it. */
bool msi_signature_find(const struct olecf *olecf, struct msi_signature *ret) MUST_USE;

enum msi_signature_names { MSI_SIGNATURE_NO_NAMES, MSI_SIGNATURE_NAMES_MATCH, MSI_SIGNATURE_NAMES_DIFFER };

/* The digest of the file; *names: what the stream MsiDigitalSignatureEx says, and whether that is so. False
 * if it cannot be told, which is noted in `job`: damage, storages in one another too deep, or streams that
 * share bytes. Reads each stream once. */
bool msi_signature_digest(struct olecf *olecf, struct job *job, const struct msi_signature *signature,
                          enum digest_kind kind, struct digest *digest, uint8_t value[DIGEST_MAX],
                          enum msi_signature_names *names) MUST_USE;

#endif
