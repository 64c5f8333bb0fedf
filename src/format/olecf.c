#include "format/olecf.h"

enum { MINI = 64, IN_HEADER = 109, DIFAT_AT = 76, AGAIN = 16 };
#define LAST_SECTOR 0xfffffff9u /* greater numbers are none */
#define NO_ENTRY    0xffffffffu

_Static_assert(OLECF_NAME < 256, "sizes of names are bytes");

bool olecf_is(struct span head) {
    return span_starts(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
}

/* --- chains --- */

struct chain {
    const uint32_t *table;
    size_t count;
    unsigned unit;  /* bytes */
    uint64_t first; /* where unit 0 lies, in bytes */
};

static struct chain chain_of(const struct olecf *o, bool mini) {
    if (mini)
        return (struct chain){o->mini_fat, o->mini_count, MINI, 0};
    return (struct chain){o->fat, o->fat_count, o->sector, o->sector};
}

/* How a chain ended. */
enum end { COMPLETE, SHORT, OUTSIDE, CIRCLE, TOO_LONG };

/* Follows a chain for at most `most` units. With `runs`, fills them; returns how many there are. A circle is
 * found by comparing with a unit that is moved on after 1, 2, 4, ... steps (Brent). */
static size_t follow(struct olecf *o, const struct chain *chain, uint32_t unit, uint64_t most,
                     struct olecf_run *runs, uint64_t *units, enum end *end) {
    uint64_t n = 0, mark = 0, reach = 1;
    uint32_t marked = NO_ENTRY, before = NO_ENTRY;
    size_t count = 0;
    for (*end = COMPLETE; n < most; n++) {
        if (unit > LAST_SECTOR || unit >= chain->count || unit == marked || o->steps == 0) {
            *end = unit > LAST_SECTOR     ? SHORT
                   : unit >= chain->count ? OUTSIDE
                   : unit == marked       ? CIRCLE
                                          : TOO_LONG;
            break;
        }
        if (n == 0 || unit != before + 1) {
            if (runs)
                runs[count] =
                    (struct olecf_run){chain->first + (uint64_t)unit * chain->unit, n * chain->unit};
            count++;
        }
        if (n - mark == reach) {
            marked = unit;
            mark = n;
            reach *= 2;
        }
        before = unit;
        unit = chain->table[unit];
        o->steps--;
    }
    *units = n;
    return count;
}

static void tell(struct olecf *o, struct job *job, uint32_t start, enum end end, bool told) {
    uint64_t at = ((uint64_t)start + 1) * o->sector;
    if (at > o->size)
        at = o->size;
    if (end == SHORT && told)
        job_note(job, FAULT_TORN, at, "a chain of sectors ends before its stream");
    else if (end == OUTSIDE)
        job_note(job, FAULT_BAD, at, "a chain of sectors leaves the file");
    else if (end == CIRCLE)
        job_note(job, FAULT_BAD, at, "a chain of sectors goes in a circle");
    else if (end == TOO_LONG)
        job_note(job, FAULT_LIMIT, at, "streams share sectors, and following them would take too long");
}

/* The runs of a chain for `size` bytes; `told`: as the directory says, otherwise as far as the chain goes. */
static bool lay_out(struct olecf *o, struct job *job, uint32_t start, uint64_t size, bool told, bool mini,
                    struct olecf_stream *ret) {
    struct chain chain = chain_of(o, mini);
    uint64_t most = size / chain.unit + (size % chain.unit > 0), units;
    enum end end;
    size_t count = follow(o, &chain, start, most, NULL, &units, &end);
    if (count > ret->room) {
        ret->room = count + count / 2 + 16;
        ret->runs = job_alloc(o->memory, ret->room, sizeof *ret->runs);
        if (!ret->runs) {
            ret->room = 0;
            return false;
        }
    }
    tell(o, job, start, end, told);
    o->steps += units; /* the same way once more */
    ret->count = follow(o, &chain, start, units, ret->runs, &units, &end);
    ret->mini = mini;
    ret->size = size;
    ret->there = units * chain.unit < size ? units * chain.unit : size;
    return true;
}

/* --- reading --- */

/* The run in which a byte lies. */
static size_t run_of(const struct olecf_stream *stream, uint64_t offset) {
    size_t low = 0, high = stream->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (stream->runs[middle].start <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t olecf_place(const struct olecf *o, const struct olecf_stream *stream, uint64_t offset) {
    if (offset >= stream->there)
        return o->size;
    const struct olecf_run *run = &stream->runs[run_of(stream, offset)];
    uint64_t at = run->at + (offset - run->start);
    if (stream->mini)
        return olecf_place(o, &o->root, at);
    return at < o->size ? at : o->size;
}

static size_t read_flat(struct olecf *o, struct job *job, const struct olecf_stream *stream, uint64_t offset,
                        uint8_t *to, size_t size) {
    size_t done = 0;
    if (offset >= stream->there)
        return 0;
    if (size > stream->there - offset)
        size = (size_t)(stream->there - offset);
    for (size_t i = run_of(stream, offset); done < size; i++) {
        const struct olecf_run *run = &stream->runs[i];
        uint64_t end = i + 1 < stream->count ? stream->runs[i + 1].start : stream->there;
        uint64_t at = run->at + (offset + done - run->start), left = end - (offset + done);
        size_t want = size - done < left ? size - done : (size_t)left;
        uint64_t in_file = at < o->size ? o->size - at : 0;
        size_t got = stream->mini ? read_flat(o, job, &o->root, at, to + done, want)
                     : in_file > 0
                         ? o->fetch(o->context, job, at, to + done, want < in_file ? want : (size_t)in_file)
                         : 0;
        done += got;
        if (got < want) {
            job_note(job, FAULT_TORN, at < o->size ? at : o->size,
                     "a stream lies behind the end of the file");
            break;
        }
    }
    return done;
}

size_t olecf_read(struct olecf *o, struct job *job, const struct olecf_stream *stream, uint64_t offset,
                  void *to, size_t size) {
    return read_flat(o, job, stream, offset, to, size);
}

bool olecf_open_stream(struct olecf *o, struct job *job, size_t index, struct olecf_stream *stream) {
    const struct olecf_entry *entry = &o->entries[index];
    uint64_t size = entry->size < o->size ? entry->size : o->size;
    if (entry->size > o->size)
        job_note(job, FAULT_TORN, o->size, "a stream is said to be larger than the file");
    return lay_out(o, job, entry->start, size, true, entry->kind == OLECF_STREAM && entry->size < o->cutoff,
                   stream);
}

/* --- tables --- */

struct header {
    uint32_t fat_sectors, directory, mini_fat, mini_sectors, difat, difat_sectors;
};

static bool read_header(struct olecf *o, struct span bytes, struct header *ret) {
    struct cursor c = cursor_of(bytes);
    if (!olecf_is(bytes))
        return job_fail(o->memory, bytes.size < 8 ? FAULT_TORN : FAULT_BAD, 0, "no compound file");
    cursor_seek(&c, 26);
    o->version = cursor_u16(&c);
    cursor_skip(&c, 2);
    unsigned shift = cursor_u16(&c), mini = cursor_u16(&c);
    cursor_skip(&c, 10);
    ret->fat_sectors = cursor_u32(&c);
    ret->directory = cursor_u32(&c);
    cursor_skip(&c, 4);
    o->cutoff = cursor_u32(&c);
    ret->mini_fat = cursor_u32(&c);
    ret->mini_sectors = cursor_u32(&c);
    ret->difat = cursor_u32(&c);
    ret->difat_sectors = cursor_u32(&c);
    if (bytes.size < OLECF_HEADER)
        return job_fail(o->memory, FAULT_TORN, bytes.size, "the header of a compound file is cut off");
    if ((o->version != 3 || shift != 9) && (o->version != 4 || shift != 12))
        return job_fail(o->memory, FAULT_UNSUPPORTED, 26, "a compound file of another version than 3 or 4");
    if (mini != 6)
        return job_fail(o->memory, FAULT_UNSUPPORTED, 32,
                        "a compound file with short sectors that are not 64 bytes");
    o->sector = 1u << shift;
    return true;
}

/* One sector of the FAT, if there is room. */
static bool add_fat(struct olecf *o, uint32_t sector, size_t *at) {
    uint8_t bytes[4096];
    uint64_t offset = ((uint64_t)sector + 1) * o->sector;
    size_t room = o->fat_count - *at;
    if (sector > LAST_SECTOR || room == 0)
        return false;
    if (offset >= o->size) {
        job_note(o->memory, FAULT_BAD, o->size, "a part of the FAT lies behind the end of the file");
        return false;
    }
    size_t want = o->size - offset < o->sector ? (size_t)(o->size - offset) : o->sector;
    struct cursor c = cursor_of(span_of(bytes, o->fetch(o->context, o->memory, offset, bytes, want), offset));
    for (size_t i = 0; i < o->sector / 4 && i < room; i++)
        o->fat[(*at)++] = cursor_left(&c) >= 4 ? cursor_u32(&c) : NO_ENTRY;
    return true;
}

/* Sectors of the FAT that are named in sectors of their own; each names the next at its end. */
static void read_difat(struct olecf *o, const struct header *header, size_t *at) {
    uint8_t bytes[4096];
    uint32_t next = header->difat;
    size_t most = o->fat_count / (o->sector / 4) / (o->sector / 4 - 1) + 2;
    for (; next <= LAST_SECTOR && *at < o->fat_count && most > 0; most--) {
        uint64_t offset = ((uint64_t)next + 1) * o->sector;
        if (offset >= o->size || o->size - offset < o->sector ||
            o->fetch(o->context, o->memory, offset, bytes, o->sector) < o->sector) {
            job_note(o->memory, FAULT_BAD, offset < o->size ? offset : o->size,
                     "the list of FAT sectors leaves the file");
            return;
        }
        struct cursor c = cursor_of(span_of(bytes, o->sector, offset));
        for (size_t i = 0; i < o->sector / 4 - 1; i++)
            add_fat(o, cursor_u32(&c), at);
        next = cursor_u32(&c);
    }
}

static bool read_fat(struct olecf *o, struct span head, const struct header *header) {
    uint64_t sectors = o->size / o->sector + 1;
    size_t at = 0;
    if (sectors > OLECF_TABLE / 4)
        return job_fail(o->memory, FAULT_LIMIT, 0, "a compound file with too many sectors");
    o->fat_count = (size_t)sectors;
    o->fat = job_alloc(o->memory, o->fat_count, 4);
    if (!o->fat)
        return false;
    o->steps = (uint64_t)AGAIN * sectors + 65536;
    struct cursor c = cursor_of(head);
    cursor_seek(&c, DIFAT_AT);
    for (int i = 0; i < IN_HEADER; i++)
        add_fat(o, cursor_u32(&c), &at);
    if (header->difat_sectors > 0)
        read_difat(o, header, &at);
    o->fat_count = at; /* sectors behind it belong to no chain */
    return true;
}

/* All bytes of a chain, in memory. */
static struct span load(struct olecf *o, uint32_t start, uint64_t most) {
    struct olecf_stream stream = {0};
    struct span empty = {NULL, 0, 0};
    if (start > LAST_SECTOR || !lay_out(o, o->memory, start, most, false, false, &stream))
        return empty;
    uint8_t *bytes = job_alloc(o->memory, (size_t)stream.there + 1, 1);
    if (!bytes)
        return empty;
    return span_of(bytes, read_flat(o, o->memory, &stream, 0, bytes, (size_t)stream.there), 0);
}

static uint64_t table_most(const struct olecf *o) {
    uint64_t most = o->size / o->sector * o->sector + o->sector;
    return most < OLECF_TABLE ? most : OLECF_TABLE;
}

static void read_mini_fat(struct olecf *o, const struct header *header) {
    struct span bytes = load(o, header->mini_sectors > 0 ? header->mini_fat : NO_ENTRY, table_most(o));
    struct cursor c = cursor_of(bytes);
    o->mini_fat = job_alloc(o->memory, bytes.size / 4 + 1, 4);
    if (!o->mini_fat)
        return;
    while (cursor_left(&c) >= 4)
        o->mini_fat[o->mini_count++] = cursor_u32(&c);
}

/* --- the directory --- */

static void read_entry(const struct olecf *o, struct cursor *c, struct olecf_entry *ret) {
    struct span name = cursor_take(c, OLECF_NAME);
    size_t size = cursor_u16(c);
    ret->kind = cursor_u8(c);
    cursor_skip(c, 1);
    ret->left = cursor_u32(c);
    ret->right = cursor_u32(c);
    ret->child = cursor_u32(c);
    span_copy(cursor_take(c, 16), ret->class_id, 16);
    ret->state = cursor_u32(c);
    ret->created = cursor_u64(c);
    ret->modified = cursor_u64(c);
    ret->start = cursor_u32(c);
    uint32_t low = cursor_u32(c), high = cursor_u32(c);
    ret->size =
        low | (o->version == 3 ? 0 : (uint64_t)high << 32); /* writers of version 3 leave rests there */
    ret->parent = ret->first = ret->next = OLECF_NOTHING;
    size = size >= 2 ? size - 2 : 0; /* with its NUL */
    ret->name_size = (uint8_t)span_copy(span_clip(name, 0, size / 2 * 2), ret->name, OLECF_NAME);
}

struct walk {
    uint32_t *waiting;
    size_t count;
};

static void reach(struct olecf *o, struct walk *walk, uint32_t index, int32_t parent) {
    if (index == NO_ENTRY)
        return;
    bool inside = index < o->count;
    struct olecf_entry *entry = inside ? &o->entries[index] : NULL;
    if (!inside || entry->reached || (entry->kind != OLECF_STORAGE && entry->kind != OLECF_STREAM)) {
        job_note(o->memory, FAULT_BAD, 0, "the tree of a compound file's directory is broken");
        return;
    }
    entry->reached = true;
    entry->parent = parent;
    walk->waiting[walk->count++] = index;
}

/* Marks what can be reached. Every entry waits once at most. */
static bool walk_tree(struct olecf *o) {
    struct walk walk = {job_alloc(o->memory, o->count, 4), 0};
    if (!walk.waiting)
        return false;
    if (o->entries[0].kind == OLECF_ROOT) {
        o->entries[0].reached = true;
        reach(o, &walk, o->entries[0].child, 0);
    }
    while (walk.count > 0) {
        uint32_t index = walk.waiting[--walk.count];
        const struct olecf_entry *entry = &o->entries[index];
        reach(o, &walk, entry->left, entry->parent);
        reach(o, &walk, entry->right, entry->parent);
        if (entry->kind == OLECF_STORAGE)
            reach(o, &walk, entry->child, (int32_t)index);
    }
    for (size_t i = o->count; i-- > 1;) {
        struct olecf_entry *entry = &o->entries[i];
        if (entry->parent == OLECF_NOTHING)
            continue;
        entry->next = o->entries[entry->parent].first;
        o->entries[entry->parent].first = (int32_t)i;
    }
    return true;
}

static bool read_directory(struct olecf *o, const struct header *header) {
    struct span bytes = load(o, header->directory, table_most(o));
    if (bytes.size < OLECF_ENTRY)
        return job_fail(o->memory, FAULT_TORN, o->size, "a compound file without a directory");
    o->count = bytes.size / OLECF_ENTRY;
    o->entries = job_alloc(o->memory, o->count, sizeof *o->entries);
    if (!o->entries)
        return false;
    struct cursor c = cursor_of(bytes);
    for (size_t i = 0; i < o->count; i++)
        read_entry(o, &c, &o->entries[i]);
    if (o->entries[0].kind != OLECF_ROOT)
        job_note(o->memory, FAULT_BAD, 0, "the first entry of a compound file's directory is not its root");
    return walk_tree(o);
}

bool olecf_open(struct job *memory, olecf_fetch *fetch, void *context, uint64_t size, struct olecf *ret) {
    uint8_t bytes[OLECF_HEADER];
    struct header header = {0};
    *ret = (struct olecf){.fetch = fetch, .context = context, .memory = memory, .size = size};
    size_t got =
        size > 0 ? fetch(context, memory, 0, bytes, size < sizeof bytes ? (size_t)size : sizeof bytes) : 0;
    struct span head = span_of(bytes, got, 0);
    if (!read_header(ret, head, &header) || !read_fat(ret, head, &header) || !read_directory(ret, &header))
        return false;
    read_mini_fat(ret, &header);
    if (ret->entries[0].kind == OLECF_ROOT && ret->entries[0].size > 0 &&
        !olecf_open_stream(ret, memory, 0, &ret->root))
        return false;
    return memory->fault.code == FAULT_NONE;
}
