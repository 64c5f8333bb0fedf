#include "format/lnk.h"

enum {
    HEADER = 76,
    HAS_ITEMS = 1,
    HAS_INFO = 2,
    HAS_NAME = 4,
    HAS_RELATIVE = 8,
    HAS_WORKING = 16,
    HAS_ARGUMENTS = 32,
    HAS_ICON = 64,
    IS_UNICODE = 128,
    INFO_VOLUME = 1,
    INFO_SHARE = 2,
    WIDE_INFO = 0x24,  /* a header of LinkInfo that has places of Unicode strings */
    TRACKER_BLOCK = 3, /* of 0xa0000003 */
    TRACKER_SIZE = 0x58
};

static const uint8_t head_bytes[20] = {0x4c, 0, 0,    0, 0x01, 0x14, 0x02, 0, 0, 0,
                                       0,    0, 0xc0, 0, 0,    0,    0,    0, 0, 0x46};

bool lnk_sniff(struct span head) {
    return span_starts(head, head_bytes, sizeof head_bytes);
}

static void note(struct job *job, struct span where, const char *text) {
    job_note(job, FAULT_TORN, where.offset, text);
}

/* Up to a NUL of its width, or all. */
static struct lnk_string string_at(struct span part, uint32_t offset, bool wide) {
    struct span rest = span_from(part, offset);
    size_t width = wide ? 2 : 1, size = 0;
    while (rest.size - size >= width && (span_u8(rest, size) || (wide && span_u8(rest, size + 1))))
        size += width;
    return (struct lnk_string){span_part(rest, 0, size), wide};
}

static bool decode_header(struct job *job, struct span bytes, struct lnk *ret) {
    struct cursor c = cursor_of(bytes);
    if (!lnk_sniff(bytes))
        return job_fail(job, FAULT_BAD, bytes.offset, "no shell link");
    cursor_skip(&c, sizeof head_bytes);
    ret->flags = cursor_u32(&c);
    ret->attributes = cursor_u32(&c);
    ret->created = cursor_u64(&c);
    ret->accessed = cursor_u64(&c);
    ret->modified = cursor_u64(&c);
    ret->size = cursor_u32(&c);
    cursor_skip(&c, 20);
    return c.torn ? job_fail(job, FAULT_TORN, bytes.offset, "a shell link ends in its header") : true;
}

static void decode_volume(struct span info, uint32_t offset, struct lnk *ret) {
    struct cursor c = cursor_of(span_from(info, offset));
    uint32_t size = cursor_u32(&c);
    ret->drive_type = cursor_u32(&c);
    ret->drive_serial = cursor_u32(&c);
    uint32_t label = cursor_u32(&c);
    struct span volume = span_clip(info, offset, size);
    ret->has_volume = !c.torn && size >= 16;
    if (!ret->has_volume)
        return;
    if (label == 0x14) { /* then a place of a Unicode label follows */
        uint32_t wide = cursor_u32(&c);
        ret->label = string_at(volume, wide, true);
    } else
        ret->label = string_at(volume, label, false);
}

static void decode_info(struct job *job, struct span info, struct lnk *ret) {
    struct cursor c = cursor_of(info);
    cursor_skip(&c, 4);
    uint32_t header = cursor_u32(&c), flags = cursor_u32(&c), volume = cursor_u32(&c);
    uint32_t base = cursor_u32(&c), share = cursor_u32(&c), suffix = cursor_u32(&c);
    bool wide = header >= WIDE_INFO;
    uint32_t wide_base = wide ? cursor_u32(&c) : 0, wide_suffix = wide ? cursor_u32(&c) : 0;
    if (c.torn || header < 0x1c) {
        note(job, info, "where a shell link leads is cut off");
        return;
    }
    if (flags & INFO_VOLUME) {
        decode_volume(info, volume, ret);
        ret->local_path = wide && wide_base ? string_at(info, wide_base, true) : string_at(info, base, false);
    }
    if (flags & INFO_SHARE) {
        struct cursor s = cursor_of(span_from(info, share));
        cursor_skip(&s, 8);
        uint32_t name = cursor_u32(&s);
        if (!s.torn)
            ret->share = string_at(span_from(info, share), name, false);
    }
    ret->suffix = wide && wide_suffix ? string_at(info, wide_suffix, true) : string_at(info, suffix, false);
}

/* A part that begins with its size, of `width` bytes. */
static bool take_part(struct job *job, struct cursor *c, size_t width, bool counts_itself, struct span *ret,
                      const char *text) {
    struct cursor look = *c;
    size_t size = width == 2 ? cursor_u16(&look) : cursor_u32(&look);
    struct span rest = span_from(c->span, c->at);
    size_t whole = counts_itself ? size : size + width;
    if (look.torn || whole < width || whole > rest.size) {
        note(job, rest, text);
        return false;
    }
    *ret = cursor_take(c, whole);
    return true;
}

static bool take_string(struct job *job, struct cursor *c, bool wide, struct lnk_string *ret) {
    struct cursor look = *c;
    size_t count = cursor_u16(&look);
    struct span rest = span_from(c->span, c->at), text = cursor_take(&look, wide ? 2 * count : count);
    if (look.torn) {
        note(job, rest, "a string of a shell link is cut off");
        return false;
    }
    *ret = (struct lnk_string){text, wide};
    *c = look;
    return true;
}

static bool take_strings(struct job *job, struct cursor *c, struct lnk *ret) {
    struct lnk_string *const strings[] = {&ret->name, &ret->relative, &ret->working, &ret->arguments,
                                          &ret->icon};
    for (unsigned i = 0; i < 5; i++)
        if (ret->flags & (uint32_t)HAS_NAME << i && !take_string(job, c, ret->flags & IS_UNICODE, strings[i]))
            return false;
    return true;
}

static void take_tracker(struct span block, struct lnk *ret) {
    struct cursor c = cursor_of(span_from(block, 16));
    struct span machine = cursor_take(&c, 16);
    ret->machine = string_at(machine, 0, false).text;
    uint8_t *const guids[] = {ret->volume, ret->file, ret->birth_volume, ret->birth_file};
    for (size_t i = 0; i < 4; i++)
        span_copy(cursor_take(&c, 16), guids[i], 16);
    ret->has_tracker = !c.torn;
}

static void take_blocks(struct job *job, struct cursor *c, struct lnk *ret) {
    for (unsigned i = 0; i < LNK_BLOCKS; i++) {
        struct span rest = span_from(c->span, c->at), block;
        struct cursor look = cursor_of(rest);
        uint32_t size = cursor_u32(&look), signature = cursor_u32(&look);
        if (size < 4 || rest.size < 4) /* the last one */
            return;
        if (!take_part(job, c, 4, true, &block, "extra data of a shell link are cut off"))
            return;
        if (signature == (UINT32_C(0xa0000000) | TRACKER_BLOCK) && block.size >= TRACKER_SIZE)
            take_tracker(block, ret);
    }
    job_note(job, FAULT_LIMIT, c->span.offset + c->at, "a shell link with more extra data than are read");
}

static struct lnk empty(void) {
    struct lnk lnk = {0};
    struct lnk_string none = {span_of("", 0, 0), false};
    lnk.label = lnk.local_path = lnk.share = lnk.suffix = none;
    lnk.name = lnk.relative = lnk.working = lnk.arguments = lnk.icon = none;
    lnk.machine = none.text;
    return lnk;
}

bool lnk_decode(struct job *job, struct span bytes, struct lnk *ret) {
    struct span part;
    *ret = empty();
    if (!decode_header(job, bytes, ret))
        return false;
    struct cursor c = cursor_of(bytes);
    cursor_skip(&c, HEADER);
    if (ret->flags & HAS_ITEMS &&
        !take_part(job, &c, 2, false, &part, "the shell items of a link are cut off"))
        return true;
    if (ret->flags & HAS_INFO) {
        if (!take_part(job, &c, 4, true, &part, "where a shell link leads is cut off"))
            return true;
        decode_info(job, part, ret);
    }
    if (take_strings(job, &c, ret))
        take_blocks(job, &c, ret);
    return true;
}

/* A slash is no part of a name here, so it stays what it is. */
void lnk_text(const struct lnk_string *string, struct text *out) {
    size_t width = string->wide ? 2 : 1, from = 0;
    struct span text = string->text;
    for (size_t at = 0; at <= text.size; at += width) {
        bool ends = text.size - at < width;
        bool slash = !ends && span_u8(text, at) == '/' && (width == 1 || span_u8(text, at + 1) == 0);
        if (!ends && !slash)
            continue;
        struct span part = span_part(text, from, (ends ? text.size : at) - from);
        if (string->wide)
            text_from_utf16(out, part);
        else
            text_from_latin(out, part);
        if (ends)
            return;
        text_char(out, '/');
        from = at + width;
    }
}
