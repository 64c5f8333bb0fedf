#include "base/span.h"

#include <math.h>

bool span_is_zero(struct span span) {
    /* Each byte equals the one before it: the comparison of the library works by wide words. */
    return span.size == 0 || (span.data[0] == 0 && memcmp(span.data, span.data + 1, span.size - 1) == 0);
}

unsigned span_entropy(struct span span) {
    size_t count[256] = {0};
    if (span.size == 0)
        return 0;
    for (size_t i = 0; i < span.size; i++)
        count[span.data[i]]++;
    double bits = 0, total = (double)span.size;
    for (int i = 0; i < 256; i++)
        if (count[i] > 0)
            bits -= (double)count[i] / total * log2((double)count[i] / total);
    return (unsigned)(bits * 1000 + 0.5);
}
