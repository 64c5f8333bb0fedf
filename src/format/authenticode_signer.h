/* authenticode_signer: a signature without the certificates that say nothing about who signed.
 *
 * A SignedData (RFC 2315, 9.1) carries whole chains, and decoding a certificate costs more than all the rest
 * of a small file. Only the one that the first SignerInfo names is needed. */
#ifndef FORMAT_AUTHENTICODE_SIGNER_H
#define FORMAT_AUTHENTICODE_SIGNER_H

#include "base/job.h"
#include "base/span.h"

/* The ContentInfo `der` again, with the first signer's certificate alone, in memory of `job`; or `der` itself
 * if it is not of that shape, if no certificate has exactly that issuer and serial number, or memory runs
 * out. Bytes behind the value are dropped. Never larger than `der`. */
struct span authenticode_signer_only(struct job *job, struct span der);

#endif
