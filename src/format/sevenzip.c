#include "format/sevenzip.h"

#include "format/inflate.h"

enum {
    END,
    HEADER,
    ARCHIVE_PROPERTIES,
    ADDITIONAL_STREAMS,
    MAIN_STREAMS,
    FILES,
    PACK_INFO,
    UNPACK_INFO,
    SUB_STREAMS,
    SIZE,
    CRC,
    FOLDER,
    CODERS_SIZE,
    NUMBER_OF_STREAMS,
    EMPTY_STREAM,
    EMPTY_FILE,
    ANTI,
    NAMES,
    CREATED,
    ACCESSED,
    MODIFIED,
    ATTRIBUTES,
    COMMENT,
    PACKED_HEADER
};

enum { DIRECTORY = 0x10 };

bool sevenzip_head_read(struct span head, uint64_t size, struct sevenzip_head *ret) {
    struct cursor c = cursor_of(head);
    ret->outside = false;
    if (!span_starts(head, "7z\xbc\xaf\x27\x1c", 6))
        return false;
    cursor_skip(&c, 8);
    uint32_t crc = cursor_u32(&c);
    struct span rest = span_part(head, c.at, 20);
    uint64_t offset = cursor_u64(&c);
    ret->size = cursor_u64(&c);
    ret->crc = cursor_u32(&c);
    if (c.torn || inflate_crc(0, rest) != crc)
        return false;
    ret->outside = offset > size || size < SEVENZIP_HEAD || offset > size - SEVENZIP_HEAD ||
                   ret->size > size - SEVENZIP_HEAD - offset;
    ret->offset = ret->outside ? size : SEVENZIP_HEAD + offset;
    return !ret->outside;
}

struct reading {
    struct job *job;
    struct cursor c;
    struct sevenzip *to;
    bool failed;
};

static bool fail(struct reading *r, enum fault_code code, const char *why) {
    r->failed = true;
    return job_fail(r->job, code, r->c.at, why);
}

static bool torn(struct reading *r) {
    return fail(r, FAULT_TORN, "the directory of this archive ends too early");
}

/* The first byte tells by its leading ones how many bytes follow. */
static uint64_t number(struct reading *r) {
    unsigned first = cursor_u8(&r->c), mask = 0x80;
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++, mask >>= 1) {
        if (!(first & mask))
            return value | (uint64_t)(first & (mask - 1)) << 8 * i;
        value |= (uint64_t)cursor_u8(&r->c) << 8 * i;
    }
    return value;
}

/* A number of things that take a byte each at least, or a bit. */
static bool count(struct reading *r, uint64_t most, bool bits, uint64_t *ret) {
    *ret = number(r);
    uint64_t left = cursor_left(&r->c);
    if (r->c.torn)
        return torn(r);
    if (*ret > most)
        return fail(r, FAULT_LIMIT, "more members or folders in this archive than are read");
    return *ret <= (bits ? 8 * left + 8 : left + 1) ||
           fail(r, FAULT_BAD, "the directory of this archive is shorter than it says");
}

static bool expect(struct reading *r, unsigned type) {
    return cursor_u8(&r->c) == type || fail(r, FAULT_BAD, "the directory of this archive makes no sense");
}

/* A bit a thing; all of them if the first byte says so. */
static bool flags(struct reading *r, uint64_t n, bool may_be_all, uint8_t **ret) {
    uint8_t *bits = job_alloc(r->job, (size_t)n + 1, 1);
    if (!bits)
        return r->failed = true, false;
    *ret = bits;
    if (may_be_all && cursor_u8(&r->c) != 0) {
        memset(bits, 1, (size_t)n);
        return true;
    }
    for (uint64_t i = 0; i < n; i += 8) {
        unsigned byte = cursor_u8(&r->c);
        for (unsigned k = 0; k < 8 && i + k < n; k++)
            bits[i + k] = byte >> (7 - k) & 1;
    }
    return !r->c.torn || torn(r);
}

struct digests {
    uint8_t *known;
    uint32_t *values;
};

static bool digests(struct reading *r, uint64_t n, struct digests *ret) {
    ret->values = job_alloc(r->job, (size_t)n + 1, sizeof *ret->values);
    if (!ret->values || !flags(r, n, true, &ret->known))
        return r->failed = true, false;
    for (uint64_t i = 0; i < n; i++)
        if (ret->known[i])
            ret->values[i] = cursor_u32(&r->c);
    return !r->c.torn || torn(r);
}

static bool read_packed(struct reading *r) {
    uint64_t n;
    struct digests unused;
    struct sevenzip *to = r->to;
    to->packed_at = number(r);
    if (!count(r, SEVENZIP_FOLDERS * 4u, false, &n))
        return false;
    to->packed_count = (size_t)n;
    to->packed = job_alloc(r->job, (size_t)n + 1, sizeof *to->packed);
    if (!to->packed)
        return r->failed = true, false;
    for (unsigned type = cursor_u8(&r->c); type != END; type = cursor_u8(&r->c)) {
        if (type == SIZE)
            for (uint64_t i = 0; i < n && !r->c.torn; i++)
                to->packed[i] = number(r);
        else if (type != CRC || !digests(r, n, &unused))
            return r->failed || fail(r, FAULT_BAD, "the directory of this archive makes no sense");
        if (r->c.torn)
            return torn(r);
    }
    return true;
}

/* --- folders --- */

static bool read_coder(struct reading *r, struct sevenzip_coder *coder) {
    unsigned head = cursor_u8(&r->c), size = head & 15;
    *coder = (struct sevenzip_coder){.inputs = 1, .outputs = 1};
    for (unsigned i = 0; i < size && i < 8; i++)
        coder->id = coder->id << 8 | cursor_u8(&r->c);
    bool kept = size <= 8 && !(head & 0xc0);
    if (head & 16) {
        uint64_t inputs = number(r), outputs = number(r);
        kept = kept && inputs <= SEVENZIP_STREAMS && outputs == 1;
        coder->inputs = (uint8_t)(inputs <= SEVENZIP_STREAMS ? inputs : 0);
        if (inputs > 32 || outputs > 32)
            return fail(r, FAULT_UNSUPPORTED, "a coder with more streams than any has");
        coder->outputs = (uint8_t)outputs;
    }
    if (head & 32) {
        uint64_t properties = number(r);
        struct span bytes = cursor_take(&r->c, properties);
        kept = kept && properties <= SEVENZIP_PROPERTIES;
        coder->property_size = (uint8_t)span_copy(bytes, coder->properties, SEVENZIP_PROPERTIES);
    }
    if (r->c.torn)
        return torn(r);
    return kept || fail(r, FAULT_UNSUPPORTED, "a coder of a kind that is not known");
}

size_t sevenzip_input(const struct sevenzip_folder *folder, size_t coder) {
    size_t input = 0;
    for (size_t i = 0; i < coder; i++)
        input += folder->coders[i].inputs;
    return input;
}

static bool is_bound(const struct sevenzip_folder *folder, size_t input) {
    for (size_t i = 0; i < folder->pair_count; i++)
        if (folder->pair_in[i] == input)
            return true;
    return false;
}

static bool read_streams(struct reading *r, struct sevenzip_folder *folder, size_t inputs) {
    if (folder->pair_count >= inputs || inputs - folder->pair_count > SEVENZIP_STREAMS)
        return fail(r, FAULT_BAD, "a folder of this archive makes no sense");
    folder->stream_count = (uint8_t)(inputs - folder->pair_count);
    for (size_t i = 0, input = 0; i < folder->stream_count; i++)
        if (folder->stream_count == 1) {
            while (input < inputs && is_bound(folder, input))
                input++;
            folder->streams[0] = (uint8_t)input;
        } else {
            uint64_t value = number(r);
            if (value >= inputs)
                return fail(r, FAULT_BAD, "a folder of this archive makes no sense");
            folder->streams[i] = (uint8_t)value;
        }
    return !r->c.torn || torn(r);
}

static bool read_folder(struct reading *r, struct sevenzip_folder *folder) {
    uint64_t coders = number(r);
    size_t inputs = 0;
    if (coders == 0 || coders > SEVENZIP_CODERS)
        return fail(r, FAULT_UNSUPPORTED, "a folder with more coders than are undone");
    folder->coder_count = (uint8_t)coders;
    for (size_t i = 0; i < coders; i++) {
        if (!read_coder(r, &folder->coders[i]))
            return false;
        inputs += folder->coders[i].inputs;
    }
    folder->pair_count = (uint8_t)(coders - 1); /* an output each, and one that is the folder's */
    for (size_t i = 0; i < folder->pair_count; i++) {
        uint64_t in = number(r), out = number(r);
        if (in >= inputs || out >= coders)
            return fail(r, FAULT_BAD, "a folder of this archive makes no sense");
        folder->pair_in[i] = (uint8_t)in;
        folder->pair_out[i] = (uint8_t)out;
    }
    return read_streams(r, folder, inputs);
}

/* The output that no other coder takes is the folder's. */
static uint64_t size_of(const struct sevenzip_folder *folder) {
    for (size_t i = 0; i < folder->coder_count; i++) {
        bool taken = false;
        for (size_t k = 0; k < folder->pair_count; k++)
            taken = taken || folder->pair_out[k] == i;
        if (!taken)
            return folder->coders[i].size;
    }
    return 0;
}

static bool read_folders(struct reading *r) {
    struct sevenzip *to = r->to;
    struct digests crcs;
    uint64_t n, stream = 0;
    if (!expect(r, FOLDER) || !count(r, SEVENZIP_FOLDERS, false, &n))
        return false;
    if (cursor_u8(&r->c) != 0)
        return fail(r, FAULT_UNSUPPORTED, "folders that are described elsewhere");
    to->folder_count = (size_t)n;
    to->folders = job_alloc(r->job, (size_t)n + 1, sizeof *to->folders);
    if (!to->folders)
        return r->failed = true, false;
    for (uint64_t i = 0; i < n; i++) {
        if (!read_folder(r, &to->folders[i]))
            return false;
        to->folders[i].first_stream = stream;
        stream += to->folders[i].stream_count;
        to->folders[i].files = 1;
    }
    if (stream > to->packed_count)
        return fail(r, FAULT_BAD, "folders that ask for more packed streams than there are");
    if (!expect(r, CODERS_SIZE))
        return false;
    for (uint64_t i = 0; i < n; i++) {
        for (size_t k = 0; k < to->folders[i].coder_count; k++)
            to->folders[i].coders[k].size = number(r);
        to->folders[i].size = size_of(&to->folders[i]);
    }
    for (unsigned type = cursor_u8(&r->c); type != END; type = cursor_u8(&r->c)) {
        if (type != CRC || !digests(r, n, &crcs))
            return r->failed || fail(r, FAULT_BAD, "the directory of this archive makes no sense");
        for (uint64_t i = 0; i < n; i++) {
            to->folders[i].has_crc = crcs.known[i] != 0;
            to->folders[i].crc = crcs.values[i];
        }
    }
    return !r->c.torn || torn(r);
}

/* --- files of folders --- */

/* What the folders yield, file by file; taken by the files that have a stream, in order. */
struct yields {
    uint64_t *sizes, count, at;
    uint32_t *crcs;
    uint8_t *has_crc;
};

static bool make_yields(struct reading *r, struct yields *y) {
    uint64_t n = 0;
    for (size_t i = 0; i < r->to->folder_count; i++)
        n += r->to->folders[i].files;
    if (n > SEVENZIP_FILES)
        return fail(r, FAULT_LIMIT, "more members in this archive than are read");
    y->count = n;
    y->sizes = job_alloc(r->job, (size_t)n + 1, sizeof *y->sizes);
    y->crcs = job_alloc(r->job, (size_t)n + 1, sizeof *y->crcs);
    y->has_crc = job_alloc(r->job, (size_t)n + 1, 1);
    return (y->sizes && y->crcs && y->has_crc) || (r->failed = true, false);
}

/* All but the last of a folder are told. */
static bool share(struct reading *r, struct yields *y, bool told) {
    uint64_t at = 0;
    for (size_t i = 0; i < r->to->folder_count; i++) {
        const struct sevenzip_folder *folder = &r->to->folders[i];
        uint64_t left = folder->size;
        for (uint64_t k = 0; k < folder->files; k++) {
            uint64_t size = k + 1 == folder->files || !told ? left : number(r);
            if (size > left)
                return fail(r, FAULT_BAD, "members that are larger than their folder");
            y->sizes[at++] = size;
            left -= size;
        }
    }
    return !r->c.torn || torn(r);
}

/* Digests of files that are a folder by themselves are the folder's, if that has one. */
static bool share_crcs(struct reading *r, struct yields *y, bool told) {
    struct digests crcs = {NULL, NULL};
    uint64_t unknown = 0, at = 0, next = 0;
    for (size_t i = 0; i < r->to->folder_count; i++)
        unknown += r->to->folders[i].files == 1 && r->to->folders[i].has_crc ? 0 : r->to->folders[i].files;
    if (told && !digests(r, unknown, &crcs))
        return false;
    for (size_t i = 0; i < r->to->folder_count; i++) {
        const struct sevenzip_folder *folder = &r->to->folders[i];
        bool own = folder->files == 1 && folder->has_crc;
        for (uint64_t k = 0; k < folder->files; k++, at++) {
            y->has_crc[at] = own || (told && crcs.known[next]);
            y->crcs[at] = own ? folder->crc : told ? crcs.values[next] : 0;
            next += !own;
        }
    }
    return true;
}

static bool read_substreams(struct reading *r, struct yields *y) {
    unsigned type = cursor_u8(&r->c);
    if (type == NUMBER_OF_STREAMS) {
        for (size_t i = 0; i < r->to->folder_count; i++)
            r->to->folders[i].files = number(r);
        type = cursor_u8(&r->c);
    }
    for (size_t i = 0; i < r->to->folder_count; i++)
        if (r->to->folders[i].files > SEVENZIP_FILES)
            return fail(r, FAULT_LIMIT, "more members in this archive than are read");
    if (!make_yields(r, y) || !share(r, y, type == SIZE))
        return false;
    if (type == SIZE)
        type = cursor_u8(&r->c);
    if (!share_crcs(r, y, type == CRC))
        return false;
    if (type == CRC)
        type = cursor_u8(&r->c);
    return type == END ||
           (r->c.torn ? torn(r) : fail(r, FAULT_BAD, "the directory of this archive makes no sense"));
}

static bool read_main(struct reading *r, struct yields *y) {
    bool shared = false;
    unsigned last = END; /* each part comes once, in this order: later ones rely on those before */
    for (unsigned type = cursor_u8(&r->c); type != END; last = type, type = cursor_u8(&r->c)) {
        bool good = type <= last && !r->c.torn
                        ? fail(r, FAULT_BAD, "the directory of this archive makes no sense")
                    : type == PACK_INFO   ? read_packed(r)
                    : type == UNPACK_INFO ? read_folders(r)
                    : type == SUB_STREAMS ? (shared = true, read_substreams(r, y))
                    : r->c.torn           ? torn(r)
                                : fail(r, FAULT_BAD, "the directory of this archive makes no sense");
        if (!good)
            return false;
    }
    return shared || (make_yields(r, y) && share(r, y, false) && share_crcs(r, y, false));
}

/* --- files --- */

static bool read_names(struct reading *r) {
    if (cursor_u8(&r->c) != 0)
        return fail(r, FAULT_UNSUPPORTED, "names that are written elsewhere");
    for (size_t i = 0; i < r->to->file_count; i++) {
        size_t start = r->c.at;
        while (!r->c.torn && cursor_u16(&r->c) != 0)
            ;
        if (r->c.torn)
            return torn(r);
        r->to->files[i].name = span_part(r->c.span, start, r->c.at - start - 2);
    }
    return true;
}

static bool read_times(struct reading *r) {
    uint8_t *known;
    if (!flags(r, r->to->file_count, true, &known))
        return false;
    if (cursor_u8(&r->c) != 0)
        return fail(r, FAULT_UNSUPPORTED, "times that are written elsewhere");
    for (size_t i = 0; i < r->to->file_count; i++)
        if (known[i])
            r->to->files[i].modified = cursor_u64(&r->c);
    return !r->c.torn || torn(r);
}

static bool read_attributes(struct reading *r) {
    uint8_t *known;
    if (!flags(r, r->to->file_count, true, &known))
        return false;
    if (cursor_u8(&r->c) != 0)
        return fail(r, FAULT_UNSUPPORTED, "attributes that are written elsewhere");
    for (size_t i = 0; i < r->to->file_count; i++)
        if (known[i])
            r->to->files[i].attributes = cursor_u32(&r->c);
    return !r->c.torn || torn(r);
}

struct emptiness {
    uint8_t *streams, *files, *anti; /* NULL: not told */
    uint64_t empty;                  /* without a stream */
};

static bool read_property(struct reading *r, unsigned type, struct emptiness *e) {
    if (type == EMPTY_STREAM) {
        if (!flags(r, r->to->file_count, false, &e->streams))
            return false;
        e->empty = 0;
        for (size_t i = 0; i < r->to->file_count; i++)
            e->empty += e->streams[i];
        return true;
    }
    return type == EMPTY_FILE   ? flags(r, e->empty, false, &e->files)
           : type == ANTI       ? flags(r, e->empty, false, &e->anti)
           : type == NAMES      ? read_names(r)
           : type == MODIFIED   ? read_times(r)
           : type == ATTRIBUTES ? read_attributes(r)
                                : true;
}

static bool join(struct reading *r, const struct emptiness *e, struct yields *y) {
    uint64_t empty = 0;
    for (size_t i = 0; i < r->to->file_count; i++) {
        struct sevenzip_file *file = &r->to->files[i];
        file->has_stream = !e->streams || !e->streams[i];
        if (file->has_stream) {
            if (y->at == y->count)
                return fail(r, FAULT_BAD, "more members than the folders of this archive yield");
            file->size = y->sizes[y->at];
            file->crc = y->crcs[y->at];
            file->has_crc = y->has_crc[y->at++] != 0;
            continue;
        }
        file->directory = !e->files || !e->files[empty] || file->attributes & DIRECTORY;
        file->anti = e->anti && e->anti[empty];
        empty++;
    }
    return true;
}

static bool read_files(struct reading *r, struct yields *y) {
    struct emptiness e = {NULL, NULL, NULL, 0};
    uint64_t n;
    if (!count(r, SEVENZIP_FILES, true, &n))
        return false;
    r->to->file_count = (size_t)n;
    r->to->files = job_alloc(r->job, (size_t)n + 1, sizeof *r->to->files);
    if (!r->to->files)
        return r->failed = true, false;
    for (uint64_t type = number(r); type != END; type = number(r)) {
        uint64_t size = number(r);
        struct cursor after = r->c;
        cursor_skip(&after, size);
        if (after.torn)
            return torn(r);
        if (type <= ATTRIBUTES && !read_property(r, (unsigned)type, &e))
            return false;
        r->c = after;
    }
    return join(r, &e, y);
}

static bool read_header(struct reading *r) {
    struct yields y = {.count = 0};
    for (unsigned type = cursor_u8(&r->c); type != END; type = cursor_u8(&r->c)) {
        bool good;
        if (type == MAIN_STREAMS)
            good = read_main(r, &y);
        else if (type == FILES)
            good = read_files(r, &y);
        else if (type == ARCHIVE_PROPERTIES || type == ADDITIONAL_STREAMS)
            good = fail(r, FAULT_UNSUPPORTED, "a part of a 7z archive that no archiver writes");
        else
            good = r->c.torn ? torn(r) : fail(r, FAULT_BAD, "the directory of this archive makes no sense");
        if (!good)
            return false;
    }
    return !r->c.torn || torn(r);
}

bool sevenzip_read(struct job *job, struct span directory, struct sevenzip *ret, bool *packed) {
    struct reading r = {.job = job, .c = cursor_of(directory), .to = ret};
    struct yields unused = {.count = 0};
    *ret = (struct sevenzip){.packed_at = 0};
    unsigned type = cursor_u8(&r.c);
    *packed = type == PACKED_HEADER;
    if (*packed)
        return read_main(&r, &unused) &&
               (ret->folder_count > 0 || fail(&r, FAULT_BAD, "a packed directory without a folder"));
    return type == HEADER ? read_header(&r)
                          : fail(&r, FAULT_BAD, "the directory of this archive makes no sense");
}
