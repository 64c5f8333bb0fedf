/* DER values: read down to the innermost, measured, identifiers printed. */
#include "format/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good) {
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct span bytes = span_of(data, size, 0);
    struct der value;
    struct fault why;
    char text[DER_OID_TEXT];
    size_t measured = 0, steps = 0;
    bool strict = false;
    if (der_measure(bytes, &measured, &strict, &why))
        demand(measured <= size && measured >= 2);
    struct cursor c = cursor_of(bytes);
    if (der_next(&c, &value, &why)) { /* whatever reads strictly is measured alike */
        size_t again = 0;
        demand(der_measure(bytes, &again, &strict, &why) && again == value.whole.size && strict);
    }
    for (c = cursor_of(bytes); der_next(&c, &value, &why); steps++) {
        demand(value.header + value.content.size == value.whole.size);
        der_oid_text(value.content, text);
        demand(strlen(text) < sizeof text);
        if (value.identifier & DER_CONSTRUCTED && steps % 3 != 2)
            c = der_inside(&value);
    }
    demand(why.code != FAULT_LIMIT && steps <= size);
    return 0;
}
