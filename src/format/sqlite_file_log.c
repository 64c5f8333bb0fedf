#include "format/sqlite_file_log.h"

#include "format/sqlite_file_private.h"

enum { HEAD = 32, FRAME = 24, VERSION = 3007000 };
#define MAGIC 0x377f0682u /* the lowest bit: sums are of big-endian numbers */

struct sum {
    uint32_t first, second;
    bool big;
};

static void add(struct sum *sum, struct span bytes) {
    struct cursor c = cursor_of(bytes);
    while (cursor_left(&c) >= 8) {
        uint32_t a = sum->big ? cursor_u32be(&c) : cursor_u32(&c);
        uint32_t b = sum->big ? cursor_u32be(&c) : cursor_u32(&c);
        sum->first += a + sum->second;
        sum->second += b + sum->first;
    }
}

struct frame {
    uint32_t page, size; /* size: pages of the database if this ends a transaction, else 0 */
};

struct reading {
    struct sqlite_file *file;
    struct sum sum;
    uint32_t salts[2];
};

static bool read_head(struct reading *r) {
    struct sqlite_file *file = r->file;
    struct cursor c = cursor_of(file->source.log);
    uint32_t magic = cursor_u32be(&c), version = cursor_u32be(&c), size = cursor_u32be(&c);
    cursor_skip(&c, 4);
    for (int i = 0; i < 2; i++)
        r->salts[i] = cursor_u32be(&c);
    uint32_t first = cursor_u32be(&c), second = cursor_u32be(&c);
    r->sum.big = magic & 1;
    add(&r->sum, span_clip(file->source.log, 0, HEAD - 8));
    const char *why =
        c.torn ? "a write-ahead log that ends inside its header: not applied"
        : (magic & ~1u) != MAGIC || version != VERSION || r->sum.first != first || r->sum.second != second
            ? "a write-ahead log whose header is damaged: not applied"
        : size != file->page_size ? "a write-ahead log with pages of another size: not applied"
                                  : NULL;
    if (why)
        job_note(file->job, c.torn ? FAULT_TORN : FAULT_BAD, 0, why);
    return !why;
}

/* Frame by number, from 0. What follows the last one of this log may be of an older one, which is no damage.
 */
static bool read_frame(struct reading *r, uint32_t number, struct frame *ret) {
    struct sqlite_file *file = r->file;
    uint64_t at = HEAD + (uint64_t)number * (FRAME + file->page_size);
    struct span bytes = span_part(file->source.log, at, FRAME + (uint64_t)file->page_size);
    struct cursor c = cursor_of(bytes);
    ret->page = cursor_u32be(&c);
    ret->size = cursor_u32be(&c);
    uint32_t one = cursor_u32be(&c), two = cursor_u32be(&c);
    uint32_t first = cursor_u32be(&c), second = cursor_u32be(&c);
    if (c.torn || one != r->salts[0] || two != r->salts[1])
        return false;
    add(&r->sum, span_clip(bytes, 0, 8));
    add(&r->sum, span_from(bytes, FRAME));
    if (r->sum.first == first && r->sum.second == second && ret->page > 0)
        return true;
    job_note(file->job, FAULT_BAD, at,
             "a frame of a write-ahead log with a wrong sum: it and what follows is not applied");
    return false;
}

/* Goes through the frames up to `end`; counts the sound ones, and up to which all is committed. */
static bool measure(struct reading *r, uint32_t *size) {
    struct sqlite_file *file = r->file;
    struct frame frame;
    uint32_t number = 0;
    while (sqlite_file_step(file, file->page_size / 64) && read_frame(r, number, &frame)) {
        number++;
        if (frame.size > 0) {
            file->committed = number;
            *size = frame.size;
        }
    }
    file->open = number - file->committed;
    return file->committed > 0;
}

static uint32_t page_of(const struct sqlite_file *file, uint32_t number) {
    struct cursor c = cursor_of(file->source.log);
    cursor_seek(&c, HEAD + (uint64_t)number * (FRAME + file->page_size));
    return cursor_u32be(&c);
}

bool sqlite_file_log(struct sqlite_file *file, uint32_t file_pages) {
    struct reading r = {.file = file};
    uint32_t size = 0;
    if (file->source.log.size == 0 || !read_head(&r) || !measure(&r, &size))
        return true;
    /* New pages come through the log, so there are no more than these. */
    uint64_t most = (uint64_t)file_pages + file->committed;
    if (size > file_pages)
        file->pages = (uint32_t)(size < most ? size : most);
    file->frames = job_alloc(file->job, file->pages, sizeof *file->frames);
    if (!file->frames)
        return false;
    for (uint32_t i = 0; i < file->committed; i++) {
        uint32_t page = page_of(file, i);
        if (page <= file->pages)
            file->frames[page - 1] = i + 1;
    }
    return true;
}
