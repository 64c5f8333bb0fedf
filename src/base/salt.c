#include "base/salt.h"

#include "base/span.h"

#include <sys/auxv.h>

unsigned long salt_of_process(void) {
    unsigned long value = 0;
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random)
        span_copy(span_of(random, sizeof value, 0), &value, sizeof value);
    return value ? value : 1;
}
