#include "format/burn_manifest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Payloads are found by what they are called, and texts are in stored form. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct burn_manifest manifest;
    struct job job;
    job_init(&job, (size_t)64 << 20);
    bool good = burn_manifest_decode(&job, span_of(data, size, 0), &manifest);
    if (!good && job.fault.code == FAULT_NONE)
        abort();
    for (size_t i = 0; good && i < manifest.payload_count; i++) {
        const struct burn_manifest_payload *payload = &manifest.payloads[i];
        const struct burn_manifest_payload *found =
            burn_manifest_find(&manifest, payload->interface, payload->container, payload->source);
        if (!found || !span_equal(found->source, payload->source))
            abort();
    }
    for (size_t i = 0; good && i < manifest.fact_count; i++)
        if (!manifest.facts[i].kind || !manifest.facts[i].name.data)
            abort();
    job_reset(&job);
    return 0;
}
