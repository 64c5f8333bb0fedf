/* digest: message digests (FIPS 180-4; MD5 of RFC 1321) through OpenSSL, fetched once.
 *
 * Call digest_prepare once in a process before any other call, before it is confined. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/fault.h"
#include "base/span.h"

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512, DIGEST_KINDS };

enum { DIGEST_MAX = 64 }; /* bytes of the longest digest */

struct digest; /* a running digest */

/* Fetches all algorithms. False if the library lacks one: nothing can be done then. */
bool digest_prepare(void) MUST_USE;

size_t digest_size(enum digest_kind kind);      /* bytes */
const char *digest_name(enum digest_kind kind); /* "sha256" */

/* A running digest, restarted for `kind` by digest_start; NULL if memory runs out. Owned by the caller. */
struct digest *digest_new(void);
void digest_free(struct digest *digest);
void digest_start(struct digest *digest, enum digest_kind kind);
void digest_add(struct digest *digest, struct span bytes);
void digest_zeros(struct digest *digest, uint64_t count); /* adds that many zero bytes */
void digest_end(struct digest *digest, uint8_t value[DIGEST_MAX]);

/* One span at once. */
void digest_once(enum digest_kind kind, struct span bytes, uint8_t value[DIGEST_MAX]);

#endif
