#include "source/ntfs_overlap.h"

#include <inttypes.h>

enum { WORD = 64, TEXT = 160 };

/* An extent and whose it is. */
struct claim {
    uint64_t cluster, count;
    uint32_t stream, spare;
};

static bool is_asked(const struct ntfs_stream *stream) {
    return !(stream->flags & (NTFS_STREAM_RESIDENT | NTFS_STREAM_BAD | NTFS_STREAM_DELETED));
}

/* Sets the bits [from, from + count); true if one was set before. */
static bool set(uint64_t *bits, uint64_t from, uint64_t count) {
    uint64_t before = 0;
    while (count > 0) {
        uint64_t inner = from % WORD, part = WORD - inner < count ? WORD - inner : count;
        uint64_t mask = (part == WORD ? UINT64_MAX : (UINT64_C(1) << part) - 1) << inner;
        before |= bits[from / WORD] & mask;
        bits[from / WORD] |= mask;
        from += part;
        count -= part;
    }
    return before != 0;
}

/* Is there a cluster with two owners at all? That is cheap to tell, and nearly always the end of it. */
static bool any(struct ntfs_build *build) {
    uint64_t words = build->mft.boot.clusters / WORD + 1;
    uint64_t *bits = words <= NTFS_OVERLAP_BITMAP / sizeof *bits
                         ? job_alloc(build->job, (size_t)words, sizeof *bits)
                         : NULL;
    bool found = !bits; /* not known */
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS] && !found; i++) {
        const struct ntfs_stream *stream = &build->streams[i];
        for (uint32_t k = 0; is_asked(stream) && k < stream->count && !found; k++) {
            const struct ntfs_extent *extent = &build->extents[stream->first + k];
            found = extent->cluster != NTFS_INDEX_SPARSE && set(bits, extent->cluster, extent->count);
        }
    }
    return found;
}

static int claim_order(const void *left, const void *right) {
    const struct claim *a = left, *b = right;
    if (a->cluster != b->cluster)
        return a->cluster < b->cluster ? -1 : 1;
    return (a->stream > b->stream) - (a->stream < b->stream);
}

static uint64_t count_extents(const struct ntfs_build *build) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS]; i++)
        count += is_asked(&build->streams[i]) ? build->streams[i].count : 0;
    return count;
}

/* All claims in the order of the disk; NULL if they are too many. */
static struct claim *sorted(struct ntfs_build *build, uint64_t *count) {
    uint64_t room = count_extents(build), n = 0;
    struct claim *claims =
        room <= NTFS_OVERLAP_EXTENTS ? job_alloc(build->job, (size_t)room, sizeof *claims) : NULL;
    if (!claims)
        return NULL;
    for (uint64_t i = 0; i < build->used[NTFS_LAYOUT_STREAMS]; i++) {
        const struct ntfs_stream *stream = &build->streams[i];
        for (uint32_t k = 0; is_asked(stream) && k < stream->count; k++) {
            const struct ntfs_extent *extent = &build->extents[stream->first + k];
            if (extent->cluster != NTFS_INDEX_SPARSE && n < room)
                claims[n++] = (struct claim){extent->cluster, extent->count, (uint32_t)i, 0};
        }
    }
    qsort(claims, (size_t)n, sizeof *claims, claim_order);
    *count = n;
    return claims;
}

/* The text lives as long as the job, like the note. */
static void tell(struct ntfs_build *build, uint64_t cluster, const char *format, uint64_t a, uint64_t b,
                 uint64_t c) {
    char *text = job_alloc(build->job, TEXT, 1);
    if (!text)
        return;
    snprintf(text, TEXT, format, a, b, c);
    uint64_t base = build->mft.reader.base;
    job_note(build->job, FAULT_BAD, base + cluster * build->mft.boot.cluster_size, text);
}

static void refuse(struct ntfs_build *build, struct ntfs_stream *stream) {
    if (!(stream->flags & NTFS_STREAM_BAD))
        job_note(build->job, FAULT_BAD, ntfs_mft_offset(&build->mft, stream->record),
                 "a stream's runs overlap");
    stream->flags |= NTFS_STREAM_BAD;
}

/* Whoever begins before the end of the one that reaches furthest shares clusters with it. */
static void sweep(struct ntfs_build *build, const struct claim *claims, uint64_t count) {
    uint64_t told = 0;
    const struct claim *far = claims;
    for (uint64_t i = 1; i < count; i++) {
        const struct claim *it = &claims[i];
        if (it->cluster < far->cluster + far->count) {
            struct ntfs_stream *a = &build->streams[far->stream], *b = &build->streams[it->stream];
            if (a == b)
                refuse(build, a);
            else if (told++ < NTFS_OVERLAP_TOLD)
                tell(build, it->cluster,
                     "records %" PRIu64 " and %" PRIu64 " both claim cluster %" PRIu64
                     ": one of their contents is not what it was",
                     a->record, b->record, it->cluster);
        }
        if (it->cluster + it->count > far->cluster + far->count)
            far = it;
    }
    if (told > NTFS_OVERLAP_TOLD)
        tell(build, 0, "%" PRIu64 " further places are claimed by two streams", told - NTFS_OVERLAP_TOLD, 0,
             0);
}

void ntfs_overlap_find(struct ntfs_build *build) {
    uint64_t count = 0;
    if (!any(build))
        return;
    struct claim *claims = sorted(build, &count);
    if (!claims)
        job_note(build->job, FAULT_LIMIT, build->mft.reader.base,
                 "more runs than are looked through for clusters with two owners");
    else
        sweep(build, claims, count);
}
