#include "format/cab_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found lies in the file, and what is signed lies before it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cab_signature cab;
    struct fault why;
    if (!cab_signature_find(span_of(data, size, 0), size, &cab, &why))
        return 0;
    if (cab.at > size || cab.size > size - cab.at || cab.size == 0)
        __builtin_trap();
    for (size_t i = 0; i < CAB_SIGNATURE_PARTS; i++)
        if (cab.parts[i].start > cab.parts[i].end || cab.parts[i].end > cab.at)
            __builtin_trap();
    return 0;
}
