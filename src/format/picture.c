#include "format/picture.h"

enum {
    ICON_HEADER = 6,
    ICON_ENTRY = 16,
    ICON_SHARED = 8,
    GIF_IMAGE = 0x2c,
    GIF_EXTENSION = 0x21,
    GIF_END = 0x3b
};

static const uint8_t png_head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

/* An icon has a reserved zero, a type and a number of images; the first entry's reserved byte is zero, too,
 * and its image lies behind the entries. */
static bool is_icon(struct span head) {
    struct cursor c = cursor_of(head);
    unsigned reserved = cursor_u16(&c), type = cursor_u16(&c), count = cursor_u16(&c);
    cursor_skip(&c, 3);
    unsigned also_reserved = cursor_u8(&c);
    return !c.torn && reserved == 0 && (type == 1 || type == 2) && count > 0 && count <= PICTURE_IMAGES &&
           also_reserved == 0;
}

enum picture picture_sniff(struct span head) {
    if (span_starts(head, png_head, sizeof png_head))
        return PICTURE_PNG;
    if (span_starts(head, "GIF87a", 6) || span_starts(head, "GIF89a", 6))
        return PICTURE_GIF;
    if (span_starts(head, "BM", 2) && span_is_zero(span_part(head, 6, 4)) && head.size >= 14)
        return PICTURE_BMP;
    return is_icon(head) ? PICTURE_ICON : PICTURE_NONE;
}

/* Chunks up to IEND: length, type, data, CRC. */
static bool png_end(struct span bytes, size_t *ret) {
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, sizeof png_head);
    while (!c.torn) {
        uint32_t size = cursor_u32be(&c);
        struct span type = cursor_take(&c, 4);
        cursor_skip(&c, (uint64_t)size + 4);
        if (!c.torn && span_starts(type, "IEND", 4)) {
            *ret = c.at;
            return true;
        }
    }
    return false;
}

/* The furthest end of an image. One that is a PNG may claim more than it is: it is asked itself. Entries may
 * share an image, but not so often that walking them would cost more than the file is worth. */
static bool icon_end(struct span bytes, size_t *ret) {
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 4);
    unsigned count = cursor_u16(&c);
    uint64_t walked = 0, most = (uint64_t)bytes.size * ICON_SHARED;
    size_t end = ICON_HEADER + (size_t)count * ICON_ENTRY;
    for (unsigned i = 0; i < count; i++) {
        cursor_skip(&c, 8);
        uint32_t size = cursor_u32(&c), offset = cursor_u32(&c);
        walked += size;
        if (c.torn || !span_holds(bytes, offset, size) || size == 0 || walked > most)
            return false;
        struct span image = span_part(bytes, offset, size);
        size_t used = size;
        bool png = span_starts(image, png_head, sizeof png_head);
        if (png ? !png_end(image, &used) : !span_starts(image, "\x28\0\0", 4)) /* or BITMAPINFOHEADER */
            return false;
        if (offset + used > end)
            end = offset + used;
    }
    *ret = end;
    return end <= bytes.size;
}

static void gif_blocks(struct cursor *c) {
    for (unsigned size = 1; size > 0 && !c->torn;) {
        size = cursor_u8(c);
        cursor_skip(c, size);
    }
}

static void gif_colors(struct cursor *c, unsigned flags) {
    if (flags & 0x80)
        cursor_skip(c, (uint64_t)3 << ((flags & 7) + 1));
}

static bool gif_end(struct span bytes, size_t *ret) {
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 10);
    unsigned flags = cursor_u8(&c);
    cursor_skip(&c, 2);
    gif_colors(&c, flags);
    while (!c.torn) {
        unsigned kind = cursor_u8(&c);
        if (c.torn || (kind != GIF_IMAGE && kind != GIF_EXTENSION && kind != GIF_END))
            return false;
        if (kind == GIF_END) {
            *ret = c.at;
            return true;
        }
        if (kind == GIF_IMAGE) {
            cursor_skip(&c, 8);
            gif_colors(&c, cursor_u8(&c));
        }
        cursor_skip(&c, 1); /* size of codes, or label */
        gif_blocks(&c);
    }
    return false;
}

static bool bmp_end(struct span bytes, size_t *ret) {
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 2);
    uint32_t size = cursor_u32(&c);
    if (c.torn || size < 26 || size > bytes.size)
        return false;
    *ret = size;
    return true;
}

bool picture_end(enum picture picture, struct span bytes, size_t *ret) {
    switch (picture) {
    case PICTURE_ICON:
        return icon_end(bytes, ret);
    case PICTURE_PNG:
        return png_end(bytes, ret);
    case PICTURE_GIF:
        return gif_end(bytes, ret);
    case PICTURE_BMP:
        return bmp_end(bytes, ret);
    case PICTURE_NONE:
        break;
    }
    return false;
}

const char *picture_word(enum picture picture) {
    static const char *const words[] = {"none", "icon", "png", "gif", "bmp"};
    return (unsigned)picture <= PICTURE_BMP ? words[picture] : "?";
}
