#include "source/pack_inno_text.h"

#include "source/pack.h"
#include "source/pack_path.h"

void pack_inno_text(const struct inno_setup *setup, struct span text, struct text *ret) {
    if (setup->unicode)
        text_from_prose(ret, text);
    else
        text_from_latin(ret, text);
}

/* Backslashes are turned where they are still told from escapes. */
uint32_t pack_inno_path(const struct inno_setup *setup, struct span text, struct text *scratch,
                        struct text *ret) {
    static uint8_t bytes[2 * PACK_PATH];
    size_t step = setup->unicode ? 2 : 1, size = span_copy(text, bytes, step * PACK_PATH);
    for (size_t i = 0; i + step <= size; i += step)
        if (bytes[i] == '\\' && (step == 1 || bytes[i + 1] == 0))
            bytes[i] = '/';
    text_clear(scratch);
    pack_inno_text(setup, span_of(bytes, size, 0), scratch);
    return pack_path(ret, text_string(scratch), scratch->size);
}
