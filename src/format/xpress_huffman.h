/* xpress_huffman: LZ77+Huffman (docs/format/xpress_huffman.md; [MS-XCA] 2.1 and 2.2).
 *
 * One call decodes one stream whose uncompressed size is known: a WOF chunk of 4, 8 or 16 KiB, a WIM chunk, a
 * compressed prefetch file. Each 64 KiB of output begin with a table of their own of 256 bytes; matches reach
 * back over it. The mark that ends a stream (symbol 256) is not looked for, because the size says where it
 * is.
 *
 * TORN: the input ends before `size` bytes are there. BAD: a table that is no code, a match before the
 * start, a match longer than what is left, an absurd length. Then unpacked.size bytes are valid and the rest
 * of the buffer is zeros. */
#ifndef FORMAT_XPRESS_HUFFMAN_H
#define FORMAT_XPRESS_HUFFMAN_H

#include "format/unpack.h"

enum {
    XPRESS_HUFFMAN_TABLE = 256,   /* bytes before the bits: two lengths a byte, the lower half first */
    XPRESS_HUFFMAN_BLOCK = 65536, /* bytes of output that one table serves */
    XPRESS_HUFFMAN_LENGTH = 3     /* of the shortest match */
};

/* Decodes `size` bytes into `to`. Always fills `ret`; false with ret->fault set. */
bool xpress_huffman_decode(struct span in, uint8_t *to, size_t size, struct unpacked *ret) MUST_USE;

#endif
