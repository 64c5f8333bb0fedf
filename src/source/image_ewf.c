#include "format/container_ewf.h"
#include "source/image_private.h"

enum { TABLES = 1 << 20 };
#define OVERFLOW_NEVER UINT32_MAX

struct table {
    size_t part;
    uint64_t entries, second; /* where they lie, and their copies; second: 0 if there are none */
    uint64_t base, end; /* what they count from; where the chunks in front of the table, or in it, end */
    uint64_t first;     /* chunk */
    uint32_t count;
    uint32_t overflow; /* from this entry on the highest bit belongs to the offset */
    bool summed;       /* its entries have a checksum */
    bool tried, bad;   /* that was looked at, and is wrong in both copies */
};

struct ewf {
    struct container_volume volume;
    struct table *tables;
    size_t count, room;
    uint64_t chunks;
    bool described, ended; /* a volume section, the section that ends the last segment */
    uint8_t md5[16], sha1[20];
};

/* --- chunks --- */

/* Looks at a table's entries once: do they match their checksum, and where do offsets outgrow 31 bits? A
 * segment may pass 2 GiB by uncompressed chunks; the offsets then go on into the highest bit, which shows as
 * a fall of the lower 31. */
static bool examine(struct image *image, const struct table *table, uint64_t at, uint32_t *overflow) {
    uint8_t bytes[4096];
    uint64_t left = (uint64_t)table->count * 4, index = 0;
    uint32_t sum = (uint32_t)adler32(0, NULL, 0), before = 0;
    *overflow = OVERFLOW_NEVER;
    while (left > 0) {
        size_t n = left < sizeof bytes ? (size_t)left : sizeof bytes;
        if (!image_fetch(image, table->part, at, bytes, n))
            return false;
        sum = (uint32_t)adler32(sum, bytes, (uInt)n);
        struct cursor c = cursor_of(span_of(bytes, n, at));
        for (; cursor_left(&c) > 0; index++) {
            uint32_t entry = cursor_u32(&c);
            if (*overflow == OVERFLOW_NEVER && entry >> 31 && (entry & INT32_MAX) < before)
                *overflow = (uint32_t)index;
            before = entry & INT32_MAX;
        }
        at += n;
        left -= n;
    }
    if (!image_fetch(image, table->part, at, bytes, 4))
        return false;
    struct cursor c = cursor_of(span_of(bytes, 4, at));
    return cursor_u32(&c) == sum;
}

/* Entries that cannot be trusted might name another chunk, so they are not used. The oldest formats have no
 * checksum here. */
static void examine_once(struct image *image, struct table *table) {
    uint32_t overflow;
    if (table->tried)
        return;
    table->tried = true;
    if (examine(image, table, table->entries, &table->overflow))
        return;
    table->bad = table->summed;
    if (table->second != 0 && examine(image, table, table->second, &overflow)) {
        table->overflow = overflow;
        table->entries = table->second;
        table->bad = false;
    }
}

static bool entry_at(struct image *image, const struct table *table, uint32_t index, uint64_t *at,
                     bool *packed) {
    uint8_t bytes[4];
    if (!image_fetch(image, table->part, table->entries + (uint64_t)index * 4, bytes, sizeof bytes))
        return false;
    struct cursor c = cursor_of(span_of(bytes, sizeof bytes, 0));
    uint32_t entry = cursor_u32(&c);
    *packed = index < table->overflow && entry >> 31;
    *at = table->base + (index < table->overflow ? entry & INT32_MAX : entry);
    return true;
}

static struct table *table_of(struct ewf *ewf, uint64_t chunk) {
    size_t low = 0, high = ewf->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (ewf->tables[middle].first <= chunk)
            low = middle;
        else
            high = middle;
    }
    return &ewf->tables[low];
}

static void ewf_locate(struct image *image, uint64_t offset, struct image_piece *ret) {
    struct ewf *ewf = image->state;
    uint32_t size = ewf->volume.chunk_size;
    uint64_t chunk = offset / size, at, next = 0;
    uint64_t start = chunk * size, left = image->size - start;
    bool packed, ignored;
    ret->start = start;
    ret->unit = left < size ? (size_t)left : size;
    ret->length = ret->unit - (offset - start);
    image->failed = FAULT_TORN;
    if (chunk >= ewf->chunks) {
        image_lose(image, ret, "this chunk of the image lies in a segment that is missing or damaged");
        ret->length = image->size - offset;
        return;
    }
    struct table *table = table_of(ewf, chunk);
    uint32_t index = (uint32_t)(chunk - table->first);
    examine_once(image, table);
    if (table->bad) {
        image->failed = FAULT_BAD;
        image_lose(image, ret, "the checksum of a chunk table of the image is wrong");
        return;
    }
    if (!entry_at(image, table, index, &at, &packed) ||
        (index + 1 < table->count && !entry_at(image, table, index + 1, &next, &ignored))) {
        image_lose(image, ret, "a chunk table of the image cannot be read");
        return;
    }
    if (next <= at)
        next = table->end > at ? table->end : image->files[table->part].size;
    uint64_t room = next > at ? next - at : 0, most = 2 * (uint64_t)size;
    ret->kind = packed ? IMAGE_ZLIB : IMAGE_SUMMED;
    ret->part = table->part;
    ret->at = at;
    ret->packed = (size_t)(room < most ? room : most);
}

/* --- sections --- */

struct walk {
    struct image *image;
    struct ewf *ewf;
    struct job *job;
    size_t part;
    uint64_t at, end;     /* of the section's data */
    uint64_t sectors_end; /* of the last section "sectors" */
    bool first_damaged;   /* a table whose copy must be right, or nothing behind it can be placed */
    bool last;            /* "next" or "done" was seen */
};

/* The data of a small section; a short one is left to the decoder. */
static struct span data_of(struct walk *walk, void *to, size_t size) {
    uint64_t there = walk->end - walk->at;
    return span_of(to, image_pull(walk->image, walk->part, walk->at, to, there < size ? (size_t)there : size),
                   walk->at);
}

static bool see_volume(struct walk *walk) {
    uint8_t bytes[1052];
    struct ewf *ewf = walk->ewf;
    if (ewf->described)
        return true;
    if (!container_ewf_volume(walk->job, data_of(walk, bytes, sizeof bytes), &ewf->volume))
        return false;
    if (!ewf->volume.good)
        job_note(walk->job, FAULT_BAD, walk->at,
                 "the checksum of the section that describes the disk is wrong");
    ewf->described = true;
    return true;
}

static struct table *table_add(struct walk *walk) {
    struct ewf *ewf = walk->ewf;
    if (ewf->count == ewf->room) {
        size_t room = ewf->room ? 2 * ewf->room : 64;
        struct table *tables = room <= TABLES ? job_alloc(&walk->image->memory, room, sizeof *tables) : NULL;
        if (!tables)
            return NULL;
        span_copy(span_of(ewf->tables, ewf->count * sizeof *tables, 0), tables, ewf->count * sizeof *tables);
        ewf->tables = tables;
        ewf->room = room;
    }
    return &ewf->tables[ewf->count++];
}

/* A table, or its copy. Chunks are numbered by the tables in front of them, so a table of which neither copy
 * can be read ends what can be placed. */
static bool see_table(struct walk *walk, bool copy) {
    uint8_t bytes[EWF_TABLE];
    struct ewf *ewf = walk->ewf;
    struct job quiet;
    uint32_t count;
    uint64_t base;
    job_init(&quiet, 0);
    bool good = container_ewf_table(&quiet, data_of(walk, bytes, sizeof bytes), &count, &base);
    if (good && count > (walk->end - walk->at - EWF_TABLE) / 4)
        good = job_fail(&quiet, FAULT_BAD, walk->at, "a chunk table is longer than its section");
    if (copy && !walk->first_damaged) {
        struct table *before = ewf->count > 0 ? &ewf->tables[ewf->count - 1] : NULL;
        if (good && before && before->part == walk->part && before->count == count && before->second == 0)
            before->second = walk->at + EWF_TABLE;
        return true;
    }
    if (!good && copy)
        return job_fail(walk->job, quiet.fault.code, quiet.fault.offset,
                        "both copies of a chunk table are damaged");
    if (!good) {
        image_note(walk->job, &quiet);
        walk->first_damaged = true;
        return true;
    }
    walk->first_damaged = false;
    if (count == 0)
        return true;
    struct table *table = table_add(walk);
    if (!table)
        return job_fail(walk->job, FAULT_LIMIT, walk->at, "an image of more chunk tables than are read");
    *table = (struct table){.part = walk->part,
                            .entries = walk->at + EWF_TABLE,
                            .base = base,
                            .end = walk->sectors_end ? walk->sectors_end : walk->end,
                            .first = ewf->chunks,
                            .count = count,
                            .summed = walk->sectors_end != 0};
    ewf->chunks += count;
    return true;
}

static void see_digests(struct walk *walk, bool both) {
    uint8_t bytes[EWF_DIGEST];
    struct ewf *ewf = walk->ewf;
    struct image_stored *stored = &walk->image->stored;
    size_t want = both ? EWF_DIGEST : EWF_HASH;
    struct span data = data_of(walk, bytes, want);
    struct cursor c = cursor_of(span_from(data, want - 4));
    if (data.size < want || cursor_u32(&c) != container_adler(span_part(data, 0, want - 4))) {
        job_note(walk->job, FAULT_BAD, walk->at, "the checksum of the stored digests is wrong");
        return;
    }
    struct span md5 = span_part(data, 0, 16), sha1 = span_part(data, 16, 20);
    if (!span_is_zero(md5))
        stored->md5 = span_of(ewf->md5, span_copy(md5, ewf->md5, 16), walk->at);
    if (both && !span_is_zero(sha1))
        stored->sha1 = span_of(ewf->sha1, span_copy(sha1, ewf->sha1, 20), walk->at + 16);
}

/* False if nothing behind this section can be used. */
static bool see(struct walk *walk, const char *type) {
    bool copy = strcmp(type, "table2") == 0;
    if (walk->first_damaged && !copy)
        return job_fail(walk->job, FAULT_BAD, walk->at, "a chunk table is damaged and has no copy");
    if (strcmp(type, "volume") == 0 || strcmp(type, "disk") == 0)
        return see_volume(walk);
    if (copy || strcmp(type, "table") == 0)
        return see_table(walk, copy);
    if (strcmp(type, "sectors") == 0)
        walk->sectors_end = walk->end;
    if (strcmp(type, "digest") == 0)
        see_digests(walk, true);
    if (strcmp(type, "hash") == 0)
        see_digests(walk, false);
    if (strcmp(type, "done") == 0)
        walk->ewf->ended = walk->last = true;
    if (strcmp(type, "next") == 0)
        walk->last = true;
    return true;
}

/* All sections of a segment, in ascending order. False if the segment ends otherwise than by "next" or
 * "done". */
static bool walk_segment(struct walk *walk) {
    uint64_t size = walk->image->files[walk->part].size, at = EWF_HEAD;
    for (size_t i = 0; !walk->last; i++) {
        uint8_t bytes[EWF_SECTION];
        struct container_section section;
        if (i == TABLES)
            return job_fail(walk->job, FAULT_LIMIT, at, "a segment of more sections than are read");
        if (!image_fetch(walk->image, walk->part, at, bytes, sizeof bytes))
            return image_unread(walk->image, walk->job, at, "a segment ends before its last section");
        if (!container_ewf_section(walk->job, span_of(bytes, sizeof bytes, at), &section))
            return false;
        bool ends = strcmp(section.type, "done") == 0 || strcmp(section.type, "next") == 0;
        if (!ends && section.next < at + EWF_SECTION)
            return job_fail(walk->job, FAULT_BAD, at,
                            "a section is said to be followed by one in front of it");
        walk->at = at + EWF_SECTION;
        walk->end = ends ? walk->at : section.next < size ? section.next : size;
        if (walk->end < walk->at || !see(walk, section.type))
            return false;
        at = section.next;
    }
    return true;
}

/* The segments, as far as they follow one another. What stops that is noted: the chunks so far can be read.
 */
static void walk_all(struct image *image, struct ewf *ewf, struct job *job) {
    for (size_t part = 0; part < image->count && !ewf->ended; part++) {
        uint8_t bytes[EWF_HEAD];
        unsigned number = 0;
        size_t got = image_pull(image, part, 0, bytes, sizeof bytes);
        if (!container_ewf(span_of(bytes, got, 0), &number) || number != part + 1) {
            job_note(job, number > part + 1 ? FAULT_TORN : FAULT_BAD, 0,
                     part == 0 ? "the first segment of the image is missing"
                               : "a segment of the image is missing or not in its place");
            return;
        }
        struct job quiet;
        job_init(&quiet, 0);
        struct walk walk = {.image = image, .ewf = ewf, .job = &quiet, .part = part};
        bool good = walk_segment(&walk);
        for (size_t i = 0; i < quiet.noted && i < JOB_NOTES; i++)
            job_note(job, quiet.notes[i].code, quiet.notes[i].offset, quiet.notes[i].text);
        if (!good) {
            image_note(job, &quiet);
            return;
        }
    }
    if (!ewf->ended)
        job_note(job, FAULT_TORN, 0, "later segments of the image are missing");
}

bool image_ewf_open(struct image *image, struct image_opening *opening) {
    struct job *job = opening->job;
    struct ewf *ewf = job_alloc(&image->memory, 1, sizeof *ewf);
    if (!ewf)
        return job_fail(job, FAULT_LIMIT, 0, "no memory for an image");
    image->state = ewf;
    walk_all(image, ewf, job);
    if (!ewf->described)
        return job_fail(job, FAULT_BAD, 0, "the image does not say how long its disk is");
    image->size = ewf->volume.size;
    if (image->size == 0)
        image->size = ewf->chunks * ewf->volume.chunk_size;
    if (ewf->ended && ewf->chunks * ewf->volume.chunk_size < image->size)
        job_note(job, FAULT_TORN, 0, "the image has fewer chunks than its disk");
    image->unit_size = ewf->volume.chunk_size;
    image->locate = ewf_locate;
    return true;
}
