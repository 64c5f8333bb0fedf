/* The end of any picture lies in it. */
#include "format/picture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size, 0);
    enum picture picture = picture_sniff(bytes);
    size_t end = 0;
    if (picture_end(picture, bytes, &end) && (picture == PICTURE_NONE || end > size || end == 0))
        abort();
    return 0;
}
