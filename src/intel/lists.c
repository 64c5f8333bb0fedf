#include "intel/lists.h"

static const size_t sizes[LISTS_DIGESTS] = {16, 20, 32, 20, 32};

size_t lists_digest_size(enum lists_digest digest) {
    return sizes[digest];
}

const char *lists_kind_word(enum lists_kind kind) {
    static const char *const words[] = {"indicator",        "vulnerable driver",
                                        "malicious driver", "driver loader's driver",
                                        "known software",   "library"};
    return (unsigned)kind < LISTS_KINDS ? words[kind] : "?";
}

static size_t width(size_t section) {
    if (section == 0)
        return LISTS_LIST;
    if (section == 1)
        return LISTS_ENTRY;
    if (section < 2 + LISTS_DIGESTS)
        return sizes[section - 2] + 8;
    return section == 2 + LISTS_DIGESTS ? LISTS_NAME : 1;
}

static struct span *section_of(struct lists *lists, size_t section) {
    if (section == 0)
        return &lists->list;
    if (section == 1)
        return &lists->entry;
    if (section < 2 + LISTS_DIGESTS)
        return &lists->digest[section - 2];
    return section == 2 + LISTS_DIGESTS ? &lists->name : &lists->pool;
}

bool lists_open(struct span bytes, struct lists *ret, const char **why) {
    struct cursor header = cursor_of(span_clip(bytes, 0, LISTS_HEADER));
    struct cursor rest = cursor_of(span_from(bytes, LISTS_HEADER));
    *ret = (struct lists){0};
    *why = "is no compiled list";
    if (!span_starts(bytes, LISTS_MAGIC, 8) || bytes.size < LISTS_HEADER)
        return false;
    cursor_skip(&header, 8);
    *why = "is a compiled list of another version; add its lists anew";
    if (cursor_u32(&header) != LISTS_VERSION)
        return false;
    *why = "is a compiled list that is not whole";
    for (size_t i = 0; i < LISTS_SECTIONS; i++)
        *section_of(ret, i) = cursor_take(&rest, (uint64_t)cursor_u32(&header) * width(i));
    struct span pool = ret->pool;
    return !rest.torn && cursor_left(&rest) == 0 && pool.size > 0 && span_u8(pool, 0) == 0 &&
           span_u8(pool, pool.size - 1) == 0;
}

/* --- rows --- */

static struct cursor row(struct span section, size_t size, size_t number) {
    return cursor_of(span_part(section, (uint64_t)number * size, size));
}

/* The pool ends with NUL, so a text that begins inside ends inside. */
static const char *text_at(const struct lists *lists, uint32_t at) {
    return at < lists->pool.size ? (const char *)lists->pool.data + at : "";
}

size_t lists_count(const struct lists *lists) {
    return lists->list.size / LISTS_LIST;
}

size_t lists_entry_count(const struct lists *lists) {
    return lists->entry.size / LISTS_ENTRY;
}

size_t lists_name_count(const struct lists *lists) {
    return lists->name.size / LISTS_NAME;
}

size_t lists_digest_count(const struct lists *lists, enum lists_digest digest) {
    return lists->digest[digest].size / (sizes[digest] + 8);
}

void lists_list(const struct lists *lists, size_t number, struct lists_list *ret) {
    struct cursor c = row(lists->list, LISTS_LIST, number);
    *ret = (struct lists_list){0};
    ret->name = text_at(lists, cursor_u32(&c));
    ret->file = text_at(lists, cursor_u32(&c));
    ret->format = text_at(lists, cursor_u32(&c));
    ret->date = text_at(lists, cursor_u32(&c));
    ret->entries = cursor_u32(&c);
    ret->samples = cursor_u32(&c);
    ret->digests = cursor_u32(&c);
    ret->names = cursor_u32(&c);
    ret->passed = cursor_u32(&c);
    span_copy(cursor_take(&c, sizeof ret->sha256), ret->sha256, sizeof ret->sha256);
}

void lists_entry(const struct lists *lists, size_t number, struct lists_entry *ret) {
    struct cursor c = row(lists->entry, LISTS_ENTRY, number);
    *ret = (struct lists_entry){.list = cursor_u32(&c)};
    unsigned kind = cursor_u8(&c), severity = cursor_u8(&c);
    ret->kind = kind < LISTS_KINDS ? (enum lists_kind)kind : LISTS_KNOWN;
    ret->severity = severity <= SEVERITY_CRITICAL ? (enum severity)severity : SEVERITY_INFO;
    ret->flags = cursor_u16(&c);
    ret->id = text_at(lists, cursor_u32(&c));
    ret->what = text_at(lists, cursor_u32(&c));
    ret->date = text_at(lists, cursor_u32(&c));
    ret->source = text_at(lists, cursor_u32(&c));
}

void lists_name(const struct lists *lists, size_t number, struct lists_name *ret) {
    struct cursor c = row(lists->name, LISTS_NAME, number);
    struct lists_list list;
    *ret = (struct lists_name){0};
    lists_entry(lists, c.span.size ? cursor_u32(&c) : SIZE_MAX, &ret->entry);
    ret->pattern = text_at(lists, cursor_u32(&c));
    ret->except = text_at(lists, cursor_u32(&c));
    ret->number = cursor_u32(&c);
    ret->score = cursor_u16(&c);
    unsigned flags = cursor_u16(&c), role = flags >> LISTS_ROLE_SHIFT;
    ret->either_case = flags & LISTS_EITHER_CASE;
    ret->network = flags & LISTS_NETWORK;
    ret->role = role < LISTS_ROLES ? (enum lists_role)role : LISTS_PATTERN;
    lists_list(lists, ret->entry.list, &list);
    ret->list = list.name;
    ret->list_date = list.date;
}

struct span lists_value(const struct lists *lists, enum lists_digest digest, size_t number) {
    struct cursor c = row(lists->digest[digest], sizes[digest] + 8, number);
    return cursor_take(&c, sizes[digest]);
}

void lists_hit(const struct lists *lists, enum lists_digest digest, size_t number, struct lists_hit *ret) {
    struct cursor c = row(lists->digest[digest], sizes[digest] + 8, number);
    struct lists_list list;
    *ret = (struct lists_hit){0};
    cursor_skip(&c, sizes[digest]);
    lists_entry(lists, c.torn ? SIZE_MAX : cursor_u32(&c), &ret->entry);
    uint32_t numbered = cursor_u32(&c);
    ret->number = numbered & ~LISTS_HVCI;
    ret->hvci = numbered & LISTS_HVCI;
    lists_list(lists, ret->entry.list, &list);
    ret->list = list.name;
    ret->list_date = list.date;
}

size_t lists_find(const struct lists *lists, enum lists_digest digest, struct span value, size_t *first) {
    size_t low = 0, high = lists_digest_count(lists, digest), all = high, count = 0;
    *first = 0;
    if (value.size != sizes[digest])
        return 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(lists_value(lists, digest, middle).data, value.data, value.size) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low + count < all && span_equal(lists_value(lists, digest, low + count), value))
        count++;
    return count;
}

/* --- whether it makes sense --- */

static bool texts_sound(struct span pool) {
    for (size_t at = 0; at < pool.size;) {
        const char *text = (const char *)pool.data + at;
        size_t size = strnlen(text, pool.size - at);
        if (size > LISTS_TEXT || !text_valid(text, size))
            return false;
        at += size + 1;
    }
    return true;
}

/* Is every text number of `count` cells a text's first byte? */
static bool starts_text(const struct lists *lists, struct cursor *c, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        uint32_t at = cursor_u32(c);
        good = good && at < lists->pool.size && (at == 0 || span_u8(lists->pool, at - 1) == 0);
    }
    return good;
}

static bool rows_sound(const struct lists *lists) {
    bool good = lists_count(lists) <= LISTS_MAX;
    for (size_t i = 0; good && i < lists_count(lists); i++) {
        struct cursor c = row(lists->list, LISTS_LIST, i);
        good = starts_text(lists, &c, 4);
    }
    for (size_t i = 0; good && i < lists_entry_count(lists); i++) {
        struct cursor c = row(lists->entry, LISTS_ENTRY, i);
        good = cursor_u32(&c) < lists_count(lists) && cursor_u8(&c) < LISTS_KINDS &&
               cursor_u8(&c) <= SEVERITY_CRITICAL && cursor_u16(&c) <= LISTS_HOST &&
               starts_text(lists, &c, 4);
    }
    for (size_t i = 0; good && i < lists_name_count(lists); i++) {
        struct cursor c = row(lists->name, LISTS_NAME, i);
        good = cursor_u32(&c) < lists_entry_count(lists) && starts_text(lists, &c, 2);
        cursor_skip(&c, 4 + 2);
        good = good && cursor_u16(&c) >> LISTS_ROLE_SHIFT < LISTS_ROLES;
    }
    return good;
}

static bool digests_sound(const struct lists *lists, enum lists_digest digest) {
    struct span before = span_of("", 0, 0);
    for (size_t i = 0; i < lists_digest_count(lists, digest); i++) {
        struct cursor c = row(lists->digest[digest], sizes[digest] + 8, i);
        struct span value = cursor_take(&c, sizes[digest]);
        if ((before.size > 0 && memcmp(before.data, value.data, value.size) > 0) ||
            cursor_u32(&c) >= lists_entry_count(lists))
            return false;
        before = value;
    }
    return true;
}

bool lists_sound(const struct lists *lists, const char **why) {
    bool good = texts_sound(lists->pool) && rows_sound(lists);
    for (int i = 0; good && i < LISTS_DIGESTS; i++)
        good = digests_sound(lists, (enum lists_digest)i);
    *why = good ? NULL : "is a compiled list that contradicts itself";
    return good;
}
