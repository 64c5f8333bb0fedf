/* authenticode: the signatures embedded in a PE image (Microsoft, "Windows Authenticode Portable Executable
 * Signature Format"; PKCS #7 is RFC 2315; docs/format/authenticode.md).
 *
 * Says what a signature claims, whether its digest is that of the file, when it was made and which chain
 * leads to which root. What follows from all that is another question. Memory is the job's, certificates are
 * the store's; strings are NUL-terminated, NULL where the signature has none. */
#ifndef FORMAT_AUTHENTICODE_H
#define FORMAT_AUTHENTICODE_H

#include "format/authenticode_digest.h"
#include "format/authenticode_table.h"
#include "format/timestamp.h"

/* Caps. What lies beyond one is noted as LIMIT. */
enum {
    AUTHENTICODE_SIGNATURES = 32, /* of one file, nested ones too */
    AUTHENTICODE_DEPTH = 4,       /* levels of nesting */
    AUTHENTICODE_DER = 4 << 20,   /* bytes of one PKCS #7 value */
    AUTHENTICODE_TEXT = 1024      /* bytes of one name */
};

enum authenticode_verdict { AUTHENTICODE_CANNOT_TELL, AUTHENTICODE_MATCH, AUTHENTICODE_MISMATCH };

/* What verification needs to know. */
struct authenticode_context {
    struct x509_store *store; /* with the trusted roots */
    uint64_t now;             /* FILETIME as of which signatures without a time stamp are judged */
    unsigned special;         /* X509_FOR_KERNEL or X509_FOR_UEFI: ask for this chain, too; or 0 */
};

/* Bytes inside a signature that no digest covers and that serve nothing known. */
struct authenticode_stowage {
    size_t attributes; /* unauthenticated attributes of unknown types, or malformed */
    uint64_t attribute_bytes;
    struct span attribute;     /* the largest of them */
    const char *attribute_oid; /* its type in numbers, or NULL */
    size_t certificates;       /* that neither signed nor vouch for one that did */
    uint64_t certificate_bytes;
    struct span certificate; /* the largest of them */
    const char *certificate_subject;
    uint64_t list_bytes; /* of revocation lists */
};

struct authenticode_signature {
    struct span der;     /* the SignedData */
    struct span content; /* what SpcIndirectDataContent holds, or all that authenticode_signed expected; empty
                            if it is signed over something else */
    size_t entry;        /* index of the table entry that holds it */
    unsigned depth;      /* 0 outermost */
    const char *algorithm; /* of the digest: "sha256", or an object identifier if it is not known */
    bool known;            /* kind and the digests are meant */
    enum digest_kind kind;
    size_t digest_size;           /* bytes */
    uint8_t digest[DIGEST_MAX];   /* it was made over, from SpcIndirectDataContent */
    uint8_t computed[DIGEST_MAX]; /* of the file; meant if has_computed */
    bool has_computed;
    enum authenticode_verdict verdict;
    const char *reason;                     /* why it cannot be told; constant */
    const struct x509 *signer;              /* its certificate; NULL if the signature holds none */
    const struct x509 *const *certificates; /* all that it holds */
    size_t certificate_count;
    const char *program; /* SpcSpOpusInfo programName, stored form */
    /* The signature as such, whatever the file: MATCH if its signed attributes hold the digest of the content
     * and the signer certificate's key made the signature over them; MISMATCH if either does not hold. */
    enum authenticode_verdict seal;
    bool seal_known;            /* seal_kind is meant */
    enum digest_kind seal_kind; /* digest algorithm of the signer */
    size_t signers;             /* that it names; only the first is verified, as by Windows */
    uint64_t claimed_time;      /* signingTime that the signer claims; 0 if none */
    struct timestamp stamp;
    uint64_t judged_at;        /* FILETIME: time of the stamp if it counts, else now */
    struct x509_chain chain;   /* for code, as of judged_at; meant if signer is */
    struct x509_chain special; /* for context.special, likewise */
    struct authenticode_stowage stowage;
    const char
        *pages; /* page hashes: "match", "mismatch", "cannot-tell"; NULL if there are none or nobody asked */
};

struct authenticode {
    struct authenticode_layout layout;
    struct authenticode_table table;
    struct authenticode_signature *signatures; /* depth first */
    size_t signature_count;
};

/* Decodes table and signatures; `table` as for authenticode_table_decode. Verdicts are
 * AUTHENTICODE_CANNOT_TELL until authenticode_compare. What is damaged is noted in the job; false only if the
 * job's memory runs out. Call x509_prepare before. */
bool authenticode_decode(struct job *job, const struct authenticode_layout *layout, struct span table,
                         const struct authenticode_context *context, struct authenticode *ret) MUST_USE;

/* The same for one SignedData that lies elsewhere: a catalog. `expected` are the content octets of the object
 * identifier of its content's type. False if it is no such SignedData, which is noted. */
bool authenticode_signed(struct job *job, struct span der, struct span expected,
                         const struct authenticode_context *context,
                         struct authenticode_signature *ret) MUST_USE;

/* What a signature may be over besides an image: content octets of the object identifier that
 * SpcIndirectDataContent names. */
#define AUTHENTICODE_CABINET  "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x19" /* 1.3.6.1.4.1.311.2.1.25 */
#define AUTHENTICODE_DATABASE "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x1e" /* ...30: of an installer */

/* The same for one SignedData over the digest of a file of that kind (`about`); zeros may follow it. The
 * caller compares the digest, and sets computed and verdict. */
bool authenticode_over(struct job *job, struct span der, struct span about,
                       const struct authenticode_context *context,
                       struct authenticode_signature *ret) MUST_USE;

/* The algorithms that signatures use, as a mask of 1 << enum digest_kind. */
unsigned authenticode_kinds(const struct authenticode *authenticode);

/* Fills in computed and verdict. `digests` must hold the image digests of authenticode_kinds, or be NULL if
 * the file could not be read as a whole, for the reason `unread` (constant). */
void authenticode_compare(struct authenticode *authenticode, const struct authenticode_digests *digests,
                          const char *unread);

/* All signatures together: MISMATCH if any mismatches, else MATCH if any matches. */
enum authenticode_verdict authenticode_overall(const struct authenticode *authenticode);

/* The signer's subject, or NULL. */
static inline const char *authenticode_subject(const struct authenticode_signature *signature) {
    return signature && signature->signer ? signature->signer->subject : NULL;
}

/* "match", "mismatch", "cannot-tell". */
const char *authenticode_verdict_word(enum authenticode_verdict verdict);

#endif
