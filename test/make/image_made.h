/* image_made: small disk images of every format that is read, made in memory, with all that readers stumble
 * over: zeroed clusters over old data, sectors that only a parent has, several segments. For tests and
 * corpora. */
#ifndef MAKE_IMAGE_MADE_H
#define MAKE_IMAGE_MADE_H

#include "base/span.h"

#include <stdlib.h>
#include <zlib.h>

enum { MADE_ROOM = 16 << 20, MADE_SECTOR = 512 };

struct made {
    uint8_t *data; /* MADE_ROOM bytes, zeroed */
    size_t size;
};

static inline struct made made_new(void) {
    return (struct made){calloc(1, MADE_ROOM), 0};
}

static inline void made_free(struct made *made) {
    free(made->data);
    *made = (struct made){NULL, 0};
}

static inline void made_bytes(struct made *made, size_t at, const void *bytes, size_t size) {
    if (at > MADE_ROOM || size > MADE_ROOM - at)
        abort();
    memcpy(made->data + at, bytes, size);
    if (made->size < at + size)
        made->size = at + size;
}

static inline void made_le(struct made *made, size_t at, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    made_bytes(made, at, bytes, size);
}

static inline void made_be(struct made *made, size_t at, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        made_le(made, at + i, value >> 8 * (size - 1 - i), 1);
}

static inline void made_utf16(struct made *made, size_t at, const char *ascii, bool big) {
    for (size_t i = 0; ascii[i]; i++)
        made_le(made, at + 2 * i + (big ? 1 : 0), (uint8_t)ascii[i], 1);
    if (made->size < at + 2 * strlen(ascii))
        made->size = at + 2 * strlen(ascii);
}

static inline void made_adler(struct made *made, size_t from, size_t size) {
    made_le(made, from + size, adler32(1, made->data + from, (uInt)size), 4);
}

/* A disk of `size` bytes: runs of noise, of text and of zeros, told apart by `seed`. */
static inline void made_disk(uint8_t *disk, size_t size, uint64_t seed) {
    for (size_t at = 0; at < size; at++) {
        uint64_t x = (at / 8 + seed) * 0x9e3779b97f4a7c15u, run = at / 3072 % 4;
        x ^= x >> 29;
        disk[at] = run == 0   ? 0
                   : run == 1 ? (uint8_t)("assay "[at % 6])
                              : (uint8_t)(x * 0xbf58476d1ce4e5b9u >> 56);
    }
}

/* --- EWF --- */

/* A section's descriptor; its data begin behind it. */
static inline void made_section(struct made *made, size_t at, const char *type, size_t data, bool last) {
    made_bytes(made, at, type, strlen(type));
    made_le(made, at + 16, last ? at : at + 76 + data, 8);
    made_le(made, at + 24, last ? 0 : 76 + data, 8);
    made_adler(made, at, 72);
}

static inline size_t made_table(struct made *made, size_t at, const char *type, const uint32_t *entries,
                                size_t count) {
    made_section(made, at, type, 24 + 4 * count + 4, false);
    size_t head = at + 76;
    made_le(made, head, count, 4);
    made_adler(made, head, 20);
    for (size_t i = 0; i < count; i++)
        made_le(made, head + 24 + 4 * i, entries[i], 4);
    made_adler(made, head + 24, 4 * count);
    return head + 24 + 4 * count + 4;
}

/* Chunks [first, first + count) with their tables. */
static inline size_t made_chunks(struct made *made, size_t at, const uint8_t *disk, size_t size, size_t chunk,
                                 size_t first, size_t count, bool pack) {
    uint32_t entries[512];
    size_t start = at, to = at + 76;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *from = disk + (first + i) * chunk;
        size_t left = size - (first + i) * chunk, n = left < chunk ? left : chunk;
        uint8_t packed[70000];
        uLongf packed_size = sizeof packed;
        entries[i] = (uint32_t)to;
        if (pack && compress2(packed, &packed_size, from, n, 6) == Z_OK && packed_size < n) {
            entries[i] |= 1u << 31;
            made_bytes(made, to, packed, packed_size);
            to += packed_size;
        } else {
            made_bytes(made, to, from, n);
            made_adler(made, to, n);
            to += n + 4;
        }
    }
    made_section(made, start, "sectors", to - start - 76, false);
    at = made_table(made, to, "table", entries, count);
    return made_table(made, at, "table2", entries, count);
}

/* `segments` segments of about as many chunks each, in two tables each; digests are those given. */
static inline void made_ewf(struct made *segments, size_t count, const uint8_t *disk, size_t size,
                            size_t chunk, bool pack, const uint8_t md5[16]) {
    size_t chunks = (size + chunk - 1) / chunk, done = 0;
    for (size_t i = 0; i < count; i++) {
        struct made *made = &segments[i];
        size_t at = 13, share = i + 1 == count ? chunks - done : chunks / count, half = share / 2;
        made_bytes(made, 0, "EVF\x09\x0d\x0a\xff\x00\x01", 9);
        made_le(made, 9, i + 1, 4);
        if (i == 0) {
            made_section(made, at, "volume", 1052, false);
            made_le(made, at + 76, 1, 4);
            made_le(made, at + 80, chunks, 4);
            made_le(made, at + 84, chunk / MADE_SECTOR, 4);
            made_le(made, at + 88, MADE_SECTOR, 4);
            made_le(made, at + 92, size / MADE_SECTOR, 8);
            made_adler(made, at + 76, 1048);
            at += 76 + 1052;
        }
        if (half > 0)
            at = made_chunks(made, at, disk, size, chunk, done, half, pack);
        at = made_chunks(made, at, disk, size, chunk, done + half, share - half, pack);
        done += share;
        if (i + 1 == count) {
            made_section(made, at, "digest", 80, false);
            made_bytes(made, at + 76, md5, 16);
            made_bytes(made, at + 92, md5, 16);
            made_le(made, at + 76 + 76, 0, 4);
            made_adler(made, at + 76, 76);
            at += 76 + 80;
        }
        made_section(made, at, i + 1 == count ? "done" : "next", 0, true);
    }
}

/* --- QCOW2 --- */

static inline size_t made_deflate(const uint8_t *from, size_t size, uint8_t *to, size_t room) {
    z_stream stream = {0};
    if (deflateInit2(&stream, 6, Z_DEFLATED, -12, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    stream.next_in = (Bytef *)(uintptr_t)from;
    stream.avail_in = (uInt)size;
    stream.next_out = to;
    stream.avail_out = (uInt)room;
    int status = deflate(&stream, Z_FINISH);
    size_t n = room - stream.avail_out;
    deflateEnd(&stream);
    return status == Z_STREAM_END ? n : 0;
}

enum { MADE_CLUSTER = 4096, MADE_CLUSTER_BITS = 12 };

/* A cluster at *to; the entry that tells of it. Clusters of zeros take turns: unallocated, or, in version 3,
 * zeroed over old data. */
static inline uint64_t made_cluster(struct made *made, size_t *to, const uint8_t *from, size_t n,
                                    unsigned version, bool pack, size_t index) {
    uint8_t packed[MADE_CLUSTER], cluster[MADE_CLUSTER] = {0};
    bool zero = span_is_zero(span_of(from, n, 0));
    memcpy(cluster, from, n);
    if (zero && (version < 3 || index % 2))
        return version < 3 ? 0 : index % 4 == 1 ? 1 : 0;
    if (zero)
        memset(cluster, 0xee, sizeof cluster);
    size_t size = pack && !zero ? made_deflate(cluster, sizeof cluster, packed, sizeof packed) : 0;
    if (size > 0 && size < MADE_CLUSTER - 512) {
        size_t at = *to + 100; /* compressed clusters need not be aligned */
        made_bytes(made, at, packed, size);
        *to = (at + size + MADE_CLUSTER - 1) / MADE_CLUSTER * MADE_CLUSTER;
        if (version == 1)
            return (uint64_t)1 << 63 | (uint64_t)size << (63 - MADE_CLUSTER_BITS) | at;
        uint64_t sectors = (at % 512 + size + 511) / 512 - 1;
        return (uint64_t)1 << 62 | sectors << (70 - MADE_CLUSTER_BITS) | at;
    }
    uint64_t entry = *to | (version > 1 ? (uint64_t)1 << 63 : 0) | (zero ? 1 : 0);
    made_bytes(made, *to, cluster, sizeof cluster);
    *to += MADE_CLUSTER;
    return entry;
}

static inline void made_qcow(struct made *made, const uint8_t *disk, size_t size, unsigned version,
                             bool pack) {
    size_t clusters = (size + MADE_CLUSTER - 1) / MADE_CLUSTER, each = MADE_CLUSTER / 8;
    size_t tables = (clusters + each - 1) / each, to = MADE_CLUSTER * (2 + tables);
    made_bytes(made, 0, "QFI\xfb", 4);
    made_be(made, 4, version, 4);
    made_be(made, 24, size, 8);
    if (version == 1) {
        made_le(made, 32, MADE_CLUSTER_BITS, 1);
        made_le(made, 33, MADE_CLUSTER_BITS - 3, 1);
        made_be(made, 40, MADE_CLUSTER, 8);
    } else {
        made_be(made, 20, MADE_CLUSTER_BITS, 4);
        made_be(made, 36, tables, 4);
        made_be(made, 40, MADE_CLUSTER, 8);
        made_be(made, 96, 4, 4);
        made_be(made, 100, 104, 4);
    }
    for (size_t i = 0; i < clusters; i++) {
        size_t at = i * MADE_CLUSTER, n = size - at < MADE_CLUSTER ? size - at : MADE_CLUSTER;
        uint64_t entry = made_cluster(made, &to, disk + at, n, version, pack, i);
        size_t table = MADE_CLUSTER * (2 + i / each);
        made_be(made, MADE_CLUSTER + i / each * 8, table | (version > 1 ? (uint64_t)1 << 63 : 0), 8);
        made_be(made, table + i % each * 8, entry, 8);
    }
    made->size = to;
}

/* --- VMDK --- */

enum { MADE_GRAIN = 8, MADE_ENTRIES = 512 }; /* sectors; of a grain table */

static inline void made_sparse_head(struct made *made, size_t at, size_t sectors, bool stream,
                                    uint64_t directory, bool descriptor) {
    made_bytes(made, at, "KDMV", 4);
    made_le(made, at + 4, stream ? 3 : 1, 4);
    made_le(made, at + 8, stream ? 0x30001 : 5, 4); /* without a stream: zeroed grains */
    made_le(made, at + 12, sectors, 8);
    made_le(made, at + 20, MADE_GRAIN, 8);
    made_le(made, at + 28, descriptor ? 1 : 0, 8);
    made_le(made, at + 36, descriptor ? 20 : 0, 8);
    made_le(made, at + 44, MADE_ENTRIES, 4);
    made_le(made, at + 56, directory, 8);
    made_bytes(made, at + 73, "\n \r\n", 4);
    made_le(made, at + 77, stream ? 1 : 0, 2);
    made_le(made, at + 511, 0, 1);
}

/* One extent, sparse or streamed, with `descriptor` inside or NULL. At most 512 grains. */
static inline void made_sparse(struct made *made, const uint8_t *disk, size_t size, bool stream,
                               const char *descriptor) {
    size_t grain = MADE_GRAIN * MADE_SECTOR, table = 22, to = 32, count = (size + grain - 1) / grain;
    uint8_t packed[8192], unit[MADE_GRAIN * MADE_SECTOR];
    made_sparse_head(made, 0, size / MADE_SECTOR, stream, stream ? UINT64_MAX : 21, descriptor != NULL);
    if (descriptor)
        made_bytes(made, 512, descriptor, strlen(descriptor));
    made_le(made, (size_t)21 * 512, table, 4);
    for (size_t i = 0; i < count; i++) {
        size_t n = size - i * grain < grain ? size - i * grain : grain;
        memset(unit, 0, sizeof unit);
        memcpy(unit, disk + i * grain, n);
        bool zero = span_is_zero(span_of(unit, grain, 0));
        made_le(made, table * 512 + i * 4, zero ? (stream ? 0 : i % 2) : to, 4);
        if (zero)
            continue;
        if (stream) {
            uLongf packed_size = sizeof packed;
            compress2(packed, &packed_size, unit, sizeof unit, 6);
            made_le(made, to * 512, i * MADE_GRAIN, 8);
            made_le(made, to * 512 + 8, packed_size, 4);
            made_bytes(made, to * 512 + 12, packed, packed_size);
            to += (12 + packed_size + 511) / 512;
        } else {
            made_bytes(made, to * 512, unit, sizeof unit);
            to += MADE_GRAIN;
        }
    }
    made->size = to * 512;
    if (stream) {
        made_sparse_head(made, made->size, size / MADE_SECTOR, true, 21, true);
        made->size += 512;
    }
}

/* --- VHD --- */

enum { MADE_BLOCK = 16384 };

static inline void made_vhd_sum(struct made *made, size_t at, size_t size, size_t sum_at) {
    uint32_t sum = 0;
    made_be(made, at + sum_at, 0, 4);
    for (size_t i = 0; i < size; i++)
        sum += made->data[at + i];
    made_be(made, at + sum_at, ~sum, 4);
}

static inline void made_footer(struct made *made, size_t at, size_t size, unsigned type, uint8_t identifier) {
    made_bytes(made, at, "conectix", 8);
    made_be(made, at + 8, 2, 4);
    made_be(made, at + 12, 0x10000, 4);
    made_be(made, at + 16, type == 2 ? UINT64_MAX : 512, 8);
    made_be(made, at + 40, size, 8);
    made_be(made, at + 48, size, 8);
    made_be(made, at + 60, type, 4);
    made_le(made, at + 68, identifier, 1);
    made_le(made, at + 511, 0, 1);
    made_vhd_sum(made, at, 512, 64);
}

/* Dynamic, or, with `parent`, differencing: only sectors that differ from `below`. */
static inline void made_vhd(struct made *made, const uint8_t *disk, size_t size, uint8_t identifier,
                            const uint8_t *below, const char *parent, uint8_t parent_identifier) {
    size_t blocks = (size + MADE_BLOCK - 1) / MADE_BLOCK, to = 4096;
    unsigned type = parent ? 4 : 3;
    made_footer(made, 0, size, type, identifier);
    made_bytes(made, 512, "cxsparse", 8);
    made_be(made, 520, UINT64_MAX, 8);
    made_be(made, 528, 1536, 8);
    made_be(made, 536, 0x10000, 4);
    made_be(made, 540, blocks, 4);
    made_be(made, 544, MADE_BLOCK, 4);
    if (parent) {
        made_le(made, 552, parent_identifier, 1);
        made_utf16(made, 576, "absolute.vhd", true);
        made_be(made, 512 + 576, 0x57327275, 4);
        made_be(made, 512 + 584, 2 * strlen(parent), 4);
        made_be(made, 512 + 592, 3072, 8);
        made_utf16(made, 3072, parent, false);
    }
    made_vhd_sum(made, 512, 1024, 36);
    for (size_t i = 0; i < blocks; i++) {
        bool any = false;
        for (size_t s = 0; s < MADE_BLOCK / 512; s++) {
            size_t at = i * MADE_BLOCK + s * 512;
            static const uint8_t zeros[512];
            if (at >= size || memcmp(disk + at, below ? below + at : zeros, 512) == 0)
                continue;
            any = true;
            made->data[to + s / 8] |= (uint8_t)(0x80 >> s % 8);
            made_bytes(made, to + 512 + s * 512, disk + at, 512);
        }
        made_be(made, 1536 + 4 * i, any ? to / 512 : UINT32_MAX, 4);
        to += any ? 512 + MADE_BLOCK : 0;
    }
    made_footer(made, to, size, type, identifier);
}

/* --- VHDX --- */

enum { MADE_MIB = 1 << 20 };

static inline void made_crc(struct made *made, size_t at, size_t size) {
    uint32_t sum = UINT32_MAX;
    made_le(made, at + 4, 0, 4);
    for (size_t i = 0; i < size; i++) {
        sum ^= made->data[at + i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum & 1 ? sum >> 1 ^ 0x82f63b78 : sum >> 1;
    }
    made_le(made, at + 4, ~sum, 4);
}

static inline void made_item(struct made *made, unsigned index, const char *identifier, size_t at,
                             size_t size) {
    size_t entry = (size_t)MADE_MIB + 32 + 32 * index;
    made_bytes(made, entry, identifier, 16);
    made_le(made, entry + 16, at, 4);
    made_le(made, entry + 20, size, 4);
    made_le(made, MADE_MIB + 10, index + 1, 2);
}

static inline void made_vhdx_metadata(struct made *made, size_t size, const char *parent,
                                      uint8_t parent_write) {
    const size_t data = (size_t)MADE_MIB + 65536;
    char linkage[40];
    made_bytes(made, MADE_MIB, "metadata", 8);
    made_item(made, 0, "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b", 65536, 8);
    made_item(made, 1, "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8", 65544, 8);
    made_item(made, 2, "\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa\xab\x5f", 65552, 4);
    made_le(made, data, MADE_MIB, 4);
    made_le(made, data + 4, parent ? 2 : 0, 4);
    made_le(made, data + 8, size, 8);
    made_le(made, data + 16, 512, 4);
    if (!parent)
        return;
    made_item(made, 3, "\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48\x34\xab\x0c", 66560, 1024);
    size_t at = data + 1024;
    snprintf(linkage, sizeof linkage, "{000000%02X-0000-0000-0000-000000000000}", parent_write);
    made_bytes(made, at, "\xb7\xef\x4a\xb0\x9e\xd1\x81\x4a\xb7\x89\x25\xb8\xe9\x44\x59\x13", 16);
    made_le(made, at + 18, 2, 2);
    made_le(made, at + 20, 100, 4);
    made_le(made, at + 24, 200, 4);
    made_le(made, at + 28, 28, 2);
    made_le(made, at + 30, 76, 2);
    made_utf16(made, at + 100, "parent_linkage", false);
    made_utf16(made, at + 200, linkage, false);
    made_le(made, at + 32, 300, 4);
    made_le(made, at + 36, 400, 4);
    made_le(made, at + 40, 26, 2);
    made_le(made, at + 42, 2 * strlen(parent), 2);
    made_utf16(made, at + 300, "relative_path", false);
    made_utf16(made, at + 400, parent, false);
}

static inline void made_vhdx_heads(struct made *made, uint8_t write) {
    made_bytes(made, 0, "vhdxfile", 8);
    for (size_t i = 1; i <= 2; i++) {
        size_t at = i * 65536;
        made_bytes(made, at, "head", 4);
        made_le(made, at + 8, i, 8);
        made_le(made, at + 32, write, 1);
        made_le(made, at + 66, 1, 2);
        made_crc(made, at, 4096);
        at = (i + 2) * 65536;
        made_bytes(made, at, "regi", 4);
        made_le(made, at + 8, 2, 4);
        made_bytes(made, at + 16, "\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08", 16);
        made_le(made, at + 32, 2 * MADE_MIB, 8);
        made_le(made, at + 40, MADE_MIB, 4);
        made_bytes(made, at + 48, "\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e", 16);
        made_le(made, at + 64, MADE_MIB, 8);
        made_le(made, at + 72, MADE_MIB, 4);
        made_crc(made, at, 65536);
    }
}

/* Blocks of 1 MiB; with `parent`, of the blocks that differ from `below` only the sectors that do. */
static inline void made_vhdx(struct made *made, const uint8_t *disk, size_t size, uint8_t write,
                             const uint8_t *below, const char *parent, uint8_t parent_write) {
    size_t to = 3 * (size_t)MADE_MIB, bitmap = 0, ratio = 4096;
    made_vhdx_heads(made, write);
    made_vhdx_metadata(made, size, parent, parent_write);
    if (parent) {
        bitmap = to;
        made_le(made, 2 * MADE_MIB + ratio * 8, to | 6, 8);
        to += MADE_MIB;
    }
    for (size_t i = 0; i * MADE_MIB < size; i++) {
        size_t at = i * MADE_MIB, n = size - at < MADE_MIB ? size - at : MADE_MIB;
        bool same = below ? memcmp(disk + at, below + at, n) == 0 : span_is_zero(span_of(disk + at, n, 0));
        if (same && (below || i % 2))
            continue;
        made_le(made, 2 * MADE_MIB + 8 * i, same ? (to | 2) : parent ? (to | 7) : (to | 6), 8);
        for (size_t s = 0; parent && s < n; s += 512)
            if (memcmp(disk + at + s, below + at + s, 512) != 0) {
                size_t bit = (at + s) / 512;
                made->data[bitmap + bit / 8] |= (uint8_t)(1 << bit % 8);
                made_bytes(made, to + s, disk + at + s, 512);
            }
        if (!parent && !same)
            made_bytes(made, to, disk + at, n);
        if (same)
            memset(made->data + to, 0xee, 4096); /* old data below a zeroed block */
        to += MADE_MIB;
    }
    made->size = to;
}

#endif
