#include "format/prefetch.h"

#include "format/xpress_huffman.h"

enum {
    PACKED_HEAD = 8, /* signature and size */
    CHECKED = 0x80,  /* in its last byte: a checksum follows */
    HEADER = 84,
    NAME_UNITS = 30,

    RUN_COUNT_OLD = 124
};

/* Where the versions differ. `runs`: how many times of runs there are. */
static const struct layout {
    unsigned version, first_time, runs, count, file, volume;
} layouts[] = {
    {17, 36, 1, 60, 20, 40},  {23, 44, 1, 68, 32, 104}, {26, 44, 8, 124, 32, 104},
    {30, 44, 8, 124, 32, 96}, {31, 44, 8, 116, 32, 96},
};

static const struct layout *layout_of(unsigned version) {
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (layouts[i].version == version)
            return &layouts[i];
    return NULL;
}

static bool is_packed(struct span head) {
    return span_starts(head, "MAM", 3) && (span_u8(head, 3) & 0x7f) == 4;
}

bool prefetch_sniff(struct span head) {
    struct cursor c = cursor_of(head);
    unsigned version = cursor_u32(&c);
    return is_packed(head) || (layout_of(version) && span_starts(span_from(head, 4), "SCCA", 4));
}

static bool unpack(struct job *job, struct span bytes, struct span *ret) {
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, 4);
    uint32_t size = cursor_u32(&c);
    if (span_u8(bytes, 3) & CHECKED)
        cursor_skip(&c, 4);
    if (c.torn)
        return job_fail(job, FAULT_TORN, bytes.offset, "a packed prefetch file ends in its head");
    if (size > PREFETCH_SIZE)
        return job_fail(job, FAULT_LIMIT, bytes.offset, "a prefetch file is larger than is unpacked");
    uint8_t *to = job_alloc(job, size, 1);
    struct unpacked unpacked;
    if (!to)
        return false;
    if (!xpress_huffman_decode(span_from(bytes, c.at), to, size, &unpacked))
        job_note(job, unpacked.fault.code, unpacked.fault.offset, unpacked.fault.text);
    *ret = span_of(to, unpacked.size, 0);
    return true;
}

static bool decode_header(struct prefetch *p) {
    struct cursor c = cursor_of(p->bytes);
    p->version = cursor_u32(&c);
    bool signature = span_equal(cursor_take(&c, 4), span_of("SCCA", 4, 0));
    cursor_skip(&c, 8);
    p->name = cursor_take(&c, (size_t)2 * NAME_UNITS);
    p->hash = cursor_u32(&c);
    cursor_skip(&c, 4);
    if (c.torn)
        return job_fail(p->job, FAULT_TORN, p->bytes.offset, "a prefetch file ends in its head");
    if (!signature)
        return job_fail(p->job, FAULT_BAD, p->bytes.offset, "no prefetch file");
    if (!layout_of(p->version))
        return job_fail(p->job, FAULT_UNSUPPORTED, p->bytes.offset, "a prefetch file of an unknown version");
    size_t size = 0;
    while (size + 2 <= p->name.size && (span_u8(p->name, size) || span_u8(p->name, size + 1)))
        size += 2;
    p->name = span_part(p->name, 0, size);
    return true;
}

/* A list of `count` entries; cut to what is there. */
static struct span list_of(struct prefetch *p, uint32_t offset, uint32_t *count, uint32_t entry,
                           uint32_t most, const char *text) {
    struct span list = span_from(p->bytes, offset);
    uint32_t there = (uint32_t)(list.size / entry);
    if (*count > most)
        job_note(p->job, FAULT_LIMIT, p->bytes.offset + offset, text);
    else if (*count > there)
        job_note(p->job, FAULT_TORN, p->bytes.offset + offset, text);
    *count = *count < most ? *count : most;
    *count = *count < there ? *count : there;
    return span_part(list, 0, (size_t)*count * entry);
}

static void decode_runs(struct prefetch *p, const struct layout *layout, uint32_t metrics) {
    /* Windows 10 from 1903 on has dropped eight bytes, and says so by where the list of files begins. */
    bool shorter = p->version == 30 && metrics < HEADER + 220;
    struct cursor c = cursor_of(span_from(p->bytes, HEADER));
    cursor_skip(&c, layout->first_time);
    for (unsigned i = 0; i < layout->runs; i++)
        p->times[i] = cursor_u64(&c);
    c = cursor_of(span_from(p->bytes, HEADER));
    cursor_skip(&c, shorter ? RUN_COUNT_OLD - 8u : layout->count);
    p->runs = cursor_u32(&c);
    if (c.torn)
        job_note(p->job, FAULT_TORN, p->bytes.offset + HEADER, "a prefetch file ends before its times");
}

static bool decode_lists(struct prefetch *p) {
    const struct layout *layout = layout_of(p->version);
    struct cursor c = cursor_of(span_from(p->bytes, HEADER));
    uint32_t metrics = cursor_u32(&c);
    p->file_count = cursor_u32(&c);
    cursor_skip(&c, 8); /* trace chains */
    uint32_t strings = cursor_u32(&c), strings_size = cursor_u32(&c);
    uint32_t volumes = cursor_u32(&c);
    p->volume_count = cursor_u32(&c);
    uint32_t volumes_size = cursor_u32(&c);
    if (c.torn) {
        p->file_count = p->volume_count = 0;
        return job_fail(p->job, FAULT_TORN, p->bytes.offset + HEADER, "a prefetch file ends in its head");
    }
    p->file_entry = layout->file;
    p->volume_entry = layout->volume;
    p->files = list_of(p, metrics, &p->file_count, p->file_entry, PREFETCH_FILES,
                       "files of a prefetch file are missing");
    p->strings = span_clip(p->bytes, strings, strings_size);
    p->volumes = span_clip(p->bytes, volumes, volumes_size);
    struct span entries = list_of(p, volumes, &p->volume_count, p->volume_entry, PREFETCH_VOLUMES,
                                  "volumes of a prefetch file are missing");
    if (entries.size > p->volumes.size)
        p->volumes = entries;
    decode_runs(p, layout, metrics);
    return true;
}

bool prefetch_decode(struct job *job, struct span bytes, struct prefetch *ret) {
    *ret = (struct prefetch){.job = job, .bytes = bytes, .packed = is_packed(bytes)};
    if (ret->packed && !unpack(job, bytes, &ret->bytes))
        return false;
    return decode_header(ret) && decode_lists(ret);
}

bool prefetch_file(const struct prefetch *prefetch, uint32_t number, struct prefetch_file *ret) {
    *ret = (struct prefetch_file){.path = span_of("", 0, 0)};
    if (number >= prefetch->file_count)
        return false;
    struct cursor c =
        cursor_of(span_part(prefetch->files, (size_t)number * prefetch->file_entry, prefetch->file_entry));
    cursor_skip(&c, prefetch->version == 17 ? 8 : 12);
    uint32_t offset = cursor_u32(&c), units = cursor_u32(&c);
    cursor_skip(&c, 4);
    if (prefetch->version != 17)
        ret->reference = cursor_u64(&c);
    if (!span_holds(prefetch->strings, offset, (uint64_t)units * 2)) {
        job_note(prefetch->job, FAULT_BAD, prefetch->files.offset + (uint64_t)number * prefetch->file_entry,
                 "a path lies outside the strings of a prefetch file");
        return false;
    }
    ret->path = span_part(prefetch->strings, offset, (uint64_t)units * 2);
    return true;
}

bool prefetch_volume(const struct prefetch *prefetch, uint32_t number, struct prefetch_volume *ret) {
    *ret = (struct prefetch_volume){.path = span_of("", 0, 0)};
    if (number >= prefetch->volume_count)
        return false;
    struct cursor c = cursor_of(
        span_part(prefetch->volumes, (size_t)number * prefetch->volume_entry, prefetch->volume_entry));
    uint32_t offset = cursor_u32(&c), units = cursor_u32(&c);
    ret->created = cursor_u64(&c);
    ret->serial = cursor_u32(&c);
    if (!span_holds(prefetch->volumes, offset, (uint64_t)units * 2)) {
        job_note(prefetch->job, FAULT_BAD, prefetch->volumes.offset,
                 "a path lies outside the volumes of a prefetch file");
        return false;
    }
    ret->path = span_part(prefetch->volumes, offset, (uint64_t)units * 2);
    return true;
}
