#include "format/msi_signature.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    (void)job;
    return span_copy(span_clip(*(const struct span *)context, offset, size), to, size);
}

/* A compound file's signature, if it has one, and what it is of: ends, and a digest of names is told if there
 * is one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct digest *digest;
    if (!digest && (!digest_prepare() || !(digest = digest_new())))
        abort();
    struct span bytes = span_of(data, size, 0);
    struct msi_signature found;
    struct olecf olecf;
    struct job job;
    uint8_t value[DIGEST_MAX];
    enum msi_signature_names names;
    job_init(&job, 16 << 20);
    if (olecf_open(&job, fetch, &bytes, size, &olecf) && msi_signature_find(&olecf, &found) &&
        msi_signature_digest(&olecf, &job, &found, DIGEST_SHA256, digest, value, &names) &&
        (names == MSI_SIGNATURE_NO_NAMES) != (found.extended == OLECF_NOTHING))
        abort();
    job_reset(&job);
    return 0;
}
