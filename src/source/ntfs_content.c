#include "source/ntfs_content.h"

#include "source/ntfs_packed.h"

enum { AHEAD = 8 }; /* positions */

static uint32_t cluster_size(const struct ntfs_plan *plan) {
    return plan->index->summary->boot.cluster_size;
}

static const struct ntfs_extent *extent_at(const struct ntfs_index *index, const struct ntfs_stream *stream,
                                           uint32_t at) {
    if (at >= stream->count || stream->first >= index->extent_count ||
        at >= index->extent_count - stream->first)
        return NULL;
    return &index->extents[stream->first + at];
}

struct fault ntfs_content_fault(const struct ntfs_index *index, const struct ntfs_stream *stream) {
    const struct ntfs_boot *boot = &index->summary->boot;
    struct fault fault = {FAULT_UNSUPPORTED, 0, NULL};
    if (!index->summary->has_content)
        fault.text = "the index was made without contents";
    else if (stream->flags & NTFS_STREAM_DELETED &&
             !(stream->flags & NTFS_STREAM_INDEX && stream->flags & NTFS_STREAM_FREE))
        fault.text = "contents of deleted records are not read";
    else if (stream->flags & NTFS_STREAM_ENCRYPTED)
        fault.text = "encrypted by the file system (EFS)";
    else if (stream->flags & NTFS_STREAM_ELSEWHERE)
        fault.text = "content not on disk (placeholder of a cloud, deduplication or archive)";
    else if (ntfs_packed_is(stream) && !ntfs_packed_size(boot, stream))
        fault.text = "a compression unit larger than NTFS makes";
    else if (stream->flags & NTFS_STREAM_BAD)
        fault = (struct fault){FAULT_BAD, 0, "runs that overlap, lie or do not reach as far as the size"};
    else if (!(stream->flags & NTFS_STREAM_RESIDENT) && stream->size > boot->size &&
             !ntfs_index_is_journal(index, stream))
        fault = (struct fault){FAULT_LIMIT, 0, "a sparse stream that is larger than its volume"};
    else
        fault = (struct fault){FAULT_NONE, 0, NULL};
    return fault;
}

static size_t copy_resident(const struct ntfs_index *index, const struct ntfs_stream *stream, uint64_t offset,
                            uint8_t *to, size_t size) {
    struct span all = span_part(index->resident, stream->first, stream->count);
    return span_copy(span_clip(all, offset, size), to, size);
}

/* Bytes of the volume: from the window as far as it has them, from the evidence otherwise. */
static size_t read_volume(struct ntfs_plan *plan, struct job *job, uint64_t at, uint64_t offset, uint8_t *to,
                          size_t size) {
    size_t had = 0;
    if (at >= plan->window_at && at - plan->window_at < plan->window_size) {
        struct span window = span_of(plan->window, plan->window_size, plan->window_at);
        had = span_copy(span_clip(window, at - plan->window_at, size), to, size);
    }
    return had == size
               ? had
               : had + reader_read_for(&plan->reader, job, at + had, offset + had, to + had, size - had);
}

const struct ntfs_extent *ntfs_content_extent(const struct ntfs_plan *plan, struct ntfs_place *place,
                                              uint64_t offset) {
    uint32_t cluster = cluster_size(plan);
    if (offset < place->extent_start)
        place->extent = 0, place->extent_start = 0;
    const struct ntfs_extent *extent = extent_at(plan->index, place->meta, place->extent);
    while (extent && (offset - place->extent_start) / cluster >= extent->count) {
        place->extent_start += extent->count * cluster;
        extent = extent_at(plan->index, place->meta, ++place->extent);
    }
    return extent;
}

size_t ntfs_content_part(struct ntfs_plan *plan, struct ntfs_place *place, struct job *job, uint64_t offset,
                         uint8_t *to, size_t size, size_t *part) {
    const struct ntfs_extent *extent = ntfs_content_extent(plan, place, offset);
    *part = 0;
    if (!extent) {
        job_note(job, FAULT_BAD, offset, "the runs of a stream end before its size");
        return 0;
    }
    uint64_t cluster = cluster_size(plan), inner = offset - place->extent_start;
    uint64_t left = extent->count - inner / cluster; /* clusters, at least one */
    size_t most = left > size / cluster + 1 ? size : (size_t)(left * cluster - inner % cluster);
    *part = size < most ? size : most;
    if (extent->cluster == NTFS_INDEX_SPARSE) {
        memset(to, 0, *part);
        return *part;
    }
    if (extent->cluster > plan->index->summary->boot.clusters) {
        job_note(job, FAULT_BAD, offset, "a run outside the volume");
        return 0;
    }
    return read_volume(plan, job, extent->cluster * cluster + inner, offset, to, *part);
}

size_t ntfs_content_stored(struct ntfs_plan *plan, struct ntfs_place *place, struct job *job, uint64_t offset,
                           uint8_t *to, size_t size) {
    const struct ntfs_stream *meta = place->meta;
    if (meta->flags & NTFS_STREAM_RESIDENT)
        return copy_resident(plan->index, meta, offset, to, size);
    uint64_t valid = meta->initialized > offset ? meta->initialized - offset : 0;
    size_t stored = valid < size ? (size_t)valid : size, done = 0;
    while (done < stored) {
        size_t part;
        size_t got = ntfs_content_part(plan, place, job, offset + done, to + done, stored - done, &part);
        done += got;
        if (got < part || part == 0)
            return done;
    }
    memset(to + stored, 0, size - stored);
    return size;
}

static size_t read_at(struct content *content, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    struct ntfs_content *it = (struct ntfs_content *)(void *)content;
    if (it->fault.code != FAULT_NONE || offset >= content->size)
        return 0;
    if (size > content->size - offset)
        size = (size_t)(content->size - offset);
    size_t had = 0;
    if (offset < content->head.size)
        had = span_copy(span_clip(content->head, offset, size), to, size);
    if (had == size || (had > 0 && content->head.size < CONTENT_HEAD))
        return had; /* the evidence ended within the head, and that was noted */
    offset += had, to += had, size -= had;
    return had + (ntfs_packed_is(it->meta)
                      ? ntfs_packed_read(it, job, offset, to, size)
                      : ntfs_content_stored(it->plan, &it->place, job, offset, to, size));
}

static uint64_t next_data(struct content *content, uint64_t offset) {
    struct ntfs_content *it = (struct ntfs_content *)(void *)content;
    if (it->meta->flags & NTFS_STREAM_RESIDENT || ntfs_packed_is(it->meta)) /* its holes are not zeros */
        return offset < content->size ? offset : content->size;
    while (offset < content->size) {
        const struct ntfs_extent *extent = ntfs_content_extent(it->plan, &it->place, offset);
        if (!extent || extent->cluster != NTFS_INDEX_SPARSE)
            return offset;
        offset = it->place.extent_start + extent->count * cluster_size(it->plan);
    }
    return content->size;
}

bool ntfs_content_plan(struct job *job, const struct ntfs_index *index, struct evidence_reader reader,
                       uint32_t first, uint32_t last, bool whole, struct ntfs_plan *ret) {
    uint8_t *window = job_alloc(job, NTFS_CONTENT_WINDOW + 2 * NTFS_CONTENT_UNIT + NTFS_CONTENT_TABLE, 1);
    if (!window)
        return false;
    uint8_t *unit = window + NTFS_CONTENT_WINDOW, *packed = unit + NTFS_CONTENT_UNIT;
    *ret =
        (struct ntfs_plan){.index = index, .reader = reader, .next = first, .whole = whole, .window = window};
    ret->last = last < index->order_count ? last : index->order_count;
    ret->unit = (struct ntfs_unit){.stream = NTFS_INDEX_NONE,
                                   .bytes = unit,
                                   .packed = packed,
                                   .table_stream = NTFS_INDEX_NONE,
                                   .table_bytes = packed + NTFS_CONTENT_UNIT};
    return true;
}

void ntfs_content_open(struct ntfs_plan *plan, struct job *job, uint32_t stream, struct ntfs_content *ret) {
    static const struct ntfs_stream none;
    const struct ntfs_stream *meta = ntfs_index_stream(plan->index, stream);
    ret->stream = stream;
    ret->meta = meta ? meta : &none;
    ret->record = ret->meta->record;
    ret->plan = plan;
    ret->place = (struct ntfs_place){.meta = ret->meta};
    ret->fault =
        meta ? ntfs_content_fault(plan->index, meta) : (struct fault){FAULT_BAD, 0, "no such stream"};
    if (meta && ret->fault.code == FAULT_NONE && meta->flags & NTFS_STREAM_WOF)
        ntfs_packed_open(ret);
    ret->content = (struct content){
        .size = ret->meta->size, .head = span_of(ret->head, 0, 0), .read = read_at, .data = next_data};
    size_t want = ret->meta->size < CONTENT_HEAD ? (size_t)ret->meta->size : CONTENT_HEAD;
    if (ret->fault.code == FAULT_NONE)
        ret->content.head = span_of(ret->head, read_at(&ret->content, job, 0, ret->head, want), 0);
}

/* Where on the volume the wanted bytes of a stream lie, if that is one place: all of it in its first extent,
 * or its head. Whole clusters, so that neighbours can touch. */
static bool wanted(const struct ntfs_plan *plan, uint32_t stream, uint64_t *at, uint64_t *size) {
    const struct ntfs_index *index = plan->index;
    const struct ntfs_stream *meta = ntfs_index_stream(index, stream);
    if (meta && meta->flags & NTFS_STREAM_WOF)
        meta = ntfs_packed_stream(index, meta);
    const struct ntfs_extent *extent = meta ? extent_at(index, meta, 0) : NULL;
    if (!extent || meta->flags & NTFS_STREAM_RESIDENT || ntfs_content_fault(index, meta).code != FAULT_NONE ||
        extent->cluster >= index->summary->boot.clusters)
        return false;
    uint64_t cluster = cluster_size(plan), want = meta->initialized;
    if (!plan->whole && want > CONTENT_HEAD)
        want = CONTENT_HEAD;
    want = (want + cluster - 1) / cluster; /* of a journal it may be more than the volume has */
    if (want > extent->count)
        want = extent->count;
    *at = extent->cluster * cluster;
    *size = want * cluster;
    return want > 0;
}

/* In the order of the disk the index is met at random: what the positions ahead will need of it is asked of
 * memory before, as neither answer is waited for then. */
static void foresee(const struct ntfs_plan *plan, uint32_t at) {
    const struct ntfs_index *index = plan->index;
    const struct ntfs_stream *far = ntfs_index_stream(index, ntfs_index_ordered(index, at + 2 * AHEAD));
    const struct ntfs_stream *near = ntfs_index_stream(index, ntfs_index_ordered(index, at + AHEAD));
    if (far)
        __builtin_prefetch(far);
    if (near && near->first < index->extent_count)
        __builtin_prefetch(&index->extents[near->first]);
}

/* Reads the place of the stream at position `at` together with the neighbours that follow it without a gap.
 * One stream by itself is left to its own reads, which go where their bytes are wanted. */
static void fill_window(struct ntfs_plan *plan, uint32_t stream) {
    uint64_t start, size, at, more;
    if (!wanted(plan, stream, &start, &size) ||
        (start >= plan->window_at && start - plan->window_at < plan->window_size))
        return;
    unsigned merged = 0;
    for (uint32_t i = plan->next; i < plan->last && size < NTFS_CONTENT_WINDOW; i++, merged++) {
        foresee(plan, i);
        if (!wanted(plan, ntfs_index_ordered(plan->index, i), &at, &more) || at != start + size)
            break;
        size += more;
    }
    if (merged == 0 && (!plan->whole || size <= CONTENT_HEAD || size > NTFS_CONTENT_WINDOW))
        return;
    if (size > NTFS_CONTENT_WINDOW)
        size = NTFS_CONTENT_WINDOW;
    if (start >= plan->reader.size)
        return;
    if (size > plan->reader.size - start)
        size = plan->reader.size - start; /* who wants what is not there will note it */
    struct job quiet;                     /* what cannot be read is noted by those who want it */
    job_init(&quiet, 0);
    plan->window_at = start;
    plan->window_size = reader_read(&plan->reader, &quiet, start, plan->window, (size_t)size);
}

bool ntfs_content_next(struct ntfs_plan *plan, struct job *job, struct ntfs_content *ret) {
    if (plan->next >= plan->last)
        return false;
    foresee(plan, plan->next);
    uint32_t stream = ntfs_index_ordered(plan->index, plan->next++);
    fill_window(plan, stream);
    ntfs_content_open(plan, job, stream, ret);
    return true;
}
