/* pkcs7_seal: who signed, and does the signature hold? (RFC 2315, sections 9.3 and 9.4; RFC 5652, 5.4 to 5.6)
 */
#ifndef FORMAT_PKCS7_SEAL_H
#define FORMAT_PKCS7_SEAL_H

#include "format/pkcs7.h"
#include "format/x509.h"

/* The digest algorithm that an object identifier's content octets name; false if it is none that is known. */
bool pkcs7_digest_kind(struct span oid, enum digest_kind *ret) MUST_USE;

/* Decodes the certificates into memory of the job; those that cannot be decoded are noted and left out.
 * Returns how many; *ret is NULL only if memory ran out. */
size_t pkcs7_certificates(struct job *job, struct x509_store *store, const struct pkcs7 *pkcs7,
                          const struct x509 ***ret);

/* The one that the signer is named by, or NULL. */
const struct x509 *pkcs7_certificate_of(const struct pkcs7_signer *signer,
                                        const struct x509 *const *certificates, size_t count);

/* GOOD if the signed attributes hold the payload's digest and the content's type, and the certificate's key
 * made the signature over them. CANNOT_TELL for algorithms that are not known, and without signed attributes.
 */
enum x509_verdict pkcs7_seal(struct job *job, const struct pkcs7_signer *signer,
                             const struct x509 *certificate, struct span content_type, struct span payload);

/* The signingTime that the signer claims (RFC 2985, 5.3.3) as FILETIME; 0 if none or damaged. */
uint64_t pkcs7_signing_time(const struct pkcs7_signer *signer);

#endif
