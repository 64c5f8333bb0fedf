#include "format/rpm.h"

enum { TYPE_STRING = 6, TYPE_STRINGS = 8, TYPE_TRANSLATED = 9 };

bool rpm_is(struct span head) {
    return head.size >= RPM_LEAD && span_starts(head, "\xed\xab\xee\xdb", 4) &&
           (head.data[4] == 3 || head.data[4] == 4);
}

uint64_t rpm_header_size(struct span intro) {
    struct cursor c = cursor_of(intro);
    if (!span_starts(intro, "\x8e\xad\xe8\x01", 4))
        return 0;
    cursor_skip(&c, 8);
    uint32_t rows = cursor_u32be(&c), store = cursor_u32be(&c);
    return c.torn || rows > RPM_ROWS ? 0 : RPM_INTRO + (uint64_t)rows * RPM_INDEX + store;
}

bool rpm_header_read(struct span bytes, struct rpm_header *ret) {
    struct cursor c = cursor_of(bytes);
    if (rpm_header_size(bytes) == 0)
        return false;
    cursor_skip(&c, 8);
    uint32_t rows = cursor_u32be(&c), store = cursor_u32be(&c);
    ret->index = cursor_take(&c, (uint64_t)rows * RPM_INDEX);
    ret->store = cursor_take(&c, store);
    return !c.torn;
}

struct span rpm_text(const struct rpm_header *header, enum rpm_tag tag) {
    struct cursor c = cursor_of(header->index);
    while (cursor_left(&c) >= RPM_INDEX) {
        uint32_t found = cursor_u32be(&c), type = cursor_u32be(&c), at = cursor_u32be(&c);
        cursor_skip(&c, 4);
        if (found != tag || (type != TYPE_STRING && type != TYPE_STRINGS && type != TYPE_TRANSLATED))
            continue;
        struct span text = span_from(header->store, at);
        const uint8_t *end = text.size > 0 ? memchr(text.data, 0, text.size) : NULL;
        return span_part(text, 0, end ? (uint64_t)(end - text.data) : 0);
    }
    return span_from(header->store, header->store.size);
}
