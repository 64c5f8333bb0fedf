#include "format/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"", "x.blf", "{1}.TxR.0.regtrans-ms", "x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool dpapi;
        enum shape shape = shape_of(names[i], span_of(data, size, 0), &dpapi);
        bool log = i == 1 || i == 2;
        if ((shape == SHAPE_DPAPI && !dpapi) || (!log && shape > SHAPE_DPAPI) ||
            (log && shape == SHAPE_DPAPI && size > 0))
            __builtin_trap();
    }
    return 0;
}
