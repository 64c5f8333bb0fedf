#include "judge/overlap_parts.h"

#include <stdlib.h>

enum { CROWD = 64 /* campaigns that hold one item: from here on it is everybody's */ };

struct order {
    const struct campaigns_item *item;
    uint32_t number;
};

static int by_key(const void *a, const void *b) {
    const struct order *x = a, *y = b;
    if (x->item->kind != y->item->kind)
        return x->item->kind < y->item->kind ? -1 : 1;
    int keys = strcmp(x->item->key, y->item->key);
    return keys != 0 ? keys : (x->number > y->number) - (x->number < y->number);
}

static bool sort(struct overlap_looking *l) {
    size_t count = l->campaigns->item_count;
    struct order *order = calloc(count + 1, sizeof *order);
    l->order = calloc(count + 1, sizeof *l->order);
    if (!order || !l->order) {
        free(order);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        order[i] = (struct order){&l->campaigns->items[i], (uint32_t)i};
    qsort(order, count, sizeof *order, by_key);
    for (size_t i = 0; i < count; i++) {
        l->order[i] = order[i].number;
        l->first[order[i].item->kind + 1] = i + 1;
    }
    for (int kind = 0; kind < CAMPAIGNS_KINDS; kind++)
        if (l->first[kind + 1] < l->first[kind])
            l->first[kind + 1] = l->first[kind];
    free(order);
    return true;
}

static const struct campaigns_item *at(const struct overlap_looking *l, size_t place) {
    return &l->campaigns->items[l->order[place]];
}

/* Names are free to everybody, and so is what is public; techniques are a language. */
bool overlap_index_is_weighty(const struct campaigns_item *item) {
    return item->role == CAMPAIGNS_PLAIN &&
           (item->kind <= CAMPAIGNS_CERT_SERIAL || item->kind == CAMPAIGNS_DOMAIN);
}

static void add_pair(struct overlap_looking *l, uint32_t a, uint32_t b) {
    uint16_t *shared = &l->shared[a * l->campaigns->count + b];
    if (a != b && *shared < UINT16_MAX)
        ++*shared;
}

/* Pairs of one group of equal items. */
static void add_group(struct overlap_looking *l, size_t first, size_t count) {
    for (size_t i = first; i < first + count; i++)
        for (size_t n = first; count <= CROWD && n < first + count; n++)
            if (overlap_index_is_weighty(at(l, i)) && overlap_index_is_weighty(at(l, n)))
                add_pair(l, at(l, i)->campaign, at(l, n)->campaign);
}

static void share(struct overlap_looking *l) {
    size_t count = l->campaigns->item_count, size;
    for (size_t i = 0; i < count; i += size) {
        size = 1;
        while (i + size < count && at(l, i)->kind == at(l, i + size)->kind &&
               strcmp(at(l, i)->key, at(l, i + size)->key) == 0)
            size++;
        add_group(l, i, size);
    }
    for (size_t i = 0; i < count; i++)
        l->weighty[l->campaigns->items[i].campaign] += overlap_index_is_weighty(&l->campaigns->items[i]);
}

bool overlap_index_make(struct overlap_looking *l) {
    size_t count = l->campaigns->count;
    l->sights = calloc(l->campaigns->item_count + 1, sizeof *l->sights);
    l->shared = calloc(count * count + 1, sizeof *l->shared);
    l->weighty = calloc(count + 1, sizeof *l->weighty);
    if (!l->sights || !l->shared || !l->weighty || !sort(l))
        return false;
    share(l);
    return true;
}

void overlap_index_free(struct overlap_looking *l) {
    for (size_t i = 0; l->sights && i < l->campaigns->item_count; i++)
        free(l->sights[i]);
    free(l->sights);
    free(l->order);
    free(l->shared);
    free(l->weighty);
}

size_t overlap_index_count(const struct overlap_looking *l, enum campaigns_kind kind) {
    return l->first[kind + 1] - l->first[kind];
}

/* The first place of the kind whose key is not before `key`, or beyond it with `behind`. */
static size_t bound(const struct overlap_looking *l, enum campaigns_kind kind, const char *key, bool behind) {
    size_t low = l->first[kind], high = l->first[kind + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(at(l, middle)->key, key);
        if (order < 0 || (behind && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t overlap_index_find(const struct overlap_looking *l, enum campaigns_kind kind, const char *key,
                          size_t *first) {
    *first = bound(l, kind, key, false);
    if (*first == l->first[kind + 1] || strcmp(at(l, *first)->key, key) != 0)
        return 0;
    return bound(l, kind, key, true) - *first;
}

bool overlap_index_is_copy(const struct overlap_looking *l, uint32_t a, uint32_t b) {
    uint32_t fewer = l->weighty[a] < l->weighty[b] ? l->weighty[a] : l->weighty[b];
    uint32_t shared = l->shared[a * l->campaigns->count + b];
    return shared >= 2 && 2 * shared >= fewer;
}

unsigned overlap_index_holders(const struct overlap_looking *l, const struct campaigns_item *item) {
    size_t first, count = overlap_index_find(l, item->kind, item->key, &first);
    unsigned holders = 0;
    uint32_t before =
        UINT32_MAX; /* items of a campaign stand together: they have the order of their numbers */
    for (size_t i = first; i < first + count; i++) {
        uint32_t campaign = at(l, i)->campaign;
        if (campaign != item->campaign && campaign != before &&
            !overlap_index_is_copy(l, item->campaign, campaign))
            holders++;
        before = campaign;
    }
    return holders;
}

/* --- sights --- */

static unsigned worth(const struct overlap_sight *sight) {
    return sight->against ? 0 : sight->part + 1;
}

void overlap_index_see_item(struct overlap_looking *l, uint32_t item, const struct overlap_sight *sight) {
    struct overlap_sight *old = l->sights[item], merged = *sight;
    if (!old && !(old = l->sights[item] = calloc(1, sizeof *old))) {
        l->failed = true;
        return;
    }
    bool known = false;
    for (size_t i = 0; i < OVERLAP_SEEN && i < old->times; i++)
        known = known || (old->seen[i] == sight->artifact && sight->artifact);
    if (old->times > 0 && worth(old) >= worth(sight))
        merged = *old;
    memcpy(merged.seen, old->seen, sizeof merged.seen);
    merged.times = old->times;
    if (!known && merged.times < OVERLAP_SEEN)
        merged.seen[merged.times] = sight->artifact;
    merged.times += !known;
    *old = merged;
}

void overlap_index_see(struct overlap_looking *l, enum campaigns_kind kind, const char *key,
                       const struct overlap_sight *sight) {
    size_t first, count = overlap_index_find(l, kind, key, &first);
    for (size_t i = first; i < first + count; i++)
        overlap_index_see_item(l, l->order[i], sight);
}
