#include "format/huffman.h"

/* Where each length begins among the codes, and where it ends. False if the lengths are no code. */
static bool measure(struct huffman_code *code, const uint16_t *counts) {
    uint32_t next = 0; /* the next code, as 16 bits from the left */
    unsigned place = 0;
    code->end[0] = 0;
    for (unsigned length = 1; length <= HUFFMAN_LENGTH; length++) {
        code->first[length] = (uint16_t)next;
        code->place[length] = (uint16_t)place;
        next += (uint32_t)counts[length] << (HUFFMAN_LENGTH - length);
        place += counts[length];
        code->end[length] = next;
        if (next > 1u << HUFFMAN_LENGTH)
            return false;
    }
    return next == 1u << HUFFMAN_LENGTH || next == 0;
}

bool huffman_build(struct huffman_code *code, const uint8_t *lengths, unsigned count, unsigned direct) {
    uint16_t counts[256] = {0}, place[HUFFMAN_LENGTH + 1];
    if (count > HUFFMAN_SYMBOLS)
        return false;
    for (unsigned i = 0; i < count; i++)
        counts[lengths[i]]++;
    for (unsigned i = HUFFMAN_LENGTH + 1; i < 256; i++)
        if (counts[i])
            return false;
    if (!measure(code, counts))
        return false;
    for (unsigned i = 1; i <= HUFFMAN_LENGTH; i++)
        place[i] = code->place[i];
    for (unsigned i = 0; i < count; i++)
        if (lengths[i])
            code->symbols[place[lengths[i]]++] = (uint16_t)i;
    uint16_t *to = code->direct, *end = to + ((size_t)1 << direct);
    for (unsigned length = 1; length <= direct; length++)
        for (unsigned i = 0; i < counts[length]; i++) {
            uint16_t entry = (uint16_t)((unsigned)code->symbols[code->place[length] + i] << 4 | length);
            for (unsigned n = 1u << (direct - length); n > 0; n--)
                *to++ = entry;
        }
    while (to < end)
        *to++ = 0;
    return true;
}

struct huffman_bits huffman_fill_last(struct huffman_bits bits) {
    while (bits.count < 32) {
        bool there = cursor_left(&bits.in) >= 2;
        uint64_t word = there ? cursor_u16(&bits.in) : 0;
        bits.ghost += there ? 0 : 16;
        bits.hold |= word << (48 - bits.count);
        bits.count += 16;
    }
    return bits;
}

unsigned huffman_long(const struct huffman_code *code, unsigned next, unsigned direct) {
    unsigned length = direct + 1;
    while (length <= HUFFMAN_LENGTH && next >= code->end[length])
        length++;
    if (length > HUFFMAN_LENGTH)
        return 0;
    unsigned place = code->place[length] + ((next - code->first[length]) >> (HUFFMAN_LENGTH - length));
    return (unsigned)code->symbols[place] << 5 | length;
}
