/* Every escape of every text: nothing that a terminal, a JSON reader or a browser would act on gets out. */
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good) {
    if (!good)
        abort();
}

static bool quiet(const struct text *text) {
    for (size_t i = 0; i < text->size; i++)
        if ((uint8_t)text->data[i] < 0x20 || text->data[i] == 0x7f)
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text text = {0}, name = {0}, back = {0};
    struct span span = span_of(data, size, 0);
    text_terminal(&text, (const char *)data, size);
    demand(quiet(&text));
    text_clear(&text);
    text_json(&text, (const char *)data, size);
    demand(quiet(&text) && text.size >= 2);
    text_clear(&text);
    text_csv(&text, (const char *)data, size);
    demand(quiet(&text) && (text.size == 0 || !strchr("=+-@", text.data[0])));
    text_clear(&text);
    text_html(&text, (const char *)data, size);
    demand(quiet(&text) && !memchr(text_string(&text), '<', text.size));
    text_from_utf16(&name, span);
    demand(!memchr(text_string(&name), 0, name.size));
    text_clear(&name);
    text_from_prose(&name, span);
    demand(text_valid(text_string(&name), name.size));
    text_clear(&name);
    text_json_utf16(&name, span);
    demand(quiet(&name) && text_valid(text_string(&name), name.size));
    text_clear(&name);
    text_from_bytes(&name, span);
    demand(!memchr(text_string(&name), 0, name.size));
    text_clear(&text);
    text_percent(&text, text_string(&name), name.size, "/");
    demand(text_unpercent(&back, text_string(&text), text.size) && back.size == name.size);
    text_clear(&text);
    text_hexdump(&text, span, "  ");
    text_free(&text);
    text_free(&name);
    text_free(&back);
    return 0;
}
