/* Writes programs that are .NET bundles into memory, from docs/format/dotnet_bundle.md: a host with a mark,
 * the files, the manifest. For unit tests. */
#ifndef TEST_MAKE_BUNDLE_MADE_H
#define TEST_MAKE_BUNDLE_MADE_H

#include "base/span.h"

#include <stdlib.h>
#ifndef ZLIB_CONST
#define ZLIB_CONST
#endif
#include <zlib.h>

enum { BUNDLE_MADE_HOST = 8192, BUNDLE_MADE_MARK = 5000 };

struct bundle_made {
    uint8_t *bytes;
    size_t size, room;
    unsigned major;
    uint64_t manifest; /* its offset, set by bundle_made_manifest */
};

struct bundle_made_file {
    const char *path;
    const uint8_t *data;
    size_t size;
    uint8_t type;
    bool pack;
    uint64_t offset, packed; /* written by bundle_made_data */
};

static inline void bundle_made_add(struct bundle_made *made, const void *data, size_t size) {
    if (size > made->room - made->size)
        abort();
    memcpy(made->bytes + made->size, data, size);
    made->size += size;
}

static inline void bundle_made_number(struct bundle_made *made, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    bundle_made_add(made, bytes, size);
}

static inline void bundle_made_text(struct bundle_made *made, const char *text) {
    size_t size = strlen(text);
    if (size > 127)
        bundle_made_number(made, (size & 0x7f) | 0x80, 1);
    bundle_made_number(made, size > 127 ? size >> 7 : size, 1);
    bundle_made_add(made, text, size);
}

/* A program of one section that ends at BUNDLE_MADE_HOST, with a mark in it and a false one before that. */
static inline void bundle_made_host(struct bundle_made *made, const uint8_t *mark) {
    uint8_t host[BUNDLE_MADE_HOST] = "MZ";
    host[0x3c] = 0x40;
    memcpy(host + 0x40, "PE\0\0", 4);
    host[0x44] = 0x4c;
    host[0x45] = 1;
    host[0x46] = 1;
    host[0x54] = 0xe0;
    host[0x58] = 0x0b;
    host[0x59] = 1;
    uint8_t *section = host + 0x40 + 24 + 0xe0;
    section[17] = (BUNDLE_MADE_HOST - 512) >> 8;
    section[21] = 2;
    memcpy(host + 1000, mark, 32);
    memcpy(host + BUNDLE_MADE_MARK, mark, 32);
    bundle_made_add(made, host, sizeof host);
}

static inline void bundle_made_data(struct bundle_made *made, struct bundle_made_file *file) {
    static uint8_t packed[1 << 20];
    file->offset = made->size;
    file->packed = 0;
    if (!file->pack) {
        bundle_made_add(made, file->data, file->size);
        return;
    }
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)file->data,
                  .avail_in = (uInt)file->size,
                  .next_out = packed,
                  .avail_out = sizeof packed};
    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    file->packed = z.total_out;
    deflateEnd(&z);
    bundle_made_add(made, packed, (size_t)file->packed);
}

static inline void bundle_made_manifest(struct bundle_made *made, const struct bundle_made_file *files,
                                        size_t count) {
    made->manifest = made->size;
    for (size_t i = 0; i < 8; i++)
        made->bytes[BUNDLE_MADE_MARK - 8 + i] = (uint8_t)(made->manifest >> 8 * i);
    bundle_made_number(made, made->major, 4);
    bundle_made_number(made, 0, 4);
    bundle_made_number(made, count, 4);
    bundle_made_text(made, "aBcD1234_-xY");
    if (made->major >= 2)
        for (int i = 0; i < 5; i++)
            bundle_made_number(made, 0, 8);
    for (size_t i = 0; i < count; i++) {
        bundle_made_number(made, files[i].offset, 8);
        bundle_made_number(made, files[i].size, 8);
        if (made->major >= 6)
            bundle_made_number(made, files[i].packed, 8);
        bundle_made_number(made, files[i].type, 1);
        bundle_made_text(made, files[i].path);
    }
}

#endif
