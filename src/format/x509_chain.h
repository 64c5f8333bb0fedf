/* x509_chain: from a certificate to a trusted root (RFC 5280, 6.1; docs/format/x509.md). */
#ifndef FORMAT_X509_CHAIN_H
#define FORMAT_X509_CHAIN_H

#include "format/x509.h"

enum { X509_CHAIN = 10 }; /* certificates from leaf to root */

/* What is wrong with a chain; independent of one another. */
enum x509_fault {
    X509_UNTRUSTED = 1, /* it ends in a self-signed certificate that is no trusted root */
    X509_NO_ISSUER = 2, /* the issuer of `blamed` is nowhere to be found */
    X509_EXPIRED = 4,
    X509_NOT_YET = 8,         /* before its validity */
    X509_BAD_SIGNATURE = 16,  /* the issuer's key did not sign it */
    X509_NOT_A_CA = 32,       /* somebody signed who must not sign certificates */
    X509_PATH = 64,           /* a path length is exceeded */
    X509_EXPLICIT = 128,      /* a curve's parameters are written out (CVE-2020-0601) */
    X509_USAGE = 256,         /* an extended key usage forbids this use */
    X509_WRONG_PURPOSE = 512, /* the root is trusted, but not for this */
    X509_CONSTRAINT = 1024,   /* name constraints or an unknown critical extension */
    X509_OTHER = 2048,
    X509_WEAK_DIGEST = 4096, /* MD2 or MD5 below the root: a fact, not an error by itself */
    X509_WEAK_KEY = 8192     /* a key below the root that others can compute (x509.weak_key): likewise */
};

struct x509_chain {
    const struct x509 *links[X509_CHAIN]; /* leaf first */
    size_t count;
    unsigned faults;           /* enum x509_fault */
    const struct x509 *blamed; /* for the first fault, or NULL */
    uint64_t from, until;      /* FILETIME: when all of them are valid; from > until if never */
};

/* Builds the best chain from `leaf` over `others` to an anchor, as of `time` (FILETIME), for one purpose
 * (X509_FOR_*). The result depends on the arguments and the anchors alone. */
void x509_chain_build(struct x509_store *store, const struct x509 *leaf, const struct x509 *const *others,
                      size_t other_count, unsigned purpose, uint64_t time, struct x509_chain *ret);

/* One sentence about the first fault, such as "the issuer of this certificate is not known"; constant. */
const char *x509_fault_text(unsigned faults);

#endif
