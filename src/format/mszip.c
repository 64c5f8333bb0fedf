#include "format/mszip.h"

#define ZLIB_CONST
#include <zlib.h>

struct mszip {
    struct job *job;
    z_stream zlib;
    uint8_t before[2][MSZIP_BLOCK]; /* the last bytes of what came before, in one of them */
    size_t before_size;
    unsigned which;
};

static void *take(void *opaque, unsigned count, unsigned size) {
    struct mszip *mszip = opaque;
    return job_alloc(mszip->job, count, size);
}

static void give(void *opaque, void *memory) {
    (void)opaque;
    (void)memory;
}

struct mszip *mszip_new(struct job *job) {
    struct mszip *mszip = job_alloc(job, 1, sizeof *mszip);
    if (!mszip)
        return NULL;
    mszip->job = job;
    mszip->zlib = (z_stream){.zalloc = take, .zfree = give, .opaque = mszip};
    if (inflateInit2(&mszip->zlib, -MAX_WBITS) != Z_OK) {
        job_fail(job, FAULT_LIMIT, 0, "no memory for unpacking");
        return NULL;
    }
    return mszip;
}

void mszip_start(struct mszip *mszip) {
    mszip->before_size = 0;
}

static void keep(struct mszip *mszip, const uint8_t *data, size_t size) {
    struct span old = span_of(mszip->before[mszip->which], mszip->before_size, 0);
    if (old.size > MSZIP_BLOCK - size)
        old = span_from(old, old.size - (MSZIP_BLOCK - size));
    mszip->which ^= 1;
    uint8_t *to = mszip->before[mszip->which];
    mszip->before_size = span_copy(old, to, MSZIP_BLOCK);
    mszip->before_size += span_copy(span_of(data, size, 0), to + mszip->before_size, size);
}

static struct fault judge(int status, const struct mszip *mszip, struct span in) {
    uint64_t at = in.offset + in.size - mszip->zlib.avail_in;
    if (status == Z_STREAM_END && mszip->zlib.avail_out == 0)
        return (struct fault){0};
    if (status == Z_STREAM_END)
        return (struct fault){FAULT_BAD, at, "a block that stands for less than it says"};
    if (status == Z_BUF_ERROR && mszip->zlib.avail_out == 0)
        return (struct fault){FAULT_BAD, at, "a block that stands for more than it says"};
    if (status == Z_BUF_ERROR || status == Z_OK)
        return (struct fault){FAULT_TORN, at, "the data end before their size"};
    if (status == Z_MEM_ERROR)
        return (struct fault){FAULT_LIMIT, at, "no memory for unpacking"};
    return (struct fault){FAULT_BAD, at, "packed bytes that make no sense"};
}

bool mszip_decode(struct mszip *mszip, struct span in, uint8_t *to, size_t size, struct unpacked *ret) {
    struct unpack out = unpack_of(to, size);
    z_stream *z = &mszip->zlib;
    *ret = (struct unpacked){0};
    if (size > MSZIP_BLOCK || !span_starts(in, "CK", 2)) {
        ret->fault = size > MSZIP_BLOCK
                         ? (struct fault){FAULT_LIMIT, in.offset, "a block of more than 32 KiB"}
                     : in.size < 2 ? (struct fault){FAULT_TORN, in.offset, "the data end before their size"}
                                   : (struct fault){FAULT_BAD, in.offset, "a block without its signature"};
        return unpack_end(&out, ret);
    }
    struct span packed = span_from(in, 2);
    int status = inflateReset(z);
    if (status == Z_OK && mszip->before_size > 0)
        status = inflateSetDictionary(z, mszip->before[mszip->which], (uInt)mszip->before_size);
    z->next_in = packed.data;
    z->avail_in = (uInt)packed.size;
    z->next_out = to;
    z->avail_out = (uInt)size;
    if (status == Z_OK)
        status = inflate(z, Z_FINISH);
    out.at = size - z->avail_out;
    ret->fault = judge(status, mszip, in);
    ret->used = in.size - z->avail_in;
    keep(mszip, to, out.at);
    return unpack_end(&out, ret);
}
