#include "intel/lists_file.h"

#include "intel/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void lists_file_free(struct lists_set *set) {
    for (size_t i = 0; i < set->count; i++) {
        free(set->shelf[i].bytes);
        free(set->shelf[i].path);
    }
    *set = (struct lists_set){0};
}

/* Takes `bytes` whether it succeeds or not. */
static bool add(struct lists_set *set, char *bytes, size_t size, const char *path, bool whole,
                struct text *error) {
    const char *why = "there are too many files with lists";
    struct lists_shelf *shelf = &set->shelf[set->count];
    if (set->count < LISTS_FILE_SHELVES && lists_open(span_of(bytes, size, 0), &shelf->lists, &why) &&
        (!whole || lists_sound(&shelf->lists, &why))) {
        shelf->bytes = bytes;
        shelf->path = strdup(path);
        shelf->shipped = false;
        set->count++;
        return true;
    }
    text_format(error, "%s: %s", path, why);
    free(bytes);
    return false;
}

bool lists_file_load(struct lists_set *set, const char *path, bool owned, struct text *error) {
    char *bytes;
    size_t size;
    return (!owned || place_is_ours(path, error)) && place_read(path, LISTS_FILE, &bytes, &size, error) &&
           add(set, bytes, size, path, !owned, error);
}

bool lists_file_take(struct lists_set *set, struct text *bytes, const char *path, struct text *error) {
    char *data = bytes->data;
    size_t size = bytes->size;
    *bytes = (struct text){0};
    return add(set, data, size, path, true, error);
}

bool lists_file_ship(struct lists_set *set, const char *path, const char *name, struct text *error) {
    char *data;
    size_t size;
    struct lists_build build = {0};
    struct lists_damage damage;
    struct lists_source source = {.name = name, .file = name, .date = ""};
    struct text out = {0};
    if (!place_read(path, LISTS_FILE, &data, &size, error))
        return false;
    bool good = lists_read(span_of(data, size, 0), &source, &build, &damage);
    if (!good)
        text_format(error, "%s:%llu: %s", path, (unsigned long long)damage.line, damage.why);
    else if (!lists_build_write(&build, &out)) {
        text_format(error, "%s: out of memory", path);
        good = false;
    }
    free(data);
    lists_build_free(&build);
    good = good && lists_file_take(set, &out, path, error);
    text_free(&out);
    if (good)
        set->shelf[set->count - 1].shipped = true;
    return good;
}

unsigned lists_file_wants(const struct lists_set *set) {
    unsigned wants = 0;
    for (size_t i = 0; i < set->count; i++)
        for (int digest = LISTS_MD5; !set->shelf[i].shipped && digest <= LISTS_SHA256; digest++)
            if (lists_digest_count(&set->shelf[i].lists, (enum lists_digest)digest) > 0)
                wants |= 1u << digest;
    return wants;
}

/* --- where they are kept --- */

bool lists_file_home(struct text *folder, struct text *error) {
    const char *given = getenv("ASSAY_INTEL"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    text_clear(folder);
    if (given && given[0])
        text_add(folder, given);
    else if (data && data[0] == '/')
        text_format(folder, "%s/assay/intel", data);
    else if (home && home[0] == '/')
        text_format(folder, "%s/.local/share/assay/intel", home);
    else
        text_add(error, "no folder to keep lists in: neither ASSAY_INTEL nor XDG_DATA_HOME nor HOME is set");
    return folder->size > 0;
}

static void make_folders(const char *path) {
    struct text part = {0};
    for (size_t i = 0; path[i]; i++) {
        text_char(&part, path[i]);
        if (path[i + 1] == '/' || !path[i + 1])
            (void)!mkdir(text_string(&part), 0700); /* whether it is there, opening tells */
    }
    text_free(&part);
}

int lists_file_lock(const char *folder, struct text *error) {
    make_folders(folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0)
        return fd;
    text_format(error, "%s: %s", folder, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool write_all(int fd, const struct text *bytes) {
    for (size_t at = 0; at < bytes->size;) {
        ssize_t put = write(fd, bytes->data + at, bytes->size - at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += (size_t)put;
    }
    return fsync(fd) == 0;
}

bool lists_file_save(const char *folder, const char *name, const struct text *bytes, struct text *error) {
    struct text path = {0}, partial = {0};
    text_format(&path, "%s/%s", folder, name);
    text_format(&partial, "%s.partial", text_string(&path));
    (void)!unlink(text_string(&partial)); /* of a run that was killed; we hold the lock */
    int fd = open(text_string(&partial), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, bytes);
    if (fd >= 0 && close(fd) != 0)
        good = false;
    good = good && rename(text_string(&partial), text_string(&path)) == 0;
    if (!good) {
        text_format(error, "%s: %s", text_string(&path), strerror(errno));
        if (fd >= 0)
            (void)!unlink(text_string(&partial));
    }
    text_free(&path);
    text_free(&partial);
    return good;
}

static void tell_count(struct text *ret, uint32_t count, const char *one, const char *many) {
    text_add(ret, ", ");
    text_grouped(ret, count);
    text_format(ret, " %s", count == 1 ? one : many);
}

void lists_file_tell(const struct lists_list *list, struct text *ret) {
    text_format(ret, "%s: %s", list->name, list->format);
    if (list->date[0])
        text_format(ret, " of %s", list->date);
    tell_count(ret, list->entries, "entry", "entries");
    tell_count(ret, list->samples, "sample", "samples");
    if (list->digests > 0)
        tell_count(ret, list->digests, "digest", "digests");
    if (list->names > 0)
        tell_count(ret, list->names, "name", "names");
    if (list->passed > 0)
        tell_count(ret, list->passed, "row without anything that is looked for",
                   "rows without anything that is looked for");
}
