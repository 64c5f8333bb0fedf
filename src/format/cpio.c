#include "format/cpio.h"

enum { NEW_HEAD = 110, OLD_HEAD = 76, BINARY_HEAD = 26 };

enum cpio_kind cpio_sniff(struct span bytes) {
    if (span_starts(bytes, "070701", CPIO_MAGIC))
        return CPIO_NEW;
    if (span_starts(bytes, "070702", CPIO_MAGIC))
        return CPIO_SUMMED;
    if (span_starts(bytes, "07070X", CPIO_MAGIC))
        return CPIO_STRIPPED;
    if (span_starts(bytes, "070707", CPIO_MAGIC))
        return CPIO_OLD;
    if (span_starts(bytes, "\xc7\x71", 2))
        return CPIO_BINARY;
    return span_starts(bytes, "\x71\xc7", 2) ? CPIO_BINARY_BIG : CPIO_NONE;
}

size_t cpio_head_size(enum cpio_kind kind) {
    switch (kind) {
    case CPIO_NEW:
    case CPIO_SUMMED:
        return NEW_HEAD;
    case CPIO_OLD:
        return OLD_HEAD;
    case CPIO_BINARY:
    case CPIO_BINARY_BIG:
        return BINARY_HEAD;
    case CPIO_NONE:
    case CPIO_STRIPPED:
        break;
    }
    return 0;
}

/* The next `size` digits of a base of 8 or 16; tears the cursor where there are others. */
static uint64_t digits(struct cursor *c, size_t size, unsigned base) {
    struct span text = cursor_take(c, size);
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t letter = text.data[i];
        unsigned digit = letter >= '0' && letter <= '9'   ? letter - '0' + 0u
                         : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10u
                         : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10u
                                                          : base;
        if (digit >= base)
            c->torn = true;
        value = value * base + digit;
    }
    return value;
}

static void read_new(struct cursor *c, struct cpio_entry *ret) {
    ret->inode = digits(c, 8, 16);
    ret->mode = (uint32_t)digits(c, 8, 16);
    cursor_skip(c, 16);
    ret->links = (uint32_t)digits(c, 8, 16);
    ret->modified = (uint32_t)digits(c, 8, 16);
    ret->size = digits(c, 8, 16);
    cursor_skip(c, 32);
    ret->name_size = (uint32_t)digits(c, 8, 16);
    ret->sum = (uint32_t)digits(c, 8, 16);
}

static void read_old(struct cursor *c, struct cpio_entry *ret) {
    cursor_skip(c, 6);
    ret->inode = digits(c, 6, 8);
    ret->mode = (uint32_t)digits(c, 6, 8);
    cursor_skip(c, 12);
    ret->links = (uint32_t)digits(c, 6, 8);
    cursor_skip(c, 6);
    ret->modified = (uint32_t)digits(c, 11, 8);
    ret->name_size = (uint32_t)digits(c, 6, 8);
    ret->size = digits(c, 11, 8);
}

static uint32_t half(struct cursor *c, bool big) {
    return big ? cursor_u16be(c) : cursor_u16(c);
}

/* Two halves, the higher one first whatever the order of bytes. */
static uint32_t whole(struct cursor *c, bool big) {
    uint32_t high = half(c, big);
    return high << 16 | half(c, big);
}

static void read_binary(struct cursor *c, bool big, struct cpio_entry *ret) {
    cursor_skip(c, 2);
    ret->inode = half(c, big);
    ret->mode = half(c, big);
    cursor_skip(c, 4);
    ret->links = half(c, big);
    cursor_skip(c, 2);
    ret->modified = whole(c, big);
    ret->name_size = half(c, big);
    ret->size = whole(c, big);
}

bool cpio_read(enum cpio_kind kind, struct span head, struct cpio_entry *ret) {
    struct cursor c = cursor_of(head);
    bool binary = kind == CPIO_BINARY || kind == CPIO_BINARY_BIG;
    *ret = (struct cpio_entry){0};
    if (cpio_head_size(kind) == 0 || cpio_sniff(head) != kind)
        return false;
    cursor_skip(&c, binary ? 2 : CPIO_MAGIC);
    if (binary)
        read_binary(&c, kind == CPIO_BINARY_BIG, ret);
    else if (kind == CPIO_OLD)
        read_old(&c, ret);
    else
        read_new(&c, ret);
    return !c.torn && ret->name_size > 0 && ret->name_size <= CPIO_NAME;
}

static unsigned padding(enum cpio_kind kind, uint64_t size) {
    unsigned unit = kind == CPIO_OLD ? 1 : kind == CPIO_BINARY || kind == CPIO_BINARY_BIG ? 2 : 4;
    return (unsigned)((unit - size % unit) % unit);
}

unsigned cpio_name_padding(enum cpio_kind kind, const struct cpio_entry *entry) {
    return padding(kind, cpio_head_size(kind) + entry->name_size);
}

unsigned cpio_data_padding(enum cpio_kind kind, const struct cpio_entry *entry) {
    return padding(kind, entry->size);
}
