#include "intel/lists_build.h"

#include "base/filetime.h"
#include "base/wire.h"

static const size_t first_slots = 1024;

void lists_build_free(struct lists_build *build) {
    text_free(&build->list);
    text_free(&build->entry);
    for (int i = 0; i < LISTS_DIGESTS; i++)
        text_free(&build->digest[i]);
    text_free(&build->name);
    text_free(&build->pool);
    free(build->slots);
    *build = (struct lists_build){0};
}

/* --- texts, each once --- */

static uint64_t hash_of(const char *text, size_t size) {
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
    return hash;
}

static uint32_t *slot_of(const struct lists_build *build, const char *text, size_t size) {
    size_t at = (size_t)hash_of(text, size) & (build->slot_count - 1);
    for (; build->slots[at]; at = (at + 1) & (build->slot_count - 1)) {
        const char *there = build->pool.data + build->slots[at];
        if (strncmp(there, text, size) == 0 && there[size] == 0)
            break;
    }
    return &build->slots[at];
}

static bool more_slots(struct lists_build *build) {
    struct lists_build old = *build;
    build->slot_count = old.slot_count ? 2 * old.slot_count : first_slots;
    build->slots = calloc(build->slot_count, sizeof *build->slots);
    if (!build->slots) {
        build->slots = old.slots;
        build->slot_count = old.slot_count;
        return false;
    }
    for (size_t i = 0; i < old.slot_count; i++)
        if (old.slots[i])
            *slot_of(build, old.pool.data + old.slots[i], strlen(old.pool.data + old.slots[i])) =
                old.slots[i];
    free(old.slots);
    return true;
}

/* As much of it as there is room for, without a part of a character. */
static size_t cut(const char *text) {
    size_t size = strnlen(text, LISTS_TEXT);
    while (size > 0 && !text_valid(text, size))
        size--;
    return size;
}

static uint32_t intern(struct lists_build *build, const char *text) {
    size_t size = text ? cut(text) : 0;
    if (build->pool.size == 0)
        text_char(&build->pool, 0);
    if (size == 0 || build->full)
        return 0;
    if (2 * build->texts >= build->slot_count && !more_slots(build)) {
        build->full = true;
        return 0;
    }
    uint32_t *slot = slot_of(build, text, size);
    if (*slot)
        return *slot;
    *slot = (uint32_t)build->pool.size;
    build->texts++;
    text_bytes(&build->pool, text, size);
    text_char(&build->pool, 0);
    build->full = build->full || build->pool.full;
    return *slot;
}

/* --- rows --- */

static void end_list(struct lists_build *build) {
    const struct lists_list *list = &build->now;
    if (!build->open)
        return;
    uint32_t texts[4] = {intern(build, list->name), intern(build, list->file), intern(build, list->format),
                         intern(build, build->newest[0] ? build->newest : list->date)};
    for (int i = 0; i < 4; i++)
        wire_u32(&build->list, texts[i]);
    wire_u32(&build->list, list->entries);
    wire_u32(&build->list, list->samples);
    wire_u32(&build->list, list->digests);
    wire_u32(&build->list, list->names);
    wire_u32(&build->list, list->passed);
    text_bytes(&build->list, list->sha256, sizeof list->sha256);
    build->lists++;
    build->open = false;
}

void lists_build_list(struct lists_build *build, const struct lists_list *list) {
    end_list(build);
    build->now = *list;
    build->now.entries = build->now.samples = build->now.digests = build->now.names = build->now.passed = 0;
    build->open = true;
    build->newest[0] = 0;
    build->full = build->full || build->lists == LISTS_MAX;
}

/* A date that no calendar has is none. */
static void keep_newest(struct lists_build *build, const char *date) {
    char time[32];
    uint64_t day;
    if (!date || strlen(date) != 10 || strcmp(date, build->newest) <= 0)
        return;
    snprintf(time, sizeof time, "%sT00:00:00Z", date);
    if (filetime_parse(time, &day))
        memcpy(build->newest, date, sizeof build->newest);
}

uint32_t lists_build_entry(struct lists_build *build, const struct lists_entry *entry) {
    struct text row = {0};
    wire_u32(&row, build->lists);
    wire_u8(&row, (uint8_t)entry->kind);
    wire_u8(&row, (uint8_t)entry->severity);
    wire_u8(&row, (uint8_t)entry->flags);
    wire_u8(&row, 0);
    wire_u32(&row, intern(build, entry->id));
    wire_u32(&row, intern(build, entry->what));
    wire_u32(&row, intern(build, entry->date));
    wire_u32(&row, intern(build, entry->source));
    build->full = build->full || row.full || build->entries == UINT32_MAX;
    bool again = build->now.entries > 0 && !build->full &&
                 memcmp(build->entry.data + build->entry.size - LISTS_ENTRY, row.data, LISTS_ENTRY) == 0;
    if (!again && !build->full) {
        text_bytes(&build->entry, row.data, row.size);
        build->entries++;
        build->now.entries++;
        keep_newest(build, entry->date);
    }
    text_free(&row);
    return build->entries - (build->entries > 0);
}

void lists_build_digest(struct lists_build *build, enum lists_digest digest, struct span value,
                        uint32_t entry, uint32_t number) {
    struct text *rows = &build->digest[digest];
    if (build->full || value.size != lists_digest_size(digest))
        return;
    text_bytes(rows, value.data, value.size);
    wire_u32(rows, entry);
    wire_u32(rows, number);
    build->now.digests++;
    build->full = rows->full;
}

void lists_build_name(struct lists_build *build, const struct lists_name *name, uint32_t entry) {
    wire_u32(&build->name, entry);
    wire_u32(&build->name, intern(build, name->pattern));
    wire_u32(&build->name, intern(build, name->except));
    wire_u32(&build->name, name->number);
    uint32_t flags = (name->either_case ? LISTS_EITHER_CASE : 0u) | (name->network ? LISTS_NETWORK : 0u) |
                     (uint32_t)name->role << LISTS_ROLE_SHIFT;
    wire_u32(&build->name, (name->score & 0xffff) | flags << 16);
    build->now.names++;
    build->full = build->full || build->name.full;
}

void lists_build_sample(struct lists_build *build) {
    build->now.samples++;
}

void lists_build_passed(struct lists_build *build) {
    build->now.passed++;
}

/* --- from one compiled file into another --- */

static void copy_rows(struct lists_build *build, const struct lists *from, uint32_t number,
                      const uint32_t *to) {
    for (int kind = 0; kind < LISTS_DIGESTS; kind++)
        for (size_t i = 0; i < lists_digest_count(from, (enum lists_digest)kind); i++) {
            size_t size = lists_digest_size((enum lists_digest)kind);
            struct cursor c = cursor_of(span_from(from->digest[kind], i * (size + 8)));
            struct span value = cursor_take(&c, size);
            uint32_t entry = cursor_u32(&c), numbered = cursor_u32(&c);
            struct lists_entry old;
            lists_entry(from, entry, &old);
            if (entry < lists_entry_count(from) && old.list == number)
                lists_build_digest(build, (enum lists_digest)kind, value, to[entry], numbered);
        }
    for (size_t i = 0; i < lists_name_count(from); i++) {
        struct cursor c = cursor_of(span_from(from->name, i * LISTS_NAME));
        uint32_t entry = cursor_u32(&c);
        struct lists_name name;
        lists_name(from, i, &name);
        if (entry < lists_entry_count(from) && name.entry.list == number)
            lists_build_name(build, &name, to[entry]);
    }
}

void lists_build_copy(struct lists_build *build, const struct lists *from, uint32_t number) {
    struct lists_list list;
    lists_list(from, number, &list);
    lists_build_list(build, &list);
    uint32_t *to = calloc(lists_entry_count(from) + 1, sizeof *to);
    if (!to) {
        build->full = true;
        return;
    }
    for (size_t i = 0; i < lists_entry_count(from); i++) {
        struct lists_entry entry;
        lists_entry(from, i, &entry);
        if (entry.list == number)
            to[i] = lists_build_entry(build, &entry);
    }
    copy_rows(build, from, number, to);
    free(to);
    build->now.samples = list.samples;
    build->now.passed = list.passed;
}

/* --- writing --- */

#define ORDER(name, size)                                                                                    \
    static int name(const void *left, const void *right) {                                                   \
        return memcmp(left, right, (size) + 8);                                                              \
    }
ORDER(by_16, 16)
ORDER(by_20, 20)
ORDER(by_32, 32)
#undef ORDER

static void sort(struct text *rows, size_t size) {
    if (rows->size > 0)
        qsort(rows->data, rows->size / (size + 8), size + 8, size == 16 ? by_16 : size == 20 ? by_20 : by_32);
}

bool lists_build_write(struct lists_build *build, struct text *out) {
    end_list(build);
    intern(build, ""); /* there is always a pool */
    text_bytes(out, LISTS_MAGIC, 8);
    wire_u32(out, LISTS_VERSION);
    wire_u32(out, build->lists);
    wire_u32(out, build->entries);
    for (int i = 0; i < LISTS_DIGESTS; i++) {
        size_t size = lists_digest_size((enum lists_digest)i);
        sort(&build->digest[i], size);
        wire_u32(out, (uint32_t)(build->digest[i].size / (size + 8)));
    }
    wire_u32(out, (uint32_t)(build->name.size / LISTS_NAME));
    wire_u32(out, (uint32_t)build->pool.size);
    text_bytes(out, build->list.data, build->list.size);
    text_bytes(out, build->entry.data, build->entry.size);
    for (int i = 0; i < LISTS_DIGESTS; i++)
        text_bytes(out, build->digest[i].data, build->digest[i].size);
    text_bytes(out, build->name.data, build->name.size);
    text_bytes(out, build->pool.data, build->pool.size);
    return !build->full && !build->list.full && !build->entry.full && !out->full && out->size <= LISTS_FILE;
}
