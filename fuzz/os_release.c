#include "format/os_release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct span value, const uint8_t *data, size_t size) {
    struct text text = {0};
    if (value.size > 0 && (value.data < data || value.data + value.size > data + size))
        __builtin_trap();
    os_release_text(value, &text);
    if (!text_valid(text_string(&text), text.size))
        __builtin_trap();
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct os_release release;
    if (!os_release_decode(span_of(data, size, 0), &release))
        return 0;
    if (release.id.size == 0)
        __builtin_trap();
    check(release.id, data, size);
    check(release.version, data, size);
    check(release.name, data, size);
    return 0;
}
