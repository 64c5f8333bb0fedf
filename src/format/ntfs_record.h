/* ntfs_record: file records of $MFT and their attributes (docs/format/ntfs.md).
 *
 * A record is a caller's writable copy, in which fixups are undone in place. All spans point into it. */
#ifndef FORMAT_NTFS_RECORD_H
#define FORMAT_NTFS_RECORD_H

#include "base/span.h"

enum ntfs_record_kind {
    NTFS_RECORD_NONE, /* no FILE signature: never used, or overwritten */
    NTFS_RECORD_BAD,  /* a FILE or BAAD signature, but a header that cannot be followed */
    NTFS_RECORD_FILE
};

enum ntfs_record_flag { NTFS_RECORD_IN_USE = 1, NTFS_RECORD_DIRECTORY = 2 };

enum ntfs_type {
    NTFS_STANDARD_INFORMATION = 0x10,
    NTFS_ATTRIBUTE_LIST = 0x20,
    NTFS_FILE_NAME = 0x30,
    NTFS_OBJECT_ID = 0x40,
    NTFS_SECURITY_DESCRIPTOR = 0x50,
    NTFS_VOLUME_NAME = 0x60,
    NTFS_VOLUME_INFORMATION = 0x70,
    NTFS_DATA = 0x80,
    NTFS_INDEX_ROOT = 0x90,
    NTFS_INDEX_ALLOCATION = 0xa0,
    NTFS_BITMAP = 0xb0,
    NTFS_REPARSE_POINT = 0xc0,
    NTFS_EA_INFORMATION = 0xd0,
    NTFS_EA = 0xe0,
    NTFS_LOGGED_UTILITY_STREAM = 0x100,
    NTFS_END = -1 /* 0xffffffff */
};

enum ntfs_attribute_flag { NTFS_COMPRESSED = 0x00ff, NTFS_ENCRYPTED = 0x4000, NTFS_SPARSE = 0x8000 };

enum ntfs_namespace { NTFS_POSIX, NTFS_WIN32, NTFS_DOS, NTFS_WIN32_DOS };

#define NTFS_TAG_WOF      0x80000017u          /* IO_REPARSE_TAG_WOF, [MS-FSCC] 2.1.2.1 */
#define NTFS_REFERENCE(n) ((n)&0xffffffffffff) /* record number of a file reference */

struct ntfs_record {
    struct span bytes; /* the used part, never more than the record */
    uint64_t base;     /* reference of the base record; 0 if this is one */
    uint32_t number;   /* as the record says (only NTFS 3.1 and later do) */
    uint32_t
        bad_sectors; /* bit n: the n-th sector's fixup does not match; the record was torn while written */
    uint16_t sequence, links, flags, attributes; /* attributes: offset of the first one */
};

/* Undoes the fixups in the `size` bytes (a power of two from 512 to 4096) at `record`, which lie at `offset`
 * in the evidence, and reads the header. A sector whose fixup does not match is restored all the same (the
 * stored bytes are the likelier ones) and flagged; so are all sectors if the fixup array itself cannot be
 * followed. */
enum ntfs_record_kind ntfs_record_open(uint8_t *record, size_t size, uint64_t offset,
                                       struct ntfs_record *ret);

/* The first half of that, for whatever has fixups: `size` bytes of which the header takes `header`, with the
 * array of `count` entries at `at`. Returns bit n (modulo 32) for the n-th sector that does not match; all
 * bits, and nothing restored, if the array cannot be followed. */
uint32_t ntfs_record_restore(uint8_t *record, size_t size, uint16_t header, uint16_t at, uint16_t count);

/* The number that a record says it has; 0 if it is too old to say one (its fixups lie there). */
static inline uint32_t ntfs_record_number(struct span record) {
    struct cursor c = cursor_of(record);
    cursor_skip(&c, 4);
    uint16_t fixups = cursor_u16(&c);
    cursor_seek(&c, 44);
    uint32_t number = cursor_u32(&c);
    return fixups >= 48 ? number : 0;
}

struct ntfs_attribute {
    struct span bytes; /* all of it, header too */
    uint32_t type;     /* enum ntfs_type; others exist */
    uint16_t flags, id;
    uint8_t name_units; /* UTF-16 units of its name */
    bool resident;
};

/* Where an iteration over attributes is. Damage is sticky: an attribute that does not fit ends the iteration
 * and sets `bad`. A missing end mark is damage too. */
struct ntfs_attributes {
    struct cursor cursor;
    bool bad;
};

static inline struct ntfs_attributes ntfs_record_attributes(const struct ntfs_record *record) {
    struct ntfs_attributes it = {cursor_of(record->bytes), false};
    cursor_seek(&it.cursor, record->attributes);
    return it;
}

/* The next attribute; false at the end. */
static inline bool ntfs_record_next(struct ntfs_attributes *it, struct ntfs_attribute *ret) {
    size_t start = it->cursor.at;
    struct cursor c = it->cursor;
    uint32_t type = cursor_u32(&c);
    if (type == (uint32_t)NTFS_END)
        return false;
    uint32_t length = cursor_u32(&c);
    struct span bytes = span_part(it->cursor.span, start, length);
    if (c.torn || length < 24 || bytes.size != length) {
        it->bad = true;
        return false;
    }
    c = cursor_of(bytes);
    cursor_skip(&c, 8);
    ret->bytes = bytes;
    ret->type = type;
    ret->resident = cursor_u8(&c) == 0;
    ret->name_units = cursor_u8(&c);
    cursor_skip(&c, 2);
    ret->flags = cursor_u16(&c);
    ret->id = cursor_u16(&c);
    it->cursor.at = start + length;
    return true;
}

/* The attribute's name, UTF-16LE; empty if it has none or it does not fit. */
static inline struct span ntfs_attribute_name(const struct ntfs_attribute *attribute) {
    struct cursor c = cursor_of(attribute->bytes);
    cursor_skip(&c, 10);
    return span_part(attribute->bytes, cursor_u16(&c), (uint64_t)attribute->name_units * 2);
}

/* A resident attribute's value; false if the attribute is not resident or the value does not fit. */
static inline bool ntfs_attribute_value(const struct ntfs_attribute *attribute, struct span *ret) {
    struct cursor c = cursor_of(attribute->bytes);
    cursor_skip(&c, 16);
    uint32_t size = cursor_u32(&c);
    uint16_t at = cursor_u16(&c);
    if (!attribute->resident || c.torn || !span_holds(attribute->bytes, at, size))
        return false;
    *ret = span_part(attribute->bytes, at, size);
    return true;
}

struct ntfs_nonresident {
    uint64_t lowest, highest;              /* clusters of the stream that this attribute maps */
    uint64_t allocated, size, initialized; /* bytes; meant only if lowest is 0 */
    uint16_t unit;                         /* compression unit: logarithm of clusters, 0 if none */
    struct span runs;
};

/* The header of a non-resident attribute; false if it is resident, does not fit, or has sizes that cannot be
 * (above 2^63, initialized beyond size is cut to size). */
bool ntfs_attribute_nonresident(const struct ntfs_attribute *attribute, struct ntfs_nonresident *ret);

struct ntfs_standard_information {
    uint64_t times[4]; /* FILETIME: created, modified, record changed, accessed */
    uint32_t attributes;
};

struct ntfs_file_name {
    uint64_t times[4], allocated, size;
    uint64_t parent; /* record number */
    uint16_t parent_sequence;
    uint32_t attributes;
    uint8_t namespace;
    struct span name; /* UTF-16LE, 1 to 255 units */
};

/* Values of these attributes. False if they are too short. */
static inline bool ntfs_standard_information_read(struct span value, struct ntfs_standard_information *ret) {
    if (value.size < 36)
        return false;
    struct cursor c = cursor_of(value);
    for (int i = 0; i < 4; i++)
        ret->times[i] = cursor_u64(&c);
    ret->attributes = cursor_u32(&c);
    return true;
}

static inline bool ntfs_file_name_read(struct span value, struct ntfs_file_name *ret) {
    if (value.size < 66)
        return false;
    struct cursor c = cursor_of(value);
    uint64_t parent = cursor_u64(&c);
    ret->parent = NTFS_REFERENCE(parent);
    ret->parent_sequence = (uint16_t)(parent >> 48);
    for (int i = 0; i < 4; i++)
        ret->times[i] = cursor_u64(&c);
    ret->allocated = cursor_u64(&c);
    ret->size = cursor_u64(&c);
    ret->attributes = cursor_u32(&c);
    cursor_skip(&c, 4);
    size_t units = cursor_u8(&c);
    ret->namespace = cursor_u8(&c);
    ret->name = cursor_take(&c, units * 2);
    return !c.torn && units > 0;
}

/* The tag of a $REPARSE_POINT's value, 0 if it is too short. */
static inline uint32_t ntfs_reparse_tag(struct span value) {
    struct cursor c = cursor_of(value);
    return cursor_u32(&c);
}

/* Tags of files whose content, or the holes of it, a filter driver fetches from elsewhere ([MS-FSCC]
 * 2.1.2.1): HSM, HSM2, single instances, deduplication, file placeholders, container layers, storage sync,
 * OneDrive, projected file systems, and the cloud files with their sixteen variants. */
static inline bool ntfs_tag_elsewhere(uint32_t tag) {
    static const uint32_t tags[] = {0xc0000004, 0x80000006, 0x80000007, 0x80000013, 0x80000015,
                                    0x80000018, 0x90001018, 0x8000001e, 0x80000021, 0x9000001c};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (tag == tags[i])
            return true;
    return (tag & 0xffff0fff) == 0x9000001a;
}

/* An entry of $ATTRIBUTE_LIST. */
struct ntfs_list_entry {
    uint32_t type;
    uint16_t id, sequence; /* sequence: of the record that holds the attribute */
    uint64_t lowest, record;
    struct span name;
};

/* The next entry; false at the end, and with `*bad` set at one that does not fit. */
bool ntfs_list_next(struct cursor *cursor, struct ntfs_list_entry *ret, bool *bad);

#endif
