/* SignedData of any kind, time stamps and certificates inside it, and the rewriting of loose encodings. */
#include "format/authenticode.h"
#include "format/cat.h"
#include "format/der_definite.h"
#include "format/pkcs7_seal.h"
#include "format/timestamp.h"

#include <stdlib.h>

static void demand(bool truth) {
    if (!truth)
        abort();
}

static void attributes(struct cursor c, struct span all) {
    struct pkcs7_attribute attribute;
    while (pkcs7_attribute_next(&c, &attribute))
        demand(attribute.values.data >= all.data && attribute.values.size <= all.size);
}

static void check_signed(struct job *job, struct span der) {
    struct pkcs7 p7;
    struct fault why;
    struct span definite;
    struct pkcs7_signer signer;
    if (pkcs7_decode(der, &p7, &why))
        for (size_t i = 0; i < p7.signer_count; i++) {
            attributes(pkcs7_signed_attributes(&p7.signers[i]), der);
            attributes(pkcs7_unsigned_attributes(&p7.signers[i]), der);
            (void)pkcs7_signing_time(&p7.signers[i]);
        }
    if (der_definite(job, der, &definite))
        demand(definite.size <= 2 * der.size + 24);
    if (pkcs7_signer_decode(der, &signer, &why))
        demand(signer.signature.size < der.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    static struct x509_store store;
    if (!ready && !(ready = x509_prepare() && x509_store_init(&store)))
        abort();
    const struct authenticode_context context = {&store, 133800000000000000u, X509_FOR_KERNEL};
    struct authenticode_signature signature;
    struct job job;
    struct cat cat;
    struct span der = span_of(data, size, 0), content;
    job_init(&job, 16 << 20);
    x509_store_ready(&store);
    check_signed(&job, der);
    /* The type in the content decides what is expected, so that all kinds are reached. */
    struct pkcs7 p7;
    struct fault why;
    if (pkcs7_decode(der, &p7, &why) &&
        authenticode_signed(&job, der, p7.content_type, &context, &signature)) {
        content = signature.content;
        if (cat_decode(&job, content, &cat))
            demand(cat.count <= CAT_MEMBERS);
        demand(signature.stowage.attribute_bytes <= size && signature.chain.count <= X509_CHAIN);
    }
    job_reset(&job);
    return 0;
}
