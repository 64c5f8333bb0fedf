#include "source/pack_overlay.h"

enum { HEAD = 4096, SECTION = 40, WINDOW = 64 * 1024 };

uint64_t pack_overlay(struct evidence_reader *reader, struct job *job) {
    uint8_t bytes[HEAD];
    size_t want = reader->size < HEAD ? (size_t)reader->size : HEAD;
    struct span head = span_of(bytes, want > 0 ? reader_read(reader, job, 0, bytes, want) : 0, 0);
    struct cursor c = cursor_of(head);
    uint64_t end = 0;
    if (!span_starts(head, "MZ", 2))
        return 0;
    cursor_seek(&c, 0x3c);
    uint32_t at = cursor_u32(&c);
    cursor_seek(&c, at);
    if (cursor_u32(&c) != 0x4550)
        return 0;
    cursor_skip(&c, 2);
    unsigned sections = cursor_u16(&c);
    cursor_skip(&c, 12);
    unsigned optional = cursor_u16(&c);
    cursor_seek(&c, (size_t)at + 24 + optional);
    for (unsigned i = 0; i < sections && !c.torn; i++) {
        cursor_skip(&c, 16);
        uint64_t size = cursor_u32(&c), offset = cursor_u32(&c);
        cursor_skip(&c, SECTION - 24);
        if (!c.torn && size > 0 && offset + size > end)
            end = offset + size;
    }
    return c.torn || end > reader->size ? 0 : end;
}

uint64_t pack_overlay_find(struct evidence_reader *reader, struct job *job, uint64_t from, uint64_t most,
                           const void *magic, size_t size) {
    static uint8_t window[WINDOW];
    uint64_t end = from > reader->size ? from : most < reader->size - from ? from + most : reader->size;
    for (uint64_t at = from; at < end && end - at >= size;) {
        size_t want = end - at < WINDOW ? (size_t)(end - at) : WINDOW;
        size_t got = reader_read(reader, job, at, window, want);
        const uint8_t *found = got >= size ? memmem(window, got, magic, size) : NULL;
        if (found)
            return at + (uint64_t)(found - window);
        if (got < want || at + want == end)
            break;
        at += want - (size - 1);
    }
    return UINT64_MAX;
}
