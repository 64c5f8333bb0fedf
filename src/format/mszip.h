/* mszip: blocks of Deflate as cabinets have them ([MS-MCI]; docs/format/cab.md).
 *
 * Each block stands for at most 32 KiB and is a whole Deflate stream behind the letters CK; its matches reach
 * back into the 32 KiB that came before. Undone by zlib, with memory of the job. */
#ifndef FORMAT_MSZIP_H
#define FORMAT_MSZIP_H

#include "base/job.h"
#include "format/unpack.h"

enum { MSZIP_BLOCK = 32768 };

struct mszip;

/* A decompressor at the beginning of a folder. NULL with a LIMIT fault in `job`. */
struct mszip *mszip_new(struct job *job) MUST_USE;

/* Begins anew: nothing came before. */
void mszip_start(struct mszip *mszip);

/* Unpacks a block into `to`; `size` at most MSZIP_BLOCK. False with ret->fault set: TORN, BAD, LIMIT. Then
 * ret->size bytes are valid and the rest are zeros. A block after a broken one may use what is missing: start
 * anew. */
bool mszip_decode(struct mszip *mszip, struct span in, uint8_t *to, size_t size,
                  struct unpacked *ret) MUST_USE;

#endif
