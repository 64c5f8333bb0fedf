#include "format/tlsh.h"

#include <math.h>

enum { BUCKETS = 128, CODE = 32, WINDOW = 5, FAR = 12 };

/* The permutation of Pearson's hash (RFC 3074, 6). */
static const uint8_t mixed[256] = {
    1,   87,  49,  12,  176, 178, 102, 166, 121, 193, 6,   84,  249, 230, 44,  163, 14,  197, 213, 181,
    161, 85,  218, 80,  64,  239, 24,  226, 236, 142, 38,  200, 110, 177, 104, 103, 141, 253, 255, 50,
    77,  101, 81,  18,  45,  96,  31,  222, 25,  107, 190, 70,  86,  237, 240, 34,  72,  242, 20,  214,
    244, 227, 149, 235, 97,  234, 57,  22,  60,  250, 82,  175, 208, 5,   127, 199, 111, 62,  135, 248,
    174, 169, 211, 58,  66,  154, 106, 195, 245, 171, 17,  187, 182, 179, 0,   243, 132, 56,  148, 75,
    128, 133, 158, 100, 130, 126, 91,  13,  153, 246, 216, 219, 119, 68,  223, 78,  83,  88,  201, 99,
    122, 11,  92,  32,  136, 114, 52,  10,  138, 30,  48,  183, 156, 35,  61,  26,  143, 74,  251, 94,
    129, 162, 63,  152, 170, 7,   115, 167, 241, 206, 3,   150, 55,  59,  151, 220, 90,  53,  23,  131,
    125, 173, 15,  238, 79,  95,  89,  16,  105, 137, 225, 224, 217, 160, 37,  123, 118, 73,  2,   157,
    46,  116, 9,   145, 134, 228, 207, 212, 202, 215, 69,  229, 27,  188, 67,  124, 168, 252, 42,  4,
    29,  108, 21,  247, 19,  205, 39,  203, 233, 40,  186, 147, 198, 192, 155, 33,  164, 191, 98,  204,
    165, 180, 117, 76,  140, 36,  210, 172, 41,  54,  159, 8,   185, 232, 113, 196, 231, 47,  146, 120,
    51,  65,  28,  144, 254, 221, 93,  189, 194, 139, 112, 43,  71,  109, 184, 209};

/* A salt's first step; the salts are those of the published code. */
#define MIX(start, i, j, k) mixed[mixed[mixed[(start) ^ (i)] ^ (j)] ^ (k)]
enum { SALT_0 = 1, SALT_2 = 49, SALT_3 = 12, SALT_5 = 178, SALT_7 = 166, SALT_11 = 84, SALT_13 = 230 };

void tlsh_start(struct tlsh *tlsh) {
    *tlsh = (struct tlsh){.size = 0};
}

void tlsh_add(struct tlsh *tlsh, struct span bytes) {
    uint32_t *buckets = tlsh->buckets;
    uint8_t a = tlsh->before[0], b = tlsh->before[1], c = tlsh->before[2], d = tlsh->before[3];
    uint8_t checksum = tlsh->checksum;
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t now = bytes.data[i];
        if (tlsh->size + i + 1 >= WINDOW) {
            checksum = MIX(SALT_0, now, a, checksum);
            buckets[MIX(SALT_2, now, a, b)]++;
            buckets[MIX(SALT_3, now, a, c)]++;
            buckets[MIX(SALT_5, now, b, c)]++;
            buckets[MIX(SALT_7, now, b, d)]++;
            buckets[MIX(SALT_11, now, a, d)]++;
            buckets[MIX(SALT_13, now, c, d)]++;
        }
        d = c;
        c = b;
        b = a;
        a = now;
    }
    tlsh->size += bytes.size;
    tlsh->checksum = checksum;
    tlsh->before[0] = a;
    tlsh->before[1] = b;
    tlsh->before[2] = c;
    tlsh->before[3] = d;
}

static void sort(uint32_t *counts) {
    for (size_t i = 1; i < BUCKETS; i++) {
        uint32_t count = counts[i];
        size_t at = i;
        for (; at > 0 && counts[at - 1] > count; at--)
            counts[at] = counts[at - 1];
        counts[at] = count;
    }
}

/* Steps of the logarithm that are finer the larger the content is. */
static uint8_t length_of(uint64_t size) {
    double length = log((double)(float)size);
    double step = size <= 656    ? length / 0.4054651
                  : size <= 3199 ? length / 0.26236426 - 8.72777
                                 : length / 0.095310180 - 62.5472;
    return (uint8_t)((unsigned)floor(step) & 255);
}

/* Rounded where the published code rounds. */
static unsigned part(uint32_t quartile, uint32_t of) {
    return (unsigned)((float)(quartile * 100u) / (float)of) % 16;
}

bool tlsh_end(const struct tlsh *tlsh, uint8_t ret[TLSH_SIZE]) {
    uint32_t sorted[BUCKETS];
    size_t filled = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        sorted[i] = tlsh->buckets[i];
    for (size_t i = 0; i < BUCKETS; i++)
        filled += sorted[i] > 0;
    sort(sorted);
    uint32_t q1 = sorted[BUCKETS / 4 - 1], q2 = sorted[BUCKETS / 2 - 1], q3 = sorted[BUCKETS / 4 * 3 - 1];
    if (tlsh->size < TLSH_LEAST || filled <= BUCKETS / 2 || q3 == 0)
        return false;
    ret[0] = tlsh->checksum;
    ret[1] = length_of(tlsh->size);
    ret[2] = (uint8_t)(part(q1, q3) | part(q2, q3) << 4);
    for (size_t i = 0; i < CODE; i++) {
        unsigned code = 0;
        for (size_t k = 0; k < 4; k++) {
            uint32_t count = tlsh->buckets[4 * i + k];
            code |= (count > q3 ? 3u : count > q2 ? 2u : count > q1 ? 1u : 0u) << 2 * k;
        }
        ret[TLSH_SIZE - 1 - i] = (uint8_t)code;
    }
    return true;
}

/* The first three bytes are written with their halves exchanged. */
static uint8_t exchanged(uint8_t byte, size_t at) {
    return (uint8_t)(at < 3 ? (byte << 4 | byte >> 4) & 255 : byte);
}

void tlsh_write(const uint8_t digest[TLSH_SIZE], char ret[TLSH_TEXT]) {
    static const char digits[] = "0123456789ABCDEF";
    *ret++ = 'T';
    *ret++ = '1';
    for (size_t i = 0; i < TLSH_SIZE; i++) {
        uint8_t byte = exchanged(digest[i], i);
        *ret++ = digits[byte >> 4];
        *ret++ = digits[byte & 15];
    }
    *ret = 0;
}

static int digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

bool tlsh_read(const char *text, uint8_t ret[TLSH_SIZE]) {
    text += text[0] == 'T' && text[1] == '1' ? 2 : 0;
    for (size_t i = 0; i < TLSH_SIZE; i++) {
        int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);
        if (low < 0)
            return false;
        ret[i] = exchanged((uint8_t)(high << 4 | low), i);
    }
    return text[2 * (size_t)TLSH_SIZE] == 0;
}

/* Between numbers that are counted in a circle. */
static unsigned around(unsigned a, unsigned b, unsigned circle) {
    unsigned there = a > b ? a - b : b - a;
    return there < circle - there ? there : circle - there;
}

static unsigned quartile(unsigned a, unsigned b) {
    unsigned apart = around(a, b, 16);
    return apart <= 1 ? apart : (apart - 1) * FAR;
}

unsigned tlsh_distance(const uint8_t a[TLSH_SIZE], const uint8_t b[TLSH_SIZE], bool lengths) {
    unsigned sum = a[0] != b[0], apart = around(a[1], b[1], 256);
    if (lengths)
        sum += apart <= 1 ? apart : apart * FAR;
    sum += quartile(a[2] & 15, b[2] & 15) + quartile(a[2] >> 4, b[2] >> 4);
    for (size_t i = 3; i < TLSH_SIZE; i++)
        for (unsigned k = 0; k < 8; k += 2) {
            unsigned x = a[i] >> k & 3, y = b[i] >> k & 3, between = x > y ? x - y : y - x;
            sum += between == 3 ? 6 : between;
        }
    return sum;
}
