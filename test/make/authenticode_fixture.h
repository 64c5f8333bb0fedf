/* Makes small signed PE files for tests: a minimal image, a self-made signer, any bytes in the certificate
 * table.
 *
 * The same options give the same bytes: key and dates are fixed and RSA signatures hold no chance. The key
 * protects nothing; it is only ever used here. Everything is static, so that every test stays one program. A
 * failure inside stops the program. */
#ifndef TEST_MAKE_AUTHENTICODE_FIXTURE_H
#define TEST_MAKE_AUTHENTICODE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

struct fixture {
    uint8_t *data; /* malloc; free with fixture_free */
    size_t size;
};

struct fixture_image {
    bool pe32; /* instead of PE32+ */
    bool dll, driver;
    size_t size; /* bytes before signing; at least 1024 */
};

#define FIXTURE_SUBJECT   "Example Corporation"
#define FIXTURE_MICROSOFT "Microsoft Corporation" /* a name that anybody can write into a certificate */

static const uint8_t fixture_key[] = {
    0x30, 0x82, 0x02, 0x5c, 0x02, 0x01, 0x00, 0x02, 0x81, 0x81, 0x00, 0xa6, 0xd8, 0xab, 0x52, 0xe9, 0x98,
    0x37, 0xe4, 0x0e, 0x00, 0x60, 0xca, 0x55, 0xcb, 0x24, 0x92, 0x71, 0xbb, 0x49, 0xdc, 0x71, 0x3c, 0xcf,
    0x7f, 0xc9, 0x02, 0x41, 0x56, 0x30, 0x71, 0xe6, 0x27, 0x2f, 0x9a, 0xe2, 0x50, 0x31, 0x79, 0x14, 0x0f,
    0xf4, 0xa6, 0x6a, 0xc7, 0x37, 0x1a, 0x28, 0xde, 0x4f, 0xf2, 0xf1, 0x64, 0xa8, 0x03, 0xb0, 0x6f, 0x43,
    0x6f, 0xc5, 0x3d, 0x7e, 0xcb, 0x70, 0x17, 0x97, 0x67, 0x22, 0x48, 0x93, 0x4e, 0x00, 0x8b, 0xd3, 0x44,
    0x6f, 0x22, 0x51, 0xd8, 0x85, 0x3c, 0x14, 0x10, 0x0b, 0xe9, 0x9a, 0xde, 0x5e, 0xfc, 0x05, 0x20, 0x10,
    0x56, 0xf2, 0xbc, 0x31, 0xfd, 0x59, 0x92, 0x41, 0xac, 0xa6, 0x71, 0x8d, 0x52, 0x9f, 0x15, 0x29, 0x7a,
    0xc3, 0x5c, 0xa0, 0x42, 0x56, 0x05, 0xaa, 0xda, 0xf0, 0x8f, 0xf9, 0x4b, 0x6a, 0x05, 0x53, 0xfa, 0x16,
    0x65, 0x89, 0xcf, 0x02, 0x03, 0x01, 0x00, 0x01, 0x02, 0x81, 0x80, 0x19, 0x5f, 0x2d, 0x7e, 0x68, 0x43,
    0x5b, 0x8c, 0x74, 0x8c, 0x9e, 0x2b, 0x66, 0xac, 0x83, 0x9d, 0x39, 0x6a, 0x4f, 0xab, 0x14, 0x15, 0x39,
    0x40, 0xa7, 0x62, 0x8e, 0x68, 0xfa, 0xe8, 0xf7, 0x24, 0xd2, 0x5a, 0x6d, 0x3b, 0xe0, 0xaa, 0x16, 0xe0,
    0xee, 0x45, 0x38, 0x4b, 0x9f, 0x17, 0x7d, 0x4b, 0x81, 0x40, 0xe2, 0x70, 0x7a, 0x14, 0x45, 0x8a, 0x45,
    0xe9, 0x03, 0x47, 0x7c, 0xb6, 0x97, 0x0e, 0xe0, 0x6f, 0xa2, 0x18, 0xf4, 0x81, 0x4b, 0x32, 0x38, 0x12,
    0x5f, 0x7d, 0xa2, 0x58, 0x25, 0x99, 0x3e, 0x65, 0x25, 0x6f, 0xc7, 0xb6, 0xb4, 0x68, 0xbf, 0x6a, 0x7b,
    0xf9, 0xc7, 0x37, 0x53, 0x79, 0x19, 0xfe, 0xd7, 0x55, 0xf4, 0x64, 0xa0, 0x49, 0x57, 0xd1, 0xce, 0xee,
    0xa9, 0xaa, 0x1e, 0x5e, 0xb9, 0xe4, 0xf6, 0x1e, 0x14, 0xd8, 0x26, 0xa7, 0xc8, 0x2e, 0xe3, 0x55, 0x91,
    0x18, 0x7f, 0xd1, 0x02, 0x41, 0x00, 0xd7, 0x93, 0xbb, 0xa3, 0xf8, 0x52, 0xfe, 0xab, 0xb4, 0x8c, 0x34,
    0x4d, 0x43, 0xa4, 0x90, 0x17, 0x82, 0x28, 0xf5, 0x16, 0x8e, 0xd9, 0xa3, 0x18, 0xa7, 0x9a, 0xbe, 0xf5,
    0xa1, 0x95, 0xa6, 0xff, 0x7f, 0x14, 0xc2, 0xb6, 0x69, 0x83, 0xb6, 0x6c, 0x19, 0x2c, 0xc8, 0x82, 0xc0,
    0xf0, 0x03, 0x39, 0x0e, 0xcf, 0x93, 0x61, 0xa7, 0xae, 0x87, 0xc0, 0xf5, 0xd1, 0x95, 0xdf, 0xc4, 0x59,
    0x30, 0x5d, 0x02, 0x41, 0x00, 0xc6, 0x21, 0xbb, 0xce, 0x9d, 0x49, 0x35, 0x0e, 0xa2, 0x04, 0xa2, 0x9b,
    0xe1, 0x34, 0x51, 0x94, 0xe0, 0x08, 0x96, 0xfa, 0xfc, 0xa5, 0x1f, 0x5d, 0x13, 0x8f, 0x9b, 0xc3, 0x90,
    0xed, 0xf6, 0x33, 0x17, 0x5e, 0xe4, 0xd1, 0x41, 0x55, 0x15, 0xc8, 0xab, 0xf2, 0x60, 0xa6, 0x00, 0x0a,
    0x7c, 0xa6, 0x03, 0xf8, 0x49, 0xa3, 0xd9, 0x7e, 0x8f, 0x64, 0x28, 0x82, 0x90, 0x50, 0xf8, 0xdc, 0x30,
    0x1b, 0x02, 0x40, 0x1c, 0xf0, 0xaa, 0x3a, 0x02, 0xf6, 0x31, 0x56, 0x1f, 0xb0, 0xca, 0xbc, 0xac, 0x9e,
    0x04, 0xf2, 0x02, 0xf9, 0x38, 0x9d, 0xc4, 0xa3, 0x96, 0xef, 0x92, 0x60, 0x85, 0xce, 0x37, 0xd8, 0xfd,
    0x48, 0x43, 0x69, 0x28, 0x12, 0x90, 0xeb, 0xab, 0xab, 0xab, 0x5d, 0x85, 0xb5, 0x77, 0xed, 0x40, 0xa1,
    0x82, 0x49, 0x7f, 0x81, 0x96, 0x9f, 0x29, 0x7e, 0x50, 0x01, 0xc8, 0xda, 0xf7, 0x62, 0xf9, 0xc9, 0x02,
    0x40, 0x35, 0x02, 0x45, 0x7b, 0x0b, 0xfd, 0xd0, 0x22, 0x30, 0x1a, 0xc9, 0x5e, 0xa7, 0x2c, 0x16, 0x3f,
    0x9c, 0x88, 0xef, 0xcc, 0x0a, 0xd8, 0x2a, 0xc1, 0xfe, 0x3f, 0xc7, 0xce, 0xd4, 0xf1, 0xb5, 0x93, 0x09,
    0xc7, 0xab, 0xb4, 0x88, 0xa4, 0x39, 0x05, 0xcd, 0x6b, 0x35, 0x8c, 0x74, 0x2a, 0x5a, 0x1b, 0x18, 0xa8,
    0xcf, 0x1a, 0xf5, 0x4f, 0xb5, 0x11, 0x78, 0xfd, 0x25, 0x9b, 0x64, 0x59, 0x94, 0xcd, 0x02, 0x41, 0x00,
    0xd2, 0xc1, 0x31, 0x1a, 0x6c, 0xee, 0xb0, 0x27, 0xf4, 0x45, 0x55, 0x3a, 0x77, 0x24, 0xc8, 0x4d, 0xfa,
    0x40, 0xf4, 0x5f, 0xc2, 0xf2, 0x58, 0x70, 0x57, 0x54, 0xc6, 0xb9, 0x1a, 0x41, 0x79, 0xa1, 0xd4, 0xcd,
    0x61, 0x70, 0x99, 0x69, 0x76, 0x60, 0x6f, 0x7f, 0x50, 0x67, 0x5a, 0x05, 0x85, 0x69, 0x86, 0x9b, 0x1d,
    0xe4, 0x7c, 0x8a, 0xee, 0x5d, 0xe8, 0xe8, 0xe8, 0xe6, 0xa0, 0x90, 0xb1, 0x9a,
};

static inline void fixture_demand(bool good) {
    if (!good) {
        fprintf(stderr, "fixture: cannot be made\n");
        abort();
    }
}

static inline void fixture_free(struct fixture *f) {
    free(f->data);
    *f = (struct fixture){NULL, 0};
}

static inline struct fixture fixture_copy(const struct fixture *f) {
    struct fixture copy = {malloc(f->size + 1), f->size};
    fixture_demand(copy.data != NULL);
    memcpy(copy.data, f->data, f->size);
    return copy;
}

/* Appends `size` bytes, zeros if `bytes` is NULL. */
static inline void fixture_add(struct fixture *f, const void *bytes, size_t size) {
    f->data = realloc(f->data, f->size + size + 1);
    fixture_demand(f->data != NULL);
    if (bytes && size)
        memcpy(f->data + f->size, bytes, size);
    else
        memset(f->data + f->size, 0, size);
    f->size += size;
}

static inline void fixture_put(struct fixture *f, size_t at, uint64_t value, size_t size) {
    fixture_demand(at + size <= f->size);
    for (size_t i = 0; i < size; i++)
        f->data[at + i] = (uint8_t)(value >> 8 * i);
}

static inline uint32_t fixture_get(const struct fixture *f, size_t at) {
    fixture_demand(at + 4 <= f->size);
    return (uint32_t)f->data[at] | (uint32_t)f->data[at + 1] << 8 | (uint32_t)f->data[at + 2] << 16 |
           (uint32_t)f->data[at + 3] << 24;
}

/* The same bytes for the same seed; they look encrypted and are nothing (xorshift64). */
static inline void fixture_noise(uint8_t *to, size_t size, uint64_t seed) {
    uint64_t x = seed * 0x9e3779b97f4a7c15u + 0x2545f4914f6cdd1du;
    for (size_t i = 0; i < size; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        to[i] = (uint8_t)(x >> 32);
    }
}

static inline size_t fixture_checksum_at(const struct fixture *f) {
    return fixture_get(f, 0x3c) + 24 + 64;
}

static inline size_t fixture_directory_at(const struct fixture *f) {
    size_t optional = fixture_get(f, 0x3c) + 24;
    return optional + ((fixture_get(f, optional) & 0xffff) == 0x20b ? 112 : 96) + 4 * 8;
}

/* One section from 0x200 on, code that only returns, filled up with seeded text. */
static inline struct fixture fixture_pe(const struct fixture_image *image) {
    enum { PE = 0x80, RAW = 0x200 };
    size_t size = image->size < 1024 ? 1024 : image->size, optional = PE + 24;
    size_t directories = optional + (image->pe32 ? 96 : 112), section = directories + 16 * 8;
    struct fixture f = {NULL, 0};
    fixture_add(&f, NULL, size);
    memcpy(f.data, "MZ", 2);
    fixture_put(&f, 0x3c, PE, 4);
    memcpy(f.data + PE, "PE\0", 4);
    fixture_put(&f, PE + 4, image->pe32 ? 0x14c : 0x8664, 2);
    fixture_put(&f, PE + 6, 1, 2);          /* sections */
    fixture_put(&f, PE + 8, 0x5f000000, 4); /* timestamp */
    fixture_put(&f, PE + 20, section - optional, 2);
    fixture_put(&f, PE + 22, image->dll ? 0x2022 : 0x22, 2);
    fixture_put(&f, optional, image->pe32 ? 0x10b : 0x20b, 2);
    fixture_put(&f, optional + 2, 0x1d0e, 2);  /* linker */
    fixture_put(&f, optional + 16, 0x1000, 4); /* entry */
    fixture_put(&f, optional + 32, 0x1000, 4); /* section alignment */
    fixture_put(&f, optional + 36, 0x200, 4);
    fixture_put(&f, optional + 56, 0x1000 + (size + 0xfff) / 0x1000 * 0x1000, 4); /* image size */
    fixture_put(&f, optional + 60, RAW, 4);
    fixture_put(&f, optional + 68, image->driver ? 1 : 3, 2); /* subsystem */
    fixture_put(&f, directories - 4, 16, 4);
    memcpy(f.data + section, ".text", 5);
    fixture_put(&f, section + 8, size - RAW, 4);
    fixture_put(&f, section + 12, 0x1000, 4);
    fixture_put(&f, section + 16, size - RAW, 4);
    fixture_put(&f, section + 20, RAW, 4);
    fixture_put(&f, section + 36, 0x60000020, 4);
    for (size_t i = RAW; i < size; i++)
        f.data[i] = (uint8_t)("assay test image "[i % 17]);
    f.data[RAW] = 0xc3;
    return f;
}

/* The Authenticode digest, computed by hand: all bytes but CheckSum, directory entry and table. */
static inline size_t fixture_digest(const struct fixture *f, const char *algorithm, uint8_t value[64]) {
    static const uint8_t zeros[8];
    size_t checksum = fixture_checksum_at(f), directory = fixture_directory_at(f);
    size_t table = fixture_get(f, directory), size = fixture_get(f, directory + 4);
    size_t end = table ? table : f->size;
    unsigned length = 0;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    fixture_demand(c && EVP_DigestInit_ex(c, EVP_get_digestbyname(algorithm), NULL) == 1);
    EVP_DigestUpdate(c, f->data, checksum);
    EVP_DigestUpdate(c, f->data + checksum + 4, directory - checksum - 4);
    EVP_DigestUpdate(c, f->data + directory + 8, end - directory - 8);
    if (table)
        EVP_DigestUpdate(c, f->data + table + size, f->size - table - size);
    else
        EVP_DigestUpdate(c, zeros, (8 - f->size % 8) % 8);
    fixture_demand(EVP_DigestFinal_ex(c, value, &length) == 1);
    EVP_MD_CTX_free(c);
    return length;
}

/* Wraps what `f` holds from `at` on into a DER header. */
static inline void fixture_wrap(struct fixture *f, size_t at, uint8_t identifier) {
    size_t size = f->size - at;
    uint8_t header[6] = {identifier, (uint8_t)size};
    size_t n = 2;
    if (size >= 0x80) {
        header[1] = size > 0xffff ? 0x83 : size > 0xff ? 0x82 : 0x81;
        for (int shift = size > 0xffff ? 16 : size > 0xff ? 8 : 0; shift >= 0; shift -= 8)
            header[n++] = (uint8_t)(size >> shift);
    }
    fixture_add(f, NULL, n);
    memmove(f->data + at + n, f->data + at, size);
    memcpy(f->data + at, header, n);
}

/* SpcIndirectDataContent without its outermost header. */
static inline struct fixture fixture_content(const char *algorithm, const uint8_t *digest, size_t size) {
    static const uint8_t data[] = {0x30, 0x17, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01,
                                   0x82, 0x37, 0x02, 0x01, 0x0f, 0x30, 0x09, 0x03, 0x01,
                                   0x00, 0xa0, 0x04, 0xa2, 0x02, 0x80, 0x00};
    struct fixture f = {NULL, 0};
    unsigned char *oid = NULL;
    ASN1_OBJECT *object = OBJ_txt2obj(algorithm, 0);
    int length = i2d_ASN1_OBJECT(object, &oid);
    fixture_demand(length > 0);
    fixture_add(&f, data, sizeof data);
    size_t info = f.size;
    fixture_add(&f, oid, (size_t)length);
    fixture_add(&f, "\x05", 2); /* NULL */
    fixture_wrap(&f, info, 0x30);
    size_t octets = f.size;
    fixture_add(&f, digest, size);
    fixture_wrap(&f, octets, 0x04);
    fixture_wrap(&f, info, 0x30);
    OPENSSL_free(oid);
    ASN1_OBJECT_free(object);
    return f;
}

static inline X509 *fixture_certificate(EVP_PKEY *key, const char *organisation) {
    X509 *x = X509_new();
    X509_NAME *name = X509_NAME_new();
    fixture_demand(x && name);
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const uint8_t *)"US", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)organisation, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)organisation, -1, -1, 0);
    X509_set_version(x, 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), 0x0123456789abcdefu);
    X509_set_subject_name(x, name);
    X509_set_issuer_name(x, name);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(x), "20200101000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(x), "20300101000000Z");
    X509_set_pubkey(x, key);
    fixture_demand(X509_sign(x, key, EVP_sha256()) > 0);
    X509_NAME_free(name);
    return x;
}

static inline void fixture_attribute(STACK_OF(X509_ATTRIBUTE) * *to, const char *oid, const void *der,
                                     size_t size) {
    if (!*to)
        *to = sk_X509_ATTRIBUTE_new_null();
    ASN1_OBJECT *type = OBJ_txt2obj(oid, 1);
    X509_ATTRIBUTE *a = X509_ATTRIBUTE_create_by_OBJ(NULL, type, V_ASN1_SEQUENCE, der, (int)size);
    fixture_demand(*to && a && sk_X509_ATTRIBUTE_push(*to, a) > 0);
    ASN1_OBJECT_free(type);
}

/* A PKCS #7 signature over the given Authenticode digest; `nested` may be NULL. */
static inline struct fixture fixture_signature_over(const char *algorithm, const uint8_t *digest, size_t size,
                                                    const char *organisation, const struct fixture *nested) {
    /* SEQUENCE { [0] { [0] "Test" as BMPString } } */
    static const uint8_t opus[] = {0x30, 0x0c, 0xa0, 0x0a, 0x80, 0x08, 0, 'T', 0, 'e', 0, 's', 0, 't'};
    const unsigned char *at = fixture_key;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)sizeof fixture_key);
    const EVP_MD *md = EVP_get_digestbyname(algorithm);
    PKCS7 *p7 = PKCS7_new();
    fixture_demand(key && md && p7 && PKCS7_set_type(p7, NID_pkcs7_signed) == 1);
    X509 *certificate = fixture_certificate(key, organisation);
    PKCS7_SIGNER_INFO *si = PKCS7_add_signature(p7, certificate, key, md);
    fixture_demand(si && PKCS7_add_certificate(p7, certificate) == 1);
    struct fixture content = fixture_content(algorithm, digest, size);
    uint8_t over[64];
    unsigned length = 0;
    fixture_demand(EVP_Digest(content.data, content.size, over, &length, md, NULL) == 1);
    PKCS7_add_signed_attribute(si, NID_pkcs9_contentType, V_ASN1_OBJECT,
                               OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1));
    PKCS7_add1_attrib_digest(si, over, (int)length);
    fixture_attribute(&si->auth_attr, "1.3.6.1.4.1.311.2.1.12", opus, sizeof opus);
    fixture_demand(PKCS7_SIGNER_INFO_sign(si) == 1);
    if (nested)
        fixture_attribute(&si->unauth_attr, "1.3.6.1.4.1.311.2.4.1", nested->data, nested->size);
    fixture_wrap(&content, 0, 0x30);
    ASN1_STRING *sequence = ASN1_STRING_new();
    ASN1_STRING_set(sequence, content.data, (int)content.size);
    p7->d.sign->contents->type = OBJ_txt2obj("1.3.6.1.4.1.311.2.1.4", 1);
    p7->d.sign->contents->d.other = ASN1_TYPE_new();
    ASN1_TYPE_set(p7->d.sign->contents->d.other, V_ASN1_SEQUENCE, sequence);
    unsigned char *der = NULL;
    int total = i2d_PKCS7(p7, &der);
    fixture_demand(total > 0);
    struct fixture f = {NULL, 0};
    fixture_add(&f, der, (size_t)total);
    OPENSSL_free(der);
    PKCS7_free(p7);
    X509_free(certificate);
    EVP_PKEY_free(key);
    fixture_free(&content);
    return f;
}

static inline struct fixture fixture_signature(const struct fixture *pe, const char *algorithm,
                                               const char *organisation, const struct fixture *nested) {
    uint8_t digest[64];
    size_t size = fixture_digest(pe, algorithm, digest);
    return fixture_signature_over(algorithm, digest, size, organisation, nested);
}

/* Appends a WIN_CERTIFICATE that holds `der` and `slack` behind it to the table, which is made if there is
 * none. */
static inline void fixture_entry(struct fixture *pe, const struct fixture *der, const void *slack,
                                 size_t slack_size) {
    size_t directory = fixture_directory_at(pe), length = 8 + der->size + slack_size;
    fixture_add(pe, NULL, (8 - pe->size % 8) % 8);
    size_t start = pe->size, table = fixture_get(pe, directory);
    fixture_add(pe, NULL, 8);
    fixture_put(pe, start, length, 4);
    fixture_put(pe, start + 4, 0x0200, 2);
    fixture_put(pe, start + 6, 2, 2);
    fixture_add(pe, der->data, der->size);
    fixture_add(pe, slack, slack_size);
    fixture_add(pe, NULL, (8 - pe->size % 8) % 8);
    fixture_put(pe, directory, table ? table : start, 4);
    fixture_put(pe, directory + 4, pe->size - (table ? table : start), 4);
}

/* An image signed once, with the padding that signers leave, and `slack` in place of the padding if given. */
static inline struct fixture fixture_signed(const struct fixture_image *image, const char *algorithm,
                                            const char *organisation, const void *slack, size_t slack_size) {
    struct fixture pe = fixture_pe(image);
    struct fixture der = fixture_signature(&pe, algorithm, organisation, NULL);
    fixture_entry(&pe, &der, slack, slack ? slack_size : (8 - der.size % 8) % 8);
    fixture_free(&der);
    return pe;
}

/* Puts bytes behind the last signature of a signed file: its dwLength and the directory's Size grow. False if
 * the file is no PE with a certificate table. */
static inline bool fixture_grow(struct fixture *pe, const uint8_t *bytes, size_t size) {
    if (pe->size < 0x100 || memcmp(pe->data, "MZ", 2) != 0 || fixture_get(pe, 0x3c) > pe->size - 0x100)
        return false;
    size_t directory = fixture_directory_at(pe), table = fixture_get(pe, directory);
    size_t end = table + fixture_get(pe, directory + 4), at = table, last = table;
    if (table == 0 || end > pe->size || table >= end)
        return false;
    while (at + 8 <= end && fixture_get(pe, at) >= 8) {
        last = at;
        at += ((size_t)fixture_get(pe, at) + 7) / 8 * 8;
    }
    size_t length = fixture_get(pe, last);
    if (last + length > end)
        return false;
    struct fixture out = {NULL, 0};
    fixture_add(&out, pe->data, last + length);
    fixture_add(&out, bytes, size);
    fixture_add(&out, NULL, (8 - (out.size - table) % 8) % 8);
    size_t new_end = out.size;
    fixture_add(&out, pe->data + end, pe->size - end);
    fixture_put(&out, last, length + size, 4);
    fixture_put(&out, directory + 4, new_end - table, 4);
    fixture_free(pe);
    *pe = out;
    return true;
}

#endif
