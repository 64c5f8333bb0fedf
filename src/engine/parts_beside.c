#include "engine/parts.h"
#include "engine/protocol.h"

#include <dirent.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

enum { NAMES = 1 << 20 }; /* of a folder that are looked at */

/* What packages keep in files of their own, by the ends of the names. */
static const struct {
    const char *format, *ends[6];
} kept[] = {
    {"cab", {".cab", NULL}},
    {"msi", {".cab", NULL}},
    {"inno", {".bin", NULL}},
    {"burn", {".cab", ".msi", ".msp", ".msu", ".exe", NULL}},
};

static bool ends_in(const char *name, const char *end) {
    size_t size = strlen(name), other = strlen(end);
    return size > other && strcasecmp(name + size - other, end) == 0;
}

/* Bytes of a name before its ending. */
static size_t stem_of(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : strlen(name);
}

bool parts_may_go_on(const char *format, const char *own, const char *name) {
    size_t i = 0, count = sizeof kept / sizeof kept[0], stem = stem_of(own);
    while (i < count && strcmp(kept[i].format, format) != 0)
        i++;
    if (i == count || strcmp(own, name) == 0)
        return false;
    for (const char *const *end = kept[i].ends; *end; end++)
        if (ends_in(name, *end))
            return true;
    return stem > 0 && stem == stem_of(name) && strncasecmp(own, name, stem) == 0;
}

void parts_add_beside(struct parts *parts, int fd, uint64_t size, const char *name) {
    if (!parts->beside)
        parts->beside = calloc(PROTOCOL_BESIDE_MOST, sizeof *parts->beside);
    if (!parts->beside || parts->beside_count == PROTOCOL_BESIDE_MOST || strlen(name) >= IMAGE_NAME) {
        close(fd);
        return;
    }
    struct image_part *part = &parts->beside[parts->beside_count++];
    *part = (struct image_part){.fd = fd, .size = size};
    snprintf(part->name, sizeof part->name, "%s", name);
}

/* The best names so far, in their order. */
struct choice {
    const char *own;
    size_t stem, count;
    char names[PROTOCOL_BESIDE_MOST][IMAGE_NAME];
};

static bool is_before(const struct choice *choice, const char *a, const char *b) {
    bool first = strncasecmp(a, choice->own, choice->stem) == 0,
         second = strncasecmp(b, choice->own, choice->stem) == 0;
    return first != second ? first : strcmp(a, b) < 0;
}

static void choose(struct choice *choice, const char *name) {
    size_t at = choice->count;
    while (at > 0 && is_before(choice, name, choice->names[at - 1]))
        at--;
    if (at == PROTOCOL_BESIDE_MOST)
        return;
    size_t last = choice->count < PROTOCOL_BESIDE_MOST ? choice->count++ : PROTOCOL_BESIDE_MOST - 1;
    memmove(choice->names[at + 1], choice->names[at], (last - at) * sizeof choice->names[0]);
    snprintf(choice->names[at], IMAGE_NAME, "%s", name);
}

static void look(int folder, const char *format, struct choice *choice) {
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    unsigned seen = 0;
    if (!dir && fd >= 0)
        close(fd);
    for (struct dirent *entry; dir && seen < NAMES && (entry = readdir(dir)); seen++)
        if (parts_may_go_on(format, choice->own, entry->d_name) && strlen(entry->d_name) < IMAGE_NAME)
            choose(choice, entry->d_name);
    if (dir)
        closedir(dir);
}

void parts_find_beside(struct parts *parts, const char *format) {
    struct choice *choice = parts->folder >= 0 ? calloc(1, sizeof *choice) : NULL;
    if (!choice)
        return;
    choice->own = parts->list[0].name;
    choice->stem = stem_of(choice->own);
    look(parts->folder, format, choice);
    for (size_t i = 0; i < choice->count; i++) {
        uint64_t size = 0;
        int fd = parts_open_file(parts->folder, choice->names[i], &size);
        if (fd >= 0)
            parts_add_beside(parts, fd, size, choice->names[i]);
    }
    free(choice);
}
