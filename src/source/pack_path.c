#include "source/pack_path.h"

#include "source/pack.h"

static bool is_drive(const char *part, size_t size) {
    char letter = size > 0 ? (char)(part[0] | 32) : 0;
    return size >= 2 && part[1] == ':' && letter >= 'a' && letter <= 'z';
}

uint32_t pack_path(struct text *path, const char *stored, size_t size) {
    uint32_t flags = size > 0 && stored[0] == '/' ? PACK_UNSAFE : 0;
    text_clear(path);
    for (size_t at = 0; at < size;) {
        const char *part = stored + at, *end = memchr(part, '/', size - at);
        size_t length = end ? (size_t)(end - part) : size - at;
        at += length + 1;
        if (length == 0 || (length == 1 && part[0] == '.'))
            continue;
        if ((length == 2 && memcmp(part, "..", 2) == 0) || is_drive(part, length))
            flags |= PACK_UNSAFE;
        if (path->size + 1 + length > PACK_PATH)
            length =
                (size_t)text_cut(part, path->size + 1 < PACK_PATH ? (int)(PACK_PATH - path->size - 1) : 0);
        if (path->size > 0 && length > 0)
            text_char(path, '/');
        text_bytes(path, part, length);
    }
    if (path->size == 0)
        text_char(path, '-');
    return flags;
}
