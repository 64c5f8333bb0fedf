#include "format/container.h"

#include "base/text.h"

struct magic {
    uint32_t offset;
    uint8_t size;
    const char *bytes;
    enum container_format format;
    const char *name;
};

static const struct magic heads[] = {
    {0, 8, "EVF\x09\x0d\x0a\xff\x00", CONTAINER_EWF, "E01"},
    {0, 4, "KDMV", CONTAINER_VMDK, "VMDK"},
    {0, 21, "# Disk DescriptorFile", CONTAINER_VMDK_TEXT, "VMDK"},
    {0, 8, "vhdxfile", CONTAINER_VHDX, "VHDX"},
    {0, 8, "conectix", CONTAINER_VHD, "VHD"},
    {0, 4, "QFI\xfb", CONTAINER_QCOW, "QCOW2"},
    {64, 4, "\x7f\x10\xda\xbe", CONTAINER_REFUSED, "VDI"},
    {0, 8, "EVF2\x0d\x0a\x81\x00", CONTAINER_REFUSED, "Ex01"},
    {0, 8, "LVF\x09\x0d\x0a\xff\x00", CONTAINER_REFUSED, "L01"},
    {0, 8, "LEF2\x0d\x0a\x81\x00", CONTAINER_REFUSED, "Lx01"},
    {0, 7, "AFF10\x0d\x0a", CONTAINER_REFUSED, "AFF"},
    {0, 4, "AFFD", CONTAINER_REFUSED, "AFFD"},
    {0, 4, "COWD", CONTAINER_REFUSED, "VMDK (COWD)"},
    {0, 8, "\xbe\xba\xfe\xca\0\0\0\0", CONTAINER_REFUSED, "VMDK (SESparse)"},
    {0, 16, "WithoutFreeSpace", CONTAINER_REFUSED, "Parallels HDD"},
    {0, 16, "WithouFreSpacExt", CONTAINER_REFUSED, "Parallels HDD"},
    {0, 8, "MSWIM\0\0\0", CONTAINER_REFUSED, "WIM"},
    {0, 4, "QED\0", CONTAINER_REFUSED, "QED"},
};

/* AFF4 is a ZIP archive; writers put one of these members first, and the volume's name into the comment. */
static bool is_aff4(struct span head, struct span tail) {
    static const char *const members[] = {"container.description", "information.turtle"};
    if (!span_starts(head, "PK\x03\x04", 4))
        return false;
    struct cursor c = cursor_of(span_from(head, 26));
    uint16_t length = cursor_u16(&c);
    struct span name = span_part(head, 30, length);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (name.size == strlen(members[i]) && span_starts(name, members[i], name.size))
            return true;
    for (size_t at = 0; span_holds(tail, at, 29); at++)
        if (tail.data[at] == 'P' && span_starts(span_from(tail, at), "PK\x05\x06", 4) &&
            span_starts(span_from(tail, at + 22), "aff4://", 7))
            return true;
    return false;
}

struct container_kind container_sniff(struct span head, struct span tail) {
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (span_starts(span_from(head, heads[i].offset), heads[i].bytes, heads[i].size))
            return (struct container_kind){heads[i].format, heads[i].name};
    if (is_aff4(head, tail))
        return (struct container_kind){CONTAINER_REFUSED, "AFF4"};
    struct span last = tail.size >= 512 ? span_from(tail, tail.size - 512) : span_part(tail, tail.size, 0);
    if (span_starts(last, "conectix", 8))
        return (struct container_kind){CONTAINER_VHD, "VHD"};
    if (span_starts(last, "koly", 4))
        return (struct container_kind){CONTAINER_REFUSED, "DMG"};
    return (struct container_kind){CONTAINER_NONE, "raw"};
}

uint32_t container_adler(struct span bytes) {
    enum { PRIME = 65521, RUN = 5552 }; /* so many bytes can be added before the sums leave 32 bits */
    uint32_t a = 1, b = 0;
    for (size_t at = 0; at < bytes.size;) {
        size_t end = bytes.size - at < RUN ? bytes.size : at + RUN;
        for (; at < end; at++) {
            a += bytes.data[at];
            b += a;
        }
        a %= PRIME;
        b %= PRIME;
    }
    return b << 16 | a;
}

bool container_base(const char *path, size_t size, char ret[CONTAINER_NAME]) {
    size_t start = 0;
    ret[0] = 0;
    for (size_t i = 0; i < size; i++)
        if (path[i] == '/' || path[i] == '\\')
            start = i + 1;
    const char *name = path + start;
    size_t length = size - start;
    bool dots = length > 0 && length <= 2 && name[0] == '.' && name[length - 1] == '.';
    if (length == 0 || length >= CONTAINER_NAME || dots || !text_valid(name, length))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return false;
    span_copy(span_of(name, length, 0), ret, length);
    ret[length] = 0;
    return true;
}

static unsigned unit_at(struct span utf16, size_t index, bool big) {
    struct cursor c = cursor_of(span_from(utf16, 2 * index));
    return big ? cursor_u16be(&c) : cursor_u16(&c);
}

/* One code point at `*at`; U+FFFD for what is none. */
static uint32_t point_at(struct span utf16, size_t *at, size_t end, bool big) {
    unsigned unit = unit_at(utf16, (*at)++, big);
    if (unit < 0xd800 || unit > 0xdfff)
        return unit;
    unsigned low = *at < end ? unit_at(utf16, *at, big) : 0;
    if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return 0xfffd;
    (*at)++;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

static size_t put_utf8(uint32_t point, char *to) {
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; point >>= 6)
        to[i] = (char)(0x80 | (point & 0x3f));
    to[0] = (char)(size == 1 ? point : leads[size] | point);
    return size;
}

bool container_base_utf16(struct span path, bool big, char ret[CONTAINER_NAME]) {
    char utf8[CONTAINER_NAME * 3];
    size_t end = 0, start = 0, size = 0;
    for (; end < path.size / 2 && unit_at(path, end, big) != 0; end++)
        if (unit_at(path, end, big) == '\\' || unit_at(path, end, big) == '/')
            start = end + 1;
    ret[0] = 0;
    if (end - start >= CONTAINER_NAME)
        return false;
    for (size_t at = start; at < end;)
        size += put_utf8(point_at(path, &at, end, big), utf8 + size);
    return container_base(utf8, size, ret);
}
