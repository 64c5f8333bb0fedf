#include "format/deflate.h"

#define ZLIB_CONST
#include <zlib.h>

enum { LEVEL = 6, WINDOW_BITS = 15, MEMORY = 8 };

static void *take(void *opaque, unsigned count, unsigned size) {
    return job_alloc(opaque, count, size);
}

/* A job frees all at once only. */
static void give(void *opaque, void *memory) {
    (void)opaque, (void)memory;
}

bool deflate_once(struct job *job, struct span bytes, struct span *ret) {
    z_stream z = {.zalloc = take, .zfree = give, .opaque = job};
    if (bytes.size > DEFLATE_MOST)
        return job_fail(job, FAULT_LIMIT, bytes.offset, "more bytes than are packed at once");
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return job_fail(job, FAULT_LIMIT, bytes.offset, "no memory to pack with");
    size_t room = deflateBound(&z, (uLong)bytes.size);
    uint8_t *packed = job_alloc(job, room, 1);
    if (!packed)
        return false;
    z.next_in = bytes.data;
    z.avail_in = (uInt)bytes.size;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    bool whole = deflate(&z, Z_FINISH) == Z_STREAM_END;
    *ret = span_of(packed, room - z.avail_out, 0);
    (void)deflateEnd(&z);
    return whole || job_fail(job, FAULT_LIMIT, bytes.offset, "bytes that could not be packed");
}

bool deflate_undo(struct job *job, struct span packed, size_t size, struct span *ret) {
    z_stream z = {.zalloc = take, .zfree = give, .opaque = job};
    uint8_t *bytes = size <= DEFLATE_MOST ? job_alloc(job, size + 1, 1) : NULL;
    if (!bytes || packed.size > DEFLATE_MOST + DEFLATE_MOST / 8 || inflateInit2(&z, WINDOW_BITS) != Z_OK)
        return false;
    z.next_in = packed.data;
    z.avail_in = (uInt)packed.size;
    z.next_out = bytes;
    z.avail_out = (uInt)size + 1;
    bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_out == 1 && z.avail_in == 0;
    *ret = span_of(bytes, size, 0);
    (void)inflateEnd(&z);
    return whole;
}
