/* Contents of several kinds for tests of compression: what a seed says, the same everywhere. */
#ifndef TEST_MAKE_PACK_SAMPLES_H
#define TEST_MAKE_PACK_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { PACK_SAMPLE_KINDS = 7 };

static inline uint32_t pack_sample_draw(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* Fills `to`. Kinds: zeros; noise; words; a short period; code with relative calls; noise with far copies;
 * few letters of very different frequency, which gives long codes. */
static inline void pack_sample(unsigned kind, uint64_t seed, uint8_t *to, size_t size) {
    static const char *const words[] = {"the ",    "image ", "of ", "volume ", "cluster ",
                                        "record ", "and ",   "a ",  "\r\n"};
    uint64_t state = seed * 977 + kind;
    size_t period = 1 + pack_sample_draw(&state) % 40;
    for (size_t i = 0; i < size;) {
        uint32_t draw = pack_sample_draw(&state);
        const char *word = words[draw % 9];
        if (kind == 0) {
            to[i++] = 0;
        } else if (kind == 2) {
            for (; *word && i < size; word++)
                to[i++] = (uint8_t)*word;
        } else if (kind == 3) {
            to[i] = i < period ? (uint8_t)draw : to[i - period];
            i++;
        } else if (kind == 4 && draw % 11 == 0 && size - i >= 5) {
            uint32_t target = (draw >> 8) % 65536 - (uint32_t)i;
            to[i] = 0xe8;
            for (int k = 0; k < 4; k++)
                to[i + 1 + (size_t)k] = (uint8_t)(target >> 8 * k);
            i += 5;
        } else if (kind == 4) {
            to[i++] = (uint8_t) "\x48\x8b\x89\x0f\xff\x00\x24\xc3"[(draw >> 4) % 8];
        } else if (kind == 5 && i > 64 && draw % 50 == 0) {
            size_t from = pack_sample_draw(&state) % i, n = 3 + (draw >> 8) % 700;
            for (; n > 0 && i < size; n--, i++)
                to[i] = to[from++];
        } else if (kind == 6) {
            to[i++] = (uint8_t)__builtin_ctz(draw | 1u << 24);
        } else {
            to[i++] = (uint8_t)(draw >> 5);
        }
    }
}

#endif
