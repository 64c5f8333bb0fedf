/* Weak links: what nothing but time and order joins. */
#include "judge/chain_link.h"
#include "judge/chain_weigh.h"

#include <stdlib.h>

#define SECOND 10000000

/* A moment of a thing. */
struct point {
    int64_t time;
    uint32_t host, thing, fragment;
};

struct join {
    struct chain_case *c;
    const struct chain_fragments *fragments;
    struct point *points; /* of seeds, then of notes; by host and time */
    size_t count;
    bool *way_in;   /* by root in c->chains */
    uint8_t *notes; /* the same: how many were joined */
};

static int compare(const void *left, const void *right) {
    const struct point *a = left, *b = right;
    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->thing > b->thing) - (a->thing < b->thing);
}

static void add_point(struct join *j, uint32_t thing, int64_t time) {
    uint32_t fragment = j->fragments->of[thing], host = j->c->things[thing].host;
    if (time > 0 && fragment != CHAIN_NONE && host != CHAIN_NONE)
        j->points[j->count++] = (struct point){time, host, thing, fragment};
}

static void collect(struct join *j, bool seeds) {
    const struct chain_case *c = j->c;
    j->count = 0;
    for (uint32_t i = 0; i < c->thing_count; i++) {
        uint32_t fragment = j->fragments->of[i];
        if (fragment == CHAIN_NONE || (seeds && !j->fragments->list[fragment].seed))
            continue;
        add_point(j, i, c->things[i].artifact ? c->things[i].born : 0);
        for (uint32_t n = 0; n < c->things[i].founds; n++)
            add_point(j, i, c->founds[c->things[i].found + n].time);
    }
    if (j->count > 0)
        qsort(j->points, j->count, sizeof *j->points, compare);
}

/* Two ways in are two attacks. */
static bool unite(struct join *j, uint32_t a, uint32_t b, const char *text) {
    struct chain_case *c = j->c;
    uint32_t x = chain_link_root(c->chains, a), y = chain_link_root(c->chains, b);
    if (x == y || (j->way_in[x] && j->way_in[y]))
        return true;
    bool way_in = j->way_in[x] || j->way_in[y];
    chain_link_unite(c->chains, x, y);
    j->way_in[chain_link_root(c->chains, x)] = way_in;
    return chain_link_edge(c, (struct chain_edge){.from = a, .to = b, .kind = CHAIN_KIND_TIME, .text = text});
}

static bool by_hour(struct join *j) {
    bool good = true;
    for (size_t i = 1; good && i < j->count; i++) {
        const struct point *a = &j->points[i - 1], *b = &j->points[i];
        if (a->host == b->host && chain_near(a->time, b->time, CHAIN_HOUR))
            good = unite(j, a->thing, b->thing, "within an hour");
    }
    return good;
}

/* --- after the only way in --- */

/* A chain so far, by its earliest time. */
struct start {
    int64_t time;
    uint32_t host, thing;
};

static int compare_start(const void *left, const void *right) {
    const struct start *a = left, *b = right;
    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->thing > b->thing) - (a->thing < b->thing);
}

/* Those with a way in that makes a word of its own: the earliest time of each chain. */
static size_t starts(struct join *j, struct start *list) {
    size_t count = 0;
    for (size_t i = 0; i < j->fragments->count; i++) {
        const struct chain_fragment *f = &j->fragments->list[i];
        if (f->way_in && f->first > 0 && f->host != CHAIN_NONE && f->word >= CHAIN_WORD_STAGE1)
            list[count++] = (struct start){f->first, f->host, f->root};
    }
    if (count > 0)
        qsort(list, count, sizeof *list, compare_start);
    return count;
}

/* The one start of that host before `time` and not too long ago; NULL if there is none or several. */
static const struct start *only(const struct start *list, size_t count, uint32_t host, int64_t time) {
    struct start key = {.time = time, .host = host, .thing = CHAIN_NONE};
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_start(&list[middle], &key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t before = time - (int64_t)CHAIN_DAYS * 86400 * SECOND;
    bool one = low > 0 && list[low - 1].host == host && list[low - 1].time >= before;
    bool more = low > 1 && list[low - 2].host == host && list[low - 2].time >= before;
    return one && !more ? &list[low - 1] : NULL;
}

/* The first of what has no way in goes first, so that the link leads to it. */
static bool by_order(struct join *j) {
    struct start *list = malloc((j->fragments->count + 1) * sizeof *list);
    struct start *later = malloc((j->fragments->count + 1) * sizeof *later);
    bool good = list && later;
    size_t count = good ? starts(j, list) : 0, more = 0;
    for (size_t i = 0; good && i < j->fragments->count; i++) {
        const struct chain_fragment *f = &j->fragments->list[i];
        if (f->seed && f->grave && !f->way_in && f->first > 0)
            later[more++] = (struct start){f->first, f->host, f->root};
    }
    if (more > 0)
        qsort(later, more, sizeof *later, compare_start);
    for (size_t i = 0; good && i < more; i++) {
        const struct start *start = only(list, count, later[i].host, later[i].time);
        if (start)
            good = unite(j, start->thing, later[i].thing, "after it");
    }
    free(list);
    free(later);
    return good;
}

/* --- notes --- */

static const struct chain_fragment *fragment_of(const struct join *j, const struct point *point) {
    return &j->fragments->list[point->fragment];
}

/* The nearest seed within an hour, looking from `i` in one direction past at most a few notes. */
static const struct point *seed_near(const struct join *j, size_t i, int step) {
    const struct point *note = &j->points[i];
    for (size_t n = 0, at = i; n < CHAIN_NOTES; n++) {
        if (step < 0 ? at == 0 : at + 1 >= j->count)
            return NULL;
        at = step < 0 ? at - 1 : at + 1;
        const struct point *point = &j->points[at];
        if (point->host != note->host || !chain_near(point->time, note->time, CHAIN_HOUR))
            return NULL;
        if (fragment_of(j, point)->seed)
            return point;
    }
    return NULL;
}

static bool notes(struct join *j) {
    bool good = true;
    for (size_t i = 0; good && i < j->count; i++) {
        const struct point *note = &j->points[i];
        if (fragment_of(j, note)->seed)
            continue;
        const struct point *seed = seed_near(j, i, -1);
        seed = seed ? seed : seed_near(j, i, 1);
        if (!seed)
            continue;
        uint32_t root = chain_link_root(j->c->chains, seed->thing);
        if (root == chain_link_root(j->c->chains, note->thing) || j->notes[root] >= CHAIN_NOTES)
            continue;
        uint8_t joined = (uint8_t)(j->notes[root] + 1);
        good = unite(j, seed->thing, note->thing, "within an hour");
        j->notes[chain_link_root(j->c->chains, seed->thing)] = joined;
    }
    return good;
}

bool chain_join(struct chain_case *c, const struct chain_fragments *fragments) {
    struct join j = {.c = c, .fragments = fragments};
    j.points = malloc((c->thing_count + c->found_count + 1) * sizeof *j.points);
    j.way_in = calloc(c->thing_count + 1, sizeof *j.way_in);
    j.notes = calloc(c->thing_count + 1, sizeof *j.notes);
    c->chains = malloc((c->thing_count + 1) * sizeof *c->chains);
    bool good = j.points && j.way_in && j.notes && c->chains;
    for (uint32_t i = 0; good && i < c->thing_count; i++)
        c->chains[i] = chain_link_root(c->parents, i);
    for (size_t i = 0; good && i < fragments->count; i++)
        j.way_in[fragments->list[i].root] = fragments->list[i].way_in;
    if (good) {
        collect(&j, true);
        good = by_hour(&j) && by_order(&j);
    }
    if (good) {
        collect(&j, false);
        good = notes(&j);
    }
    free(j.points);
    free(j.way_in);
    free(j.notes);
    return good;
}
