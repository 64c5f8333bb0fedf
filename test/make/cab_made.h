/* Cabinets for tests ([MS-CAB]): files in one folder, of each method that is read, alone or as a set of
 * cabinets over which the folder goes. Trusts its callers. */
#ifndef TEST_MAKE_CAB_MADE_H
#define TEST_MAKE_CAB_MADE_H

#include "make/pack_quantum.h"

#ifndef ZLIB_CONST
#define ZLIB_CONST
#endif
#include <zlib.h>

enum { CAB_MADE_FILES = 64, CAB_MADE_BLOCKS = 4096, CAB_MADE_QUANTUM = 2, CAB_MADE_LZX = 3 };

struct cab_made_file {
    const char *name;
    const uint8_t *data;
    size_t size;
    unsigned attributes;
};

struct cab_made {
    unsigned method, window; /* 0 stored, 1 MSZIP, 2 Quantum, 3 LZX with 2^window */
    enum pack_lzx_kind kind; /* of LZX blocks */
    size_t block;            /* of LZX blocks */
    int32_t calls;           /* file size for calls */
    unsigned extra;          /* bytes reserved in the header, each folder and each block */
    bool no_sums;
    const struct cab_made_file *files;
    size_t count;
    uint8_t *plain, *packed; /* of the whole folder */
    size_t size, blocks, ends[CAB_MADE_BLOCKS];
};

static inline void cab_made_number(uint8_t **to, uint32_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        *(*to)++ = (uint8_t)(value >> 8 * i);
}

static inline size_t cab_made_deflate(const uint8_t *plain, size_t at, size_t part, uint8_t *to) {
    z_stream z = {0};
    size_t before = at < 32768 ? at : 32768, room = part + part / 8 + 256;
    if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        (before > 0 && deflateSetDictionary(&z, plain + at - before, (uInt)before) != Z_OK))
        exit(2);
    to[0] = 'C';
    to[1] = 'K';
    z.next_in = plain + at;
    z.avail_in = (uInt)part;
    z.next_out = to + 2;
    z.avail_out = (uInt)room;
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        exit(2);
    deflateEnd(&z);
    return room - z.avail_out + 2;
}

/* Packs all files as one folder. */
static inline void cab_made_pack(struct cab_made *cab) {
    cab->size = cab->blocks = 0;
    for (size_t i = 0; i < cab->count; i++)
        cab->size += cab->files[i].size;
    cab->plain = malloc(cab->size + 1);
    cab->packed = malloc(pack_lzx_most(cab->size) + cab->size + 4096);
    for (size_t i = 0, at = 0; i < cab->count; at += cab->files[i++].size)
        if (cab->files[i].size > 0)
            memcpy(cab->plain + at, cab->files[i].data, cab->files[i].size);
    if (cab->method >= CAB_MADE_QUANTUM) {
        struct pack_lzx_stream stream;
        if (cab->method == CAB_MADE_QUANTUM)
            pack_quantum(cab->plain, cab->size, cab->window, true, 1, cab->packed, &stream);
        else
            pack_lzx_stream(cab->plain, cab->size, cab->kind, cab->block, cab->window, cab->calls, 1,
                            cab->packed, &stream);
        cab->blocks = stream.frames;
        memcpy(cab->ends, stream.ends, stream.frames * sizeof *stream.ends);
        return;
    }
    for (size_t at = 0, end = 0; at < cab->size; at += 32768) {
        size_t part = cab->size - at < 32768 ? cab->size - at : 32768;
        if (cab->method == 1)
            end += cab_made_deflate(cab->plain, at, part, cab->packed + end);
        else
            end += part, memcpy(cab->packed + at, cab->plain + at, part);
        cab->ends[cab->blocks++] = end;
    }
}

static inline uint32_t cab_made_sum(const uint8_t *data, size_t size, uint32_t sum) {
    size_t i = 0;
    for (; i + 4 <= size; i += 4)
        sum ^= (uint32_t)data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16 |
               (uint32_t)data[i + 3] << 24;
    uint32_t rest = 0;
    for (; i < size; i++)
        rest = rest << 8 | data[i];
    return sum ^ rest;
}

static inline void cab_made_block(struct cab_made *cab, uint8_t **to, const uint8_t *packed, size_t size,
                                  size_t plain) {
    uint8_t *start = *to;
    cab_made_number(to, 0, 4);
    cab_made_number(to, (uint32_t)size, 2);
    cab_made_number(to, (uint32_t)plain, 2);
    for (unsigned i = 0; i < cab->extra; i++)
        *(*to)++ = 0;
    memcpy(*to, packed, size);
    *to += size;
    uint32_t sum = cab_made_sum(start + 4, 4 + cab->extra, cab_made_sum(packed, size, 0));
    cab_made_number(&start, cab->no_sums ? 0 : sum, 4);
}

static inline void cab_made_name(uint8_t **to, const char *name) {
    memcpy(*to, name, strlen(name) + 1);
    *to += strlen(name) + 1;
}

/* Which blocks of the folder a cabinet has: [first, last). A set cuts the last one in two at `cut_last`
 * bytes; the next cabinet begins with the rest, and its `cut_first` says where. Names of neighbours, or NULL.
 */
struct cab_made_range {
    size_t first, last, cut_first, cut_last;
    unsigned index;
    const char *before, *behind;
};

static inline size_t cab_made_first(const struct cab_made_range *range) {
    return range->cut_first > 0 ? range->first - 1 : range->first;
}

/* Up to the files; sets `*patch` to where the folder tells its first block. */
static inline uint8_t *cab_made_head(struct cab_made *cab, const struct cab_made_range *range, uint8_t *at,
                                     uint8_t **patch) {
    memset(at, 0, 24);
    memcpy(at, "MSCF", 4);
    at += 24;
    cab_made_number(&at, 0x0103, 2);
    cab_made_number(&at, 1, 2);
    cab_made_number(&at, 0, 2); /* files */
    cab_made_number(&at, (range->before ? 1u : 0) | (range->behind ? 2u : 0) | (cab->extra ? 4u : 0), 2);
    cab_made_number(&at, 77, 2);
    cab_made_number(&at, range->index, 2);
    if (cab->extra) {
        cab_made_number(&at, cab->extra, 2);
        cab_made_number(&at, cab->extra, 1);
        cab_made_number(&at, cab->extra, 1);
        memset(at, 'x', cab->extra);
        at += cab->extra;
    }
    if (range->before)
        cab_made_name(&at, range->before), cab_made_name(&at, "disk");
    if (range->behind)
        cab_made_name(&at, range->behind), cab_made_name(&at, "disk");
    *patch = at;
    at += 4;
    cab_made_number(&at, (uint32_t)(range->last - cab_made_first(range)), 2);
    cab_made_number(&at, cab->method | cab->window << 8, 2);
    memset(at, 'y', cab->extra);
    return at + cab->extra;
}

static inline unsigned cab_made_files(struct cab_made *cab, const struct cab_made_range *range,
                                      uint8_t **at) {
    size_t low = cab_made_first(range) * 32768, start = 0;
    size_t high = range->last * 32768 < cab->size ? range->last * 32768 : cab->size;
    unsigned many = 0;
    for (size_t i = 0; i < cab->count; start += cab->files[i++].size) {
        size_t end = start + cab->files[i].size;
        bool back = range->before && start < low + (range->cut_first > 0 ? 32768 : 0);
        bool on = range->behind && end + (range->cut_last > 0 ? 32768 : 0) > high;
        if ((back && end <= low) || (range->behind && start >= high))
            continue;
        cab_made_number(at, (uint32_t)cab->files[i].size, 4);
        cab_made_number(at, (uint32_t)start, 4);
        cab_made_number(at, back && on ? 0xffff : back ? 0xfffd : on ? 0xfffe : 0, 2);
        cab_made_number(at, (2020 - 1980) << 9 | 2 << 5 | 29, 2);
        cab_made_number(at, 12 << 11 | 34 << 5 | 28, 2);
        cab_made_number(at, cab->files[i].attributes, 2);
        cab_made_name(at, cab->files[i].name);
        many++;
    }
    return many;
}

/* Writes a cabinet and returns its size; `to` has room for the packed bytes and 64 KiB. */
static inline size_t cab_made_write(struct cab_made *cab, struct cab_made_range range, uint8_t *to) {
    uint8_t *folder, *patch = to + 16, *at = cab_made_head(cab, &range, to, &folder);
    cab_made_number(&patch, (uint32_t)(at - to), 4);
    patch = to + 28;
    cab_made_number(&patch, cab_made_files(cab, &range, &at), 2);
    cab_made_number(&folder, (uint32_t)(at - to), 4);
    for (size_t i = cab_made_first(&range); i < range.last; i++) {
        size_t from = i > 0 ? cab->ends[i - 1] : 0, end = cab->ends[i];
        size_t plain = cab->size - i * 32768 < 32768 ? cab->size - i * 32768 : 32768;
        if (range.cut_first > 0 && i + 1 == range.first)
            from += range.cut_first;
        bool cut = range.cut_last > 0 && i + 1 == range.last;
        cab_made_block(cab, &at, cab->packed + from, cut ? range.cut_last : end - from, cut ? 0 : plain);
    }
    patch = to + 8;
    cab_made_number(&patch, (uint32_t)(at - to), 4);
    return (size_t)(at - to);
}

/* One cabinet with all. */
static inline size_t cab_made_all(struct cab_made *cab, uint8_t **to) {
    cab_made_pack(cab);
    *to = malloc(pack_lzx_most(cab->size) + cab->size + 65536 + 300 * (cab->blocks + cab->count));
    return cab_made_write(cab, (struct cab_made_range){.last = cab->blocks}, *to);
}

static inline void cab_made_free(struct cab_made *cab) {
    free(cab->plain);
    free(cab->packed);
}

#endif
