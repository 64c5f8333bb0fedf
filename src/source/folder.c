#include "source/folder.h"

#include "format/blockmap.h"

#include "base/filetime.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct level {
    int fd;
    char **names;
    size_t count, next;
    size_t path_size; /* of the folder's own path in folder->path */
    uint64_t device, inode;
    bool package; /* it or a folder above it holds a block map */
};

struct folder {
    struct level levels[FOLDER_DEPTH];
    size_t depth;
    struct text path; /* stored form, of the folder being listed */
    struct text name; /* stored form, of the current entry */
    bool count_only;
    unsigned shallow; /* 0: as deep as it goes */
    bool started;
};

static void fill_times(const struct statx *st, struct listing *ret) {
    const struct statx_timestamp *from[LISTING_TIMES] = {
        [LISTING_CREATED] = &st->stx_btime,
        [LISTING_MODIFIED] = &st->stx_mtime,
        [LISTING_CHANGED] = &st->stx_ctime,
        [LISTING_ACCESSED] = &st->stx_atime,
    };
    for (int i = 0; i < LISTING_TIMES; i++) {
        bool known = i != LISTING_CREATED || (st->stx_mask & STATX_BTIME);
        ret->si[i] = known ? filetime_from_unix(from[i]->tv_sec, from[i]->tv_nsec) : 0;
    }
}

static void fill(const struct statx *st, struct listing *ret) {
    fill_times(st, ret);
    ret->record = st->stx_ino;
    ret->size = S_ISREG(st->stx_mode) ? st->stx_size : 0;
    ret->flags = S_ISDIR(st->stx_mode) ? LISTING_DIRECTORY : 0;
}

static uint64_t device_of(const struct statx *st) {
    return (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
}

/* An empty path means the descriptor itself. */
static bool look(int fd, const char *name, struct statx *st) {
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name[0] ? 0 : AT_EMPTY_PATH);
    return statx(fd, name, flags, STATX_BASIC_STATS | STATX_BTIME, st) == 0;
}

/* Only the owner may ask for O_NOATIME. */
static int open_quietly(int at, const char *name, int flags) {
    int fd = openat(at, name, flags | O_NOATIME);
    return fd < 0 && errno == EPERM ? openat(at, name, flags) : fd;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool keep_name(struct level *level, size_t *room, const char *name) {
    if (level->count == *room) {
        size_t more = *room ? *room * 2 : 64;
        char **names = realloc(level->names, more * sizeof *names);
        if (!names)
            return false;
        level->names = names;
        *room = more;
    }
    level->names[level->count] = strdup(name);
    return level->names[level->count] && ++level->count;
}

/* Reads all names of the folder at `fd`; false if some may be missing. */
static bool read_names(struct level *level, int fd) {
    size_t room = 0;
    int copy = dup(fd);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (!dir) {
        if (copy >= 0)
            close(copy);
        return false;
    }
    bool complete = true;
    struct dirent *entry;
    for (errno = 0; complete && (entry = readdir(dir)) != NULL; errno = 0)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            complete = keep_name(level, &room, entry->d_name);
    complete = complete && errno == 0;
    closedir(dir);
    if (level->count > 1)
        qsort(level->names, level->count, sizeof *level->names, by_bytes);
    return complete;
}

static bool push(struct folder *folder, int fd, const struct statx *st, bool *complete) {
    struct level *level = &folder->levels[folder->depth++];
    *level = (struct level){
        .fd = fd, .path_size = folder->path.size, .device = device_of(st), .inode = st->stx_ino};
    *complete = read_names(level, fd);
    level->package = folder->depth > 1 && folder->levels[folder->depth - 2].package;
    for (size_t i = 0; i < level->count && !level->package; i++)
        level->package = strcasecmp(level->names[i], BLOCKMAP_NAME) == 0;
    return true;
}

static void pop(struct folder *folder) {
    struct level *level = &folder->levels[--folder->depth];
    for (size_t i = 0; i < level->count; i++)
        free(level->names[i]);
    free(level->names);
    close(level->fd);
}

struct folder *folder_open(const char *path, bool count_only) {
    struct folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return NULL;
    folder->count_only = count_only;
    int fd = open_quietly(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        int why = errno;
        folder_close(folder);
        errno = why;
        return NULL;
    }
    folder->levels[0].fd = fd;
    return folder;
}

void folder_shallow(struct folder *folder, unsigned depth) {
    folder->shallow = depth;
}

void folder_close(struct folder *folder) {
    if (!folder)
        return;
    while (folder->depth > 0)
        pop(folder);
    text_free(&folder->path);
    text_free(&folder->name);
    free(folder);
}

static bool first(struct folder *folder, struct folder_entry *ret) {
    struct statx st;
    bool complete = false;
    int fd = folder->levels[0].fd;
    folder->started = true;
    if (!look(fd, "", &st)) {
        close(fd);
        ret->skipped = "the folder cannot be examined";
        ret->code = FAULT_IO;
        return true;
    }
    push(folder, fd, &st, &complete);
    fill(&st, &ret->listing);
    ret->broken = !complete;
    ret->listing.folder = ret->listing.name = "";
    return true;
}

static bool is_ancestor(const struct folder *folder, const struct statx *st) {
    for (size_t i = 0; i < folder->depth; i++)
        if (folder->levels[i].inode == st->stx_ino && folder->levels[i].device == device_of(st))
            return true;
    return false;
}

static void skip(struct folder_entry *entry, enum fault_code code, const char *why) {
    entry->skipped = why;
    entry->code = code;
}

static void enter_folder(struct folder *folder, const char *raw, const struct statx *st,
                         struct folder_entry *ret) {
    if (is_ancestor(folder, st)) {
        skip(ret, FAULT_LIMIT, "a folder that contains itself");
        return;
    }
    if (folder->shallow > 0 && folder->depth > folder->shallow)
        return;
    if (folder->depth == FOLDER_DEPTH) {
        skip(ret, FAULT_LIMIT, "folders are nested too deeply");
        return;
    }
    int at = folder->levels[folder->depth - 1].fd;
    int fd = open_quietly(at, raw, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        skip(ret, FAULT_IO, errno == EACCES ? "permission denied" : "the folder cannot be opened");
        return;
    }
    bool complete;
    text_char(&folder->path, '/');
    text_bytes(&folder->path, folder->name.data, folder->name.size);
    push(folder, fd, st, &complete);
    ret->broken = !complete;
}

static const char *odd_kind(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFLNK:
        return "symbolic link, not followed";
    case S_IFIFO:
        return "FIFO, not opened";
    case S_IFSOCK:
        return "socket, not opened";
    case S_IFCHR:
    case S_IFBLK:
        return "device, not opened";
    default:
        return "neither file nor folder, not opened";
    }
}

/* What leads elsewhere or is no file: told, and nobody takes it for one that was not read. */
static void enter_odd(struct folder_entry *ret, mode_t mode) {
    ret->listing.flags |= LISTING_REPARSE;
    skip(ret, FAULT_UNSUPPORTED, odd_kind(mode));
}

static void enter_file(struct folder *folder, const char *raw, struct folder_entry *ret) {
    int at = folder->levels[folder->depth - 1].fd;
    ret->fd = open_quietly(at, raw, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct statx st;
    if (ret->fd < 0)
        skip(ret, FAULT_IO,
             errno == EACCES   ? "permission denied"
             : errno == ENOENT ? "vanished while the folder was read"
                               : "the file cannot be opened");
    else if (!look(ret->fd, "", &st) || !S_ISREG(st.stx_mode)) {
        close(ret->fd); /* replaced between the look and the open */
        ret->fd = -1;
        skip(ret, FAULT_IO, "changed its kind while the folder was read");
    } else
        fill(&st, &ret->listing);
}

static void examine(struct folder *folder, const char *raw, struct folder_entry *ret) {
    const struct level *level = &folder->levels[folder->depth - 1];
    struct statx st;
    ret->package = level->package;
    if (!look(level->fd, raw, &st)) {
        skip(ret, FAULT_IO, errno == ENOENT ? "vanished while the folder was read" : "cannot be examined");
        return;
    }
    fill(&st, &ret->listing);
    ret->device = device_of(&st);
    ret->inode = st.stx_ino;
    ret->links = st.stx_nlink;
    if (S_ISDIR(st.stx_mode))
        enter_folder(folder, raw, &st, ret);
    else if (!S_ISREG(st.stx_mode))
        enter_odd(ret, st.stx_mode);
    else if (!folder->count_only)
        enter_file(folder, raw, ret);
}

bool folder_next(struct folder *folder, struct folder_entry *ret) {
    *ret = (struct folder_entry){.fd = -1};
    if (!folder->started)
        return first(folder, ret);
    while (folder->depth > 0 &&
           folder->levels[folder->depth - 1].next == folder->levels[folder->depth - 1].count)
        pop(folder);
    if (folder->depth == 0)
        return false;
    struct level *level = &folder->levels[folder->depth - 1];
    const char *raw = level->names[level->next++];
    folder->path.size = level->path_size;
    text_clear(&folder->name);
    text_from_bytes(&folder->name, span_of(raw, strlen(raw), 0));
    size_t folder_size = folder->path.size;
    examine(folder, raw, ret);
    ret->listing.folder = text_string(&folder->path);
    ret->listing.folder_size = folder_size;
    ret->listing.name = text_string(&folder->name);
    ret->listing.name_size = folder->name.size;
    return true;
}

/* The name of the entry that came last, as it is on the disk; NULL if it was the root. */
static const char *last_name(const struct folder *folder, const struct level **level) {
    for (size_t i = folder->depth; i-- > 0;) {
        *level = &folder->levels[i];
        if ((*level)->next > 0)
            return (*level)->names[(*level)->next - 1];
    }
    return NULL;
}

static bool has_name(const struct level *level, const char *name) {
    return level->count > 0 && bsearch(&name, level->names, level->count, sizeof *level->names, by_bytes);
}

/* The name as it is there, or NULL. */
static const char *find_name(const struct level *level, const char *name, bool any_case) {
    if (has_name(level, name))
        return name;
    for (size_t i = 0; any_case && i < level->count; i++)
        if (strcasecmp(level->names[i], name) == 0)
            return level->names[i];
    return NULL;
}

static int open_regular(int folder, const char *name) {
    struct statx st;
    int fd = open_quietly(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && (!look(fd, "", &st) || !S_ISREG(st.stx_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

int folder_open_beside(const struct folder *folder, const char *suffix, bool any_case) {
    const struct level *level;
    const char *name = last_name(folder, &level), *there = NULL;
    struct text other = {0};
    if (!name)
        return -1;
    text_add(&other, name);
    text_add(&other, suffix);
    there = find_name(level, text_string(&other), any_case);
    int fd = there ? open_regular(level->fd, there) : -1;
    text_free(&other);
    return fd;
}

int folder_file_beside(const char *path, const char *suffix) {
    struct text other = {0};
    text_add(&other, path);
    text_add(&other, suffix);
    int fd = open_regular(AT_FDCWD, text_string(&other));
    if (fd < 0) {
        text_clear(&other);
        text_add(&other, path);
        for (const char *s = suffix; *s; s++)
            text_char(&other, *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s);
        fd = open_regular(AT_FDCWD, text_string(&other));
    }
    text_free(&other);
    return fd;
}

bool folder_is_beside(const struct folder *folder, const char *suffix) {
    const struct level *level;
    const char *name = last_name(folder, &level);
    size_t size = name ? strlen(name) : 0, cut = strlen(suffix);
    struct text other = {0};
    if (size <= cut || strcasecmp(name + size - cut, suffix) != 0)
        return false;
    text_bytes(&other, name, size - cut);
    bool there = has_name(level, text_string(&other));
    text_free(&other);
    return there;
}

bool folder_describe(int fd, struct listing *ret) {
    struct statx st;
    if (!look(fd, "", &st))
        return false;
    fill(&st, ret);
    return true;
}

int folder_open_file(const char *path, uint64_t *size, const char **why) {
    struct stat st;
    int fd = open_quietly(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        *why = strerror(errno);
        return -1;
    }
    if (fstat(fd, &st) != 0 || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))) {
        close(fd);
        *why = "not a file, folder or block device";
        return -1;
    }
    off_t end = S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : st.st_size;
    *size = end > 0 ? (uint64_t)end : 0;
    return fd;
}
