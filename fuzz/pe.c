/* The PE decoder over anything, with a file that goes on behind the window as well. */
#include "format/pe.h"
#include "base/digest.h"
#include "format/pe_ordinals.h"

#define CAP ((size_t)128 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any name and any ordinal may be asked for. */
static void name_ordinals(const struct pe_imports *imports) {
    for (size_t i = 0; i < imports->dll_count; i++)
        for (size_t k = 0; k < imports->dlls[i].function_count; k++) {
            const struct pe_function *function = &imports->dlls[i].functions[k];
            const char *name = pe_ordinals_name(imports->dlls[i].dll, function->ordinal);
            if ((name && !*name) || (function->by_ordinal && function->name))
                abort();
        }
}

static bool decode(struct span bytes, uint64_t file_size) {
    struct job job;
    struct pe pe;
    uint64_t offset;
    job_init(&job, CAP);
    bool decoded = pe_decode(&job, bytes, file_size, &pe);
    if (decoded) {
        if (pe_offset(&pe, pe.entry, &offset) && offset >= pe.file_size)
            abort();
        if (pe.image_end > pe.file_size || pe.overlay_offset > pe.file_size ||
            pe.overlay_size > pe.file_size - pe.overlay_offset)
            abort();
        name_ordinals(&pe.imports);
    } else if (job.fault.code == FAULT_NONE)
        abort();
    job_reset(&job);
    return decoded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    if (!ready && !digest_prepare())
        abort();
    ready = true;
    struct span bytes = span_of(data, size, 0);
    bool sniffed = pe_sniff(bytes);
    bool whole = decode(bytes, size), window = decode(bytes, (uint64_t)size + 0x100000);
    if (whole != window || (whole && !sniffed))
        abort();
    return 0;
}
