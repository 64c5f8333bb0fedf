#include "judge/library_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* * stands for one folder of any name. Either Program Files is meant by one word. */
static const struct {
    const char *variable, *folder;
} variables[] = {
    {"%system32%", "/windows/system32"},
    {"%syswow64%", "/windows/syswow64"},
    {"%windir%", "/windows"},
    {"%systemroot%", "/windows"},
    {"%programfiles%", "/program files"},
    {"%programfiles%", "/program files (x86)"},
    {"%programdata%", "/programdata"},
    {"%localappdata%", "/users/*/appdata/local"},
    {"%appdata%", "/users/*/appdata/roaming"},
    {"%userprofile%", "/users/*"},
    {"%systemdrive%", ""},
    {"c:", ""},
};

static size_t part_size(const char *path) {
    return strcspn(path, "/");
}

/* The same folders one by one; what a pattern has left is not there. */
static const char *follow(const char *pattern, const char *path) {
    while (*pattern) {
        size_t wanted = part_size(++pattern), there;
        if (*path != '/')
            return NULL;
        there = part_size(++path);
        bool any =
            (wanted == 1 && *pattern == '*') || (wanted == 9 && strncasecmp(pattern, "%version%", 9) == 0);
        if (any ? there == 0 : there != wanted || strncasecmp(pattern, path, there) != 0)
            return NULL;
        pattern += wanted;
        path += there;
    }
    return path;
}

bool library_list_is_place(const char *place, const char *folder) {
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        size_t size = strlen(variables[i].variable);
        if (strncasecmp(place, variables[i].variable, size) != 0 || (place[size] != '/' && place[size] != 0))
            continue;
        const char *rest = follow(variables[i].folder, folder);
        const char *end = rest ? follow(place + size, rest) : NULL;
        if (end && *end == 0)
            return true;
    }
    return false;
}

/* --- rows --- */

static int by_library(const void *left, const void *right) {
    const struct library_list_row *a = left, *b = right;
    int order = strcasecmp(a->library, b->library);
    return order ? order : a->number < b->number ? -1 : a->number > b->number;
}

static bool add(const struct lists *lists, struct library_list *to) {
    size_t count = lists_name_count(lists);
    struct library_list_row *more = realloc(to->rows, (to->count + count + 1) * sizeof *more);
    if (!more)
        return false;
    to->rows = more;
    for (size_t i = 0; i < count; i++) {
        struct lists_name name;
        lists_name(lists, i, &name);
        if (name.role != LISTS_PATTERN && name.entry.kind == LISTS_LIBRARY)
            to->rows[to->count++] = (struct library_list_row){name.entry.id, lists, i};
    }
    return true;
}

bool library_list_load(const struct lists_set *lists, struct library_list *ret) {
    bool good = true;
    *ret = (struct library_list){0};
    for (size_t i = 0; lists && good && i < lists->count; i++)
        good = add(&lists->shelf[i].lists, ret);
    if (ret->count > 0)
        qsort(ret->rows, ret->count, sizeof *ret->rows, by_library);
    return good;
}

void library_list_free(struct library_list *list) {
    free(list->rows);
    *list = (struct library_list){0};
}

static void take(const struct lists_name *name, const char *program, const char *folder,
                 struct library_list_answer *ret) {
    if (name->role == LISTS_PLACE) {
        ret->lists_places = true;
        ret->in_place = ret->in_place || library_list_is_place(name->pattern, folder);
        return;
    }
    const char *slash = strrchr(name->pattern, '/');
    if (ret->loads || strcasecmp(slash ? slash + 1 : name->pattern, program) != 0)
        return;
    *ret = (struct library_list_answer){.loads = true,
                                        .lists_places = ret->lists_places,
                                        .in_place = ret->in_place,
                                        .list = name->list,
                                        .date = name->list_date,
                                        .vendor = name->entry.what,
                                        .how = name->except};
}

void library_list_ask(const struct library_list *list, const char *library, const char *program,
                      const char *folder, struct library_list_answer *ret) {
    size_t low = 0, high = list->count;
    *ret = (struct library_list_answer){0};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcasecmp(list->rows[middle].library, library) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < list->count && strcasecmp(list->rows[low].library, library) == 0; low++) {
        struct lists_name name;
        lists_name(list->rows[low].lists, list->rows[low].number, &name);
        take(&name, program, folder, ret);
    }
}
