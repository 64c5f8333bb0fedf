#include "source/ntfs_i30.h"

#include "format/i30.h"
#include "source/ntfs_packed.h"

enum {
    CHAIN = 4096,     /* streams of a directory that are looked at */
    VOLUME_FILES = 16 /* records of the volume's own files */
};

/* The directory's $INDEX_ROOT and $BITMAP; the first of each. */
static void find(const struct ntfs_index *index, const struct ntfs_row *row, const struct ntfs_stream **root,
                 const struct ntfs_stream **bitmap) {
    uint32_t at = ntfs_index_first_stream(index, row);
    for (unsigned n = 0; at != NTFS_INDEX_NONE && n < CHAIN; n++, at = ntfs_index_next_stream(index, at)) {
        const struct ntfs_stream *stream = &index->streams[at];
        unsigned flags = stream->flags & (NTFS_STREAM_I30 | NTFS_STREAM_BITMAP | NTFS_STREAM_RESIDENT);
        if (flags == (NTFS_STREAM_I30 | NTFS_STREAM_RESIDENT) && !*root)
            *root = stream;
        if (flags & NTFS_STREAM_BITMAP && !*bitmap)
            *bitmap = stream;
    }
}

static struct span read_bitmap(struct ntfs_plan *plan, struct job *job, const struct ntfs_stream *stream) {
    struct span none = span_of("", 0, 0);
    if (stream->flags & NTFS_STREAM_RESIDENT)
        return span_part(plan->index->resident, stream->first, stream->count);
    if (ntfs_content_fault(plan->index, stream).code != FAULT_NONE)
        return none;
    size_t size = stream->size < NTFS_I30_BITMAP ? (size_t)stream->size : NTFS_I30_BITMAP;
    uint8_t *bytes = job_alloc(job, size, 1);
    struct ntfs_place place = {.meta = stream};
    return bytes ? span_of(bytes, ntfs_content_stored(plan, &place, job, 0, bytes, size), 0) : none;
}

void ntfs_i30_open(const struct ntfs_content *content, struct job *job, struct ntfs_i30 *ret) {
    const struct ntfs_index *index = content->plan->index;
    const struct ntfs_row *row = ntfs_index_row(index, content->record);
    const struct ntfs_stream *root = NULL, *bitmap = NULL;
    *ret = (struct ntfs_i30){.record = content->record,
                             .block = I30_BLOCK,
                             .root = span_of("", 0, 0),
                             .bitmap = span_of("", 0, 0),
                             .has_blocks = !(content->meta->flags & NTFS_STREAM_RESIDENT)};
    if (row) {
        ret->sequence = row->flags & NTFS_ROW_DELETED ? (uint16_t)(row->sequence - 1) : row->sequence;
        find(index, row, &root, &bitmap);
    }
    if (root) {
        ret->root = span_part(index->resident, root->first, root->count);
        ret->root.offset = 0;
    } else
        job_note(job, FAULT_BAD, 0, "a directory without an index root");
    uint32_t block = i30_root_block(ret->root);
    if (block)
        ret->block = block;
    if (bitmap && ret->has_blocks)
        ret->bitmap = read_bitmap(content->plan, job, bitmap);
}

static bool is_among(uint64_t time, int which, const struct ntfs_index *index, const struct ntfs_row *row) {
    if ((row->flags & NTFS_ROW_SI && time == row->si[which]) ||
        (row->flags & NTFS_ROW_FN && time == row->fn[which]))
        return true;
    uint32_t at = ntfs_index_first_link(index, row);
    unsigned n = 0;
    for (; at != NTFS_INDEX_NONE && n < NTFS_I30_LINKS; n++, at = ntfs_index_next_link(index, at))
        if (time == index->links[at].fn[which])
            return true;
    return at != NTFS_INDEX_NONE;
}

bool ntfs_i30_agrees(const struct ntfs_index *index, uint64_t record, uint16_t sequence,
                     const uint64_t times[NTFS_TIMES]) {
    const struct ntfs_row *row = ntfs_index_row(index, record);
    if (!row || row->flags & NTFS_ROW_DELETED || row->sequence != sequence)
        return false;
    if (record < VOLUME_FILES && (times[0] | times[1] | times[2] | times[3]) == 0)
        return true; /* Windows formats volumes so */
    for (int i = 0; i < NTFS_TIMES; i++)
        if (!is_among(times[i], i, index, row))
            return false;
    return true;
}
