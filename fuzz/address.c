/* What is read as an address, written and read again, is the same. */
#include "report/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct address_parsed first, second;
    struct text text = {0};
    char *string = malloc(size + 1);
    if (!string)
        return 0;
    span_copy(span_of(data, size, 0), string, size);
    string[size] = 0;
    if (address_parse(string, &first)) {
        address_format(&text, &first.address);
        if (!address_parse(text_string(&text), &second) || !same(first.address.name, second.address.name) ||
            !same(first.address.evidence, second.address.evidence) ||
            !same(first.address.folder, second.address.folder) ||
            !same(first.address.stream, second.address.stream) ||
            first.address.volume != second.address.volume)
            abort();
        text_clear(&text);
        address_eyes(&text, &second.address);
        address_free(&first);
        address_free(&second);
    }
    text_free(&text);
    free(string);
    return 0;
}
