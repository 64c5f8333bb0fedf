#include "format/cab.h"

#include "base/filetime.h"

enum {
    FLAG_PREVIOUS = 1,
    FLAG_NEXT = 2,
    FLAG_RESERVE = 4,
    FROM_PREVIOUS = 0xfffd,
    TO_NEXT = 0xfffe,
    THROUGH = 0xffff
};

bool cab_is(struct span head) {
    struct cursor c = cursor_of(head);
    if (!span_starts(head, "MSCF", 4))
        return false;
    cursor_seek(&c, 24);
    unsigned minor = cursor_u8(&c), major = cursor_u8(&c);
    return !c.torn && major == 1 && minor <= 3;
}

/* A name with its NUL. */
static struct span name(struct cursor *c, size_t most) {
    struct span rest = span_clip(c->span, c->at, most + 1);
    const uint8_t *end = rest.size > 0 && !c->torn ? memchr(rest.data, 0, rest.size) : NULL;
    if (!end) {
        c->torn = true;
        return span_part(rest, 0, 0);
    }
    struct span found = span_part(rest, 0, (size_t)(end - rest.data));
    cursor_skip(c, found.size + 1);
    return found;
}

bool cab_header(struct job *job, struct span head, struct cab *ret) {
    struct cursor c = cursor_of(head);
    *ret = (struct cab){0};
    if (!span_starts(head, "MSCF", 4))
        return job_fail(job, head.size < 4 ? FAULT_TORN : FAULT_BAD, head.offset, "no cabinet");
    cursor_seek(&c, 8);
    ret->size = cursor_u32(&c);
    cursor_skip(&c, 4);
    ret->files_at = cursor_u32(&c);
    cursor_skip(&c, 4);
    unsigned minor = cursor_u8(&c), major = cursor_u8(&c);
    ret->folders = cursor_u16(&c);
    ret->files = cursor_u16(&c);
    unsigned flags = cursor_u16(&c);
    ret->set = cursor_u16(&c);
    ret->index = cursor_u16(&c);
    if (!c.torn && (major != 1 || minor > 3))
        return job_fail(job, FAULT_UNSUPPORTED, head.offset + 24, "a cabinet of another version than 1.3");
    if (flags & FLAG_RESERVE) {
        unsigned extra = cursor_u16(&c);
        ret->folder_extra = cursor_u8(&c);
        ret->data_extra = cursor_u8(&c);
        cursor_skip(&c, extra);
    }
    ret->is_continued = flags & FLAG_PREVIOUS;
    ret->goes_on = flags & FLAG_NEXT;
    if (ret->is_continued) {
        ret->previous = name(&c, CAB_NAME);
        name(&c, CAB_NAME);
    }
    if (ret->goes_on) {
        ret->next = name(&c, CAB_NAME);
        name(&c, CAB_NAME);
    }
    ret->folders_at = (uint32_t)c.at;
    return !c.torn ||
           job_fail(job, FAULT_TORN, head.offset + head.size, "the header of a cabinet is cut off");
}

bool cab_folder(struct cursor *c, unsigned extra, struct cab_folder *ret) {
    ret->data_at = cursor_u32(c);
    ret->blocks = cursor_u16(c);
    ret->kind = cursor_u16(c);
    ret->method = ret->kind & 15;
    ret->window = ret->kind >> 8 & 31;
    cursor_skip(c, extra);
    return !c->torn;
}

bool cab_file(struct cursor *c, struct cab_file *ret) {
    ret->size = cursor_u32(c);
    ret->start = cursor_u32(c);
    ret->folder = cursor_u16(c);
    ret->place = (uint8_t)(ret->folder == FROM_PREVIOUS ? CAB_FROM_PREVIOUS
                           : ret->folder == TO_NEXT     ? CAB_TO_NEXT
                           : ret->folder == THROUGH     ? CAB_THROUGH
                                                        : CAB_HERE);
    ret->date = cursor_u16(c);
    ret->time = cursor_u16(c);
    ret->attributes = cursor_u16(c);
    ret->name = name(c, CAB_NAME);
    return !c->torn;
}

uint64_t cab_time(const struct cab_file *file) {
    static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned year = 1980 + (file->date >> 9), month = file->date >> 5 & 15, day = file->date & 31;
    unsigned hour = file->time >> 11, minute = file->time >> 5 & 63, second = (file->time & 31) * 2;
    if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
        return 0;
    /* 2100, the only year without a leap day among 1980 to 2107 that should have one */
    int64_t days =
        (int64_t)(year - 1970) * 365 + (year - 1969) / 4 - (year > 2100) + before[month - 1] + day - 1;
    bool leap = year % 4 == 0 && year != 2100;
    days += leap && month > 2;
    return filetime_from_unix(((days * 24 + hour) * 60 + minute) * 60 + second, 0);
}

void cab_name(const struct cab_file *file, struct text *text) {
    bool utf8 = file->attributes & CAB_UTF8 && text_valid((const char *)file->name.data, file->name.size);
    for (size_t at = 0; at < file->name.size;) {
        struct span rest = span_from(file->name, at);
        const uint8_t *end = memchr(rest.data, '\\', rest.size);
        struct span part = span_part(rest, 0, end ? (size_t)(end - rest.data) : rest.size);
        if (utf8 || text_valid((const char *)part.data, part.size))
            text_from_bytes(text, part);
        else
            text_from_latin(text, part);
        if (end)
            text_char(text, '/');
        at += part.size + 1;
    }
}

bool cab_data(struct cursor *c, struct cab_data *ret) {
    ret->sum = cursor_u32(c);
    ret->packed = cursor_u16(c);
    ret->size = cursor_u16(c);
    return !c->torn;
}

/* Words of 32 bits, exclusive or; up to three bytes that remain count the other way around. */
static uint32_t summed(struct span bytes, uint32_t sum) {
    size_t at = 0;
    uint64_t wide = 0;
    for (; bytes.size - at >= 8; at += 8) {
        uint64_t word;
        span_copy(span_of(bytes.data + at, 8, 0), &word, 8);
        wide ^= word;
    }
    struct cursor c = cursor_of(span_of(&wide, 8, 0));
    sum ^= cursor_u32(&c);
    sum ^= cursor_u32(&c);
    c = cursor_of(span_from(bytes, at));
    if (cursor_left(&c) >= 4)
        sum ^= cursor_u32(&c);
    uint32_t last = 0;
    while (cursor_left(&c) > 0)
        last = last << 8 | cursor_u8(&c);
    return sum ^ last;
}

bool cab_sum(const struct cab_data *data, struct span head, struct span packed) {
    if (data->sum == 0)
        return true;
    uint32_t sum = summed(packed, 0);
    return summed(span_clip(head, 0, 4), sum) == data->sum || summed(head, sum) == data->sum;
}
