#include "format/userassist.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct userassist found;
    struct text name = {0};
    if (userassist_decode(span_of(data, size, 0), &found) &&
        (found.version != (size == 16 ? 3 : 5) || found.has_focus != (size == 72)))
        __builtin_trap();
    text_from_bytes(&name, span_of(data, size, 0));
    userassist_turn(name.data, name.size);
    if (!text_valid(text_string(&name), name.size))
        __builtin_trap();
    userassist_turn(name.data, name.size);
    struct text same = {0};
    text_from_bytes(&same, span_of(data, size, 0));
    if (same.size != name.size || (name.size > 0 && memcmp(same.data, name.data, name.size) != 0))
        __builtin_trap();
    text_free(&name);
    text_free(&same);
    return 0;
}
