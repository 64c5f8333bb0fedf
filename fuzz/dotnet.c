/* Metadata of .NET in any image: all names are there. */
#include "format/dotnet.h"

#include "base/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    if (!ready && !(ready = digest_prepare()))
        abort();
    struct job job;
    struct pe pe;
    struct dotnet found;
    struct span bytes = span_of(data, size, 0);
    job_init(&job, 64 << 20);
    if (pe_decode(&job, bytes, size, &pe) && dotnet_decode(&job, &pe, bytes, &found)) {
        if (found.reference_count > DOTNET_REFERENCES || found.import_count > DOTNET_IMPORTS ||
            found.name_count > DOTNET_RESOURCES || (found.mvid.size != 0 && found.mvid.size != 16))
            abort();
        for (size_t i = 0; i < found.reference_count; i++)
            if (!found.references[i].name)
                abort();
        for (size_t i = 0; i < found.import_count; i++)
            if (!found.imports[i].library || !found.imports[i].function)
                abort();
        for (size_t i = 0; i < found.name_count; i++)
            if (!found.names[i])
                abort();
    }
    job_reset(&job);
    return 0;
}
