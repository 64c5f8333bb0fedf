/* x509: certificates and the chains between them and trusted roots (RFC 5280; docs/format/x509.md).
 *
 * A store holds the trusted roots ("anchors") of the run and every certificate that it was shown since the
 * last x509_store_ready, decoded once. OpenSSL decodes, verifies signatures and builds chains; which purposes
 * and which times count is decided here and is the caller's choice. Nothing asks the network, the clock or a
 * file.
 *
 * The store belongs to its maker; zero it before x509_store_init. What is handed out lives until the next
 * x509_store_ready. */
#ifndef FORMAT_X509_H
#define FORMAT_X509_H

#include "base/digest.h"
#include "base/job.h"

/* Caps. */
enum {
    X509_CERTIFICATE = 64 << 10, /* bytes of one certificate */
    X509_CACHE = 1024,           /* certificates remembered; then all are forgotten by x509_store_ready */
    X509_TEXT = 1024             /* bytes of one name */
};

/* What an anchor may vouch for, and what a chain (format/x509_chain.h) is asked for. */
enum { X509_FOR_CODE = 1, X509_FOR_TIME = 2, X509_FOR_KERNEL = 4, X509_FOR_UEFI = 8, X509_FOR_ANY = 15 };

/* Extended key usages that matter (RFC 5280, 4.2.1.12; Microsoft's own under 1.3.6.1.4.1.311). */
enum x509_usage {
    X509_USAGE_CODE = 1,         /* 1.3.6.1.5.5.7.3.3 */
    X509_USAGE_TIME = 2,         /* 1.3.6.1.5.5.7.3.8 */
    X509_USAGE_LIFETIME = 4,     /* 311.10.3.13: a time stamp does not prolong the signature */
    X509_USAGE_WHQL = 8,         /* 311.10.3.5: driver verification */
    X509_USAGE_ATTESTATION = 16, /* 311.10.3.5.1: driver attestation */
    X509_USAGE_SYSTEM = 32,      /* 311.10.3.6: Windows system component */
    X509_USAGE_KERNEL = 64,      /* 311.61.1.1: kernel mode code signing */
    X509_USAGE_ELAM = 128,       /* 311.61.4.1: early launch antimalware */
    X509_USAGE_STORE = 256,      /* 311.76.3.1: Windows store */
    X509_USAGE_SERVER = 512,     /* 1.3.6.1.5.5.7.3.1 */
    X509_USAGE_ANY = 1024,       /* 2.5.29.37.0 */
    X509_USAGE_PROTECTED = 2048, /* 311.10.3.22, .23, .24: protected processes */
    X509_USAGE_OTHER = 4096
};

struct x509 {
    struct span der;
    uint8_t sha1[20], sha256[32];                         /* of all of it: thumbprints */
    uint8_t tbs_sha1[20], tbs_sha256[32], tbs_sha384[48]; /* of its TBSCertificate */
    const char *subject, *issuer;                         /* as /C=US/O=..., cut at X509_TEXT */
    const char *name, *issuer_name;                       /* common names, or NULL; stored form */
    const char *organization;                             /* of the subject, or NULL; stored form */
    const char *serial;                                   /* upper-case hex */
    struct span issuer_der, serial_der, subject_der,
        key_identifier;             /* values; the last one's octets, or empty */
    uint64_t not_before, not_after; /* FILETIME */
    const char *key;                /* "rsa 2048", "ec prime256v1", "ec explicit", "other" */
    const char *usages_text; /* all extended key usages as dotted numbers, one space between; "" if none */
    unsigned usages;         /* enum x509_usage */
    bool has_usages;         /* false: any purpose */
    bool ca;                 /* basicConstraints say so */
    bool self_issued;        /* subject and issuer are the same */
    bool digest_known;
    enum digest_kind digest; /* with which its issuer signed it */
    bool weak_key;           /* an RSA key below 1024 bits, or a curve below 224: others can compute it */
    bool explicit_curve;     /* parameters of its curve are written out: CVE-2020-0601 */
    bool anchor;             /* one of the trusted roots */
    unsigned purposes;       /* X509_FOR_* of an anchor */
    bool told;               /* see x509_tell */
    void *handle;            /* OpenSSL's */
};

enum { X509_ROOTS = 2048, X509_PURPOSES = 4 };

struct x509_store {
    struct job permanent, memory; /* what lives for the run, and until the next x509_store_ready */
    void *anchors[X509_PURPOSES]; /* OpenSSL's, one set a purpose */
    struct x509_root *roots;      /* anchors and intermediates, decoded when a chain may need them */
    size_t root_count;
    struct x509_cache *cache;
};

/* Makes OpenSSL fetch now what it would fetch later. Once in a process, before it is confined. */
bool x509_prepare(void) MUST_USE;

/* An empty store. False if memory runs out. Free with x509_store_free in either case. */
bool x509_store_init(struct x509_store *store) MUST_USE;
void x509_store_free(struct x509_store *store);

/* Adds a trusted root for these purposes (X509_FOR_*). One that is not self-issued ends chains, too, if the
 * purposes are some; with X509_FOR_ANY it is an intermediate that no signature needs to bring along. Cheap:
 * it is decoded when a chain may need it. `der` must live as long as the store. False if it is no
 * certificate. */
bool x509_store_add(struct x509_store *store, struct span der, unsigned purposes) MUST_USE;

/* Call between artifacts: forgets certificates if there are too many. */
void x509_store_ready(struct x509_store *store);

/* Decodes one certificate; NULL with *why if it is none, or too large. `der` is copied. */
const struct x509 *x509_read(struct x509_store *store, struct span der, struct fault *why);

/* True the first time that somebody asks about this certificate since it was read: for whoever describes each
 * one only once. */
bool x509_tell(const struct x509 *certificate);

/* Verifies a signature made with the certificate's key over `bytes`. */
enum x509_verdict { X509_CANNOT_TELL, X509_GOOD, X509_WRONG };
enum x509_verdict x509_verify_bytes(const struct x509 *certificate, enum digest_kind kind, struct span bytes,
                                    struct span signature);

#endif
