#include "intel/rules_kept.h"

#include "base/wire.h"

#include <stdlib.h>

const struct kept_kind rules_kept_kind = {
    .folder = "rules",
    .suffix = ".rules",
    .what = "sets of rules",
    .bytes = RULES_BYTES + RULES_BYTES / 4,
    .files = RULES_KEPT_SETS,
};

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
    ret->max = rules_kept_kind.bytes;
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

bool rules_kept_look(const struct kept_file *file, struct rules_kept *ret, struct text *error) {
    char *bytes;
    size_t size;
    *ret = (struct rules_kept){0};
    if (!kept_load(&rules_kept_kind, file->path, &bytes, &size, error))
        return false;
    struct cursor c = cursor_of(span_of(bytes, size, 0));
    bool good = read_head(&c, ret);
    if (!good)
        text_format(error, "%s: is damaged", file->path);
    free(bytes);
    return good;
}

bool rules_kept_add(struct rules *rules, struct text *error) {
    struct kept_list sets;
    bool good = kept_list(&rules_kept_kind, &sets, error);
    for (size_t i = 0; good && i < sets.count; i++) {
        char *bytes = NULL;
        size_t size = 0;
        good = kept_load(&rules_kept_kind, sets.list[i].path, &bytes, &size, error) &&
               rules_kept_read(rules, span_of(bytes, size, 0), sets.list[i].name, error);
        free(bytes);
    }
    kept_free(&sets);
    return good;
}
