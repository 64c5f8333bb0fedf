#include "engine/nested.h"

#include "source/image.h"

#include <strings.h>
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

static void too_many(struct run *run, uint64_t artifact) {
    static const char many[] = "more images inside evidence than are opened: give this one as PATH";
    run_damage(run, (struct casefile_place){.artifact = artifact}, 0, many, sizeof many - 1);
    run->result->lost++;
}

bool nested_full(struct run *run, uint64_t artifact) {
    if (run->nested_count < NESTED_MOST)
        return false;
    too_many(run, artifact);
    return true;
}

void nested_add(struct run *run, uint64_t artifact, const char *path, const char *drive, int fd,
                uint64_t size) {
    struct nested nested = {.artifact = artifact, .path = strdup(path), .fd = fd, .size = size};
    snprintf(nested.drive, sizeof nested.drive, "%s", drive);
    if (nested.path && push(run, &nested))
        return;
    too_many(run, artifact);
    nested_free(&nested);
}

bool nested_is_part(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t size = strlen(name);
    const char *tail = size > 10 ? name + size - 10 : "";
    bool extent = tail[0] == '-' && (tail[1] == 's' || tail[1] == 'f') &&
                  strspn(tail + 2, "0123456789") == 3 && strcasecmp(tail + 5, ".vmdk") == 0;
    return image_is_follower(name) || extent || strcasecmp(tail, "-flat.vmdk") == 0;
}

void nested_free(struct nested *nested) {
    free(nested->path);
    if (nested->fd >= 0)
        close(nested->fd);
    *nested = (struct nested){.fd = -1};
}
