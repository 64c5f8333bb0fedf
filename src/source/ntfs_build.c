#include "source/ntfs_build.h"

#include "format/blockmap.h"

#include "base/text.h"
#include "format/ntfs_record.h"
#include "format/ntfs_runs.h"
#include "format/wof.h"
#include "source/ntfs_gather.h"
#include "source/ntfs_overlap.h"
#include "source/ntfs_recover.h"

#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    RECORD_VOLUME = 3,
    WAITING_HEADER = 8,
    SLACK = 65536,
    POPULATE_LEAST = 65536,
    POPULATE_MOST = 1 << 20
};

bool ntfs_build_room(struct ntfs_build *build, enum ntfs_layout_section section, uint64_t wanted) {
    if (wanted <= build->room[section] - build->used[section])
        return true;
    if (!build->limited)
        job_note(build->job, FAULT_LIMIT, build->mft.reader.base,
                 "more names, links, streams or extents than an index holds");
    build->limited = true;
    return false;
}

struct name {
    uint32_t at;
    uint16_t size;
    bool raw;
};

/* Has the system provide the next pages of a section at once, which costs a third of a fault for each. Only
 * speed depends on it, so that a failure is not looked at. */
static void populate(struct ntfs_build *build, enum ntfs_layout_section section, uint64_t bytes) {
    uint64_t done = build->populated[section];
    uint64_t room = build->room[section] * ntfs_layout_item(section) / NTFS_LAYOUT_PAGE * NTFS_LAYOUT_PAGE;
    if (bytes < done || done >= room)
        return;
    uint64_t step = done < POPULATE_LEAST ? POPULATE_LEAST : done < POPULATE_MOST ? done : POPULATE_MOST;
    if (step > room - done)
        step = room - done;
    uint64_t at = build->offset[section] + done;
    (void)!mmap(build->map + at, (size_t)step, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE,
                build->input->memfd, (off_t)at);
    build->populated[section] = done + step;
}

/* Puts a name into the arena; the raw one behind it where the stored form had to escape. */
static bool name_put(struct ntfs_build *build, struct span utf16, struct name *ret) {
    size_t units = utf16.size / 2;
    if (!ntfs_build_room(build, NTFS_LAYOUT_NAMES, 8 * units + 2))
        return false;
    uint64_t at = build->used[NTFS_LAYOUT_NAMES];
    populate(build, NTFS_LAYOUT_NAMES, at + 8 * units);
    char *out = (char *)build->names + at;
    size_t size = text_name_utf16(utf16.data, units, out);
    bool raw = size != units && memchr(out, '\\', size); /* escapes are longer than what they stand for */
    *ret = (struct name){(uint32_t)at, (uint16_t)size, raw};
    if (raw) {
        uint8_t *behind = build->names + at + size;
        behind[0] = (uint8_t)utf16.size;
        behind[1] = (uint8_t)(utf16.size >> 8);
        size += 2 + span_copy(utf16, behind + 2, 2 * units);
    }
    build->used[NTFS_LAYOUT_NAMES] += size;
    return true;
}

static uint32_t hash_of(uint32_t type, struct span name) {
    uint32_t hash = 2166136261u ^ type;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ name.data[i]) * 16777619u;
    return hash;
}

/* Of several names the one that people know: Win32 before POSIX before DOS. */
static int rank(unsigned namespace) {
    return namespace == NTFS_DOS ? 0 : namespace == NTFS_POSIX ? 1 : 2;
}

static void link_put(struct ntfs_build *build, struct ntfs_row *row, const struct ntfs_link *link) {
    if (!ntfs_build_room(build, NTFS_LAYOUT_LINKS, 1)) {
        row->flags |= NTFS_ROW_INCOMPLETE;
        return;
    }
    uint64_t at = build->used[NTFS_LAYOUT_LINKS]++;
    build->links[at] = *link;
    build->links[at].next = row->first_link;
    row->first_link = (uint32_t)at + 1;
}

/* The name that a better one replaces lives on as a link. */
static void demote(struct ntfs_build *build, struct ntfs_row *row, uint32_t record) {
    struct ntfs_link link = {.record = record,
                             .name = row->name,
                             .parent = row->parent,
                             .parent_sequence = row->parent_sequence,
                             .name_size = row->name_size,
                             .namespace = row->namespace,
                             .raw_name = (row->flags & NTFS_ROW_RAW_NAME) != 0};
    for (int i = 0; i < NTFS_TIMES; i++)
        link.fn[i] = row->fn[i];
    link_put(build, row, &link);
}

static bool is_package(const struct ntfs_build *build, struct name name) {
    return name.size == sizeof BLOCKMAP_NAME - 1 &&
           strncasecmp((const char *)build->names + name.at, BLOCKMAP_NAME, name.size) == 0;
}

static void take_main_name(struct ntfs_build *build, struct ntfs_row *row, const struct ntfs_file_name *fn,
                           struct name name) {
    for (int i = 0; i < NTFS_TIMES; i++)
        row->fn[i] = fn->times[i];
    row->parent = fn->parent < NTFS_INDEX_NONE ? (uint32_t)fn->parent : NTFS_INDEX_NONE;
    row->parent_sequence = fn->parent_sequence;
    row->name = name.at;
    row->name_size = name.size;
    row->namespace = fn->namespace;
    row->flags &= ~(uint32_t)NTFS_ROW_RAW_NAME;
    if (is_package(build, name))
        row->flags |= NTFS_ROW_PACKAGE;
    build->named += !(row->flags & NTFS_ROW_FN);
    row->flags |= NTFS_ROW_FN | (name.raw ? NTFS_ROW_RAW_NAME : 0);
}

static void take_link_name(struct ntfs_build *build, struct ntfs_row *row, uint32_t record,
                           const struct ntfs_file_name *fn, struct name name) {
    struct ntfs_link link = {.record = record,
                             .name = name.at,
                             .parent = fn->parent < NTFS_INDEX_NONE ? (uint32_t)fn->parent : NTFS_INDEX_NONE,
                             .parent_sequence = fn->parent_sequence,
                             .name_size = name.size,
                             .namespace = fn->namespace,
                             .raw_name = name.raw};
    for (int i = 0; i < NTFS_TIMES; i++)
        link.fn[i] = fn->times[i];
    link_put(build, row, &link);
}

static bool take_name(struct ntfs_build *build, struct ntfs_row *row, uint32_t record, struct span value) {
    struct ntfs_file_name fn;
    struct name name;
    if (!ntfs_file_name_read(value, &fn))
        return false;
    bool has = row->flags & NTFS_ROW_FN;
    if (has && fn.namespace == NTFS_DOS)
        return true;
    if (!name_put(build, fn.name, &name)) {
        row->flags |= NTFS_ROW_INCOMPLETE;
        return true;
    }
    if (has && rank(fn.namespace) <= rank(row->namespace)) {
        take_link_name(build, row, record, &fn, name);
        return true;
    }
    if (has && row->namespace != NTFS_DOS)
        demote(build, row, record);
    take_main_name(build, row, &fn, name);
    return true;
}

/* Keeps the runs of one attribute; the number of extents in `*count`. False if they were refused. */
static bool runs_put(struct ntfs_build *build, const struct ntfs_nonresident *data, bool deleted,
                     uint32_t *first, uint32_t *count) {
    struct ntfs_runs runs = ntfs_runs_of(data->runs, data->lowest, build->mft.boot.clusters);
    struct ntfs_run run;
    *first = (uint32_t)build->used[NTFS_LAYOUT_EXTENTS];
    *count = 0;
    while (ntfs_runs_next(&runs, &run)) {
        if (!ntfs_build_room(build, NTFS_LAYOUT_EXTENTS, 1))
            return false;
        build->extents[build->used[NTFS_LAYOUT_EXTENTS]++] =
            (struct ntfs_extent){run.sparse ? NTFS_INDEX_SPARSE : run.lcn, run.count};
        ++*count;
    }
    if (runs.fault.code != FAULT_NONE && !deleted) /* what is left of a deleted record may well lie */
        job_note(build->job, runs.fault.code, runs.fault.offset, runs.fault.text);
    return runs.fault.code == FAULT_NONE;
}

static uint16_t stream_flags(const struct ntfs_attribute *attribute) {
    unsigned flags = attribute->resident ? NTFS_STREAM_RESIDENT : 0;
    flags |= attribute->flags & NTFS_COMPRESSED ? NTFS_STREAM_COMPRESSED : 0;
    flags |= attribute->flags & NTFS_ENCRYPTED ? NTFS_STREAM_ENCRYPTED : 0;
    flags |= attribute->flags & NTFS_SPARSE ? NTFS_STREAM_SPARSE : 0;
    return (uint16_t)flags;
}

static uint32_t row_flags(uint16_t stream) {
    uint32_t flags = 0;
    flags |= stream & NTFS_STREAM_RESIDENT ? NTFS_ROW_RESIDENT : 0;
    flags |= stream & NTFS_STREAM_COMPRESSED ? NTFS_ROW_COMPRESSED : 0;
    flags |= stream & NTFS_STREAM_ENCRYPTED ? NTFS_ROW_ENCRYPTED : 0;
    flags |= stream & NTFS_STREAM_SPARSE ? NTFS_ROW_SPARSE : 0;
    return flags;
}

/* Where the bytes are: copied if resident, as extents if not. */
static void content_put(struct ntfs_build *build, struct ntfs_stream *stream, struct span value,
                        const struct ntfs_nonresident *data) {
    if (!build->input->want_content)
        return;
    if (!(stream->flags & NTFS_STREAM_RESIDENT)) {
        if (!runs_put(build, data, stream->flags & NTFS_STREAM_DELETED, &stream->first, &stream->count))
            stream->flags |= NTFS_STREAM_BAD;
        return;
    }
    if (stream->flags & NTFS_STREAM_DELETED && !(stream->flags & NTFS_STREAM_INDEX))
        return;
    uint64_t at = build->used[NTFS_LAYOUT_RESIDENT];
    populate(build, NTFS_LAYOUT_RESIDENT, at + value.size);
    if (!ntfs_build_room(build, NTFS_LAYOUT_RESIDENT, value.size)) {
        stream->flags |= NTFS_STREAM_BAD;
        return;
    }
    stream->first = (uint32_t)at;
    stream->count = (uint32_t)span_copy(value, build->resident + at, value.size);
    build->used[NTFS_LAYOUT_RESIDENT] += value.size;
}

static void stream_put(struct ntfs_build *build, struct ntfs_row *row, struct ntfs_stream stream,
                       struct span raw_name, struct span value, const struct ntfs_nonresident *data) {
    struct name name = {.size = 0};
    if (!ntfs_build_room(build, NTFS_LAYOUT_STREAMS, 1) ||
        (raw_name.size > 0 && !name_put(build, raw_name, &name))) {
        row->flags |= NTFS_ROW_INCOMPLETE;
        return;
    }
    stream.name = name.at;
    stream.name_size = name.size;
    stream.flags |= name.raw ? NTFS_STREAM_RAW_NAME : 0;
    stream.flags |= row->flags & NTFS_ROW_DELETED ? NTFS_STREAM_DELETED : 0;
    content_put(build, &stream, value, data);
    uint64_t at = build->used[NTFS_LAYOUT_STREAMS]++;
    populate(build, NTFS_LAYOUT_STREAMS, (at + 1) * sizeof stream);
    stream.next = row->first_stream;
    build->streams[at] = stream;
    row->first_stream = (uint32_t)at + 1;
}

static void piece_put(struct ntfs_build *build, struct ntfs_row *row, uint32_t record, uint32_t hash,
                      const struct ntfs_nonresident *data) {
    if (!build->input->want_content)
        return;
    struct ntfs_piece piece = {.record = record, .hash = hash, .lowest = data->lowest};
    /* A piece that lies is dropped; its stream then ends early and is refused for that. */
    if (build->piece_count == build->piece_room ||
        !runs_put(build, data, row->flags & NTFS_ROW_DELETED, &piece.first, &piece.count))
        row->flags |= NTFS_ROW_INCOMPLETE;
    else
        build->pieces[build->piece_count++] = piece;
}

/* The unnamed $DATA, of which a record has one. */
static bool take_main(struct ntfs_row *row, uint64_t size, uint16_t flags) {
    if (row->flags & NTFS_ROW_DATA) {
        row->flags |= NTFS_ROW_INCOMPLETE;
        return false;
    }
    row->size = size;
    row->flags |= NTFS_ROW_DATA | row_flags(flags);
    return true;
}

static bool is_i30(struct span name) {
    static const uint8_t i30[] = {'$', 0, 'I', 0, '3', 0, '0', 0};
    return span_equal(name, span_of(i30, sizeof i30, 0));
}

static uint16_t index_flags(uint32_t type, bool i30) {
    if (type == NTFS_DATA)
        return 0;
    if (type == NTFS_BITMAP)
        return NTFS_STREAM_INDEX | NTFS_STREAM_BITMAP;
    return i30 ? NTFS_STREAM_INDEX | NTFS_STREAM_I30 : NTFS_STREAM_INDEX;
}

static bool take_data(struct ntfs_build *build, struct ntfs_row *row, uint32_t record,
                      const struct ntfs_attribute *attribute) {
    struct span value = {NULL, 0, 0}, name = ntfs_attribute_name(attribute);
    struct ntfs_nonresident data = {.lowest = 0};
    if (attribute->resident ? !ntfs_attribute_value(attribute, &value)
                            : !ntfs_attribute_nonresident(attribute, &data))
        return false;
    if (attribute->name_units > 0 && name.size == 0)
        return false;
    bool is_main = attribute->type == NTFS_DATA && name.size == 0;
    bool content = build->input->want_content, i30 = is_i30(name);
    if (is_main && attribute->resident && !content)
        return take_main(row, value.size, stream_flags(attribute)) || true;
    uint32_t hash = hash_of(attribute->type, name);
    if (data.lowest > 0) {
        piece_put(build, row, record, hash, &data);
        return true;
    }
    struct ntfs_stream stream = {.size = attribute->resident ? value.size : data.size,
                                 .initialized = attribute->resident ? value.size : data.initialized,
                                 .record = record,
                                 .flags = stream_flags(attribute),
                                 .attribute = attribute->id,
                                 .unit = data.unit,
                                 .hash = hash};
    stream.flags |= index_flags(attribute->type, i30);
    if (is_main) {
        stream.flags |= NTFS_STREAM_MAIN;
        if (!take_main(row, stream.size, stream.flags) || !content)
            return true;
    } else if (attribute->type == NTFS_DATA)
        row->flags |= NTFS_ROW_STREAMS;
    stream_put(build, row, stream, name, value, &data);
    return true;
}

/* $I30 is what makes a folder, not a stream of it: kept only for who wants to look into it. Of other indexes
 * the roots are kept, which are what can be listed of them. */
static bool take_index(struct ntfs_build *build, struct ntfs_row *row, uint32_t record,
                       const struct ntfs_attribute *attribute) {
    struct span name = ntfs_attribute_name(attribute);
    bool root = attribute->type == NTFS_INDEX_ROOT;
    bool wanted = is_i30(name) ? build->input->want_indexes : root && name.size > 0;
    if (!build->input->want_content || !wanted || (root && !attribute->resident))
        return true;
    return take_data(build, row, record, attribute);
}

static void take_reparse(struct ntfs_row *row, const struct ntfs_attribute *attribute) {
    struct span value;
    struct wof_reparse wof;
    struct fault why;
    row->flags |= NTFS_ROW_REPARSE;
    if (!ntfs_attribute_value(attribute, &value))
        return;
    uint32_t tag = ntfs_reparse_tag(value);
    if (ntfs_tag_elsewhere(tag))
        row->flags |= NTFS_ROW_ELSEWHERE;
    if (tag != NTFS_TAG_WOF)
        return;
    row->flags |= NTFS_ROW_WOF;
    row->wof = NTFS_WOF_UNKNOWN;
    if (wof_read_reparse(span_from(value, 8), &wof, &why))
        row->wof = wof.provider == WOF_FILE ? (uint8_t)(wof.algorithm + 1) : NTFS_WOF_WIM;
}

static void take_label(struct ntfs_build *build, struct span value) {
    if (value.size == 0 || value.size > 256 || build->summary.label[0])
        return;
    size_t size = text_name_utf16(value.data, value.size / 2, build->summary.label);
    build->summary.label[size] = 0;
}

static bool take_attribute(struct ntfs_build *build, struct ntfs_row *row, uint32_t record,
                           const struct ntfs_attribute *attribute) {
    struct span value;
    struct ntfs_standard_information si;
    switch (attribute->type) {
    case NTFS_STANDARD_INFORMATION:
        if (!ntfs_attribute_value(attribute, &value) || !ntfs_standard_information_read(value, &si))
            return false;
        for (int i = 0; i < NTFS_TIMES; i++)
            row->si[i] = si.times[i];
        row->attributes = si.attributes;
        row->flags |= NTFS_ROW_SI;
        return true;
    case NTFS_FILE_NAME:
        return ntfs_attribute_value(attribute, &value) && take_name(build, row, record, value);
    case NTFS_DATA:
        return take_data(build, row, record, attribute);
    case NTFS_INDEX_ROOT:
    case NTFS_INDEX_ALLOCATION:
    case NTFS_BITMAP:
        return take_index(build, row, record, attribute);
    case NTFS_REPARSE_POINT:
        take_reparse(row, attribute);
        return true;
    case NTFS_VOLUME_NAME:
        if (record == RECORD_VOLUME && ntfs_attribute_value(attribute, &value))
            take_label(build, value);
        return true;
    default:
        return true;
    }
}

/* All attributes of one record into the row of `record`, its base. False if something did not fit. */
static bool take_attributes(struct ntfs_build *build, struct ntfs_row *row, uint32_t record,
                            const struct ntfs_record *from) {
    struct ntfs_attributes it = ntfs_record_attributes(from);
    struct ntfs_attribute attribute;
    bool whole = true;
    while (ntfs_record_next(&it, &attribute))
        whole &= take_attribute(build, row, record, &attribute);
    return whole && !it.bad;
}

static void damaged(struct ntfs_build *build, uint64_t offset, const char *text) {
    build->summary.damaged++;
    job_note(build->job, FAULT_BAD, offset, text);
}

/* Adds a record to the print of its base, in any order: extensions may come before it. Left out are the log
 * sequence number, and the fixups before the first attribute, which change with every write. */
static void print_record(struct ntfs_build *build, uint32_t base, uint32_t number,
                         const struct ntfs_record *record) {
    uint64_t print = UINT64_C(0x9e3779b97f4a7c15) * (number + UINT64_C(1));
    if (!build->input->want_prints || base >= build->summary.records)
        return;
    print ^= (uint64_t)record->sequence << 48 ^ (uint64_t)record->links << 32 ^ record->flags;
    struct cursor c = cursor_of(span_from(record->bytes, record->attributes));
    while (cursor_left(&c) >= 8) {
        print = (print ^ cursor_u64(&c)) * UINT64_C(0xff51afd7ed558ccd);
        print ^= print >> 32;
    }
    while (cursor_left(&c) > 0)
        print = (print ^ cursor_u8(&c)) * UINT64_C(0x100000001b3);
    build->prints[base] ^= print ? print : 1;
}

static void take_base(struct ntfs_build *build, uint32_t number, const struct ntfs_record *record) {
    populate(build, NTFS_LAYOUT_ROWS, (number + UINT64_C(1)) * sizeof *build->rows);
    struct ntfs_row *row = &build->rows[number];
    bool in_use = record->flags & NTFS_RECORD_IN_USE, folder = record->flags & NTFS_RECORD_DIRECTORY;
    row->flags = NTFS_ROW_PRESENT | (in_use ? 0 : NTFS_ROW_DELETED) | (folder ? NTFS_ROW_DIRECTORY : 0);
    row->sequence = record->sequence;
    build->summary.base++;
    build->summary.in_use += in_use;
    build->summary.deleted += !in_use;
    build->summary.directories += folder;
    bool whole = take_attributes(build, row, number, record);
    if (whole && record->bad_sectors == 0)
        return;
    row->flags |= NTFS_ROW_DAMAGED;
    damaged(build, record->bytes.offset,
            whole ? "a file record with fixups that do not match"
                  : "a file record with attributes that do not fit");
}

/* True if the row is the one that an extension record means. */
static bool is_base_of(const struct ntfs_row *row, uint16_t sequence) {
    if (row->sequence == sequence)
        return true;
    return row->flags & NTFS_ROW_DELETED && row->sequence == (uint16_t)(sequence + 1);
}

static void attach(struct ntfs_build *build, uint32_t base, const struct ntfs_record *record) {
    struct ntfs_row *row = &build->rows[base];
    bool in_use = record->flags & NTFS_RECORD_IN_USE;
    if (!(row->flags & NTFS_ROW_PRESENT) || !is_base_of(row, (uint16_t)(record->base >> 48)) ||
        (!in_use && !(row->flags & NTFS_ROW_DELETED))) {
        build->summary.stray++;
        if (in_use)
            job_note(build->job, FAULT_BAD, record->bytes.offset,
                     "an extension record whose base is another");
        return;
    }
    if (!take_attributes(build, row, base, record) || record->bad_sectors != 0) {
        row->flags |= NTFS_ROW_DAMAGED;
        damaged(build, record->bytes.offset, "an extension record with damage");
    }
}

static void number_put(uint8_t *to, uint64_t value) {
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* Copies a record, its fixups undone, until its base has been seen. */
static void wait_for_base(struct ntfs_build *build, const struct ntfs_record *record) {
    uint64_t size = 2 * WAITING_HEADER + build->mft.boot.record_size;
    if (size > build->waiting_room - build->waiting_used) {
        build->summary.stray++;
        job_note(build->job, FAULT_LIMIT, record->bytes.offset,
                 "too many extension records before their bases");
        return;
    }
    uint8_t *to = build->waiting + build->waiting_used;
    number_put(to, record->bytes.offset);
    number_put(to + WAITING_HEADER, record->bytes.size | (uint64_t)record->bad_sectors << 32);
    span_copy(record->bytes, to + 2 * WAITING_HEADER, build->mft.boot.record_size);
    build->waiting_used += size;
}

static void take_waiting(struct ntfs_build *build) {
    size_t size = 2 * WAITING_HEADER + build->mft.boot.record_size;
    for (uint64_t at = 0; at < build->waiting_used; at += size) {
        struct cursor c = cursor_of(span_of(build->waiting + at, size, 0));
        uint64_t offset = cursor_u64(&c);
        uint32_t used = cursor_u32(&c), bad = cursor_u32(&c);
        struct span bytes = cursor_take(&c, used);
        bytes.offset = offset;
        struct cursor header = cursor_of(bytes);
        cursor_skip(&header, 16);
        struct ntfs_record record = {.bytes = bytes, .bad_sectors = bad, .sequence = cursor_u16(&header)};
        record.links = cursor_u16(&header);
        record.attributes = cursor_u16(&header);
        record.flags = cursor_u16(&header);
        cursor_skip(&header, 8);
        record.base = cursor_u64(&header);
        attach(build, (uint32_t)NTFS_REFERENCE(record.base), &record);
    }
}

static void take_extension(struct ntfs_build *build, uint32_t number, const struct ntfs_record *record) {
    uint64_t base = NTFS_REFERENCE(record->base);
    build->summary.extensions++;
    if (base == number || base >= build->summary.records) {
        build->summary.stray++;
        job_note(build->job, FAULT_BAD, record->bytes.offset,
                 "an extension record that refers to no other record");
    } else if (base > number)
        wait_for_base(build, record);
    else
        attach(build, (uint32_t)base, record);
}

static void take_record(struct ntfs_build *build, uint64_t number, uint8_t *bytes, uint64_t offset) {
    struct ntfs_record record;
    switch (ntfs_record_open(bytes, build->mft.boot.record_size, offset, &record)) {
    case NTFS_RECORD_NONE:
        build->summary.unused++;
        break;
    case NTFS_RECORD_BAD:
        damaged(build, offset, "a file record whose header cannot be followed");
        break;
    case NTFS_RECORD_FILE:
        print_record(build, (uint32_t)(record.base ? NTFS_REFERENCE(record.base) : number), (uint32_t)number,
                     &record);
        if (record.base == 0)
            take_base(build, (uint32_t)number, &record);
        else
            take_extension(build, (uint32_t)number, &record);
    }
}

static void take_all(struct ntfs_build *build) {
    struct ntfs_mft_chunk chunk;
    size_t size = build->mft.boot.record_size;
    while (ntfs_mft_next(&build->mft, build->job, &chunk)) {
        for (size_t i = 0; i < chunk.count && chunk.first + i < build->summary.records; i++, build->taken++)
            take_record(build, chunk.first + i, chunk.bytes + i * size, chunk.offset + i * size);
    }
}

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Room of each section: what such a volume can reasonably need, and a cap in any case. */
static void plan_rooms(struct ntfs_build *build) {
    uint64_t n = build->summary.records - build->summary.first, bytes = n * build->mft.boot.record_size;
    bool content = build->input->want_content;
    build->room[NTFS_LAYOUT_ROWS] = build->summary.records;
    build->room[NTFS_LAYOUT_LINKS] = least(4 * n + SLACK, UINT32_MAX - 1);
    build->room[NTFS_LAYOUT_STREAMS] = least(4 * n + SLACK, UINT32_MAX - 1);
    build->room[NTFS_LAYOUT_EXTENTS] = content ? least(16 * n + (1 << 20), UINT32_MAX - 1) : 0;
    build->room[NTFS_LAYOUT_ORDER] = content ? build->room[NTFS_LAYOUT_STREAMS] : 0;
    build->room[NTFS_LAYOUT_NAMES] = least(bytes + SLACK, UINT32_MAX - 1);
    build->room[NTFS_LAYOUT_RESIDENT] = content ? least(bytes, UINT32_MAX - 1) : 0;
    build->room[NTFS_LAYOUT_PRINTS] = build->input->want_prints ? n : 0;
    uint64_t at = NTFS_LAYOUT_PAGE;
    for (int i = 0; i < NTFS_LAYOUT_SECTIONS; i++) {
        build->offset[i] = at;
        at += build->room[i] * ntfs_layout_item((enum ntfs_layout_section)i);
        at = (at + NTFS_LAYOUT_PAGE - 1) / NTFS_LAYOUT_PAGE * NTFS_LAYOUT_PAGE;
    }
    build->scratch_offset = at;
    build->piece_room = content ? n + SLACK : 0;
    build->waiting_room = bytes / 4 + 16 * SLACK;
    uint64_t sorting = 2 * build->room[NTFS_LAYOUT_ORDER] * sizeof(uint64_t),
             parts = build->piece_room * sizeof(struct ntfs_piece);
    build->scratch_room = sorting + parts + build->waiting_room;
    build->map_size = (size_t)(at + build->scratch_room);
}

static bool map_sections(struct ntfs_build *build) {
    plan_rooms(build);
    if (ftruncate(build->input->memfd, (off_t)build->map_size) != 0)
        return job_fail(build->job, FAULT_LIMIT, 0, "no room for the index of a volume");
    void *map = mmap(NULL, build->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, build->input->memfd, 0);
    if (map == MAP_FAILED)
        return job_fail(build->job, FAULT_LIMIT, 0, "no address space for the index of a volume");
    build->map = map;
    void *at[NTFS_LAYOUT_SECTIONS];
    for (int i = 0; i < NTFS_LAYOUT_SECTIONS; i++)
        at[i] = build->map + build->offset[i];
    build->rows = at[NTFS_LAYOUT_ROWS];
    build->links = at[NTFS_LAYOUT_LINKS];
    build->streams = at[NTFS_LAYOUT_STREAMS];
    build->extents = at[NTFS_LAYOUT_EXTENTS];
    build->order = at[NTFS_LAYOUT_ORDER];
    build->populated[NTFS_LAYOUT_ROWS] =
        build->summary.first * sizeof *build->rows / NTFS_LAYOUT_PAGE * NTFS_LAYOUT_PAGE;
    build->names = at[NTFS_LAYOUT_NAMES];
    build->resident = at[NTFS_LAYOUT_RESIDENT];
    build->prints = at[NTFS_LAYOUT_PRINTS];
    build->scratch = build->map + build->scratch_offset;
    build->waiting = build->scratch;
    void *pieces = build->scratch + build->waiting_room;
    build->pieces = pieces;
    return true;
}

static void write_layout(struct ntfs_build *build) {
    struct ntfs_index_summary *summary = &build->summary;
    void *map = build->map;
    struct ntfs_layout *layout = map;
    build->used[NTFS_LAYOUT_ROWS] = summary->records;
    build->used[NTFS_LAYOUT_PRINTS] = build->input->want_prints ? summary->records : 0;
    summary->links = build->used[NTFS_LAYOUT_LINKS];
    summary->streams = build->used[NTFS_LAYOUT_STREAMS];
    summary->extents = build->used[NTFS_LAYOUT_EXTENTS];
    summary->ordered = build->used[NTFS_LAYOUT_ORDER];
    summary->names_used = build->used[NTFS_LAYOUT_NAMES];
    summary->resident_used = build->used[NTFS_LAYOUT_RESIDENT];
    summary->bytes_read = build->mft.reader.bytes_read;
    summary->nameless = summary->base - build->named;
    summary->unread = summary->claimed - least(summary->claimed, build->taken);
    layout->magic = NTFS_LAYOUT_MAGIC;
    layout->version = NTFS_LAYOUT_VERSION;
    layout->size = build->scratch_offset;
    for (int i = 0; i < NTFS_LAYOUT_SECTIONS; i++) {
        layout->sections[i].offset = build->offset[i];
        layout->sections[i].count = build->used[i];
    }
    layout->summary = *summary;
}

static void finish_hash(struct ntfs_build *build) {
    uint8_t value[DIGEST_MAX];
    if (!build->mft.digest || build->mft.holes)
        return;
    digest_end(build->mft.digest, value);
    span_copy(span_of(value, sizeof build->summary.mft_sha256, 0), build->summary.mft_sha256,
              sizeof build->summary.mft_sha256);
    build->summary.has_mft_sha256 = true;
}

static bool build_all(struct ntfs_build *build) {
    struct ntfs_mft *mft = &build->mft;
    build->summary.claimed = mft->size / mft->boot.record_size;
    build->summary.first = mft->first;
    build->summary.records = least(ntfs_mft_records(mft), NTFS_INDEX_RECORDS);
    build->summary.mft_size = mft->size;
    build->summary.boot = mft->boot;
    if (build->summary.records <= mft->first)
        return job_fail(build->job, FAULT_TORN, mft->reader.base, "the evidence holds no whole file record");
    if (ntfs_mft_records(mft) > NTFS_INDEX_RECORDS)
        job_note(build->job, FAULT_LIMIT, mft->reader.base, "more file records than an index holds");
    if (!map_sections(build))
        return false;
    take_all(build);
    take_waiting(build);
    finish_hash(build);
    ntfs_gather_chains(build);
    if (build->input->want_content) {
        ntfs_gather_streams(build);
        ntfs_overlap_find(build);
        ntfs_recover_deleted(build);
        ntfs_gather_order(build);
        ntfs_gather_packages(build);
    }
    write_layout(build);
    munmap(build->map, build->map_size);
    if (ftruncate(build->input->memfd, (off_t)build->scratch_offset) != 0)
        return job_fail(build->job, FAULT_IO, 0, "the index could not be cut to its size");
    return true;
}

bool ntfs_build_index(struct job *job, const struct ntfs_index_input *input, struct ntfs_index_summary *ret) {
    struct ntfs_index_input in = *input;
    in.want_content = in.want_content && !in.standalone;
    in.want_indexes = in.want_indexes && in.want_content;
    struct ntfs_build build = {.job = job, .input = &in};
    build.summary.standalone = in.standalone;
    build.summary.has_content = in.want_content;
    if (!ntfs_mft_open(job, &in, &build.mft))
        return false;
    if (in.hash_mft) {
        build.mft.digest = digest_new();
        if (!build.mft.digest)
            return job_fail(job, FAULT_LIMIT, 0, "no memory for a digest");
        digest_start(build.mft.digest, DIGEST_SHA256);
    }
    bool done = build_all(&build);
    digest_free(build.mft.digest);
    if (done)
        *ret = build.summary;
    return done;
}
