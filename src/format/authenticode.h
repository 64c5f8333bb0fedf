/* authenticode: the signatures embedded in a PE image (Microsoft, "Windows Authenticode Portable Executable
 * Signature Format"; PKCS #7 is RFC 2315; docs/format/authenticode.md).
 *
 * Says what a signature claims and whether its digest is that of the file. Whether the signer is to be
 * trusted is another question. All memory is the job's; strings are NUL-terminated, NULL where the signature
 * has none. OpenSSL's own memory is bounded by AUTHENTICODE_DER and freed before return. */
#ifndef FORMAT_AUTHENTICODE_H
#define FORMAT_AUTHENTICODE_H

#include "format/authenticode_digest.h"
#include "format/authenticode_table.h"

/* Caps. What lies beyond one is noted as LIMIT. */
enum {
    AUTHENTICODE_SIGNATURES = 32, /* of one file, nested ones too */
    AUTHENTICODE_DEPTH = 4,       /* levels of nesting */
    AUTHENTICODE_DER = 4 << 20,   /* bytes of one PKCS #7 value */
    AUTHENTICODE_TEXT = 1024      /* bytes of one name */
};

enum authenticode_verdict { AUTHENTICODE_CANNOT_TELL, AUTHENTICODE_MATCH, AUTHENTICODE_MISMATCH };

struct authenticode_signature {
    size_t entry;          /* index of the table entry that holds it */
    unsigned depth;        /* 0 outermost */
    const char *algorithm; /* of the digest: "sha256", or an object identifier if it is not known */
    bool known;            /* kind and the digests are meant */
    enum digest_kind kind;
    size_t digest_size;           /* bytes */
    uint8_t digest[DIGEST_MAX];   /* it was made over, from SpcIndirectDataContent */
    uint8_t computed[DIGEST_MAX]; /* of the file; meant if has_computed */
    bool has_computed;
    enum authenticode_verdict verdict;
    const char *reason;  /* why it cannot be told; constant */
    const char *subject; /* signer's certificate: names as /C=US/O=..., cut at AUTHENTICODE_TEXT */
    const char *issuer;
    const char *name;               /* subject's common name, stored form */
    const char *serial;             /* upper-case hex */
    uint64_t not_before, not_after; /* FILETIME; 0 if there is no certificate */
    const char *program;            /* SpcSpOpusInfo programName, stored form */
    /* The signature as such, whatever the file: MATCH if its signed attributes hold the digest of the content
     * and the signer certificate's key made the signature over them; MISMATCH if either does not hold. */
    enum authenticode_verdict seal;
};

struct authenticode {
    struct authenticode_layout layout;
    struct authenticode_table table;
    struct authenticode_signature *signatures; /* depth first */
    size_t signature_count;
};

/* Initialises OpenSSL without its configuration file and exercises what decoding needs, so that later no file
 * is opened and no library loaded. Call once, before digest_prepare and before confinement. */
bool authenticode_prepare(void) MUST_USE;

/* Decodes table and signatures; `table` as for authenticode_table_decode. Verdicts are
 * AUTHENTICODE_CANNOT_TELL until authenticode_compare. What is damaged is noted in the job; false only if the
 * job's memory runs out. */
bool authenticode_decode(struct job *job, const struct authenticode_layout *layout, struct span table,
                         struct authenticode *ret) MUST_USE;

/* The algorithms that signatures use, as a mask of 1 << enum digest_kind. */
unsigned authenticode_kinds(const struct authenticode *authenticode);

/* Fills in computed and verdict. `digests` must hold the image digests of authenticode_kinds, or be NULL if
 * the file could not be read as a whole, for the reason `unread` (constant). */
void authenticode_compare(struct authenticode *authenticode, const struct authenticode_digests *digests,
                          const char *unread);

/* All signatures together: MISMATCH if any mismatches, else MATCH if any matches. */
enum authenticode_verdict authenticode_overall(const struct authenticode *authenticode);

/* "match", "mismatch", "cannot-tell". */
const char *authenticode_verdict_word(enum authenticode_verdict verdict);

#endif
