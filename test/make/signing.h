/* Certificates, signatures, time stamps and catalogs for tests, put together byte by byte, so that everything
 * that can be wrong with one can be made. All keys are made on the spot and thrown away. A failure inside
 * stops the program. */
#ifndef TEST_MAKE_SIGNING_H
#define TEST_MAKE_SIGNING_H

#include "make/authenticode_fixture.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <time.h>

#define SIGNING_SPC      "1.3.6.1.4.1.311.2.1.4"
#define SIGNING_CTL      "1.3.6.1.4.1.311.10.1"
#define SIGNING_TST      "1.2.840.113549.1.9.16.1.4"
#define SIGNING_DATA     "1.2.840.113549.1.7.1"
#define SIGNING_CODE     "1.3.6.1.5.5.7.3.3"
#define SIGNING_TIME     "1.3.6.1.5.5.7.3.8"
#define SIGNING_SERVER   "1.3.6.1.5.5.7.3.1"
#define SIGNING_LIFETIME "1.3.6.1.4.1.311.10.3.13"
#define SIGNING_WHQL     "1.3.6.1.4.1.311.10.3.5"
#define SIGNING_TOKEN    "1.3.6.1.4.1.311.3.3.1"
#define SIGNING_COUNTER  "1.2.840.113549.1.9.6"
#define SIGNING_NESTED   "1.3.6.1.4.1.311.2.4.1"
#define SIGNING_OPUS     "1.3.6.1.4.1.311.2.1.12"

/* What SpcIndirectDataContent can be about. */
#define SIGNING_PE         "1.3.6.1.4.1.311.2.1.15"
#define SIGNING_CABINET    "1.3.6.1.4.1.311.2.1.25"
#define SIGNING_SCRIPT     "1.3.6.1.4.1.311.2.1.30" /* and other files that a SIP of its own knows */
#define SIGNING_INDIVIDUAL "1.3.6.1.4.1.311.2.1.21" /* a key purpose; old pesign wrote it there */

enum { SIGNING_CERTIFICATES = 8 };

/* A certificate with its key. */
struct signing_id {
    X509 *certificate;
    EVP_PKEY *key;
};

struct signing_make {
    const char *name;            /* common name */
    const char *organization;    /* NULL: "Assay Test" */
    const struct signing_id *by; /* issuer; NULL: itself */
    EVP_PKEY *key;               /* taken over; NULL: a new RSA key of 2048 bits */
    int from, to;                /* validity in days from now; 0 and 0: a year back to a year ahead */
    bool ca;
    int path;              /* path length plus one; 0: none */
    const char *usages;    /* as OpenSSL's configuration has them, "OID,OID"; NULL: no such extension */
    const char *key_usage; /* likewise, "critical,digitalSignature" */
    const char *digest;    /* NULL: sha256 */
    uint64_t serial;       /* 0: counted */
};

static inline EVP_PKEY *signing_rsa(void) {
    return EVP_RSA_gen(2048);
}

/* A named curve, or the same one with its parameters written out, as CVE-2020-0601 needs it. */
static inline EVP_PKEY *signing_ec(const char *curve, bool explicit) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    fixture_demand(c && EVP_PKEY_keygen_init(c) == 1 && EVP_PKEY_CTX_set_group_name(c, curve) == 1);
    fixture_demand(
        EVP_PKEY_CTX_set_ec_param_enc(c, explicit ? OPENSSL_EC_EXPLICIT_CURVE : OPENSSL_EC_NAMED_CURVE) == 1);
    fixture_demand(EVP_PKEY_keygen(c, &key) == 1);
    EVP_PKEY_CTX_free(c);
    return key;
}

static inline void signing_extension(X509 *x, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    fixture_demand(e && X509_add_ext(x, e, -1) == 1);
    X509_EXTENSION_free(e);
}

static inline struct signing_id signing_certificate(const struct signing_make *make) {
    static uint64_t serial = 0x1000;
    struct signing_id id = {X509_new(), make->key ? make->key : signing_rsa()};
    X509 *x = id.certificate, *issuer = make->by ? make->by->certificate : x;
    X509_NAME *name = X509_NAME_new();
    char text[64];
    fixture_demand(x && id.key && name);
    const char *organization = make->organization ? make->organization : "Assay Test";
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)organization, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)make->name, -1, -1, 0);
    X509_set_version(x, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), make->serial ? make->serial : serial++);
    X509_set_subject_name(x, name);
    X509_set_issuer_name(x, make->by ? X509_get_subject_name(issuer) : name);
    bool some = make->from != 0 || make->to != 0;
    X509_gmtime_adj(X509_getm_notBefore(x), 86400L * (some ? make->from : -365));
    X509_gmtime_adj(X509_getm_notAfter(x), 86400L * (some ? make->to : 365));
    X509_set_pubkey(x, id.key);
    snprintf(text, sizeof text, make->path ? "critical,CA:TRUE,pathlen:%d" : "critical,CA:TRUE",
             make->path - 1);
    if (make->ca)
        signing_extension(x, issuer, NID_basic_constraints, text);
    if (make->usages)
        signing_extension(x, issuer, NID_ext_key_usage, make->usages);
    if (make->key_usage)
        signing_extension(x, issuer, NID_key_usage, make->key_usage);
    const EVP_MD *md = EVP_get_digestbyname(make->digest ? make->digest : "sha256");
    fixture_demand(md && X509_sign(x, make->by ? make->by->key : id.key, md) > 0);
    X509_NAME_free(name);
    return id;
}

static inline void signing_free(struct signing_id *id) {
    X509_free(id->certificate);
    EVP_PKEY_free(id->key);
}

static inline void signing_add_oid(struct fixture *f, const char *oid) {
    unsigned char *der = NULL;
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 0);
    int size = i2d_ASN1_OBJECT(object, &der);
    fixture_demand(size > 0);
    fixture_add(f, der, (size_t)size);
    OPENSSL_free(der);
    ASN1_OBJECT_free(object);
}

/* AlgorithmIdentifier without parameters, or with NULL. */
static inline void signing_add_algorithm(struct fixture *f, const char *name, bool null) {
    size_t at = f->size;
    signing_add_oid(f, name);
    if (null)
        fixture_add(f, "\x05", 2);
    fixture_wrap(f, at, 0x30);
}

static inline void signing_add_certificate(struct fixture *f, X509 *certificate) {
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    fixture_demand(size > 0);
    fixture_add(f, der, (size_t)size);
    OPENSSL_free(der);
}

/* Attribute ::= SEQUENCE { type, SET { value } } */
static inline void signing_add_attribute(struct fixture *f, const char *oid, const void *value, size_t size) {
    size_t at = f->size;
    signing_add_oid(f, oid);
    size_t set = f->size;
    fixture_add(f, value, size);
    fixture_wrap(f, set, 0x31);
    fixture_wrap(f, at, 0x30);
}

/* The values in `f`, one behind the other, in the order that DER wants in a SET OF (X.690, 11.6). */
static inline void signing_sort(struct fixture *f) {
    struct {
        const uint8_t *data;
        size_t size;
    } values[16];
    size_t count = 0, used = 0;
    struct fixture copy = fixture_copy(f);
    for (size_t at = 0, size; at < copy.size; at += size, count++) {
        const unsigned char *inside = copy.data + at;
        long length;
        int tag, class;
        fixture_demand(count < 16 &&
                       !(ASN1_get_object(&inside, &length, &tag, &class, (long)(copy.size - at)) & 0x80));
        size = (size_t)(inside - (copy.data + at)) + (size_t)length;
        size_t to = count;
        for (; to > 0; to--) {
            size_t other = values[to - 1].size, common = size < other ? size : other;
            int order = memcmp(values[to - 1].data, copy.data + at, common);
            if (order < 0 || (order == 0 && other <= size))
                break;
            values[to] = values[to - 1];
        }
        values[to].data = copy.data + at;
        values[to].size = size;
    }
    for (size_t i = 0; i < count; used += values[i++].size)
        memcpy(f->data + used, values[i].data, values[i].size);
    fixture_free(&copy);
}

/* What kind of text: UTCTime, GeneralizedTime, or a day with dashes. */
enum signing_time { SIGNING_UTC, SIGNING_GENERALIZED, SIGNING_DAY };

static inline size_t signing_time_text(char text[64], int days, enum signing_time kind) {
    time_t when = time(NULL) + (time_t)days * 86400;
    struct tm tm;
    fixture_demand(gmtime_r(&when, &tm) != NULL);
    int year = tm.tm_year + 1900, month = tm.tm_mon + 1;
    if (kind == SIGNING_DAY)
        return (size_t)snprintf(text, 64, "%04d-%02d-%02d", year, month, tm.tm_mday);
    int size =
        kind == SIGNING_UTC ? snprintf(text, 64, "%02d", year % 100) : snprintf(text, 64, "%04d", year);
    return (size_t)size + (size_t)snprintf(text + size, 64 - (size_t)size, "%02d%02d%02d%02d%02dZ", month,
                                           tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

struct signing_info {
    const struct signing_id *signer;
    const char *digest;     /* NULL: sha256 */
    const char *type;       /* of the content */
    const uint8_t *payload; /* what is digested */
    size_t payload_size;
    int days; /* with has_time: signingTime, days from now */
    bool has_time;
    bool wrong_digest, wrong_signature;
    const char *ess; /* digest by which the signer's certificate is named (ESSCertID); NULL: not named */
    bool wrong_ess;  /* another one is named */
    bool opus;       /* SpcSpOpusInfo */
    struct fixture unsigned_attributes; /* borrowed; DER of attributes */
    uint8_t signature[1024];            /* made */
    size_t signature_size;
};

/* signingCertificate for SHA-1 (RFC 2634, 5.4), else signingCertificateV2 (RFC 5035, 3; RFC 5816), where
 * SHA-256 is the default and so, by DER, not written. */
static inline void signing_add_ess(struct fixture *f, const struct signing_info *info) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    struct fixture value = {NULL, 0};
    const EVP_MD *md = EVP_get_digestbyname(info->ess);
    bool first = strcmp(info->ess, "sha1") == 0;
    fixture_demand(md && X509_digest(info->signer->certificate, md, digest, &size) == 1);
    digest[0] ^= info->wrong_ess;
    if (!first && strcmp(info->ess, "sha256") != 0)
        signing_add_algorithm(&value, info->ess, false);
    size_t at = value.size;
    fixture_add(&value, digest, size);
    fixture_wrap(&value, at, 0x04);
    for (int depth = 0; depth < 3; depth++)
        fixture_wrap(&value, 0, 0x30);
    signing_add_attribute(f, first ? "1.2.840.113549.1.9.16.2.12" : "1.2.840.113549.1.9.16.2.47", value.data,
                          value.size);
    fixture_free(&value);
}

static inline void signing_attributes(struct fixture *f, const struct signing_info *info, const EVP_MD *md) {
    /* SEQUENCE { [0] { [0] "Test" as BMPString } } */
    static const uint8_t opus[] = {0x30, 0x0c, 0xa0, 0x0a, 0x80, 0x08, 0, 'T', 0, 'e', 0, 's', 0, 't'};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char text[64];
    struct fixture value = {NULL, 0};
    signing_add_oid(&value, info->type);
    signing_add_attribute(f, "1.2.840.113549.1.9.3", value.data, value.size);
    fixture_free(&value);
    if (info->has_time) {
        fixture_add(&value, text, signing_time_text(text, info->days, SIGNING_UTC));
        fixture_wrap(&value, 0, 0x17);
        signing_add_attribute(f, "1.2.840.113549.1.9.5", value.data, value.size);
        fixture_free(&value);
    }
    fixture_demand(EVP_Digest(info->payload, info->payload_size, digest, &size, md, NULL) == 1);
    digest[0] ^= info->wrong_digest;
    value = (struct fixture){NULL, 0};
    fixture_add(&value, digest, size);
    fixture_wrap(&value, 0, 0x04);
    signing_add_attribute(f, "1.2.840.113549.1.9.4", value.data, value.size);
    fixture_free(&value);
    if (info->ess)
        signing_add_ess(f, info);
    if (info->opus)
        signing_add_attribute(f, SIGNING_OPUS, opus, sizeof opus);
    signing_sort(f);
}

static inline void signing_sign(struct signing_info *info, const EVP_MD *md, const struct fixture *set) {
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    info->signature_size = sizeof info->signature;
    fixture_demand(c && EVP_DigestSignInit(c, NULL, md, NULL, info->signer->key) == 1);
    fixture_demand(EVP_DigestSign(c, info->signature, &info->signature_size, set->data, set->size) == 1);
    EVP_MD_CTX_free(c);
}

/* Everything of a SignerInfo up to the signature; `info->signature` is made. */
static inline struct fixture signing_signer_head(struct signing_info *info) {
    const char *digest = info->digest ? info->digest : "sha256";
    const EVP_MD *md = EVP_get_digestbyname(digest);
    struct fixture f = {NULL, 0}, attributes = {NULL, 0};
    unsigned char *der = NULL;
    fixture_add(&f, "\x02\x01\x01", 3);
    size_t at = f.size;
    int size = i2d_X509_NAME(X509_get_issuer_name(info->signer->certificate), &der);
    fixture_add(&f, der, (size_t)size);
    OPENSSL_free(der);
    der = NULL;
    size = i2d_ASN1_INTEGER(X509_get_serialNumber(info->signer->certificate), &der);
    fixture_add(&f, der, (size_t)size);
    OPENSSL_free(der);
    fixture_wrap(&f, at, 0x30);
    signing_add_algorithm(&f, digest, true);
    signing_attributes(&attributes, info, md);
    fixture_wrap(&attributes, 0, 0x31);
    signing_sign(info, md, &attributes);
    attributes.data[0] = 0xa0;
    fixture_add(&f, attributes.data, attributes.size);
    fixture_free(&attributes);
    bool rsa = EVP_PKEY_get_base_id(info->signer->key) == EVP_PKEY_RSA;
    int ecdsa = NID_undef;
    fixture_demand(rsa || OBJ_find_sigid_by_algs(&ecdsa, EVP_MD_get_type(md), EVP_PKEY_EC) == 1);
    signing_add_algorithm(&f, rsa ? "rsaEncryption" : OBJ_nid2sn(ecdsa), rsa);
    return f;
}

/* The rest of it, signature and unsigned attributes, behind what signing_signer_head gave, which is taken
 * over.
 */
static inline struct fixture signing_signer_tail(struct fixture f, struct signing_info *info) {
    size_t at = f.size;
    info->signature[info->signature_size / 2] ^= info->wrong_signature;
    fixture_add(&f, info->signature, info->signature_size);
    fixture_wrap(&f, at, 0x04);
    if (info->unsigned_attributes.size > 0) {
        at = f.size;
        fixture_add(&f, info->unsigned_attributes.data, info->unsigned_attributes.size);
        fixture_wrap(&f, at, 0xa1);
    }
    fixture_wrap(&f, 0, 0x30);
    return f;
}

/* A whole SignerInfo. */
static inline struct fixture signing_signer(struct signing_info *info) {
    return signing_signer_tail(signing_signer_head(info), info);
}

/* ContentInfo with SignedData: `content` is the signed value whole, `signers` one SignerInfo behind the
 * other. */
static inline struct fixture signing_data(const char *type, const struct fixture *content, const char *digest,
                                          X509 *const *certificates, const struct fixture *signers) {
    struct fixture f = {NULL, 0};
    fixture_add(&f, "\x02\x01\x01", 3);
    size_t at = f.size;
    signing_add_algorithm(&f, digest ? digest : "sha256", true);
    fixture_wrap(&f, at, 0x31);
    at = f.size;
    signing_add_oid(&f, type);
    size_t explicit = f.size;
    fixture_add(&f, content->data, content->size);
    fixture_wrap(&f, explicit, 0xa0);
    fixture_wrap(&f, at, 0x30);
    at = f.size;
    for (size_t i = 0; certificates && i < SIGNING_CERTIFICATES && certificates[i]; i++)
        signing_add_certificate(&f, certificates[i]);
    if (f.size > at)
        fixture_wrap(&f, at, 0xa0);
    at = f.size;
    fixture_add(&f, signers->data, signers->size);
    fixture_wrap(&f, at, 0x31);
    fixture_wrap(&f, 0, 0x30);
    fixture_wrap(&f, 0, 0xa0);
    struct fixture whole = {NULL, 0};
    signing_add_oid(&whole, "1.2.840.113549.1.7.2");
    fixture_add(&whole, f.data, f.size);
    fixture_wrap(&whole, 0, 0x30);
    fixture_free(&f);
    return whole;
}

/* A time stamp by `tsa`. */
struct signing_stamp {
    const struct signing_id *tsa;
    X509 *certificates[SIGNING_CERTIFICATES]; /* of the token */
    int days;                                 /* its time, days from now */
    bool pkcs9;                               /* a countersignature instead of a token */
    bool other;                               /* over something else */
    /* Only tokens name their signer's certificate: by SHA-256, or by another digest; not at all; another one.
     */
    const char *ess;
    bool no_ess, wrong_ess;
};

/* RFC 3161 token over `octets`. */
static inline struct fixture signing_token(const struct signing_stamp *stamp, const uint8_t *octets,
                                           size_t size) {
    struct fixture info = {NULL, 0};
    uint8_t digest[32];
    char text[64];
    fixture_add(&info, "\x02\x01\x01", 3);
    signing_add_oid(&info, "1.2.3.4.1");
    fixture_demand(EVP_Digest(octets, size, digest, NULL, EVP_sha256(), NULL) == 1);
    digest[0] ^= stamp->other;
    size_t at = info.size;
    signing_add_algorithm(&info, "sha256", true);
    size_t inner = info.size;
    fixture_add(&info, digest, sizeof digest);
    fixture_wrap(&info, inner, 0x04);
    fixture_wrap(&info, at, 0x30);
    fixture_add(&info, "\x02\x01\x07", 3);
    at = info.size;
    fixture_add(&info, text, signing_time_text(text, stamp->days, SIGNING_GENERALIZED));
    fixture_wrap(&info, at, 0x18);
    fixture_wrap(&info, 0, 0x30);
    struct signing_info signer = {.signer = stamp->tsa,
                                  .type = SIGNING_TST,
                                  .payload = info.data,
                                  .payload_size = info.size,
                                  .ess = stamp->no_ess ? NULL
                                         : stamp->ess  ? stamp->ess
                                                       : "sha256",
                                  .wrong_ess = stamp->wrong_ess};
    struct fixture signers = signing_signer(&signer);
    struct fixture content = {NULL, 0};
    fixture_add(&content, info.data, info.size);
    fixture_wrap(&content, 0, 0x04);
    struct fixture token = signing_data(SIGNING_TST, &content, NULL, stamp->certificates, &signers);
    fixture_free(&info);
    fixture_free(&signers);
    fixture_free(&content);
    return token;
}

/* Appends the stamp as an unauthenticated attribute. */
static inline void signing_add_stamp(struct fixture *attributes, const struct signing_stamp *stamp,
                                     const uint8_t *octets, size_t size) {
    struct fixture value;
    if (stamp->pkcs9) {
        struct signing_info info = {.signer = stamp->tsa,
                                    .type = SIGNING_DATA,
                                    .payload = octets,
                                    .payload_size = stamp->other ? size - 1 : size,
                                    .days = stamp->days,
                                    .has_time = true};
        value = signing_signer(&info);
    } else {
        value = signing_token(stamp, octets, size);
    }
    signing_add_attribute(attributes, stamp->pkcs9 ? SIGNING_COUNTER : SIGNING_TOKEN, value.data, value.size);
    fixture_free(&value);
}

/* An Authenticode signature. */
struct signing_spec {
    const struct signing_id *signer;
    X509 *certificates[SIGNING_CERTIFICATES];
    const char *digest; /* of file and signature; NULL: sha256 */
    const struct signing_stamp *stamp;
    const struct fixture *nested; /* a signature; NULL: none */
    size_t stowed;                /* bytes in an attribute of an unknown type */
    bool wrong_digest, wrong_signature;
    const char *type;                /* of the signed content; NULL: SpcIndirectDataContent */
    const char *subject;             /* what that says it is about; NULL: SIGNING_PE */
    bool no_opus;                    /* without SpcSpOpusInfo */
    const struct signing_id *second; /* another signer in the same SignedData */
};

static inline void signing_unsigned(struct fixture *attributes, const struct signing_spec *spec,
                                    const struct signing_info *info) {
    if (spec->stamp)
        signing_add_stamp(attributes, spec->stamp, info->signature, info->signature_size);
    if (spec->nested)
        signing_add_attribute(attributes, SIGNING_NESTED, spec->nested->data, spec->nested->size);
    if (spec->stowed > 0) {
        struct fixture noise = {NULL, 0};
        fixture_add(&noise, NULL, spec->stowed);
        fixture_noise(noise.data, noise.size, 7);
        fixture_wrap(&noise, 0, 0x04);
        signing_add_attribute(attributes, "1.2.3.4.5.6", noise.data, noise.size);
        fixture_free(&noise);
    }
}

/* A signature over any content, stamped and so on as the spec says. */
static inline struct fixture signing_over(const char *type, const struct fixture *payload, uint8_t identifier,
                                          const struct signing_spec *spec) {
    struct fixture content = {NULL, 0}, attributes = {NULL, 0};
    fixture_add(&content, payload->data, payload->size);
    fixture_wrap(&content, 0, identifier);
    struct signing_info info = {.signer = spec->signer,
                                .digest = spec->digest,
                                .type = type,
                                .payload = payload->data,
                                .payload_size = payload->size,
                                .opus = !spec->no_opus,
                                .wrong_digest = spec->wrong_digest,
                                .wrong_signature = spec->wrong_signature};
    struct fixture head = signing_signer_head(&info); /* once: each signature of an EC key is another */
    signing_unsigned(&attributes, spec, &info);
    info.unsigned_attributes = attributes;
    struct fixture signers = signing_signer_tail(head, &info);
    if (spec->second) {
        struct signing_info again = info;
        again.signer = spec->second;
        again.unsigned_attributes = (struct fixture){NULL, 0};
        struct fixture more = signing_signer(&again);
        fixture_add(&signers, more.data, more.size);
        fixture_free(&more);
    }
    struct fixture whole = signing_data(type, &content, spec->digest, spec->certificates, &signers);
    fixture_free(&content);
    fixture_free(&attributes);
    fixture_free(&signers);
    return whole;
}

/* SpcIndirectDataContent without its outermost header; about a cabinet, with the SpcLink that belongs there,
 * else with SpcPeImageData. */
static inline struct fixture signing_content(const char *digest_name, const uint8_t *digest, size_t size,
                                             const char *subject) {
    enum { VALUE = 14, INFO = 25 }; /* of what fixture_content gives */
    struct fixture pe = fixture_content(digest_name, digest, size), f = {NULL, 0};
    signing_add_oid(&f, subject);
    if (strcmp(subject, SIGNING_CABINET) == 0)
        fixture_add(&f, "\xa2\x02\x80\x00", 4);
    else
        fixture_add(&f, pe.data + VALUE, INFO - VALUE);
    fixture_wrap(&f, 0, 0x30);
    fixture_add(&f, pe.data + INFO, pe.size - INFO);
    fixture_free(&pe);
    return f;
}

/* The same over the Authenticode digest of an image. Under SIGNING_DATA it is an OCTET STRING (RFC 2315, 8).
 */
static inline struct fixture signing_image(const struct fixture *pe, const struct signing_spec *spec) {
    uint8_t digest[64];
    const char *name = spec->digest ? spec->digest : "sha256";
    const char *type = spec->type ? spec->type : SIGNING_SPC;
    bool octets = strcmp(type, SIGNING_DATA) == 0;
    size_t size = fixture_digest(pe, name, digest);
    struct fixture payload = signing_content(name, digest, size, spec->subject ? spec->subject : SIGNING_PE);
    if (octets)
        fixture_wrap(&payload, 0, 0x30);
    struct fixture whole = signing_over(type, &payload, octets ? 0x04 : 0x30, spec);
    fixture_free(&payload);
    return whole;
}

#endif
