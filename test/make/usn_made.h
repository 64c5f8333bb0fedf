/* Hand-made records of a change journal, for tests and generators: one after the other, as NTFS lays them
 * down, with the unused end of each page left as zeros. */
#ifndef TEST_USN_MADE_H
#define TEST_USN_MADE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { USN_MADE_PAGE = 4096, USN_MADE_NAME = 255 };

struct usn_made {
    uint8_t *bytes; /* zeroed by the caller */
    size_t size;
    size_t at;     /* where the next record goes */
    uint64_t base; /* the USN of bytes[0], a multiple of 8 */
    uint64_t time;
    uint32_t attributes; /* of the next record; 0 stands for FILE_ATTRIBUTE_ARCHIVE */
};

static inline void usn_made_put(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* Room for a record of `size` bytes, rounded up to 8, in one page; NULL if the buffer is full. */
static inline uint8_t *usn_made_room(struct usn_made *made, size_t size) {
    size = (size + 7) / 8 * 8;
    size_t in_page = (size_t)((made->base + made->at) % USN_MADE_PAGE);
    if (in_page + size > USN_MADE_PAGE)
        made->at += USN_MADE_PAGE - in_page;
    if (made->at > made->size || size > made->size - made->at)
        return NULL;
    uint8_t *record = made->bytes + made->at;
    usn_made_put(record, size, 4);
    made->at += size;
    return record;
}

/* Version 2 or 3. The USN is base + place; `time` counts on. False if the buffer is full. */
static inline bool usn_made_add(struct usn_made *made, int major, uint64_t file, uint64_t parent,
                                uint32_t reason, const char *name) {
    size_t units = strlen(name), head = major == 3 ? 76 : 60;
    uint8_t *record = usn_made_room(made, head + 2 * units), *p = record;
    if (!record)
        return false;
    usn_made_put(p + 4, (uint64_t)major, 2);
    p += 8;
    int wide = major == 3 ? 16 : 8;
    usn_made_put(p, file, 8);
    usn_made_put(p + wide, parent, 8);
    p += 2 * wide;
    usn_made_put(p, made->base + (uint64_t)(record - made->bytes), 8);
    usn_made_put(p + 8, made->time, 8);
    usn_made_put(p + 16, reason, 4);
    usn_made_put(p + 28, made->attributes ? made->attributes : 0x20, 4);
    usn_made_put(p + 32, 2 * units, 2);
    usn_made_put(p + 34, head, 2);
    for (size_t i = 0; i < units; i++)
        usn_made_put(record + head + 2 * i, (uint8_t)name[i], 2);
    made->time += 10000;
    return true;
}

/* Version 4 with `count` extents of 16 bytes at offset i * 65536, 4096 bytes each. */
static inline bool usn_made_ranges(struct usn_made *made, uint64_t file, uint64_t parent, uint32_t reason,
                                   uint16_t count, uint32_t remaining) {
    uint8_t *record = usn_made_room(made, 64 + 16u * count);
    if (!record)
        return false;
    usn_made_put(record + 4, 4, 2);
    usn_made_put(record + 8, file, 8);
    usn_made_put(record + 24, parent, 8);
    usn_made_put(record + 40, made->base + (uint64_t)(record - made->bytes), 8);
    usn_made_put(record + 48, reason, 4);
    usn_made_put(record + 56, remaining, 4);
    usn_made_put(record + 60, count, 2);
    usn_made_put(record + 62, 16, 2);
    for (unsigned i = 0; i < count; i++) {
        usn_made_put(record + 64 + 16 * i, 65536u * i, 8);
        usn_made_put(record + 72 + 16 * i, 4096, 8);
    }
    return true;
}

#endif
