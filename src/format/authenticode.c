#include "format/authenticode.h"

#include "format/authenticode_signer.h"

#include "base/filetime.h"
#include "base/text.h"
#include "format/authenticode_sample.h"
#include "format/der.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#define SPC_INDIRECT_DATA "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x04" /* 1.3.6.1.4.1.311.2.1.4 */
#define SPC_OPUS_INFO     "1.3.6.1.4.1.311.2.1.12"
#define NESTED_SIGNATURE  "1.3.6.1.4.1.311.2.4.1"

/* State of one authenticode_decode. */
struct reading {
    struct job *job;
    struct authenticode_signature *signatures;
    size_t count;
    size_t entry;    /* index */
    uint64_t offset; /* of that entry, for notes */
    bool memory;     /* false once the job's memory ran out */
};

static const struct {
    enum digest_kind kind;
    int nid;
    uint8_t size;
    char oid[10];
} algorithms[] = {
    {DIGEST_MD5, NID_md5, 8, "\x2a\x86\x48\x86\xf7\x0d\x02\x05"},
    {DIGEST_SHA1, NID_sha1, 5, "\x2b\x0e\x03\x02\x1a"},
    {DIGEST_SHA256, NID_sha256, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x01"},
    {DIGEST_SHA384, NID_sha384, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x02"},
    {DIGEST_SHA512, NID_sha512, 9, "\x60\x86\x48\x01\x65\x03\x04\x02\x03"},
};

enum { ALGORITHMS = sizeof algorithms / sizeof algorithms[0] };

static bool warm(const uint8_t *data, size_t size) {
    const unsigned char *at = data;
    X509 *certificate = d2i_X509(NULL, &at, (long)size);
    EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
    bool good = key && X509_verify(certificate, key) == 1;
    X509_free(certificate);
    ERR_clear_error();
    return good;
}

bool authenticode_prepare(void) {
    uint64_t options =
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_LOAD_CRYPTO_STRINGS;
    return OPENSSL_init_crypto(options, NULL) == 1 &&
           warm(authenticode_sample_rsa, sizeof authenticode_sample_rsa) &&
           warm(authenticode_sample_ec, sizeof authenticode_sample_ec);
}

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

static const char *name_line(struct reading *r, const X509_NAME *name) {
    char *line = X509_NAME_oneline(name, NULL, 0);
    const char *copy = line ? keep(r, line, strlen(line)) : NULL;
    OPENSSL_free(line);
    return copy;
}

static const char *name_common(struct reading *r, const X509_NAME *name) {
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
    const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(name, at) : NULL;
    const ASN1_STRING *value = entry ? X509_NAME_ENTRY_get_data(entry) : NULL;
    unsigned char *utf8 = NULL;
    int size = value ? ASN1_STRING_to_UTF8(&utf8, value) : -1;
    const char *copy = NULL;
    if (size >= 0) {
        struct text text = {.max = 8 * AUTHENTICODE_TEXT};
        text_from_bytes(&text, span_clip(span_of(utf8, (size_t)size, 0), 0, AUTHENTICODE_TEXT));
        copy = keep_text(r, &text);
    }
    OPENSSL_free(utf8);
    return copy;
}

static const char *serial_hex(struct reading *r, const ASN1_INTEGER *serial) {
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *data = serial ? ASN1_STRING_get0_data(serial) : NULL;
    size_t size = data ? (size_t)ASN1_STRING_length(serial) : 0;
    char hex[AUTHENTICODE_TEXT];
    size_t used = 0;
    if (size > 0 && ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        hex[used++] = '-';
    for (size_t i = 0; i < size && used + 3 < sizeof hex; i++) {
        hex[used++] = digits[data[i] >> 4];
        hex[used++] = digits[data[i] & 15];
    }
    hex[used] = 0;
    return data ? keep(r, hex, used) : NULL;
}

/* Not through time_t: the C library would look for a time zone. */
static uint64_t filetime_of(const ASN1_TIME *time) {
    struct tm tm;
    char text[64];
    uint64_t filetime = 0;
    if (!time || ASN1_TIME_to_tm(time, &tm) != 1)
        return 0;
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    return filetime_parse(text, &filetime) ? filetime : 0;
}

static void read_certificate(struct reading *r, const X509 *certificate, struct authenticode_signature *s) {
    s->subject = name_line(r, X509_get_subject_name(certificate));
    s->issuer = name_line(r, X509_get_issuer_name(certificate));
    s->name = name_common(r, X509_get_subject_name(certificate));
    s->serial = serial_hex(r, X509_get0_serialNumber(certificate));
    s->not_before = filetime_of(X509_get0_notBefore(certificate));
    s->not_after = filetime_of(X509_get0_notAfter(certificate));
}

static void read_algorithm(struct reading *r, const struct der *oid, struct authenticode_signature *s) {
    for (size_t i = 0; i < ALGORITHMS && !s->known; i++)
        if (der_is_oid(oid, algorithms[i].oid, algorithms[i].size)) {
            s->known = true;
            s->kind = algorithms[i].kind;
            s->algorithm = digest_name(s->kind);
        }
    if (!s->known) {
        char text[DER_OID_TEXT];
        der_oid_text(oid->content, text);
        s->algorithm = keep(r, text, strlen(text));
        s->reason = "the digest algorithm is not known";
    }
}

/* SpcIndirectDataContent ::= SEQUENCE { data SEQUENCE, messageDigest SEQUENCE { SEQUENCE { OID, ... }, OCTET
 * STRING } }; `content` is what the outer SEQUENCE holds. */
static bool read_content(struct reading *r, struct span content, struct authenticode_signature *s) {
    struct fault why;
    struct der data, info, algorithm, oid, digest;
    struct cursor c = cursor_of(content);
    if (!der_expect(&c, DER_SEQUENCE, &data, &why) || !der_expect(&c, DER_SEQUENCE, &info, &why))
        return false;
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

/* The bytes of the SEQUENCE that an attribute holds as value `at`; empty if there is none. They are
 * OpenSSL's. */
static struct span attribute_sequence(X509_ATTRIBUTE *attribute, int at) {
    const ASN1_TYPE *type = X509_ATTRIBUTE_get0_type(attribute, at);
    if (!type || type->type != V_ASN1_SEQUENCE || !type->value.sequence || type->value.sequence->length <= 0)
        return span_of("", 0, 0);
    return span_of(type->value.sequence->data, (size_t)type->value.sequence->length, 0);
}

/* The next attribute of this type from index *at on, which is moved behind it. */
static X509_ATTRIBUTE *attribute_find(const STACK_OF(X509_ATTRIBUTE) * attributes, const char *oid, int *at) {
    char text[DER_OID_TEXT];
    while (*at < sk_X509_ATTRIBUTE_num(attributes)) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(attributes, (*at)++);
        const ASN1_OBJECT *object = attribute ? X509_ATTRIBUTE_get0_object(attribute) : NULL;
        if (object && OBJ_obj2txt(text, sizeof text, object, 1) > 0 && strcmp(text, oid) == 0)
            return attribute;
    }
    return NULL;
}

/* SpcSpOpusInfo ::= SEQUENCE { programName [0] EXPLICIT SpcString OPTIONAL, ... } */
static void read_opus(struct reading *r, const PKCS7_SIGNER_INFO *signer, struct authenticode_signature *s) {
    int at = 0;
    struct fault why;
    struct der sequence, program;
    X509_ATTRIBUTE *attribute = attribute_find(signer->auth_attr, SPC_OPUS_INFO, &at);
    if (!attribute)
        return;
    struct cursor c = cursor_of(attribute_sequence(attribute, 0));
    if (!der_expect(&c, DER_SEQUENCE, &sequence, &why))
        return;
    struct cursor inner = der_inside(&sequence);
    if (der_next(&inner, &program, &why) && program.identifier == (DER_CONTEXT | DER_CONSTRUCTED))
        s->program = spc_string(r, program.content);
}

/* The certificate that the signer information names, or NULL. */
static X509 *signer_certificate(const PKCS7_SIGNED *signed_data, const PKCS7_SIGNER_INFO *signer) {
    const PKCS7_ISSUER_AND_SERIAL *id = signer->issuer_and_serial;
    if (!id || !id->issuer || !id->serial || !signed_data->cert)
        return NULL;
    return X509_find_by_issuer_and_serial(signed_data->cert, id->issuer, id->serial);
}

/* True if the key made the signature over `bytes` with this digest. */
static bool key_made(EVP_PKEY *key, enum digest_kind kind, const ASN1_OCTET_STRING *signature,
                     struct span bytes) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context &&
                EVP_DigestVerifyInit_ex(context, NULL, digest_name(kind), NULL, NULL, key, NULL) == 1 &&
                EVP_DigestVerify(context, ASN1_STRING_get0_data(signature),
                                 (size_t)ASN1_STRING_length(signature), bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* The signed attributes as they were signed: with the tag of a SET instead of [0] (RFC 2315, 9.3). */
static bool attributes_signed(const PKCS7_SIGNER_INFO *signer, EVP_PKEY *key, enum digest_kind kind) {
    unsigned char *der = NULL;
    int size = ASN1_item_i2d((const ASN1_VALUE *)signer->auth_attr, &der, ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
    bool good = size > 0 && key_made(key, kind, signer->enc_digest, span_of(der, (size_t)size, 0));
    OPENSSL_free(der);
    return good;
}

static enum authenticode_verdict sealed(const PKCS7_SIGNER_INFO *signer, X509 *certificate,
                                        struct span content) {
    const ASN1_OBJECT *object = NULL;
    X509_ALGOR_get0(&object, NULL, NULL, signer->digest_alg);
    EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
    int nid = object ? OBJ_obj2nid(object) : NID_undef,
        type = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    size_t at = 0;
    while (at < ALGORITHMS && algorithms[at].nid != nid)
        at++;
    if (at == ALGORITHMS || (type != EVP_PKEY_RSA && type != EVP_PKEY_EC) || !signer->enc_digest ||
        !signer->auth_attr)
        return AUTHENTICODE_CANNOT_TELL;
    uint8_t digest[DIGEST_MAX];
    digest_once(algorithms[at].kind, content, digest);
    const ASN1_OCTET_STRING *claimed = PKCS7_digest_from_attributes(signer->auth_attr);
    bool good = claimed &&
                span_equal(span_of(digest, digest_size(algorithms[at].kind), 0),
                           span_of(ASN1_STRING_get0_data(claimed), (size_t)ASN1_STRING_length(claimed), 0));
    return good && attributes_signed(signer, key, algorithms[at].kind) ? AUTHENTICODE_MATCH
                                                                       : AUTHENTICODE_MISMATCH;
}

/* The SpcIndirectDataContent of signed data without its outermost header; empty if it holds something else.
 * The type decides which member of the union is meant, and it must be read first. */
static struct span indirect_data(const PKCS7_SIGNED *signed_data) {
    struct span none = span_of("", 0, 0);
    const PKCS7 *contents = signed_data->contents;
    if (!contents || !contents->type || OBJ_length(contents->type) != sizeof SPC_INDIRECT_DATA - 1 ||
        memcmp(OBJ_get0_data(contents->type), SPC_INDIRECT_DATA, sizeof SPC_INDIRECT_DATA - 1) != 0)
        return none;
    const ASN1_TYPE *other = contents->d.other;
    if (!other || other->type != V_ASN1_SEQUENCE || !other->value.sequence ||
        other->value.sequence->length <= 0)
        return none;
    struct fault why;
    struct der sequence;
    struct cursor c =
        cursor_of(span_of(other->value.sequence->data, (size_t)other->value.sequence->length, 0));
    return der_expect(&c, DER_SEQUENCE, &sequence, &why) ? sequence.content : none;
}

/* True if the bytes are PKCS #7 SignedData; what they say is added to the list. */
static bool read_pkcs7(struct reading *r, struct span der, unsigned depth);

static void read_nested(struct reading *r, const PKCS7_SIGNER_INFO *signer, unsigned depth) {
    int at = 0;
    for (X509_ATTRIBUTE *a; (a = attribute_find(signer->unauth_attr, NESTED_SIGNATURE, &at));)
        for (int i = 0; i < X509_ATTRIBUTE_count(a) && r->memory; i++) {
            struct span inner = attribute_sequence(a, i);
            if (depth + 1 >= AUTHENTICODE_DEPTH || r->count >= AUTHENTICODE_SIGNATURES) {
                note(r, FAULT_LIMIT, "signatures are nested deeper or in greater number than is read");
                return;
            }
            read_pkcs7(r, inner, depth + 1);
        }
}

static void read_signed(struct reading *r, const PKCS7_SIGNED *signed_data, unsigned depth) {
    struct authenticode_signature *s = &r->signatures[r->count++];
    *s = (struct authenticode_signature){.entry = r->entry, .depth = depth};
    struct span content = indirect_data(signed_data);
    if (content.size == 0)
        s->reason = "the signature is over something else than a file's digest";
    else if (!read_content(r, content, s))
        s->reason = "the signed digest cannot be read";
    const PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value(signed_data->signer_info, 0);
    if (!signer) {
        s->reason = "nobody signed";
        s->known = false;
        return;
    }
    X509 *certificate = signer_certificate(signed_data, signer);
    if (certificate)
        read_certificate(r, certificate, s);
    if (content.size > 0)
        s->seal = sealed(signer, certificate, content);
    read_opus(r, signer, s);
    read_nested(r, signer, depth);
}

static bool read_pkcs7(struct reading *r, struct span der, unsigned depth) {
    if (der.size > AUTHENTICODE_DER) {
        note(r, FAULT_LIMIT, "a signature is larger than is read");
        return false;
    }
    struct span lean = authenticode_signer_only(r->job, der);
    const unsigned char *at = lean.data;
    PKCS7 *pkcs7 = lean.size > 0 ? d2i_PKCS7(NULL, &at, (long)lean.size) : NULL;
    bool good = pkcs7 && PKCS7_type_is_signed(pkcs7) && pkcs7->d.sign;
    if (good)
        read_signed(r, pkcs7->d.sign, depth);
    else
        note(r, FAULT_BAD, "what ought to be a signature is no PKCS #7 SignedData");
    PKCS7_free(pkcs7);
    ERR_clear_error();
    return good;
}

static void read_entry(struct reading *r, struct authenticode_entry *entry) {
    if (entry->type != AUTHENTICODE_TABLE_PKCS7 || entry->der.size == 0)
        return;
    if (r->count >= AUTHENTICODE_SIGNATURES) {
        note(r, FAULT_LIMIT, "signatures are nested deeper or in greater number than is read");
        return;
    }
    entry->signature = read_pkcs7(r, entry->der, 0);
}

bool authenticode_decode(struct job *job, const struct authenticode_layout *layout, struct span table,
                         struct authenticode *ret) {
    *ret = (struct authenticode){.layout = *layout};
    if (!authenticode_table_decode(job, layout, table, &ret->table))
        return false;
    size_t count = ret->table.entry_count;
    struct reading r = {.job = job, .memory = true};
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
