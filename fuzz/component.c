#include "format/component.h"
#include "base/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct pe pe;
    struct span bytes = span_of(data, size, 0);
    enum component_kind kind = component_sniff(bytes);
    if (kind == COMPONENT_NGEN || kind == COMPONENT_READY_TO_RUN || component_word(kind)[0] == '?' ||
        !digest_prepare())
        __builtin_trap();
    job_init(&job, (size_t)64 << 20);
    if (pe_decode_brief(&job, bytes, size + (size & 1) * 100, &pe)) {
        kind = component_image(&pe, bytes);
        if (kind != COMPONENT_NONE && kind != COMPONENT_NGEN && kind != COMPONENT_READY_TO_RUN)
            __builtin_trap();
    }
    job_reset(&job);
    return 0;
}
