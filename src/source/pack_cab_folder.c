#include "source/pack_cab_folder.h"

#include "format/lzx_stream.h"
#include "format/mszip.h"
#include "format/quantum.h"

enum {
    HEAD = CAB_DATA + 255,
    INPUT = 256 * 1024, /* bytes read at once */
    WINDOWS = LZX_STREAM_MOST + 1
};

struct pack_cab_folder {
    struct job *memory;
    struct cab_folder kind;
    struct pack_cab_part parts[PACK_CAB_CHAIN];
    size_t count, part; /* parts, and the one that is read */
    unsigned block;     /* the next one in that part */
    uint64_t at;        /* of its head */
    bool broken;
    uint64_t work, block_at; /* bytes unpacked; where the current block stands in the folder */
    size_t block_size;
    const uint8_t *bytes; /* of the current block */
    struct mszip *mszip;
    struct lzx_stream *lzx[WINDOWS]; /* by window */
    struct quantum *quantum[WINDOWS];
    uint64_t input_at; /* of what is in `input`, in part `input_part` */
    size_t input_size, input_part;
    uint8_t input[INPUT];
    uint8_t joined[2 * 65536]; /* a block that is divided between two cabinets */
    uint8_t output[CAB_BLOCK];
};

struct pack_cab_folder *pack_cab_folder_new(struct job *memory) {
    struct pack_cab_folder *folder = job_alloc(memory, 1, sizeof *folder);
    if (folder)
        folder->memory = memory;
    return folder;
}

uint64_t pack_cab_folder_work(const struct pack_cab_folder *folder) {
    return folder->work;
}

uint64_t pack_cab_folder_at(const struct pack_cab_folder *folder) {
    return folder->block_at;
}

static void rewind_all(struct pack_cab_folder *f) {
    f->part = f->block = 0;
    f->at = f->count > 0 ? f->parts[0].at : 0;
    f->broken = false;
    f->block_at = f->block_size = 0;
    if (f->kind.method == CAB_MSZIP)
        mszip_start(f->mszip);
    if (f->kind.method == CAB_LZX)
        lzx_stream_start(f->lzx[f->kind.window]);
    if (f->kind.method == CAB_QUANTUM)
        quantum_start(f->quantum[f->kind.window]);
}

/* The decompressor of the folder; those of all windows are kept, as memory comes back only at the end. */
static bool prepare(struct pack_cab_folder *f) {
    unsigned window = f->kind.window;
    switch (f->kind.method) {
    case CAB_STORED:
        return true;
    case CAB_MSZIP:
        f->mszip = f->mszip ? f->mszip : mszip_new(f->memory);
        return f->mszip != NULL;
    case CAB_LZX:
        if (window >= WINDOWS)
            return job_fail(f->memory, FAULT_BAD, f->kind.data_at, "an LZX window of a size that is none");
        f->lzx[window] = f->lzx[window] ? f->lzx[window] : lzx_stream_new(f->memory, window);
        return f->lzx[window] != NULL;
    case CAB_QUANTUM:
        if (window >= WINDOWS)
            return job_fail(f->memory, FAULT_BAD, f->kind.data_at, "a Quantum window of a size that is none");
        f->quantum[window] = f->quantum[window] ? f->quantum[window] : quantum_new(f->memory, window);
        return f->quantum[window] != NULL;
    default:
        return job_fail(f->memory, FAULT_UNSUPPORTED, f->kind.data_at,
                        "a method of packing that is not known");
    }
}

bool pack_cab_folder_open(struct pack_cab_folder *f, const struct cab_folder *kind,
                          const struct pack_cab_part *parts, size_t count) {
    f->kind = *kind;
    f->count = count < PACK_CAB_CHAIN ? count : PACK_CAB_CHAIN;
    memcpy(f->parts, parts, f->count * sizeof *parts);
    f->input_size = 0;
    if (!prepare(f))
        return false;
    rewind_all(f);
    return true;
}

/* As many of the `size` bytes at `at` of the current part as there are. */
static struct span fetch(struct pack_cab_folder *f, struct job *job, uint64_t at, size_t size) {
    struct pack_cab_part *part = &f->parts[f->part];
    bool there = f->input_size > 0 && f->input_part == f->part && at >= f->input_at &&
                 at - f->input_at <= f->input_size && size <= f->input_size - (at - f->input_at);
    if (!there) {
        uint64_t left = at < part->reader.size ? part->reader.size - at : 0;
        f->input_at = at;
        f->input_part = f->part;
        f->input_size = left > 0 ? reader_read_for(&part->reader, job, at, at, f->input,
                                                   left < INPUT ? (size_t)left : INPUT)
                                 : 0;
    }
    struct span input = span_of(f->input, f->input_size, f->input_at);
    return span_clip(input, at - f->input_at, size);
}

static bool stop(struct pack_cab_folder *f, struct job *job, enum fault_code code, uint64_t at,
                 const char *text) {
    f->broken = true;
    job_note(job, code, at, text);
    return false;
}

/* The next block's packed bytes as they lie in one cabinet. */
static bool piece(struct pack_cab_folder *f, struct job *job, struct cab_data *data, struct span *packed) {
    struct pack_cab_part *part = &f->parts[f->part];
    uint64_t at = f->at;
    struct span head = fetch(f, job, at, CAB_DATA + part->extra);
    struct cursor c = cursor_of(head);
    if (!cab_data(&c, data) || head.size < CAB_DATA + part->extra)
        return stop(f, job, FAULT_TORN, at, "a cabinet ends before its data");
    struct span whole = fetch(f, job, at, head.size + data->packed);
    *packed = span_from(whole, head.size);
    f->at += head.size + data->packed;
    f->block++;
    if (packed->size < data->packed)
        return stop(f, job, FAULT_TORN, at, "a cabinet ends before its data");
    if (!cab_sum(data, span_part(whole, 4, head.size - 4), *packed))
        job_note(job, FAULT_BAD, at, "the checksum of a block of a cabinet is wrong");
    return true;
}

/* Joins a block whose beginning is the last one of this part with its rest in the next; that may be cut, too.
 */
static bool join(struct pack_cab_folder *f, struct job *job, struct cab_data *data, struct span *packed) {
    uint64_t at = packed->offset;
    size_t size = span_copy(*packed, f->joined, sizeof f->joined);
    while (data->size == 0) {
        bool more = f->block >= f->parts[f->part].blocks && f->part + 1 < f->count &&
                    f->parts[f->part + 1].blocks > 0;
        if (!more)
            return stop(f, job, FAULT_BAD, at, "a block of a cabinet goes on nowhere");
        f->part++;
        f->block = 0;
        f->at = f->parts[f->part].at;
        if (!piece(f, job, data, packed))
            return false;
        if (packed->size > sizeof f->joined - size)
            return stop(f, job, FAULT_LIMIT, at, "a block of a cabinet with too many bytes");
        size += span_copy(*packed, f->joined + size, sizeof f->joined - size);
    }
    *packed = span_of(f->joined, size, at);
    return true;
}

static bool unpack(struct pack_cab_folder *f, struct span packed, size_t size, struct unpacked *ret) {
    f->bytes = f->output;
    if (f->kind.method == CAB_MSZIP)
        return mszip_decode(f->mszip, packed, f->output, size, ret);
    if (f->kind.method == CAB_LZX)
        return lzx_stream_decode(f->lzx[f->kind.window], packed, size, &f->bytes, ret);
    if (f->kind.method == CAB_QUANTUM)
        return quantum_decode(f->quantum[f->kind.window], packed, size, &f->bytes, ret);
    struct unpack out = unpack_of(f->output, size);
    out.at = span_copy(packed, f->output, size);
    *ret = (struct unpacked){.used = out.at};
    if (packed.size != size)
        ret->fault = (struct fault){FAULT_BAD, packed.offset, "a stored block of two sizes"};
    return unpack_end(&out, ret);
}

static bool next_block(struct pack_cab_folder *f, struct job *job) {
    struct cab_data data;
    struct span packed;
    struct unpacked got;
    while (f->part + 1 < f->count && f->block >= f->parts[f->part].blocks) {
        f->part++;
        f->block = 0;
        f->at = f->parts[f->part].at;
    }
    if (f->block >= f->parts[f->part].blocks)
        return stop(f, job, FAULT_TORN, f->at, "a folder of a cabinet ends before its files");
    if (!piece(f, job, &data, &packed))
        return false;
    if (data.size == 0 && data.packed > 0 && !join(f, job, &data, &packed))
        return false;
    f->block_at += f->block_size;
    f->block_size = 0;
    if (data.size > CAB_BLOCK)
        return stop(f, job, FAULT_BAD, packed.offset, "a block of a cabinet of more than 32 KiB");
    if (!unpack(f, packed, data.size, &got))
        stop(f, job, got.fault.code, got.fault.offset, got.fault.text);
    f->block_size = got.size;
    f->work += data.size + 64;
    return true;
}

size_t pack_cab_folder_read(struct pack_cab_folder *f, struct job *job, uint64_t from, uint8_t *to,
                            size_t size) {
    size_t done = 0;
    if (from < f->block_at)
        rewind_all(f);
    while (done < size) {
        uint64_t at = from + done;
        if (at < f->block_at + f->block_size) {
            size_t inside = (size_t)(at - f->block_at);
            done += span_copy(span_of(f->bytes + inside, f->block_size - inside, 0), to + done, size - done);
        } else if (f->broken || !next_block(f, job)) {
            break;
        }
    }
    return done;
}
