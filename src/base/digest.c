#include "base/digest.h"

#include <openssl/evp.h>

static const struct {
    const char *name, *fetch;
    size_t size;
} kinds[DIGEST_KINDS] = {
    [DIGEST_MD5] = {"md5", "MD5", 16},          [DIGEST_SHA1] = {"sha1", "SHA1", 20},
    [DIGEST_SHA256] = {"sha256", "SHA256", 32}, [DIGEST_SHA384] = {"sha384", "SHA384", 48},
    [DIGEST_SHA512] = {"sha512", "SHA512", 64},
};

static EVP_MD *fetched[DIGEST_KINDS];

struct digest {
    EVP_MD_CTX *context;
};

bool digest_prepare(void) {
    for (int i = 0; i < DIGEST_KINDS; i++)
        if (!fetched[i] && !(fetched[i] = EVP_MD_fetch(NULL, kinds[i].fetch, NULL)))
            return false;
    return true;
}

size_t digest_size(enum digest_kind kind) {
    return kinds[kind].size;
}

const char *digest_name(enum digest_kind kind) {
    return kinds[kind].name;
}

struct digest *digest_new(void) {
    struct digest *digest = calloc(1, sizeof *digest);
    if (digest && !(digest->context = EVP_MD_CTX_new())) {
        free(digest);
        return NULL;
    }
    return digest;
}

void digest_free(struct digest *digest) {
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

/* With a context and fetched algorithms these calls only fail on misuse; a digest that could not be computed
 * must never pass for one, so misuse stops the process. */
static void demand(int ok) {
    if (ok != 1)
        abort();
}

void digest_start(struct digest *digest, enum digest_kind kind) {
    demand(EVP_DigestInit_ex2(digest->context, fetched[kind], NULL));
}

void digest_add(struct digest *digest, struct span bytes) {
    demand(EVP_DigestUpdate(digest->context, bytes.data, bytes.size));
}

void digest_zeros(struct digest *digest, uint64_t count) {
    static const uint8_t zeros[65536];
    while (count > 0) {
        size_t n = count < sizeof zeros ? (size_t)count : sizeof zeros;
        digest_add(digest, span_of(zeros, n, 0));
        count -= n;
    }
}

void digest_end(struct digest *digest, uint8_t value[DIGEST_MAX]) {
    demand(EVP_DigestFinal_ex(digest->context, value, NULL));
}

void digest_once(enum digest_kind kind, struct span bytes, uint8_t value[DIGEST_MAX]) {
    demand(EVP_Digest(bytes.data, bytes.size, value, NULL, fetched[kind], NULL));
}
