/* Compound files for tests ([MS-CFB]): streams and storages, version 3 or 4, as large as the FAT needs. */
#ifndef TEST_MAKE_OLECF_MADE_H
#define TEST_MAKE_OLECF_MADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OLECF_MADE_FILES = 64 };

struct olecf_made_file {
    uint8_t name[64]; /* UTF-16 */
    size_t name_size;
    size_t parent; /* 0: the root; else a storage's place in the list, plus one */
    bool storage;
    const uint8_t *data;
    size_t size;
};

struct olecf_made {
    unsigned version;  /* 3 or 4 */
    bool fragmented;   /* sectors of streams lie backwards */
    uint8_t installer; /* first byte of the class of an installer (0x84) or a patch (0x86); 0: no class */
    struct olecf_made_file files[OLECF_MADE_FILES];
    size_t count;
    uint8_t *bytes; /* the rest is the maker's */
    size_t size, sector, sectors, room;
    uint32_t *fat;
    uint32_t starts[OLECF_MADE_FILES + 1];
};

static inline void olecf_made_number(uint8_t *to, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* Adds a stream with an ASCII name; returns its place, plus one. */
static inline size_t olecf_made_add(struct olecf_made *o, const char *name, size_t parent, const void *data,
                                    size_t size) {
    struct olecf_made_file *file = &o->files[o->count++];
    *file = (struct olecf_made_file){.parent = parent, .data = data, .size = size};
    for (; name[file->name_size / 2]; file->name_size += 2)
        file->name[file->name_size] = (uint8_t)name[file->name_size / 2];
    return o->count;
}

/* Room for `size` bytes, as a chain; returns its first sector. */
static inline uint32_t olecf_made_chain(struct olecf_made *o, const uint8_t *data, size_t size) {
    size_t count = (size + o->sector - 1) / o->sector, first = o->sectors;
    if (count == 0)
        return 0xfffffffe;
    if (first + count > o->room)
        abort();
    for (size_t i = 0; i < count; i++) {
        size_t place = o->fragmented ? first + count - 1 - i : first + i;
        size_t part = size - i * o->sector < o->sector ? size - i * o->sector : o->sector;
        if (data)
            memcpy(o->bytes + (place + 1) * o->sector, data + i * o->sector, part);
        o->fat[place] = i + 1 == count ? 0xfffffffe : (uint32_t)(o->fragmented ? place - 1 : place + 1);
    }
    o->sectors += count;
    return (uint32_t)(o->fragmented ? first + count - 1 : first);
}

/* Small streams, one behind the other, as mini sectors. Returns the bytes of the mini stream. */
static inline size_t olecf_made_minis(struct olecf_made *o, uint8_t *stream, uint32_t *mini_fat) {
    size_t minis = 0;
    for (size_t i = 0; i < o->count; i++) {
        const struct olecf_made_file *file = &o->files[i];
        size_t count = (file->size + 63) / 64;
        o->starts[i + 1] = 0xfffffffe;
        if (file->storage || file->size >= 4096 || file->size == 0)
            continue;
        o->starts[i + 1] = (uint32_t)minis;
        memcpy(stream + minis * 64, file->data, file->size);
        for (size_t k = 0; k < count; k++)
            mini_fat[minis + k] = k + 1 == count ? 0xfffffffe : (uint32_t)(minis + k + 1);
        minis += count;
    }
    return minis * 64;
}

/* Children of a storage are a list: each is the right one of the one before. */
static inline void olecf_made_directory(struct olecf_made *o, uint8_t *to, size_t mini_size) {
    for (size_t i = 0; i <= o->count; i++) {
        uint8_t *entry = to + i * 128;
        const struct olecf_made_file *file = i > 0 ? &o->files[i - 1] : NULL;
        uint32_t child = 0xffffffff, right = 0xffffffff;
        for (size_t k = o->count; k > 0; k--) {
            if (o->files[k - 1].parent == i && (i == 0 || file->storage))
                child = (uint32_t)k;
            if (file && k > i && o->files[k - 1].parent == file->parent)
                right = (uint32_t)k;
        }
        if (file)
            memcpy(entry, file->name, file->name_size);
        else
            memcpy(entry, "R\0o\0o\0t\0 \0E\0n\0t\0r\0y\0", 20);
        olecf_made_number(entry + 64, (file ? file->name_size : 20) + 2, 2);
        entry[66] = file ? (file->storage ? 1 : 2) : 5;
        olecf_made_number(entry + 68, 0xffffffff, 4);
        olecf_made_number(entry + 72, right, 4);
        olecf_made_number(entry + 76, child, 4);
        if (!file && o->installer) {
            olecf_made_number(entry + 80, 0xc1000 | o->installer, 4);
            olecf_made_number(entry + 88, 0x46000000000000c0, 8);
        }
        olecf_made_number(entry + 116, o->starts[i], 4);
        olecf_made_number(entry + 120, file ? file->size : mini_size, 8);
    }
}

/* The FAT, and sectors that list its sectors where the header has no room. */
static inline void olecf_made_tables(struct olecf_made *o) {
    size_t in_sector = o->sector / 4, fats = 0, lists = 0;
    while (fats * in_sector < o->sectors + fats + lists) {
        fats++;
        lists = fats > 109 ? (fats - 109 + in_sector - 2) / (in_sector - 1) : 0;
    }
    size_t first = o->sectors;
    for (size_t i = 0; i < fats + lists; i++)
        o->fat[o->sectors++] = i < fats ? 0xfffffffd : 0xfffffffc;
    olecf_made_number(o->bytes + 44, fats, 4);
    olecf_made_number(o->bytes + 68, lists ? first + fats : 0xfffffffe, 4);
    olecf_made_number(o->bytes + 72, lists, 4);
    memset(o->bytes + (first + fats + 1) * o->sector, 0xff, lists * o->sector);
    for (size_t i = 0; i < fats; i++) {
        size_t list = i < 109 ? 0 : (i - 109) / (in_sector - 1),
               at = i < 109 ? 0 : (i - 109) % (in_sector - 1);
        uint8_t *to =
            i < 109 ? o->bytes + 76 + i * 4 : o->bytes + (first + fats + list + 1) * o->sector + at * 4;
        olecf_made_number(to, first + i, 4);
        for (size_t k = 0; k < in_sector; k++) {
            size_t sector = i * in_sector + k;
            olecf_made_number(o->bytes + (first + i + 1) * o->sector + k * 4,
                              sector < o->sectors ? o->fat[sector] : 0xffffffff, 4);
        }
    }
    for (size_t i = 0; i < lists; i++)
        olecf_made_number(o->bytes + (first + fats + i + 2) * o->sector - 4,
                          i + 1 < lists ? first + fats + i + 1 : 0xfffffffe, 4);
    for (size_t i = fats; i < 109; i++)
        olecf_made_number(o->bytes + 76 + i * 4, 0xffffffff, 4);
}

/* Makes the file: bytes and size. Free with olecf_made_free. */
static inline void olecf_made_write(struct olecf_made *o) {
    static const uint8_t magic[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};
    size_t all = 0, entries = o->count + 1;
    o->sector = o->version == 4 ? 4096 : 512;
    for (size_t i = 0; i < o->count; i++)
        all += o->files[i].size + o->sector;
    o->room = 2 * all / o->sector + all / o->sector / 16 + 1000;
    o->sectors = 0;
    o->bytes = calloc(o->room + 1, o->sector);
    o->fat = calloc(o->room, sizeof *o->fat);
    uint8_t *minis = calloc(o->count + 1, 4096), *directory = calloc(entries + 32, 128);
    uint32_t *mini_fat = calloc((o->count + 1) * 64, 4);
    size_t mini_size = olecf_made_minis(o, minis, mini_fat);
    for (size_t i = 0; i < o->count; i++)
        if (!o->files[i].storage && o->files[i].size >= 4096)
            o->starts[i + 1] = olecf_made_chain(o, o->files[i].data, o->files[i].size);
    o->starts[0] = olecf_made_chain(o, minis, mini_size);
    olecf_made_directory(o, directory, mini_size);
    size_t directory_size = (entries * 128 + o->sector - 1) / o->sector * o->sector;
    olecf_made_number(o->bytes + 48, olecf_made_chain(o, directory, directory_size), 4);
    size_t mini_sectors = (mini_size / 16 + o->sector - 1) / o->sector;
    olecf_made_number(o->bytes + 60, olecf_made_chain(o, (const uint8_t *)mini_fat, mini_size / 16), 4);
    memcpy(o->bytes, magic, 8);
    olecf_made_number(o->bytes + 24, 62, 2);
    olecf_made_number(o->bytes + 26, o->version, 2);
    olecf_made_number(o->bytes + 28, 0xfffe, 2);
    olecf_made_number(o->bytes + 30, o->version == 4 ? 12 : 9, 2);
    olecf_made_number(o->bytes + 32, 6, 2);
    olecf_made_number(o->bytes + 40, o->version == 4 ? directory_size / 4096 : 0, 4);
    olecf_made_number(o->bytes + 56, 4096, 4);
    olecf_made_number(o->bytes + 64, mini_sectors, 4);
    olecf_made_tables(o);
    o->size = (o->sectors + 1) * o->sector;
    free(minis);
    free(directory);
    free(mini_fat);
}

static inline void olecf_made_free(struct olecf_made *o) {
    free(o->bytes);
    free(o->fat);
}

#endif
