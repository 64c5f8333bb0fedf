/* authenticode_stowage: bytes that ride along inside a signature without being covered by anything. */
#ifndef FORMAT_AUTHENTICODE_STOWAGE_H
#define FORMAT_AUTHENTICODE_STOWAGE_H

#include "format/authenticode.h"

/* Fills in signature->stowage: unauthenticated attributes of types that nobody is known to use, and
 * certificates that are neither a signer's (the stamp's included) nor, by their names, an issuer of one.
 * False if the job's memory runs out. */
bool authenticode_stowage_measure(struct job *job, const struct pkcs7 *pkcs7,
                                  struct authenticode_signature *signature) MUST_USE;

#endif
