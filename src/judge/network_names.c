#include "judge/network_names.h"

#include <stdlib.h>

static enum severity severity_of(const struct network_name *name) {
    struct lists_name listed;
    lists_name(name->lists, name->number, &listed);
    return listed.entry.severity;
}

static int by_name(const void *left, const void *right) {
    const struct network_name *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    if (order != 0)
        return order;
    enum severity mine = severity_of(a), theirs = severity_of(b);
    if (mine != theirs)
        return mine > theirs ? -1 : 1;
    if (a->lists != b->lists)
        return a->lists < b->lists ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static size_t count_of(const struct lists_set *lists) {
    size_t count = 0;
    for (size_t i = 0; i < lists->count; i++)
        count += lists_name_count(&lists->shelf[i].lists);
    return count;
}

static void add(struct network_names *to, const struct lists *lists, size_t number) {
    struct lists_name listed;
    char name[NETNAME_MOST];
    lists_name(lists, number, &listed);
    if (!listed.network || listed.entry.kind == LISTS_KNOWN)
        return;
    enum netname_kind kind = netname_normal(span_of(listed.pattern, strlen(listed.pattern), 0), name);
    if (kind != NETNAME_NONE && strcmp(name, listed.pattern) == 0)
        to->list[to->count++] = (struct network_name){listed.pattern, kind == NETNAME_ADDRESS, lists, number};
}

bool network_names_load(const struct lists_set *lists, struct network_names *ret) {
    size_t unlike = 0;
    *ret = (struct network_names){.list = calloc(count_of(lists) + 1, sizeof *ret->list)};
    if (!ret->list)
        return false;
    for (size_t i = 0; i < lists->count; i++)
        for (size_t n = 0; n < lists_name_count(&lists->shelf[i].lists); n++)
            add(ret, &lists->shelf[i].lists, n);
    qsort(ret->list, ret->count, sizeof *ret->list, by_name);
    for (size_t i = 0; i < ret->count; i++)
        if (unlike == 0 || strcmp(ret->list[unlike - 1].name, ret->list[i].name) != 0)
            ret->list[unlike++] = ret->list[i];
    ret->count = unlike;
    return true;
}

void network_names_free(struct network_names *names) {
    free(names->list);
    *names = (struct network_names){0};
}

static int compare(const void *key, const void *element) {
    return strcmp(key, ((const struct network_name *)element)->name);
}

const struct network_name *network_names_find(const struct network_names *names, struct span host) {
    char text[NETNAME_MOST];
    enum netname_kind kind = netname_normal(host, text);
    if (kind == NETNAME_NONE || names->count == 0)
        return NULL;
    for (const char *at = text; at; at = kind == NETNAME_DOMAIN ? netname_parent(at) : NULL) {
        const struct network_name *found =
            bsearch(at, names->list, names->count, sizeof *names->list, compare);
        if (found)
            return found;
    }
    return NULL;
}
