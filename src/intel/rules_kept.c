#include "intel/rules_kept.h"

#include "base/wire.h"
#include "intel/lists_file.h"
#include "intel/place.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".rules"

bool rules_kept_name(const char *name) {
    size_t size = strlen(name);
    return size > 0 && size <= RULES_KEPT_NAME && name[0] != '.' && !strchr(name, '/') &&
           text_valid(name, size);
}

/* --- what a file holds --- */

/* The head, behind which the cursor stands at the first file. */
static bool read_head(struct cursor *c, struct rules_kept *ret) {
    struct span magic = cursor_take(c, 8), date = cursor_take(c, cursor_u32(c));
    ret->rules = cursor_u32(c);
    ret->files = cursor_u32(c);
    if (c->torn || !span_starts(magic, RULES_KEPT_MAGIC, 8) || date.size >= sizeof ret->date ||
        ret->files > RULES_FILES)
        return false;
    ret->date[span_copy(date, ret->date, sizeof ret->date - 1)] = 0;
    return text_valid(ret->date, strlen(ret->date));
}

bool rules_kept_read(struct rules *rules, struct span bytes, const char *name, struct text *error) {
    struct cursor c = cursor_of(bytes);
    struct rules_kept set = {0};
    bool good = read_head(&c, &set);
    for (uint32_t i = 0; good && i < set.files; i++) {
        struct span file = cursor_take(&c, cursor_u32(&c)), text = cursor_take(&c, cursor_u32(&c));
        struct text called = {0};
        bool alone = set.files == 1 && span_equal(file, span_of(name, strlen(name), 0));
        if (!alone)
            text_format(&called, "%s/", name);
        text_bytes(&called, file.data, file.size);
        if (c.torn || called.full || !text_valid(text_string(&called), called.size))
            good = false;
        else if (!rules_add_bytes(rules, text_string(&called), text_string(&called), text, error)) {
            text_free(&called);
            return false;
        }
        text_free(&called);
    }
    if (!good || c.torn || c.at != bytes.size) {
        text_format(error, "the rules kept as '%s' are damaged; 'assay intel remove' takes them away", name);
        return false;
    }
    return true;
}

void rules_kept_write(const struct rules *rules, const bool *left_out, const char *date, uint32_t count,
                      struct text *ret) {
    uint32_t files = 0;
    for (size_t i = 0; i < rules->count; i++)
        files += !left_out[i];
    ret->max = RULES_BYTES + RULES_BYTES / 4;
    text_bytes(ret, RULES_KEPT_MAGIC, 8);
    wire_string(ret, date, strlen(date));
    wire_u32(ret, count);
    wire_u32(ret, files);
    for (size_t i = 0; i < rules->count; i++)
        if (!left_out[i]) {
            wire_string(ret, rules->list[i].name, strlen(rules->list[i].name));
            wire_string(ret, rules->list[i].bytes, rules->list[i].size);
        }
}

/* --- where they are --- */

static int is_set(const struct dirent *entry) {
    size_t size = strlen(entry->d_name), end = strlen(SUFFIX);
    return size > end && size - end <= RULES_KEPT_NAME && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + size - end, SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool load(const char *path, char **bytes, size_t *size, struct text *error) {
    return place_is_ours(path, error) && place_read(path, RULES_BYTES + RULES_BYTES / 4, bytes, size, error);
}

static bool read_set(const char *folder, const char *file, struct rules_kept *ret, struct text *error) {
    struct text path = {0};
    char *bytes = NULL;
    size_t size = 0;
    *ret = (struct rules_kept){0};
    text_format(&path, "%s/%s", folder, file);
    bool good = load(text_string(&path), &bytes, &size, error);
    if (good) {
        struct cursor c = cursor_of(span_of(bytes, size, 0));
        snprintf(ret->name, sizeof ret->name, "%.*s", (int)(strlen(file) - strlen(SUFFIX)), file);
        ret->path = strdup(text_string(&path));
        good = ret->path && read_head(&c, ret);
        if (!good)
            text_format(error, "%s: is damaged", text_string(&path));
    }
    free(bytes);
    text_free(&path);
    return good;
}

bool rules_kept_list(struct rules_kept_list *ret, struct text *error) {
    struct text folder = {0}, none = {0};
    struct dirent **entries = NULL;
    int count = 0;
    *ret = (struct rules_kept_list){0};
    if (lists_file_home(&folder, &none)) {
        text_add(&folder, "/rules");
        count = scandir(text_string(&folder), &entries, is_set, by_name);
    }
    bool good = count >= 0 || errno == ENOENT;
    if (!good)
        text_format(error, "%s: %s", text_string(&folder), strerror(errno));
    if (count > 0)
        ret->list = calloc((size_t)count, sizeof *ret->list);
    for (int i = 0; i < count; i++) {
        if (good && ret->list && ret->count < RULES_KEPT_SETS)
            good = read_set(text_string(&folder), entries[i]->d_name, &ret->list[ret->count++], error);
        free(entries[i]);
    }
    free(entries);
    text_free(&folder);
    text_free(&none);
    return good;
}

void rules_kept_free(struct rules_kept_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->list[i].path);
    free(list->list);
    *list = (struct rules_kept_list){0};
}

bool rules_kept_add(struct rules *rules, struct text *error) {
    struct rules_kept_list sets;
    bool good = rules_kept_list(&sets, error);
    for (size_t i = 0; good && i < sets.count; i++) {
        char *bytes = NULL;
        size_t size = 0;
        good = load(sets.list[i].path, &bytes, &size, error) &&
               rules_kept_read(rules, span_of(bytes, size, 0), sets.list[i].name, error);
        free(bytes);
    }
    rules_kept_free(&sets);
    return good;
}

bool rules_kept_save(const char *folder, const char *name, const struct text *bytes, struct text *error) {
    struct text path = {0}, file = {0};
    text_format(&path, "%s/rules", folder);
    text_format(&file, "%s" SUFFIX, name);
    (void)!mkdir(text_string(&path), 0700); /* whether it is there, writing tells */
    bool good = !bytes->full && lists_file_save(text_string(&path), text_string(&file), bytes, error);
    if (bytes->full)
        text_add(error, "together the rules are more than is kept");
    text_free(&path);
    text_free(&file);
    return good;
}

bool rules_kept_remove(const char *folder, const char *name, struct text *error) {
    struct text path = {0};
    text_format(&path, "%s/rules/%s" SUFFIX, folder, name);
    bool good = unlink(text_string(&path)) == 0;
    if (!good)
        text_format(error, "%s: %s", text_string(&path), strerror(errno));
    text_free(&path);
    return good;
}
