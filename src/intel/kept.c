#include "intel/kept.h"

#include "base/filetime.h"
#include "intel/lists_file.h"
#include "intel/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool kept_name(const char *name) {
    size_t size = strlen(name);
    return size > 0 && size <= KEPT_NAME && name[0] != '.' && !strchr(name, '/') && text_valid(name, size);
}

/* The length of the name in that of a file; 0 if it is none of this kind. */
static size_t name_size(const struct kept_kind *kind, const char *file) {
    size_t size = strlen(file), end = strlen(kind->suffix);
    bool good = size > end && size - end <= KEPT_NAME && file[0] != '.' &&
                strcmp(file + size - end, kind->suffix) == 0;
    return good ? size - end : 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add(struct kept_list *list, const char *folder, const char *file, size_t size) {
    struct kept_file *kept = &list->list[list->count];
    char date[FILETIME_TEXT];
    struct text path = {0};
    struct stat st;
    text_format(&path, "%s/%s", folder, file);
    bool there = stat(text_string(&path), &st) == 0; /* if not, loading tells */
    filetime_text(there ? filetime_from_unix(st.st_mtim.tv_sec, 0) : 0, date);
    snprintf(kept->date, sizeof kept->date, "%.10s", date);
    snprintf(kept->name, sizeof kept->name, "%.*s", (int)size, file);
    kept->path = strdup(text_string(&path));
    list->count += kept->path != NULL;
    text_free(&path);
    return kept->path != NULL;
}

static bool read_folder(const struct kept_kind *kind, const char *folder, struct kept_list *ret,
                        struct text *error) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, by_name);
    bool good = count >= 0 || errno == ENOENT;
    if (!good)
        text_format(error, "%s: %s", folder, strerror(errno));
    if (count > 0)
        ret->list = calloc((size_t)count, sizeof *ret->list);
    for (int i = 0; i < count; i++) {
        size_t size = name_size(kind, entries[i]->d_name);
        if (good && size > 0 && (!ret->list || !add(ret, folder, entries[i]->d_name, size))) {
            text_add(error, "out of memory");
            good = false;
        }
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool kept_list(const struct kept_kind *kind, struct kept_list *ret, struct text *error) {
    struct text folder = {0}, none = {0};
    *ret = (struct kept_list){0};
    bool good = true;
    if (lists_file_home(&folder, &none)) {
        text_format(&folder, "/%s", kind->folder);
        good = read_folder(kind, text_string(&folder), ret, error);
    }
    if (good && ret->count > kind->files) {
        text_format(error, "%s: more than %zu %s", text_string(&folder), kind->files, kind->what);
        good = false;
    }
    text_free(&folder);
    text_free(&none);
    return good;
}

void kept_free(struct kept_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->list[i].path);
    free(list->list);
    *list = (struct kept_list){0};
}

bool kept_has(const struct kept_list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->list[i].name, name) == 0)
            return true;
    return false;
}

bool kept_load(const struct kept_kind *kind, const char *path, char **bytes, size_t *size,
               struct text *error) {
    return place_is_ours(path, error) && place_read(path, kind->bytes, bytes, size, error);
}

bool kept_save(const struct kept_kind *kind, const char *home, const char *name, const struct text *bytes,
               const struct timespec *changed, struct text *error) {
    struct text folder = {0}, file = {0};
    if (bytes->full || bytes->size > kind->bytes) {
        text_format(error, "'%s' is more than is kept", name);
        return false;
    }
    text_format(&folder, "%s/%s", home, kind->folder);
    text_format(&file, "%s%s", name, kind->suffix);
    (void)!mkdir(text_string(&folder), 0700); /* whether it is there, writing tells */
    bool good = lists_file_save(text_string(&folder), text_string(&file), bytes, error);
    if (good && changed) {
        const struct timespec times[2] = {*changed, *changed};
        text_format(&folder, "/%s", text_string(&file));
        (void)!utimensat(AT_FDCWD, text_string(&folder), times, 0); /* its date is then today's */
    }
    text_free(&folder);
    text_free(&file);
    return good;
}

bool kept_remove(const struct kept_kind *kind, const char *home, const char *name, struct text *error) {
    struct text path = {0};
    text_format(&path, "%s/%s/%s%s", home, kind->folder, name, kind->suffix);
    bool good = unlink(text_string(&path)) == 0;
    if (!good)
        text_format(error, "%s: %s", text_string(&path), strerror(errno));
    text_free(&path);
    return good;
}
