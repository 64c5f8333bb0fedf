#include "format/authenticode.h"

#include "base/text.h"
#include "format/authenticode_stowage.h"
#include "format/der.h"

#define SPC_INDIRECT_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04" /* 1.3.6.1.4.1.311.2.1.4 */
#define SPC_PE_IMAGE_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f" /* 1.3.6.1.4.1.311.2.1.15 */
#define SPC_INDIVIDUAL    "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x15" /* 1.3.6.1.4.1.311.2.1.21 */
#define SPC_OPUS_INFO     "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c"
#define NESTED_SIGNATURE  "\x2b\x06\x01\x04\x01\x82\x37\x02\x04\x01"

#define OID(text) span_of(text, sizeof(text) - 1, 0)

/* State of one authenticode_decode. */
struct reading {
    struct job *job;
    const struct authenticode_context *context;
    struct authenticode_signature *signatures;
    size_t count;
    size_t entry;      /* index */
    uint64_t offset;   /* of that entry, for notes */
    struct span about; /* the kind of file that a digest must be of; empty: an image */
    bool memory;       /* false once the job's memory ran out */
};

/* A copy of a text in the job's memory, cut at AUTHENTICODE_TEXT; NULL only if memory runs out. */
static const char *keep(struct reading *r, const char *string, size_t size) {
    size = size < AUTHENTICODE_TEXT ? size : AUTHENTICODE_TEXT;
    while (size > 0 && ((unsigned char)string[size] & 0xc0) == 0x80)
        size--; /* not within a character; string is NUL-terminated */
    char *copy = job_alloc(r->job, size + 1, 1);
    if (copy)
        span_copy(span_of(string, size, 0), copy, size);
    else
        r->memory = false;
    return copy;
}

static const char *keep_text(struct reading *r, struct text *text) {
    const char *copy = keep(r, text_string(text), text->size);
    text_free(text);
    return copy;
}

static void note(struct reading *r, enum fault_code code, const char *text) {
    job_note(r->job, code, r->offset, text);
}

static void read_algorithm(struct reading *r, const struct der *oid, struct authenticode_signature *s) {
    s->known = pkcs7_digest_kind(oid->content, &s->kind);
    if (s->known) {
        s->algorithm = digest_name(s->kind);
    } else {
        char text[DER_OID_TEXT];
        der_oid_text(oid->content, text);
        s->algorithm = keep(r, text, strlen(text));
        s->reason = "the digest algorithm is not known";
    }
}

/* SpcAttributeTypeAndOptionalValue ::= SEQUENCE { type OBJECT IDENTIFIER, value ANY OPTIONAL } says what kind
 * of file the digest is of: whoever signed a script or a cabinet did not sign an image. pesign once wrote a
 * key purpose there. */
static bool about_wanted(const struct reading *r, const struct der *data) {
    struct cursor c = der_inside(data);
    struct der type;
    struct fault why;
    if (!der_expect(&c, DER_OID, &type, &why))
        return false;
    if (r->about.size > 0)
        return span_equal(type.content, r->about);
    return span_equal(type.content, OID(SPC_PE_IMAGE_DATA)) || span_equal(type.content, OID(SPC_INDIVIDUAL));
}

/* SpcIndirectDataContent ::= SEQUENCE { data SEQUENCE, messageDigest SEQUENCE { SEQUENCE { OID, ... }, OCTET
 * STRING } }; `content` is what the outer SEQUENCE holds. */
static bool read_content(struct reading *r, struct span content, struct authenticode_signature *s) {
    struct fault why;
    struct der data, info, algorithm, oid, digest;
    struct cursor c = cursor_of(content);
    if (!der_expect(&c, DER_SEQUENCE, &data, &why) || !der_expect(&c, DER_SEQUENCE, &info, &why))
        return false;
    if (!about_wanted(r, &data)) {
        s->reason = "the signature is for another kind of file";
        return true;
    }
    struct cursor inner = der_inside(&info);
    if (!der_expect(&inner, DER_SEQUENCE, &algorithm, &why) ||
        !der_expect(&inner, DER_OCTET_STRING, &digest, &why))
        return false;
    struct cursor innermost = der_inside(&algorithm);
    if (!der_expect(&innermost, DER_OID, &oid, &why))
        return false;
    read_algorithm(r, &oid, s);
    if (s->known && digest.content.size != digest_size(s->kind)) {
        s->known = false;
        s->reason = "the digest is not as long as its algorithm makes it";
    }
    s->digest_size = span_copy(digest.content, s->digest, sizeof s->digest);
    return true;
}

/* SpcString ::= CHOICE { unicode [0] IMPLICIT BMPString, ascii [1] IMPLICIT IA5String } */
static const char *spc_string(struct reading *r, struct span bytes) {
    struct fault why;
    struct der value;
    struct cursor c = cursor_of(bytes);
    if (!der_next(&c, &value, &why))
        return NULL;
    struct span raw = span_clip(value.content, 0, 2 * AUTHENTICODE_TEXT);
    struct text text = {.max = 16 * AUTHENTICODE_TEXT};
    if (value.identifier == DER_CONTEXT) {
        uint8_t little[2 * AUTHENTICODE_TEXT];
        for (size_t i = 0; i < raw.size; i++)
            little[i] = raw.data[(i ^ 1) < raw.size ? i ^ 1 : i];
        text_from_utf16(&text, span_of(little, raw.size, 0));
    } else if (value.identifier == (DER_CONTEXT | 1)) {
        text_from_bytes(&text, raw);
    }
    if (text.size == 0) {
        text_free(&text);
        return NULL;
    }
    return keep_text(r, &text);
}

/* SpcSpOpusInfo ::= SEQUENCE { programName [0] EXPLICIT SpcString OPTIONAL, ... } */
static void read_opus(struct reading *r, const struct pkcs7_signer *signer,
                      struct authenticode_signature *s) {
    struct cursor c = pkcs7_signed_attributes(signer);
    struct pkcs7_attribute attribute;
    struct fault why;
    struct der sequence, program;
    if (!pkcs7_attribute_find(&c, SPC_OPUS_INFO, sizeof SPC_OPUS_INFO - 1, &attribute))
        return;
    c = cursor_of(attribute.values);
    if (!der_expect(&c, DER_SEQUENCE, &sequence, &why))
        return;
    struct cursor inner = der_inside(&sequence);
    if (der_next(&inner, &program, &why) && program.identifier == (DER_CONTEXT | DER_CONSTRUCTED))
        s->program = spc_string(r, program.content);
}

static enum authenticode_verdict verdict_of(enum x509_verdict verdict) {
    return verdict == X509_GOOD    ? AUTHENTICODE_MATCH
           : verdict == X509_WRONG ? AUTHENTICODE_MISMATCH
                                   : AUTHENTICODE_CANNOT_TELL;
}

/* Chains as of the stamp's time if it counts and is allowed to. */
static void build_chains(struct reading *r, struct authenticode_signature *s) {
    bool prolongs =
        s->stamp.kind != TIMESTAMP_NONE && s->stamp.faults == 0 && !(s->signer->usages & X509_USAGE_LIFETIME);
    s->judged_at = prolongs ? s->stamp.time : r->context->now;
    x509_chain_build(r->context->store, s->signer, s->certificates, s->certificate_count, X509_FOR_CODE,
                     s->judged_at, &s->chain);
    if (r->context->special)
        x509_chain_build(r->context->store, s->signer, s->certificates, s->certificate_count,
                         r->context->special, s->judged_at, &s->special);
}

/* Everything about the first signer; the content is SpcIndirectDataContent or a catalog's list. */
static void read_signer(struct reading *r, const struct pkcs7 *p7, struct authenticode_signature *s) {
    const struct pkcs7_signer *signer = &p7->signers[0];
    const struct x509 **certificates;
    s->certificate_count = pkcs7_certificates(r->job, r->context->store, p7, &certificates);
    s->certificates = certificates;
    r->memory = r->memory && certificates;
    s->signers = p7->signer_count + p7->signers_omitted;
    s->seal_known = pkcs7_digest_kind(signer->digest, &s->seal_kind);
    s->claimed_time = pkcs7_signing_time(signer);
    s->signer = pkcs7_certificate_of(signer, s->certificates, s->certificate_count);
    s->judged_at = r->context->now;
    timestamp_read(r->job, r->context->store, signer, s->certificates, s->certificate_count, &s->stamp);
    if (s->signer) {
        build_chains(r, s);
        if (p7->content.size > 0)
            s->seal = verdict_of(pkcs7_seal(r->job, signer, s->signer, p7->content_type, pkcs7_payload(p7)));
    }
    read_opus(r, signer, s);
    r->memory = authenticode_stowage_measure(r->job, p7, s) && r->memory;
}

static void read_pkcs7(struct reading *r, struct span der, unsigned depth, bool *good);

static void read_nested(struct reading *r, const struct pkcs7_signer *signer, unsigned depth) {
    struct cursor c = pkcs7_unsigned_attributes(signer);
    struct pkcs7_attribute attribute;
    struct der value;
    struct fault why;
    bool good;
    while (pkcs7_attribute_find(&c, NESTED_SIGNATURE, sizeof NESTED_SIGNATURE - 1, &attribute)) {
        struct cursor values = cursor_of(attribute.values);
        while (r->memory && der_next(&values, &value, &why)) {
            if (depth + 1 >= AUTHENTICODE_DEPTH || r->count >= AUTHENTICODE_SIGNATURES) {
                note(r, FAULT_LIMIT, "signatures are nested deeper or in greater number than is read");
                return;
            }
            read_pkcs7(r, value.whole, depth + 1, &good);
        }
    }
}

static void read_signed(struct reading *r, const struct pkcs7 *p7, unsigned depth) {
    struct authenticode_signature *s = &r->signatures[r->count++];
    s->entry = r->entry;
    s->depth = depth;
    if (span_equal(p7->content_type, OID(SPC_INDIRECT_DATA)))
        s->content = pkcs7_payload(p7);
    if (s->content.size == 0)
        s->reason = "the signature is over something else than a file's digest";
    else if (!read_content(r, s->content, s))
        s->reason = "the signed digest cannot be read";
    if (p7->signer_count == 0) {
        s->reason = "nobody signed";
        s->known = false;
        return;
    }
    read_signer(r, p7, s);
    if (s->content.size == 0)
        s->seal = AUTHENTICODE_CANNOT_TELL;
    read_nested(r, &p7->signers[0], depth);
}

/* SignedData into the job's memory, made definite if it had to be; NULL if it is none, which is noted. */
static struct pkcs7 *take(struct reading *r, struct span der) {
    struct pkcs7 *p7 = job_alloc(r->job, 1, sizeof *p7);
    struct fault why;
    if (!p7) {
        r->memory = false;
        return NULL;
    }
    if (der.size > AUTHENTICODE_DER) {
        note(r, FAULT_LIMIT, "a signature is larger than is read");
        return NULL;
    }
    if (pkcs7_decode(der, p7, &why) || pkcs7_decode_loose(r->job, der, p7))
        return p7;
    note(r, FAULT_BAD, "what ought to be a signature is no PKCS #7 SignedData");
    return NULL;
}

static void read_pkcs7(struct reading *r, struct span der, unsigned depth, bool *good) {
    struct pkcs7 *p7 = take(r, der);
    *good = p7 != NULL;
    if (!p7)
        return;
    r->signatures[r->count] = (struct authenticode_signature){.der = der};
    read_signed(r, p7, depth);
}

static void read_entry(struct reading *r, struct authenticode_entry *entry) {
    if (entry->type != AUTHENTICODE_TABLE_PKCS7 || entry->der.size == 0)
        return;
    if (r->count >= AUTHENTICODE_SIGNATURES) {
        note(r, FAULT_LIMIT, "signatures are nested deeper or in greater number than is read");
        return;
    }
    read_pkcs7(r, entry->der, 0, &entry->signature);
}

bool authenticode_signed(struct job *job, struct span der, struct span expected,
                         const struct authenticode_context *context, struct authenticode_signature *ret) {
    struct reading r = {.job = job, .context = context, .offset = der.offset, .memory = true};
    struct pkcs7 *p7 = take(&r, der);
    *ret = (struct authenticode_signature){.der = der};
    if (!p7)
        return false;
    if (!span_equal(p7->content_type, expected) || p7->signer_count == 0) {
        note(&r, FAULT_BAD, "the signed data is of another kind, or nobody signed it");
        return false;
    }
    ret->content = p7->content;
    read_signer(&r, p7, ret);
    return r.memory;
}

bool authenticode_over(struct job *job, struct span der, struct span about,
                       const struct authenticode_context *context, struct authenticode_signature *ret) {
    struct reading r = {.job = job, .context = context, .offset = der.offset, .about = about, .memory = true};
    size_t size;
    bool strict;
    struct fault why;
    *ret = (struct authenticode_signature){.der = der};
    if (!der_measure(der, &size, &strict, &why)) {
        note(&r, why.code, "a signature ends early");
        return false;
    }
    ret->der = span_part(der, 0, size);
    struct pkcs7 *p7 = take(&r, ret->der);
    if (!p7)
        return false;
    if (!span_equal(p7->content_type, OID(SPC_INDIRECT_DATA)) || p7->signer_count == 0) {
        note(&r, FAULT_BAD, "the signed data is of another kind, or nobody signed it");
        return false;
    }
    ret->content = pkcs7_payload(p7);
    if (!read_content(&r, ret->content, ret))
        ret->reason = "the signed digest cannot be read";
    read_signer(&r, p7, ret);
    return r.memory;
}

bool authenticode_decode(struct job *job, const struct authenticode_layout *layout, struct span table,
                         const struct authenticode_context *context, struct authenticode *ret) {
    *ret = (struct authenticode){.layout = *layout};
    if (!authenticode_table_decode(job, layout, table, &ret->table))
        return false;
    size_t count = ret->table.entry_count;
    struct reading r = {.job = job, .context = context, .memory = true};
    r.signatures = job_alloc(job, count > 0 ? AUTHENTICODE_SIGNATURES : 0, sizeof *r.signatures);
    if (!r.signatures)
        return false;
    for (size_t i = 0; i < count && r.memory; i++) {
        r.entry = i;
        r.offset = ret->table.entries[i].offset;
        read_entry(&r, &ret->table.entries[i]);
    }
    ret->signatures = r.signatures;
    ret->signature_count = r.count;
    return r.memory;
}

unsigned authenticode_kinds(const struct authenticode *authenticode) {
    unsigned kinds = 0;
    for (size_t i = 0; i < authenticode->signature_count; i++)
        if (authenticode->signatures[i].known)
            kinds |= 1u << authenticode->signatures[i].kind;
    return kinds;
}

static void compare(struct authenticode_signature *s, const struct authenticode_digests *digests) {
    span_copy(span_of(digests->image[s->kind], sizeof s->computed, 0), s->computed, sizeof s->computed);
    s->has_computed = true;
    bool same = memcmp(s->computed, s->digest, digest_size(s->kind)) == 0;
    s->verdict = same ? AUTHENTICODE_MATCH : AUTHENTICODE_MISMATCH;
}

void authenticode_compare(struct authenticode *authenticode, const struct authenticode_digests *digests,
                          const char *unread) {
    for (size_t i = 0; i < authenticode->signature_count; i++) {
        struct authenticode_signature *s = &authenticode->signatures[i];
        if (!authenticode->table.whole)
            s->reason = "the certificate table is cut off";
        else if (!digests)
            s->reason = unread;
        else if (s->known && digests->image_kinds >> s->kind & 1)
            compare(s, digests);
    }
}

enum authenticode_verdict authenticode_overall(const struct authenticode *authenticode) {
    enum authenticode_verdict all = AUTHENTICODE_CANNOT_TELL;
    for (size_t i = 0; i < authenticode->signature_count; i++) {
        enum authenticode_verdict one = authenticode->signatures[i].verdict;
        if (one == AUTHENTICODE_MISMATCH)
            return one;
        if (one == AUTHENTICODE_MATCH)
            all = one;
    }
    return all;
}

const char *authenticode_verdict_word(enum authenticode_verdict verdict) {
    return verdict == AUTHENTICODE_MATCH      ? "match"
           : verdict == AUTHENTICODE_MISMATCH ? "mismatch"
                                              : "cannot-tell";
}
