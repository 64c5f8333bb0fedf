#include "format/asar_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every name is text, and there is an end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct asar_seal seal;
    job_init(&job, 1 << 16);
    struct asar_seals seals = asar_seals_of(&job, span_of(data, size, 0));
    for (size_t n = 0; asar_seal_next(&seals, &seal); n++)
        if (n > size || !seal.file[0] || !text_valid(seal.file, strlen(seal.file)))
            __builtin_trap();
    asar_seals_end(&seals);
    job_reset(&job);
    return 0;
}
