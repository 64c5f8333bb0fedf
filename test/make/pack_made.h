/* Bytes packed by the libraries that unpack them, for tests of archives. */
#ifndef TEST_PACK_MADE_H
#define TEST_PACK_MADE_H

#include "format/inflate.h"
#include "make/zip_made.h"

#include <bzlib.h>
#include <lzma.h>
#include <zstd.h>

static inline size_t pack_made_gzip(const void *from, size_t size, uint8_t *to, size_t room) {
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)size, .next_out = to, .avail_out = (uInt)room};
    (void)deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    (void)deflate(&z, Z_FINISH);
    (void)deflateEnd(&z);
    return z.total_out;
}

static inline size_t pack_made_xz(const void *from, size_t size, uint8_t *to, size_t room) {
    size_t used = 0;
    return lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, from, size, to, &used, room) == LZMA_OK ? used
                                                                                                      : 0;
}

/* Raw LZMA behind the head that ZIP puts there; with an end mark. */
static inline size_t pack_made_lzma(const void *from, size_t size, uint8_t *to, size_t room) {
    lzma_options_lzma options;
    (void)lzma_lzma_preset(&options, 1);
    lzma_filter filters[2] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    static const uint8_t head[] = {16, 2, 5, 0};
    size_t used = 9;
    memcpy(to, head, sizeof head);
    (void)lzma_properties_encode(filters, to + 4);
    return lzma_raw_buffer_encode(filters, NULL, from, size, to, &used, room) == LZMA_OK ? used : 0;
}

static inline size_t pack_made_bzip2(const void *from, size_t size, uint8_t *to, size_t room) {
    unsigned used = (unsigned)room;
    return BZ2_bzBuffToBuffCompress((char *)to, &used, (char *)(uintptr_t)from, (unsigned)size, 1, 0, 0) ==
                   BZ_OK
               ? used
               : 0;
}

static inline size_t pack_made(enum inflate_method method, const void *from, size_t size, uint8_t *to,
                               size_t room) {
    switch (method) {
    case INFLATE_DEFLATE:
        return zip_made_deflate(from, size, to, room);
    case INFLATE_GZIP:
        return pack_made_gzip(from, size, to, room);
    case INFLATE_XZ:
        return pack_made_xz(from, size, to, room);
    case INFLATE_LZMA:
        return pack_made_lzma(from, size, to, room);
    case INFLATE_ZSTD:
        return ZSTD_compress(to, room, from, size, 3);
    case INFLATE_BZIP2:
        return pack_made_bzip2(from, size, to, room);
    default:
        break;
    }
    memcpy(to, from, size);
    return size;
}

#endif
