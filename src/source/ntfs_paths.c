#include "source/ntfs_paths.h"

enum {
    ROOT = 5,
    RESERVED = 24,
    CHUNK = 1 << 20,
    BUDGET_RECORD = 12,
    BUDGET_LEAST = 4 << 20,
    LONG = 1024,
    I30 = NTFS_STREAM_I30 | NTFS_STREAM_BITMAP, /* parts of folders, never listed */
    ALL_RECORD = 256,
    ALL_LEAST = 64 << 20
};

static const char orphan[] = "/$Orphan";

struct ntfs_paths_folder {
    const char *path; /* NULL if there was no room to keep it */
    uint32_t size;
    bool orphan;
    bool cut; /* its path is too long for the budget: it stands under $Orphan */
};

struct arena {
    struct job *job;
    char *at;
    size_t left;
    uint64_t budget; /* bytes that may still be taken */
};

static char *arena_take(struct arena *arena, size_t size) {
    if (size > arena->budget)
        return NULL;
    if (size > arena->left) {
        arena->left = size > CHUNK ? size : CHUNK;
        arena->at = job_alloc(arena->job, arena->left, 1);
        if (!arena->at) {
            arena->left = 0;
            arena->budget = 0;
            return NULL;
        }
    }
    char *bytes = arena->at;
    arena->at += size;
    arena->left -= size;
    arena->budget -= size;
    return bytes;
}

/* The folder that a parent reference means, or NULL. */
static const struct ntfs_row *folder_of(const struct ntfs_index *index, uint32_t record, uint16_t sequence) {
    const struct ntfs_row *row = ntfs_index_row(index, record);
    if (!row || !(row->flags & NTFS_ROW_DIRECTORY))
        return NULL;
    bool former = row->flags & NTFS_ROW_DELETED && row->sequence == (uint16_t)(sequence + 1);
    return row->sequence == sequence || former ? row : NULL;
}

static struct ntfs_paths_folder *kept(const struct ntfs_paths *paths, uint32_t record) {
    uint32_t number = paths->number[record];
    return number > 0 && paths->folders[number - 1].path ? &paths->folders[number - 1] : NULL;
}

/* Something put together from the end of a buffer forwards. */
struct reverse {
    char *buffer;
    size_t start; /* first byte in use */
};

static bool reverse_add(struct reverse *text, const char *bytes, size_t size) {
    if (size > text->start)
        return false;
    text->start -= size;
    memmove(text->buffer + text->start, bytes, size);
    return true;
}

static bool reverse_name(struct reverse *text, struct span name) {
    return reverse_add(text, (const char *)name.data, name.size) && reverse_add(text, "/", 1);
}

/* In a $MFT that was cut at its start, the root is not there; but its reference is always this. */
static bool is_cut_root(const struct ntfs_index *index, uint32_t record, uint16_t sequence) {
    return record == ROOT && sequence == ROOT && index->summary->first > ROOT;
}

enum climb { CLIMB_ROOT, CLIMB_ORPHAN, CLIMB_DEEP };

/* Puts a folder's path together by climbing from it to the root or to the first folder whose path is kept. */
static enum climb climb(const struct ntfs_paths *paths, uint32_t record, struct reverse *text) {
    const struct ntfs_index *index = paths->index;
    const struct ntfs_row *row = ntfs_index_row(index, record);
    for (int depth = 0; depth < NTFS_PATHS_DEPTH; depth++) {
        if (record == ROOT)
            return CLIMB_ROOT;
        const struct ntfs_paths_folder *known = kept(paths, record);
        if (known && reverse_add(text, known->path, known->size))
            return known->orphan ? CLIMB_ORPHAN : CLIMB_ROOT;
        if (known)
            return CLIMB_DEEP;
        if (!row || !(row->flags & NTFS_ROW_FN)) {
            reverse_add(text, orphan, sizeof orphan - 1);
            return CLIMB_ORPHAN;
        }
        if (!reverse_name(text, ntfs_index_name(index, row->name, row->name_size)))
            return CLIMB_DEEP;
        record = row->parent;
        if (is_cut_root(index, record, row->parent_sequence))
            return CLIMB_ROOT;
        row = folder_of(index, record, row->parent_sequence);
        if (!row) {
            reverse_add(text, orphan, sizeof orphan - 1);
            return CLIMB_ORPHAN;
        }
    }
    return CLIMB_DEEP;
}

/* A folder's path at the end of `buffer`. On a cycle or too deep down it stands directly under $Orphan. */
static struct span compose(const struct ntfs_paths *paths, uint32_t record, char *buffer, enum climb *how) {
    struct reverse text = {buffer, NTFS_PATHS_SIZE};
    uint32_t number = paths->number[record];
    bool cut = number > 0 && paths->folders[number - 1].cut;
    *how = cut ? CLIMB_DEEP : climb(paths, record, &text);
    if (*how == CLIMB_DEEP) {
        const struct ntfs_row *row = ntfs_index_row(paths->index, record);
        text.start = NTFS_PATHS_SIZE;
        if (row && row->flags & NTFS_ROW_FN)
            reverse_name(&text, ntfs_index_name(paths->index, row->name, row->name_size));
        reverse_add(&text, orphan, sizeof orphan - 1);
    }
    return span_of(buffer + text.start, NTFS_PATHS_SIZE - text.start, 0);
}

static void keep(struct ntfs_paths *paths, struct arena *arena, uint32_t record, char *buffer,
                 uint64_t *all) {
    enum climb how;
    struct span path = compose(paths, record, buffer, &how);
    struct ntfs_paths_folder *folder = &paths->folders[paths->count++];
    paths->number[record] = paths->count;
    /* A few long names nested and repeated would make paths of gigabytes out of a volume of megabytes. */
    folder->cut = path.size > LONG && path.size > *all;
    if (folder->cut)
        path = compose(paths, record, buffer, &how);
    *all -= path.size < *all ? path.size : *all;
    char *copy = arena_take(arena, path.size + 1);
    folder->orphan = how != CLIMB_ROOT;
    paths->orphans += folder->orphan;
    paths->deep += how == CLIMB_DEEP;
    if (copy) {
        folder->size = (uint32_t)span_copy(path, copy, path.size);
        folder->path = copy;
    }
}

static uint32_t count_folders(const struct ntfs_index *index) {
    uint32_t count = 0;
    for (uint64_t i = index->summary->first; i < index->row_count; i++)
        count += (index->rows[i].flags & (NTFS_ROW_PRESENT | NTFS_ROW_DIRECTORY)) ==
                 (NTFS_ROW_PRESENT | NTFS_ROW_DIRECTORY);
    return count;
}

bool ntfs_paths_build(struct job *job, const struct ntfs_index *index, struct ntfs_paths *ret) {
    uint32_t count = count_folders(index), first = (uint32_t)index->summary->first;
    uint64_t rows = index->row_count - first;
    struct ntfs_paths paths = {.index = index};
    char *buffer = job_alloc(job, NTFS_PATHS_SIZE, 1);
    paths.number = job_alloc(job, index->row_count, sizeof *paths.number);
    paths.folders = job_alloc(job, count, sizeof *paths.folders);
    if (!buffer || !paths.number || !paths.folders)
        return false;
    struct arena arena = {.job = job, .budget = rows * BUDGET_RECORD + BUDGET_LEAST};
    if (arena.budget > (job->cap - job->used) / 2)
        arena.budget = (job->cap - job->used) / 2;
    uint64_t all = rows * ALL_RECORD + ALL_LEAST;
    for (uint32_t i = first; i < index->row_count && paths.count < count; i++) {
        const struct ntfs_row *row = ntfs_index_row(index, i);
        if (row && row->flags & NTFS_ROW_DIRECTORY)
            keep(&paths, &arena, i, buffer, &all);
    }
    if (paths.deep > 0)
        job_note(
            job, FAULT_BAD, 0,
            "folders that contain themselves, or whose paths are longer than is kept, are listed under $Orphan");
    *ret = paths;
    return true;
}

bool ntfs_paths_walk(struct job *job, const struct ntfs_paths *paths, uint32_t first, uint32_t last,
                     struct ntfs_walker *ret) {
    char *buffer = job_alloc(job, NTFS_PATHS_SIZE, 1);
    if (!buffer)
        return false;
    *ret = (struct ntfs_walker){.paths = paths, .record = first, .last = last, .buffer = buffer};
    ret->last = last < paths->index->row_count ? last : paths->index->row_count;
    if (first < paths->index->summary->first) /* nothing lies before it */
        ret->record = (uint32_t)paths->index->summary->first;
    ret->folder_record = NTFS_INDEX_NONE;
    return true;
}

/* Makes the folder of a parent reference the one in hand; consecutive records often share it. */
static void enter(struct ntfs_walker *walker, uint32_t parent, uint16_t sequence) {
    if (parent == walker->folder_record && sequence == walker->folder_sequence && walker->folder)
        return;
    walker->folder_record = parent;
    walker->folder_sequence = sequence;
    walker->folder = orphan;
    walker->folder_size = sizeof orphan - 1;
    walker->folder_orphan = true;
    if (is_cut_root(walker->paths->index, parent, sequence)) {
        walker->folder_size = 0;
        walker->folder_orphan = false;
    }
    if (!folder_of(walker->paths->index, parent, sequence))
        return;
    const struct ntfs_paths_folder *known = kept(walker->paths, parent);
    if (known) {
        walker->folder = known->path;
        walker->folder_size = known->size;
        walker->folder_orphan = known->orphan;
        return;
    }
    enum climb how;
    struct span path = compose(walker->paths, parent, walker->buffer, &how);
    walker->folder = (const char *)path.data;
    walker->folder_size = path.size;
    walker->folder_orphan = how != CLIMB_ROOT;
}

static uint32_t listing_flags(uint32_t row) {
    uint32_t flags = 0;
    flags |= row & NTFS_ROW_DIRECTORY ? LISTING_DIRECTORY : 0;
    flags |= row & NTFS_ROW_DELETED ? LISTING_DELETED : 0;
    flags |= row & NTFS_ROW_COMPRESSED ? LISTING_COMPRESSED : 0;
    flags |= row & NTFS_ROW_ENCRYPTED ? LISTING_ENCRYPTED : 0;
    flags |= row & NTFS_ROW_SPARSE ? LISTING_SPARSE : 0;
    flags |= row & NTFS_ROW_REPARSE ? LISTING_REPARSE : 0;
    flags |= row & NTFS_ROW_RESIDENT ? LISTING_RESIDENT : 0;
    flags |= row & NTFS_ROW_WOF ? LISTING_WOF : 0;
    return flags;
}

static uint32_t stream_flags(uint32_t row, uint16_t stream) {
    uint32_t flags = listing_flags(row & (NTFS_ROW_DELETED | NTFS_ROW_REPARSE | NTFS_ROW_DIRECTORY));
    flags &= ~(uint32_t)LISTING_DIRECTORY; /* a stream of a folder is no folder */
    flags |= stream & NTFS_STREAM_COMPRESSED ? LISTING_COMPRESSED : 0;
    flags |= stream & NTFS_STREAM_ENCRYPTED ? LISTING_ENCRYPTED : 0;
    flags |= stream & NTFS_STREAM_SPARSE ? LISTING_SPARSE : 0;
    flags |= stream & NTFS_STREAM_RESIDENT ? LISTING_RESIDENT : 0;
    return flags;
}

static char *decimal(char *end, uint32_t value) {
    do
        *--end = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    return end;
}

/* A record without a name gets one that says where it is. */
static void name_nameless(struct ntfs_walker *walker, uint32_t record, struct listing *ret) {
    static const char prefix[] = "$MFT-";
    char *end = walker->name + sizeof walker->name, *digits = decimal(end, record);
    char *start = digits - (sizeof prefix - 1);
    memcpy(start, prefix, sizeof prefix - 1);
    ret->folder = orphan;
    ret->folder_size = sizeof orphan - 1;
    ret->name = start;
    ret->name_size = (size_t)(end - start);
    ret->flags |= LISTING_ORPHAN;
}

static void place(struct ntfs_walker *walker, uint32_t parent, uint16_t sequence, struct span name,
                  struct listing *ret) {
    enter(walker, parent, sequence);
    ret->folder = walker->folder;
    ret->folder_size = walker->folder_size;
    ret->name = (const char *)name.data;
    ret->name_size = name.size;
    if (walker->folder_orphan)
        ret->flags |= LISTING_ORPHAN;
}

/* The record itself under its first path. */
static void list_record(struct ntfs_walker *walker, uint32_t record, const struct ntfs_row *row,
                        struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    *ret = (struct listing){.record = record,
                            .sequence = row->sequence,
                            .has_fn = row->flags & NTFS_ROW_FN,
                            .flags = listing_flags(row->flags),
                            .attributes = row->attributes,
                            .size = row->size};
    for (int i = 0; i < NTFS_TIMES; i++) {
        ret->si[i] = row->si[i];
        ret->fn[i] = row->fn[i];
    }
    walker->raw_name = walker->raw_stream = (struct span){NULL, 0, 0};
    walker->current_stream = NTFS_INDEX_NONE;
    if (record == ROOT) {
        ret->folder = ret->name = "";
        return;
    }
    if (!(row->flags & NTFS_ROW_FN)) {
        name_nameless(walker, record, ret);
        return;
    }
    place(walker, row->parent, row->parent_sequence, ntfs_index_name(index, row->name, row->name_size), ret);
    if (row->flags & NTFS_ROW_RAW_NAME)
        walker->raw_name = ntfs_index_raw_name(index, row->name, row->name_size);
}

static void name_content(struct ntfs_walker *walker, uint32_t stream, const struct ntfs_stream *at,
                         struct listing *ret) {
    walker->current_stream = stream;
    ret->flags |= at->flags & NTFS_STREAM_FREE ? LISTING_RECOVERABLE : 0;
    ret->flags |= at->flags & NTFS_STREAM_REUSED ? LISTING_REUSED : 0;
    if (walker->paths->index->summary->has_content && !(at->flags & NTFS_STREAM_DELETED))
        ret->content = (uint64_t)stream + 1;
}

static void list_main(struct ntfs_walker *walker, uint32_t record, const struct ntfs_row *row,
                      struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    list_record(walker, record, row, ret);
    if (walker->main != NTFS_INDEX_NONE)
        name_content(walker, walker->main, &index->streams[walker->main], ret);
}

static void list_link(struct ntfs_walker *walker, uint32_t record, const struct ntfs_row *row,
                      const struct ntfs_link *link, struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    list_main(walker, record, row, ret);
    ret->flags &= ~(uint32_t)LISTING_ORPHAN;
    ret->link = (uint8_t)(walker->links < UINT8_MAX ? walker->links : UINT8_MAX);
    for (int i = 0; i < NTFS_TIMES; i++)
        ret->fn[i] = link->fn[i];
    place(walker, link->parent, link->parent_sequence, ntfs_index_name(index, link->name, link->name_size),
          ret);
    walker->raw_name = (struct span){NULL, 0, 0};
    if (link->raw_name)
        walker->raw_name = ntfs_index_raw_name(index, link->name, link->name_size);
}

static void list_stream(struct ntfs_walker *walker, uint32_t record, const struct ntfs_row *row,
                        uint32_t stream, const struct ntfs_stream *at, struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    list_record(walker, record, row, ret);
    ret->flags = stream_flags(row->flags, at->flags) | (ret->flags & LISTING_ORPHAN);
    struct span name = ntfs_index_name(index, at->name, at->name_size);
    ret->stream = (const char *)name.data;
    ret->stream_size = name.size;
    ret->size = at->size;
    if (at->flags & NTFS_STREAM_RAW_NAME)
        walker->raw_stream = ntfs_index_raw_name(index, at->name, at->name_size);
    name_content(walker, stream, at, ret);
}

enum phase { PHASE_RECORD, PHASE_LINKS, PHASE_STREAMS };

static bool has_bytes(const struct ntfs_index *index, const struct ntfs_row *row) {
    if (row->size > 0)
        return true;
    uint32_t stream = ntfs_index_first_stream(index, row);
    for (; stream != NTFS_INDEX_NONE; stream = ntfs_index_next_stream(index, stream))
        if (index->streams[stream].size > 0 && !(index->streams[stream].flags & I30))
            return true;
    return false;
}

static bool is_listed(const struct ntfs_index *index, uint32_t record, const struct ntfs_row *row) {
    if (row->flags & NTFS_ROW_FN)
        return true;
    return (record >= RESERVED && !(row->flags & NTFS_ROW_DELETED)) || has_bytes(index, row);
}

/* A stream that is not wanted under its record's first path may be so under another. */
static void try_links(struct ntfs_walker *walker, const struct ntfs_row *row, struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    struct listing other = *ret;
    uint32_t at = ntfs_index_first_link(index, row);
    const struct ntfs_link *link = ntfs_index_link(index, at);
    for (; link && !walker->accepts(walker->context, &other); link = ntfs_index_link(index, at)) {
        other.flags &= ~(uint32_t)LISTING_ORPHAN;
        for (int i = 0; i < NTFS_TIMES; i++)
            other.fn[i] = link->fn[i];
        place(walker, link->parent, link->parent_sequence,
              ntfs_index_name(index, link->name, link->name_size), &other);
        walker->raw_name = link->raw_name ? ntfs_index_raw_name(index, link->name, link->name_size)
                                          : (struct span){NULL, 0, 0};
        at = ntfs_index_next_link(index, at);
    }
    *ret = other;
}

/* The next stream of the record that is listed by itself. */
static bool next_stream(struct ntfs_walker *walker, const struct ntfs_row *row, struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    while (walker->stream != NTFS_INDEX_NONE) {
        uint32_t stream = walker->stream;
        const struct ntfs_stream *at = &index->streams[stream];
        walker->stream = ntfs_index_next_stream(index, stream);
        if (at->flags & (NTFS_STREAM_MAIN | I30) || (at->flags & NTFS_STREAM_INDEX && !walker->indexes))
            continue;
        list_stream(walker, walker->record, row, stream, at, ret);
        if (walker->accepts)
            try_links(walker, row, ret);
        return true;
    }
    return false;
}

/* The listings of the record in hand behind its first. */
static bool next_of_record(struct ntfs_walker *walker, struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    const struct ntfs_row *row = &index->rows[walker->record];
    if (walker->phase == PHASE_LINKS) {
        const struct ntfs_link *link = ntfs_index_link(index, walker->link);
        if (link) {
            walker->links++;
            list_link(walker, walker->record, row, link, ret);
            walker->link = ntfs_index_next_link(index, walker->link);
            return true;
        }
        walker->phase = PHASE_STREAMS;
        walker->stream = ntfs_index_first_stream(index, row);
    }
    if (walker->phase == PHASE_STREAMS) {
        if (next_stream(walker, row, ret))
            return true;
        walker->phase = PHASE_RECORD;
        walker->record++;
    }
    return false;
}

bool ntfs_paths_next(struct ntfs_walker *walker, struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    if (walker->phase != PHASE_RECORD && next_of_record(walker, ret))
        return true;
    for (; walker->record < walker->last; walker->record++) {
        const struct ntfs_row *row = ntfs_index_row(index, walker->record);
        const uint8_t *left_out = walker->paths->left_out;
        if (!row || (left_out && left_out[walker->record / 8] >> walker->record % 8 & 1) ||
            !is_listed(index, walker->record, row))
            continue;
        walker->main = row->first_stream > 0 ? ntfs_index_main(index, row) : NTFS_INDEX_NONE;
        list_main(walker, walker->record, row, ret);
        walker->links = 0;
        walker->link = ntfs_index_first_link(index, row);
        walker->phase = PHASE_LINKS;
        if ((row->first_link | row->first_stream) == 0) {
            walker->phase = PHASE_RECORD;
            walker->record++;
        }
        return true;
    }
    return false;
}

bool ntfs_paths_stream(struct ntfs_walker *walker, uint32_t stream, struct listing *ret) {
    const struct ntfs_index *index = walker->paths->index;
    const struct ntfs_stream *at = ntfs_index_stream(index, stream);
    const struct ntfs_row *row = at ? ntfs_index_row(index, at->record) : NULL;
    if (!row)
        return false;
    if (at->flags & NTFS_STREAM_MAIN) {
        list_record(walker, at->record, row, ret);
        name_content(walker, stream, at, ret);
    } else
        list_stream(walker, at->record, row, stream, at, ret);
    return true;
}
