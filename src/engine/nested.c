#include "engine/nested.h"

#include "source/image.h"

#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static bool push(struct run *run, const struct nested *nested) {
    if (run->nested_count == NESTED_KEPT)
        return false;
    if ((run->nested_count & (run->nested_count - 1)) == 0) { /* full: its room is a power of two */
        size_t room = run->nested_count ? 2 * run->nested_count : 1;
        struct nested *list = realloc(run->nested, room * sizeof *list);
        if (!list)
            return false;
        run->nested = list;
    }
    run->nested[run->nested_count++] = *nested;
    return true;
}

bool nested_room(const struct run *run, uint64_t size) {
    return run->nested_count < NESTED_MOST && run->nested_bytes < NESTED_EXTRACT &&
           size <= NESTED_EXTRACT - run->nested_bytes;
}

void nested_refuse(struct run *run, uint64_t artifact) {
    static const char many[] =
        "more images inside evidence than are opened, or larger ones: give this one as PATH";
    run_damage(run, (struct casefile_place){.artifact = artifact}, 0, many, sizeof many - 1);
    run->result->lost++;
}

void nested_add(struct run *run, uint64_t artifact, const char *path, const char *drive, int fd,
                uint64_t size) {
    struct nested nested = {
        .artifact = artifact, .path = strdup(path), .fd = fd, .size = size, .depth = run->depth + 1};
    snprintf(nested.drive, sizeof nested.drive, "%s", drive);
    struct stat st;
    if (fd >= 0 && fstat(fd, &st) == 0)
        nested.memory = (uint64_t)st.st_blocks * 512;
    if (nested.path && push(run, &nested)) {
        run->nested_bytes += nested.memory;
        return;
    }
    nested_refuse(run, artifact);
    nested_free(&nested);
}

static int order(const void *left, const void *right) {
    const struct nested *a = left, *b = right;
    return a->artifact < b->artifact ? -1 : a->artifact > b->artifact;
}

void nested_settle(struct run *run) {
    if (run->nested_count > 0)
        qsort(run->nested, run->nested_count, sizeof *run->nested, order);
    for (size_t i = NESTED_MOST; i < run->nested_count; i++) {
        nested_refuse(run, run->nested[i].artifact);
        nested_free(&run->nested[i]);
    }
    if (run->nested_count > NESTED_MOST)
        run->nested_count = NESTED_MOST;
}

bool nested_is_part(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t size = strlen(name);
    const char *tail = size > 10 ? name + size - 10 : "";
    bool extent = tail[0] == '-' && (tail[1] == 's' || tail[1] == 'f') &&
                  strspn(tail + 2, "0123456789") == 3 && strcasecmp(tail + 5, ".vmdk") == 0;
    return image_is_follower(name) || extent || strcasecmp(tail, "-flat.vmdk") == 0;
}

const char *nested_beside(const char *path, const char *by) {
    const char *slash = strrchr(by, '/');
    size_t folder = slash ? (size_t)(slash - by) + 1 : 0;
    return strncmp(path, by, folder) == 0 && !strchr(path + folder, '/') ? path + folder : NULL;
}

unsigned nested_rank(const char *path) {
    static const struct {
        const char *end;
        unsigned rank;
    } ends[] = {{".msi", 1}, {".msp", 1}, {".msu", 1}, {".cab", NESTED_CABINET}, {".bin", NESTED_CABINET}};
    size_t size = strlen(path);
    if (nested_is_part(path))
        return NESTED_PART;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (size > 4 && strcasecmp(path + size - 4, ends[i].end) == 0)
            return ends[i].rank;
    return 0;
}

size_t nested_first(const struct run *run, size_t at) {
    const char *path = run->nested[at].path;
    unsigned rank = nested_rank(path);
    size_t first = at;
    for (size_t i = 0; rank > 0 && i < run->nested_count; i++) {
        const struct nested *other = &run->nested[i];
        if (other->taken || !other->path || !nested_beside(other->path, path) ||
            nested_rank(other->path) >= rank)
            continue;
        rank = nested_rank(other->path);
        first = i;
    }
    return first;
}

/* Cabinets and slices of this folder; waiting ones alone, or those that are done. */
static size_t next_cabinet(const struct run *run, const char *path, size_t from, bool taken) {
    size_t i = from;
    while (i < run->nested_count &&
           (run->nested[i].taken != taken || !run->nested[i].path ||
            !nested_beside(run->nested[i].path, path) || nested_rank(run->nested[i].path) != NESTED_CABINET))
        i++;
    return i;
}

static void let_go(struct run *run, struct nested *nested) {
    if (nested->fd >= 0)
        close(nested->fd);
    nested->fd = -1;
    run->nested_bytes -= nested->memory;
    nested->memory = 0;
}

void nested_done(struct run *run, size_t at) {
    const char *path = run->nested[at].path;
    if (nested_rank(path) != NESTED_CABINET) {
        let_go(run, &run->nested[at]);
        return;
    }
    if (next_cabinet(run, path, 0, false) < run->nested_count)
        return;
    for (size_t i = 0; (i = next_cabinet(run, path, i, true)) < run->nested_count; i++)
        let_go(run, &run->nested[i]);
}

void nested_free(struct nested *nested) {
    free(nested->path);
    if (nested->fd >= 0)
        close(nested->fd);
    *nested = (struct nested){.fd = -1};
}
