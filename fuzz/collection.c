#include "source/collection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool next(struct span *rest, struct span *path) {
    if (rest->size == 0)
        return false;
    const uint8_t *end = memchr(rest->data, '\n', rest->size);
    size_t n = end ? (size_t)(end - rest->data) : rest->size;
    *path = span_part(*rest, 0, n);
    *rest = span_from(*rest, end ? n + 1 : n);
    return true;
}

/* A path a line; the first is the name of the evidence, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct collection collection;
    struct span all = span_of(data, size, 0), rest = all, path, evidence = all;
    struct text text = {0};
    collection_begin(&collection);
    for (bool first = true; next(&rest, &path); first = false) {
        collection_see(&collection, path);
        if (first)
            evidence = path;
    }
    collection_settle(&collection, evidence);
    if (!memchr(collection.host, 0, sizeof collection.host) || collection.root_count > COLLECTION_ROOTS)
        __builtin_trap();
    for (rest = all; next(&rest, &path);) {
        struct collection_place place;
        collection_map(&collection, path, &text, &place);
        bool mapped = place.role == COLLECTION_FILE || place.role == COLLECTION_INDEX;
        if (mapped != (place.root != NULL) || (mapped && span_u8(place.path, 0) != '/'))
            __builtin_trap();
        (void)span_is_zero(place.path);
        (void)span_is_zero(place.stream);
        (void)collection_tells(&collection, path);
    }
    text_free(&text);
    return 0;
}
