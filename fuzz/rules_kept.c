/* A set of rules that is kept, of any bytes: at most its files are added, or it is said to be damaged. */
#include "intel/rules_kept.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct rules rules = {0};
    struct text error = {0};
    if (!rules_kept_read(&rules, span_of(data, size, 0), "set", &error) && error.size == 0)
        abort();
    if (rules.bytes > size || rules.count > size)
        abort();
    rules_free(&rules);
    text_free(&error);
    return 0;
}
