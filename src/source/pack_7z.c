/* 7z archives, also behind a program that unpacks itself. */
#include "base/text.h"
#include "format/bcj2.h"
#include "format/inflate.h"
#include "format/sevenzip.h"
#include "source/pack_overlay.h"

enum { SFX = 4 << 20 /* bytes behind a program in which an archive is looked for */ };

/* One packed stream on its way through its coders. */
struct lane {
    struct seven *of;
    struct inflate inflate;
    struct inflate inner; /* what filters stand before, if that is no kind of LZMA */
    uint64_t at, end;     /* packed bytes not fetched yet, in the container */
    uint64_t inner_left;  /* bytes that come out of `inner` before its end */
    bool wrapped, wrapped_end;
};

struct seven {
    struct pack *pack;
    struct sevenzip directory;
    uint64_t start; /* of the archive in the container */
    size_t next_file, next_yield;
    /* The folder in hand */
    size_t folder; /* number; SIZE_MAX: none */
    uint64_t given;
    struct lane lanes[BCJ2_STREAMS];
    struct bcj2 *bcj2; /* NULL until one is needed */
    bool split, broken;
    /* The file in hand */
    const struct sevenzip_file *file;
    size_t file_folder;
    uint64_t file_at, file_read; /* where its bytes begin in the folder; bytes of it that were read */
    uint64_t behind;             /* where those of the next one do */
    uint32_t crc;
    bool checked;
    size_t *folder_of; /* by yield: its folder */
    struct text path;
};

static const char magic[] = "7z\xbc\xaf\x27\x1c";

static bool suspect(struct span head, uint64_t size) {
    return size >= SEVENZIP_HEAD && (span_starts(head, magic, 6) || span_starts(head, "MZ", 2));
}

/* --- streams --- */

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct lane *lane = context;
    size_t want = lane->end - lane->at < size ? (size_t)(lane->end - lane->at) : size;
    size_t got = want > 0 ? reader_read(&lane->of->pack->reader, job, lane->at, to, want) : 0;
    lane->at += got;
    return got;
}

static bool filter_of(uint64_t id, enum inflate_filter_kind *ret) {
    static const struct {
        uint64_t id;
        enum inflate_filter_kind kind;
    } known[] = {{SEVENZIP_LZMA1, INFLATE_LZMA1}, {SEVENZIP_LZMA2, INFLATE_LZMA2},
                 {SEVENZIP_DELTA, INFLATE_DELTA}, {SEVENZIP_BCJ, INFLATE_X86},
                 {SEVENZIP_X86, INFLATE_X86},     {SEVENZIP_POWERPC, INFLATE_POWERPC},
                 {SEVENZIP_IA64, INFLATE_IA64},   {SEVENZIP_ARM, INFLATE_ARM},
                 {SEVENZIP_SPARC, INFLATE_SPARC}, {SEVENZIP_ARM_THUMB, INFLATE_ARM_THUMB},
                 {SEVENZIP_ARM64, INFLATE_ARM64}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].id == id)
            return *ret = known[i].kind, true;
    return false;
}

/* What this input is: a packed stream, or the output of a coder. */
static bool is_stream(const struct sevenzip_folder *folder, size_t input, size_t *stream, size_t *coder) {
    for (size_t i = 0; i < folder->stream_count; i++)
        if (folder->streams[i] == input)
            return *stream = i, true;
    *coder = folder->coder_count;
    for (size_t i = 0; i < folder->pair_count; i++)
        if (folder->pair_in[i] == input)
            *coder = folder->pair_out[i];
    return false;
}

/* Coders from `coder` down to a packed stream, each with one input. */
struct chain {
    const struct sevenzip_coder *coders[SEVENZIP_CODERS];
    size_t count, stream;
};

static bool follow(const struct sevenzip_folder *folder, size_t input, struct chain *ret) {
    size_t coder;
    ret->count = 0;
    while (!is_stream(folder, input, &ret->stream, &coder)) {
        if (coder >= folder->coder_count || ret->count == SEVENZIP_CODERS ||
            folder->coders[coder].inputs != 1)
            return false;
        ret->coders[ret->count++] = &folder->coders[coder];
        input = sevenzip_input(folder, coder);
    }
    return true;
}

static bool locate(struct seven *seven, const struct sevenzip_folder *folder, size_t stream,
                   struct lane *lane) {
    const struct sevenzip *directory = &seven->directory;
    uint64_t number = folder->first_stream + stream, at = directory->packed_at,
             size = seven->pack->reader.size;
    if (number >= directory->packed_count)
        return false;
    uint64_t room = size - seven->start - SEVENZIP_HEAD;
    for (uint64_t i = 0; i < number; i++) {
        if (at > room || directory->packed[i] > room - at)
            return false;
        at += directory->packed[i];
    }
    if (at > room)
        return false;
    lane->at = seven->start + SEVENZIP_HEAD + at;
    lane->end = directory->packed[number] < room - at ? lane->at + directory->packed[number] : size;
    return true;
}

static bool is_lzma(uint64_t id) {
    return id == SEVENZIP_LZMA1 || id == SEVENZIP_LZMA2;
}

static bool plain_method(uint64_t id, enum inflate_method *ret) {
    *ret = id == SEVENZIP_DEFLATE     ? INFLATE_DEFLATE
           : id == SEVENZIP_BZIP2     ? INFLATE_BZIP2
           : id == SEVENZIP_DEFLATE64 ? INFLATE_DEFLATE64
           : id == SEVENZIP_PPMD      ? INFLATE_PPMD7
                                      : INFLATE_STORED;
    return id == SEVENZIP_COPY || *ret != INFLATE_STORED;
}

/* Why a chain is not undone; NULL if it is. */
static const char *refuse_chain(const struct chain *chain) {
    enum inflate_filter_kind kind;
    enum inflate_method method;
    for (size_t i = 0; i < chain->count; i++)
        if (chain->coders[i]->id == SEVENZIP_AES)
            return "encrypted (AES-256)";
    for (size_t i = 0; i < chain->count; i++) {
        uint64_t id = chain->coders[i]->id;
        bool packer = is_lzma(id) || plain_method(id, &method), filter = !is_lzma(id) && filter_of(id, &kind);
        if (i + 1 == chain->count ? !packer : !filter)
            return "packed in a way that is not undone";
    }
    return chain->count < INFLATE_FILTERS_MOST ? NULL : "packed in a way that is not undone";
}

/* Filters are undone by liblzma behind its own packers alone: others are given to it as LZMA2 that is stored.
 */
static size_t wrap(void *context, struct job *job, uint8_t *to, size_t size) {
    enum { HEAD = 3, CHUNK = 65536 };
    struct lane *lane = context;
    size_t done = 0;
    while (size - done > HEAD && !lane->wrapped_end) {
        size_t room = size - done - HEAD < CHUNK ? size - done - HEAD : CHUNK;
        if (room > lane->inner_left)
            room = (size_t)lane->inner_left;
        size_t got = room > 0 ? inflate_read(&lane->inner, job, to + done + HEAD, room) : 0;
        lane->inner_left -= got;
        if (got < room || lane->inner_left == 0)
            lane->wrapped_end = true;
        if (got == 0)
            break;
        to[done] = lane->wrapped ? 2 : 1;
        to[done + 1] = (uint8_t)((got - 1) >> 8);
        to[done + 2] = (uint8_t)(got - 1);
        lane->wrapped = true;
        done += HEAD + got;
    }
    if (lane->wrapped_end && done < size)
        to[done++] = 0;
    return done;
}

/* What is no kind of LZMA. */
static bool open_packer(struct inflate *inflate, struct job *memory, const struct sevenzip_coder *packer,
                        struct lane *lane) {
    enum inflate_method method;
    struct span properties = span_of(packer->properties, packer->property_size, 0);
    if (packer->id == SEVENZIP_PPMD)
        return inflate_open_ppmd7(inflate, memory, properties, more, lane);
    return plain_method(packer->id, &method) && inflate_open(inflate, memory, method, more, lane);
}

static bool open_filtered(struct seven *seven, const struct chain *chain, struct lane *lane) {
    struct inflate_filter filters[INFLATE_FILTERS_MOST];
    struct job *memory = seven->pack->memory;
    const struct sevenzip_coder *packer = chain->coders[chain->count - 1];
    static const uint8_t smallest = 0;
    for (size_t i = 0; i < chain->count; i++) {
        (void)!filter_of(chain->coders[i]->id, &filters[i].kind);
        filters[i].properties = span_of(chain->coders[i]->properties, chain->coders[i]->property_size, 0);
    }
    if (is_lzma(packer->id))
        return inflate_open_filters(&lane->inflate, memory, filters, chain->count, packer->size, more, lane);
    filters[chain->count - 1] = (struct inflate_filter){INFLATE_LZMA2, span_of(&smallest, 1, 0)};
    lane->wrapped = lane->wrapped_end = false;
    lane->inner_left = packer->size;
    return open_packer(&lane->inner, memory, packer, lane) &&
           inflate_open_filters(&lane->inflate, memory, filters, chain->count, packer->size, wrap, lane);
}

static bool open_lane(struct seven *seven, const struct sevenzip_folder *folder, size_t input,
                      struct lane *lane, struct job *job) {
    struct chain chain;
    enum inflate_method method;
    lane->of = seven;
    if (!follow(folder, input, &chain) || refuse_chain(&chain) ||
        !locate(seven, folder, chain.stream, lane)) {
        job_note(job, FAULT_BAD, 0, "a folder of this archive has no packed bytes where it says");
        return false;
    }
    struct job *memory = seven->pack->memory;
    static const struct sevenzip_coder copied = {.id = SEVENZIP_COPY};
    const struct sevenzip_coder *packer = chain.count > 0 ? chain.coders[0] : &copied;
    bool good = chain.count <= 1 && plain_method(packer->id, &method)
                    ? open_packer(&lane->inflate, memory, packer, lane)
                    : open_filtered(seven, &chain, lane);
    if (!good)
        job_note(job, memory->fault.code, 0, memory->fault.text);
    if (!good && memory->fault.code == FAULT_BAD) /* of this folder alone */
        memory->fault = (struct fault){FAULT_NONE, 0, NULL};
    return good;
}

/* The coder whose output nobody takes. */
static size_t last_coder(const struct sevenzip_folder *folder) {
    for (size_t i = 0; i < folder->coder_count; i++) {
        bool taken = false;
        for (size_t k = 0; k < folder->pair_count; k++)
            taken = taken || folder->pair_out[k] == i;
        if (!taken)
            return i;
    }
    return 0;
}

static bool is_split(const struct sevenzip_folder *folder) {
    const struct sevenzip_coder *coder = &folder->coders[last_coder(folder)];
    return coder->id == SEVENZIP_BCJ2 && coder->inputs == BCJ2_STREAMS;
}

/* Why a folder is not undone; NULL if it is. */
static const char *refuse(const struct sevenzip_folder *folder) {
    struct chain chain;
    size_t last = last_coder(folder), first = sevenzip_input(folder, last);
    if (is_split(folder)) {
        for (size_t i = 0; i < BCJ2_STREAMS; i++) {
            const char *why = follow(folder, first + i, &chain) ? refuse_chain(&chain)
                                                                : "packed in a way that is not undone";
            if (why)
                return why;
        }
        return NULL;
    }
    chain = (struct chain){.coders = {&folder->coders[last]}, .count = 1};
    struct chain rest;
    if (folder->coders[last].inputs != 1 || !follow(folder, first, &rest) || rest.count >= SEVENZIP_CODERS)
        return "packed in a way that is not undone";
    for (size_t i = 0; i < rest.count; i++)
        chain.coders[chain.count++] = rest.coders[i];
    return refuse_chain(&chain);
}

/* --- folders --- */

static size_t split_more(void *context, struct job *job, enum bcj2_stream stream, uint8_t *to, size_t size) {
    struct seven *seven = context;
    return inflate_read(&seven->lanes[stream].inflate, job, to, size);
}

/* A folder without split code is one lane, whose input is an invented one: that of its last coder's output.
 */
static bool open_plain(struct seven *seven, const struct sevenzip_folder *folder, struct job *job) {
    struct sevenzip_folder whole = *folder;
    size_t inputs = sevenzip_input(folder, folder->coder_count);
    if (whole.pair_count == SEVENZIP_STREAMS)
        return false;
    whole.pair_in[whole.pair_count] = (uint8_t)inputs;
    whole.pair_out[whole.pair_count++] = (uint8_t)last_coder(folder);
    return open_lane(seven, &whole, inputs, &seven->lanes[0], job);
}

static bool open_folder(struct seven *seven, size_t number, struct job *job) {
    const struct sevenzip_folder *folder = &seven->directory.folders[number];
    bool good = true;
    seven->folder = number;
    seven->given = 0;
    seven->split = is_split(folder);
    if (seven->split) {
        size_t first = sevenzip_input(folder, last_coder(folder));
        for (size_t i = 0; good && i < BCJ2_STREAMS; i++)
            good = open_lane(seven, folder, first + i, &seven->lanes[i], job);
        if (good && !seven->bcj2)
            good = (seven->bcj2 = job_alloc(seven->pack->memory, 1, sizeof *seven->bcj2)) != NULL;
        if (good)
            bcj2_start(seven->bcj2, split_more, seven);
    } else
        good = open_plain(seven, folder, job);
    return good || (seven->broken = true, false);
}

static size_t pull(struct seven *seven, struct job *job, uint8_t *to, size_t size) {
    size_t got = seven->split ? bcj2_read(seven->bcj2, job, to, size)
                              : inflate_read(&seven->lanes[0].inflate, job, to, size);
    seven->given += got;
    return got;
}

/* --- the pack --- */

/* A directory as it is, or unpacked from the folder that it is. */
static bool read_directory(struct seven *seven, uint64_t at, uint64_t size, uint32_t crc) {
    struct pack *pack = seven->pack;
    struct job *memory = pack->memory;
    for (int turn = 0; turn < 4; turn++) { /* a packed one may hold a packed one */
        bool packed;
        if (size > PACK_TABLE)
            return job_fail(memory, FAULT_LIMIT, at, "the directory of this archive is larger than is read");
        uint8_t *bytes = job_alloc(memory, (size_t)size + 1, 1);
        if (!bytes)
            return false;
        size_t got = turn == 0 ? reader_read(&pack->reader, memory, at, bytes, (size_t)size)
                               : pull(seven, memory, bytes, (size_t)size);
        struct span directory = span_of(bytes, got, at);
        bool checked = turn == 0 || seven->directory.folders[0].has_crc;
        if (got < size || (checked && inflate_crc(0, directory) != crc))
            return job_fail(memory, got < size ? FAULT_TORN : FAULT_BAD, at,
                            "the directory of this archive does not match its checksum");
        if (!sevenzip_read(memory, directory, &seven->directory, &packed))
            return false;
        if (!packed)
            return true;
        const char *why = refuse(&seven->directory.folders[0]);
        if (why)
            return job_fail(memory, FAULT_UNSUPPORTED, at, why);
        if (!open_folder(seven, 0, memory))
            return job_fail(memory, FAULT_BAD, at, "the packed directory of this archive cannot be unpacked");
        size = seven->directory.folders[0].size;
        crc = seven->directory.folders[0].crc;
    }
    return job_fail(memory, FAULT_BAD, at, "directories that are packed in one another without end");
}

/* Where each yield lies. */
static bool place_yields(struct seven *seven) {
    const struct sevenzip *directory = &seven->directory;
    uint64_t count = 0;
    for (size_t i = 0; i < directory->folder_count; i++)
        count += directory->folders[i].files;
    seven->folder_of = job_alloc(seven->pack->memory, (size_t)count + 1, sizeof *seven->folder_of);
    if (!seven->folder_of)
        return false;
    size_t at = 0;
    for (size_t i = 0; i < directory->folder_count; i++)
        for (uint64_t k = 0; k < directory->folders[i].files; k++)
            seven->folder_of[at++] = i;
    return true;
}

static bool open(struct pack *pack) {
    uint8_t head[SEVENZIP_HEAD];
    struct sevenzip_head found;
    struct seven *seven = pack->state = job_alloc(pack->memory, 1, sizeof *seven);
    if (!seven)
        return false;
    seven->pack = pack;
    seven->folder = SIZE_MAX;
    size_t got = reader_read(&pack->reader, pack->memory, 0, head, sizeof head);
    if (span_starts(span_of(head, got, 0), "MZ", 2)) {
        uint64_t overlay = pack_overlay(&pack->reader, pack->memory);
        seven->start =
            overlay ? pack_overlay_find(&pack->reader, pack->memory, overlay, SFX, magic, 6) : UINT64_MAX;
        if (seven->start == UINT64_MAX)
            return job_fail(pack->memory, FAULT_BAD, 0, "no 7z archive behind this program");
        got = reader_read(&pack->reader, pack->memory, seven->start, head, sizeof head);
    }
    if (!sevenzip_head_read(span_of(head, got, 0), pack->reader.size - seven->start, &found))
        return found.outside
                   ? job_fail(
                         pack->memory, FAULT_TORN, pack->reader.size,
                         "this 7z archive goes on behind its end: it is cut, or further volumes are missing")
                   : job_fail(pack->memory, FAULT_BAD, seven->start,
                              "the head of this 7z archive makes no sense");
    bool good = found.size == 0 || read_directory(seven, seven->start + found.offset, found.size, found.crc);
    seven->folder = SIZE_MAX;
    seven->broken = false;
    return good && place_yields(seven);
}

static void describe(struct seven *seven, struct pack_member *ret) {
    const struct sevenzip_file *file = seven->file;
    text_clear(&seven->path);
    text_from_prose(&seven->path, file->name); /* a slash separates, also where Windows writes it */
    *ret = (struct pack_member){.path = span_of(text_string(&seven->path), seven->path.size, 0),
                                .size = file->size,
                                .modified = file->modified};
    if (file->directory || file->anti)
        ret->flags = PACK_DIRECTORY;
    else if (file->has_stream) {
        ret->reason = refuse(&seven->directory.folders[seven->file_folder]);
        if (ret->reason)
            ret->flags = strncmp(ret->reason, "encrypted", 9) == 0 ? PACK_ENCRYPTED : PACK_UNSUPPORTED;
    }
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct seven *seven = pack->state;
    (void)job;
    if (seven->next_file == seven->directory.file_count)
        return false;
    seven->file = &seven->directory.files[seven->next_file++];
    seven->file_read = seven->crc = 0;
    seven->checked = false;
    if (seven->file->has_stream) {
        size_t folder = seven->folder_of[seven->next_yield];
        bool first = seven->next_yield == 0 || seven->folder_of[seven->next_yield - 1] != folder;
        seven->file_at = first ? 0 : seven->behind;
        seven->behind = seven->file_at + seven->file->size;
        seven->file_folder = folder;
        seven->next_yield++;
    }
    describe(seven, ret);
    return true;
}

/* Goes to where the file begins in its folder. */
static bool go(struct seven *seven, struct job *job) {
    static uint8_t discarded[64 * 1024];
    uint64_t place = seven->file_at + seven->file_read;
    if (seven->folder != seven->file_folder) {
        seven->broken = false;
        if (!open_folder(seven, seven->file_folder, job))
            return false;
    }
    while (!seven->broken && seven->given < place) {
        size_t part =
            place - seven->given < sizeof discarded ? (size_t)(place - seven->given) : sizeof discarded;
        seven->broken = pull(seven, job, discarded, part) < part;
    }
    if (seven->broken)
        job_note(job, FAULT_BAD, 0, "the folder of this member cannot be unpacked as far as it");
    return !seven->broken;
}

static void finish(struct seven *seven, struct job *job) {
    seven->checked = true;
    if (seven->file->has_crc && seven->crc != seven->file->crc)
        job_note(job, FAULT_BAD, seven->file_read, "the member's bytes do not match its CRC-32");
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct seven *seven = pack->state;
    const struct sevenzip_file *file = seven->file;
    uint64_t left = file->has_stream ? file->size - seven->file_read : 0;
    size_t want = left < size ? (size_t)left : size;
    if (want == 0 || refuse(&seven->directory.folders[seven->file_folder]) || !go(seven, job))
        return 0;
    size_t got = pull(seven, job, to, want);
    seven->crc = inflate_crc(seven->crc, span_of(to, got, 0));
    seven->file_read += got;
    seven->broken = got < want;
    if (seven->file_read == file->size && !seven->checked)
        finish(seven, job);
    return got;
}

static void close(struct pack *pack) {
    struct seven *seven = pack->state;
    if (seven)
        text_free(&seven->path);
}

const struct pack_format pack_7z = {
    .name = "7z", .suspect = suspect, .open = open, .next = next, .read = read, .close = close};
