#include "base/base64.h"

static int sextet(char c) {
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

bool base64_decode(const char *text, size_t size, uint8_t *out, size_t *ret) {
    uint32_t bits = 0;
    unsigned have = 0, padding = 0;
    *ret = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        int value = sextet(c);
        padding += c == '=';
        if ((value < 0 && c != '=') || (value >= 0 && padding > 0) || padding > 2)
            return false;
        bits = bits << 6 | (uint32_t)(value < 0 ? 0 : value);
        if (++have == 4) {
            for (unsigned j = 0; j < 3 - padding; j++)
                out[(*ret)++] = (uint8_t)(bits >> (16 - 8 * j));
            have = bits = 0;
        }
    }
    return have == 0;
}

size_t base64_encode(struct span bytes, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = 0;
    for (size_t i = 0; i < bytes.size; i += 3) {
        uint32_t bits = (uint32_t)span_u8(bytes, i) << 16 | (uint32_t)span_u8(bytes, i + 1) << 8 |
                        (uint32_t)span_u8(bytes, i + 2);
        for (size_t j = 0; j < 4; j++)
            out[size++] = i + j > bytes.size ? '=' : digits[bits >> (18 - 6 * j) & 63];
    }
    return size;
}
