#include "judge/chain_events.h"

#include "base/filetime.h"
#include "judge/chain_link.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME = 512 /* bytes of a product's name that is looked for */ };

const char *chain_moment(int64_t time, struct chain_moment *ret) {
    char text[FILETIME_TEXT];
    ret->text[0] = 0;
    if (time <= 0)
        return ret->text;
    filetime_text((uint64_t)time, text);
    snprintf(ret->text, sizeof ret->text, "%.10s %.8s", text, text + 11);
    return ret->text;
}

const char *chain_said(struct chain_case *c, const char *format, ...) {
    char *said = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&said, format, arguments);
    va_end(arguments);
    const char *kept = size >= 0 ? chain_keep(c, said, (size_t)size) : NULL;
    c->failed = c->failed || !kept;
    if (size >= 0)
        free(said);
    return kept;
}

bool chain_event_add(struct chain_case *c, struct chain_events *events, struct chain_event event) {
    if (events->count >= CHAIN_EVENTS)
        return true;
    if (c->failed || !chain_room(c, &events->list, &events->room, events->count, sizeof *events->list))
        return false;
    events->list[events->count++] = event;
    return true;
}

/* --- products --- */

static int by_folder(const void *left, const void *right) {
    const struct chain_product *a = left, *b = right;
    if (a->volume != b->volume)
        return a->volume < b->volume ? -1 : 1;
    int differs = strcmp(a->folder, b->folder);
    return differs ? differs : (a->thing > b->thing) - (a->thing < b->thing);
}

static int by_name(const void *left, const void *right) {
    const struct chain_product *a = left, *b = right;
    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    int differs = strcmp(a->name, b->name);
    return differs ? differs : (a->thing > b->thing) - (a->thing < b->thing);
}

static bool add_product(struct chain_case *c, struct chain_events *events, uint32_t at) {
    const struct chain_thing *t = &c->things[at];
    const char *whole = chain_keep(c, t->folder, t->product);
    const char *folder = whole ? chain_keep_lower(c, whole) : NULL;
    if (!folder || !chain_room(c, &events->products, &events->product_room, events->product_count,
                               sizeof *events->products))
        return false;
    const char *slash = strrchr(folder, '/');
    events->products[events->product_count++] = (struct chain_product){.folder = folder,
                                                                       .name = slash ? slash + 1 : folder,
                                                                       .volume = t->volume,
                                                                       .host = t->host,
                                                                       .thing = at};
    return true;
}

/* One row a folder: the first thing there. */
static bool products(struct chain_case *c, struct chain_events *events) {
    bool good = true;
    size_t kept = 0;
    for (uint32_t i = 0; good && i < c->thing_count; i++) {
        const struct chain_thing *t = &c->things[i];
        if (t->volume != 0 && t->product > 0 && t->artifact != 0 && t->place == CHAIN_PLACE_PRODUCT &&
            chain_link_staged(c, i))
            good = add_product(c, events, i);
    }
    if (!good || events->product_count == 0)
        return good;
    struct chain_product *list = events->products;
    qsort(list, events->product_count, sizeof *list, by_folder);
    for (size_t i = 0; i < events->product_count; i++)
        if (i == 0 || list[i].volume != list[i - 1].volume ||
            strcmp(list[i].folder, list[kept - 1].folder) != 0)
            list[kept++] = list[i];
    events->product_count = kept;
    events->by_name = malloc(kept * sizeof *list);
    if (!events->by_name)
        return false;
    memcpy(events->by_name, list, kept * sizeof *list);
    qsort(events->by_name, kept, sizeof *list, by_name);
    return true;
}

const struct chain_product *chain_product_at(const struct chain_case *c, const struct chain_events *events,
                                             int64_t volume, const char *folder) {
    size_t size;
    char name[4 * NAME];
    (void)c;
    if (events->product_count == 0 || chain_model_place(folder, true, &size) != CHAIN_PLACE_PRODUCT ||
        size == 0 || size >= sizeof name)
        return NULL;
    for (size_t i = 0; i < size; i++)
        name[i] = (char)(folder[i] >= 'A' && folder[i] <= 'Z' ? folder[i] + 32 : folder[i]);
    name[size] = 0;
    size_t low = 0, high = events->product_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct chain_product *p = &events->products[middle];
        int differs = p->volume != volume ? (p->volume < volume ? -1 : 1) : strcmp(p->folder, name);
        if (differs == 0)
            return p;
        if (differs < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const struct chain_product *named(const struct chain_events *events, uint32_t host, const char *name) {
    size_t low = 0, high = events->product_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct chain_product *p = &events->by_name[middle];
        int differs = p->host != host ? (p->host < host ? -1 : 1) : strcmp(p->name, name);
        if (differs == 0)
            return p;
        if (differs < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct chain_product *chain_product_named(const struct chain_events *events, uint32_t host,
                                                const char *name) {
    char lower[NAME];
    size_t size = strlen(name);
    if (events->product_count == 0 || size >= sizeof lower)
        return NULL;
    for (size_t i = 0; i <= size; i++)
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
    while (size > 3) { /* shorter names say nothing */
        const struct chain_product *p = named(events, host, lower);
        if (p)
            return p;
        while (size > 0 && lower[size - 1] != ' ')
            size--;
        while (size > 0 && lower[size - 1] == ' ')
            size--;
        lower[size] = 0;
    }
    return NULL;
}

bool chain_events(struct chain_case *c, struct chain_events *ret) {
    *ret = (struct chain_events){0};
    return products(c, ret) && chain_runs(c, ret) && chain_starts(c, ret) && chain_arrivals(c, ret) &&
           chain_packages(c, ret) && !c->failed;
}

void chain_events_free(struct chain_events *events) {
    free(events->list);
    free(events->products);
    free(events->by_name);
}
