#include "intel/package.h"

#include <stdlib.h>

enum { TYPE = 0170000, TYPE_FILE = 0100000 }; /* of a Unix mode */

/* --- the directory --- */

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    const struct package *package = context;
    (void)job;
    return span_copy(span_clip(package->zip, offset, size), to, size);
}

bool package_is(struct span head) {
    return span_starts(head, "PK\3\4", 4) || span_starts(head, "PK\5\6", 4);
}

enum name_kind { NAME_HIDDEN, NAME_OUTSIDE, NAME_GOOD };

/* The name as a walk would tell it: without "." and empty parts. */
static enum name_kind clean(const char *name, struct text *ret) {
    enum name_kind kind = name[0] == '/' ? NAME_OUTSIDE : NAME_GOOD;
    while (*name) {
        size_t size = strcspn(name, "/");
        bool here = size == 0 || (size == 1 && name[0] == '.');
        if (size == 2 && strncmp(name, "..", 2) == 0)
            kind = NAME_OUTSIDE;
        else if (!here && name[0] == '.')
            return NAME_HIDDEN;
        if (!here) {
            text_add(ret, ret->size > 0 ? "/" : "");
            text_bytes(ret, name, size);
        }
        name += size + (name[size] == '/');
    }
    return ret->size > 0 ? kind : NAME_HIDDEN;
}

static const char *refusal(const struct zip_entry *entry, enum name_kind kind) {
    enum inflate_method method;
    if (kind == NAME_OUTSIDE)
        return "its name leads out of the package";
    if (entry->cipher != ZIP_PLAIN)
        return "it is encrypted";
    if (!zip_packing(entry->method, &method))
        return "how it is packed is not undone";
    if (entry->local == UINT64_MAX)
        return "it lies outside of the package";
    if (entry->size > PACKAGE_SMALL && entry->size / PACKAGE_RATIO > entry->packed)
        return "it grows more than a text can";
    return NULL;
}

static bool make_room(struct package *package) {
    size_t count = package->count;
    if (count > 0 && (count < 64 || (count & (count - 1)) != 0))
        return true;
    struct package_member *list = job_alloc(package->job, count < 64 ? 64 : count * 2, sizeof *list);
    if (list && count > 0)
        memcpy(list, package->list, count * sizeof *list);
    package->list = list ? list : package->list;
    return list != NULL;
}

static bool keep(struct package *package, const struct zip_entry *entry, const struct text *name,
                 enum name_kind kind) {
    char *copy = job_alloc(package->job, name->size + 1, 1);
    if (!copy || name->full || !make_room(package))
        return false;
    memcpy(copy, name->data, name->size);
    package->list[package->count++] = (struct package_member){.name = copy,
                                                              .why = refusal(entry, kind),
                                                              .at = entry->at,
                                                              .local = entry->local,
                                                              .packed = entry->packed,
                                                              .size = entry->size,
                                                              .told = zip_told_of(entry),
                                                              .crc = entry->crc};
    return true;
}

static bool is_file(const struct zip_entry *entry, const struct text *name) {
    unsigned type = entry->mode & TYPE;
    return name->size > 0 && name->data[name->size - 1] != '/' && (type == 0 || type == TYPE_FILE);
}

static bool list_members(struct package *package, struct zip *zip, package_wants *wants, const char **why) {
    struct zip_entry entry;
    struct text stored = {0}, name = {0};
    bool good = true;
    while (good && zip_next(zip, &entry)) {
        text_clear(&stored);
        text_clear(&name);
        zip_name(&entry, &stored);
        enum name_kind kind = clean(text_string(&stored), &name);
        if (kind == NAME_HIDDEN || !is_file(&entry, &stored) || !wants(text_string(&name)))
            continue;
        good = package->count < PACKAGE_MEMBERS;
        if (!good)
            *why = "the package has more members than are read";
        else if (!(good = keep(package, &entry, &name, kind)))
            *why = "out of memory";
    }
    text_free(&stored);
    text_free(&name);
    return good;
}

/* --- as a folder has them --- */

/* A walk reads one folder after the other: / is the least of letters. */
static int compare_names(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    unsigned left = *a == '/' ? 1 : (uint8_t)*a, right = *b == '/' ? 1 : (uint8_t)*b;
    return left < right ? -1 : left > right;
}

static int in_order(const void *a, const void *b) {
    const struct package_member *left = a, *right = b;
    int order = compare_names(left->name, right->name);
    return order != 0 ? order : left->at < right->at ? -1 : left->at > right->at;
}

static bool settle(struct package *package, const char **why) {
    uint64_t bytes = 0;
    if (package->count > 0)
        qsort(package->list, package->count, sizeof *package->list, in_order);
    for (size_t i = 0; i < package->count; i++) {
        struct package_member *member = &package->list[i];
        if (i > 0 && strcmp(member->name, package->list[i - 1].name) == 0)
            member->why = "another member has the same name";
        if (member->why)
            continue;
        if (member->size > PACKAGE_BYTES || bytes > PACKAGE_BYTES - member->size) {
            *why = "together the members of the package are more than is read";
            return false;
        }
        bytes += member->size;
    }
    return true;
}

bool package_open(struct job *job, struct span bytes, package_wants *wants, struct package *ret,
                  const char **why) {
    struct zip zip;
    *ret = (struct package){.job = job, .zip = bytes};
    size_t noted = job->noted;
    if (!zip_open(job, fetch, ret, bytes.size, &zip)) {
        *why = job->fault.text ? job->fault.text : "out of memory";
        return false;
    }
    if (!list_members(ret, &zip, wants, why))
        return false;
    if (job->noted > noted) { /* what else there was nobody knows */
        *why = noted < JOB_NOTES ? job->notes[noted].text : "the directory of the ZIP is damaged";
        return false;
    }
    return settle(ret, why);
}

/* --- members --- */

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct span *left = context;
    (void)job;
    size_t got = span_copy(*left, to, size);
    *left = span_from(*left, got);
    return got;
}

static const char *words(const struct job *job, const char *otherwise) {
    return job->fault.text ? job->fault.text : job->noted > 0 ? job->notes[0].text : otherwise;
}

/* NULL if all of it came out and is what the directory tells. */
static const char *unpack(struct package *package, const struct package_member *member, struct span packed,
                          struct job *notes, struct text *to) {
    static const char otherwise[] = "it is not what the directory of the ZIP tells";
    uint8_t window[16384];
    uint32_t crc = 0;
    enum inflate_method method;
    struct inflate *inflate = &package->inflate;
    if (!zip_packing(member->told.method, &method) ||
        !inflate_open(inflate, package->job, method, more, &packed))
        return "out of memory";
    for (size_t got = 1; got > 0 && inflate->out <= member->size;) {
        got = inflate_read(inflate, notes, window, sizeof window);
        if (inflate->out > member->size)
            return otherwise;
        crc = inflate_crc(crc, span_of(window, got, 0));
        text_bytes(to, window, got);
    }
    if (inflate->state == INFLATE_BROKEN || notes->noted > 0)
        return words(notes, otherwise);
    if (to->full)
        return "out of memory";
    return inflate->out == member->size && crc == member->crc ? NULL : otherwise;
}

bool package_read(struct package *package, size_t number, struct text *to, const char **why) {
    const struct package_member *member = &package->list[number];
    struct job notes;
    size_t before = to->size;
    *why = member->why;
    if (*why)
        return false;
    job_init(&notes, 0);
    struct span head = span_clip(package->zip, member->local, ZIP_LOCAL + UINT16_MAX);
    uint64_t data = zip_data(&notes, &member->told, head);
    if (data == 0 || notes.noted > 0)
        *why = words(&notes, "it has no local header where the directory of the ZIP says");
    else if (!span_holds(package->zip, data, member->packed))
        *why = "it lies outside of the package";
    else
        *why = unpack(package, member, span_part(package->zip, data, member->packed), &notes, to);
    job_reset(&notes);
    if (*why && to->data) {
        to->size = before;
        to->data[before] = 0;
    }
    return !*why;
}

/* --- what is wanted --- */

static bool ends_in(const char *name, const char *end) {
    size_t size = strlen(name), length = strlen(end);
    return size > length && strcmp(name + size - length, end) == 0;
}

bool package_wants_rules(const char *name) {
    return ends_in(name, ".yar") || ends_in(name, ".yara");
}

bool package_wants_libraries(const char *name) {
    return ends_in(name, ".yml") && (strncmp(name, "yml/", 4) == 0 || strstr(name, "/yml/"));
}
