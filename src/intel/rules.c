#include "intel/rules.h"

#include "intel/place.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

void rules_free(struct rules *rules) {
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->list[i].name);
        free(rules->list[i].path);
        free(rules->list[i].bytes);
    }
    for (size_t i = 0; i < rules->refused_count; i++) {
        free(rules->refused[i].path);
        free(rules->refused[i].why);
    }
    free(rules->list);
    free(rules->prints);
    free(rules->refused);
    *rules = (struct rules){0};
}

/* Most names differ from all others, which is seen without a look at them. */
static uint64_t print_of(const char *name) {
    uint64_t print = 14695981039346656037u;
    for (; *name; name++)
        print = (print ^ (unsigned char)*name) * 1099511628211u;
    return print;
}

static bool has_name(const struct rules *rules, const char *name) {
    uint64_t print = print_of(name);
    for (size_t i = 0; i < rules->count; i++)
        if (rules->prints[i] == print && strcmp(rules->list[i].name, name) == 0)
            return true;
    return false;
}

/* Two folders may hold files of one name: the later one is called by its path. `name` is in stored form. */
static char *name_of(const struct rules *rules, const char *name, const char *path) {
    struct text stored = {0};
    text_add(&stored, name);
    if (has_name(rules, text_string(&stored))) {
        text_clear(&stored);
        text_from_bytes(&stored, span_of(path, strlen(path), 0));
    }
    char *copy = stored.full || has_name(rules, text_string(&stored)) ? NULL : strdup(text_string(&stored));
    text_free(&stored);
    return copy;
}

static bool make_room(struct rules *rules, const char *path, struct text *error) {
    if (rules->count == RULES_FILES || rules->bytes >= RULES_BYTES) {
        text_format(error, "%s: together the files with rules are more than is read", path);
        return false;
    }
    if (rules->count % 64 > 0)
        return true;
    struct rules_file *list = realloc(rules->list, (rules->count + 64) * sizeof *list);
    if (list)
        rules->list = list;
    uint64_t *prints = list ? realloc(rules->prints, (rules->count + 64) * sizeof *prints) : NULL;
    if (prints)
        rules->prints = prints;
    else
        text_add(error, "out of memory");
    return prints != NULL;
}

/* Takes `bytes` whether it succeeds or not. */
static bool take(struct rules *rules, const char *path, const char *name, char *bytes, size_t size,
                 struct text *error) {
    struct rules_file file = {
        .bytes = bytes, .size = size, .path = strdup(path), .name = name_of(rules, name, path)};
    if (!file.path || !file.name) {
        text_format(error, "%s: %s", path, file.path ? "is named twice" : "out of memory");
        free(file.bytes);
        free(file.path);
        free(file.name);
        return false;
    }
    rules->bytes += size;
    rules->prints[rules->count] = print_of(file.name);
    rules->list[rules->count++] = file;
    return true;
}

static bool add_file(struct rules *rules, const char *path, const char *name, bool named,
                     struct text *error) {
    char *bytes;
    size_t size;
    struct text stored = {0};
    text_from_bytes(&stored, span_of(name, strlen(name), 0));
    bool good = make_room(rules, path, error) && place_read(path, RULES_FILE, &bytes, &size, error) &&
                take(rules, path, text_string(&stored), bytes, size, error);
    if (good)
        rules->list[rules->count - 1].named = named;
    text_free(&stored);
    return good;
}

bool rules_add_bytes(struct rules *rules, const char *path, const char *name, struct span bytes,
                     struct text *error) {
    char *copy = make_room(rules, path, error) ? malloc(bytes.size + 1) : NULL;
    if (!copy) {
        if (error->size == 0)
            text_add(error, "out of memory");
        return false;
    }
    copy[span_copy(bytes, copy, bytes.size)] = 0;
    return take(rules, path, name, copy, bytes.size, error);
}

bool rules_refuse(struct rules *rules, const char *path, const char *why) {
    struct rules_refused *list = realloc(rules->refused, (rules->refused_count + 1) * sizeof *list);
    if (!list)
        return false;
    rules->refused = list;
    struct rules_refused *refused = &list[rules->refused_count++];
    *refused = (struct rules_refused){strdup(path), strdup(why)};
    return refused->path && refused->why;
}

static bool ends_in(const char *name, const char *end) {
    size_t size = strlen(name), length = strlen(end);
    return size > length && strcmp(name + size - length, end) == 0;
}

static int wanted(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(struct rules *rules, const char *path, const char *below, unsigned depth,
                       struct text *error) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, wanted, by_name);
    bool good = count >= 0;
    if (!good)
        text_format(error, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        struct text full = {0}, name = {0};
        struct stat st;
        text_format(&full, "%s/%s", path, entries[i]->d_name);
        text_format(&name, "%s%s%s", below, below[0] ? "/" : "", entries[i]->d_name);
        bool there = good && lstat(text_string(&full), &st) == 0;
        if (there && S_ISDIR(st.st_mode) && depth < RULES_DEPTH)
            good = add_folder(rules, text_string(&full), text_string(&name), depth + 1, error);
        else if (there && S_ISREG(st.st_mode) &&
                 (ends_in(entries[i]->d_name, ".yar") || ends_in(entries[i]->d_name, ".yara")))
            good = add_file(rules, text_string(&full), text_string(&name), false, error);
        text_free(&full);
        text_free(&name);
        free(entries[i]);
    }
    free(entries);
    return good;
}

bool rules_add(struct rules *rules, const char *path, struct text *error) {
    struct stat st;
    size_t before = rules->count;
    if (stat(path, &st) != 0) {
        text_format(error, "%s: %s", path, strerror(errno));
        return false;
    }
    if (!S_ISDIR(st.st_mode)) {
        const char *slash = strrchr(path, '/');
        return add_file(rules, path, slash && slash[1] ? slash + 1 : path, true, error);
    }
    if (!add_folder(rules, path, "", 0, error))
        return false;
    if (rules->count == before) {
        text_format(error, "%s: no file in it is named *.yar or *.yara", path);
        return false;
    }
    return true;
}
