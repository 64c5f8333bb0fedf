#include "format/ntfs_record.h"

enum { SECTOR = 512, HEADER = 42 };

uint32_t ntfs_record_restore(uint8_t *record, size_t size, uint16_t header, uint16_t at, uint16_t count) {
    if (count < 2 || size % (count - 1u) != 0 || size / (count - 1u) % SECTOR != 0 || at < header ||
        at > SECTOR - 2 || 2u * count > SECTOR - 2u - at)
        return UINT32_MAX;
    size_t step = size / (count - 1u);
    uint32_t bad = 0;
    for (unsigned i = 1; i < count; i++) {
        uint8_t *end = &record[step * i - 2];
        const uint8_t *stored = &record[at + 2u * i];
        if (end[0] != record[at] || end[1] != record[at + 1])
            bad |= 1u << ((i - 1) & 31);
        end[0] = stored[0];
        end[1] = stored[1];
    }
    return bad;
}

enum ntfs_record_kind ntfs_record_open(uint8_t *record, size_t size, uint64_t offset,
                                       struct ntfs_record *ret) {
    struct span all = span_of(record, size, offset);
    struct cursor c = cursor_of(all);
    struct span magic = cursor_take(&c, 4);
    bool file = span_starts(magic, "FILE", 4);
    if (size < SECTOR || (!file && !span_starts(magic, "BAAD", 4)))
        return NTFS_RECORD_NONE;
    uint16_t fixups = cursor_u16(&c), fixup_count = cursor_u16(&c);
    cursor_skip(&c, 8);
    ret->sequence = cursor_u16(&c);
    ret->links = cursor_u16(&c);
    ret->attributes = cursor_u16(&c);
    ret->flags = cursor_u16(&c);
    uint32_t used = cursor_u32(&c);
    cursor_skip(&c, 4);
    ret->base = cursor_u64(&c);
    cursor_skip(&c, 4);
    ret->number = cursor_u32(&c);
    ret->bytes = span_clip(all, 0, used);
    ret->bad_sectors = ntfs_record_restore(record, size, HEADER, fixups, fixup_count);
    if (!file || ret->attributes < HEADER || ret->attributes >= ret->bytes.size || used > size)
        return NTFS_RECORD_BAD;
    return NTFS_RECORD_FILE;
}

bool ntfs_attribute_nonresident(const struct ntfs_attribute *attribute, struct ntfs_nonresident *ret) {
    struct cursor c = cursor_of(attribute->bytes);
    cursor_skip(&c, 16);
    struct ntfs_nonresident it = {.lowest = cursor_u64(&c), .highest = cursor_u64(&c)};
    uint16_t runs = cursor_u16(&c);
    it.unit = cursor_u16(&c);
    cursor_skip(&c, 4);
    it.allocated = cursor_u64(&c);
    it.size = cursor_u64(&c);
    it.initialized = cursor_u64(&c);
    it.runs = span_from(attribute->bytes, runs);
    if (attribute->resident || c.torn || runs < 64 || it.lowest > INT64_MAX)
        return false;
    if (it.lowest == 0 && (it.size > INT64_MAX || it.allocated > INT64_MAX))
        return false;
    if (it.initialized > it.size)
        it.initialized = it.size;
    *ret = it;
    return true;
}

bool ntfs_list_next(struct cursor *cursor, struct ntfs_list_entry *ret, bool *bad) {
    *bad = false;
    if (cursor_left(cursor) < 26)
        return false;
    struct cursor c = *cursor;
    ret->type = cursor_u32(&c);
    uint16_t length = cursor_u16(&c);
    uint8_t units = cursor_u8(&c), at = cursor_u8(&c);
    ret->lowest = cursor_u64(&c);
    uint64_t reference = cursor_u64(&c);
    ret->record = NTFS_REFERENCE(reference);
    ret->sequence = (uint16_t)(reference >> 48);
    ret->id = cursor_u16(&c);
    struct span entry = cursor_take(cursor, length);
    ret->name = span_part(entry, at, (uint64_t)units * 2);
    if (length < 26 || cursor->torn || (units > 0 && ret->name.size == 0))
        *bad = true;
    return !*bad;
}
