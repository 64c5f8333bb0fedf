/* One file that was compressed by itself: gzip (RFC 1952), xz, Zstandard, bzip2. Archives of TAR in them are
 * found before (source/archive.h). */
#include "base/filetime.h"
#include "base/text.h"
#include "format/inflate.h"
#include "source/pack.h"
#include "source/pack_path.h"

enum {
    GZIP_HEAD = 10,
    GZIP_FLAGS = 3,
    GZIP_EXTRA = 4,
    GZIP_NAME = 8,
    GZIP_RESERVED = 0xe0,
    HEAD = 4096 /* bytes in which the name of a gzip file is looked for */
};
#define MOST                                                                                                 \
    ((uint64_t)4 << 30) /* bytes that come out at most, as of any member that is kept while it is read */

struct single {
    struct pack *pack;
    struct inflate inflate;
    enum inflate_method method;
    uint64_t at, given;
    bool told, fact, refused;
    uint32_t modified; /* seconds since 1970; 0: not told */
    uint32_t flags;
    struct text name, path;
};

/* gzip has bits that must not be set; bzip2's first bytes could begin a text, the next ones cannot. What
 * looks like one is one, however damaged. */
static enum inflate_method method_of(struct span head) {
    static const char block[] = "1AY&SY", end[] = "\x17\x72\x45\x38\x50\x90";
    enum inflate_method method = inflate_sniff(head);
    struct span rest = span_from(head, 4);
    if (method == INFLATE_GZIP && span_u8(head, GZIP_FLAGS) & GZIP_RESERVED)
        return INFLATE_STORED;
    if (method == INFLATE_BZIP2 && !span_starts(rest, block, 6) && !span_starts(rest, end, 6))
        return INFLATE_STORED;
    return method;
}

static bool suspect(struct span head, uint64_t size) {
    return size >= GZIP_HEAD && method_of(head) != INFLATE_STORED;
}

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct single *single = context;
    uint64_t left = single->pack->reader.size - single->at;
    size_t want = left < size ? (size_t)left : size;
    size_t got = want > 0 ? reader_read(&single->pack->reader, job, single->at, to, want) : 0;
    single->at += got;
    return got;
}

/* The name that gzip keeps, and its time; others keep none. */
static void read_gzip(struct single *single, struct span head) {
    struct cursor c = cursor_of(head);
    cursor_skip(&c, GZIP_FLAGS);
    unsigned flags = cursor_u8(&c);
    single->modified = cursor_u32(&c);
    cursor_skip(&c, 2);
    if (flags & GZIP_EXTRA) {
        unsigned size = cursor_u16(&c);
        cursor_skip(&c, size);
    }
    struct span name = cursor_take(&c, cursor_left(&c));
    const uint8_t *end = flags & GZIP_NAME && name.size > 0 ? memchr(name.data, 0, name.size) : NULL;
    if (end && end > name.data)
        text_from_bytes(&single->name, span_part(name, 0, (uint64_t)(end - name.data)));
}

static bool open(struct pack *pack) {
    uint8_t head[HEAD];
    struct single *single = pack->state = job_alloc(pack->memory, 1, sizeof *single);
    if (!single)
        return false;
    single->pack = pack;
    size_t want = pack->reader.size < HEAD ? (size_t)pack->reader.size : HEAD;
    struct span bytes =
        span_of(head, want > 0 ? reader_read(&pack->reader, pack->memory, 0, head, want) : 0, 0);
    single->method = method_of(bytes);
    if (single->method == INFLATE_STORED)
        return job_fail(pack->memory, FAULT_BAD, 0, "no compressed file");
    if (!inflate_open(&single->inflate, pack->memory, single->method, more, single))
        return false;
    if (single->method == INFLATE_GZIP)
        read_gzip(single, bytes);
    if (single->name.size == 0)
        text_add(&single->name, "content");
    single->flags = pack_path(&single->path, text_string(&single->name), single->name.size);
    return true;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct single *single = pack->state;
    (void)job;
    bool first = !single->told;
    single->told = true;
    if (!first) /* what was not read is not read any more */
        single->refused = true;
    if (first)
        *ret =
            (struct pack_member){.path = span_of(text_string(&single->path), single->path.size, 0),
                                 .size = PACK_UNKNOWN,
                                 .modified = single->modified ? filetime_from_unix(single->modified, 0) : 0,
                                 .flags = single->flags};
    return first;
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct single *single = pack->state;
    size_t got = 0;
    if (!single->told || single->refused)
        return 0;
    if (single->given > MOST) {
        job_note(job, FAULT_LIMIT, single->given, "a compressed file that grows beyond what is unpacked");
        single->refused = true;
    } else {
        got = inflate_read(&single->inflate, job, to, size);
    }
    single->given += got;
    return got;
}

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    struct single *single = pack->state;
    const char *name = inflate_name(single->method);
    (void)job;
    if (single->fact)
        return false;
    single->fact = true;
    *ret = (struct pack_fact){"writer", span_of(name, strlen(name), 0), span_of("", 0, 0)};
    return true;
}

static void close(struct pack *pack) {
    struct single *single = pack->state;
    if (!single)
        return;
    text_free(&single->name);
    text_free(&single->path);
}

const struct pack_format pack_single = {.name = "compressed",
                                        .suspect = suspect,
                                        .open = open,
                                        .next = next,
                                        .read = read,
                                        .fact = fact,
                                        .close = close};
