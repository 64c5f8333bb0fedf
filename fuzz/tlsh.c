/* The digest of any bytes is the same in any pieces, is read back, and is no distance from itself. */
#include "format/tlsh.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tlsh whole, parts;
    uint8_t a[TLSH_SIZE], b[TLSH_SIZE];
    char text[TLSH_TEXT];
    struct span bytes = span_of(data, size, 0);
    size_t piece = size > 0 ? data[0] + (size_t)1 : 1;
    tlsh_start(&whole);
    tlsh_start(&parts);
    tlsh_add(&whole, bytes);
    for (size_t at = 0; at < size; at += piece)
        tlsh_add(&parts, span_clip(bytes, at, piece));
    bool has = tlsh_end(&whole, a);
    if (has != tlsh_end(&parts, b))
        abort();
    if (has) {
        tlsh_write(a, text);
        if (!tlsh_read(text, b) || tlsh_distance(a, b, true) != 0 || memcmp(a, b, sizeof a) != 0)
            abort();
    }
    if (size >= TLSH_TEXT) { /* the input as a digest */
        for (size_t i = 0; i < TLSH_TEXT; i++)
            text[i] = (char)data[i];
        text[TLSH_TEXT - 1] = 0;
        if (tlsh_read(text, b) && tlsh_distance(b, b, false) != 0)
            abort();
    }
    return 0;
}
