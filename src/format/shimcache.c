#include "format/shimcache.h"

enum {
    MAGIC_XP = (int)0xdeadbeef,
    MAGIC_2003 = (int)0xbadc0ffe,
    MAGIC_7 = (int)0xbadc0fee,
    HEADER_XP = 400,
    HEADER_2003 = 8,
    HEADER_8 = 128, /* of 7, 8 and 8.1 */
    HEADER_10 = 48,
    HEADER_10_LATER = 52, /* from 10 1703 on */
    ENTRY_XP = 552,
    PATH_XP = 528,
    FLAGS_MOST = 3 /* flags of Vista; as a size it is more for any program */
};

const char *shimcache_layout_word(enum shimcache_layout layout) {
    static const char *const words[] = {"xp", "2003", "vista", "7", "8", "8.1", "10"};
    return (unsigned)layout <= SHIMCACHE_10 ? words[layout] : "?";
}

static uint32_t u32_at(struct span span, uint64_t at) {
    struct cursor c = cursor_of(span_from(span, at));
    return cursor_u32(&c);
}

static uint64_t entry_size(const struct shimcache *cache) {
    if (cache->layout == SHIMCACHE_XP)
        return ENTRY_XP;
    if (cache->layout == SHIMCACHE_7)
        return cache->wide ? 48 : 32;
    return cache->wide ? 32 : 24;
}

/* In an entry of a 64-bit system padding stands where that of a 32-bit system has an offset, which is never
 * 0. */
static void open_table(struct shimcache *cache, enum shimcache_layout layout, uint32_t header) {
    struct span first = span_clip(cache->value, header, 8);
    cache->layout = layout;
    cache->at = header;
    cache->declared = u32_at(cache->value, 4);
    cache->wide = first.size == 8 && u32_at(first, 4) == 0;
}

/* The same eight bytes are a size or two flags; nothing else tells the two layouts apart. */
static void tell_2003_from_vista(struct shimcache *cache) {
    uint64_t step = entry_size(cache), place = cache->wide ? 24 : 16;
    cache->layout = SHIMCACHE_VISTA;
    for (uint32_t i = 0; i < cache->declared && i < SHIMCACHE_ENTRIES; i++)
        if (u32_at(span_part(cache->value, cache->at + i * step, step), place) > FLAGS_MOST)
            cache->layout = SHIMCACHE_2003;
}

static bool open_list(struct shimcache *cache, uint32_t header) {
    struct span mark = span_part(cache->value, header, 4);
    bool empty = cache->value.size == header;
    if (header == HEADER_8)
        cache->layout = span_starts(mark, "00ts", 4) ? SHIMCACHE_8 : SHIMCACHE_81;
    else
        cache->layout = SHIMCACHE_10;
    cache->at = header;
    cache->declared = header == HEADER_8 ? UINT32_MAX : u32_at(cache->value, header == HEADER_10 ? 36 : 40);
    return empty || span_starts(mark, "10ts", 4) || (header == HEADER_8 && span_starts(mark, "00ts", 4));
}

bool shimcache_open(struct job *job, struct span value, struct shimcache *ret) {
    struct shimcache cache = {.job = job, .value = value};
    struct cursor c = cursor_of(value);
    uint32_t first = cursor_u32(&c);
    bool known = true;
    (void)cursor_u32(&c);
    if (c.torn)
        return job_fail(job, FAULT_TORN, value.offset, "an application compatibility cache without a header");
    if (first == (uint32_t)MAGIC_XP)
        open_table(&cache, SHIMCACHE_XP, HEADER_XP);
    else if (first == (uint32_t)MAGIC_7)
        open_table(&cache, SHIMCACHE_7, HEADER_8);
    else if (first == (uint32_t)MAGIC_2003) {
        open_table(&cache, SHIMCACHE_2003, HEADER_2003);
        tell_2003_from_vista(&cache);
    } else
        known =
            (first == HEADER_8 || first == HEADER_10 || first == HEADER_10_LATER) && open_list(&cache, first);
    if (!known)
        return job_fail(job, FAULT_UNSUPPORTED, value.offset,
                        "an application compatibility cache of an unknown layout");
    *ret = cache;
    return true;
}

static struct span path_of(struct span path) {
    return span_clip(path, 0, path.size < SHIMCACHE_PATH ? path.size / 2 * 2 : SHIMCACHE_PATH);
}

/* Up to its NUL: what follows is left of others. */
static struct span until_nul(struct span utf16) {
    size_t size = 0;
    while (size + 1 < utf16.size && (utf16.data[size] || utf16.data[size + 1]))
        size += 2;
    return span_clip(utf16, 0, size);
}

static void read_xp(struct span entry, struct shimcache_entry *ret) {
    struct cursor c = cursor_of(span_from(entry, PATH_XP));
    ret->path = path_of(until_nul(span_clip(entry, 0, PATH_XP)));
    ret->modified = cursor_u64(&c);
    ret->size = cursor_u64(&c);
    ret->updated = cursor_u64(&c);
    ret->has_size = true;
}

/* False if its path lies elsewhere than in the value. */
static bool read_table(const struct shimcache *cache, struct span entry, struct shimcache_entry *ret) {
    struct cursor c = cursor_of(entry);
    uint16_t size = cursor_u16(&c);
    cursor_skip(&c, cache->wide ? 6 : 2);
    uint64_t at = cache->wide ? cursor_u64(&c) : cursor_u32(&c);
    ret->modified = cursor_u64(&c);
    ret->has_size = cache->layout == SHIMCACHE_2003;
    ret->has_flags = !ret->has_size;
    if (ret->has_size)
        ret->size = cursor_u64(&c);
    else
        ret->flags = cursor_u32(&c);
    ret->path = path_of(span_part(cache->value, at, size));
    return span_holds(cache->value, at, size);
}

static bool next_of_table(struct shimcache *cache, struct shimcache_entry *ret) {
    uint64_t size = entry_size(cache);
    while (cache->number < cache->declared) {
        struct shimcache_entry entry = {.offset = cache->at};
        struct span bytes = span_part(cache->value, cache->at, size);
        if (bytes.size < size) {
            job_note(cache->job, FAULT_TORN, cache->value.offset + cache->value.size,
                     "an application compatibility cache with fewer entries than it says");
            cache->number = cache->declared;
            return false;
        }
        cache->at += size;
        cache->number++;
        bool good = true;
        if (cache->layout == SHIMCACHE_XP)
            read_xp(bytes, &entry);
        else
            good = read_table(cache, bytes, &entry);
        if (good) {
            *ret = entry;
            return true;
        }
        job_note(cache->job, FAULT_BAD, bytes.offset,
                 "an entry of the application compatibility cache whose path lies outside of it");
    }
    return false;
}

/* What is in an entry behind its path. Packages of programs from the store come before the flags. */
static void read_list(const struct shimcache *cache, struct cursor *c, struct shimcache_entry *ret) {
    if (cache->layout != SHIMCACHE_10) {
        cursor_skip(c, cursor_u16(c));
        ret->flags = cursor_u32(c);
        cursor_skip(c, 4);
        ret->has_flags = true;
    }
    ret->modified = cursor_u64(c);
}

static bool next_of_list(struct shimcache *cache, struct shimcache_entry *ret) {
    const char *mark = cache->layout == SHIMCACHE_8 ? "00ts" : "10ts";
    while (cache->at < cache->value.size) {
        struct shimcache_entry entry = {.offset = cache->at};
        struct cursor c = cursor_of(span_from(cache->value, cache->at));
        bool marked = span_starts(c.span, mark, 4);
        cursor_skip(&c, 8);
        struct span body = cursor_take(&c, cursor_u32(&c));
        if (!marked && span_is_zero(c.span))
            break; /* room that is not used */
        if (c.torn || !marked) {
            job_note(cache->job, marked ? FAULT_TORN : FAULT_BAD, c.span.offset,
                     "an application compatibility cache whose entries do not follow each other");
            cache->at = cache->value.size;
            return false;
        }
        cache->at += c.at;
        cache->number++;
        struct cursor inner = cursor_of(body);
        entry.path = path_of(cursor_take(&inner, cursor_u16(&inner)));
        read_list(cache, &inner, &entry);
        if (!inner.torn) {
            *ret = entry;
            return true;
        }
        job_note(cache->job, FAULT_BAD, body.offset,
                 "an entry of the application compatibility cache that is too small for its path");
    }
    return false;
}

bool shimcache_next(struct shimcache *cache, struct shimcache_entry *ret) {
    if (cache->number >= SHIMCACHE_ENTRIES) {
        bool more =
            cache->layout > SHIMCACHE_7 ? cache->at < cache->value.size : cache->number < cache->declared;
        if (more)
            job_note(cache->job, FAULT_LIMIT, cache->value.offset + cache->at,
                     "an application compatibility cache with more entries than are read");
        return false;
    }
    return cache->layout > SHIMCACHE_7 ? next_of_list(cache, ret) : next_of_table(cache, ret);
}
