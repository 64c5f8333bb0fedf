#include "cli/command_campaigns.h"

#include "base/digest.h"
#include "cli/command.h"
#include "engine/compile.h"
#include "intel/campaigns_read.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 4096 };

static int open_file(const char *path) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    if (fd >= 0) {
        close(fd);
        errno = EINVAL;
    }
    return -1;
}

bool command_campaigns_are(const char *path) {
    static char head[HEAD];
    int fd = open_file(path);
    ssize_t got = fd >= 0 ? pread(fd, head, sizeof head, 0) : -1;
    if (fd >= 0)
        close(fd);
    return got > 0 && campaigns_read_sniff(span_of(head, (size_t)got, 0));
}

static void name_of(const char *path, struct text *ret) {
    const char *slash = strrchr(path, '/');
    text_from_bytes(ret, span_of(slash ? slash + 1 : path, strlen(slash ? slash + 1 : path), 0));
}

bool command_campaigns_compile(struct zygote *zygote, const char *path, const char *name, bool unconfined,
                               struct text *out) {
    struct text file = {0}, why = {0};
    name_of(path, &file);
    int fd = open_file(path);
    if (fd < 0)
        text_format(&why, "%s", errno == EINVAL ? "is no file" : strerror(errno));
    bool good = fd >= 0 && compile_campaigns(zygote, fd, name ? name : text_string(&file), text_string(&file),
                                             unconfined, out, &why);
    if (!good)
        command_error("%s: %s", path, text_string(&why));
    if (fd >= 0)
        close(fd);
    text_free(&file);
    text_free(&why);
    return good;
}

static bool add(struct zygote *zygote, const char *path, bool unconfined, struct campaigns *campaigns) {
    struct text list = {0}, file = {0};
    struct campaigns_damage damage;
    name_of(path, &file);
    bool good = command_campaigns_compile(zygote, path, NULL, unconfined, &list);
    if (good &&
        !campaigns_add(campaigns, span_of(list.data, list.size, 0), text_string(&file), false, &damage)) {
        command_error("%s: %s", path, damage.why);
        good = false;
    }
    text_free(&list);
    text_free(&file);
    return good;
}

bool command_campaigns_add(const char *const *paths, size_t count, bool unconfined,
                           struct campaigns *campaigns) {
    struct zygote zygote = {-1, 0};
    bool good = true;
    if (count == 0)
        return true;
    if (!digest_prepare() || !zygote_start(&zygote, compile_worker)) {
        command_error("worker processes cannot be started");
        return false;
    }
    for (size_t i = 0; i < count; i++) /* go on: every damaged one is told */
        good = add(&zygote, paths[i], unconfined, campaigns) && good;
    zygote_stop(&zygote);
    return good;
}
