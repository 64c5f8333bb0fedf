/* lzx_stream: LZX as cabinets have it: a stream in blocks of at most 32 KiB, each packed by itself into whole
 * words, with codes, recent distances and a window of 2^15 to 2^21 bytes that go on from block to block
 * ([MS-PATCH] 2 without LZX DELTA; docs/format/lzx.md). */
#ifndef FORMAT_LZX_STREAM_H
#define FORMAT_LZX_STREAM_H

#include "base/job.h"
#include "format/unpack.h"

enum { LZX_STREAM_BLOCK = 32768, LZX_STREAM_LEAST = 15, LZX_STREAM_MOST = 21 };

struct lzx_stream;

/* A decoder with a window of 2^bits bytes, at the beginning of a stream. NULL with a fault in `job`: LIMIT,
 * BAD if there is no such window. Takes the window twice, at least 256 KiB more than it, from the job. */
struct lzx_stream *lzx_stream_new(struct job *job, unsigned bits) MUST_USE;

/* Begins anew. */
void lzx_stream_start(struct lzx_stream *stream);

/* Unpacks the next block, which stands for `size` bytes (at most LZX_STREAM_BLOCK). `bytes` is set to them;
 * they are the stream's until the next call. False with ret->fault set: TORN, BAD, LIMIT; then ret->size of
 * them are valid, the rest are zeros, and all calls until the next lzx_stream_start fail. */
bool lzx_stream_decode(struct lzx_stream *stream, struct span in, size_t size, const uint8_t **bytes,
                       struct unpacked *ret) MUST_USE;

#endif
