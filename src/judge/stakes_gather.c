#include "judge/stakes_gather.h"

#include "judge/host_registry.h"

#include <stdlib.h>

enum { BUCKETS = 1 << 16, DIRECTORY = 1, DELETED = 2 /* of artifact.flags */ };

/* What one rule finds in one place, of whatever volume. */
struct slot {
    const struct stakes_rule *rule;
    char *path, *home;
    const char *browser;
    size_t user;
    uint32_t next;
};

struct group {
    struct stakes_group told;
    uint32_t slot, next;
    int64_t largest;
    char *name;
};

/* A place of a folder. */
struct spot {
    int64_t folder;
    uint32_t slot;
    enum stakes_places_rank rank;
    const char *file;
};

struct stakes_gather {
    const struct stakes *stakes;
    struct db *db;
    struct slot *slots;
    struct group *groups;
    struct spot *spots;
    size_t slot_count, slot_room, group_count, group_room, spot_count, spot_room;
    uint32_t slot_heads[BUCKETS], group_heads[BUCKETS]; /* number plus one */
    uint64_t omitted;
    struct db_query *folder; /* a folder's path by its number */
    bool failed;
};

struct file {
    int64_t artifact, evidence, volume, size, created, modified;
    const char *name;
    size_t name_size;
    enum stakes_standing standing;
    enum stakes_places_rank rank;
};

static const char folders_sql[] = "SELECT id, path FROM folder ORDER BY id";
static const char folder_sql[] = "SELECT path FROM folder WHERE id = ?";

/* Columns that matter to few rows stand last: SQLite decodes as far as it is asked. */
static const char files_sql[] =
    "SELECT a.id, a.folder, a.name, a.stream IS NOT NULL, a.flags, a.evidence, coalesce(v.shadow_of, a.volume, 0),"
    " v.shadow IS NOT NULL, a.size, a.si_created, a.si_modified FROM artifact a LEFT JOIN volume v ON v.id = a.volume"
    " WHERE a.evidence NOT IN (SELECT id FROM evidence WHERE kind = 'catalogs' OR (kind = 'archive' AND"
    " artifact IS NOT NULL AND collector IS NULL)) ORDER BY a.id";

static const char keys_sql[] =
    "SELECT k.artifact, k.path, coalesce(k.last_write, 0), k.state, a.evidence, coalesce(v.shadow_of, a.volume, 0),"
    " v.shadow IS NOT NULL, a.folder FROM hive_key k JOIN artifact a ON a.id = k.artifact LEFT JOIN volume v ON"
    " v.id = a.volume ORDER BY k.artifact, k.ordinal";

/* Room for one more; NULL, with `failed` set, if there is none. */
static void *grow(struct stakes_gather *g, void *list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return list;
    size_t more = *room ? 2 * *room : 256;
    void *bigger = realloc(list, more * size);
    if (bigger)
        *room = more;
    else
        g->failed = true;
    return bigger;
}

static uint32_t mix(uint32_t hash, const void *data, size_t size) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The number of the slot plus one; 0 if there is no room. `home` NULL for files. */
static uint32_t slot_of(struct stakes_gather *g, const struct stakes_rule *rule, const char *path,
                        size_t size, const char *home) {
    uint32_t hash = mix(mix(2166136261u, &rule, sizeof rule), path, size);
    hash = (home ? mix(hash, home, strlen(home)) : hash) % BUCKETS;
    for (uint32_t at = g->slot_heads[hash]; at; at = g->slots[at - 1].next) {
        const struct slot *slot = &g->slots[at - 1];
        if (slot->rule == rule && strlen(slot->path) == size && memcmp(slot->path, path, size) == 0 &&
            same_text(slot->home, home))
            return at;
    }
    if (g->slot_count == STAKES_GATHER_MOST)
        return 0;
    struct slot *slots = grow(g, g->slots, g->slot_count, &g->slot_room, sizeof *slots);
    if (!slots)
        return 0;
    g->slots = slots;
    struct slot slot = {rule, strndup(path, size), home ? strdup(home) : NULL, NULL, 0, g->slot_heads[hash]};
    slot.user = home ? stakes_places_user(home) : slot.path ? stakes_places_user(slot.path) : 0;
    g->failed = g->failed || !slot.path || (home && !slot.home);
    g->slots[g->slot_count++] = slot;
    return g->slot_heads[hash] = (uint32_t)g->slot_count;
}

static struct group *group_of(struct stakes_gather *g, uint32_t slot, const struct file *file) {
    int64_t key[3] = {slot, file->evidence, file->volume};
    uint32_t hash = mix(2166136261u, key, sizeof key) % BUCKETS;
    for (uint32_t at = g->group_heads[hash]; at; at = g->groups[at - 1].next) {
        struct group *group = &g->groups[at - 1];
        if (group->slot == slot && group->told.evidence == file->evidence &&
            group->told.volume == file->volume)
            return group;
    }
    struct group *groups = g->group_count < STAKES_GATHER_MOST
                               ? grow(g, g->groups, g->group_count, &g->group_room, sizeof *groups)
                               : NULL;
    if (!groups)
        return NULL;
    g->groups = groups;
    const struct slot *of = &g->slots[slot - 1];
    groups[g->group_count] = (struct group){.told = {.rule = of->rule,
                                                     .path = of->path,
                                                     .user = of->user,
                                                     .home = of->home,
                                                     .browser = of->browser,
                                                     .evidence = file->evidence,
                                                     .volume = file->volume,
                                                     .standing = file->standing,
                                                     .rank = file->rank},
                                            .slot = slot,
                                            .next = g->group_heads[hash],
                                            .largest = -1};
    g->group_heads[hash] = (uint32_t)++g->group_count;
    return &groups[g->group_count - 1];
}

/* What is there now counts alone; else what is deleted, else what a shadow copy has. */
static void start_anew(struct group *group, const struct file *file) {
    group->told.standing = file->standing;
    group->told.files = group->told.size = 0;
    group->told.created = group->told.modified = 0;
    group->told.rank = file->rank;
    group->largest = -1;
    free(group->name);
    group->name = NULL;
}

static void count_file(struct stakes_gather *g, uint32_t slot, const struct file *file) {
    struct group *group = slot ? group_of(g, slot, file) : NULL;
    if (!group) {
        g->omitted++;
        return;
    }
    struct stakes_group *told = &group->told;
    if (file->standing < told->standing)
        start_anew(group, file);
    if (file->standing > told->standing)
        return;
    if (told->files == 0 && file->name && !(group->name = strndup(file->name, file->name_size)))
        g->failed = true;
    told->files++;
    told->size += file->size > 0 ? (uint64_t)file->size : 0;
    if (file->size > group->largest) {
        group->largest = file->size;
        told->artifact = file->artifact;
    }
    if (file->created > 0 && (told->created == 0 || file->created < told->created))
        told->created = file->created;
    if (file->modified > told->modified)
        told->modified = file->modified;
    if (file->rank < told->rank)
        told->rank = file->rank;
}

static void add_spots(struct stakes_gather *g, int64_t folder, const char *path) {
    struct stakes_place places[STAKES_PLACES_MOST];
    size_t count = stakes_places_of(g->stakes, path, places);
    for (size_t i = 0; i < count && !g->failed; i++) {
        struct spot *spots = grow(g, g->spots, g->spot_count, &g->spot_room, sizeof *spots);
        if (!spots)
            return;
        g->spots = spots;
        uint32_t slot = slot_of(g, places[i].rule, path, places[i].group, NULL);
        if (slot)
            g->slots[slot - 1].browser = places[i].browser;
        spots[g->spot_count++] = (struct spot){folder, slot, places[i].rank, places[i].file};
    }
}

static bool gather_folders(struct stakes_gather *g) {
    struct db_query *q = db_prepare(g->db, folders_sql);
    while (q && !g->failed && db_step(q))
        add_spots(g, db_integer(q, 0), db_text(q, 1, NULL));
    db_finish(q);
    return q && !g->failed;
}

/* The number of the first spot of the folder, or of a later folder. */
static size_t first_spot(const struct stakes_gather *g, int64_t folder) {
    size_t low = 0, high = g->spot_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (g->spots[middle].folder < folder)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const char *folder_path(struct stakes_gather *g, int64_t folder) {
    db_reset(g->folder);
    db_bind_integer(g->folder, 1, folder);
    return db_step(g->folder) ? db_text(g->folder, 0, NULL) : "";
}

static struct file file_of(struct db_query *q, enum stakes_places_rank rank) {
    bool shadowed = db_integer(q, 7) != 0, deleted = (db_integer(q, 4) & DELETED) != 0;
    struct file file = {.artifact = db_integer(q, 0),
                        .evidence = db_integer(q, 5),
                        .volume = db_integer(q, 6),
                        .size = db_integer(q, 8),
                        .created = db_integer(q, 9),
                        .modified = db_integer(q, 10),
                        .standing = shadowed  ? STAKES_SHADOWED
                                    : deleted ? STAKES_DELETED
                                              : STAKES_PRESENT,
                        .rank = rank};
    file.name = db_text(q, 2, &file.name_size);
    return file;
}

static void take_named(struct stakes_gather *g, struct db_query *q, const struct stakes_rule *rule) {
    const char *path = folder_path(g, db_integer(q, 1));
    if (rule->kind == STAKES_NONE || stakes_places_aside(g->stakes, path))
        return;
    struct file file = file_of(q, STAKES_PLACES_PLAIN);
    count_file(g, slot_of(g, rule, path, strlen(path), NULL), &file);
}

/* `*at`: the first spot at or behind the folder of the file before. */
static void take_file(struct stakes_gather *g, struct db_query *q, int64_t *folder, size_t *at) {
    size_t size;
    const char *name = db_text(q, 2, &size);
    if (*folder != db_integer(q, 1)) {
        *folder = db_integer(q, 1);
        *at = first_spot(g, *folder);
    }
    const struct stakes_rule *named = NULL;
    const struct spot *found = NULL;
    for (size_t i = *at; !found && i < g->spot_count && g->spots[i].folder == *folder; i++)
        if (!g->spots[i].file || stakes_is(g->spots[i].file, name, size))
            found = &g->spots[i];
    if (!found)
        named = stakes_places_name(g->stakes, name, size);
    if ((!found && !named) || db_integer(q, 3) || (db_integer(q, 4) & DIRECTORY))
        return;
    struct file file = file_of(q, found ? found->rank : STAKES_PLACES_PLAIN);
    if (found)
        count_file(g, found->slot, &file);
    else
        take_named(g, q, named);
}

static bool gather_files(struct stakes_gather *g) {
    struct db_query *q = db_prepare(g->db, files_sql);
    int64_t folder = 0;
    size_t at = 0;
    while (q && !g->failed && db_step(q))
        take_file(g, q, &folder, &at);
    db_finish(q);
    return q && !g->failed;
}

/* Of control sets that remember the same, one is told. */
static const char *without_set(const char *path) {
    const char *rest = strncasecmp(path, "/ControlSet", 11) == 0 ? strchr(path + 1, '/') : NULL;
    return rest ? rest : path;
}

static void take_key(struct stakes_gather *g, struct db_query *q) {
    const char *path = db_text(q, 1, NULL);
    for (size_t i = 0; i < g->stakes->count; i++) {
        const struct stakes_rule *rule = &g->stakes->list[i];
        if (rule->match != STAKES_KEY || !host_registry_is(rule->value, path))
            continue;
        const char *told = without_set(path);
        struct file file = {.artifact = db_integer(q, 0),
                            .evidence = db_integer(q, 4),
                            .volume = db_integer(q, 5),
                            .modified = db_integer(q, 2),
                            .standing = db_integer(q, 6)                              ? STAKES_SHADOWED
                                        : strcmp(db_text(q, 3, NULL), "deleted") == 0 ? STAKES_DELETED
                                                                                      : STAKES_PRESENT,
                            .rank = STAKES_PLACES_PLAIN};
        count_file(g, slot_of(g, rule, told, strlen(told), folder_path(g, db_integer(q, 7))), &file);
        return;
    }
}

static bool gather_keys(struct stakes_gather *g) {
    struct db_query *q = db_prepare(g->db, keys_sql);
    while (q && !g->failed && db_step(q))
        take_key(g, q);
    db_finish(q);
    return q && !g->failed;
}

static int order(const void *left, const void *right) {
    const struct stakes_group *a = &((const struct group *)left)->told;
    const struct stakes_group *b = &((const struct group *)right)->told;
    if (a->evidence != b->evidence)
        return a->evidence < b->evidence ? -1 : 1;
    if (a->rule->kind != b->rule->kind)
        return a->rule->kind < b->rule->kind ? -1 : 1;
    int by = strcmp(a->rule->name, b->rule->name);
    by = by ? by : a->volume < b->volume ? -1 : a->volume > b->volume;
    by = by ? by : strcmp(a->path, b->path);
    by = by ? by : strcmp(a->home ? a->home : "", b->home ? b->home : "");
    return by ? by : (a->rule > b->rule) - (a->rule < b->rule);
}

struct stakes_gather *stakes_gather_all(struct db *db, const struct stakes *stakes) {
    struct stakes_gather *g = calloc(1, sizeof *g);
    if (!g)
        return NULL;
    g->stakes = stakes;
    g->db = db;
    g->folder = db_prepare(db, folder_sql);
    bool good = g->folder && gather_folders(g) && gather_files(g) && gather_keys(g) && db_error(db)[0] == 0;
    db_finish(g->folder);
    for (size_t i = 0; i < g->group_count; i++)
        if (g->groups[i].told.files == 1)
            g->groups[i].told.name = g->groups[i].name;
    if (good && g->group_count > 0)
        qsort(g->groups, g->group_count, sizeof *g->groups, order);
    if (good)
        return g;
    stakes_gather_free(g);
    return NULL;
}

void stakes_gather_free(struct stakes_gather *gather) {
    if (!gather)
        return;
    for (size_t i = 0; i < gather->slot_count; i++) {
        free(gather->slots[i].path);
        free(gather->slots[i].home);
    }
    for (size_t i = 0; i < gather->group_count; i++)
        free(gather->groups[i].name);
    free(gather->slots);
    free(gather->groups);
    free(gather->spots);
    free(gather);
}

size_t stakes_gather_count(const struct stakes_gather *gather) {
    return gather->group_count;
}

const struct stakes_group *stakes_gather_at(const struct stakes_gather *gather, size_t number) {
    return &gather->groups[number].told;
}

uint64_t stakes_gather_omitted(const struct stakes_gather *gather) {
    return gather->omitted;
}
