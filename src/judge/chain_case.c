#include "judge/chain_case.h"

#include <stdlib.h>

enum { BLOCK = 65536 };

struct chain_block {
    struct chain_block *next;
    size_t used, room;
    char bytes[];
};

static char *reserve(struct chain_case *c, size_t size) {
    struct chain_block *block = c->blocks;
    if (!block || block->room - block->used < size) {
        size_t room = size > BLOCK ? size : BLOCK;
        block = malloc(sizeof *block + room);
        if (!block) {
            c->failed = true;
            return NULL;
        }
        *block = (struct chain_block){.next = c->blocks, .room = room};
        c->blocks = block;
    }
    block->used += size;
    return block->bytes + block->used - size;
}

const char *chain_keep(struct chain_case *c, const char *text, size_t size) {
    char *copy = reserve(c, size + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = 0;
    return copy;
}

const char *chain_keep_lower(struct chain_case *c, const char *text) {
    size_t size = strlen(text);
    char *copy = reserve(c, size + 1);
    for (size_t i = 0; copy && i <= size; i++)
        copy[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    return copy;
}

bool chain_room(struct chain_case *c, void *list, size_t *room, size_t count, size_t size) {
    void *old, *more;
    if (count < *room)
        return true;
    memcpy(&old, list, sizeof old);
    *room = *room ? 2 * *room : 256;
    more = realloc(old, *room * size);
    c->failed = c->failed || !more;
    if (more)
        memcpy(list, &more, sizeof more);
    return more != NULL;
}

void chain_case_free(struct chain_case *c) {
    while (c->blocks) {
        struct chain_block *next = c->blocks->next;
        free(c->blocks);
        c->blocks = next;
    }
    free(c->hosts);
    free(c->evidences);
    free(c->volumes);
    free(c->things);
    free(c->founds);
    free(c->edges);
    free(c->parents);
    free(c->chains);
    free(c->by_finding);
}

uint32_t chain_thing_of(const struct chain_case *c, int64_t artifact) {
    size_t low = 0, high = c->thing_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct chain_thing *thing = &c->things[middle];
        if (thing->artifact == artifact)
            return artifact ? (uint32_t)middle : CHAIN_NONE;
        if (thing->artifact != 0 && thing->artifact < artifact)
            low = middle + 1;
        else
            high = middle;
    }
    return CHAIN_NONE;
}

const struct chain_evidence *chain_evidence_of(const struct chain_case *c, int64_t id) {
    size_t low = 0, high = c->evidence_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->evidences[middle].id == id)
            return &c->evidences[middle];
        if (c->evidences[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct chain_volume *chain_volume_of(const struct chain_case *c, int64_t id) {
    size_t low = 0, high = c->volume_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->volumes[middle].id == id)
            return &c->volumes[middle];
        if (c->volumes[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const char *chain_path(struct chain_case *c, int64_t evidence, int64_t volume, const char *folder,
                       const char *file) {
    const struct chain_volume *v = chain_volume_of(c, volume);
    const struct chain_evidence *e = chain_evidence_of(c, evidence);
    struct text path = {0};
    if (v)
        text_add(&path, v->drive ? v->drive : "");
    else if (e && e->path)
        text_format(&path, "%s%s", e->path, e->package ? " \xe2\x96\xb8 " : "");
    while (!v && e && !e->package && path.size > 0 && path.data[path.size - 1] == '/')
        path.data[--path.size] = 0;
    size_t start = path.size;
    text_format(&path, "%s/%s", folder, file);
    for (size_t i = start; v && i < path.size; i++)
        if (path.data[i] == '/')
            path.data[i] = '\\';
    if (v && v->shadow)
        text_format(&path, " (shadow copy %lld)", (long long)v->shadow);
    const char *kept = path.full ? NULL : chain_keep(c, text_string(&path), path.size);
    c->failed = c->failed || path.full;
    text_free(&path);
    return kept;
}

int64_t chain_time(const struct chain_case *c, uint32_t thing) {
    const struct chain_thing *t = &c->things[thing];
    int64_t time = t->artifact ? t->born : 0;
    for (uint32_t i = 0; time == 0 && i < t->founds; i++)
        time = c->founds[t->found + i].time;
    return time;
}

bool chain_near(int64_t a, int64_t b, int64_t seconds) {
    return a > 0 && b > 0 && (a < b ? b - a : a - b) / 10000000 <= seconds;
}
