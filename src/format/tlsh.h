/* tlsh: a digest that is near for contents that are near (docs/format/tlsh.md): 128 buckets, a checksum of
 * one byte, form T1.
 *
 * Bytes are given in order, in pieces of any size. A content of fewer than TLSH_LEAST bytes, or of too little
 * variety, has no digest. Nothing is allocated. */
#ifndef FORMAT_TLSH_H
#define FORMAT_TLSH_H

#include "base/fault.h"
#include "base/span.h"

#include <stdbool.h>

enum {
    TLSH_LEAST = 50, /* bytes */
    TLSH_SIZE = 35,  /* bytes of a digest: checksum, length, quartiles, 32 bytes of buckets */
    TLSH_TEXT = 73   /* "T1" and 70 digits in upper case, and NUL */
};

struct tlsh {
    uint32_t buckets[256];
    uint64_t size;     /* bytes so far */
    uint8_t before[4]; /* the last bytes, the newest first */
    uint8_t checksum;
};

void tlsh_start(struct tlsh *tlsh);
void tlsh_add(struct tlsh *tlsh, struct span bytes);

/* False if there is none. */
bool tlsh_end(const struct tlsh *tlsh, uint8_t ret[TLSH_SIZE]) MUST_USE;

/* In the form that is published; and back, with or without T1, false if it is none. */
void tlsh_write(const uint8_t digest[TLSH_SIZE], char ret[TLSH_TEXT]);
bool tlsh_read(const char *text, uint8_t ret[TLSH_SIZE]) MUST_USE;

/* 0 for equal digests; the larger, the less alike. Of the lengths, too, if `lengths`. */
unsigned tlsh_distance(const uint8_t a[TLSH_SIZE], const uint8_t b[TLSH_SIZE], bool lengths);

#endif
