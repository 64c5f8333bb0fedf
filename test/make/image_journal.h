/* What mkimage notes of the files that it makes, and the change journal that it makes of that: for mkimage
 * only.
 *
 * Of a hundred files one was extracted: its session sets the times, to days in 2019. Of twenty one got its
 * name by a rename. After all were made, a quarter of them is written to again and again until the journal is
 * as large as was asked for; the file records get the times that this leaves. */
#ifndef TEST_IMAGE_JOURNAL_H
#define TEST_IMAGE_JOURNAL_H

#include "make/usn_made.h"

#include <stdlib.h>

#define IMAGE_JOURNAL_OLD    UINT64_C(132000000000000000) /* FILETIME of a day in 2019 */
#define IMAGE_JOURNAL_SECOND UINT64_C(10000000)

enum { IMAGE_JOURNAL_BUFFER = 1 << 20, IMAGE_JOURNAL_DIRECTORY = 0x10 };

struct image_journal_file {
    uint64_t reference, parent, created; /* created: FILETIME */
    uint64_t written;                    /* FILETIME of the last write behind its creation; 0: none */
    size_t name;                         /* in names */
    bool directory, deleted;
};

struct image_journal {
    struct image_journal_file *files;
    size_t count, room;
    char *names;
    size_t names_size, names_room;
    struct usn_made made;
    uint64_t wrote; /* bytes given to `write` */
    void (*write)(const uint8_t *bytes, size_t size);
    bool failed;
};

static inline void *image_journal_grow(struct image_journal *journal, void *list, size_t *room, size_t need,
                                       size_t size) {
    if (need <= *room)
        return list;
    size_t want = need * 2;
    void *more = realloc(list, want * size);
    journal->failed = journal->failed || !more;
    *room = more ? want : *room;
    return more ? more : list;
}

/* A file or folder that was made just now. */
static inline void image_journal_note(struct image_journal *journal, struct image_journal_file file,
                                      const uint16_t *units, int size) {
    size_t end = journal->names_size + (size_t)size + 1;
    journal->files = image_journal_grow(journal, journal->files, &journal->room, journal->count + 1,
                                        sizeof *journal->files);
    journal->names = image_journal_grow(journal, journal->names, &journal->names_room, end, 1);
    if (journal->failed)
        return;
    file.name = journal->names_size;
    for (int i = 0; i < size; i++)
        journal->names[journal->names_size++] = (char)(units[i] < 256 ? units[i] : '?');
    journal->names[journal->names_size++] = 0;
    journal->files[journal->count++] = file;
}

static inline void image_journal_flush(struct image_journal *journal) {
    journal->write(journal->made.bytes, journal->made.size);
    journal->wrote += journal->made.size;
    memset(journal->made.bytes, 0, journal->made.size);
    journal->made.base += journal->made.size;
    journal->made.at = 0;
}

static inline void image_journal_add(struct image_journal *journal, const struct image_journal_file *file,
                                     uint32_t reason, uint64_t time, const char *name) {
    journal->made.time = time;
    journal->made.attributes = file->directory ? IMAGE_JOURNAL_DIRECTORY : 0;
    if (!usn_made_add(&journal->made, 2, file->reference, file->parent, reason, name)) {
        image_journal_flush(journal);
        journal->failed =
            !usn_made_add(&journal->made, 2, file->reference, file->parent, reason, name) || journal->failed;
    }
}

static inline bool image_journal_extracted(size_t number) {
    return number % 100 == 7;
}

/* The session that made the file, and its rename. */
static inline void image_journal_made(struct image_journal *journal, size_t number) {
    const struct image_journal_file *file = &journal->files[number];
    const char *name = journal->names + file->name;
    char before[USN_MADE_NAME + 1];
    bool renamed = !file->directory && number % 20 == 3;
    uint32_t reason = 0x100; /* FILE_CREATE, DATA_EXTEND, BASIC_INFO_CHANGE, CLOSE */
    snprintf(before, sizeof before, "~%.200s", name);
    const char *first = renamed ? before : name;
    image_journal_add(journal, file, reason, file->created, first);
    if (!file->directory)
        image_journal_add(journal, file, reason |= 2, file->created + 1000, first);
    if (!file->directory && image_journal_extracted(number))
        image_journal_add(journal, file, reason |= 0x8000, file->created + 2000, first);
    image_journal_add(journal, file, reason | 0x80000000u, file->created + 3000, first);
    if (!renamed)
        return;
    image_journal_add(journal, file, 0x1000, file->created + 4000, before);
    image_journal_add(journal, file, 0x2000, file->created + 4000, name);
    image_journal_add(journal, file, 0x80002000u, file->created + 4000, name);
}

/* Writes the journal of all that was noted, at least `size` bytes; whole pages, the last ones zeros. False if
 * memory ran out. */
static inline bool image_journal_write(struct image_journal *journal, uint64_t size) {
    journal->made = (struct usn_made){.bytes = calloc(IMAGE_JOURNAL_BUFFER, 1), .size = IMAGE_JOURNAL_BUFFER};
    if (journal->failed || !journal->made.bytes || journal->count == 0)
        return false;
    for (size_t i = 0; i < journal->count; i++)
        image_journal_made(journal, i);
    uint64_t time = journal->files[journal->count - 1].created + 60 * IMAGE_JOURNAL_SECOND;
    bool wrote = true;
    while (wrote && journal->wrote < size) {
        wrote = false;
        for (size_t i = 1; i < journal->count && journal->wrote < size; i += 4) {
            struct image_journal_file *file = &journal->files[i];
            if (file->directory || file->deleted)
                continue;
            image_journal_add(journal, file, 1, time, journal->names + file->name);
            image_journal_add(journal, file, 0x80000001u, time + 1000, journal->names + file->name);
            file->written = time;
            time += 20000;
            wrote = true;
        }
    }
    for (size_t i = 0; i < journal->count; i++)
        if (journal->files[i].deleted)
            image_journal_add(journal, &journal->files[i], 0x80000200u, time += 10000,
                              journal->names + journal->files[i].name);
    image_journal_flush(journal);
    free(journal->made.bytes);
    return !journal->failed;
}

#endif
