#include "case/casefile_folders.h"

struct casefile_folders_entry {
    uint64_t hash;
    size_t start, size; /* in paths */
};

/* FNV-1a over words: folder paths come from evidence, but a slow table costs time only, and the time limits
 * of a scan hold for it too. */
static uint64_t hash_of(const char *path, size_t size) {
    uint64_t hash = 0xcbf29ce484222325u ^ size;
    for (; size >= 8; path += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, path, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    for (; size > 0; path++, size--)
        hash = (hash ^ (uint8_t)*path) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static bool same(const struct casefile_folders *folders, uint32_t number, uint64_t hash, const char *path,
                 size_t size) {
    const struct casefile_folders_entry *entry = &folders->entries[number - 1];
    return entry->hash == hash && entry->size == size &&
           (size == 0 || memcmp(folders->paths.data + entry->start, path, size) == 0);
}

static bool grow(struct casefile_folders *folders) {
    size_t room = folders->room ? 2 * folders->room : 1024;
    struct casefile_folders_entry *entries = realloc(folders->entries, room * sizeof *entries);
    if (!entries)
        return false;
    folders->entries = entries;
    uint32_t *slots = calloc(2 * room, sizeof *slots);
    if (!slots)
        return false;
    free(folders->slots);
    folders->slots = slots;
    folders->mask = 2 * room - 1;
    folders->room = room;
    for (size_t i = 0; i < folders->count; i++) {
        size_t at = entries[i].hash & folders->mask;
        while (slots[at] != 0)
            at = (at + 1) & folders->mask;
        slots[at] = (uint32_t)(i + 1);
    }
    return true;
}

uint32_t casefile_folders_number(struct casefile_folders *folders, const char *path, size_t size,
                                 bool *fresh) {
    uint64_t hash = hash_of(path, size);
    *fresh = false;
    if (folders->recent != 0 && same(folders, folders->recent, hash, path, size))
        return folders->recent;
    if (folders->count == folders->room && (folders->count >= UINT32_MAX / 2 || !grow(folders)))
        return 0;
    size_t at = hash & folders->mask;
    for (; folders->slots[at] != 0; at = (at + 1) & folders->mask)
        if (same(folders, folders->slots[at], hash, path, size))
            return folders->recent = folders->slots[at];
    folders->entries[folders->count] = (struct casefile_folders_entry){hash, folders->paths.size, size};
    text_bytes(&folders->paths, path, size);
    if (folders->paths.full)
        return 0;
    *fresh = true;
    folders->slots[at] = (uint32_t)++folders->count;
    return folders->recent = folders->slots[at];
}

void casefile_folders_free(struct casefile_folders *folders) {
    free(folders->entries);
    free(folders->slots);
    text_free(&folders->paths);
    *folders = (struct casefile_folders){0};
}
