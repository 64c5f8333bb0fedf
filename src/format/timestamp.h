/* timestamp: when was this signature there? RFC 3161 tokens and PKCS #9 countersignatures
 * (docs/format/timestamp.md).
 *
 * Both say that somebody saw the octets of a signature at a time. The time is taken from the token first,
 * then the signer's chain is judged as of that time, so that a stamp outlives the certificates that made it.
 */
#ifndef FORMAT_TIMESTAMP_H
#define FORMAT_TIMESTAMP_H

#include "format/pkcs7_seal.h"
#include "format/x509_chain.h"

enum timestamp_kind { TIMESTAMP_NONE, TIMESTAMP_RFC3161, TIMESTAMP_PKCS9 };

/* Why a stamp does not count; independent of one another. */
enum timestamp_fault {
    TIMESTAMP_MALFORMED = 1,  /* it cannot be read */
    TIMESTAMP_IMPRINT = 2,    /* it was made over something else */
    TIMESTAMP_SEAL = 4,       /* its own signature does not hold */
    TIMESTAMP_SIGNER = 8,     /* its signer's certificate is missing */
    TIMESTAMP_CHAIN = 16,     /* its signer is not trusted for time stamps as of its time */
    TIMESTAMP_ALGORITHM = 32, /* an algorithm is not known, so nothing can be said */
    TIMESTAMP_NAMED = 64      /* it names another certificate than its signer's (ESSCertID) */
};

struct timestamp {
    enum timestamp_kind kind;
    uint64_t time;                          /* FILETIME; 0 if it cannot be read */
    unsigned faults;                        /* enum timestamp_fault; 0: it counts */
    const struct x509 *signer;              /* NULL if unknown */
    const struct x509 *const *certificates; /* that it brought along; NULL if none */
    size_t certificate_count;
    struct x509_chain chain; /* as of `time`; meant if signer is */
};

/* The stamp on a signature: the first RFC 3161 token among the unsigned attributes, else the first
 * countersignature. `outer` are the certificates of the signature, which may hold the stamp's, too. Only
 * memory of the job is used; nothing fails. */
void timestamp_read(struct job *job, struct x509_store *store, const struct pkcs7_signer *signer,
                    const struct x509 *const *outer, size_t outer_count, struct timestamp *ret);

/* "rfc3161", "pkcs9", NULL. */
const char *timestamp_word(enum timestamp_kind kind);

/* One sentence about the first fault; constant; NULL if it counts. */
const char *timestamp_fault_text(unsigned faults);

#endif
