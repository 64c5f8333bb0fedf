#include "store/singled_looked.h"

#include <string.h>

enum {
    ANYWHERE,
    HIVE_SYSTEM,
    HIVE_SOFTWARE,
    AREA, /* the first */
    ALL = (1 << SINGLED_LOOKED_PLACES) - 1,
    TOLD = 1 << SINGLED_LOOKED_PLACES /* something was said of the host */
};

_Static_assert(AREA + ROWS_AREAS == SINGLED_LOOKED_PLACES, "what is before them is counted");

/* What was collected completely, with all that is below it; of what was not, rows say each area. */
static bool covers(const char *prefix, bool complete, const char *place) {
    size_t size = strlen(prefix);
    return strncmp(place, prefix, size) == 0 && (place[size] == 0 || (complete && place[size] == '/'));
}

void singled_looked_add(uint32_t *bits, const char *prefix, bool complete) {
    *bits |= TOLD | 1 << ANYWHERE;
    if (!prefix[0]) {
        *bits |= complete ? ALL : 0;
        return;
    }
    *bits |= covers(prefix, complete, ROWS_HIVE_SYSTEM) ? 1 << HIVE_SYSTEM : 0;
    *bits |= covers(prefix, complete, ROWS_HIVE_SOFTWARE) ? 1 << HIVE_SOFTWARE : 0;
    for (unsigned i = 0; i < ROWS_AREAS; i++)
        if (covers(prefix, complete, rows_area(i)))
            *bits |= UINT32_C(1) << (AREA + i);
}

uint32_t singled_looked_done(uint32_t bits) {
    return bits & TOLD ? bits & ALL : ALL;
}

static uint32_t bits_at(const uint32_t *bits, size_t host, size_t stride) {
    uint32_t value;
    memcpy(&value, (const char *)bits + host * stride, sizeof value);
    return value;
}

void singled_looked_count(struct singled_looked *ret, const uint32_t *bits, size_t hosts, size_t stride) {
    bool differ[SINGLED_LOOKED_PLACES][SINGLED_LOOKED_PLACES] = {{false}};
    *ret = (struct singled_looked){.hosts = {0}};
    for (size_t host = 0; host < hosts; host++) {
        uint32_t of = bits_at(bits, host, stride);
        for (unsigned a = 0; a < SINGLED_LOOKED_PLACES; a++) {
            ret->hosts[a] += of >> a & 1;
            for (unsigned b = 0; b < a; b++)
                differ[a][b] = differ[a][b] || (of >> a & 1) != (of >> b & 1);
        }
    }
    for (unsigned a = 0; a < SINGLED_LOOKED_PLACES; a++) {
        unsigned b = 0;
        while (b < a && differ[a][b])
            b++;
        ret->same[a] = (uint8_t)b;
    }
}

unsigned singled_looked_place(enum store_kind kind, const char *path) {
    switch (kind) {
    case STORE_SERVICE:
        return HIVE_SYSTEM;
    case STORE_SOFTWARE:
    case STORE_AUTOSTART:
        return HIVE_SOFTWARE;
    case STORE_IMAGE:
    case STORE_DRIVER:
        return path[0] ? AREA + rows_area_of(path) : ANYWHERE;
    default:
        return ANYWHERE;
    }
}
