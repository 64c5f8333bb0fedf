#include "cli/output_file.h"
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool output_file_open(struct output_file *file, const char *path) {
    struct stat st;
    int fd = 1;
    *file = (struct output_file){.path = path};
    if (path && lstat(path, &st) == 0) {
        command_error("%s: exists already", path);
        return false;
    }
    if (path) {
        text_format(&file->partial, "%s.partial", path);
        fd = open(text_string(&file->partial), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    }
    if (fd < 0) {
        command_error(
            errno == EEXIST
                ? "%s is there: another run writes it, or one that was killed left it; then remove it"
                : "%s: %s",
            text_string(&file->partial), strerror(errno));
        text_free(&file->partial);
    }
    output_init(&file->output, fd);
    return fd >= 0;
}

bool output_file_close(struct output_file *file, bool good) {
    const char *partial = text_string(&file->partial);
    good = output_end(&file->output) && good;
    if (file->output.error != 0 && !output_gone(&file->output))
        command_error("it could not be written: %s", output_reason(&file->output));
    if (file->path) {
        if (close(file->output.fd) != 0 || (good && rename(partial, file->path) != 0)) {
            command_error("%s: %s", file->path, strerror(errno));
            good = false;
        }
        if (!good)
            unlink(partial);
    }
    text_free(&file->partial);
    return good;
}
