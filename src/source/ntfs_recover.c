#include "source/ntfs_recover.h"

enum { RECORD_BITMAP = 6, BLOCK = 64 }; /* BLOCK: bytes of $Bitmap that one sum stands for */

struct bitmap {
    uint8_t *bits;
    uint64_t clusters; /* that `bits` has */
    uint64_t *sums;    /* sums[i]: allocated clusters before block i */
};

/* The unnamed $DATA of $Bitmap; NULL if it is not there or not sane. */
static const struct ntfs_stream *bitmap_stream(const struct ntfs_build *build) {
    if (build->summary.records <= RECORD_BITMAP)
        return NULL;
    const struct ntfs_row *row = &build->rows[RECORD_BITMAP];
    uint32_t at = row->flags & NTFS_ROW_PRESENT && !(row->flags & NTFS_ROW_DELETED) ? row->first_stream : 0;
    for (; at != 0; at = build->streams[at - 1].next)
        if (build->streams[at - 1].flags & NTFS_STREAM_MAIN)
            return build->streams[at - 1].flags & NTFS_STREAM_BAD ? NULL : &build->streams[at - 1];
    return NULL;
}

/* Reads up to `size` bytes; fewer where the evidence ends. What of it is not allocated reads as zeros. */
static size_t read_stream(struct ntfs_build *build, const struct ntfs_stream *stream, uint8_t *to,
                          size_t size) {
    uint64_t cluster = build->mft.boot.cluster_size;
    size_t done = 0;
    if (stream->flags & NTFS_STREAM_RESIDENT)
        return span_copy(span_of(build->resident + stream->first, stream->count, 0), to, size);
    for (uint32_t i = 0; i < stream->count && done < size; i++) {
        const struct ntfs_extent *extent = &build->extents[stream->first + i];
        uint64_t bytes = extent->count > size / cluster ? size - done : extent->count * cluster;
        size_t part = bytes < size - done ? (size_t)bytes : size - done, got = part;
        if (extent->cluster != NTFS_INDEX_SPARSE)
            got = reader_read(&build->mft.reader, build->job, extent->cluster * cluster, to + done, part);
        done += got;
        if (got < part)
            break;
    }
    return done;
}

static bool load(struct ntfs_build *build, struct bitmap *ret) {
    const struct ntfs_stream *stream = bitmap_stream(build);
    uint64_t size = (build->mft.boot.clusters + 7) / 8;
    if (!stream || stream->size < size || size > NTFS_RECOVER_BITMAP)
        return false;
    uint64_t blocks = size / BLOCK + 1;
    ret->bits = job_alloc(build->job, (size_t)blocks * BLOCK, 1);
    ret->sums = job_alloc(build->job, (size_t)blocks + 1, sizeof *ret->sums);
    if (!ret->bits || !ret->sums)
        return false;
    size_t got = read_stream(build, stream, ret->bits, (size_t)size);
    ret->clusters = got < size ? (uint64_t)got * 8 : build->mft.boot.clusters;
    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t sum = ret->sums[i];
        for (size_t k = 0; k < BLOCK; k++)
            sum += (uint64_t)__builtin_popcount(ret->bits[i * BLOCK + k]);
        ret->sums[i + 1] = sum;
    }
    return true;
}

/* Allocated clusters below `cluster`, which is at most bitmap->clusters. */
static uint64_t below(const struct bitmap *bitmap, uint64_t cluster) {
    uint64_t byte = cluster / 8, block = byte / BLOCK, sum = bitmap->sums[block];
    for (uint64_t i = block * BLOCK; i < byte; i++)
        sum += (uint64_t)__builtin_popcount(bitmap->bits[i]);
    return cluster % 8 ? sum + (uint64_t)__builtin_popcount(bitmap->bits[byte] & ((1u << cluster % 8) - 1))
                       : sum;
}

static void mark(const struct ntfs_build *build, const struct bitmap *bitmap, struct ntfs_stream *stream) {
    uint64_t taken = 0;
    for (uint32_t i = 0; i < stream->count; i++) {
        const struct ntfs_extent *extent = &build->extents[stream->first + i];
        if (extent->cluster == NTFS_INDEX_SPARSE)
            continue;
        if (extent->cluster > bitmap->clusters || extent->count > bitmap->clusters - extent->cluster)
            return;
        taken += below(bitmap, extent->cluster + extent->count) - below(bitmap, extent->cluster);
    }
    stream->flags |= taken > 0 ? NTFS_STREAM_REUSED : NTFS_STREAM_FREE;
}

void ntfs_recover_deleted(struct ntfs_build *build) {
    struct bitmap bitmap = {0};
    bool known = build->summary.deleted > 0 && load(build, &bitmap);
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS]; i++) {
        struct ntfs_stream *stream = &build->streams[i];
        if (!(stream->flags & NTFS_STREAM_DELETED) || stream->flags & NTFS_STREAM_BAD)
            continue;
        if (stream->flags & NTFS_STREAM_RESIDENT)
            stream->flags |= NTFS_STREAM_FREE;
        else if (known)
            mark(build, &bitmap, stream);
    }
}
