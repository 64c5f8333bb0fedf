#include "format/container_vhdx.h"

/* GUIDs as they lie on disk. */
static const uint8_t region_table[16] = {0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42,
                                         0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08};
static const uint8_t region_metadata[16] = {0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
                                            0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e};
static const uint8_t item_parameters[16] = {0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d,
                                            0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b};
static const uint8_t item_size[16] = {0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
                                      0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8};
static const uint8_t item_sector[16] = {0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47,
                                        0xba, 0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f};
static const uint8_t item_parent[16] = {0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45,
                                        0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab, 0x0c};
static const uint8_t locator_type[16] = {0xb7, 0xef, 0x4a, 0xb0, 0x9e, 0xd1, 0x81, 0x4a,
                                         0xb7, 0x89, 0x25, 0xb8, 0xe9, 0x44, 0x59, 0x13};

/* CRC-32C (Castagnoli) of a structure whose own sum, at byte 4, counts as zeros. */
static bool sums_up(struct span bytes) {
    static uint32_t table[256];
    if (table[1] == 0)
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; bit++)
                value = value & 1 ? value >> 1 ^ 0x82f63b78 : value >> 1;
            table[i] = value;
        }
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < bytes.size; i++)
        sum = sum >> 8 ^ table[(sum ^ (i >= 4 && i < 8 ? 0 : bytes.data[i])) & 0xff];
    struct cursor c = cursor_of(span_from(bytes, 4));
    return cursor_u32(&c) == ~sum;
}

bool container_vhdx_header(struct span bytes, struct container_vhdx_header *ret) {
    struct span part = span_part(bytes, 0, VHDX_HEADER);
    struct cursor c = cursor_of(part);
    uint8_t log[16] = {0};
    *ret = (struct container_vhdx_header){0};
    cursor_seek(&c, 8);
    ret->sequence = cursor_u64(&c);
    cursor_skip(&c, 16);
    span_copy(cursor_take(&c, 16), ret->data_write, 16);
    span_copy(cursor_take(&c, 16), log, 16);
    ret->logged = !span_is_zero(span_of(log, 16, 0));
    return !c.torn && span_starts(part, "head", 4) && sums_up(part);
}

bool container_vhdx_regions(struct span bytes, struct container_vhdx_regions *ret) {
    struct span part = span_part(bytes, 0, VHDX_REGIONS);
    struct cursor c = cursor_of(part);
    *ret = (struct container_vhdx_regions){0};
    cursor_seek(&c, 8);
    uint32_t count = cursor_u32(&c);
    cursor_u32(&c);
    if (c.torn || count > 2047 || !span_starts(part, "regi", 4) || !sums_up(part))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        struct span type = cursor_take(&c, 16);
        uint64_t offset = cursor_u64(&c);
        uint32_t size = cursor_u32(&c);
        cursor_u32(&c);
        if (span_starts(type, region_table, 16)) {
            ret->table = offset;
            ret->table_size = size;
        } else if (span_starts(type, region_metadata, 16)) {
            ret->metadata = offset;
            ret->metadata_size = size;
        }
    }
    return ret->table != 0 && ret->metadata != 0;
}

/* The data of a metadata item; empty if there is none. */
static struct span item_of(struct span metadata, const uint8_t identifier[16]) {
    struct cursor c = cursor_of(metadata);
    cursor_seek(&c, 10);
    uint16_t count = cursor_u16(&c);
    cursor_seek(&c, 32);
    for (unsigned i = 0; i < count && i < 1024; i++) {
        struct span type = cursor_take(&c, 16);
        uint32_t offset = cursor_u32(&c), size = cursor_u32(&c);
        cursor_u64(&c);
        if (!c.torn && span_starts(type, identifier, 16))
            return span_part(metadata, offset, size);
    }
    return span_part(metadata, metadata.size, 0);
}

static bool key_is(struct span key, const char *name) {
    size_t length = strlen(name);
    if (key.size != 2 * length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (key.data[2 * i] != (uint8_t)name[i] || key.data[2 * i + 1] != 0)
            return false;
    return true;
}

static int digit(unsigned c) {
    return c >= '0' && c <= '9' ? (int)c - '0' : c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : -1;
}

/* A GUID in UTF-16 text, such as {8cb3...}, to its bytes on disk. */
static void guid_of(struct span text, uint8_t ret[16]) {
    static const uint8_t places[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    uint8_t bytes[16] = {0};
    unsigned digits = 0;
    for (size_t i = 0; i + 1 < text.size && digits < 32; i += 2) {
        int value = text.data[i + 1] != 0 ? -1 : digit(text.data[i] | 0x20u);
        if (value >= 0) {
            bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | value);
            digits++;
        }
    }
    for (size_t i = 0; i < 16; i++)
        ret[places[i]] = digits == 32 ? bytes[i] : 0;
}

/* The names and identifiers of a parent. The relative path wins over the others. */
static void locator(struct span bytes, struct container_vhdx *ret) {
    struct cursor c = cursor_of(bytes);
    bool known = span_starts(cursor_take(&c, 16), locator_type, 16), relative = false;
    cursor_u16(&c);
    uint16_t count = cursor_u16(&c);
    for (unsigned i = 0; known && i < count && i < 256 && !c.torn; i++) {
        uint32_t key_at = cursor_u32(&c), value_at = cursor_u32(&c);
        uint16_t key_size = cursor_u16(&c), value_size = cursor_u16(&c);
        struct span key = span_part(bytes, key_at, key_size), value = span_part(bytes, value_at, value_size);
        char name[CONTAINER_NAME];
        if (key_is(key, "parent_linkage"))
            guid_of(value, ret->parent);
        else if (key_is(key, "parent_linkage2"))
            guid_of(value, ret->parent_second);
        else if ((key_is(key, "relative_path") || (key_is(key, "absolute_win32_path") && !relative) ||
                  (key_is(key, "volume_path") && !relative)) &&
                 container_base_utf16(value, false, name)) {
            relative = relative || key_is(key, "relative_path");
            span_copy(span_of(name, sizeof name, 0), ret->parent_name, sizeof name);
        }
    }
}

bool container_vhdx(struct job *job, struct span metadata, struct container_vhdx *ret) {
    *ret = (struct container_vhdx){0};
    if (!span_starts(metadata, "metadata", 8))
        return job_fail(job, FAULT_BAD, metadata.offset, "the metadata of the VHDX file are none");
    struct cursor parameters = cursor_of(item_of(metadata, item_parameters));
    struct cursor size = cursor_of(item_of(metadata, item_size));
    struct cursor sector = cursor_of(item_of(metadata, item_sector));
    ret->block = cursor_u32(&parameters);
    ret->has_parent = cursor_u32(&parameters) & 2;
    ret->size = cursor_u64(&size);
    ret->sector = cursor_u32(&sector);
    if (parameters.torn || size.torn || sector.torn)
        return job_fail(job, FAULT_BAD, metadata.offset, "the metadata of the VHDX file are incomplete");
    if (ret->block < (1u << 20) || ret->block > (256u << 20) || (ret->block & (ret->block - 1)) != 0 ||
        (ret->sector != 512 && ret->sector != 4096))
        return job_fail(job, FAULT_BAD, metadata.offset, "the block size of the VHDX file makes no sense");
    if (ret->size > CONTAINER_DISK)
        return job_fail(job, FAULT_LIMIT, metadata.offset, "the disk is said to be longer than is read");
    if (ret->has_parent)
        locator(item_of(metadata, item_parent), ret);
    return true;
}
