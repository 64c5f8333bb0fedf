/* Any bytes begin like something or like nothing. */
#include "format/looks.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size, 0);
    const char *word = looks_word(bytes);
    if ((word && word[0] == 0) || (size == 0 && (word || looks_text(bytes) != LOOKS_NO_TEXT)))
        abort();
    return 0;
}
