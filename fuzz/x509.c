/* A certificate and the chain to itself as a root. */
#include "format/x509_chain.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    static struct x509_store store;
    static unsigned rounds;
    if (!ready && !(ready = x509_prepare()))
        abort();
    if (rounds++ % 256 == 0) { /* roots stay for a store's life */
        if (rounds > 1)
            x509_store_free(&store);
        if (!x509_store_init(&store))
            abort();
    }
    struct fault why;
    struct x509_chain chain;
    struct span der = span_of(data, size, 0);
    x509_store_ready(&store);
    const struct x509 *certificate = x509_read(&store, der, &why);
    if (!certificate) {
        if (why.code == FAULT_NONE)
            abort();
        return 0;
    }
    x509_chain_build(&store, certificate, &certificate, 1, X509_FOR_CODE, certificate->not_before, &chain);
    if (chain.count > X509_CHAIN || !certificate->subject || !certificate->usages_text)
        abort();
    (void)x509_verify_bytes(certificate, DIGEST_SHA256, der, der);
    return 0;
}
