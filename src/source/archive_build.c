#include "source/archive_build.h"

#include "format/tar.h"
#include "format/zip.h"
#include "source/archive_pack.h"

#include <sys/mman.h>
#include <unistd.h>

enum {
    MOST_MEMBERS = 1 << 27,
    RANGES = 1 << 22,
    SLACK = 65536,
    ALIGNMENT = 16,
    DISCARD = 64 * 1024,
    MODE_TYPE = 0170000,
    MODE_FOLDER = 0040000,
    MODE_LINK = 0120000,
    MODE_FILE = 0100000,
    DOS_FOLDER = 0x10
};

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

void archive_build_note(struct archive_build *build, enum archive_build_defect defect, enum fault_code code,
                        uint64_t offset, const char *text) {
    if (!(build->told >> defect & 1))
        job_note(build->job, code, offset, text);
    build->told |= 1u << defect;
}

/* --- paths --- */

struct path {
    const char *from;
    size_t size, at;
    bool backslash, was_backslash;
};

/* Bytes of the next character in stored form: an escape, a doubled backslash, or UTF-8. */
static size_t character(const struct path *path) {
    const char *at = path->from + path->at;
    size_t left = path->size - path->at, size = 1;
    if (*at == '\\')
        size = left > 1 && at[1] == '\\' ? 2 : left > 1 && at[1] == 'x' ? 4 : 6;
    else
        while (size < left && (at[size] & 0xc0) == 0x80)
            size++;
    return size < left ? size : left;
}

static bool at_separator(struct path *path) {
    if (path->at >= path->size)
        return false;
    const char *at = path->from + path->at;
    bool back = path->backslash && path->size - path->at > 1 && at[0] == '\\' && at[1] == '\\';
    path->was_backslash |= back;
    return *at == '/' || back;
}

static bool is_drive(const char *name, size_t size) {
    return size == 2 && name[1] == ':' && (name[0] | 32) >= 'a' && (name[0] | 32) <= 'z';
}

/* One component behind what `to` has already; its size, or -1 if there is no room for it. */
static long component(struct path *path, char *to, size_t room) {
    size_t n = 0;
    while (path->at < path->size && !at_separator(path)) {
        size_t size = character(path);
        if (size > room - n)
            return -1;
        for (size_t i = 0; i < size; i++)
            to[n++] = path->from[path->at++];
    }
    return (long)n;
}

/* Writes the cleaned path to `to` and tells what was wrong with it. */
static size_t clean(struct path *path, char *to, size_t room, struct archive_row *row) {
    size_t used = 0;
    bool first = true;
    if (at_separator(path))
        row->flags |= ARCHIVE_ROW_UNSAFE;
    while (path->at < path->size) {
        while (at_separator(path))
            path->at += character(path);
        size_t slash = used > 0;
        if (path->at >= path->size || room - used < slash + 1)
            break;
        long n = component(path, to + used + slash, room - used - slash);
        if (n < 0)
            break;
        if (n == 1 && to[used + slash] == '.')
            continue;
        if ((n == 2 && memcmp(to + used + slash, "..", 2) == 0) || (first && is_drive(to + used, (size_t)n)))
            row->flags |= ARCHIVE_ROW_UNSAFE;
        if (slash)
            to[used] = '/';
        row->leaf = (uint16_t)(used + slash);
        used += slash + (size_t)n;
        first = false;
    }
    if (path->at < path->size)
        row->flags |= ARCHIVE_ROW_CUT;
    if (path->was_backslash)
        row->flags |= ARCHIVE_ROW_BACKSLASH;
    return used;
}

static bool ends_in(const char *name, size_t size, const char *end) {
    size_t n = strlen(end);
    if (size < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((name[size - n + i] | 32) != (end[i] | 32))
            return false;
    return true;
}

static bool is_archive_name(const char *name, size_t size) {
    static const char *const ends[] = {".zip", ".7z", ".rar", ".tar", ".tgz", ".gz",
                                       ".bz2", ".xz", ".zst", ".cab", ".jar", ".lzh"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_in(name, size, ends[i]))
            return true;
    return false;
}

static void tell_path(struct archive_build *build, const struct archive_row *row) {
    if (row->flags & ARCHIVE_ROW_UNSAFE)
        archive_build_note(build, ARCHIVE_BUILD_UNSAFE, FAULT_BAD, row->offset,
                           "member with a path that is absolute or leads out of its folder");
    if (row->flags & ARCHIVE_ROW_CUT)
        archive_build_note(build, ARCHIVE_BUILD_CUT, FAULT_LIMIT, row->offset,
                           "member with a path that is longer than is kept");
}

bool archive_build_add(struct archive_build *build, struct archive_row *row, bool backslash) {
    uint64_t at = build->used[ARCHIVE_LAYOUT_NAMES], n = build->used[ARCHIVE_LAYOUT_ROWS];
    if (n == build->room[ARCHIVE_LAYOUT_ROWS]) {
        archive_build_note(build, ARCHIVE_BUILD_MEMBERS, FAULT_LIMIT, row->offset,
                           "more members in the archive than an index holds");
        return false;
    }
    if (build->room[ARCHIVE_LAYOUT_NAMES] - at < ARCHIVE_NAME) {
        archive_build_note(build, ARCHIVE_BUILD_NAMES, FAULT_LIMIT, row->offset,
                           "more bytes of names in the archive than an index holds");
        return false;
    }
    struct path path = {text_string(&build->text), build->text.size, 0, backslash, false};
    char *to = build->names + at;
    row->name = (uint32_t)at;
    row->name_size = (uint16_t)clean(&path, to, ARCHIVE_NAME, row);
    if (!(row->flags & ARCHIVE_ROW_DIRECTORY) && is_archive_name(to, row->name_size))
        row->flags |= ARCHIVE_ROW_NESTED;
    tell_path(build, row);
    build->rows[n] = *row;
    build->used[ARCHIVE_LAYOUT_NAMES] += row->name_size;
    build->used[ARCHIVE_LAYOUT_ROWS]++;
    return true;
}

/* --- sections --- */

static uint64_t power_above(uint64_t n) {
    uint64_t power = 1024;
    while (power < n)
        power *= 2;
    return power;
}

bool archive_build_map(struct archive_build *build, uint64_t rows, uint64_t names) {
    uint64_t at = ARCHIVE_LAYOUT_PAGE;
    build->room[ARCHIVE_LAYOUT_ROWS] = least(rows, build->cap);
    build->room[ARCHIVE_LAYOUT_ORDER] = build->room[ARCHIVE_LAYOUT_ROWS];
    build->room[ARCHIVE_LAYOUT_RANGES] = RANGES;
    build->room[ARCHIVE_LAYOUT_NAMES] =
        least(UINT32_MAX - 1u, (names < UINT32_MAX ? 4 * names : UINT32_MAX) + SLACK);
    for (int i = 0; i < ARCHIVE_LAYOUT_SECTIONS; i++) {
        build->offset[i] = at;
        at += build->room[i] * archive_layout_item((enum archive_layout_section)i) + SLACK;
        at = at / ARCHIVE_LAYOUT_PAGE * ARCHIVE_LAYOUT_PAGE;
    }
    build->table = power_above(2 * build->room[ARCHIVE_LAYOUT_ROWS]);
    build->map_size = (size_t)(at + (build->table + 2 * build->room[ARCHIVE_LAYOUT_ROWS]) * sizeof(uint32_t));
    void *map = MAP_FAILED;
    if (ftruncate(build->input->memfd, (off_t)build->map_size) == 0)
        map = mmap(NULL, build->map_size, PROT_READ | PROT_WRITE, MAP_SHARED, build->input->memfd, 0);
    if (map == MAP_FAILED)
        return job_fail(build->job, FAULT_LIMIT, 0, "no room for the index of an archive");
    build->map = map;
    void *sections[ARCHIVE_LAYOUT_SECTIONS], *scratch = build->map + at;
    for (int i = 0; i < ARCHIVE_LAYOUT_SECTIONS; i++)
        sections[i] = build->map + build->offset[i];
    build->rows = sections[ARCHIVE_LAYOUT_ROWS];
    build->order = sections[ARCHIVE_LAYOUT_ORDER];
    build->ranges = sections[ARCHIVE_LAYOUT_RANGES];
    build->names = sections[ARCHIVE_LAYOUT_NAMES];
    build->scratch = scratch;
    return true;
}

/* --- ZIP --- */

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    struct evidence_reader *reader = context;
    size_t want = (size_t)least(size, offset < reader->size ? reader->size - offset : 0);
    return want ? reader_read(reader, job, offset, to, want) : 0;
}

static uint32_t zip_type(const struct zip_entry *entry) {
    uint32_t type = entry->mode & MODE_TYPE;
    uint8_t last = span_u8(entry->name, entry->name.size - 1);
    if (type == MODE_LINK)
        return ARCHIVE_ROW_SYMLINK;
    if (type == MODE_FOLDER || last == '/' || (last == '\\' && entry->mode == 0) ||
        (type == 0 && entry->attributes & DOS_FOLDER))
        return ARCHIVE_ROW_DIRECTORY;
    return type != 0 && type != MODE_FILE ? ARCHIVE_ROW_SPECIAL : 0;
}

static uint16_t zip_reason(const struct zip_entry *entry, uint32_t *flags) {
    enum inflate_method packing;
    bool nowhere = entry->local == UINT64_MAX;
    if (entry->cipher != ZIP_PLAIN) {
        *flags |= ARCHIVE_ROW_ENCRYPTED;
        return entry->cipher == ZIP_AES           ? ARCHIVE_LAYOUT_AES
               : entry->cipher == ZIP_TRADITIONAL ? ARCHIVE_LAYOUT_TRADITIONAL
                                                  : ARCHIVE_LAYOUT_STRONG;
    }
    if (!zip_packing(entry->method, &packing)) {
        *flags |= ARCHIVE_ROW_UNSUPPORTED;
        return ARCHIVE_LAYOUT_METHOD;
    }
    return nowhere ? ARCHIVE_LAYOUT_NOWHERE : ARCHIVE_LAYOUT_READABLE;
}

/* Sizes that contradict one another, or the evidence. */
static void zip_doubt(struct archive_build *build, const struct zip_entry *entry, struct archive_row *row) {
    if (row->flags & (ARCHIVE_ROW_DIRECTORY | ARCHIVE_ROW_ENCRYPTED))
        return;
    bool stored = entry->method == 0, deflated = entry->method == 8;
    if (archive_layout_grows(build->summary.ratio, entry->packed, entry->size))
        row->flags |= ARCHIVE_ROW_GROWS | (deflated ? ARCHIVE_ROW_IMPOSSIBLE : 0);
    if (stored && entry->packed != entry->size)
        row->flags |= ARCHIVE_ROW_IMPOSSIBLE;
    if (entry->local > build->reader.size || entry->packed > build->reader.size - entry->local) {
        row->flags |= ARCHIVE_ROW_TORN;
        archive_build_note(build, ARCHIVE_BUILD_TORN, FAULT_TORN, entry->at,
                           "the evidence ends before a member's bytes do");
    }
    if (row->flags & ARCHIVE_ROW_IMPOSSIBLE)
        archive_build_note(build, ARCHIVE_BUILD_IMPOSSIBLE, FAULT_BAD, entry->at,
                           "member whose size cannot come out of its packed bytes");
}

static struct archive_row zip_row(const struct zip_entry *entry) {
    struct zip_told told = zip_told_of(entry);
    struct archive_row row = {.offset = entry->local,
                              .packed = entry->packed,
                              .unpacked = entry->size,
                              .size = entry->size,
                              .times = {entry->created, entry->modified, 0, entry->accessed},
                              .method = entry->method,
                              .crc = entry->crc,
                              .mode = entry->mode,
                              .told = told.name,
                              .bits = told.flags,
                              .cipher = (uint16_t)told.cipher};
    row.flags = zip_type(entry) | (entry->local_time ? ARCHIVE_ROW_LOCAL : 0);
    row.reason = zip_reason(entry, &row.flags);
    return row;
}

/* A backslash separates, unless the name was made on Unix and has slashes. */
static bool zip_backslash(const struct zip_entry *entry) {
    return entry->mode == 0 || !memchr(entry->name.data, '/', entry->name.size);
}

static bool build_zip(struct archive_build *build) {
    struct zip zip;
    struct zip_entry entry;
    if (!zip_open(build->job, fetch, &build->reader, build->reader.size, &zip))
        return false;
    build->summary.shift = zip.shift;
    if (!archive_build_map(build, zip.bytes / ZIP_CENTRAL + 1, zip.bytes))
        return false;
    while (zip_next(&zip, &entry)) {
        struct archive_row row = zip_row(&entry);
        zip_doubt(build, &entry, &row);
        text_clear(&build->text);
        zip_name(&entry, &build->text);
        if (build->text.full)
            return job_fail(build->job, FAULT_LIMIT, entry.at, "no memory for a name");
        if (!archive_build_add(build, &row, zip_backslash(&entry)))
            break;
    }
    build->summary.claimed = zip.entries > zip.found ? zip.entries : zip.found;
    build->summary.damaged += zip.damaged;
    return true;
}

/* --- TAR --- */

struct stream {
    struct archive_build *build;
    struct inflate inflate;
    uint64_t feed; /* in the evidence */
    bool grown;
};

static size_t stream_more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct stream *stream = context;
    size_t got = fetch(&stream->build->reader, job, stream->feed, to, size);
    stream->feed += got;
    return got;
}

/* Unpacked bytes at an offset that is never before the last one. */
static size_t stream_fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    struct stream *stream = context;
    static uint8_t discarded[DISCARD];
    struct inflate *inflate = &stream->inflate;
    while (!stream->grown && inflate->out < offset) {
        size_t part = (size_t)least(DISCARD, offset - inflate->out);
        if (inflate_read(inflate, job, discarded, part) < part)
            return 0;
        stream->grown = archive_layout_grown(&stream->build->summary, inflate);
    }
    if (stream->grown) {
        archive_build_note(stream->build, ARCHIVE_BUILD_GROWS, FAULT_LIMIT, inflate->out,
                           "the packed TAR grows beyond measure and is not unpacked further");
        return 0;
    }
    return inflate->out == offset ? inflate_read(inflate, job, to, size) : 0;
}

static uint32_t tar_flags(const struct tar_entry *entry) {
    switch (entry->type) {
    case TAR_DIRECTORY:
        return ARCHIVE_ROW_DIRECTORY;
    case TAR_SYMLINK:
        return ARCHIVE_ROW_SYMLINK;
    case TAR_HARDLINK:
    case TAR_SPECIAL:
        return ARCHIVE_ROW_SPECIAL;
    case TAR_FILE:
        break;
    }
    return entry->sparse ? ARCHIVE_ROW_UNSUPPORTED : 0;
}

static bool take_tar(struct archive_build *build, struct tar *tar) {
    struct tar_entry entry;
    bool room = true;
    while (room && tar_next(tar, &entry)) {
        struct archive_row row = {.offset = entry.data,
                                  .packed = entry.size,
                                  .unpacked = entry.size,
                                  .size = entry.size,
                                  .times = {0, entry.modified, 0, entry.accessed},
                                  .flags = tar_flags(&entry),
                                  .method = (uint8_t)entry.flag,
                                  .mode = entry.mode};
        if (entry.sparse)
            row.reason = ARCHIVE_LAYOUT_GNU_SPARSE;
        if (tar->size != UINT64_MAX && (entry.data > tar->size || entry.size > tar->size - entry.data))
            row.flags |= ARCHIVE_ROW_TORN;
        text_clear(&build->text);
        text_from_bytes(&build->text, entry.name);
        room = archive_build_add(build, &row, false);
    }
    build->summary.claimed = tar->found;
    build->summary.damaged += tar->damaged;
    return true;
}

static bool build_tar(struct archive_build *build) {
    struct tar tar;
    uint64_t size = build->reader.size;
    return tar_open(build->job, fetch, &build->reader, size, &tar) &&
           archive_build_map(build, size / TAR_BLOCK + 1, size) && take_tar(build, &tar);
}

static bool build_packed(struct archive_build *build) {
    struct stream stream = {.build = build};
    struct tar tar;
    build->summary.sequential = 1;
    if (!inflate_open(&stream.inflate, build->job, build->input->form.packing, stream_more, &stream) ||
        !tar_open(build->job, stream_fetch, &stream, UINT64_MAX, &tar) ||
        !archive_build_map(build, build->cap, UINT32_MAX))
        return false;
    bool done = take_tar(build, &tar);
    uint64_t out = stream.inflate.out;
    bool ended = stream.inflate.state == INFLATE_ENDED; /* well packed, but of a TAR that was cut before */
    build->summary.unpacked = out;
    build->summary.cut =
        stream.grown || stream.inflate.state == INFLATE_BROKEN || (tar.ended == UINT64_MAX && tar.next > out);
    if (ended && build->summary.cut)
        archive_build_note(build, ARCHIVE_BUILD_TORN, FAULT_TORN, out,
                           "the TAR inside ends in the middle of a member");
    return done;
}

/* --- all of it --- */

/* Moves the sections together, so that what a reader may believe is bounded by what is there. */
static uint64_t compact(struct archive_build *build) {
    uint64_t at = ARCHIVE_LAYOUT_PAGE;
    for (int i = 0; i < ARCHIVE_LAYOUT_SECTIONS; i++) {
        size_t size = (size_t)build->used[i] * archive_layout_item((enum archive_layout_section)i);
        memmove(build->map + at, build->map + build->offset[i], size);
        build->offset[i] = at;
        at = (at + size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return at;
}

static bool write_layout(struct archive_build *build) {
    void *map = build->map;
    struct archive_layout *layout = map;
    build->summary.names_used = build->used[ARCHIVE_LAYOUT_NAMES];
    build->summary.bytes_read = build->reader.bytes_read;
    layout->size = compact(build);
    layout->magic = ARCHIVE_LAYOUT_MAGIC;
    layout->version = ARCHIVE_LAYOUT_VERSION;
    for (int i = 0; i < ARCHIVE_LAYOUT_SECTIONS; i++) {
        layout->sections[i].offset = build->offset[i];
        layout->sections[i].count = build->used[i];
    }
    layout->summary = build->summary;
    off_t size = (off_t)layout->size;
    munmap(build->map, build->map_size);
    build->map = NULL;
    if (ftruncate(build->input->memfd, size) != 0)
        return job_fail(build->job, FAULT_IO, 0, "the index could not be cut to its size");
    return true;
}

static bool build_any(struct archive_build *build) {
    bool packed = build->input->form.packing != INFLATE_STORED;
    if (build->input->form.kind == ARCHIVE_ZIP)
        return build_zip(build);
    if (build->input->form.kind == ARCHIVE_TAR)
        return packed ? build_packed(build) : build_tar(build);
    if (build->input->form.kind == ARCHIVE_PACK)
        return archive_pack_build(build);
    return job_fail(build->job, FAULT_UNSUPPORTED, 0, "no archive that is known");
}

bool archive_build_index(struct job *job, const struct archive_input *input, struct archive_summary *ret) {
    const struct archive_caps *caps = &input->caps;
    struct archive_build build = {.job = job, .input = input, .reader = input->reader};
    build.cap = least(caps->members ? caps->members : ARCHIVE_MEMBERS, MOST_MEMBERS);
    build.summary.ratio = caps->ratio ? caps->ratio : ARCHIVE_RATIO;
    build.summary.suspect = caps->suspect ? caps->suspect : ARCHIVE_SUSPECT;
    build.summary.kind = (uint8_t)input->form.kind;
    build.summary.packing =
        (uint8_t)(input->form.kind == ARCHIVE_PACK ? input->form.pack : input->form.packing);
    bool done = build_any(&build);
    if (done) {
        archive_build_gather(&build);
        done = write_layout(&build);
    }
    if (build.map)
        munmap(build.map, build.map_size);
    text_free(&build.text);
    if (done)
        *ret = build.summary;
    return done;
}
