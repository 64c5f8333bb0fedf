#include "store/rows.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

static const char *const kinds[STORE_KINDS] = {"image",     "driver",    "service",
                                               "autostart", "execution", "software"};

static const char *const areas[] = {
#define AREA(prefix) prefix,
#include "store/areas.def"
#undef AREA
    "/"};
_Static_assert(sizeof areas / sizeof areas[0] == ROWS_AREAS, "as many as the list has, and the rest");

unsigned rows_area_of(const char *path) {
    for (unsigned i = 0; i + 1 < ROWS_AREAS; i++) {
        size_t size = strlen(areas[i]);
        if (strncmp(path, areas[i], size) == 0 && path[size] == '/')
            return i;
    }
    return ROWS_AREAS - 1;
}

const char *rows_area(unsigned area) {
    return area < ROWS_AREAS ? areas[area] : NULL;
}

const char *rows_kind_word(enum store_kind kind) {
    return (unsigned)kind < STORE_KINDS ? kinds[kind] : "?";
}

static uint64_t id_of(const struct text *text) {
    uint8_t d[DIGEST_MAX];
    uint64_t id = 0;
    digest_once(DIGEST_SHA256, span_of(text_string(text), text->size, 0), d);
    for (int i = 0; i < 8; i++)
        id = id << 8 | d[i];
    id &= INT64_MAX;
    return id ? id : 1;
}

uint64_t rows_thing_id(const struct store_thing *t) {
    struct text all = {0};
    const char *const parts[] = {rows_kind_word(t->kind),
                                 t->path,
                                 t->name,
                                 t->sha256,
                                 t->authentihash,
                                 t->signer,
                                 t->exports,
                                 t->version,
                                 t->product};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        text_bytes(&all, parts[i], strlen(parts[i]) + 1);
    uint64_t id = id_of(&all);
    text_free(&all);
    return id;
}

uint64_t rows_id(const char *kind, const char *text) {
    struct text all = {0};
    text_bytes(&all, kind, strlen(kind) + 1);
    text_add(&all, text);
    uint64_t id = id_of(&all);
    text_free(&all);
    return id;
}
