#include "source/ntfs_packed.h"

#include "format/lznt1.h"

size_t ntfs_packed_size(const struct ntfs_boot *boot, const struct ntfs_stream *stream) {
    if (stream->flags & NTFS_STREAM_WOF)
        return WOF_CHUNK_MOST;
    unsigned unit = stream->unit;
    return unit < 16 && boot->cluster_size <= (uint32_t)NTFS_CONTENT_UNIT >> unit
               ? (size_t)boot->cluster_size << unit
               : 0;
}

const struct ntfs_stream *ntfs_packed_stream(const struct ntfs_index *index, const struct ntfs_stream *main) {
    static const struct span wanted = {(const uint8_t *)WOF_STREAM, sizeof WOF_STREAM - 1, 0};
    const struct ntfs_row *row = ntfs_index_row(index, main->record);
    uint32_t at = row ? ntfs_index_first_stream(index, row) : NTFS_INDEX_NONE;
    for (; at != NTFS_INDEX_NONE; at = ntfs_index_next_stream(index, at)) {
        const struct ntfs_stream *stream = ntfs_index_stream(index, at);
        if (stream && !(stream->flags & NTFS_STREAM_INDEX) &&
            span_equal(ntfs_index_name(index, stream->name, stream->name_size), wanted))
            return stream;
    }
    return NULL;
}

static struct fault open_wof(struct ntfs_content *it) {
    const struct ntfs_index *index = it->plan->index;
    const struct ntfs_row *row = ntfs_index_row(index, it->record);
    const struct ntfs_stream *stored = ntfs_packed_stream(index, it->meta);
    struct fault fault = {FAULT_UNSUPPORTED, 0, NULL};
    if (!row || row->wof == NTFS_WOF_UNKNOWN)
        fault.text = "compressed by the system (WOF) in a way that is not known";
    else if (row->wof == NTFS_WOF_WIM)
        fault.text = "content not on disk (WOF: it is in a WIM file)";
    else if (!stored)
        fault = (struct fault){FAULT_BAD, 0, "compressed by the system (WOF), and its stream is missing"};
    else if (ntfs_packed_is(stored))
        fault.text = "compressed by the system (WOF) and by NTFS again";
    else if ((fault = ntfs_content_fault(index, stored)).code == FAULT_NONE) {
        it->packed = (struct ntfs_place){.meta = stored};
        (void)!wof_layout(row->wof - 1u, it->meta->size, stored->size, &it->layout, &fault);
    }
    return fault;
}

void ntfs_packed_open(struct ntfs_content *content) {
    content->fault = open_wof(content);
}

/* The clusters of unit `number` that are allocated, one behind the other in `packed`; how many bytes they
 * are to be in `*there`. Runs that end within the unit end it, as a hole does. */
static size_t gather(struct ntfs_content *it, struct job *job, uint64_t number, size_t unit, size_t *there) {
    struct ntfs_plan *plan = it->plan;
    uint64_t cluster = plan->index->summary->boot.cluster_size, end = (number + 1) * unit;
    size_t got = 0;
    *there = 0;
    for (uint64_t at = number * unit; at < end;) {
        const struct ntfs_extent *extent = ntfs_content_extent(plan, &it->place, at);
        if (!extent)
            break;
        uint64_t left = extent->count - (at - it->place.extent_start) / cluster;
        uint64_t span = left < (end - at) / cluster ? left * cluster : end - at;
        if (extent->cluster != NTFS_INDEX_SPARSE) {
            size_t part = 0;
            if (got == *there)
                got += ntfs_content_part(plan, &it->place, job, at, plan->unit.packed + *there, (size_t)span,
                                         &part);
            *there += (size_t)span;
        }
        at += span;
    }
    return got;
}

static void decode_lznt1(struct ntfs_content *it, struct job *job, uint64_t number, size_t size) {
    struct ntfs_unit *unit = &it->plan->unit;
    struct unpacked unpacked;
    size_t there, got = gather(it, job, number, size, &there);
    unit->size = size;
    if (there == 0)
        memset(unit->bytes, 0, size);
    else if (there == size) {
        uint8_t *swap = unit->bytes;
        unit->bytes = unit->packed;
        unit->packed = swap;
        unit->size = got;
    } else {
        bool good = lznt1_decode(span_of(unit->packed, got, 0), unit->bytes, size, &unpacked);
        if (!good && got == there)
            job_note(job, unpacked.fault.code, number * size, unpacked.fault.text);
        if (!good)
            unit->size = unpacked.size;
        else if (got < there) /* it ended between two chunks, and the rest is not known to be zeros */
            unit->size = 0;
    }
}

/* The part of the table that locates chunk `number`; read in larger parts than one entry. */
static struct span table_of(struct ntfs_content *it, struct job *job, uint64_t number) {
    struct ntfs_unit *unit = &it->plan->unit;
    uint64_t offset, size, skip;
    wof_entries(&it->layout, number, 1, &offset, &size);
    if (unit->table_stream == it->stream && offset >= unit->table.offset) {
        skip = offset - unit->table.offset;
        if (skip <= unit->table.size && size <= unit->table.size - skip)
            return unit->table;
    }
    size = it->layout.table - offset;
    if (size > NTFS_CONTENT_TABLE)
        size = NTFS_CONTENT_TABLE;
    size_t got = ntfs_content_stored(it->plan, &it->packed, job, offset, unit->table_bytes, (size_t)size);
    unit->table_stream = it->stream;
    unit->table = span_of(unit->table_bytes, got, offset);
    return unit->table;
}

static void decode_wof(struct ntfs_content *it, struct job *job, uint64_t number) {
    struct ntfs_unit *unit = &it->plan->unit;
    struct wof_chunk chunk;
    struct unpacked unpacked;
    struct fault fault;
    unit->size = 0;
    if (!wof_locate(&it->layout, number, table_of(it, job, number), &chunk, &fault)) {
        job_note(job, fault.code, number * it->layout.chunk, fault.text);
        return;
    }
    size_t got = ntfs_content_stored(it->plan, &it->packed, job, chunk.offset, unit->packed, chunk.stored);
    if (!wof_decode(&it->layout, &chunk, span_of(unit->packed, got, chunk.offset), unit->bytes, &unpacked))
        job_note(job, unpacked.fault.code, number * it->layout.chunk, unpacked.fault.text);
    unit->size = unpacked.size;
}

/* Bytes behind the initialized size are zeros whatever the unit yields. */
static void cut(const struct ntfs_content *it, uint64_t start, size_t size) {
    struct ntfs_unit *unit = &it->plan->unit;
    uint64_t valid = it->meta->initialized > start ? it->meta->initialized - start : 0;
    if (it->meta->flags & NTFS_STREAM_WOF || valid >= size)
        return;
    if (unit->size >= valid) {
        memset(unit->bytes + valid, 0, size - (size_t)valid);
        unit->size = size;
    }
}

static void decode(struct ntfs_content *it, struct job *job, uint64_t number, size_t size) {
    struct ntfs_unit *unit = &it->plan->unit;
    if (unit->stream == it->stream && unit->number == number)
        return;
    unit->stream = it->stream;
    unit->number = number;
    if (it->meta->flags & NTFS_STREAM_WOF)
        decode_wof(it, job, number);
    else
        decode_lznt1(it, job, number, size);
    cut(it, number * size, size);
}

size_t ntfs_packed_read(struct ntfs_content *content, struct job *job, uint64_t offset, uint8_t *to,
                        size_t size) {
    const struct ntfs_unit *unit = &content->plan->unit;
    size_t whole = content->meta->flags & NTFS_STREAM_WOF
                       ? content->layout.chunk
                       : ntfs_packed_size(&content->plan->index->summary->boot, content->meta);
    size_t done = 0;
    while (done < size) {
        uint64_t number = (offset + done) / whole;
        size_t inner = (size_t)((offset + done) % whole), part = whole - inner;
        decode(content, job, number, whole);
        part = part < size - done ? part : size - done;
        size_t got = span_copy(span_clip(span_of(unit->bytes, unit->size, 0), inner, part), to + done, part);
        done += got;
        if (got < part)
            break;
    }
    return done;
}
