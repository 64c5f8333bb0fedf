#include "format/huffman.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A byte for how much one look settles, two for the number of symbols, their lengths, then bits under that
 * code. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct huffman_code code;
    static uint8_t lengths[HUFFMAN_SYMBOLS];
    struct cursor c = cursor_of(span_of(data, size, 0));
    unsigned direct = 1 + cursor_u8(&c) % HUFFMAN_DIRECT, count = cursor_u16(&c) % (HUFFMAN_SYMBOLS + 1);
    for (unsigned i = 0; i < count; i++)
        lengths[i] = cursor_u8(&c) % 18;
    if (c.torn || !huffman_build(&code, lengths, count, direct))
        return 0;
    struct huffman_bits bits = huffman_bits_of(cursor_take(&c, cursor_left(&c)));
    for (size_t steps = 0; !huffman_torn(&bits); steps++) {
        huffman_fill(&bits);
        unsigned before = bits.count, symbol = huffman_symbol(&bits, &code, direct);
        if (symbol == HUFFMAN_NONE)
            break;
        if (symbol >= count || before - bits.count != lengths[symbol] || steps > size * 8)
            abort();
        if (symbol % 7 == 6)
            cursor_u8(huffman_bytes(&bits));
        if (symbol % 11 == 10)
            huffman_align(&bits);
    }
    if (huffman_used(&bits) > bits.in.span.size)
        abort();
    return 0;
}
