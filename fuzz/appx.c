/* What a package's signature signs. */
#include "format/appx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct appx appx;
    struct fault why;
    (void)appx_sniff(span_of(data, size, 0));
    bool good = appx_read(span_of(data, size, 0), &appx, &why);
    if (good != (why.code == FAULT_NONE))
        abort();
    const struct span parts[] = {appx.records, appx.directory, appx.types, appx.block_map, appx.catalog};
    for (size_t i = 0; i < 5; i++)
        if (parts[i].size != 0 &&
            (parts[i].size != 32 || parts[i].data < data || parts[i].data + 32 > data + size))
            abort();
    return 0;
}
