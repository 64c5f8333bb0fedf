#include "format/api.h"

#include "format/inflate.h"

#include <stdlib.h>

static const struct api_name names[] = {
#define API(class, library, name, forms, source) {API_##class, library, name, forms, source},
#define API_LIBRARY(class, library, source)
#include "format/api.def"
#undef API
#undef API_LIBRARY
#define API(class, library, name, forms, source)
#define API_LIBRARY(class, library, source) {API_##class, library, NULL, API_ONE, source},
#include "format/api.def"
#undef API
#undef API_LIBRARY
};

enum { COUNT = sizeof names / sizeof names[0] };

static const struct api_name *sorted[COUNT];
static size_t named; /* how many are sorted; 0: not yet */

size_t api_count(void) {
    return COUNT;
}

const struct api_name *api_at(size_t at) {
    return at < COUNT ? &names[at] : NULL;
}

const char *api_class_word(enum api_class class) {
    static const char *const words[] = {"network",    "injection", "persistence", "service",
                                        "credential", "crypto",    "driver",      "anti-analysis",
                                        "capture",    "execution", "privilege",   "loading"};
    return (unsigned)class < API_CLASSES ? words[class] : "?";
}

static int by_name(const void *a, const void *b) {
    const struct api_name *x = *(const struct api_name *const *)a, *y = *(const struct api_name *const *)b;
    return strcmp(x->name, y->name);
}

static void sort(void) {
    for (size_t i = 0; i < COUNT && names[i].name; i++)
        sorted[named++] = &names[i];
    qsort(sorted, named, sizeof sorted[0], by_name);
}

static const struct api_name *find(const char *name, size_t size) {
    size_t low = 0, high = named;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *other = sorted[middle]->name;
        int order = strncmp(other, name, size);
        if (order == 0 && other[size] == 0)
            return sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct api_name *api_find(const char *name, size_t size) {
    if (named == 0)
        sort();
    if (size == 0 || size >= API_LONGEST)
        return NULL;
    const struct api_name *found = find(name, size);
    if (found)
        return found;
    found = name[size - 1] == 'A' || name[size - 1] == 'W' ? find(name, size - 1) : NULL;
    return found && found->forms == API_BOTH ? found : NULL;
}

static uint32_t ror13(uint32_t hash, uint8_t byte) {
    return (hash >> 13 | hash << 19) + byte;
}

uint32_t api_hash(enum api_hash kind, const char *name, size_t size) {
    uint32_t hash = kind == API_DJB2 ? 5381 : kind == API_FNV1A ? 2166136261u : 0;
    if (kind == API_CRC32)
        return inflate_crc(0, span_of(name, size, 0));
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)name[i];
        hash = kind == API_DJB2    ? hash * 33 + byte
               : kind == API_FNV1A ? (hash ^ byte) * 16777619u
               : kind == API_SDBM  ? hash * 65599 + byte
                                   : ror13(hash, byte);
    }
    return kind == API_ROR13_0 ? ror13(hash, 0) : hash;
}

const char *api_hash_word(enum api_hash kind) {
    static const char *const words[] = {"ror13", "ror13-nul", "djb2", "crc32", "fnv1a", "sdbm"};
    return (unsigned)kind < API_HASHES ? words[kind] : "?";
}
