#include "format/sqlite_file.h"

#include "format/sqlite_file_log.h"
#include "format/sqlite_file_private.h"

static const char magic[16] = "SQLite format 3";

enum { PAGE_LEAST = 512, PAGE_MOST = 65536, USABLE_LEAST = 480, LOG_MODE = 2 };

bool sqlite_file_sniff(struct span head) {
    return span_starts(head, magic, sizeof magic);
}

struct span sqlite_file_page(struct sqlite_file *file, uint32_t number) {
    enum { LOG_HEAD = 32, FRAME_HEAD = 24 };
    const struct sqlite_file_source *source = &file->source;
    struct span none = span_of("", 0, 0);
    if (number == 0 || number > file->pages)
        return none;
    if (file->frames && file->frames[number - 1]) {
        uint64_t frame = file->frames[number - 1] - 1;
        return span_part(source->log, LOG_HEAD + frame * (FRAME_HEAD + file->page_size) + FRAME_HEAD,
                         file->page_size);
    }
    struct span page = span_clip(source->bytes, (uint64_t)(number - 1) * file->page_size, file->page_size);
    if (page.size == 0 ||
        (source->need && !source->need(source->context, page.offset - source->bytes.offset, page.size)))
        return none;
    return page;
}

void sqlite_file_damage(struct sqlite_file *file, enum fault_code code, uint32_t number, const char *text) {
    bool known = number > 0 && number <= file->pages;
    if (known && sqlite_file_bit(file->told, number))
        return;
    if (known)
        sqlite_file_set(file->told, number);
    job_note(file->job, code, number > 0 ? (uint64_t)(number - 1) * file->page_size : 0, text);
    file->damaged++;
}

bool sqlite_file_step(struct sqlite_file *file, uint64_t count) {
    if (!file->spent)
        file->spent = !job_step(file->job, count, 0);
    return !file->spent;
}

static bool read_size(struct sqlite_file *file, struct span head) {
    struct cursor c = cursor_of(head);
    cursor_seek(&c, 16);
    uint32_t size = cursor_u16be(&c);
    file->page_size = size == 1 ? PAGE_MOST : size;
    if (c.torn)
        return job_fail(file->job, FAULT_TORN, 0, "a database that ends inside its header");
    if (file->page_size < PAGE_LEAST || (file->page_size & (file->page_size - 1)) != 0)
        return job_fail(file->job, FAULT_BAD, 16, "a database whose pages have a size that no page has");
    return true;
}

/* The header that counts may lie in the log. */
static void read_rest(struct sqlite_file *file, struct span head) {
    struct cursor c = cursor_of(head);
    cursor_seek(&c, 19);
    file->logged = cursor_u8(&c) == LOG_MODE;
    uint32_t reserved = cursor_u8(&c);
    cursor_seek(&c, 24);
    uint32_t changes = cursor_u32be(&c), pages = cursor_u32be(&c);
    cursor_seek(&c, 56);
    uint32_t encoding = cursor_u32be(&c);
    cursor_seek(&c, 92);
    file->declared = cursor_u32be(&c) == changes ? pages : 0; /* else an old program wrote it last */
    if (file->declared > file->pages)
        job_note(file->job, FAULT_TORN, file->source.bytes.size, "a database that ends before its last page");
    file->usable = file->page_size - reserved;
    if (file->usable < USABLE_LEAST) {
        sqlite_file_damage(file, FAULT_BAD, 1,
                           "a database with more bytes reserved in pages than there may be");
        file->usable = file->page_size;
    }
    file->encoding = SQLITE_FILE_UTF8;
    if (encoding == SQLITE_FILE_UTF16LE || encoding == SQLITE_FILE_UTF16BE)
        file->encoding = (enum sqlite_file_encoding)encoding;
    else if (encoding > SQLITE_FILE_UTF16BE)
        sqlite_file_damage(file, FAULT_BAD, 1, "a database whose text has no known encoding: read as UTF-8");
}

bool sqlite_file_open(struct job *job, const struct sqlite_file_source *source, struct sqlite_file *ret) {
    struct span bytes = source->bytes, head = span_clip(bytes, 0, SQLITE_FILE_HEAD);
    *ret = (struct sqlite_file){.job = job, .source = *source};
    if (source->need && !source->need(source->context, 0, head.size))
        head.size = 0;
    if (!sqlite_file_sniff(head))
        return job_fail(job, head.size < sizeof magic ? FAULT_TORN : FAULT_BAD, 0, "no database of SQLite");
    if (!read_size(ret, head))
        return false;
    uint64_t pages = bytes.size / ret->page_size + (bytes.size % ret->page_size > 0);
    ret->pages = pages < UINT32_MAX ? (uint32_t)pages : UINT32_MAX;
    if (!sqlite_file_log(ret, ret->pages) || !(ret->told = job_alloc(job, ret->pages / 8 + 1, 1)))
        return false;
    struct span first = sqlite_file_page(ret, 1);
    read_rest(ret, sqlite_file_sniff(first) ? first : head);
    return true;
}

void sqlite_file_text(const struct sqlite_file *file, struct span bytes, struct text *text) {
    uint8_t swapped[512];
    if (file->encoding == SQLITE_FILE_UTF8) {
        text_from_bytes(text, bytes);
        return;
    }
    if (file->encoding == SQLITE_FILE_UTF16LE) {
        text_from_prose(text, bytes);
        return;
    }
    for (size_t at = 0; at < bytes.size;) {
        struct span part = span_clip(bytes, at, sizeof swapped);
        /* The halves of a pair are not torn apart. */
        if (part.size == sizeof swapped && (span_u8(part, part.size - 2) & 0xfc) == 0xd8)
            part.size -= 2;
        for (size_t i = 0; i < part.size; i++)
            swapped[i] = (i | 1) < part.size ? part.data[i ^ 1] : part.data[i];
        text_from_prose(text, span_of(swapped, part.size, 0));
        at += part.size;
    }
}
