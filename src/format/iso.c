#include "format/iso.h"

#include "base/filetime.h"

enum { LAST_TYPE = 255, CONTINUATION = 28, NAME_CURRENT = 2, NAME_PARENT = 4, TEXT = 128 };

static struct span trimmed(struct span text) {
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == 0))
        text.size--;
    return text;
}

static bool is_joliet(struct span escapes) {
    return span_starts(escapes, "%/@", 3) || span_starts(escapes, "%/C", 3) || span_starts(escapes, "%/E", 3);
}

static bool is_udf(struct span name) {
    return span_starts(name, "NSR0", 4) || span_starts(name, "BEA01", 5);
}

static void read_volume(struct span sector, struct iso_descriptor *ret) {
    struct cursor c = cursor_of(span_from(sector, 128));
    unsigned block = cursor_u16(&c);
    ret->block = block == 512 || block == 1024 || block == 2048 ? block : 0;
    ret->volume = trimmed(span_part(sector, 40, 32));
    ret->publisher = trimmed(span_part(sector, 318, TEXT));
    ret->application = trimmed(span_part(sector, 574, TEXT));
    if (!iso_record_read(span_part(sector, 156, ISO_ROOT), &ret->root))
        ret->block = 0;
}

static enum iso_descriptor_kind kind_of(unsigned type, struct span sector) {
    switch (type) {
    case 0:
        return ISO_BOOT;
    case 1:
        return ISO_PRIMARY;
    case 2:
        return is_joliet(span_part(sector, 88, 32)) ? ISO_JOLIET : ISO_OTHER;
    case LAST_TYPE:
        return ISO_END;
    default:
        return ISO_OTHER;
    }
}

struct iso_descriptor iso_descriptor_read(struct span sector) {
    struct iso_descriptor ret = {.kind = ISO_NONE};
    struct cursor c = cursor_of(sector);
    unsigned type = cursor_u8(&c);
    struct span name = cursor_take(&c, 5);
    if (is_udf(name))
        ret.kind = ISO_UDF;
    if (sector.size < ISO_SECTOR || !span_starts(name, "CD001", 5))
        return ret;
    ret.kind = kind_of(type, sector);
    if (ret.kind == ISO_PRIMARY || ret.kind == ISO_JOLIET)
        read_volume(sector, &ret);
    if (ret.kind == ISO_BOOT && span_starts(span_from(sector, 7), "EL TORITO SPECIFICATION", 23)) {
        cursor_seek(&c, 71);
        ret.boot = cursor_u32(&c);
    }
    return ret;
}

/* Years since 1900, ..., and quarters of an hour that it is ahead of UTC. */
static uint64_t time_of(struct span bytes) {
    char text[FILETIME_TEXT];
    uint64_t time = 0;
    const int64_t quarter = (int64_t)15 * 60 * 10000000;
    if (bytes.size < 7 || bytes.data[1] == 0)
        return 0;
    snprintf(text, sizeof text, "%04u-%02u-%02uT%02u:%02u:%02uZ", 1900u + bytes.data[0], bytes.data[1] % 100u,
             bytes.data[2] % 100u, bytes.data[3] % 100u, bytes.data[4] % 100u, bytes.data[5] % 100u);
    if (!filetime_parse(text, &time))
        return 0;
    return time - (uint64_t)((int8_t)bytes.data[6] * quarter);
}

bool iso_record_read(struct span bytes, struct iso_record *ret) {
    struct cursor c = cursor_of(bytes);
    *ret = (struct iso_record){.length = cursor_u8(&c)};
    if (ret->length == 0)
        return !c.torn;
    c = cursor_of(span_part(bytes, 0, ret->length));
    cursor_skip(&c, 1);
    ret->attributes = cursor_u8(&c);
    ret->extent = cursor_u32(&c);
    ret->differs = cursor_u32be(&c) != ret->extent;
    ret->size = cursor_u32(&c);
    ret->differs |= cursor_u32be(&c) != ret->size;
    ret->modified = time_of(cursor_take(&c, 7));
    ret->flags = cursor_u8(&c);
    ret->interleaved = cursor_u8(&c) != 0;
    ret->interleaved |= cursor_u8(&c) != 0;
    cursor_skip(&c, 4);
    size_t size = cursor_u8(&c);
    ret->name = cursor_take(&c, size);
    if (size % 2 == 0 && cursor_left(&c) > 0)
        cursor_skip(&c, 1);
    ret->system = cursor_take(&c, cursor_left(&c));
    return !c.torn && size > 0;
}

/* --- names --- */

/* Bytes before a version, `;1`. */
static size_t without_version(const uint8_t *name, size_t size, size_t unit) {
    size_t at = size - size % unit;
    while (at >= unit && name[at - 1] >= '0' && name[at - 1] <= '9' && (unit == 1 || name[at - 2] == 0))
        at -= unit;
    bool version = at >= unit && at < size && name[at - 1] == ';' && (unit == 1 || name[at - 2] == 0);
    return version && at > unit ? at - unit : size;
}

void iso_name(struct text *text, struct span name, bool joliet) {
    uint8_t swapped[ISO_LONG + 1];
    size_t size = without_version(name.data, name.size, joliet ? 2 : 1);
    if (!joliet) {
        if (size > 1 && name.data[size - 1] == '.' && name.data[size - 2] != '.')
            size--;
        text_from_bytes(text, span_part(name, 0, size));
        return;
    }
    size = span_copy(span_part(name, 0, size), swapped, ISO_LONG - 1);
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint8_t high = swapped[i];
        swapped[i] = swapped[i + 1];
        swapped[i + 1] = high;
    }
    text_from_utf16(text, span_of(swapped, size, name.offset));
}

/* --- Rock Ridge, in the fields of SUSP --- */

static bool is_field(const struct span *field, const char *name) {
    return span_starts(*field, name, 2);
}

static void read_name(struct span field, struct iso_rock *rock, struct text *name) {
    unsigned flags = span_u8(field, 4);
    struct span part = span_from(field, 5);
    if (flags & (NAME_CURRENT | NAME_PARENT) || name->size > ISO_NAME)
        return;
    rock->named = true;
    text_bytes(name, part.data, part.size);
}

static void read_continuation(struct span field, struct iso_rock *rock) {
    struct cursor c = cursor_of(span_from(field, 4));
    rock->next = cursor_u32(&c);
    cursor_skip(&c, 4);
    rock->offset = cursor_u32(&c);
    cursor_skip(&c, 4);
    rock->size = cursor_u32(&c);
    rock->again = field.size >= CONTINUATION;
}

static void read_field(struct span field, struct iso_rock *rock, struct text *name) {
    struct cursor c = cursor_of(span_from(field, 4));
    if (is_field(&field, "NM"))
        read_name(field, rock, name);
    else if (is_field(&field, "CE"))
        read_continuation(field, rock);
    else if (is_field(&field, "PX"))
        rock->mode = cursor_u32(&c);
    else if (is_field(&field, "SL"))
        rock->linked = true;
    else if (is_field(&field, "CL"))
        rock->child = cursor_u32(&c);
    else if (is_field(&field, "RE"))
        rock->relocated = true;
    else if (is_field(&field, "ZF"))
        rock->compressed = true;
}

void iso_rock_read(struct span system, struct iso_rock *rock, struct text *name) {
    struct cursor c = cursor_of(system);
    rock->again = false;
    while (cursor_left(&c) >= 4) {
        size_t size = span_u8(system, c.at + 2);
        struct span field = cursor_take(&c, size);
        if (size < 4 || c.torn || is_field(&field, "ST"))
            return;
        read_field(field, rock, name);
    }
}

bool iso_rock_used(struct span system, unsigned *skip) {
    /* Behind the extended attributes of CD-ROM XA, if there are any. */
    for (unsigned at = 0; at <= 14; at += 14) {
        struct span field = span_part(system, at, 7);
        if (span_starts(field, "SP\x07\x01\xbe\xef", 6)) {
            *skip = span_u8(field, 6);
            return true;
        }
    }
    return false;
}
