#include "format/shape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"", "x.blf", "{1}.TxR.0.regtrans-ms", "x", "x.dat", "manifest"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool dpapi;
        enum shape shape = shape_of(names[i], span_of(data, size, 0), &dpapi);
        bool log = i == 1 || i == 2;
        uint64_t epoch = 1;
        bool timer = shape_epoch(names[i], span_of(data, size, 0), &epoch);
        if ((shape == SHAPE_DPAPI && !dpapi) || (!log && shape > SHAPE_DPAPI && shape != SHAPE_DENSE) ||
            (shape == SHAPE_DENSE && (i != 4 || size < 1024)) ||
            (timer && (i != 5 || size > 10 || epoch == 1)) || (log && shape == SHAPE_DPAPI && size > 0))
            __builtin_trap();
    }
    return 0;
}
