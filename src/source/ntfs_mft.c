#include "source/ntfs_mft.h"

#include "format/ntfs_record.h"
#include "format/ntfs_runs.h"
#include "source/ntfs_boots.h"

#include <errno.h>
#include <unistd.h>

enum {
    DATA_PIECES = 65536, /* of a sparse $MFT that are looked at */
    HOLE_TIMES = 64,     /* records of it for one that has data ... */
    HOLE_LEAST = 65536   /* ... and so many in any case */
};

static uint64_t extent_size(const struct ntfs_mft *mft, uint32_t at) {
    return mft->extents[at].count * mft->boot.cluster_size;
}

/* Reads across extents; returns the bytes that came before the first that could not be had. */
static size_t read_across(struct ntfs_mft *mft, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    size_t done = 0;
    uint64_t start = 0;
    for (uint32_t i = 0; i < mft->count && done < size; start += extent_size(mft, i++)) {
        if (offset + done < start || offset + done >= start + extent_size(mft, i))
            continue;
        uint64_t inner = offset + done - start, left = extent_size(mft, i) - inner;
        size_t part = size - done < left ? size - done : (size_t)left;
        if (mft->extents[i].cluster == NTFS_INDEX_SPARSE)
            return done;
        size_t got = reader_read(&mft->reader, job, mft->extents[i].cluster * mft->boot.cluster_size + inner,
                                 to + done, part);
        done += got;
        if (got < part)
            break;
    }
    return done;
}

/* Appends runs that begin where the known ones end; false if they do not, or lie. */
static bool extend(struct ntfs_mft *mft, struct job *job, const struct ntfs_nonresident *data) {
    if (data->lowest != mft->mapped / mft->boot.cluster_size)
        return false;
    struct ntfs_runs runs = ntfs_runs_of(data->runs, data->lowest, mft->boot.clusters);
    struct ntfs_run run;
    while (ntfs_runs_next(&runs, &run)) {
        if (mft->count == NTFS_MFT_EXTENTS) {
            job_note(job, FAULT_LIMIT, data->runs.offset, "$MFT is in more pieces than are followed");
            return false;
        }
        if (run.count > mft->boot.clusters) /* sparse and absurd; $MFT is never sparse */
            return false;
        mft->extents[mft->count++] =
            (struct ntfs_extent){run.sparse ? NTFS_INDEX_SPARSE : run.lcn, run.count};
        mft->mapped += run.count * mft->boot.cluster_size;
    }
    if (runs.fault.code != FAULT_NONE)
        job_note(job, runs.fault.code, runs.fault.offset, runs.fault.text);
    return runs.fault.code == FAULT_NONE;
}

/* Takes the unnamed $DATA of one record. Returns the attribute list, if there is one, in `list`. */
static void take_record(struct ntfs_mft *mft, struct job *job, const struct ntfs_record *record,
                        struct ntfs_attribute *list) {
    struct ntfs_attributes it = ntfs_record_attributes(record);
    struct ntfs_attribute attribute;
    struct ntfs_nonresident data;
    while (ntfs_record_next(&it, &attribute)) {
        if (attribute.type == NTFS_ATTRIBUTE_LIST && list)
            *list = attribute;
        if (attribute.type != NTFS_DATA || attribute.name_units > 0 ||
            !ntfs_attribute_nonresident(&attribute, &data))
            continue;
        if (data.lowest == 0 && mft->count == 0)
            mft->size = data.size;
        if (!extend(mft, job, &data))
            job_note(job, FAULT_BAD, attribute.bytes.offset, "runs of $MFT that do not follow each other");
    }
}

/* The bytes of $MFT's attribute list, in job memory; empty if it cannot be read. */
static struct span list_bytes(struct ntfs_mft *mft, struct job *job, const struct ntfs_attribute *list) {
    struct span value = {NULL, 0, list->bytes.offset};
    struct ntfs_nonresident where;
    if (ntfs_attribute_value(list, &value) || !ntfs_attribute_nonresident(list, &where))
        return value;
    size_t size = where.size < NTFS_MFT_LIST ? (size_t)where.size : NTFS_MFT_LIST, done = 0;
    uint8_t *bytes = job_alloc(job, size, 1);
    struct ntfs_runs runs = ntfs_runs_of(where.runs, 0, mft->boot.clusters);
    struct ntfs_run run;
    while (bytes && done < size && ntfs_runs_next(&runs, &run) && !run.sparse) {
        uint64_t there = run.count * mft->boot.cluster_size;
        size_t part = size - done < there ? size - done : (size_t)there;
        size_t got = reader_read(&mft->reader, job, run.lcn * mft->boot.cluster_size, bytes + done, part);
        done += got;
        if (got < part)
            break;
    }
    return bytes ? span_of(bytes, done, list->bytes.offset) : value;
}

/* Follows the entries of $MFT's own attribute list. Each record it names lies in what is mapped already, or
 * it could not be found at all; the number of entries bounds the work. */
static void follow(struct ntfs_mft *mft, struct job *job, struct span list) {
    struct cursor cursor = cursor_of(list);
    struct ntfs_list_entry entry;
    struct ntfs_record record;
    uint8_t bytes[NTFS_RECORD_MAX];
    bool bad = false;
    uint32_t size = mft->boot.record_size;
    while (ntfs_list_next(&cursor, &entry, &bad)) {
        if (entry.type != NTFS_DATA || entry.name.size > 0 || entry.lowest == 0 || entry.record == 0)
            continue;
        if (entry.record > UINT32_MAX || read_across(mft, job, entry.record * size, bytes, size) < size ||
            ntfs_record_open(bytes, size, 0, &record) != NTFS_RECORD_FILE || record.base == 0 ||
            NTFS_REFERENCE(record.base) != 0 || record.sequence != entry.sequence) {
            job_note(job, FAULT_BAD, list.offset, "an extension record of $MFT is not where its list says");
            return;
        }
        take_record(mft, job, &record, NULL);
    }
    if (bad)
        job_note(job, FAULT_BAD, cursor_offset(&cursor), "$MFT's attribute list does not hold together");
}

/* Is the copy of record 0 whole? Asked when the record itself has sectors whose fixups do not match. */
static bool mirror_is_sane(struct ntfs_mft *mft) {
    uint8_t bytes[NTFS_RECORD_MAX];
    struct ntfs_record record;
    struct job quiet;
    uint32_t size = mft->boot.record_size;
    job_init(&quiet, 0);
    return mft->boot.mirror > 0 && mft->boot.mirror < mft->boot.clusters &&
           reader_read(&mft->reader, &quiet, mft->boot.mirror * mft->boot.cluster_size, bytes, size) ==
               size &&
           ntfs_record_open(bytes, size, 0, &record) == NTFS_RECORD_FILE && record.base == 0 &&
           record.bad_sectors == 0;
}

/* Record 0 from where the boot sector says, or its copy in $MFTMirr. */
static bool read_first(struct ntfs_mft *mft, struct job *job, uint8_t *bytes, struct ntfs_record *ret) {
    const uint64_t places[] = {mft->boot.mft * mft->boot.cluster_size,
                               mft->boot.mirror * mft->boot.cluster_size};
    uint32_t size = mft->boot.record_size;
    bool torn = true;
    for (int i = 0; i < 2; i++) {
        struct job quiet;
        job_init(&quiet, 0);
        if (i == 1 && (mft->boot.mirror == 0 || mft->boot.mirror >= mft->boot.clusters))
            break;
        if (reader_read(&mft->reader, i == 0 ? job : &quiet, places[i], bytes, size) < size)
            continue;
        torn = torn && i != 0;
        if (ntfs_record_open(bytes, size, mft->reader.base + places[i], ret) != NTFS_RECORD_FILE ||
            ret->base != 0 || (i == 0 && ret->bad_sectors != 0 && mirror_is_sane(mft)))
            continue;
        if (i == 1)
            job_note(job, FAULT_BAD, mft->reader.base + places[0],
                     "the first record of $MFT is bad; its copy in $MFTMirr is used");
        return true;
    }
    return job_fail(job, torn ? FAULT_TORN : FAULT_BAD, mft->reader.base + places[0],
                    torn ? "the evidence ends before $MFT" : "$MFT has no readable first record");
}

static bool open_volume(struct job *job, struct ntfs_mft *mft) {
    bool copy;
    if (!ntfs_boots_read(&mft->reader, job, 0, mft->reader.size, &mft->boot, &copy))
        return false;
    if (copy)
        job_note(job, FAULT_BAD, mft->reader.base, "the boot sector is bad; its copy at the end is used");
    uint8_t *bytes = job_alloc(job, mft->boot.record_size, 1);
    struct ntfs_record record;
    if (!bytes || !read_first(mft, job, bytes, &record))
        return false;
    struct ntfs_attribute list = {.type = 0};
    take_record(mft, job, &record, &list);
    if (mft->count == 0)
        return job_fail(job, FAULT_BAD, record.bytes.offset,
                        "$MFT's first record does not say where it lies");
    if (list.type != 0)
        follow(mft, job, list_bytes(mft, job, &list));
    return true;
}

/* Where the last of a sparse file's data ends, and how much there is before; false if the system does not
 * tell, or it is in more pieces than are followed. */
static bool find_data(const struct evidence_reader *reader, uint64_t *end, uint64_t *sum) {
    uint64_t at = reader->base, last = reader->base + reader->size;
    *end = *sum = 0;
    if (reader->read || reader->fd < 0 || last > INT64_MAX)
        return false;
    for (unsigned pieces = 0; pieces < DATA_PIECES && at < last; pieces++) {
        off_t data = lseek(reader->fd, (off_t)at, SEEK_DATA);
        if (data < 0 || (uint64_t)data >= last)
            return data >= 0 || errno == ENXIO;
        off_t hole = lseek(reader->fd, data, SEEK_HOLE);
        if (hole <= data)
            return false;
        at = (uint64_t)hole < last ? (uint64_t)hole : last;
        *sum += at - (uint64_t)data;
        *end = at - reader->base;
    }
    return at >= last;
}

/* A hole holds no records, and rows for all that it could hold would take the machine's memory: what is
 * behind the last data is left out, and a file that is nearly all hole is read as far as its data can account
 * for. */
static bool leave_out_holes(struct ntfs_mft *mft, struct job *job, uint32_t record) {
    uint64_t end, sum;
    if (!find_data(&mft->reader, &end, &sum))
        return false;
    end = (end + record - 1) / record * record;
    uint64_t most = (sum / record * HOLE_TIMES + HOLE_LEAST) * record;
    if (end < mft->size)
        mft->size = end;
    if (mft->size <= most)
        return false;
    job_note(job, FAULT_LIMIT, mft->reader.base + most,
             "a $MFT that is nearly all hole: what lies behind is not read");
    mft->size = most + record; /* one that is not located stands for all of them: a loss */
    return true;
}

/* A $MFT of its own says its record size in its first record. */
static bool open_standalone(struct job *job, struct ntfs_mft *mft, bool whole) {
    uint8_t head[48];
    if (reader_read(&mft->reader, job, 0, head, sizeof head) < sizeof head)
        return job_fail(job, FAULT_TORN, 0, "a $MFT without a first record");
    struct cursor c = cursor_of(span_of(head, sizeof head, mft->reader.base));
    cursor_skip(&c, 28);
    uint32_t record = cursor_u32(&c);
    mft->first = ntfs_record_number(span_of(head, sizeof head, 0));
    if (record != 1024 && record != 2048 && record != 4096)
        record = 1024;
    mft->size = mft->reader.size;
    bool cut = !whole && leave_out_holes(mft, job, record);
    mft->boot = (struct ntfs_boot){.cluster_size = record, .record_size = record};
    uint64_t count = (mft->size + record - 1) / record;
    mft->extents[0] = (struct ntfs_extent){0, count - cut};
    mft->count = 1;
    mft->mapped = mft->extents[0].count * record;
    return true;
}

bool ntfs_mft_open(struct job *job, const struct ntfs_index_input *input, struct ntfs_mft *ret) {
    struct ntfs_mft mft = {.reader = reader_within(&input->evidence, input->offset, input->size)};
    mft.extents = job_alloc(job, NTFS_MFT_EXTENTS, sizeof *mft.extents);
    mft.buffer = job_alloc(job, NTFS_MFT_CHUNK, 1);
    if (!mft.extents || !mft.buffer)
        return false;
    if (input->standalone ? !open_standalone(job, &mft, input->hash_mft) : !open_volume(job, &mft))
        return false;
    if (mft.mapped < mft.size) {
        job_note(job, FAULT_TORN, mft.reader.base, "not all of $MFT could be located");
        mft.holes = true;
    }
    *ret = mft;
    return true;
}

uint64_t ntfs_mft_records(const struct ntfs_mft *mft) {
    uint64_t start = 0, end = 0;
    for (uint32_t i = 0; i < mft->count; start += extent_size(mft, i++)) {
        uint64_t at = mft->extents[i].cluster;
        at = at == NTFS_INDEX_SPARSE ? UINT64_MAX : at * mft->boot.cluster_size;
        if (at >= mft->reader.size)
            continue;
        uint64_t left = mft->reader.size - at, all = extent_size(mft, i);
        end = start + (all < left ? all : left);
    }
    return mft->first + (end < mft->size ? end : mft->size) / mft->boot.record_size;
}

uint64_t ntfs_mft_offset(const struct ntfs_mft *mft, uint64_t record) {
    if (record < mft->first)
        return 0;
    uint64_t at = (record - mft->first) * mft->boot.record_size, start = 0;
    for (uint32_t i = 0; i < mft->count; start += extent_size(mft, i++)) {
        if (at - start < extent_size(mft, i) && mft->extents[i].cluster != NTFS_INDEX_SPARSE)
            return mft->reader.base + mft->extents[i].cluster * mft->boot.cluster_size + (at - start);
    }
    return 0;
}

/* Hashes and counts what was read of `size` bytes at `offset` in the evidence. */
static void account(struct ntfs_mft *mft, const uint8_t *bytes, size_t got, size_t size) {
    if (got < size)
        mft->holes = true;
    if (mft->digest && !mft->holes)
        digest_add(mft->digest, span_of(bytes, got, 0));
}

/* How many of `size` bytes cannot be read in a row, the first of them being such. Asks for a piece at a time,
 * of any reader. */
static size_t bad_bytes(struct ntfs_mft *mft, uint64_t from, size_t size) {
    uint8_t piece[READER_PIECE];
    size_t done = 0;
    while (done < size) {
        struct job quiet;
        job_init(&quiet, 0);
        size_t part = READER_PIECE - (size_t)((mft->reader.base + from + done) % READER_PIECE);
        if (part > size - done)
            part = size - done;
        if (done > 0 && reader_read(&mft->reader, &quiet, from + done, piece, part) == part)
            break;
        done += part;
    }
    return done;
}

/* Reads a chunk up to the first place that cannot be read; `*lost` bytes from there on cannot. */
static size_t read_chunk(struct ntfs_mft *mft, struct job *job, uint64_t from, size_t size, size_t *lost) {
    struct job quiet;
    job_init(&quiet, 0);
    uint64_t there = mft->reader.size - from;
    size_t got = reader_read(&mft->reader, &quiet, from, mft->buffer, size);
    *lost = size - got;
    if (got < size && got < there)
        *lost = bad_bytes(mft, from + got, there < size ? (size_t)there - got : size - got);
    if (quiet.noted > 0)
        job_note_range(job, quiet.notes[0].code, quiet.notes[0].offset, got < there ? *lost : 0,
                       quiet.notes[0].text);
    return got;
}

/* What lies in one extent, up to a chunk. */
static void next_inside(struct ntfs_mft *mft, struct job *job, uint64_t left, struct ntfs_mft_chunk *ret) {
    uint32_t record = mft->boot.record_size;
    size_t size = left < NTFS_MFT_CHUNK ? (size_t)(left / record * record) : NTFS_MFT_CHUNK;
    uint64_t at = mft->extents[mft->at].cluster, inner = mft->next - mft->at_start;
    uint64_t from = at == NTFS_INDEX_SPARSE ? UINT64_MAX : at * mft->boot.cluster_size + inner;
    size_t got = 0, bad = size;
    if (from < mft->reader.size)
        got = read_chunk(mft, job, from, size, &bad);
    else if (!mft->cut)
        job_note(job, FAULT_TORN, mft->reader.base + mft->reader.size, "the evidence ends before $MFT does");
    mft->cut |= from >= mft->reader.size;
    account(mft, mft->buffer, got, size);
    size_t lost = (got + bad + record - 1) / record - got / record; /* what follows may be fine */
    *ret = (struct ntfs_mft_chunk){mft->buffer, mft->first + mft->next / record, got / record, lost,
                                   mft->reader.base + from};
    mft->next += (got / record + lost) * (uint64_t)record;
}

/* One record in pieces: clusters may be smaller than records. */
static void next_across(struct ntfs_mft *mft, struct job *job, struct ntfs_mft_chunk *ret) {
    uint32_t record = mft->boot.record_size;
    size_t got = read_across(mft, job, mft->next, mft->buffer, record);
    uint64_t inner = mft->next - mft->at_start, at = mft->extents[mft->at].cluster;
    account(mft, mft->buffer, got, record);
    *ret = (struct ntfs_mft_chunk){mft->buffer, mft->first + mft->next / record, got == record, got < record,
                                   mft->reader.base + at * mft->boot.cluster_size + inner};
    mft->next += record;
}

/* The last bytes of a $MFT of its own that are no whole record belong to its hash. */
static void finish(struct ntfs_mft *mft, struct job *job, uint64_t end) {
    if (mft->next >= mft->size || mft->size - mft->next >= mft->boot.record_size || end < mft->size)
        return;
    size_t size = (size_t)(mft->size - mft->next);
    account(mft, mft->buffer, read_across(mft, job, mft->next, mft->buffer, size), size);
    job_note(job, FAULT_TORN, mft->reader.base + mft->next, "$MFT ends within a record");
    mft->next = mft->size;
}

bool ntfs_mft_next(struct ntfs_mft *mft, struct job *job, struct ntfs_mft_chunk *ret) {
    uint32_t record = mft->boot.record_size;
    uint64_t end = mft->size < mft->mapped ? mft->size : mft->mapped;
    if (mft->next > end || end - mft->next < record) {
        finish(mft, job, end);
        return false;
    }
    while (mft->next - mft->at_start >= extent_size(mft, mft->at)) {
        mft->at_start += extent_size(mft, mft->at);
        mft->at++;
    }
    uint64_t left = mft->at_start + extent_size(mft, mft->at) - mft->next;
    if (left > end - mft->next)
        left = end - mft->next;
    if (left >= record)
        next_inside(mft, job, left, ret);
    else
        next_across(mft, job, ret);
    return true;
}
