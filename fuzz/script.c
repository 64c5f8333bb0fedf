#include "format/script.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says which language; what is found lies in the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct script script;
    struct span text = span_of(data, size, 0);
    enum script_language language =
        size > 0 ? (enum script_language)(data[0] % (SCRIPT_PERL + 1)) : SCRIPT_NONE;
    script_examine(language, span_from(text, size > 0), &script);
    for (size_t i = 0; i < SCRIPT_CLASSES; i++)
        if (script.found[i].size > 0 &&
            (script.found[i].data < data || script.found[i].data + script.found[i].size > data + size ||
             script.found[i].size > SCRIPT_EXAMPLE))
            __builtin_trap();
    (void)script_language_of("x", text);
    return 0;
}
