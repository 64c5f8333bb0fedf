/* Bundles of WiX (Burn) for tests: a stub of headers with the section, the user interface's cabinet, and
 * others, as docs/format/burn.md has them. Trusts its callers. */
#ifndef TEST_MAKE_BURN_MADE_H
#define TEST_MAKE_BURN_MADE_H

#include "make/cab_made.h"

enum { BURN_MADE_STUB = 1024, BURN_MADE_SECTION = 512, BURN_MADE_CONTAINERS = 4 };

struct burn_made {
    uint32_t version, format; /* 0: 2 and 1 */
    bool wide;                /* PE32+ */
    size_t engine_signature;  /* bytes of a signature behind the first container; 0 none */
    size_t last_signature;    /* behind all */
    const uint8_t *containers[BURN_MADE_CONTAINERS];
    size_t sizes[BURN_MADE_CONTAINERS];
    size_t count;
};

static inline void burn_made_number(uint8_t *to, size_t at, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        to[at + i] = (uint8_t)(value >> 8 * i);
}

/* Headers of a program with two sections, of which the second is the bundle's. */
static inline void burn_made_headers(const struct burn_made *burn, uint8_t *to) {
    size_t optional = burn->wide ? 0xf0 : 0xe0, sections = 0x40 + 24 + optional;
    memcpy(to, "MZ", 2);
    burn_made_number(to, 0x3c, 0x40, 4);
    memcpy(to + 0x40, "PE\0\0", 4);
    burn_made_number(to, 0x44, burn->wide ? 0x8664 : 0x14c, 2);
    burn_made_number(to, 0x46, 2, 2);
    burn_made_number(to, 0x54, optional, 2);
    burn_made_number(to, 0x58, burn->wide ? 0x20b : 0x10b, 2);
    memcpy(to + sections, ".text", 5);
    memcpy(to + sections + 40, ".wixburn", 8);
    burn_made_number(to, sections + 40 + 8, 48 + 4 * burn->count, 4);
    burn_made_number(to, sections + 40 + 16, BURN_MADE_SECTION, 4);
    burn_made_number(to, sections + 40 + 20, BURN_MADE_STUB - BURN_MADE_SECTION, 4);
}

static inline void burn_made_section(const struct burn_made *burn, uint8_t *to, size_t engine) {
    burn_made_number(to, 0, 0xf14300, 4);
    burn_made_number(to, 4, burn->version ? burn->version : 2, 4);
    memset(to + 8, 0x11, 16);
    burn_made_number(to, 24, BURN_MADE_STUB, 4);
    if (burn->engine_signature > 0) {
        burn_made_number(to, 28, 0x1234, 4);
        burn_made_number(to, 32, engine, 4);
        burn_made_number(to, 36, burn->engine_signature, 4);
    }
    burn_made_number(to, 40, burn->format ? burn->format : 1, 4);
    burn_made_number(to, 44, burn->count, 4);
    for (size_t i = 0; i < burn->count; i++)
        burn_made_number(to, 48 + 4 * i, burn->sizes[i], 4);
}

/* The caller frees it. */
static inline uint8_t *burn_made_all(const struct burn_made *burn, size_t *size) {
    size_t at = BURN_MADE_STUB, all = BURN_MADE_STUB + burn->engine_signature + burn->last_signature;
    for (size_t i = 0; i < burn->count; i++)
        all += burn->sizes[i];
    uint8_t *to = calloc(1, all);
    if (!to)
        exit(2);
    burn_made_headers(burn, to);
    for (size_t i = 0; i < burn->count; i++) {
        if (burn->sizes[i] > 0)
            memcpy(to + at, burn->containers[i], burn->sizes[i]);
        at += burn->sizes[i];
        if (i > 0)
            continue;
        burn_made_section(burn, to + BURN_MADE_STUB - BURN_MADE_SECTION, at);
        memset(to + at, 's', burn->engine_signature);
        at += burn->engine_signature;
    }
    if (burn->last_signature > 0) {
        size_t directory = 0x40 + 24 + (burn->wide ? 144 : 128);
        memset(to + at, 't', burn->last_signature);
        burn_made_number(to, directory, at, 4);
        burn_made_number(to, directory + 4, burn->last_signature, 4);
    }
    *size = all;
    return to;
}

/* A cabinet of these files; the caller frees it. */
static inline uint8_t *burn_made_cabinet(const struct cab_made_file *files, size_t count, unsigned method,
                                         size_t *size) {
    struct cab_made cab = {.files = files, .count = count, .method = method};
    uint8_t *bytes;
    if (method == CAB_MADE_LZX) {
        cab.window = 16;
        cab.kind = PACK_LZX_MIXED;
        cab.block = 60000;
        cab.calls = 12000000;
    }
    *size = cab_made_all(&cab, &bytes);
    cab_made_free(&cab);
    return bytes;
}

#endif
