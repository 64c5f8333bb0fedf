/* Archives of cpio, plain. */
#include "source/pack_cpio.h"

#include "base/filetime.h"
#include "source/pack_path.h"

enum {
    DISCARD = 64 * 1024,
    FILL = 64 * 1024, /* zeros between an end mark and another archive, at most */
    SHORT = 1024,     /* bytes of the first name of a binary archive */
    TYPE = 0170000,
    FOLDER = 0040000,
    PLAIN = 0100000,
    LINK = 0120000
};

static const char trailer[] = "TRAILER!!!";

/* --- the stream --- */

static size_t pull(struct pack_cpio *cpio, struct job *job, uint8_t *to, size_t size) {
    size_t got = size > 0 ? cpio->pull(cpio->context, job, to, size) : 0;
    cpio->at += got;
    return got;
}

static bool pass(struct pack_cpio *cpio, struct job *job, uint64_t size) {
    static uint8_t discarded[DISCARD];
    if (cpio->skip && size > 0) {
        cpio->at += size;
        return cpio->skip(cpio->context, job, size);
    }
    while (size > 0) {
        size_t want = size < DISCARD ? (size_t)size : DISCARD;
        if (pull(cpio, job, discarded, want) < want)
            return false;
        size -= want;
    }
    return true;
}

static bool stop(struct pack_cpio *cpio, struct job *job, enum fault_code code, const char *why) {
    cpio->ended = true;
    job_note(job, code, cpio->at, why);
    return false;
}

/* --- heads --- */

/* Behind an end mark: zeros, and then perhaps another archive, as boot loaders join them. */
static bool find_another(struct pack_cpio *cpio, struct job *job) {
    uint8_t byte = 0;
    size_t zeros = 0;
    while (zeros < FILL && pull(cpio, job, &byte, 1) == 1 && byte == 0)
        zeros++;
    if (byte == 0) {
        cpio->ended = true;
        return false;
    }
    cpio->waiting[0] = byte;
    cpio->waits = 1 + pull(cpio, job, cpio->waiting + 1, CPIO_MAGIC - 1);
    if (cpio_sniff(span_of(cpio->waiting, cpio->waits, 0)) != CPIO_NONE)
        return true;
    return stop(cpio, job, FAULT_BAD, "bytes behind the end of an archive of cpio that are no other");
}

static bool read_head(struct pack_cpio *cpio, struct job *job) {
    uint8_t head[CPIO_HEAD];
    size_t got = span_copy(span_of(cpio->waiting, cpio->waits, 0), head, CPIO_MAGIC);
    cpio->waits = 0;
    got += pull(cpio, job, head + got, CPIO_MAGIC - got);
    cpio->kind = cpio_sniff(span_of(head, got, 0));
    if (cpio->kind == CPIO_STRIPPED)
        return stop(cpio, job, FAULT_UNSUPPORTED,
                    "an archive of cpio whose heads are in its package, which is not read");
    size_t size = cpio_head_size(cpio->kind);
    if (size == 0)
        return stop(cpio, job, got < CPIO_MAGIC ? FAULT_TORN : FAULT_BAD,
                    got < CPIO_MAGIC ? "an archive of cpio without an end"
                                     : "a member's head of cpio makes no sense");
    got += pull(cpio, job, head + got, size - got);
    if (got < size)
        return stop(cpio, job, FAULT_TORN, "an archive of cpio ends in a member's head");
    if (!cpio_read(cpio->kind, span_of(head, size, 0), &cpio->entry))
        return stop(cpio, job, FAULT_BAD, "a member's head of cpio makes no sense");
    return true;
}

static bool read_name(struct pack_cpio *cpio, struct job *job) {
    static uint8_t name[CPIO_NAME];
    size_t size = cpio->entry.name_size;
    if (pull(cpio, job, name, size) < size || !pass(cpio, job, cpio_name_padding(cpio->kind, &cpio->entry)))
        return stop(cpio, job, FAULT_TORN, "an archive of cpio ends in a member's name");
    const uint8_t *end = memchr(name, 0, size);
    text_clear(&cpio->name);
    text_from_bytes(&cpio->name, span_of(name, end ? (size_t)(end - name) : size, 0));
    return true;
}

static void describe(struct pack_cpio *cpio, struct pack_member *ret) {
    const struct cpio_entry *entry = &cpio->entry;
    unsigned type = entry->mode & TYPE;
    *ret = (struct pack_member){.size = entry->size,
                                .modified = entry->modified ? filetime_from_unix(entry->modified, 0) : 0};
    ret->flags = pack_path(&cpio->path, text_string(&cpio->name), cpio->name.size);
    ret->path = span_of(text_string(&cpio->path), cpio->path.size, 0);
    /* Of several names of a file only the last one has its bytes. */
    bool again = type == PLAIN && entry->links > 1 && entry->size == 0;
    if (type == FOLDER)
        ret->flags |= PACK_DIRECTORY;
    else if (type != PLAIN || again)
        ret->flags |= PACK_LINK;
    const char *role = again                             ? "hard link"
                       : type == LINK                    ? "symbolic link"
                       : type == FOLDER || type == PLAIN ? ""
                                                         : "device";
    ret->role = span_of(role, strlen(role), 0);
}

bool pack_cpio_next(struct pack_cpio *cpio, struct job *job, struct pack_member *ret) {
    if (cpio->ended)
        return false;
    if (cpio->begun && !pass(cpio, job, cpio->left + cpio->padding))
        return stop(cpio, job, FAULT_TORN, "an archive of cpio ends in the middle of a member");
    cpio->begun = true;
    cpio->left = cpio->padding = 0;
    for (;;) {
        if (!read_head(cpio, job) || !read_name(cpio, job))
            return false;
        if (strcmp(text_string(&cpio->name), trailer) != 0)
            break;
        if (!find_another(cpio, job))
            return false;
    }
    if (cpio->members++ == PACK_MEMBERS)
        return stop(cpio, job, FAULT_LIMIT, "an archive of cpio with too many members");
    cpio->left = cpio->entry.size;
    cpio->padding = cpio_data_padding(cpio->kind, &cpio->entry);
    cpio->sum = 0;
    describe(cpio, ret);
    if (ret->flags & (PACK_DIRECTORY | PACK_LINK)) { /* what a link leads to is no content */
        cpio->padding += cpio->left;
        cpio->left = ret->size = 0;
    }
    return true;
}

size_t pack_cpio_read(struct pack_cpio *cpio, struct job *job, uint8_t *to, size_t size) {
    size_t want = cpio->left < size ? (size_t)cpio->left : size;
    if (cpio->ended || !cpio->begun || want == 0)
        return 0;
    size_t got = pull(cpio, job, to, want);
    for (size_t i = 0; i < got; i++)
        cpio->sum += to[i];
    cpio->left -= got;
    if (got < want)
        (void)stop(cpio, job, FAULT_TORN, "an archive of cpio ends in the middle of a member");
    else if (cpio->left == 0 && cpio->kind == CPIO_SUMMED && cpio->sum != cpio->entry.sum)
        job_note(job, FAULT_BAD, cpio->at, "the sum of a member of cpio is wrong");
    return got;
}

void pack_cpio_free(struct pack_cpio *cpio) {
    text_free(&cpio->name);
    text_free(&cpio->path);
}

/* --- a file --- */

struct plain {
    struct pack *pack;
    uint64_t at;
    struct pack_cpio cpio;
};

static size_t pull_plain(void *context, struct job *job, uint8_t *to, size_t size) {
    struct plain *plain = context;
    uint64_t left = plain->at < plain->pack->reader.size ? plain->pack->reader.size - plain->at : 0;
    size_t want = left < size ? (size_t)left : size;
    size_t got = want > 0 ? reader_read(&plain->pack->reader, job, plain->at, to, want) : 0;
    plain->at += got;
    return got;
}

static bool skip_plain(void *context, struct job *job, uint64_t size) {
    struct plain *plain = context;
    (void)job;
    uint64_t left = plain->at < plain->pack->reader.size ? plain->pack->reader.size - plain->at : 0;
    plain->at += size < left ? size : left;
    return size <= left;
}

/* Two bytes are not enough to believe in a binary one: the rest of its head must make sense, too. */
static bool is_sound(enum cpio_kind kind, const struct cpio_entry *entry) {
    static const unsigned types[] = {0010000, 0020000, FOLDER, 0060000, PLAIN, LINK, 0140000};
    bool binary = kind == CPIO_BINARY || kind == CPIO_BINARY_BIG, known = false;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        known = known || (entry->mode & TYPE) == types[i];
    return !binary || (known && entry->name_size <= SHORT && entry->links > 0);
}

static bool suspect(struct span head, uint64_t size) {
    struct cpio_entry entry;
    enum cpio_kind kind = cpio_sniff(head);
    if (!cpio_read(kind, span_clip(head, 0, cpio_head_size(kind)), &entry) || entry.size > size ||
        !is_sound(kind, &entry))
        return false;
    size_t end = cpio_head_size(kind) + entry.name_size - 1;
    return head.size <= end || (span_u8(head, end) == 0 && span_u8(head, end - 1) != 0);
}

static bool open(struct pack *pack) {
    uint8_t head[CPIO_HEAD];
    struct plain *plain = pack->state = job_alloc(pack->memory, 1, sizeof *plain);
    size_t want = pack->reader.size < CPIO_HEAD ? (size_t)pack->reader.size : CPIO_HEAD;
    if (!plain)
        return false;
    size_t got = want > 0 ? reader_read(&pack->reader, pack->memory, 0, head, want) : 0;
    if (!suspect(span_of(head, got, 0), pack->reader.size))
        return job_fail(pack->memory, FAULT_BAD, 0, "no archive of cpio");
    plain->pack = pack;
    plain->cpio.pull = pull_plain;
    plain->cpio.skip = skip_plain;
    plain->cpio.context = plain;
    return true;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct plain *plain = pack->state;
    if (!pack_cpio_next(&plain->cpio, job, ret))
        return false;
    if (ret->size > pack->reader.size - plain->at)
        ret->flags |= PACK_DAMAGED;
    return true;
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct plain *plain = pack->state;
    return pack_cpio_read(&plain->cpio, job, to, size);
}

static void close(struct pack *pack) {
    struct plain *plain = pack->state;
    if (plain)
        pack_cpio_free(&plain->cpio);
}

const struct pack_format pack_cpio = {
    .name = "cpio", .suspect = suspect, .open = open, .next = next, .read = read, .close = close};
