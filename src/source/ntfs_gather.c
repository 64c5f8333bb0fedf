#include "source/ntfs_gather.h"

#include "format/wof.h"

enum {
    OVERLAP_CHECKED = 64,
    CHAIN_STEPS = 64
}; /* extents compared each with each; chain steps a record may cost */

static void turn_links(struct ntfs_build *build, struct ntfs_row *row) {
    uint32_t before = 0;
    for (uint32_t at = row->first_link; at != 0;) {
        uint32_t next = build->links[at - 1].next;
        build->links[at - 1].next = before;
        before = at;
        at = next;
    }
    row->first_link = before;
}

static void turn_streams(struct ntfs_build *build, struct ntfs_row *row) {
    uint32_t before = 0;
    for (uint32_t at = row->first_stream; at != 0;) {
        uint32_t next = build->streams[at - 1].next;
        build->streams[at - 1].next = before;
        before = at;
        at = next;
    }
    row->first_stream = before;
}

/* A chain is turned when its head is met, which has the highest number: whatever was turned before points on,
 * and its first is no longer its head. Rows with one entry need no turning. */
void ntfs_gather_chains(struct ntfs_build *build) {
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_LINKS]; i++) {
        struct ntfs_row *row = &build->rows[build->links[i].record];
        if (row->first_link == i + 1 && build->links[i].next != 0)
            turn_links(build, row);
    }
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS]; i++) {
        struct ntfs_row *row = &build->rows[build->streams[i].record];
        if (row->first_stream == i + 1 && build->streams[i].next != 0)
            turn_streams(build, row);
    }
}

static int piece_order(const void *left, const void *right) {
    const struct ntfs_piece *a = left, *b = right;
    if (a->record != b->record)
        return a->record < b->record ? -1 : 1;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->lowest != b->lowest)
        return a->lowest < b->lowest ? -1 : 1;
    return (a->first > b->first) - (a->first < b->first);
}

static struct ntfs_stream *stream_of(struct ntfs_build *build, const struct ntfs_piece *piece,
                                     uint64_t *steps) {
    for (uint32_t at = build->rows[piece->record].first_stream; at != 0; at = build->streams[at - 1].next) {
        if (*steps == 0)
            return NULL;
        --*steps;
        if (build->streams[at - 1].hash == piece->hash)
            return &build->streams[at - 1];
    }
    return NULL;
}

static uint64_t clusters_of(const struct ntfs_build *build, uint32_t first, uint32_t count) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += build->extents[first + i].count; /* each below 2^51; the number of extents is below 2^32 ... */
    return sum;
}

/* Moves a stream's extents to the end of the section, where more can follow. */
static bool move_to_end(struct ntfs_build *build, uint32_t *first, uint32_t count) {
    uint64_t to = build->used[NTFS_LAYOUT_EXTENTS];
    if (!ntfs_build_room(build, NTFS_LAYOUT_EXTENTS, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        build->extents[to + i] = build->extents[*first + i];
    build->used[NTFS_LAYOUT_EXTENTS] += count;
    *first = (uint32_t)to;
    return true;
}

/* Appends pieces that belong to one stream, in order; one that leaves a gap ends it. */
static void join(struct ntfs_build *build, struct ntfs_stream *stream, const struct ntfs_piece *pieces,
                 uint64_t count) {
    if (!move_to_end(build, &stream->first, stream->count)) {
        stream->flags |= NTFS_STREAM_BAD;
        return;
    }
    uint64_t reached = clusters_of(build, stream->first, stream->count);
    for (uint64_t i = 0; i < count; i++) {
        uint32_t first = pieces[i].first;
        if (pieces[i].lowest != reached || !move_to_end(build, &first, pieces[i].count)) {
            stream->flags |= NTFS_STREAM_BAD;
            return;
        }
        stream->count += pieces[i].count;
        reached += clusters_of(build, first, pieces[i].count);
    }
}

static void join_all(struct ntfs_build *build) {
    uint64_t steps = CHAIN_STEPS * (build->summary.records + 65536);
    qsort(build->pieces, build->piece_count, sizeof *build->pieces, piece_order);
    for (uint64_t i = 0, end; i < build->piece_count; i = end) {
        const struct ntfs_piece *piece = &build->pieces[i];
        for (end = i + 1; end < build->piece_count && build->pieces[end].record == piece->record &&
                          build->pieces[end].hash == piece->hash;)
            end++;
        struct ntfs_stream *stream = stream_of(build, piece, &steps);
        if (stream)
            join(build, stream, piece, end - i);
        else
            build->rows[piece->record].flags |= NTFS_ROW_INCOMPLETE;
    }
    if (steps == 0)
        job_note(build->job, FAULT_LIMIT, build->mft.reader.base,
                 "more streams in one record than are joined");
}

static bool meet(const struct ntfs_extent *a, const struct ntfs_extent *b) {
    if (a->cluster == NTFS_INDEX_SPARSE || b->cluster == NTFS_INDEX_SPARSE)
        return false;
    return a->cluster < b->cluster + b->count && b->cluster < a->cluster + a->count;
}

/* Runs that claim a cluster twice. Neighbours always; each with each as long as they are few. */
static bool overlap(const struct ntfs_build *build, const struct ntfs_stream *stream) {
    const struct ntfs_extent *extents = &build->extents[stream->first];
    for (uint32_t i = 1; i < stream->count; i++) {
        uint32_t from = stream->count <= OVERLAP_CHECKED ? 0 : i - 1;
        for (uint32_t k = from; k < i; k++)
            if (meet(&extents[k], &extents[i]))
                return true;
    }
    return false;
}

/* More allocated clusters than there are: each attribute was checked by itself, their sum was not. */
static uint64_t allocated(const struct ntfs_build *build, const struct ntfs_stream *stream) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < stream->count; i++)
        if (build->extents[stream->first + i].cluster != NTFS_INDEX_SPARSE)
            sum += build->extents[stream->first + i].count;
    return sum;
}

static void check(struct ntfs_build *build, struct ntfs_stream *stream) {
    uint64_t clusters = clusters_of(build, stream->first, stream->count);
    if (stream->flags & NTFS_STREAM_COMPRESSED && stream->unit > 0 && stream->unit < 32)
        clusters = (clusters + ((uint64_t)1 << stream->unit) - 1) >> stream->unit << stream->unit;
    uint64_t cluster = build->mft.boot.cluster_size;
    const char *text = NULL;
    if (allocated(build, stream) > build->mft.boot.clusters)
        text = "a stream's runs claim more than the volume holds";
    else if (overlap(build, stream))
        text = "a stream's runs overlap";
    else if (stream->size / cluster > clusters ||
             (stream->size % cluster > 0 && stream->size / cluster == clusters))
        text = "a stream's runs do not reach as far as its size";
    if (!text)
        return;
    stream->flags |= NTFS_STREAM_BAD;
    if (!(stream->flags & NTFS_STREAM_DELETED))
        job_note(build->job, FAULT_BAD, ntfs_mft_offset(&build->mft, stream->record), text);
}

void ntfs_gather_streams(struct ntfs_build *build) {
    join_all(build);
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS]; i++) {
        struct ntfs_stream *stream = &build->streams[i];
        if (!(stream->flags & (NTFS_STREAM_RESIDENT | NTFS_STREAM_BAD)))
            check(build, stream);
    }
}

/* The stream that keeps the compressed bytes of a file; the file's own if there is none. */
static const struct ntfs_stream *kept_by(const struct ntfs_build *build, const struct ntfs_stream *stream) {
    static const struct span wanted = {(const uint8_t *)WOF_STREAM, sizeof WOF_STREAM - 1, 0};
    if (!(stream->flags & NTFS_STREAM_WOF))
        return stream;
    for (uint32_t at = build->rows[stream->record].first_stream; at != 0; at = build->streams[at - 1].next) {
        const struct ntfs_stream *other = &build->streams[at - 1];
        if (!(other->flags & NTFS_STREAM_INDEX) &&
            span_equal(span_of(build->names + other->name, other->name_size, 0), wanted))
            return other;
    }
    return stream;
}

/* Holes that the file system does not fill are not zeros. */
static bool has_hole(const struct ntfs_build *build, const struct ntfs_stream *stream) {
    for (uint32_t i = 0; i < stream->count; i++)
        if (build->extents[stream->first + i].cluster == NTFS_INDEX_SPARSE)
            return true;
    return false;
}

static void mark(const struct ntfs_build *build, struct ntfs_stream *stream) {
    uint32_t flags = build->rows[stream->record].flags;
    if (!(stream->flags & NTFS_STREAM_MAIN))
        return;
    if (flags & NTFS_ROW_WOF)
        stream->flags |= NTFS_STREAM_WOF;
    if (flags & NTFS_ROW_ELSEWHERE && !(stream->flags & NTFS_STREAM_RESIDENT) && has_hole(build, stream))
        stream->flags |= NTFS_STREAM_ELSEWHERE;
}

static uint64_t place_of(const struct ntfs_build *build, const struct ntfs_stream *stream) {
    stream = kept_by(build, stream);
    if (stream->flags & NTFS_STREAM_RESIDENT)
        return 0;
    for (uint32_t i = 0; i < stream->count; i++)
        if (build->extents[stream->first + i].cluster != NTFS_INDEX_SPARSE)
            return build->extents[stream->first + i].cluster + 1;
    return 0;
}

/* A place to be sorted by: above the cluster, plus one, 0 for what takes no reading; below the stream. Of
 * volumes with more clusters than 32 bits count, which nobody makes, the order is only rough. */
static uint64_t key_of(const struct ntfs_build *build, uint64_t cluster, uint32_t stream) {
    uint64_t most = build->mft.boot.clusters;
    while (most > UINT32_MAX - 1)
        most >>= 1, cluster >>= 1;
    return cluster << 32 | stream;
}

/* By the upper halves. Least significant byte first, as many bytes as the highest place has: stable, and
 * linear for millions. */
static uint64_t *sort(uint64_t *keys, uint64_t *other, uint64_t count, uint64_t highest) {
    for (unsigned shift = 32; shift < 64 && highest >> shift != 0; shift += 8) {
        uint64_t starts[257] = {0};
        for (uint64_t i = 0; i < count; i++)
            starts[(keys[i] >> shift & 255) + 1]++;
        for (int i = 1; i < 257; i++)
            starts[i] += starts[i - 1];
        for (uint64_t i = 0; i < count; i++)
            other[starts[keys[i] >> shift & 255]++] = keys[i];
        uint64_t *swap = keys;
        keys = other;
        other = swap;
    }
    return keys;
}

/* Of a directory's index the blocks, if they can be read: their place is where the disk is read. Marks the
 * row. */
static void mark_index(struct ntfs_build *build, struct ntfs_stream *stream) {
    unsigned wanted =
        stream->flags & NTFS_STREAM_DELETED ? NTFS_STREAM_I30 | NTFS_STREAM_FREE : NTFS_STREAM_I30;
    unsigned refused = NTFS_STREAM_RESIDENT | NTFS_STREAM_BAD;
    struct ntfs_row *row = &build->rows[stream->record];
    if ((stream->flags & (wanted | refused)) != wanted || stream->size == 0 || row->flags & NTFS_ROW_I30)
        return;
    row->flags |= NTFS_ROW_I30;
    stream->flags |= NTFS_STREAM_ORDERED;
}

static bool is_ordered(struct ntfs_build *build, struct ntfs_stream *stream) {
    if (!(stream->flags & NTFS_STREAM_INDEX))
        return !(stream->flags & NTFS_STREAM_DELETED);
    if (!(stream->flags & NTFS_STREAM_I30))
        return false;
    return stream->flags & NTFS_STREAM_ORDERED ||
           (stream->flags & NTFS_STREAM_RESIDENT && !(build->rows[stream->record].flags & NTFS_ROW_I30));
}

void ntfs_gather_order(struct ntfs_build *build) {
    void *scratch = build->pieces + build->piece_room;
    uint64_t *keys = scratch, *other = keys + build->room[NTFS_LAYOUT_ORDER];
    uint64_t count = 0, highest = 0;
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS]; i++)
        mark_index(build, &build->streams[i]);
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS]; i++) {
        struct ntfs_stream *stream = &build->streams[i];
        mark(build, stream);
        if (!is_ordered(build, stream))
            continue;
        keys[count] = key_of(build, place_of(build, stream), (uint32_t)i);
        highest = keys[count] > highest ? keys[count] : highest;
        count++;
    }
    keys = sort(keys, other, count, highest);
    for (uint64_t i = 0; i < count; i++)
        build->order[i] = (uint32_t)keys[i];
    build->used[NTFS_LAYOUT_ORDER] = count;
}

void ntfs_gather_packages(struct ntfs_build *build) {
    for (uint64_t i = build->summary.first; i < build->summary.records; i++) {
        const struct ntfs_row *row = &build->rows[i];
        unsigned wanted = NTFS_ROW_PRESENT | NTFS_ROW_PACKAGE | NTFS_ROW_FN;
        if ((row->flags & (wanted | NTFS_ROW_DIRECTORY | NTFS_ROW_DELETED)) == wanted &&
            row->parent < build->summary.records && build->rows[row->parent].flags & NTFS_ROW_DIRECTORY)
            build->rows[row->parent].flags |= NTFS_ROW_PACKAGE;
    }
}
