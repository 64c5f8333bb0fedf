#include "format/pe_mention.h"

#include <strings.h>

enum { SLOTS = 4 * PE_MENTIONS };

struct finder {
    struct job *job;
    struct span bytes;
    struct pe_mention *list;
    size_t count, found;
    bool cut;
    uint16_t slots[SLOTS]; /* number of a mention plus one; 0 is free */
};

static bool is_letter(unsigned c) {
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_word(unsigned c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_name(unsigned c) {
    return is_word(c) || c == '.' || c == '+';
}

/* The character `n` places behind `at`, of one or two bytes; 0 for the end and for what is not ASCII. */
static unsigned letter_at(struct span bytes, size_t at, size_t n, bool wide) {
    size_t place = at + (wide ? 2 * n : n);
    return wide && span_u8(bytes, place + 1) != 0 ? 0 : span_u8(bytes, place);
}

static bool is_ending(struct span bytes, size_t dot, bool wide) {
    static const char endings[][4] = {"dll", "ocx", "dat", "bin", "jat", "ico",
                                      "png", "jpg", "gif", "bmp", "exe"};
    unsigned a = letter_at(bytes, dot, 1, wide) | 32, b = letter_at(bytes, dot, 2, wide) | 32,
             c = letter_at(bytes, dot, 3, wide) | 32, next = letter_at(bytes, dot, 4, wide);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (a == (unsigned char)endings[i][0] && b == (unsigned char)endings[i][1] &&
            c == (unsigned char)endings[i][2])
            return !is_word(next) && !(next == '.' && is_word(letter_at(bytes, dot, 5, wide)));
    return false;
}

static uint32_t hash_of(const char *name, size_t size) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint32_t)((unsigned char)name[i] | 32)) * 16777619u;
    return hash;
}

static void add(struct finder *f, const char *name, size_t size, uint64_t offset, bool wide) {
    size_t slot = hash_of(name, size) % SLOTS;
    for (; f->slots[slot]; slot = (slot + 1) % SLOTS) {
        struct pe_mention *old = &f->list[f->slots[slot] - 1];
        if (strncasecmp(old->name, name, size) == 0 && old->name[size] == 0) {
            old->count++;
            return;
        }
    }
    char *copy = f->count < PE_MENTIONS ? job_alloc(f->job, size + 1, 1) : NULL;
    if (!copy) {
        f->cut = true;
        return;
    }
    span_copy(span_of(name, size, 0), copy, size);
    f->list[f->count++] = (struct pe_mention){copy, offset, 1, wide};
    f->slots[slot] = (uint16_t)f->count;
}

/* Goes back from the dot to where the name begins. */
static void take(struct finder *f, size_t dot, bool wide) {
    char name[PE_MENTION_NAME];
    size_t width = wide ? 2 : 1, before = 0;
    while (before < PE_MENTION_NAME && (before + 1) * width <= dot &&
           is_name(letter_at(f->bytes, dot - (before + 1) * width, 0, wide)))
        before++;
    size_t start = dot - before * width, size = before + 4;
    bool format = start >= width && letter_at(f->bytes, start - width, 0, wide) == '%';
    bool any = false;
    for (size_t i = 0; i < before; i++)
        any = any || is_letter(letter_at(f->bytes, start, i, wide));
    if (!any || format || size > PE_MENTION_NAME)
        return;
    for (size_t i = 0; i < size; i++)
        name[i] = (char)letter_at(f->bytes, start, i, wide);
    f->found++;
    add(f, name, size, f->bytes.offset + start, wide);
}

/* What the endings begin with, and what stands there in UTF-16: most dots are none of these. */
static bool may_begin(unsigned c) {
    c |= 32;
    return c == 'd' || c == 'o' || c == 32 || c == 'b' || c == 'j' || c == 'i' || c == 'p' || c == 'g' ||
           c == 'e';
}

void pe_mention_find(struct job *job, struct span bytes, struct pe_mentions *ret) {
    *ret = (struct pe_mentions){0};
    struct finder *f = job_alloc(job, 1, sizeof *f);
    struct pe_mention *list = job_alloc(job, PE_MENTIONS, sizeof *list);
    if (!f || !list)
        return;
    *f = (struct finder){.job = job, .bytes = bytes, .list = list};
    size_t at = 0;
    while (at < bytes.size && f->found < PE_MENTION_FOUND) {
        const uint8_t *dot = memchr(bytes.data + at, '.', bytes.size - at);
        if (!dot)
            break;
        at = (size_t)(dot - bytes.data);
        unsigned next = span_u8(bytes, at + 1);
        if (may_begin(next) && is_ending(bytes, at, next == 0))
            take(f, at, next == 0);
        at++;
    }
    *ret = (struct pe_mentions){list, f->count, f->cut || f->found == PE_MENTION_FOUND};
}
