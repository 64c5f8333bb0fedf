#include "format/x509.h"

#include "base/filetime.h"
#include "base/text.h"
#include "format/der.h"
#include "format/x509_private.h"
#include "format/x509_sample.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define PERMANENT ((size_t)64 << 20)
#define MEMORY    ((size_t)128 << 20)

enum { X509_RSA = 2048 }; /* bytes of the largest RSA block */

static const struct {
    unsigned usage;
    const char *oid;
} usages[] = {
    {X509_USAGE_CODE, "1.3.6.1.5.5.7.3.3"},
    {X509_USAGE_TIME, "1.3.6.1.5.5.7.3.8"},
    {X509_USAGE_LIFETIME, "1.3.6.1.4.1.311.10.3.13"},
    {X509_USAGE_WHQL, "1.3.6.1.4.1.311.10.3.5"},
    {X509_USAGE_ATTESTATION, "1.3.6.1.4.1.311.10.3.5.1"},
    {X509_USAGE_SYSTEM, "1.3.6.1.4.1.311.10.3.6"},
    {X509_USAGE_KERNEL, "1.3.6.1.4.1.311.61.1.1"},
    {X509_USAGE_ELAM, "1.3.6.1.4.1.311.61.4.1"},
    {X509_USAGE_STORE, "1.3.6.1.4.1.311.76.3.1"},
    {X509_USAGE_SERVER, "1.3.6.1.5.5.7.3.1"},
    {X509_USAGE_ANY, "2.5.29.37.0"},
    {X509_USAGE_PROTECTED, "1.3.6.1.4.1.311.10.3.22"},
    {X509_USAGE_PROTECTED, "1.3.6.1.4.1.311.10.3.23"},
    {X509_USAGE_PROTECTED, "1.3.6.1.4.1.311.10.3.24"},
};

/* One certificate being read into the memory of `job`. */
struct reading {
    struct job *job;
    struct x509 *to;
    bool memory; /* false once it ran out */
};

static const char *keep(struct reading *r, const char *string, size_t size) {
    size = size < X509_TEXT ? size : X509_TEXT;
    while (size > 0 && ((unsigned char)string[size] & 0xc0) == 0x80)
        size--; /* not within a character; string is NUL-terminated */
    char *copy = job_alloc(r->job, size + 1, 1);
    if (copy)
        span_copy(span_of(string, size, 0), copy, size);
    else
        r->memory = false;
    return copy;
}

static const char *name_line(struct reading *r, const X509_NAME *name) {
    char *line = X509_NAME_oneline(name, NULL, 0);
    const char *copy = line ? keep(r, line, strlen(line)) : "";
    OPENSSL_free(line);
    return copy;
}

static const char *name_part(struct reading *r, const X509_NAME *name, int nid) {
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    const X509_NAME_ENTRY *entry = at >= 0 ? X509_NAME_get_entry(name, at) : NULL;
    const ASN1_STRING *value = entry ? X509_NAME_ENTRY_get_data(entry) : NULL;
    unsigned char *utf8 = NULL;
    int size = value ? ASN1_STRING_to_UTF8(&utf8, value) : -1;
    const char *copy = NULL;
    if (size >= 0) {
        struct text text = {.max = 8 * X509_TEXT};
        text_from_bytes(&text, span_clip(span_of(utf8, (size_t)size, 0), 0, X509_TEXT));
        copy = keep(r, text_string(&text), text.size);
        text_free(&text);
    }
    OPENSSL_free(utf8);
    return copy;
}

static const char *serial_hex(struct reading *r, const ASN1_INTEGER *serial) {
    static const char digits[] = "0123456789ABCDEF";
    const unsigned char *data = serial ? ASN1_STRING_get0_data(serial) : NULL;
    size_t size = data ? (size_t)ASN1_STRING_length(serial) : 0, used = 0;
    char hex[X509_TEXT];
    if (size > 0 && ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        hex[used++] = '-';
    for (size_t i = 0; i < size && used + 3 < sizeof hex; i++) {
        hex[used++] = digits[data[i] >> 4];
        hex[used++] = digits[data[i] & 15];
    }
    hex[used] = 0;
    return keep(r, hex, used);
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

static void read_usages(struct reading *r, X509 *certificate) {
    EXTENDED_KEY_USAGE *list = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    char all[X509_TEXT] = "", one[DER_OID_TEXT];
    size_t used = 0;
    r->to->has_usages = X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) >= 0;
    for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
        int size = OBJ_obj2txt(one, sizeof one, sk_ASN1_OBJECT_value(list, i), 1);
        unsigned usage = X509_USAGE_OTHER;
        for (size_t j = 0; size > 0 && j < sizeof usages / sizeof usages[0]; j++)
            if (strcmp(usages[j].oid, one) == 0)
                usage = usages[j].usage;
        r->to->usages |= usage;
        if (size > 0 && used + sizeof one + 2 < sizeof all)
            used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", used ? " " : "", one);
    }
    r->to->usages_text = keep(r, all, used);
    EXTENDED_KEY_USAGE_free(list);
}

enum { RSA_BITS = 1024, CURVE_BITS = 224 }; /* the shortest keys that are no fault */

static void read_key(struct reading *r, X509 *certificate) {
    char text[96] = "other", group[64];
    size_t size;
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
        snprintf(text, sizeof text, "rsa %d", EVP_PKEY_get_bits(key));
        r->to->weak_key = EVP_PKEY_get_bits(key) < RSA_BITS;
    } else if (key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
        bool named = !r->to->explicit_curve && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1;
        snprintf(text, sizeof text, "ec %s", named ? group : "explicit");
        r->to->weak_key = named && EVP_PKEY_get_bits(key) < CURVE_BITS;
    }
    r->to->key = keep(r, text, strlen(text));
}

static void read_digest(struct x509 *to, X509 *certificate) {
    static const struct {
        int nid;
        enum digest_kind kind;
    } kinds[] = {{NID_md5, DIGEST_MD5},
                 {NID_sha1, DIGEST_SHA1},
                 {NID_sha256, DIGEST_SHA256},
                 {NID_sha384, DIGEST_SHA384},
                 {NID_sha512, DIGEST_SHA512}};
    int nid = NID_undef;
    if (!OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &nid, NULL))
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].nid == nid) {
            to->digest = kinds[i].kind;
            to->digest_known = true;
        }
}

/* Certificate ::= SEQUENCE { TBSCertificate ::= SEQUENCE { [0] version, serial, signature, issuer, validity,
 * subject, SubjectPublicKeyInfo, ... }, ... } (RFC 5280, 4.1). Fills in the spans that are compared. */
static bool walk(struct span der, struct x509 *to, struct span *tbs, struct fault *why) {
    static const uint8_t ec[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
    struct cursor top = cursor_of(der);
    struct der outer, inner, value, oid;
    if (!der_expect(&top, DER_SEQUENCE, &outer, why))
        return false;
    if (cursor_left(&top) > 0) {
        *why = (struct fault){FAULT_BAD, cursor_offset(&top), "bytes follow a certificate"};
        return false;
    }
    struct cursor c = der_inside(&outer);
    if (!der_expect(&c, DER_SEQUENCE, &inner, why))
        return false;
    *tbs = inner.whole;
    c = der_inside(&inner);
    if (span_u8(c.span, 0) == (DER_CONTEXT | DER_CONSTRUCTED) && !der_next(&c, &value, why))
        return false;
    if (!der_expect(&c, DER_INTEGER, &value, why))
        return false;
    to->serial_der = value.whole;
    if (!der_expect(&c, DER_SEQUENCE, &value, why) || !der_expect(&c, DER_SEQUENCE, &value, why))
        return false;
    to->issuer_der = value.whole;
    if (!der_expect(&c, DER_SEQUENCE, &value, why) || !der_expect(&c, DER_SEQUENCE, &value, why))
        return false;
    to->subject_der = value.whole;
    if (!der_expect(&c, DER_SEQUENCE, &value, why))
        return false;
    c = der_inside(&value);
    if (!der_expect(&c, DER_SEQUENCE, &value, why))
        return false;
    c = der_inside(&value);
    to->explicit_curve = der_expect(&c, DER_OID, &oid, why) && der_is_oid(&oid, ec, sizeof ec) &&
                         span_u8(c.span, c.at) != DER_OID;
    to->self_issued = span_equal(to->issuer_der, to->subject_der);
    return true;
}

static void read_fields(struct reading *r, X509 *certificate, struct span tbs) {
    struct x509 *to = r->to;
    uint8_t value[DIGEST_MAX];
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const X509_NAME *issuer = X509_get_issuer_name(certificate);
    to->subject = name_line(r, subject);
    to->issuer = name_line(r, issuer);
    to->name = name_part(r, subject, NID_commonName);
    to->issuer_name = name_part(r, issuer, NID_commonName);
    to->organization = name_part(r, subject, NID_organizationName);
    to->serial = serial_hex(r, X509_get0_serialNumber(certificate));
    to->not_before = filetime_of(X509_get0_notBefore(certificate));
    to->not_after = filetime_of(X509_get0_notAfter(certificate));
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(certificate);
    if (id)
        to->key_identifier = span_of(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id), 0);
    to->ca = X509_check_ca(certificate) == 1;
    read_usages(r, certificate);
    read_key(r, certificate);
    read_digest(to, certificate);
    digest_once(DIGEST_SHA1, to->der, value);
    span_copy(span_of(value, sizeof to->sha1, 0), to->sha1, sizeof to->sha1);
    digest_once(DIGEST_SHA1, tbs, value);
    span_copy(span_of(value, sizeof to->tbs_sha1, 0), to->tbs_sha1, sizeof to->tbs_sha1);
    digest_once(DIGEST_SHA256, tbs, value);
    span_copy(span_of(value, sizeof to->tbs_sha256, 0), to->tbs_sha256, sizeof to->tbs_sha256);
    digest_once(DIGEST_SHA384, tbs, value);
    span_copy(span_of(value, sizeof to->tbs_sha384, 0), to->tbs_sha384, sizeof to->tbs_sha384);
    to->handle = certificate;
}

static struct x509 *decode(struct job *job, struct span der, const uint8_t sha256[32], struct fault *why) {
    struct reading r = {.job = job, .memory = true};
    struct span tbs;
    uint8_t *copy = job_alloc(job, der.size, 1);
    r.to = job_alloc(job, 1, sizeof *r.to);
    *why = (struct fault){FAULT_LIMIT, der.offset, "there is no memory for another certificate"};
    if (!copy || !r.to)
        return NULL;
    span_copy(der, copy, der.size);
    r.to->der = span_of(copy, der.size, der.offset);
    span_copy(span_of(sha256, sizeof r.to->sha256, 0), r.to->sha256, sizeof r.to->sha256);
    if (!walk(r.to->der, r.to, &tbs, why))
        return NULL;
    const unsigned char *at = copy;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
    if (!certificate || at != copy + der.size || X509_get_version(certificate) > 2) {
        *why = (struct fault){FAULT_BAD, der.offset, "a certificate cannot be decoded"};
        X509_free(certificate);
        ERR_clear_error();
        return NULL;
    }
    read_fields(&r, certificate, tbs);
    ERR_clear_error();
    if (r.memory)
        return r.to;
    X509_free(certificate);
    *why = (struct fault){FAULT_LIMIT, der.offset, "there is no memory for another certificate"};
    return NULL;
}

static size_t slot_of(const uint8_t sha256[32]) {
    return ((size_t)sha256[0] | (size_t)sha256[1] << 8 | (size_t)sha256[2] << 16) % X509_SLOTS;
}

static void forget(struct x509_store *store) {
    for (size_t i = 0; i < X509_SLOTS; i++)
        if (store->cache->slots[i])
            X509_free(store->cache->slots[i]->handle);
    memset(store->cache, 0, sizeof *store->cache);
    job_reset(&store->memory);
}

bool x509_store_init(struct x509_store *store) {
    bool good = true;
    job_init(&store->permanent, PERMANENT);
    job_init(&store->memory, MEMORY);
    for (size_t i = 0; i < X509_PURPOSES; i++) {
        store->anchors[i] = X509_STORE_new();
        good = good && store->anchors[i];
        if (store->anchors[i])
            X509_STORE_set_flags(store->anchors[i], X509_V_FLAG_PARTIAL_CHAIN);
    }
    store->cache = job_alloc(&store->permanent, 1, sizeof *store->cache);
    store->roots = job_alloc(&store->permanent, X509_ROOTS, sizeof *store->roots);
    return good && store->cache && store->roots;
}

void x509_store_free(struct x509_store *store) {
    if (store->cache)
        forget(store);
    for (size_t i = 0; i < store->root_count; i++)
        if (store->roots[i].decoded)
            X509_free(store->roots[i].decoded->handle);
    for (size_t i = 0; i < X509_PURPOSES; i++)
        X509_STORE_free(store->anchors[i]);
    job_reset(&store->permanent);
    job_reset(&store->memory);
    memset(store, 0, sizeof *store);
}

static struct x509_root *find_root(const struct x509_store *store, const uint8_t sha256[32]) {
    for (size_t i = 0; i < store->root_count; i++)
        if (memcmp(store->roots[i].sha256, sha256, 32) == 0)
            return &store->roots[i];
    return NULL;
}

static bool is_anchor(const struct x509_root *root) {
    return root->purposes != 0;
}

/* To the sets of the purposes in `added`. */
static bool add_anchor(struct x509_store *store, const struct x509_root *root, unsigned added) {
    bool good = true;
    for (size_t i = 0; i < X509_PURPOSES && good; i++)
        good = !(added >> i & 1) || X509_STORE_add_cert(store->anchors[i], root->decoded->handle) == 1;
    return good;
}

bool x509_private_root(struct x509_store *store, struct x509_root *root) {
    struct fault why;
    if (root->decoded || root->failed)
        return !root->failed;
    root->decoded = decode(&store->permanent, root->der, root->sha256, &why);
    root->failed = !root->decoded;
    if (root->failed)
        return false;
    root->decoded->anchor = is_anchor(root);
    root->decoded->purposes = root->purposes;
    return add_anchor(store, root, root->purposes);
}

bool x509_store_add(struct x509_store *store, struct span der, unsigned purposes) {
    struct fault why;
    struct x509 seen;
    struct span tbs;
    uint8_t sha256[DIGEST_MAX];
    if (der.size == 0 || der.size > X509_CERTIFICATE || !walk(der, &seen, &tbs, &why))
        return false;
    digest_once(DIGEST_SHA256, der, sha256);
    bool self_issued = span_equal(seen.subject_der, seen.issuer_der);
    purposes = self_issued || purposes != X509_FOR_ANY ? purposes & X509_FOR_ANY : 0;
    struct x509_root *root = find_root(store, sha256);
    if (root) {
        unsigned added = purposes & ~root->purposes;
        root->purposes |= added;
        if (!root->decoded)
            return true;
        root->decoded->purposes = root->purposes;
        return add_anchor(store, root, added);
    }
    if (store->root_count == X509_ROOTS)
        return false;
    root = &store->roots[store->root_count++];
    *root = (struct x509_root){
        .der = der, .subject = seen.subject_der, .issuer = seen.issuer_der, .purposes = purposes};
    span_copy(span_of(sha256, sizeof root->sha256, 0), root->sha256, sizeof root->sha256);
    return true;
}

void x509_store_ready(struct x509_store *store) {
    if (store->cache->count >= X509_CACHE || store->memory.used > MEMORY / 2)
        forget(store);
}

const struct x509 *x509_read(struct x509_store *store, struct span der, struct fault *why) {
    uint8_t sha256[DIGEST_MAX];
    *why = (struct fault){FAULT_LIMIT, der.offset, "a certificate is larger than is read"};
    if (der.size == 0 || der.size > X509_CERTIFICATE || store->cache->count >= X509_SLOTS / 2)
        return NULL;
    digest_once(DIGEST_SHA256, der, sha256);
    struct x509_root *root = find_root(store, sha256);
    struct x509 *found = root && x509_private_root(store, root) ? root->decoded : NULL;
    size_t slot = slot_of(sha256);
    while (!found && store->cache->slots[slot]) {
        if (memcmp(store->cache->slots[slot]->sha256, sha256, 32) == 0)
            found = store->cache->slots[slot];
        slot = (slot + 1) % X509_SLOTS;
    }
    if (found)
        return found;
    found = decode(&store->memory, der, sha256, why);
    if (!found)
        return NULL;
    store->cache->slots[slot] = found;
    store->cache->count++;
    return found;
}

bool x509_tell(const struct x509 *certificate) {
    struct x509 *mine = (struct x509 *)certificate; /* it is the store's, which nobody else writes to */
    bool first = !mine->told;
    mine->told = true;
    return first;
}

/* Old countersignatures (VeriSign's, Symantec's) hold the bare digest in their PKCS #1 block, without the
 * DigestInfo of RFC 8017, 9.2, and Windows takes them. */
static bool bare_digest(EVP_PKEY *key, enum digest_kind kind, struct span bytes, struct span signature) {
    uint8_t digest[DIGEST_MAX], block[X509_RSA];
    size_t size = sizeof block;
    EVP_PKEY_CTX *context =
        EVP_PKEY_get_size(key) <= X509_RSA ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
    bool good = context && EVP_PKEY_verify_recover_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_verify_recover(context, block, &size, signature.data, signature.size) == 1;
    EVP_PKEY_CTX_free(context);
    if (!good)
        return false;
    digest_once(kind, bytes, digest);
    return span_equal(span_of(block, size, 0), span_of(digest, digest_size(kind), 0));
}

enum x509_verdict x509_verify_bytes(const struct x509 *certificate, enum digest_kind kind, struct span bytes,
                                    struct span signature) {
    EVP_PKEY *key = X509_get0_pubkey(certificate->handle);
    int type = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
        return X509_CANNOT_TELL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context &&
                EVP_DigestVerifyInit_ex(context, NULL, digest_name(kind), NULL, NULL, key, NULL) == 1 &&
                EVP_DigestVerify(context, signature.data, signature.size, bytes.data, bytes.size) == 1;
    EVP_MD_CTX_free(context);
    good = good || (type == EVP_PKEY_RSA && bare_digest(key, kind, bytes, signature));
    ERR_clear_error();
    return good ? X509_GOOD : X509_WRONG;
}

/* A self-signed certificate through everything that a real one will meet. */
static bool warm(const uint8_t *data, size_t size) {
    struct x509_store store = {0};
    struct fault why;
    struct span der = span_of(data, size, 0);
    bool good = x509_store_init(&store) && x509_store_add(&store, der, X509_FOR_ANY);
    const struct x509 *certificate = good ? x509_read(&store, der, &why) : NULL;
    struct x509_chain chain = {.faults = X509_OTHER};
    uint8_t bytes[64] = {0};
    if (certificate) {
        EVP_PKEY *key = X509_get0_pubkey(certificate->handle);
        good = key && X509_verify(certificate->handle, key) == 1;
        x509_chain_build(&store, certificate, NULL, 0, X509_FOR_CODE, certificate->not_before, &chain);
        for (int kind = 0; kind < DIGEST_KINDS; kind++)
            x509_verify_bytes(certificate, (enum digest_kind)kind, span_of(bytes, sizeof bytes, 0),
                              span_of(bytes, sizeof bytes, 0));
    }
    x509_store_free(&store);
    return good && chain.faults == 0;
}

bool x509_prepare(void) {
    uint64_t options =
        OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT | OPENSSL_INIT_LOAD_CRYPTO_STRINGS;
    return OPENSSL_init_crypto(options, NULL) == 1 && digest_prepare() &&
           warm(x509_sample_rsa, sizeof x509_sample_rsa) && warm(x509_sample_ec, sizeof x509_sample_ec);
}
