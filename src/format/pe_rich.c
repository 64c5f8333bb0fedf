#include "format/pe_rich.h"

/* As dwords: "DanS" and three zeros, then pairs, all XORed with the key; "Rich" and the key in the clear. */
enum { DANS = 0x536e6144, RICH = 0x68636952, PAIR = 8, PAIRS_AT = 16, DOS_SIZE = 64, LFANEW = 0x3c };

static uint32_t u32_at(struct span bytes, uint64_t at) {
    struct cursor cursor = cursor_of(span_part(bytes, at, 4));
    return cursor_u32(&cursor);
}

static uint32_t rotate(uint32_t value, uint32_t by) {
    by &= 31;
    return by ? value << by | value >> (32 - by) : value;
}

/* The checksum that link.exe writes as the key. */
static uint32_t checksum(struct span stub, struct span pairs, uint32_t key) {
    uint32_t sum = (uint32_t)stub.size;
    for (uint32_t i = 0; i < stub.size; i++)
        if (i < LFANEW || i >= LFANEW + 4)
            sum += rotate(span_u8(stub, i), i);
    struct cursor cursor = cursor_of(pairs);
    while (cursor_left(&cursor) >= PAIR) {
        uint32_t id = cursor_u32(&cursor) ^ key;
        sum += rotate(id, cursor_u32(&cursor) ^ key);
    }
    return sum;
}

static bool read_pairs(struct pe_image *image, struct span pairs, uint32_t key) {
    struct pe_rich *rich = &image->pe->rich;
    size_t count = pairs.size / PAIR;
    if (count > PE_RICH_ENTRIES) {
        job_note(image->job, FAULT_LIMIT, pairs.offset, "more Rich header entries than are read");
        count = PE_RICH_ENTRIES;
    }
    struct pe_rich_entry *entries = job_alloc(image->job, count, sizeof *entries);
    if (!entries)
        return false;
    struct cursor cursor = cursor_of(pairs);
    for (size_t i = 0; i < count; i++) {
        uint32_t id = cursor_u32(&cursor) ^ key;
        entries[i] = (struct pe_rich_entry){(uint16_t)id, (uint16_t)(id >> 16), cursor_u32(&cursor) ^ key};
    }
    rich->entries = entries;
    rich->count = count;
    return true;
}

bool pe_rich_decode(struct pe_image *image) {
    struct pe_rich *rich = &image->pe->rich;
    struct span stub = span_part(image->bytes, 0, image->pe->header);
    uint64_t end = DOS_SIZE, start;
    while (end + 8 <= stub.size && u32_at(stub, end) != RICH)
        end += 4;
    if (end + 8 > stub.size)
        return true;
    uint32_t key = u32_at(stub, end + 4);
    for (start = end; start >= DOS_SIZE && (u32_at(stub, start) ^ key) != DANS;)
        start -= 4;
    if (start < DOS_SIZE || end - start < PAIRS_AT) {
        job_note(image->job, FAULT_BAD, end, "a Rich header has an end but no start");
        return true;
    }
    struct span pairs = span_part(stub, start + PAIRS_AT, end - start - PAIRS_AT);
    rich->present = true;
    rich->key = key;
    rich->offset = start;
    rich->size = end + 8 - start;
    rich->valid = pairs.size % PAIR == 0 && checksum(span_part(stub, 0, start), pairs, key) == key;
    return read_pairs(image, pairs, key);
}
