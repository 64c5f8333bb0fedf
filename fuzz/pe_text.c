/* Texts and numbers of anything: each lies in it, is printable, and is the same in any pieces. */
#include "format/pe_text.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void tell(struct job *job, struct span bytes, size_t piece, struct pe_texts *ret) {
    static const struct pe nothing;
    job_init(job, 32 << 20);
    struct pe_text *text = pe_text_open(job, &nothing);
    if (!text)
        abort();
    for (size_t at = 0; at < bytes.size; at += piece)
        pe_text_add(text, span_clip(bytes, at, piece));
    pe_text_end(text, ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job whole, parts;
    struct pe_texts a, b;
    tell(&whole, span_of(data, size, 0), size + 1, &a);
    tell(&parts, span_of(data, size, 0), size > 0 ? data[0] + (size_t)1 : 1, &b);
    if (a.count != b.count)
        abort();
    for (size_t i = 0; i < a.count; i++) {
        const struct pe_text_item *x = &a.list[i], *y = &b.list[i];
        if (x->class != y->class || strcmp(x->value, y->value) != 0 || x->offset != y->offset ||
            x->count != y->count || x->count == 0 || x->offset >= size || strlen(x->value) > PE_TEXT_VALUE)
            abort();
        for (const char *c = x->value; *c; c++)
            if (*c < 9 || *c > 126)
                abort();
    }
    job_reset(&whole);
    job_reset(&parts);
    return 0;
}
