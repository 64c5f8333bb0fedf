#include "source/archive_build.h"

#include "format/zip.h"

enum {
    PROBES_EACH = 16,
    INDEX_MEMORY = ARCHIVE_INDEX_SIZE + (1 << 20),
    PLAN_MEMORY = INFLATE_WINDOW + (32 << 20)
};

static const char index_end[] = ".idx";

/* --- the table of paths --- */

static struct span path_of(const struct archive_build *build, const struct archive_row *row) {
    return span_of(build->names + row->name, row->name_size, 0);
}

static uint64_t hash_of(struct span path) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < path.size; i++)
        hash = (hash ^ path.data[i]) * 1099511628211u;
    return hash ^ hash >> 29;
}

/* The slot of a path: the first row that has it (plus one), or 0 for a free one. NULL when too many steps
 * were taken, which only names that were chosen for it bring about. */
static uint32_t *slot_of(struct archive_build *build, struct span path) {
    for (uint64_t at = hash_of(path);; at++) {
        uint32_t *slot = &build->scratch[at & (build->table - 1)];
        if (*slot == 0 || span_equal(path_of(build, &build->rows[*slot - 1]), path))
            return slot;
        if (build->probes-- == 0) {
            build->probes = 0;
            return NULL;
        }
    }
}

static void mark_duplicates(struct archive_build *build) {
    uint64_t count = build->used[ARCHIVE_LAYOUT_ROWS];
    build->probes = PROBES_EACH * count + 65536;
    for (uint64_t i = 0; i < count; i++) {
        struct archive_row *row = &build->rows[i];
        uint32_t *slot = slot_of(build, path_of(build, row));
        if (!slot) {
            archive_build_note(build, ARCHIVE_BUILD_TABLE, FAULT_LIMIT, row->offset,
                               "names chosen to be slow to compare: members with the same path are not told");
            return;
        }
        if (*slot == 0) {
            *slot = (uint32_t)i + 1;
            continue;
        }
        row->flags |= ARCHIVE_ROW_DUPLICATE;
        if (!(row->flags & ARCHIVE_ROW_DIRECTORY))
            archive_build_note(build, ARCHIVE_BUILD_DUPLICATE, FAULT_BAD, row->offset,
                               "member with the same path as an earlier one");
    }
}

/* --- members that share bytes --- */

static void merge(const struct archive_row *rows, const uint32_t *from, uint32_t *to, uint64_t count,
                  uint64_t width) {
    for (uint64_t start = 0; start < count; start += 2 * width) {
        uint64_t middle = start + width < count ? start + width : count;
        uint64_t end = middle + width < count ? middle + width : count;
        uint64_t a = start, b = middle;
        for (uint64_t i = start; i < end; i++) {
            bool left = b >= end || (a < middle && rows[from[a]].offset <= rows[from[b]].offset);
            to[i] = left ? from[a++] : from[b++];
        }
    }
}

/* Row numbers by offset; in the order of the archive they mostly are so already. */
static const uint32_t *sort(struct archive_build *build) {
    uint64_t count = build->used[ARCHIVE_LAYOUT_ROWS];
    uint32_t *from = build->scratch + build->table, *to = from + build->room[ARCHIVE_LAYOUT_ROWS];
    bool sorted = true;
    for (uint64_t i = 0; i < count; i++) {
        from[i] = (uint32_t)i;
        sorted = sorted && (i == 0 || build->rows[i - 1].offset <= build->rows[i].offset);
    }
    for (uint64_t width = 1; !sorted && width < count; width *= 2) {
        merge(build->rows, from, to, count, width);
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

static uint64_t end_of(const struct archive_row *row) {
    uint64_t room = UINT64_MAX - row->offset;
    return row->packed < room && ZIP_LOCAL < room - row->packed ? row->offset + ZIP_LOCAL + row->packed
                                                                : UINT64_MAX;
}

static void mark_shared(struct archive_build *build) {
    const uint32_t *order = sort(build);
    struct archive_row *holder = NULL;
    uint64_t reach = 0;
    for (uint64_t i = 0; i < build->used[ARCHIVE_LAYOUT_ROWS]; i++) {
        struct archive_row *row = &build->rows[order[i]];
        if (row->offset == UINT64_MAX)
            break;
        if (holder && row->offset < reach) {
            row->flags |= ARCHIVE_ROW_SHARED;
            holder->flags |= ARCHIVE_ROW_SHARED;
            archive_build_note(build, ARCHIVE_BUILD_SHARED, FAULT_BAD, row->offset,
                               "members share their bytes");
        }
        if (end_of(row) > reach) {
            reach = end_of(row);
            holder = row;
        }
    }
}

/* --- bombs --- */

static void refuse_bombs(struct archive_build *build) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < build->used[ARCHIVE_LAYOUT_ROWS]; i++) {
        struct archive_row *row = &build->rows[i];
        if (row->flags & ARCHIVE_ROW_GROWS)
            archive_build_note(build, ARCHIVE_BUILD_GROWS, FAULT_BAD, row->offset,
                               "member that grows beyond measure when it is unpacked");
        if (!(row->flags & (ARCHIVE_ROW_SHARED | ARCHIVE_ROW_GROWS)))
            continue;
        sum = row->unpacked > UINT64_MAX - sum ? UINT64_MAX : sum + row->unpacked;
        if (sum <= build->summary.suspect)
            continue;
        row->flags |= ARCHIVE_ROW_REFUSED;
        archive_build_note(build, ARCHIVE_BUILD_REFUSED, FAULT_LIMIT, row->offset,
                           "members that share bytes or grow beyond measure are not unpacked any further");
    }
}

/* --- sparse copies --- */

static bool plain(const struct archive_row *row) {
    unsigned not_plain =
        ARCHIVE_ROW_DIRECTORY | ARCHIVE_ROW_SYMLINK | ARCHIVE_ROW_SPECIAL | ARCHIVE_ROW_REFUSED;
    return !(row->flags & not_plain) && row->reason == ARCHIVE_LAYOUT_READABLE;
}

/* The file that this one would be the index of. */
static struct archive_row *described(struct archive_build *build, const struct archive_row *row) {
    struct span path = path_of(build, row);
    size_t end = sizeof index_end - 1;
    if (!plain(row) || row->unpacked > ARCHIVE_INDEX_SIZE || row->name_size <= row->leaf + end ||
        memcmp(path.data + path.size - end, index_end, end) != 0)
        return NULL;
    uint32_t *slot = slot_of(build, span_part(path, 0, path.size - end));
    if (!slot || *slot == 0)
        return NULL;
    struct archive_row *file = &build->rows[*slot - 1];
    return plain(file) && !(file->flags & ARCHIVE_ROW_SPARSE) ? file : NULL;
}

static void take_index(struct archive_build *build, struct job *job, struct archive_row *row,
                       struct archive_row *file, struct span json) {
    uint64_t used = build->used[ARCHIVE_LAYOUT_RANGES], size = 0;
    uint64_t left = build->room[ARCHIVE_LAYOUT_RANGES] - used;
    uint32_t count = 0, room = left < SPARSE_RANGES ? (uint32_t)left : SPARSE_RANGES;
    uint8_t first = span_u8(json, 0);
    if (first != '{' && first != '[')
        return;
    if (!sparse_read(job, json, build->ranges + used, room, &count, &size)) {
        archive_build_note(build, ARCHIVE_BUILD_INDEX, job->fault.code, row->offset, job->fault.text);
        return;
    }
    file->flags |= ARCHIVE_ROW_SPARSE;
    file->ranges = (uint32_t)used;
    file->range_count = count;
    file->size = size;
    row->flags |= ARCHIVE_ROW_INDEX;
    build->used[ARCHIVE_LAYOUT_RANGES] += count;
}

static struct archive view_of(const struct archive_build *build) {
    return (struct archive){.summary = &build->summary,
                            .rows = build->rows,
                            .order = build->order,
                            .ranges = build->ranges,
                            .names = span_of(build->names, build->used[ARCHIVE_LAYOUT_NAMES], 0),
                            .row_count = (uint32_t)build->used[ARCHIVE_LAYOUT_ROWS]};
}

/* Reads one candidate; what is wrong with it is said when it is examined as a member. */
static void read_index(struct archive_build *build, struct archive_plan *plan, struct job *job,
                       struct archive_row *row, struct archive_row *file) {
    static struct archive_content content;
    archive_content_open(plan, job, (uint32_t)(row - build->rows), &content);
    uint8_t *bytes = content.fault.code == FAULT_NONE ? job_alloc(job, (size_t)row->unpacked, 1) : NULL;
    if (!bytes)
        return;
    size_t got = content.content.read(&content.content, job, 0, bytes, (size_t)row->unpacked);
    take_index(build, job, row, file, span_of(bytes, got, 0));
}

/* In a packed TAR all would have to be unpacked once more for each. */
static void restore_sparse(struct archive_build *build) {
    struct archive archive = view_of(build);
    struct archive_plan plan;
    struct job memory, job;
    unsigned count = 0;
    job_init(&memory, PLAN_MEMORY);
    job_init(&job, INDEX_MEMORY);
    bool ready = false;
    for (uint64_t i = 0; i < archive.row_count; i++) {
        struct archive_row *row = &build->rows[i], *file = described(build, row);
        if (!file)
            continue;
        if (count++ == ARCHIVE_INDEXES) {
            archive_build_note(build, ARCHIVE_BUILD_INDEX, FAULT_LIMIT, row->offset,
                               "more indexes of sparse files than are read");
            break;
        }
        ready = ready || archive_plan(&memory, &archive, build->reader, 0, 0, &plan);
        if (!ready)
            break;
        read_index(build, &plan, &job, row, file);
        job_reset(&job);
    }
    if (ready) {
        build->reader.bytes_read = plan.reader.bytes_read;
        archive_plan_end(&plan);
    }
    job_reset(&memory);
}

/* --- the order, and what is said of all --- */

static void count(struct archive_summary *summary, const struct archive_row *row) {
    summary->directories += (row->flags & ARCHIVE_ROW_DIRECTORY) != 0;
    summary->encrypted += (row->flags & ARCHIVE_ROW_ENCRYPTED) != 0;
    summary->unsupported += (row->flags & ARCHIVE_ROW_UNSUPPORTED) != 0;
    summary->duplicates += (row->flags & ARCHIVE_ROW_DUPLICATE) != 0;
    summary->unsafe += (row->flags & ARCHIVE_ROW_UNSAFE) != 0;
    summary->shared += (row->flags & ARCHIVE_ROW_SHARED) != 0;
    summary->grows += (row->flags & ARCHIVE_ROW_GROWS) != 0;
    summary->refused += (row->flags & ARCHIVE_ROW_REFUSED) != 0;
    summary->nested += (row->flags & ARCHIVE_ROW_NESTED) != 0;
    summary->sparse += (row->flags & ARCHIVE_ROW_SPARSE) != 0;
    summary->mixed |= (row->flags & ARCHIVE_ROW_LOCAL) != 0;
}

static void put_in_order(struct archive_build *build) {
    uint64_t files = 0;
    struct archive_summary *summary = &build->summary;
    for (uint64_t i = 0; i < build->used[ARCHIVE_LAYOUT_ROWS]; i++) {
        const struct archive_row *row = &build->rows[i];
        count(summary, row);
        if (row->flags & (ARCHIVE_ROW_DIRECTORY | ARCHIVE_ROW_SYMLINK | ARCHIVE_ROW_SPECIAL))
            continue;
        summary->size = row->size > UINT64_MAX - summary->size ? UINT64_MAX : summary->size + row->size;
        build->order[files++] = (uint32_t)i;
    }
    build->used[ARCHIVE_LAYOUT_ORDER] = files;
    summary->files = files;
    summary->rows = build->used[ARCHIVE_LAYOUT_ROWS];
}

void archive_build_gather(struct archive_build *build) {
    bool zip = build->input->form.kind == ARCHIVE_ZIP;
    mark_duplicates(build);
    if (zip) {
        mark_shared(build);
        refuse_bombs(build);
    }
    if (!build->summary.sequential)
        restore_sparse(build);
    put_in_order(build);
}
