/* lzx: LZX as WIM and WOF have it (docs/format/lzx.md; [MS-PATCH] 2 with the differences named there).
 *
 * One call decodes one chunk, which knows nothing of other chunks: a window of 32 KiB, no header, relative
 * calls of x86 code undone as if the file had 12,000,000 bytes and the chunk stood at its start. `size` is
 * the uncompressed size, at most LZX_CHUNK. A chunk that is stored as it is must not come here.
 *
 * TORN: the input ends before `size` bytes are there. BAD: a kind of block that is none, a block that is
 * empty or larger than what is left, lengths that are no code, a match before the start of the chunk or
 * beyond its end. LIMIT: a size above LZX_CHUNK. Then unpacked.size bytes are valid and the rest of the
 * buffer is zeros. */
#ifndef FORMAT_LZX_H
#define FORMAT_LZX_H

#include "format/unpack.h"

enum {
    LZX_CHUNK = 32768,       /* bytes: the window, and the most that one chunk stands for */
    LZX_FILE_SIZE = 12000000 /* what calls are translated for */
};

/* Decodes `size` bytes into `to`. Always fills `ret`; false with ret->fault set. */
bool lzx_decode(struct span in, uint8_t *to, size_t size, struct unpacked *ret) MUST_USE;

#endif
