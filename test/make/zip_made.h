/* Hand-made ZIP files, for tests and generators: members one after the other, then the directory. Fields of a
 * member may be changed between zip_made_add and zip_made_end. */
#ifndef TEST_ZIP_MADE_H
#define TEST_ZIP_MADE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* Members of one archive at most; a program that needs more says so before. */
#ifndef ZIP_MADE_MANY
#define ZIP_MADE_MANY 64
#endif
enum { ZIP_MADE_MEMBERS = ZIP_MADE_MANY };

struct zip_made_member {
    const char *name;
    uint16_t method, flags, host;
    uint32_t crc, attributes;
    uint64_t packed, size, local;
    const uint8_t *extra; /* of the directory */
    uint16_t extra_size;
    bool zip64;
};

struct zip_made {
    uint8_t *bytes;
    size_t size, at;
    size_t shift; /* bytes in front that offsets do not count */
    bool zip64;   /* with the larger end record */
    bool both;    /* and with all numbers in the smaller one, too, as packers do if only a member is large */
    uint64_t directory;
    unsigned count;
    struct zip_made_member members[ZIP_MADE_MEMBERS];
};

static inline void zip_made_put(struct zip_made *made, uint64_t value, int size) {
    for (int i = 0; i < size && made->at < made->size; i++)
        made->bytes[made->at++] = (uint8_t)(value >> 8 * i);
}

static inline void zip_made_bytes(struct zip_made *made, const void *from, size_t size) {
    if (size > made->size - made->at)
        size = made->size - made->at;
    if (size)
        memcpy(made->bytes + made->at, from, size);
    made->at += size;
}

static inline size_t zip_made_deflate(const void *from, size_t size, uint8_t *to, size_t room) {
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)size, .next_out = to, .avail_out = (uInt)room};
    (void)deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
    (void)deflate(&z, Z_FINISH);
    (void)deflateEnd(&z);
    return z.total_out;
}

static inline void zip_made_local(struct zip_made *made, const struct zip_made_member *member) {
    zip_made_put(made, 0x04034b50, 4);
    zip_made_put(made, 20, 2);
    zip_made_put(made, member->flags, 2);
    zip_made_put(made, member->method, 2);
    zip_made_put(made, 0x6c21, 2); /* 13:33:02 */
    zip_made_put(made, 0x5a8f, 2); /* 2025-04-15 */
    zip_made_put(made, member->crc, 4);
    zip_made_put(made, member->packed, 4);
    zip_made_put(made, member->size, 4);
    zip_made_put(made, strlen(member->name), 2);
    zip_made_put(made, 0, 2);
    zip_made_bytes(made, member->name, strlen(member->name));
}

/* Stored (0) or deflated (8). */
static inline struct zip_made_member *zip_made_add(struct zip_made *made, const char *name, int method,
                                                   const void *data, size_t size) {
    struct zip_made_member *member = &made->members[made->count++];
    *member =
        (struct zip_made_member){.name = name, .method = (uint16_t)method, .size = size, .packed = size};
    member->local = made->at - made->shift;
    member->crc = (uint32_t)crc32_z(0, data, size);
    size_t start = made->at;
    zip_made_local(made, member);
    if (method == 8)
        member->packed = zip_made_deflate(data, size, made->bytes + made->at, made->size - made->at);
    else
        memcpy(made->bytes + made->at, data, size);
    made->at = start;
    zip_made_local(made, member);
    made->at += member->packed;
    return member;
}

static inline void zip_made_central(struct zip_made *made, const struct zip_made_member *member) {
    bool big = member->zip64;
    zip_made_put(made, 0x02014b50, 4);
    zip_made_put(made, 20, 1);
    zip_made_put(made, member->host, 1);
    zip_made_put(made, 20, 2);
    zip_made_put(made, member->flags, 2);
    zip_made_put(made, member->method, 2);
    zip_made_put(made, 0x6c21, 2);
    zip_made_put(made, 0x5a8f, 2);
    zip_made_put(made, member->crc, 4);
    zip_made_put(made, big ? UINT32_MAX : member->packed, 4);
    zip_made_put(made, big ? UINT32_MAX : member->size, 4);
    zip_made_put(made, strlen(member->name), 2);
    zip_made_put(made, member->extra_size + (big ? 28u : 0u), 2);
    zip_made_put(made, 0, 6);
    zip_made_put(made, member->attributes, 4);
    zip_made_put(made, big ? UINT32_MAX : member->local, 4);
    zip_made_bytes(made, member->name, strlen(member->name));
    if (big) {
        zip_made_put(made, 1, 2);
        zip_made_put(made, 24, 2);
        zip_made_put(made, member->size, 8);
        zip_made_put(made, member->packed, 8);
        zip_made_put(made, member->local, 8);
    }
    zip_made_bytes(made, member->extra, member->extra_size);
}

/* The larger end record and its locator. */
static inline void zip_made_end64(struct zip_made *made, uint64_t entries, uint64_t bytes) {
    uint64_t at = made->at - made->shift;
    zip_made_put(made, 0x06064b50, 4);
    zip_made_put(made, 44, 8);
    zip_made_put(made, 45 | 45 << 16, 4);
    zip_made_put(made, 0, 8);
    zip_made_put(made, entries, 8);
    zip_made_put(made, entries, 8);
    zip_made_put(made, bytes, 8);
    zip_made_put(made, made->directory - made->shift, 8);
    zip_made_put(made, 0x07064b50, 4);
    zip_made_put(made, 0, 4);
    zip_made_put(made, at, 8);
    zip_made_put(made, 1, 4);
}

/* Directory and end; returns the size of the archive. */
static inline size_t zip_made_end(struct zip_made *made) {
    made->directory = made->at;
    for (unsigned i = 0; i < made->count; i++)
        zip_made_central(made, &made->members[i]);
    uint64_t bytes = made->at - made->directory;
    if (made->zip64)
        zip_made_end64(made, made->count, bytes);
    zip_made_put(made, 0x06054b50, 4);
    zip_made_put(made, 0, 4);
    bool full = made->zip64 && !made->both;
    zip_made_put(made, full ? UINT16_MAX : made->count, 2);
    zip_made_put(made, full ? UINT16_MAX : made->count, 2);
    zip_made_put(made, full ? UINT32_MAX : bytes, 4);
    zip_made_put(made, full ? UINT32_MAX : made->directory - made->shift, 4);
    zip_made_put(made, 0, 2);
    return made->at;
}

#endif
