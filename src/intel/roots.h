/* roots: the certificates that end chains, and for what each may do so (intel/roots/, docs/trust.md).
 *
 * Bytes only: nothing here decodes more of a certificate than its outermost length. Everything is the list's
 * and is freed with it. */
#ifndef INTEL_ROOTS_H
#define INTEL_ROOTS_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum {
    ROOTS_MAX = 2048,             /* certificates of a list */
    ROOTS_CERTIFICATE = 64 << 10, /* bytes of one */
    ROOTS_FILE = 8 << 20          /* bytes of one file */
};

/* The same bits as X509_FOR_* (format/x509.h). */
enum { ROOTS_CODE = 1, ROOTS_TIME = 2, ROOTS_KERNEL = 4, ROOTS_UEFI = 8, ROOTS_ANY = 15 };

struct root {
    struct span der;
    unsigned purposes;
};

struct roots {
    struct root *list;
    size_t count;
    void **memory; /* to be freed */
    size_t memory_count;
};

void roots_free(struct roots *roots);

/* The shipped set: every line of roots.tsv at `index`, whose files lie beside it and must have the SHA-256
 * that the line says. False with file, line and reason in `error`. digest_prepare must have been called. */
bool roots_load_default(struct roots *roots, const char *index, struct text *error) MUST_USE;

/* A file with certificates in PEM (RFC 7468; any number, other text around them is skipped) or one in DER, or
 * a folder of such files named *.pem, *.crt, *.cer or *.der, in the order of their names. They may vouch for
 * anything. False with file, line and reason in `error`, also if there is no certificate at all. */
bool roots_add(struct roots *roots, const char *path, struct text *error) MUST_USE;

#endif
