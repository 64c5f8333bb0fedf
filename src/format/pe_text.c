#include "format/pe_text.h"

#include "format/api.h"
#include "format/pe_text_find.h"

#include <stdlib.h>

enum {
    SHORTEST = 6,              /* characters of a text */
    CARRY = 4 * PE_TEXT_PIECE, /* bytes at the end that are looked at with what follows */
    LEFT = 16,                 /* bytes of what has been looked at that are kept before them */
    PIECE = 128 << 10,         /* bytes that are looked at in turn */
    ROOM = LEFT + CARRY + PIECE,
    ITEMS = 16384,
    SLOTS = 4 * ITEMS,
    NUMBERS = 8192, /* slots: more than twice as many as there are numbers */
    FILTER = 1 << 18,
    CONSTANT = 64 /* bytes of the longest constant */
};

static const size_t most[PE_TEXT_CLASSES] = {4096, 1024, 4096, 4096, 1024, 512, 512, 128};

/* Beginnings of tables, as they lie in memory (docs/format/pe_text.md). */
static const struct constant {
    const char *name, *bytes;
    size_t size;
} constants[] = {
    {"aes-sbox", "\x63\x7c\x77\x7b\xf2\x6b\x6f\xc5\x30\x01\x67\x2b\xfe\xd7\xab\x76", 16},
    {"aes-inverse-sbox", "\x52\x09\x6a\xd5\x30\x36\xa5\x38\xbf\x40\xa3\x9e\x81\xf3\xd7\xfb", 16},
    {"aes-round-table", "\xa5\x63\x63\xc6\x84\x7c\x7c\xf8\x99\x77\x77\xee\x8d\x7b\x7b\xf6", 16},
    {"aes-round-table", "\xa5\x63\x63\xc6\xa5\x63\x63\xc6\x84\x7c\x7c\xf8\x84\x7c\x7c\xf8", 16},
    {"sha256-k", "\x98\x2f\x8a\x42\x91\x44\x37\x71\xcf\xfb\xc0\xb5\xa5\xdb\xb5\xe9", 16},
    {"sha256-k", "\x42\x8a\x2f\x98\x71\x37\x44\x91\xb5\xc0\xfb\xcf\xe9\xb5\xdb\xa5", 16},
    {"sha256-initial", "\x67\xe6\x09\x6a\x85\xae\x67\xbb\x72\xf3\x6e\x3c\x3a\xf5\x4f\xa5", 16},
    {"sha512-k", "\x22\xae\x28\xd7\x98\x2f\x8a\x42\xcd\x65\xef\x23\x91\x44\x37\x71", 16},
    {"md5-k", "\x78\xa4\x6a\xd7\x56\xb7\xc7\xe8\xdb\x70\x20\x24\xee\xce\xbd\xc1", 16},
    {"crc32-table", "\x96\x30\x07\x77\x2c\x61\x0e\xee\xba\x51\x09\x99\x19\xc4\x6d\x07", 16},
    {"crc32c-table", "\x03\x83\x6b\xf2\xf7\x70\x3b\xe1\xf4\xf3\x50\x13\x1f\x97\x9a\xc7", 16},
    {"blowfish-p", "\x88\x6a\x3f\x24\xd3\x08\xa3\x85\x2e\x8a\x19\x13\x44\x73\x70\x03", 16},
    {"chacha-salsa", "expand 32-byte k", 16},
    {"chacha-salsa", "expand 16-byte k", 16},
    {"base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 64},
    {"base64-url", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 64},
};

enum { CONSTANTS = sizeof constants / sizeof constants[0] };

/* A number that is looked for: the first bytes of a constant, or of a name. */
struct number {
    uint32_t value;
    uint16_t api; /* one more than its place in api_at; 0: a constant */
    uint8_t kind; /* enum api_hash, or the constant */
    char form;    /* 'A', 'W' or 0 */
    bool used;
};

static struct number numbers[NUMBERS];
static uint8_t filter[FILTER / 8];
static bool ready;

struct hit {
    const struct number *number;
    uint64_t offset;
};

struct pe_text {
    struct job *job;
    const struct pe *pe;
    uint8_t *buffer;
    size_t used, from;            /* bytes in it; the first that was not looked at for numbers */
    size_t from_ascii, from_wide; /* the same for texts, which may reach further */
    uint64_t offset;              /* of buffer[0] in the file */
    struct pe_text_item *items;
    bool *gone; /* items that are not told after all */
    size_t count, kept[PE_TEXT_CLASSES];
    uint64_t more[PE_TEXT_CLASSES];
    uint16_t *slots; /* number of an item plus one; 0 is free */
    struct hit *hits;
    size_t hit_count;
    size_t text_at; /* of the text that is looked at, in the buffer */
    bool text_wide;
};

static uint32_t spread(uint32_t value) {
    return (value ^ value >> 15) * 0x9e3779b1u;
}

static void want(uint32_t value, uint16_t api, unsigned kind, char form) {
    size_t slot = spread(value) >> 7;
    for (slot %= NUMBERS; numbers[slot].used; slot = (slot + 1) % NUMBERS)
        if (numbers[slot].value == value && (api || numbers[slot].api))
            return;
    numbers[slot] = (struct number){value, api, (uint8_t)kind, form, true};
    uint32_t bit = spread(value) >> 14;
    filter[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void want_name(const struct api_name *api, uint16_t number, char form) {
    char name[API_LONGEST + 2];
    size_t size = strlen(api->name);
    for (size_t i = 0; i < size; i++)
        name[i] = api->name[i];
    name[size] = form;
    for (unsigned kind = 0; kind < API_HASHES; kind++)
        want(api_hash((enum api_hash)kind, name, size + (form != 0)), number, kind, form);
}

/* Once in a process; the tables do not change afterwards. */
static void prepare(void) {
    if (ready)
        return;
    for (size_t i = 0; i < CONSTANTS; i++) {
        struct cursor c = cursor_of(span_of(constants[i].bytes, 4, 0));
        want(cursor_u32(&c), 0, (unsigned)i, 0);
    }
    for (size_t i = 0; i < api_count() && api_at(i)->name; i++) {
        want_name(api_at(i), (uint16_t)(i + 1), api_at(i)->forms == API_BOTH ? 'A' : 0);
        if (api_at(i)->forms == API_BOTH)
            want_name(api_at(i), (uint16_t)(i + 1), 'W');
    }
    ready = true;
}

struct pe_text *pe_text_open(struct job *job, const struct pe *pe) {
    prepare();
    struct pe_text *t = job_alloc(job, 1, sizeof *t);
    if (!t)
        return NULL;
    *t = (struct pe_text){.job = job, .pe = pe};
    t->buffer = job_alloc(job, ROOM, 1);
    t->items = job_alloc(job, ITEMS, sizeof *t->items);
    t->gone = job_alloc(job, ITEMS, sizeof *t->gone);
    t->slots = job_alloc(job, SLOTS, sizeof *t->slots);
    t->hits = job_alloc(job, PE_TEXT_HITS, sizeof *t->hits);
    return t->buffer && t->items && t->gone && t->slots && t->hits ? t : NULL;
}

/* --- values, each once --- */

static size_t slot_of(const struct pe_text *t, enum pe_text_class class, const char *value, size_t size,
                      const char *detail) {
    uint32_t hash = 2166136261u ^ (uint32_t) class;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)value[i]) * 16777619u;
    size_t slot = (hash ^ hash >> 16) % SLOTS;
    for (; t->slots[slot]; slot = (slot + 1) % SLOTS) {
        const struct pe_text_item *item = &t->items[t->slots[slot] - 1];
        if (item->class == class && strncmp(item->value, value, size) == 0 && item->value[size] == 0 &&
            (class != PE_TEXT_API_HASH || item->detail == detail))
            break;
    }
    return slot;
}

static void add(struct pe_text *t, const struct pe_text_item *found, const char *value, size_t size) {
    size_t slot = slot_of(t, found->class, value, size, found->detail);
    if (t->slots[slot]) {
        t->items[t->slots[slot] - 1].count++;
        return;
    }
    char *copy = t->kept[found->class] < most[found->class] ? job_alloc(t->job, size + 1, 1) : NULL;
    if (!copy) {
        t->more[found->class]++;
        return;
    }
    for (size_t i = 0; i < size; i++)
        copy[i] = value[i];
    struct pe_text_item *item = &t->items[t->count++];
    *item = *found;
    item->value = copy;
    item->count = 1;
    t->kept[found->class]++;
    t->slots[slot] = (uint16_t)t->count;
}

static void take(void *context, enum pe_text_class class, const char *value, size_t size, size_t at,
                 const char *detail) {
    struct pe_text *t = context;
    struct pe_text_item item = {.class = class,
                                .encoding = t->text_wide ? PE_TEXT_WIDE : PE_TEXT_ASCII,
                                .detail = detail,
                                .offset = t->offset + t->text_at + (t->text_wide ? 2 * at : at)};
    add(t, &item, value, size);
}

/* --- texts --- */

static bool is_text(uint8_t byte) {
    return (byte >= 32 && byte < 127) || byte == '\t';
}

/* How much of a long text is looked at: up to its last blank or quote. */
static size_t piece_of(const char *text, size_t size) {
    size_t end = size;
    while (end > size / 2 && !strchr(" \t\"'<>,;(){}", text[end - 1]))
        end--;
    return end > size / 2 ? end : size;
}

/* A text at `at`, of at most `end - at` bytes: how many bytes of it were looked at. */
static size_t look(struct pe_text *t, size_t at, size_t end, bool wide) {
    char text[PE_TEXT_PIECE + 1];
    size_t size = 0, width = wide ? 2 : 1;
    const uint8_t *bytes = t->buffer;
    while (size < PE_TEXT_PIECE && at + (size + 1) * width <= end && is_text(bytes[at + size * width]) &&
           (!wide || bytes[at + size * width + 1] == 0)) {
        text[size] = (char)bytes[at + size * width];
        size++;
    }
    text[size] = 0;
    if (size == PE_TEXT_PIECE)
        size = piece_of(text, size);
    if (size >= SHORTEST) {
        t->text_at = at;
        t->text_wide = wide;
        pe_text_find(text, size, take, t);
    }
    return size * width;
}

/* Goes on in steps that no text is shorter than. `from` is where a text may begin, `limit` where none begins.
 */
static size_t look_ascii(struct pe_text *t, size_t from, size_t limit, size_t end) {
    size_t at = from;
    while (at < limit) {
        size_t probe = at + SHORTEST - 1;
        if (probe >= end)
            return limit;
        if (!is_text(t->buffer[probe])) {
            at = probe + 1;
            continue;
        }
        while (probe > at && is_text(t->buffer[probe - 1]))
            probe--;
        if (probe >= limit)
            return probe;
        size_t used = look(t, probe, end, false);
        at = probe + (used > 0 ? used : 1);
    }
    return at;
}

static bool is_wide(const uint8_t *at) {
    return at[1] == 0 && is_text(at[0]);
}

static size_t look_wide(struct pe_text *t, size_t from, size_t limit, size_t end) {
    size_t at = from;
    const uint8_t *bytes = t->buffer;
    while (at < limit) {
        size_t probe = at + 2 * (SHORTEST - 1);
        if (probe + 2 > end)
            return limit;
        if (!is_wide(bytes + probe))
            probe--; /* the other half of a unit */
        if (!is_wide(bytes + probe)) {
            at = probe + 1;
            continue;
        }
        while (probe >= at + 2 && is_wide(bytes + probe - 2))
            probe -= 2;
        if (probe >= limit)
            return probe;
        size_t used = look(t, probe, end, true);
        at = probe + (used > 0 ? used : 1);
    }
    return at;
}

/* --- numbers --- */

static void found_number(struct pe_text *t, const struct number *number, size_t at, size_t end) {
    if (number->api) {
        if (t->hit_count < PE_TEXT_HITS)
            t->hits[t->hit_count++] = (struct hit){number, t->offset + at};
        else
            t->more[PE_TEXT_API_HASH]++;
        return;
    }
    for (size_t i = 0; i < CONSTANTS; i++) {
        const struct constant *constant = &constants[i];
        if (end - at < constant->size || memcmp(t->buffer + at, constant->bytes, constant->size) != 0)
            continue;
        struct pe_text_item item = {
            .class = PE_TEXT_CONSTANT, .encoding = PE_TEXT_NUMBER, .offset = t->offset + at};
        add(t, &item, constant->name, strlen(constant->name));
        return;
    }
}

static void look_numbers(struct pe_text *t, size_t from, size_t limit, size_t end) {
    const uint8_t *bytes = t->buffer;
    for (size_t at = from; at < limit && at + 4 <= end; at++) {
        uint32_t value = (uint32_t)bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 |
                         (uint32_t)bytes[at + 3] << 24;
        uint32_t mixed = spread(value), bit = mixed >> 14;
        if (!(filter[bit / 8] >> bit % 8 & 1))
            continue;
        for (size_t slot = (mixed >> 7) % NUMBERS; numbers[slot].used; slot = (slot + 1) % NUMBERS)
            if (numbers[slot].value == value) {
                found_number(t, &numbers[slot], at, end);
                break;
            }
    }
}

/* --- pieces --- */

/* Looks at what begins before the last CARRY bytes, at all of it if it is `last`. */
static void look_at(struct pe_text *t, bool last) {
    size_t end = t->used, limit = last ? end : end > CARRY ? end - CARRY : 0;
    if (limit <= t->from)
        return;
    look_numbers(t, t->from, limit, end);
    t->from_ascii = look_ascii(t, t->from_ascii, limit, end);
    t->from_wide = look_wide(t, t->from_wide, limit, end);
    size_t keep = limit > LEFT ? limit - LEFT : 0;
    for (size_t i = keep; i < end; i++)
        t->buffer[i - keep] = t->buffer[i];
    t->used = end - keep;
    t->from = limit - keep;
    t->from_ascii = (t->from_ascii > limit ? t->from_ascii : limit) - keep;
    t->from_wide = (t->from_wide > limit ? t->from_wide : limit) - keep;
    t->offset += keep;
}

static void add_bytes(struct pe_text *t, struct span bytes) {
    for (size_t at = 0; at < bytes.size;) {
        if (t->used == 0)
            t->offset = bytes.offset + at;
        size_t n = span_copy(span_from(bytes, at), t->buffer + t->used, ROOM - t->used);
        t->used += n;
        at += n;
        if (t->used == ROOM)
            look_at(t, false);
    }
}

static void flush(struct pe_text *t) {
    look_at(t, true);
    t->used = t->from = t->from_ascii = t->from_wide = 0;
}

void pe_text_add(struct pe_text *t, struct span bytes) {
    uint64_t start = t->pe->table_offset, end = start + t->pe->table_size;
    if (t->pe->table_size == 0 || start >= bytes.offset + bytes.size || end <= bytes.offset) {
        add_bytes(t, bytes);
        return;
    }
    if (start > bytes.offset)
        add_bytes(t, span_part(bytes, 0, start - bytes.offset));
    flush(t); /* what is before the table does not go on behind it */
    if (end < bytes.offset + bytes.size)
        add_bytes(t, span_from(bytes, end - bytes.offset));
}

/* --- what is told in the end --- */

static void forget(struct pe_text *t, enum pe_text_class class, const char *name) {
    size_t slot = name ? slot_of(t, class, name, strlen(name), NULL) : 0;
    if (name && t->slots[slot])
        t->gone[t->slots[slot] - 1] = true;
}

/* Functions that it says itself that it uses or has. */
static void forget_said(struct pe_text *t) {
    const struct pe_imports *imports = &t->pe->imports;
    for (size_t i = 0; i < imports->dll_count; i++)
        for (size_t j = 0; j < imports->dlls[i].function_count; j++)
            forget(t, PE_TEXT_API, imports->dlls[i].functions[j].name);
    for (size_t i = 0; i < t->pe->exports.count; i++)
        forget(t, PE_TEXT_API, t->pe->exports.names[i].name);
}

/* Whether several numbers of the same kind, of different names, lie near the one at `at`. */
static bool has_company(const struct pe_text *t, size_t at) {
    const struct hit *hit = &t->hits[at];
    uint16_t others[PE_TEXT_SEVERAL] = {hit->number->api};
    size_t count = 1, low = at;
    while (low > 0 && hit->offset - t->hits[low - 1].offset <= PE_TEXT_NEAR)
        low--;
    for (size_t i = low; i < t->hit_count && count < PE_TEXT_SEVERAL; i++) {
        const struct hit *other = &t->hits[i];
        if (other->offset > hit->offset && other->offset - hit->offset > PE_TEXT_NEAR)
            break;
        bool known = other->number->kind != hit->number->kind;
        for (size_t k = 0; k < count; k++)
            known = known || others[k] == other->number->api;
        if (!known)
            others[count++] = other->number->api;
    }
    return count == PE_TEXT_SEVERAL;
}

static void add_hits(struct pe_text *t) {
    for (size_t i = 0; i < t->hit_count; i++) {
        const struct number *number = t->hits[i].number;
        const struct api_name *api = api_at(number->api - (size_t)1);
        char name[API_LONGEST + 2];
        if (!api || !has_company(t, i))
            continue;
        int size = snprintf(name, sizeof name, "%s%.1s", api->name, number->form ? &number->form : "");
        struct pe_text_item item = {.class = PE_TEXT_API_HASH,
                                    .encoding = PE_TEXT_NUMBER,
                                    .detail = api_hash_word((enum api_hash)number->kind),
                                    .offset = t->hits[i].offset};
        add(t, &item, name, (size_t)size);
    }
}

static int by_class(const void *a, const void *b) {
    const struct pe_text_item *x = a, *y = b;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return strcmp(x->value, y->value);
}

void pe_text_end(struct pe_text *t, struct pe_texts *ret) {
    size_t kept = 0;
    flush(t);
    forget_said(t);
    add_hits(t);
    for (size_t i = 0; i < t->count; i++)
        if (!t->gone[i])
            t->items[kept++] = t->items[i];
    qsort(t->items, kept, sizeof *t->items, by_class);
    *ret = (struct pe_texts){.list = t->items, .count = kept};
    for (size_t i = 0; i < PE_TEXT_CLASSES; i++)
        ret->more[i] = t->more[i];
}

size_t pe_text_most(enum pe_text_class class) {
    return (unsigned)class < PE_TEXT_CLASSES ? most[class] : 0;
}

const char *pe_text_class_word(enum pe_text_class class) {
    static const char *const words[] = {"url",      "address", "domain",   "path",
                                        "registry", "api",     "api-hash", "constant"};
    return (unsigned)class < PE_TEXT_CLASSES ? words[class] : "?";
}

const char *pe_text_encoding_word(enum pe_text_encoding encoding) {
    static const char *const words[] = {"ascii", "utf-16", "number"};
    return (unsigned)encoding <= PE_TEXT_NUMBER ? words[encoding] : "?";
}
