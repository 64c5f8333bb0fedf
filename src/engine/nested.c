#include "engine/nested.h"

#include <unistd.h>

static bool push(struct run *run, const struct nested *nested) {
    if (run->nested_count == NESTED_MOST)
        return false;
    struct nested *list = realloc(run->nested, (run->nested_count + 1) * sizeof *list);
    if (!list)
        return false;
    run->nested = list;
    list[run->nested_count++] = *nested;
    return true;
}

void nested_add(struct run *run, uint64_t artifact, const char *path, const char *drive, int fd,
                uint64_t size) {
    struct nested nested = {.artifact = artifact, .path = strdup(path), .fd = fd, .size = size};
    snprintf(nested.drive, sizeof nested.drive, "%s", drive);
    if (nested.path && push(run, &nested))
        return;
    static const char many[] = "more images inside evidence than are opened: give this one as PATH";
    run_damage(run, (struct casefile_place){.artifact = artifact}, 0, many, sizeof many - 1);
    run->result->lost++;
    nested_free(&nested);
}

void nested_free(struct nested *nested) {
    free(nested->path);
    if (nested->fd >= 0)
        close(nested->fd);
    *nested = (struct nested){.fd = -1};
}
