/* Small images of optical discs by the description in docs/format/iso.md, for tests. Trusts its callers:
 * names fit, a folder's records fit into one sector. */
#ifndef TEST_MAKE_ISO_MADE_H
#define TEST_MAKE_ISO_MADE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ISO_MADE_SECTOR = 2048, ISO_MADE_SECTORS = 320 };

struct iso_made {
    uint8_t bytes[ISO_MADE_SECTORS * ISO_MADE_SECTOR];
    size_t size;
    uint8_t *end; /* where the next record goes */
    bool joliet;
};

static inline void iso_made_both(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = to[7 - i] = (uint8_t)(value >> 8 * i);
}

/* A record of this raw name and system area; returns it. */
static inline uint8_t *iso_made_raw(struct iso_made *iso, const void *name, size_t size, uint32_t extent,
                                    uint32_t bytes, unsigned flags, const void *system, size_t system_size) {
    uint8_t *to = iso->end;
    size_t length = 33 + size + (size % 2 == 0) + system_size;
    length += length % 2;
    memset(to, 0, length);
    to[0] = (uint8_t)length;
    iso_made_both(to + 2, extent);
    iso_made_both(to + 10, bytes);
    memcpy(to + 18, "\x78\x02\x1d\x0c\x22\x1c\0", 7); /* 2020-02-29 12:34:28 */
    to[25] = (uint8_t)flags;
    to[32] = (uint8_t)size;
    memcpy(to + 33, name, size);
    if (system_size > 0)
        memcpy(to + 33 + size + (size % 2 == 0), system, system_size);
    iso->end += length;
    return to;
}

/* A record; the name is ASCII, written as the tree in hand has it. */
static inline uint8_t *iso_made_record(struct iso_made *iso, const char *name, uint32_t extent,
                                       uint32_t bytes, unsigned flags) {
    uint8_t wide[256];
    size_t size = strlen(name);
    if (!iso->joliet)
        return iso_made_raw(iso, name, size, extent, bytes, flags, NULL, 0);
    for (size_t i = 0; i < size; i++) {
        wide[2 * i] = 0;
        wide[2 * i + 1] = (uint8_t)name[i];
    }
    return iso_made_raw(iso, wide, 2 * size, extent, bytes, flags, NULL, 0);
}

/* Begins a folder in this sector, with the records of itself and of its parent. */
static inline void iso_made_folder(struct iso_made *iso, uint32_t sector, uint32_t parent) {
    iso->end = iso->bytes + sector * ISO_MADE_SECTOR;
    memset(iso->end, 0, ISO_MADE_SECTOR);
    iso_made_raw(iso, "\0", 1, sector, ISO_MADE_SECTOR, 2, NULL, 0);
    iso_made_raw(iso, "\1", 1, parent, ISO_MADE_SECTOR, 2, NULL, 0);
}

static inline void iso_made_descriptor(struct iso_made *iso, uint32_t sector, unsigned type, uint32_t root) {
    uint8_t *to = iso->bytes + sector * ISO_MADE_SECTOR;
    to[0] = (uint8_t)type;
    memcpy(to + 1, "CD001\1", 6);
    if (type != 1 && type != 2)
        return;
    memset(to + 40, ' ', 32);
    memcpy(to + 40, "DEMO", 4);
    if (type == 2) {
        memcpy(to + 40, "\0D\0E", 4);
        memcpy(to + 88, "%/E", 3);
    }
    memset(to + 318, ' ', 256);
    iso_made_both(to + 80, ISO_MADE_SECTORS);
    to[128] = to[131] = 0;
    to[129] = to[130] = 8;
    iso->end = to + 156;
    iso_made_raw(iso, "\0", 1, root, ISO_MADE_SECTOR, 2, NULL, 0);
}

/* Everything zero but a primary descriptor with its root in sector 20 and an end mark; `joliet`: with one of
 * Joliet, too, whose root is in sector 30. */
static inline void iso_made_begin(struct iso_made *iso, bool joliet) {
    memset(iso, 0, sizeof *iso);
    iso->size = sizeof iso->bytes;
    iso_made_descriptor(iso, 16, 1, 20);
    if (joliet)
        iso_made_descriptor(iso, 17, 2, 30);
    iso_made_descriptor(iso, joliet ? 18 : 17, 255, 0);
    for (size_t i = 40 * ISO_MADE_SECTOR; i < iso->size; i++)
        iso->bytes[i] = (uint8_t)(i * i >> 7);
}

#endif
