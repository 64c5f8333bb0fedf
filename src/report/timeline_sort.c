#include "report/timeline_sort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BUFFER = 65536, ALIGN = 8 };

/* A line as it lies in memory and in the file: this, its bytes, and zeros up to a multiple of ALIGN. */
struct item {
    struct timeline_key key;
    uint64_t size;
};

/* In the order of addition until they are sorted. The time lies beside, as most comparisons need no more. */
struct timeline_slot {
    uint64_t time, at;
};

/* A sorted part of the file; its next lines are in `buffer` from `at` to `end`. */
struct timeline_run {
    uint64_t offset, left; /* bytes of the file not read yet */
    uint8_t *buffer;
    size_t at, end, room;
};

static bool fail(struct timeline_sort *sort, const char *what, int error) {
    if (sort->error[0] == 0)
        snprintf(sort->error, sizeof sort->error, "%s: %s", what, strerror(error));
    return false;
}

static size_t padded(uint64_t size) {
    return sizeof(struct item) + (size_t)((size + ALIGN - 1) / ALIGN * ALIGN);
}

static struct item item_at(const uint8_t *at) {
    struct item item;
    memcpy(&item, at, sizeof item);
    return item;
}

void timeline_sort_init(struct timeline_sort *sort, size_t memory) {
    *sort = (struct timeline_sort){.memory = memory, .fd = -1};
}

static void free_runs(struct timeline_sort *sort) {
    for (size_t i = 0; i < sort->run_count; i++)
        free(sort->runs[i].buffer);
    sort->run_count = 0;
}

void timeline_sort_free(struct timeline_sort *sort) {
    free_runs(sort);
    free(sort->items);
    free(sort->slots);
    free(sort->runs);
    free(sort->heap);
    if (sort->fd >= 0)
        close(sort->fd);
    *sort = (struct timeline_sort){.fd = -1};
}

const char *timeline_sort_error(const struct timeline_sort *sort) {
    return sort->error;
}

static int compare_keys(const struct timeline_key *a, const struct timeline_key *b) {
    const uint64_t left[] = {a->time, a->place, a->item, a->order, a->identity, a->shadow, a->mask};
    const uint64_t right[] = {b->time, b->place, b->item, b->order, b->identity, b->shadow, b->mask};
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

static int compare_slots(const void *left, const void *right, void *items) {
    const struct timeline_slot *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    struct item first = item_at((uint8_t *)items + a->at), second = item_at((uint8_t *)items + b->at);
    int order = compare_keys(&first.key, &second.key);
    return order != 0 ? order : a->at < b->at ? -1 : 1;
}

static void sort_slots(struct timeline_sort *sort) {
    if (sort->count > 1)
        qsort_r(sort->slots, sort->count, sizeof *sort->slots, compare_slots, sort->items);
}

/* --- the file --- */

static int open_nameless(void) {
    const char *given = getenv("TMPDIR");
    const char *folders[] = {given, "/var/tmp", "/tmp"};
    int fd = -1;
    for (size_t i = given && given[0] ? 0 : 1; i < 3 && fd < 0; i++) {
        char path[4096];
        fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
        if (fd >= 0 || snprintf(path, sizeof path, "%s/assay-XXXXXX", folders[i]) >= (int)sizeof path)
            continue;
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    return fd;
}

static bool write_all(struct timeline_sort *sort, int fd, const uint8_t *data, size_t size,
                      uint64_t *offset) {
    while (size > 0) {
        ssize_t n = pwrite(fd, data, size, (off_t)*offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(sort, "the temporary file for sorting cannot be written", n < 0 ? errno : EIO);
        data += n;
        size -= (size_t)n;
        *offset += (uint64_t)n;
    }
    return true;
}

/* Lines on their way to the end of a file. */
struct writer {
    struct timeline_sort *sort;
    int fd;
    uint64_t offset;
    uint8_t *buffer;
    size_t used;
};

static bool put(struct writer *w, const uint8_t *data, size_t size) {
    if (size > BUFFER - w->used) {
        if (!write_all(w->sort, w->fd, w->buffer, w->used, &w->offset))
            return false;
        w->used = 0;
    }
    if (size > BUFFER)
        return write_all(w->sort, w->fd, data, size, &w->offset);
    memcpy(w->buffer + w->used, data, size);
    w->used += size;
    return true;
}

static bool start_writer(struct writer *w, struct timeline_sort *sort, int fd, uint64_t offset) {
    *w = (struct writer){sort, fd, offset, malloc(BUFFER), 0};
    return w->buffer ? true : fail(sort, "sorting", ENOMEM);
}

static bool end_writer(struct writer *w, bool good) {
    good = good && write_all(w->sort, w->fd, w->buffer, w->used, &w->offset);
    free(w->buffer);
    return good;
}

/* --- merging --- */

/* Makes sure that the next line is in the buffer whole; `at` == `end` afterwards: there is none. */
static bool load(struct timeline_sort *sort, struct timeline_run *run) {
    size_t have = run->end - run->at, want = sizeof(struct item);
    for (;;) {
        if (have >= sizeof(struct item))
            want = padded(item_at(run->buffer + run->at).size);
        if (have >= want || have + run->left == 0)
            return true;
        if (want > run->room) {
            uint8_t *larger = realloc(run->buffer, want);
            if (!larger)
                return fail(sort, "sorting", ENOMEM);
            run->buffer = larger;
            run->room = want;
        }
        memmove(run->buffer, run->buffer + run->at, have);
        size_t part = run->left < run->room - have ? (size_t)run->left : run->room - have;
        ssize_t n = pread(sort->fd, run->buffer + have, part, (off_t)run->offset);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            return fail(sort, "the temporary file for sorting cannot be read", n < 0 ? errno : EIO);
        run->at = 0;
        run->end = have += (size_t)n;
        run->offset += (uint64_t)n;
        run->left -= (uint64_t)n;
    }
}

static bool run_before(const struct timeline_sort *sort, size_t a, size_t b) {
    const struct timeline_run *left = &sort->runs[a], *right = &sort->runs[b];
    struct item first = item_at(left->buffer + left->at), second = item_at(right->buffer + right->at);
    int order = compare_keys(&first.key, &second.key);
    return order != 0 ? order < 0 : a < b; /* an earlier run was added earlier */
}

static void sink(struct timeline_sort *sort, size_t at) {
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < sort->heap_count; child++)
            if (run_before(sort, sort->heap[child], sort->heap[least]))
                least = child;
        if (least == at)
            return;
        size_t moved = sort->heap[at];
        sort->heap[at] = sort->heap[least];
        sort->heap[least] = moved;
        at = least;
    }
}

static bool start_merge(struct timeline_sort *sort) {
    size_t share = sort->memory / (sort->run_count + 1);
    sort->heap = sort->heap ? sort->heap : malloc(TIMELINE_SORT_RUNS * sizeof *sort->heap);
    if (!sort->heap)
        return fail(sort, "sorting", ENOMEM);
    sort->heap_count = 0;
    for (size_t i = 0; i < sort->run_count; i++) {
        struct timeline_run *run = &sort->runs[i];
        run->room = share > BUFFER ? share : BUFFER;
        run->buffer = malloc(run->room);
        if (!run->buffer)
            return fail(sort, "sorting", ENOMEM);
        if (!load(sort, run))
            return false;
        sort->heap[sort->heap_count++] = i;
    }
    for (size_t i = sort->heap_count / 2; i-- > 0;)
        sink(sort, i);
    return true;
}

/* The line that comes next, NULL at the end; stays until merge_step. */
static const uint8_t *merge_peek(const struct timeline_sort *sort) {
    if (sort->heap_count == 0)
        return NULL;
    const struct timeline_run *run = &sort->runs[sort->heap[0]];
    return run->buffer + run->at;
}

static bool merge_step(struct timeline_sort *sort) {
    struct timeline_run *run = &sort->runs[sort->heap[0]];
    run->at += padded(item_at(run->buffer + run->at).size);
    if (!load(sort, run))
        return false;
    if (run->at == run->end)
        sort->heap[0] = sort->heap[--sort->heap_count];
    sink(sort, 0);
    return true;
}

/* Many runs become one in a file of its own. */
static bool merge_runs(struct timeline_sort *sort) {
    struct writer w;
    int fd = open_nameless();
    if (fd < 0)
        return fail(sort, "no temporary file for sorting can be made", errno);
    bool good = start_writer(&w, sort, fd, 0) && start_merge(sort);
    while (good && sort->heap_count > 0) {
        const uint8_t *item = merge_peek(sort);
        good = put(&w, item, padded(item_at(item).size)) && merge_step(sort);
    }
    good = end_writer(&w, good);
    close(sort->fd);
    sort->fd = fd;
    sort->file_size = w.offset;
    free_runs(sort);
    sort->runs[0] = (struct timeline_run){.left = w.offset};
    sort->run_count = 1;
    return good;
}

/* --- adding --- */

static bool spill(struct timeline_sort *sort) {
    struct writer w;
    sort->runs = sort->runs ? sort->runs : malloc(TIMELINE_SORT_RUNS * sizeof *sort->runs);
    if (!sort->runs)
        return fail(sort, "sorting", ENOMEM);
    if (sort->fd < 0 && (sort->fd = open_nameless()) < 0)
        return fail(sort, "no temporary file for sorting can be made", errno);
    if (sort->run_count == TIMELINE_SORT_RUNS && !merge_runs(sort))
        return false;
    sort_slots(sort);
    bool good = start_writer(&w, sort, sort->fd, sort->file_size);
    for (size_t i = 0; good && i < sort->count; i++) {
        const uint8_t *item = sort->items + sort->slots[i].at;
        good = put(&w, item, padded(item_at(item).size));
    }
    good = end_writer(&w, good);
    sort->runs[sort->run_count++] =
        (struct timeline_run){.offset = sort->file_size, .left = w.offset - sort->file_size};
    sort->file_size = w.offset;
    sort->used = sort->count = 0;
    return good;
}

/* Room for `need` of `size` bytes each, within `most`. */
static bool grow(void **memory, size_t *room, size_t need, size_t size, size_t most) {
    if (need <= *room)
        return true;
    size_t wanted = *room ? *room : 4096 / size + 1;
    while (wanted < need)
        wanted *= 2;
    wanted = wanted > most && need <= most ? most : wanted;
    void *larger = realloc(*memory, wanted * size);
    if (!larger)
        return false;
    *memory = larger;
    *room = wanted;
    return true;
}

bool timeline_sort_add(struct timeline_sort *sort, const struct timeline_key *key, const void *line,
                       size_t size) {
    struct item item = {*key, size};
    size_t need = padded(size), slot = sizeof *sort->slots;
    if (sort->error[0] != 0 || sort->reading)
        return false;
    if (size > sort->memory / 2)
        return fail(sort, "a line is too long to be sorted", EFBIG);
    if (sort->used + need + (sort->count + 1) * slot > sort->memory && sort->count > 0 && !spill(sort))
        return false;
    void *items = sort->items, *slots = sort->slots;
    bool good = grow(&items, &sort->room, sort->used + need, 1, sort->memory);
    sort->items = items;
    good = good && grow(&slots, &sort->slot_room, sort->count + 1, slot, sort->memory / slot);
    sort->slots = slots;
    if (!good)
        return fail(sort, "sorting", ENOMEM);
    uint8_t *to = sort->items + sort->used;
    memset(to + need - ALIGN, 0, ALIGN);
    memcpy(to, &item, sizeof item);
    memcpy(to + sizeof item, line, size);
    sort->slots[sort->count++] = (struct timeline_slot){key->time, sort->used};
    sort->used += need;
    return true;
}

/* --- reading --- */

static bool start_reading(struct timeline_sort *sort) {
    sort->reading = true;
    if (sort->run_count == 0) {
        sort_slots(sort);
        return true;
    }
    if (sort->count > 0 && !spill(sort))
        return false;
    free(sort->items);
    free(sort->slots);
    sort->items = NULL;
    sort->slots = NULL;
    return start_merge(sort);
}

static bool give(const uint8_t *at, struct timeline_key *key, struct span *line) {
    struct item item = item_at(at);
    *key = item.key;
    *line = span_of(at + sizeof item, (size_t)item.size, 0);
    return true;
}

bool timeline_sort_next(struct timeline_sort *sort, struct timeline_key *key, struct span *line) {
    bool first = !sort->reading;
    if (sort->error[0] != 0 || (first && !start_reading(sort)))
        return false;
    if (sort->run_count == 0)
        return sort->at < sort->count && give(sort->items + sort->slots[sort->at++].at, key, line);
    if (!first && sort->heap_count > 0 && !merge_step(sort))
        return false;
    const uint8_t *at = merge_peek(sort);
    return at && give(at, key, line);
}
