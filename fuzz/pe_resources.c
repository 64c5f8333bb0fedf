/* The resources of an image lie in it. */
#include "format/pe_resources.h"

#include "base/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    if (!ready && !(ready = digest_prepare()))
        abort();
    struct job job;
    struct pe pe;
    struct pe_resources found;
    struct span bytes = span_of(data, size, 0);
    job_init(&job, 64 << 20);
    if (pe_decode(&job, bytes, size, &pe)) {
        pe_resources_read(&job, &pe, bytes, &found);
        if (found.count > PE_RESOURCES)
            abort();
        for (size_t i = 0; i < found.count; i++) {
            const struct pe_resource *resource = &found.list[i];
            if (!resource->type || !resource->name || resource->bytes.size > resource->size ||
                !span_holds(bytes, resource->bytes.offset, resource->bytes.size))
                abort();
        }
    }
    job_reset(&job);
    return 0;
}
