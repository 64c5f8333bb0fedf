#include "intel/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

static bool try_folder(const char *folder, const char *suffix, const char *file, struct text *path,
                       struct text *looked) {
    text_clear(path);
    text_format(path, "%s%s/%s", folder, suffix, file);
    if (access(text_string(path), R_OK) == 0)
        return true;
    text_format(looked, "%s%s%s", looked->size > 0 ? ", " : "", folder, suffix);
    return false;
}

/* The folder of the running program, without slash. */
static bool own_folder(char folder[PATH_MAX]) {
    ssize_t size = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (size <= 0)
        return false;
    folder[size] = 0;
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    return slash != NULL;
}

bool place_find(const char *file, struct text *path, struct text *error) {
    struct text looked = {0};
    char folder[PATH_MAX];
    const char *given = getenv("ASSAY_INTEL"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    bool found = given && given[0] && try_folder(given, "", file, path, &looked);
    if (!found && data && data[0] == '/')
        found = try_folder(data, "/assay/intel", file, path, &looked);
    else if (!found && home && home[0] == '/')
        found = try_folder(home, "/.local/share/assay/intel", file, path, &looked);
    if (!found && own_folder(folder))
        found = try_folder(folder, "/../share/assay/intel", file, path, &looked) ||
                try_folder(folder, "/../../intel", file, path, &looked);
    if (!found)
        text_format(error, "%s is in none of %s", file, text_string(&looked));
    text_free(&looked);
    return found;
}

bool place_read(const char *path, size_t max, char **ret, size_t *size, struct text *error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    char *data = NULL;
    const char *why = NULL;
    ssize_t got = 0;
    *size = 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        why = strerror(errno);
    else if (!S_ISREG(st.st_mode))
        why = "is no file";
    else if ((uint64_t)st.st_size > max)
        why = "is too large";
    else if (!(data = malloc((size_t)st.st_size + 1)))
        why = "out of memory";
    while (!why && *size < (size_t)st.st_size &&
           (got = read(fd, data + *size, (size_t)st.st_size - *size)) > 0)
        *size += (size_t)got;
    if (!why && got < 0)
        why = strerror(errno);
    if (fd >= 0)
        close(fd);
    if (why) {
        text_format(error, "%s: %s", path, why);
        free(data);
        return false;
    }
    data[*size] = 0;
    *ret = data;
    return true;
}

bool place_is_ours(const char *path, struct text *error) {
    struct stat st;
    const char *why = stat(path, &st) != 0                       ? strerror(errno)
                      : st.st_uid != geteuid() && st.st_uid != 0 ? "belongs to somebody else"
                      : st.st_mode & (S_IWGRP | S_IWOTH)         ? "others may write to it"
                                                                 : NULL;
    if (why)
        text_format(error, "%s: %s", path, why);
    return !why;
}
