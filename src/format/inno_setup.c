#include "format/inno_setup.h"

enum { EVER = 0 };
#define ALWAYS UINT32_MAX

enum {
    WINDOWS = 20, /* bytes of the versions of Windows that an entry is for */
    LEAD_BYTES = 32,
    SUM_MD5 = 16,
    SUM_SHA1 = 20,
    SUM_SHA256 = 32
};

struct reading {
    struct inno_setup *setup;
    struct cursor c;
};

static bool since(const struct inno_setup *setup, uint32_t version) {
    return setup->layout >= version;
}

static struct span text(struct cursor *c) {
    return cursor_take(c, cursor_u32(c));
}

/* --- the header --- */

static void read_texts(struct reading *reading) {
    static const struct {
        uint32_t from, until;
    } texts[] = {
#define TEXT(name, from, until) {from, until},
#include "format/inno_setup.def"
#undef TEXT
    };
    struct inno_setup *setup = reading->setup;
    for (size_t i = 0; i < INNO_TEXTS; i++)
        if (setup->layout >= texts[i].from && setup->layout < texts[i].until)
            setup->texts[i] = text(&reading->c);
}

static void read_counts(struct reading *reading) {
    struct inno_setup *setup = reading->setup;
    for (size_t i = 0; i < INNO_KINDS; i++) {
        setup->counts[i] = cursor_u32(&reading->c);
        if (i == INNO_FILE)
            setup->location_count = cursor_u32(&reading->c);
    }
}

/* The options are a set of bits; which ones there are before and behind the one that we ask for depends on
 * the version. Sets of three bytes take four. */
static void read_options(struct reading *reading) {
    const struct inno_setup *setup = reading->setup;
    unsigned encrypted = 31u + !since(setup, INNO(5, 3, 10, 0)) + 2u * !since(setup, INNO(5, 3, 3, 0)) +
                         !since(setup, INNO(5, 3, 8, 0)) + !since(setup, INNO(5, 6, 1, 0)) +
                         5u * !since(setup, INNO(6, 4, 0, 1));
    unsigned count = encrypted + 1u + !since(setup, INNO(5, 6, 1, 0)) +
                     (since(setup, INNO(5, 1, 7, 0)) && !setup->unicode) + since(setup, INNO(5, 1, 13, 0)) +
                     since(setup, INNO(5, 2, 1, 0)) + since(setup, INNO(5, 3, 8, 0)) +
                     since(setup, INNO(5, 3, 9, 0)) + 3u * since(setup, INNO(5, 5, 0, 0)) +
                     since(setup, INNO(5, 5, 7, 0)) + 3u * since(setup, INNO(6, 0, 0, 0)) +
                     since(setup, INNO(6, 3, 0, 0));
    struct span options = cursor_take(&reading->c, (count + 7) / 8);
    reading->setup->encrypted = span_u8(options, encrypted / 8) >> encrypted % 8 & 1;
}

/* What lies between the counts and the options. */
static void read_rest(struct reading *reading) {
    struct inno_setup *setup = reading->setup;
    struct cursor *c = &reading->c;
    cursor_skip(c, WINDOWS);
    cursor_skip(c, since(setup, INNO(6, 4, 0, 1)) ? 0 : 8); /* colours of the background */
    cursor_skip(c,
                since(setup, INNO(5, 5, 7, 0)) ? 1 : 4); /* how pictures are transparent, or their colour */
    cursor_skip(c, since(setup, INNO(6, 0, 0, 0)) ? 9 : 0); /* style and size of the wizard */
    cursor_skip(c, since(setup, INNO(6, 4, 0, 0))   ? 48
                   : since(setup, INNO(5, 3, 9, 0)) ? 28
                                                    : 24); /* password */
    cursor_skip(c, 8);                                     /* room that is needed besides */
    setup->slices_per_disk = cursor_u32(c);
    cursor_skip(c, 3); /* kind of log, warning, privileges */
    cursor_skip(c, since(setup, INNO(6, 0, 0, 0)) ? 1 : 0);
    cursor_skip(c, 2); /* choice of the language */
    uint8_t packing = cursor_u8(c);
    cursor_skip(c, since(setup, INNO(6, 3, 0, 0)) ? 0 : 2); /* architectures */
    cursor_skip(c, since(setup, INNO(5, 2, 1, 0)) && !since(setup, INNO(5, 3, 10, 0)) ? 8 : 0);
    cursor_skip(c, since(setup, INNO(5, 3, 3, 0)) ? 2 : 0);
    cursor_skip(c, since(setup, INNO(5, 5, 0, 0)) ? 8 : since(setup, INNO(5, 3, 6, 0)) ? 4 : 0);
    setup->packing = packing < INNO_PACKINGS ? (enum inno_packing)packing : INNO_PACKINGS;
    read_options(reading);
}

/* --- entries --- */

struct shape {
    uint8_t texts, rest; /* texts, and bytes behind them */
};

static struct shape shape_of(const struct inno_setup *setup, enum inno_kind kind) {
    bool code_page = !setup->unicode || !since(setup, INNO(5, 3, 0, 0)),
         toast = since(setup, INNO(6, 1, 0, 0));
    uint8_t run = since(setup, INNO(5, 1, 10, 0)) ? 2 : 1;
    struct shape shapes[INNO_KINDS] = {
        [INNO_LANGUAGE] = {10, (uint8_t)(20 + 4 * code_page + since(setup, INNO(5, 2, 3, 0)))},
        [INNO_MESSAGE] = {2, 4},
        [INNO_PERMISSION] = {1, 0},
        [INNO_TYPE] = {4, WINDOWS + 10},
        [INNO_COMPONENT] = {5, WINDOWS + 22},
        [INNO_TASK] = {6, WINDOWS + 6},
        [INNO_FOLDER] = {7, WINDOWS + 7},
        [INNO_FILE] = {since(setup, INNO(5, 2, 5, 0)) ? 10 : 9, WINDOWS + 23},
        [INNO_ICON] = {since(setup, INNO(5, 3, 5, 0)) ? 13 : 12, (uint8_t)(WINDOWS + 12 + 16 * toast)},
        [INNO_INI] = {10, WINDOWS + 1},
        [INNO_REGISTRY] = {9, WINDOWS + 9},
        [INNO_DELETE] = {7, WINDOWS + 1},
        [INNO_UNINSTALL_DELETE] = {7, WINDOWS + 1},
        [INNO_RUN] = {since(setup, INNO(5, 1, 13, 0)) ? 13 : 12, (uint8_t)(WINDOWS + 5 + run)},
    };
    return shapes[kind == INNO_UNINSTALL_RUN ? INNO_RUN : kind];
}

static bool skip_entries(struct job *job, struct reading *reading) {
    for (unsigned kind = 0; kind < INNO_KINDS; kind++) {
        struct shape shape = shape_of(reading->setup, kind);
        reading->setup->at[kind] = reading->c.at;
        for (uint32_t i = 0; i < reading->setup->counts[kind] && !reading->c.torn; i++) {
            if (!job_step(job, 1, 0))
                return false;
            for (unsigned k = 0; k < shape.texts; k++)
                (void)text(&reading->c);
            cursor_skip(&reading->c, shape.rest);
        }
    }
    return !reading->c.torn;
}

static void add_part(struct reading *reading, const char *name, unsigned count) {
    struct inno_setup *setup = reading->setup;
    for (unsigned i = 0; i < count && !reading->c.torn; i++) {
        struct span bytes = text(&reading->c);
        if (setup->part_count == INNO_PARTS)
            reading->c.torn = true;
        else
            setup->parts[setup->part_count++] = (struct inno_part){name, i + 1, bytes};
    }
}

static void read_parts(struct reading *reading) {
    struct inno_setup *setup = reading->setup;
    bool counted = since(setup, INNO(5, 6, 0, 0));
    bool unpacker = setup->packing == INNO_ZLIB || setup->packing == INNO_BZIP2;
    add_part(reading, "wizard-image", counted ? cursor_u32(&reading->c) : 1);
    add_part(reading, "small-image", counted ? cursor_u32(&reading->c) : 1);
    add_part(reading, "decompressor.dll", unpacker);
    add_part(reading, "decryptor.dll", setup->encrypted && !since(setup, INNO(6, 4, 0, 0)));
}

/* --- locations --- */

static size_t sum_size(const struct inno_setup *setup) {
    return since(setup, INNO(6, 4, 0, 0)) ? SUM_SHA256 : since(setup, INNO(5, 3, 9, 0)) ? SUM_SHA1 : SUM_MD5;
}

static size_t location_size(const struct inno_setup *setup) {
    bool sign = since(setup, INNO(6, 3, 0, 0)) && !since(setup, INNO(6, 4, 3, 0));
    bool short_flags = since(setup, INNO(6, 4, 3, 0)) || !since(setup, INNO(5, 1, 13, 0));
    return 12 + 24 + sum_size(setup) + 16 + (short_flags ? 1 : 2) + sign;
}

void inno_setup_location(const struct inno_setup *setup, size_t number, struct inno_location *ret) {
    size_t size = location_size(setup), sum = sum_size(setup);
    struct cursor c = cursor_of(span_part(setup->locations, number * size, size));
    *ret = (struct inno_location){.first_slice = cursor_u32(&c),
                                  .digest = sum == SUM_MD5    ? DIGEST_MD5
                                            : sum == SUM_SHA1 ? DIGEST_SHA1
                                                              : DIGEST_SHA256};
    ret->last_slice = cursor_u32(&c);
    ret->at = cursor_u32(&c);
    ret->inside = cursor_u64(&c);
    ret->size = cursor_u64(&c);
    ret->packed_size = cursor_u64(&c);
    ret->sum = cursor_take(&c, sum);
    ret->modified = cursor_u64(&c);
    cursor_skip(&c, 8); /* version of the file */
    uint8_t flags = cursor_u8(&c);
    bool latest = since(setup, INNO(6, 4, 3, 0)); /* which left out three of the flags */
    ret->utc = flags >> (latest ? 1 : 2) & 1;
    ret->filtered = flags >> (latest ? 2 : 4) & 1;
    ret->encrypted = flags >> (latest ? 3 : 6) & 1;
    ret->packed = flags >> (latest ? 4 : 7) & 1;
}

enum inno_calls_kind inno_setup_calls(uint32_t layout) {
    return layout < INNO(5, 2, 0, 0)   ? INNO_CALLS_OLD
           : layout < INNO(5, 3, 9, 0) ? INNO_CALLS_52
                                       : INNO_CALLS_LATEST;
}

/* --- all of it --- */

static bool read_as(struct job *job, uint32_t layout, struct inno_setup *setup) {
    struct reading reading = {.setup = setup, .c = cursor_of(setup->headers)};
    *setup = (struct inno_setup){.headers = setup->headers,
                                 .locations = setup->locations,
                                 .layout = layout,
                                 .unicode = setup->unicode};
    read_texts(&reading);
    cursor_skip(&reading.c, setup->unicode ? 0 : LEAD_BYTES);
    read_counts(&reading);
    read_rest(&reading);
    if (!skip_entries(job, &reading))
        return false;
    read_parts(&reading);
    size_t size = location_size(setup);
    return !reading.c.torn && reading.c.at == setup->headers.size && setup->packing < INNO_PACKINGS &&
           setup->location_count == setup->locations.size / size && setup->locations.size % size == 0;
}

bool inno_setup_read(struct job *job, const struct inno_version *version, struct span headers,
                     struct span locations, struct inno_setup *ret) {
    /* Numbers of data that several layouts have. */
    static const struct {
        uint32_t number, layouts[3];
    } several[] = {{INNO(5, 5, 7, 0), {INNO(5, 6, 0, 0), INNO(5, 6, 1, 0)}},
                   {INNO(5, 6, 0, 0), {INNO(5, 6, 1, 0)}},
                   {INNO(6, 4, 0, 0), {INNO(6, 4, 0, 1)}},
                   {INNO(6, 4, 2, 0), {INNO(6, 4, 0, 1), INNO(6, 4, 3, 0)}}};
    *ret = (struct inno_setup){.headers = headers, .locations = locations, .unicode = version->unicode};
    if (version->number < INNO_OLDEST || version->number > INNO_NEWEST)
        return job_fail(job, FAULT_UNSUPPORTED, headers.offset, "a version of Inno Setup that is not read");
    bool good = read_as(job, version->number, ret);
    for (size_t i = 0; i < sizeof several / sizeof several[0]; i++)
        for (size_t k = 0; k < 3 && several[i].number == version->number && several[i].layouts[k]; k++)
            good = good || read_as(job, several[i].layouts[k], ret);
    if (!good && job->fault.code == FAULT_NONE)
        (void)job_fail(job, FAULT_BAD, headers.offset,
                       "headers that are none of their version of Inno Setup");
    return good;
}

struct inno_walk inno_setup_walk(const struct inno_setup *setup, enum inno_kind kind) {
    struct inno_walk walk = {setup, kind, cursor_of(setup->headers), setup->counts[kind]};
    cursor_seek(&walk.cursor, setup->at[kind]);
    return walk;
}

bool inno_setup_next(struct inno_walk *walk, struct inno_entry *ret) {
    enum { FILE_FLAGS = WINDOWS + 18, FILE_TYPE = WINDOWS + 22 };
    struct shape shape = shape_of(walk->setup, walk->kind);
    *ret = (struct inno_entry){.location = UINT32_MAX};
    if (walk->left == 0)
        return false;
    walk->left--;
    for (unsigned i = 0; i < shape.texts; i++)
        ret->texts[i] = text(&walk->cursor);
    struct span rest = cursor_take(&walk->cursor, shape.rest);
    struct cursor c = cursor_of(span_from(rest, WINDOWS));
    if (walk->kind == INNO_FILE) {
        ret->location = cursor_u32(&c);
        ret->not_copied = span_u8(rest, FILE_FLAGS + 2) >> 3 & 1;
        ret->uninstaller = span_u8(rest, FILE_TYPE) == 1;
    } else if (walk->kind == INNO_REGISTRY) {
        ret->root = cursor_u32(&c) & 0x7fffffff;
    }
    return !walk->cursor.torn;
}
