/* x509_private: what the files of the x509 family share. */
#ifndef FORMAT_X509_PRIVATE_H
#define FORMAT_X509_PRIVATE_H

#include "format/x509_chain.h"

enum { X509_SLOTS = 4 * X509_CACHE, X509_KEPT = 1024, X509_KEEP_OTHERS = 24 };

struct x509_root {
    struct span der, subject, issuer;
    uint8_t sha256[32];
    unsigned purposes;
    bool failed;          /* it looked like a certificate and was none */
    struct x509 *decoded; /* NULL until a chain needs it */
};

/* Decodes it and makes OpenSSL know it; false if it is no certificate. */
bool x509_private_root(struct x509_store *store, struct x509_root *root);

/* A chain that was built before, and for what. */
struct x509_kept {
    bool used;
    uint8_t key[32];
    struct x509_chain chain;
};

struct x509_cache {
    struct x509 *slots[X509_SLOTS]; /* open addressing by the first bytes of sha256 */
    size_t count;
    struct x509_kept kept[X509_KEPT];
};

#endif
