/* authfloor THREADS CA.pem FILE...: the least that verifying embedded signatures takes: read each file,
 * digest what Authenticode covers, let OpenSSL decode the signature, verify it and its chain as of its
 * signing. Input is trusted, time stamps are left alone. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509_vfy.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char **files;
static int count;
static atomic_int next, good;
static X509_STORE *roots;

static uint32_t u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool chain(PKCS7 *p7, X509 *signer) {
    X509_STORE_CTX *c = X509_STORE_CTX_new();
    bool ok = c && X509_STORE_CTX_init(c, roots, signer, p7->d.sign->cert) == 1;
    if (ok) {
        X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(c), X509_V_FLAG_NO_CHECK_TIME);
        ok = X509_verify_cert(c) == 1;
    }
    X509_STORE_CTX_free(c);
    return ok;
}

/* The content without its header, its digest at the end of it. */
static bool signature(const uint8_t *der, size_t size, const uint8_t digest[32]) {
    const unsigned char *at = der;
    PKCS7 *p7 = d2i_PKCS7(NULL, &at, (long)size);
    if (!p7 || !PKCS7_type_is_signed(p7))
        return false;
    const ASN1_STRING *content = p7->d.sign->contents->d.other->value.sequence;
    const unsigned char *inner = content->data;
    long length;
    int tag, class;
    ASN1_get_object(&inner, &length, &tag, &class, content->length);
    BIO *in = BIO_new_mem_buf(inner, (int)length);
    STACK_OF(X509) *signers = PKCS7_get0_signers(p7, NULL, 0);
    bool ok = length >= 32 && memcmp(inner + length - 32, digest, 32) == 0 &&
              PKCS7_verify(p7, NULL, NULL, in, NULL, PKCS7_NOVERIFY | PKCS7_BINARY) == 1 && signers &&
              chain(p7, sk_X509_value(signers, 0));
    sk_X509_free(signers);
    BIO_free(in);
    PKCS7_free(p7);
    return ok;
}

static bool verify(const uint8_t *b, size_t size, EVP_MD_CTX *c, const EVP_MD *md) {
    size_t pe = u32(b + 0x3c), directory = pe + 24 + ((b[pe + 25] == 2) ? 112u : 96u) + 32,
           checksum = pe + 88;
    size_t table = u32(b + directory), end = table + u32(b + directory + 4);
    uint8_t digest[64];
    if (table == 0 || end > size)
        return false;
    EVP_DigestInit_ex2(c, md, NULL);
    EVP_DigestUpdate(c, b, checksum);
    EVP_DigestUpdate(c, b + checksum + 4, directory - checksum - 4);
    EVP_DigestUpdate(c, b + directory + 8, table - directory - 8);
    EVP_DigestUpdate(c, b + end, size - end);
    EVP_DigestFinal_ex(c, digest, NULL);
    return signature(b + table + 8, u32(b + table) - 8, digest);
}

static void *work(void *data) {
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
    for (int i; (i = next++) < count;) {
        int fd = open(files[i], O_RDONLY | O_CLOEXEC);
        struct stat st;
        if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < 1024)
            continue;
        uint8_t *b = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        if (b != MAP_FAILED) {
            good += verify(b, (size_t)st.st_size, c, md);
            munmap(b, (size_t)st.st_size);
        }
        close(fd);
    }
    EVP_MD_CTX_free(c);
    EVP_MD_free(md);
    return data;
}

int main(int argc, char **argv) {
    pthread_t threads[64];
    int n = argc > 3 ? (int)strtol(argv[1], NULL, 10) : 0;
    roots = X509_STORE_new();
    if (n < 1 || n > 64 || X509_STORE_load_file(roots, argv[2]) != 1) {
        fprintf(stderr, "usage: authfloor THREADS CA.pem FILE...\n");
        return 2;
    }
    files = argv + 3;
    count = argc - 3;
    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    printf("%d of %d good\n", (int)good, count);
    return 0;
}
