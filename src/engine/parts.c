#include "engine/parts.h"

#include "engine/protocol.h"
#include "source/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/openat2.h, for headers that lack it */
struct how {
    uint64_t flags, mode, resolve;
};
enum { NO_MAGICLINKS = 2, NO_SYMLINKS = 4, BENEATH = 8 };

static bool push(struct parts *parts, int fd, uint64_t size, const char *name) {
    if (parts->count == parts->room) {
        size_t room = parts->room ? 2 * parts->room : 16;
        struct image_part *list = realloc(parts->list, room * sizeof *list);
        if (!list)
            return false;
        parts->list = list;
        parts->room = room;
    }
    struct image_part *part = &parts->list[parts->count++];
    *part = (struct image_part){.fd = fd, .size = size};
    snprintf(part->name, sizeof part->name, "%s", name);
    parts->size += size;
    return true;
}

static bool is_plain(const char *name) {
    return name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strlen(name) < IMAGE_NAME;
}

int parts_open_file(int folder, const char *name, uint64_t *size) {
    struct how how = {O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0,
                      BENEATH | NO_SYMLINKS | NO_MAGICLINKS};
    struct stat st;
    int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof how);
    if (fd < 0 && errno == ENOSYS)
        fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    *size = (uint64_t)st.st_size;
    return fd;
}

/* The name that stands in the folder for `name` when letters of either case are the same. */
static bool find_name(int folder, const char *name, char ret[IMAGE_NAME]) {
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    bool found = false;
    if (!dir && fd >= 0)
        close(fd);
    for (struct dirent *entry; dir && !found && (entry = readdir(dir));)
        if (strcasecmp(entry->d_name, name) == 0 && strlen(entry->d_name) < IMAGE_NAME) {
            snprintf(ret, IMAGE_NAME, "%s", entry->d_name);
            found = true;
        }
    if (dir)
        closedir(dir);
    return found;
}

static const char absent[] = "a file that it consists of is not there";

bool parts_add(struct parts *parts, const char *name, const char **why) {
    char other[IMAGE_NAME];
    uint64_t size = 0;
    *why = "it has more parts than are read (4096)";
    if (parts->count == IMAGE_PARTS)
        return false;
    *why = absent;
    if (parts->folder < 0 || !is_plain(name))
        return false;
    int fd = parts_open_file(parts->folder, name, &size);
    bool missing = fd < 0 && errno == ENOENT;
    if (missing && find_name(parts->folder, name, other)) {
        fd = parts_open_file(parts->folder, name = other, &size);
        missing = fd < 0 && errno == ENOENT;
    }
    if (fd < 0 && !missing)
        *why = errno == ELOOP    ? "it is a symbolic link, which is not followed"
               : errno == EMFILE ? "no more files may be open at once (ulimit -Hn)"
               : errno == EINVAL ? "it is no ordinary file"
                                 : strerror(errno);
    if (fd >= 0 && !push(parts, fd, size, name)) {
        close(fd);
        fd = -1;
        *why = "out of memory";
    }
    return fd >= 0;
}

bool parts_one(struct parts *ret, int fd, uint64_t size, const char *name) {
    *ret = (struct parts){.folder = -1};
    if (push(ret, fd, size, name))
        return true;
    close(fd);
    return false;
}

static int folder_of(const char *path) {
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash && (size_t)(slash - path) + 2 > sizeof folder)
        return -1;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    return open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

bool parts_open(struct parts *ret, const char *path, const char **why) {
    char name[IMAGE_NAME];
    const char *base = strrchr(path, '/'), *reason = absent;
    uint64_t size = 0;
    base = base ? base + 1 : path;
    int fd = folder_open_file(path, &size, why);
    if (fd < 0)
        return false;
    if (!parts_one(ret, fd, size, base))
        return *why = "out of memory", false;
    ret->folder = folder_of(path);
    bool more = strlen(base) < IMAGE_NAME;
    while (more && image_follower(base, ret->count, name))
        more = parts_add(ret, name, &reason);
    if (!more && reason != absent) {
        snprintf(ret->unopened, sizeof ret->unopened, "%s", name);
        ret->why = reason;
    }
    return true;
}

static void forget_messages(struct parts *parts) {
    for (size_t i = 0; i < parts->message_count; i++)
        text_free(&parts->payloads[i]);
    free(parts->payloads);
    free(parts->messages);
    parts->payloads = NULL;
    parts->messages = NULL;
    parts->message_count = 0;
}

static void fill_message(const struct image_part *list, size_t count, size_t first,
                         struct pool_message *message, struct text *payload) {
    static struct protocol_parts some;
    some = (struct protocol_parts){.first = (uint32_t)first, .total = (uint32_t)count};
    for (size_t i = first; i < count && some.count < WIRE_FDS; i++) {
        message->fds[some.count] = list[i].fd;
        some.sizes[some.count] = list[i].size;
        snprintf(some.names[some.count], sizeof some.names[0], "%s", list[i].name);
        some.count++;
    }
    message->fd_count = some.count;
    protocol_parts_write(payload, &some);
    message->payload = span_of(text_string(payload), payload->size, 0);
}

/* False if memory runs out. */
static bool fill_messages(struct parts *parts, uint32_t type, const struct image_part *list, size_t count) {
    for (size_t first = 0; first < count; first += WIRE_FDS) {
        size_t at = parts->message_count++;
        parts->messages[at].type = type;
        fill_message(list, count, first, &parts->messages[at], &parts->payloads[at]);
        if (parts->payloads[at].full)
            return false;
    }
    return true;
}

bool parts_attach(struct parts *parts, struct pool *pool) {
    pool_attach(pool, NULL, 0);
    forget_messages(parts);
    size_t count = parts->count / WIRE_FDS + 1 + parts->beside_count / WIRE_FDS;
    parts->messages = calloc(count + 1, sizeof *parts->messages);
    parts->payloads = calloc(count + 1, sizeof *parts->payloads);
    if (!parts->messages || !parts->payloads)
        return false;
    if (!fill_messages(parts, PROTOCOL_PARTS, parts->list, parts->count) ||
        !fill_messages(parts, PROTOCOL_BESIDE, parts->beside, parts->beside_count))
        return false;
    pool_attach(pool, parts->messages, parts->message_count);
    return true;
}

void parts_close(struct parts *parts, struct pool *pool) {
    pool_attach(pool, NULL, 0);
    forget_messages(parts);
    for (size_t i = 0; i < parts->count; i++)
        close(parts->list[i].fd);
    for (size_t i = 0; i < parts->beside_count; i++)
        close(parts->beside[i].fd);
    free(parts->list);
    free(parts->beside);
    if (parts->folder >= 0)
        close(parts->folder);
    *parts = (struct parts){.folder = -1};
}
