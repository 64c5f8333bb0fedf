#include "format/inflate.h"

#include "format/deflate64.h"
#include "format/nsis_bzip2.h"
#include "format/ppmd7.h"

#define ZSTD_STATIC_LINKING_ONLY /* for memory of one's own */
#define ZLIB_CONST
#include <bzlib.h>
#include <lzma.h>
#include <stdalign.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { LZMA_HEAD = 4, LZMA_PROPERTIES = 5, ZSTD_LOG = 27, XZ_EXTRA = 16 << 20, REUSE = 4096, MAGIC = 6 };

_Static_assert(1 << ZSTD_LOG == INFLATE_WINDOW, "the largest window as a logarithm");

/* What a library gave back, to be used again: a job frees all at once only. */
struct chunk {
    struct chunk *next;
    size_t size;
};

enum {
    CHUNK = (sizeof(struct chunk) + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t)
};

struct inflate_pool {
    struct job *job;
    struct chunk *idle;
    enum inflate_method open; /* whose state is alive; INFLATE_STORED: none */
    z_stream zlib;
    lzma_stream lzma;
    lzma_allocator allocator;
    ZSTD_DCtx *zstd;
    bz_stream bzip2;
    struct deflate64 *deflate64; /* of our own: NULL until one is needed, then kept */
    struct nsis_bzip2 *nsis_bzip2;
    struct ppmd7 *ppmd7;
    unsigned ppmd7_order;
    uint32_t ppmd7_memory;
};

static void *take(void *opaque, size_t count, size_t size) {
    struct inflate_pool *pool = opaque;
    if (size != 0 && count > (SIZE_MAX - CHUNK) / size)
        return NULL;
    size_t need = count * size;
    for (struct chunk **at = &pool->idle; *at; at = &(*at)->next) {
        struct chunk *chunk = *at;
        if (chunk->size >= need && chunk->size - need <= need + REUSE) {
            *at = chunk->next;
            return (uint8_t *)chunk + CHUNK;
        }
    }
    struct chunk *chunk = job_alloc(pool->job, 1, CHUNK + need);
    if (!chunk)
        return NULL;
    chunk->size = need;
    return (uint8_t *)chunk + CHUNK;
}

static void give(void *opaque, void *memory) {
    struct inflate_pool *pool = opaque;
    if (!memory)
        return;
    struct chunk *chunk = (struct chunk *)(void *)((uint8_t *)memory - CHUNK);
    chunk->next = pool->idle;
    pool->idle = chunk;
}

static void *take_zlib(void *opaque, unsigned count, unsigned size) {
    return take(opaque, count, size);
}

static void *take_bzip2(void *opaque, int count, int size) {
    return count < 0 || size < 0 ? NULL : take(opaque, (size_t)count, (size_t)size);
}

static void *take_zstd(void *opaque, size_t size) {
    return take(opaque, 1, size);
}

/* --- one step of each library --- */

struct step {
    const uint8_t *in;
    uint8_t *out;
    size_t in_size, out_size; /* what there is; what was used and given afterwards */
    bool last;                /* no input follows */
};

enum outcome { MORE, END, BAD, LIMIT };

static enum outcome step_zlib(struct inflate_pool *pool, struct step *step) {
    z_stream *z = &pool->zlib;
    uInt in = (uInt)step->in_size, out = step->out_size < INT32_MAX ? (uInt)step->out_size : INT32_MAX;
    z->next_in = step->in;
    z->avail_in = in;
    z->next_out = step->out;
    z->avail_out = out;
    int status = inflate(z, Z_NO_FLUSH);
    step->in_size = in - z->avail_in;
    step->out_size = out - z->avail_out;
    return status == Z_STREAM_END                    ? END
           : status == Z_OK || status == Z_BUF_ERROR ? MORE
           : status == Z_MEM_ERROR                   ? LIMIT
                                                     : BAD;
}

static enum outcome step_lzma(struct inflate_pool *pool, struct step *step) {
    lzma_stream *lzma = &pool->lzma;
    size_t in = step->in_size, out = step->out_size;
    lzma->next_in = step->in;
    lzma->avail_in = in;
    lzma->next_out = step->out;
    lzma->avail_out = out;
    lzma_ret status = lzma_code(lzma, step->last ? LZMA_FINISH : LZMA_RUN);
    step->in_size = in - lzma->avail_in;
    step->out_size = out - lzma->avail_out;
    return status == LZMA_STREAM_END                                   ? END
           : status == LZMA_OK || status == LZMA_BUF_ERROR             ? MORE
           : status == LZMA_MEM_ERROR || status == LZMA_MEMLIMIT_ERROR ? LIMIT
                                                                       : BAD;
}

static enum outcome step_zstd(struct inflate_pool *pool, struct step *step) {
    ZSTD_inBuffer in = {step->in, step->in_size, 0};
    ZSTD_outBuffer out = {step->out, step->out_size, 0};
    size_t status = ZSTD_decompressStream(pool->zstd, &out, &in);
    step->in_size = in.pos;
    step->out_size = out.pos;
    if (!ZSTD_isError(status))
        return status == 0 ? END : MORE;
    ZSTD_ErrorCode code = ZSTD_getErrorCode(status);
    return code == ZSTD_error_memory_allocation || code == ZSTD_error_frameParameter_windowTooLarge ? LIMIT
                                                                                                    : BAD;
}

static enum outcome step_bzip2(struct inflate_pool *pool, struct step *step) {
    bz_stream *bz = &pool->bzip2;
    unsigned in = (unsigned)step->in_size;
    unsigned out = step->out_size < INT32_MAX ? (unsigned)step->out_size : INT32_MAX;
    bz->next_in = (char *)(uintptr_t)step->in;
    bz->avail_in = in;
    bz->next_out = (char *)step->out;
    bz->avail_out = out;
    int status = BZ2_bzDecompress(bz);
    step->in_size = in - bz->avail_in;
    step->out_size = out - bz->avail_out;
    return status == BZ_STREAM_END ? END : status == BZ_OK ? MORE : status == BZ_MEM_ERROR ? LIMIT : BAD;
}

/* --- begin and end --- */

static bool begin_zlib(struct inflate_pool *pool, int bits) {
    pool->zlib = (z_stream){.zalloc = take_zlib, .zfree = give, .opaque = pool};
    return inflateInit2(&pool->zlib, bits) == Z_OK;
}

static bool begin_xz(struct inflate_pool *pool) {
    pool->lzma = (lzma_stream)LZMA_STREAM_INIT;
    pool->lzma.allocator = &pool->allocator;
    return lzma_stream_decoder(&pool->lzma, (uint64_t)INFLATE_WINDOW + XZ_EXTRA, LZMA_CONCATENATED) ==
           LZMA_OK;
}

static bool begin_zstd(struct inflate_pool *pool) {
    ZSTD_customMem memory = {take_zstd, give, pool};
    pool->zstd = ZSTD_createDCtx_advanced(memory);
    return pool->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(pool->zstd, ZSTD_d_windowLogMax, ZSTD_LOG));
}

static bool begin_bzip2(struct inflate_pool *pool) {
    pool->bzip2 = (bz_stream){.bzalloc = take_bzip2, .bzfree = give, .opaque = pool};
    return BZ2_bzDecompressInit(&pool->bzip2, 0, 0) == BZ_OK;
}

static bool begin_deflate64(struct inflate_pool *pool, enum deflate64_kind kind) {
    if (!pool->deflate64)
        pool->deflate64 = deflate64_new(pool->job);
    if (pool->deflate64)
        deflate64_start(pool->deflate64, kind);
    return pool->deflate64 != NULL;
}

static bool begin_nsis_bzip2(struct inflate_pool *pool) {
    if (!pool->nsis_bzip2)
        pool->nsis_bzip2 = nsis_bzip2_new(pool->job);
    if (pool->nsis_bzip2)
        nsis_bzip2_start(pool->nsis_bzip2);
    return pool->nsis_bzip2 != NULL;
}

static void finish(struct inflate_pool *pool) {
    switch (pool->open) {
    case INFLATE_DEFLATE:
    case INFLATE_GZIP:
        (void)inflateEnd(&pool->zlib);
        break;
    case INFLATE_XZ:
    case INFLATE_LZMA:
    case INFLATE_FILTERED:
        lzma_end(&pool->lzma);
        break;
    case INFLATE_ZSTD:
        (void)ZSTD_freeDCtx(pool->zstd);
        break;
    case INFLATE_BZIP2:
        (void)BZ2_bzDecompressEnd(&pool->bzip2);
        break;
    case INFLATE_STORED:
    case INFLATE_DEFLATE64:
    case INFLATE_NSIS_DEFLATE:
    case INFLATE_NSIS_BZIP2:
    case INFLATE_PPMD7:
    case INFLATE_METHODS:
        break;
    }
    pool->open = INFLATE_STORED;
}

/* LZMA begins when its head has been seen, see begin_late. */
static bool begin(struct inflate_pool *pool, enum inflate_method method) {
    switch (method) {
    case INFLATE_DEFLATE:
        return begin_zlib(pool, -MAX_WBITS);
    case INFLATE_GZIP:
        return begin_zlib(pool, MAX_WBITS + 16);
    case INFLATE_XZ:
        return begin_xz(pool);
    case INFLATE_ZSTD:
        return begin_zstd(pool);
    case INFLATE_BZIP2:
        return begin_bzip2(pool);
    case INFLATE_DEFLATE64:
        return begin_deflate64(pool, DEFLATE64);
    case INFLATE_NSIS_DEFLATE:
        return begin_deflate64(pool, DEFLATE64_NSIS);
    case INFLATE_NSIS_BZIP2:
        return begin_nsis_bzip2(pool);
    case INFLATE_STORED:
    case INFLATE_LZMA:
    case INFLATE_FILTERED:
    case INFLATE_PPMD7:
    case INFLATE_METHODS:
        break;
    }
    return true;
}

static bool open_method(struct inflate_pool *pool, enum inflate_method method) {
    bool good = begin(pool, method);
    if (good)
        pool->open = method == INFLATE_LZMA || method == INFLATE_FILTERED ? INFLATE_STORED : method;
    return good;
}

static bool prepare(struct inflate *inflate, struct job *memory) {
    if (inflate->pool && inflate->pool->job == memory)
        return true;
    inflate->pool = job_alloc(memory, 1, sizeof *inflate->pool);
    inflate->input = job_alloc(memory, INFLATE_INPUT, 1);
    if (!inflate->pool || !inflate->input) {
        inflate->pool = NULL;
        return false;
    }
    inflate->pool->job = memory;
    inflate->pool->allocator = (lzma_allocator){take, give, inflate->pool};
    return true;
}

bool inflate_open(struct inflate *ret, struct job *memory, enum inflate_method method, inflate_more *more,
                  void *context) {
    if (!prepare(ret, memory))
        return false;
    finish(ret->pool);
    *ret = (struct inflate){
        .method = method, .more = more, .context = context, .pool = ret->pool, .input = ret->input};
    if (!open_method(ret->pool, method))
        return job_fail(memory, FAULT_LIMIT, 0, "no memory for unpacking");
    return true;
}

/* --- chains of filters --- */

static const lzma_vli filter_ids[INFLATE_FILTERS] = {
    LZMA_FILTER_LZMA1, LZMA_FILTER_LZMA2, LZMA_FILTER_DELTA,    LZMA_FILTER_X86,   LZMA_FILTER_POWERPC,
    LZMA_FILTER_IA64,  LZMA_FILTER_ARM,   LZMA_FILTER_ARMTHUMB, LZMA_FILTER_SPARC, LZMA_FILTER_ARM64};

static bool is_packer(enum inflate_filter_kind kind) {
    return kind == INFLATE_LZMA1 || kind == INFLATE_LZMA2;
}

/* Of a packer: its window is allowed, and it learns what it cannot know. */
static bool settle(struct job *memory, lzma_filter *filter, uint64_t size) {
    lzma_options_lzma *options = filter->options;
    if (!options || options->dict_size > INFLATE_WINDOW)
        return job_fail(memory, FAULT_LIMIT, 0, "unpacking needs a larger window than is allowed");
    if (filter->id ==
        LZMA_FILTER_LZMA1) { /* else the last bytes would wait for ever in the filter before it */
        filter->id = LZMA_FILTER_LZMA1EXT;
        options->ext_flags = LZMA_LZMA1EXT_ALLOW_EOPM;
        options->ext_size_low = (uint32_t)size;
        options->ext_size_high = (uint32_t)(size >> 32);
    }
    return true;
}

static bool read_chain(struct inflate_pool *pool, struct job *memory, const struct inflate_filter *filters,
                       size_t count, uint64_t size, lzma_filter chain[INFLATE_FILTERS_MOST + 1]) {
    for (size_t i = 0; i < count; i++) {
        const struct inflate_filter *filter = &filters[i];
        bool last = i + 1 == count;
        if ((unsigned)filter->kind >= INFLATE_FILTERS || is_packer(filter->kind) != last)
            return job_fail(memory, FAULT_UNSUPPORTED, 0, "a chain of filters that is not undone");
        chain[i] = (lzma_filter){.id = filter_ids[filter->kind]};
        if (lzma_properties_decode(&chain[i], &pool->allocator, filter->properties.data,
                                   filter->properties.size) != LZMA_OK)
            return job_fail(memory, FAULT_BAD, 0, "properties of a filter that make no sense");
        if (last && !settle(memory, &chain[i], size))
            return false;
    }
    chain[count].id = LZMA_VLI_UNKNOWN;
    return true;
}

bool inflate_open_filters(struct inflate *ret, struct job *memory, const struct inflate_filter *filters,
                          size_t count, uint64_t size, inflate_more *more, void *context) {
    lzma_filter chain[INFLATE_FILTERS_MOST + 1] = {{.id = 0}};
    if (count == 0 || count > INFLATE_FILTERS_MOST)
        return job_fail(memory, FAULT_UNSUPPORTED, 0, "a chain of filters that is not undone");
    if (!inflate_open(ret, memory, INFLATE_FILTERED, more, context))
        return false;
    struct inflate_pool *pool = ret->pool;
    bool good = read_chain(pool, memory, filters, count, size, chain);
    pool->lzma = (lzma_stream)LZMA_STREAM_INIT;
    pool->lzma.allocator = &pool->allocator;
    if (good && lzma_raw_decoder(&pool->lzma, chain) != LZMA_OK)
        good = job_fail(memory, FAULT_LIMIT, 0, "no memory for unpacking");
    if (good)
        pool->open = INFLATE_FILTERED;
    for (size_t i = 0; i < count; i++)
        give(pool, chain[i].options);
    return good;
}

/* A model is kept for the next run of the same kind, as of the folders of one archive. */
bool inflate_open_ppmd7(struct inflate *ret, struct job *memory, struct span properties, inflate_more *more,
                        void *context) {
    struct cursor c = cursor_of(properties);
    unsigned order = cursor_u8(&c);
    uint32_t size = cursor_u32(&c);
    if (c.torn)
        return job_fail(memory, FAULT_BAD, 0, "properties of PPMd that make no sense");
    if (!inflate_open(ret, memory, INFLATE_PPMD7, more, context))
        return false;
    struct inflate_pool *pool = ret->pool;
    if (!pool->ppmd7 || pool->ppmd7_order != order || pool->ppmd7_memory != size)
        pool->ppmd7 = ppmd7_new(memory, order, size);
    pool->ppmd7_order = order;
    pool->ppmd7_memory = size;
    if (pool->ppmd7)
        ppmd7_start(pool->ppmd7);
    return pool->ppmd7 != NULL;
}

/* --- reading --- */

static struct span waiting(const struct inflate *inflate) {
    return span_of(inflate->input + inflate->input_at, inflate->input_size - inflate->input_at, inflate->in);
}

/* Sees to at least `least` waiting bytes, a few, if there are so many. */
static void refill(struct inflate *inflate, struct job *job, size_t least) {
    struct span rest = waiting(inflate);
    if (rest.size >= least || inflate->input_ended)
        return;
    size_t kept = span_copy(rest, inflate->input, rest.size); /* from the end of a full buffer to its start */
    size_t want = INFLATE_INPUT - kept;
    size_t got = inflate->more(inflate->context, job, inflate->input + kept, want);
    inflate->input_at = 0;
    inflate->input_size = kept + got;
    inflate->input_ended = got < want;
}

static void use(struct inflate *inflate, size_t size) {
    inflate->input_at += size;
    inflate->in += size;
}

static void stop(struct inflate *inflate, struct job *job, enum fault_code code, const char *text) {
    inflate->state = INFLATE_BROKEN;
    if (code != FAULT_NONE)
        job_note(job, code, inflate->out, text);
}

/* The head that ZIP puts before raw LZMA: two bytes version, two bytes size of the properties, these. */
static void begin_late(struct inflate *inflate, struct job *job) {
    struct inflate_pool *pool = inflate->pool;
    refill(inflate, job, LZMA_HEAD + LZMA_PROPERTIES);
    struct cursor c = cursor_of(waiting(inflate));
    cursor_skip(&c, 2);
    size_t size = cursor_u16(&c);
    struct span properties = cursor_take(&c, size);
    if (c.torn || size != LZMA_PROPERTIES) {
        stop(inflate, job, c.torn ? FAULT_TORN : FAULT_BAD, "the head of LZMA data makes no sense");
        return;
    }
    lzma_filter filters[2] = {{.id = LZMA_FILTER_LZMA1}, {.id = LZMA_VLI_UNKNOWN}};
    if (lzma_properties_decode(&filters[0], &pool->allocator, properties.data, size) != LZMA_OK) {
        stop(inflate, job, FAULT_BAD, "the head of LZMA data makes no sense");
        return;
    }
    const lzma_options_lzma *options = filters[0].options;
    pool->lzma = (lzma_stream)LZMA_STREAM_INIT;
    pool->lzma.allocator = &pool->allocator;
    if (options->dict_size > INFLATE_WINDOW)
        stop(inflate, job, FAULT_LIMIT, "unpacking needs a larger window than is allowed");
    else if (lzma_raw_decoder(&pool->lzma, filters) != LZMA_OK)
        stop(inflate, job, FAULT_LIMIT, "no memory for unpacking");
    else
        pool->open = INFLATE_LZMA;
    give(pool, filters[0].options);
    use(inflate, LZMA_HEAD + size);
}

/* A frame of Zstandard that holds something else. */
static bool is_skippable(struct span bytes) {
    return (span_u8(bytes, 0) & 0xf0) == 0x50 && span_starts(span_from(bytes, 1), "\x2a\x4d\x18", 3);
}

/* The library would also undo formats of before Zstandard 0.8, with memory of its own. */
static bool is_old_zstd(const struct inflate *inflate) {
    struct span head = waiting(inflate);
    return inflate->method == INFLATE_ZSTD && inflate->in == 0 && head.size > 0 &&
           inflate_sniff(head) != INFLATE_ZSTD && !is_skippable(head) &&
           (head.size >= 4 || head.data[0] != 0x28);
}

/* Behind the end of a stream there may be another one, or zeros that fill a block. */
static void begin_again(struct inflate *inflate, struct job *job) {
    refill(inflate, job, MAGIC);
    struct span rest = waiting(inflate);
    inflate->between = false;
    if (rest.size == 0 || inflate->method == INFLATE_DEFLATE || inflate->method == INFLATE_LZMA ||
        inflate->method == INFLATE_FILTERED) {
        inflate->state = INFLATE_ENDED;
        return;
    }
    if (inflate_sniff(rest) != inflate->method && !(inflate->method == INFLATE_ZSTD && is_skippable(rest))) {
        inflate->state = INFLATE_ENDED;
        if (!span_is_zero(rest))
            job_note(job, FAULT_BAD, inflate->out, "bytes behind the end of the packed data");
        return;
    }
    if (inflate->method == INFLATE_ZSTD)
        return;
    finish(inflate->pool);
    if (!open_method(inflate->pool, inflate->method))
        stop(inflate, job, FAULT_LIMIT, "no memory for unpacking");
}

static enum outcome step_any(struct inflate *inflate, struct step *step) {
    switch (inflate->method) {
    case INFLATE_DEFLATE:
    case INFLATE_GZIP:
        return step_zlib(inflate->pool, step);
    case INFLATE_XZ:
    case INFLATE_LZMA:
    case INFLATE_FILTERED:
        return step_lzma(inflate->pool, step);
    case INFLATE_ZSTD:
        return step_zstd(inflate->pool, step);
    case INFLATE_BZIP2:
        return step_bzip2(inflate->pool, step);
    case INFLATE_STORED:
    case INFLATE_DEFLATE64:
    case INFLATE_NSIS_DEFLATE:
    case INFLATE_NSIS_BZIP2:
    case INFLATE_PPMD7:
    case INFLATE_METHODS:
        break;
    }
    return BAD;
}

/* One call of a library; how much it gave. */
static size_t unpack(struct inflate *inflate, struct job *job, uint8_t *to, size_t size) {
    struct span in = waiting(inflate);
    struct step step = {in.data, to, in.size, size, inflate->input_ended};
    enum outcome outcome = step_any(inflate, &step);
    use(inflate, step.in_size);
    inflate->out += step.out_size;
    if (outcome == BAD)
        stop(inflate, job, FAULT_BAD, "packed bytes that make no sense");
    else if (outcome == LIMIT)
        stop(inflate, job, FAULT_LIMIT, "unpacking needs more memory than is allowed");
    else if (outcome == END)
        inflate->between = true;
    else if (step.in_size == 0 && step.out_size == 0 && in.size == 0 && inflate->input_ended)
        stop(inflate, job, FAULT_TORN, "the packed bytes end too early");
    else if (step.in_size == 0 && step.out_size == 0 && in.size > 0)
        stop(inflate, job, FAULT_BAD, "packed bytes that make no sense");
    return step.out_size;
}

static size_t copy_stored(struct inflate *inflate, struct job *job, uint8_t *to, size_t size) {
    size_t got = inflate->more(inflate->context, job, to, size);
    inflate->in += got;
    inflate->out += got;
    if (got < size)
        inflate->state = INFLATE_ENDED;
    return got;
}

/* --- decoders of our own --- */

struct feed {
    struct inflate *inflate;
    struct job *job;
};

static bool feed_more(struct intake *in) {
    struct feed *feed = in->context;
    use(feed->inflate, waiting(feed->inflate).size);
    refill(feed->inflate, feed->job, 1);
    struct span rest = waiting(feed->inflate);
    in->at = rest.data;
    in->end = rest.data + rest.size;
    return rest.size > 0;
}

static size_t give_own(struct inflate *inflate, struct intake *in, uint8_t *to, size_t size,
                       enum intake_state *state) {
    struct inflate_pool *pool = inflate->pool;
    if (inflate->method == INFLATE_NSIS_BZIP2)
        return nsis_bzip2_read(pool->nsis_bzip2, in, to, size, state);
    if (inflate->method == INFLATE_PPMD7)
        return pool->ppmd7 ? ppmd7_read(pool->ppmd7, in, to, size, state) : 0;
    return deflate64_read(pool->deflate64, in, to, size, state);
}

static size_t read_own(struct inflate *inflate, struct job *job, uint8_t *to, size_t size) {
    struct feed feed = {inflate, job};
    struct span rest = waiting(inflate);
    struct intake in = {rest.data, rest.data + rest.size, feed_more, &feed, 0};
    enum intake_state state = INTAKE_BAD;
    size_t got = give_own(inflate, &in, to, size, &state);
    use(inflate, (size_t)(in.at - waiting(inflate).data));
    inflate->out += got;
    if (state == INTAKE_ENDED)
        inflate->state = INFLATE_ENDED;
    else if (state == INTAKE_TORN)
        stop(inflate, job, FAULT_TORN, "the packed bytes end too early");
    else if (state == INTAKE_BAD)
        stop(inflate, job, FAULT_BAD, "packed bytes that make no sense");
    return got;
}

static bool is_own(enum inflate_method method) {
    return method >= INFLATE_DEFLATE64 && method < INFLATE_METHODS;
}

size_t inflate_read(struct inflate *inflate, struct job *job, uint8_t *to, size_t size) {
    size_t done = 0;
    if (inflate->state == INFLATE_GOES_ON && inflate->method == INFLATE_STORED)
        return copy_stored(inflate, job, to, size);
    if (inflate->state == INFLATE_GOES_ON && is_own(inflate->method))
        return read_own(inflate, job, to, size);
    if (inflate->state == INFLATE_GOES_ON && inflate->method == INFLATE_LZMA &&
        inflate->pool->open != INFLATE_LZMA)
        begin_late(inflate, job);
    while (done < size && inflate->state == INFLATE_GOES_ON) {
        refill(inflate, job, inflate->in == 0 ? MAGIC : 1);
        if (inflate->between)
            begin_again(inflate, job);
        else if (is_old_zstd(inflate))
            stop(inflate, job, FAULT_BAD, "packed bytes that make no sense");
        else
            done += unpack(inflate, job, to + done, size - done);
    }
    return done;
}

enum inflate_method inflate_sniff(struct span head) {
    if (span_starts(head, "\x1f\x8b\x08", 3))
        return INFLATE_GZIP;
    if (span_starts(head,
                    "\xfd"
                    "7zXZ\0",
                    6))
        return INFLATE_XZ;
    if (span_starts(head, "\x28\xb5\x2f\xfd", 4))
        return INFLATE_ZSTD;
    if (span_starts(head, "BZh", 3) && span_u8(head, 3) >= '1' && span_u8(head, 3) <= '9')
        return INFLATE_BZIP2;
    return INFLATE_STORED;
}

const char *inflate_name(enum inflate_method method) {
    static const char *const names[] = {"stored", "deflate",  "gzip",      "xz",      "Zstandard", "bzip2",
                                        "LZMA",   "filtered", "deflate64", "deflate", "bzip2",     "PPMd"};
    return (unsigned)method < INFLATE_METHODS ? names[method] : "unknown";
}

uint32_t inflate_crc(uint32_t crc, struct span bytes) {
    return (uint32_t)crc32_z(crc, bytes.data, bytes.size);
}
