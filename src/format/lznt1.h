/* lznt1: the compression of NTFS (docs/format/lznt1.md; [MS-XCA] 2.5).
 *
 * One call decodes one compression unit: `in` is what its allocated clusters hold, `size` is the size of the
 * unit (16 clusters, or less if only its beginning is wanted). A unit is a row of chunks, each of which
 * stands for 4096 bytes. The caller decides from the runs what a unit is: all clusters allocated means stored
 * plainly, no cluster means zeros, and only what is between comes here.
 *
 * Bytes of the stream behind its initialized size are zeros whatever the unit yields; that is for the caller,
 * too.
 *
 * As NTFS has it, a chunk that yields fewer than 4096 bytes is filled up with zeros, and so is the unit
 * behind its last chunk. These zeros are data: on success `size` bytes are valid. The input ends at a header
 * of two zero bytes, at its last byte, or when the buffer is full; unpacked.used says where, so that what
 * lies behind (slack) can be looked at.
 *
 * On a fault the chunks before it and what its own chunk had yielded are valid, unpacked.size bytes, and the
 * rest of the buffer is zeros that mean nothing. TORN: the input ends inside a chunk. BAD: a signature that
 * is not 3, a match before the start of its chunk, a chunk that yields more than 4096 bytes or ends inside a
 * match. */
#ifndef FORMAT_LZNT1_H
#define FORMAT_LZNT1_H

#include "format/unpack.h"

enum { LZNT1_CHUNK = 4096 };

/* Decodes into `to`, which has `size` bytes. Always fills `ret`; false with ret->fault set. */
bool lznt1_decode(struct span in, uint8_t *to, size_t size, struct unpacked *ret) MUST_USE;

#endif
