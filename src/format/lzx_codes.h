/* lzx_codes: what LZX is in every container: codes, matches, calls. lzx.h has chunks of WIM, lzx_stream.h
 * the folders of cabinets. */
#ifndef FORMAT_LZX_CODES_H
#define FORMAT_LZX_CODES_H

#include "format/huffman.h"
#include "format/unpack.h"

enum {
    LZX_LITERALS = 256,
    LZX_SLOTS = 50,                          /* of distances in a window of 2 MiB */
    LZX_MAIN = LZX_LITERALS + 8 * LZX_SLOTS, /* symbols of the main code at most */
    LZX_LONG = 249,                          /* symbols of the code for long lengths */
    LZX_RECENT = 3                           /* distances that can be repeated, the first slots */
};

enum lzx_kind { LZX_VERBATIM = 1, LZX_ALIGNED, LZX_STORED };

_Static_assert((int)LZX_MAIN <= (int)HUFFMAN_SYMBOLS, "the main code is a code");

struct lzx {
    struct huffman_bits bits;
    struct unpack out;
    struct unpacked *ret;
    unsigned main_count; /* symbols of the main code */
    uint32_t reach;      /* greatest distance */
    uint32_t recent[LZX_RECENT];
    uint8_t main_lengths[LZX_MAIN],
        long_lengths[LZX_LONG]; /* of the block before: the next one's are differences */
    struct huffman_code main, length, aligned;
};

/* A decoder whose matches reach back at most `reach` bytes, with that many slots for distances. */
void lzx_start(struct lzx *x, unsigned slots, uint32_t reach);

/* Records the fault at the place in the input; returns false. */
bool lzx_refuse(struct lzx *x, enum fault_code code, const char *text);

/* True, with a fault, if the input has ended. */
bool lzx_torn(struct lzx *x);

unsigned lzx_take(struct lzx *x, unsigned count);

/* Reads the codes of a block that is not stored. */
bool lzx_codes(struct lzx *x, enum lzx_kind kind) MUST_USE;

/* Symbols until out.at is `most`, under the codes read last. False with a fault. */
bool lzx_symbols(struct lzx *x, enum lzx_kind kind, size_t most) MUST_USE;

/* The distances in front of a stored block; the cursor is then at its bytes. */
bool lzx_stored(struct lzx *x) MUST_USE;

/* Undoes what compressors do to calls in the `size` bytes that stand at `position` of the file, of which
 * `valid` are there. */
void lzx_undo_calls(uint8_t *to, size_t size, size_t valid, uint32_t position, int32_t file_size);

#endif
