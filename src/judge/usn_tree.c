#include "judge/usn_tree.h"

#include <stdlib.h>

enum { ROOT = 5, FIRST_ROOM = 1024 };

struct usn_tree_name {
    size_t start; /* in names */
    uint32_t size;
};

struct usn_tree_path {
    uint32_t parent, name; /* of the root: 0, none */
    uint32_t size;         /* bytes of the whole path */
    uint32_t depth;
    uint32_t folder; /* the node that the $MFT lists here, or none */
};

struct state {
    uint32_t name;   /* none: not known */
    uint32_t parent; /* a node, or none: `base` is the path of what it lies in */
    uint32_t base;
    uint8_t source; /* of this name and parent */
    bool orphan;    /* what lies above `base` is not known */
};

struct usn_tree_node {
    uint64_t reference; /* record and sequence number */
    struct state listed, now;
    uint64_t moment;     /* for which `path` holds */
    uint32_t turn;       /* for which `now` and `moment` hold */
    uint32_t path;       /* of the folder */
    uint8_t path_source; /* of all of it */
    bool is_listed, set, busy;
};

static uint64_t stir(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    return hash ^ hash >> 29;
}

/* Names come from evidence; the seed keeps them from meeting on purpose. */
static uint32_t hash_name(const struct usn_tree *tree, const char *name, size_t size) {
    uint64_t hash = stir(tree->seed, size), word;
    for (; size >= 8; name += 8, size -= 8) {
        memcpy(&word, name, 8);
        hash = stir(hash, word);
    }
    word = 0;
    memcpy(&word, name, size);
    return (uint32_t)stir(hash, word);
}

static uint32_t hash_pair(const struct usn_tree *tree, uint64_t a, uint64_t b) {
    return (uint32_t)stir(stir(tree->seed, a), b);
}

/* Room for one more entry, in the table and in the list that goes with it. */
static bool grow(struct usn_tree_table *table, void **list, size_t size) {
    if (table->count < table->room)
        return true;
    size_t room = table->room ? 2 * table->room : FIRST_ROOM;
    if (room > UINT32_MAX / 2)
        return false;
    void *more = realloc(*list, room * size);
    if (!more)
        return false;
    *list = more;
    uint32_t *hashes = realloc(table->hashes, room * sizeof *hashes);
    if (!hashes)
        return false;
    table->hashes = hashes;
    uint32_t *slots = malloc(2 * room * sizeof *slots);
    if (!slots)
        return false;
    memset(slots, 0xff, 2 * room * sizeof *slots);
    free(table->slots);
    table->slots = slots;
    table->room = room;
    for (size_t i = 0; i < table->count; i++) {
        size_t at = hashes[i] & (2 * room - 1);
        while (slots[at] != USN_TREE_NONE)
            at = (at + 1) & (2 * room - 1);
        slots[at] = (uint32_t)i;
    }
    return true;
}

/* A walk over the entries that may have a hash. Ends with USN_TREE_NONE, at the slot for a new one. */
static uint32_t probe(const struct usn_tree_table *table, uint32_t hash, size_t *at, bool first) {
    size_t mask = 2 * table->room - 1;
    for (*at = first ? hash & mask : (*at + 1) & mask; table->slots[*at] != USN_TREE_NONE;
         *at = (*at + 1) & mask)
        if (table->hashes[table->slots[*at]] == hash)
            break;
    return table->slots[*at];
}

static uint32_t put(struct usn_tree_table *table, uint32_t hash, size_t at) {
    table->hashes[table->count] = hash;
    table->slots[at] = (uint32_t)table->count;
    return (uint32_t)table->count++;
}

uint32_t usn_tree_name(struct usn_tree *tree, const char *name, size_t size) {
    uint32_t hash = hash_name(tree, name, size);
    void *list = tree->name_list;
    bool roomy = size <= USN_TREE_SIZE && grow(&tree->name_table, &list, sizeof *tree->name_list);
    tree->name_list = list;
    if (!roomy)
        return USN_TREE_NONE;
    size_t at;
    uint32_t found = probe(&tree->name_table, hash, &at, true);
    for (; found != USN_TREE_NONE; found = probe(&tree->name_table, hash, &at, false)) {
        const struct usn_tree_name *known = &tree->name_list[found];
        if (known->size == size && (size == 0 || memcmp(tree->names.data + known->start, name, size) == 0))
            return found;
    }
    size_t start = tree->names.size;
    text_bytes(&tree->names, name, size);
    if (tree->names.full)
        return USN_TREE_NONE;
    found = put(&tree->name_table, hash, at);
    tree->name_list[found] = (struct usn_tree_name){start, (uint32_t)size};
    return found;
}

/* The path of what lies in `parent` under this name. */
static uint32_t child(struct usn_tree *tree, uint32_t parent, uint32_t name) {
    if (parent == USN_TREE_NONE || name == USN_TREE_NONE)
        return USN_TREE_NONE;
    uint32_t hash = hash_pair(tree, parent, name);
    void *list = tree->path_list;
    bool roomy = grow(&tree->path_table, &list, sizeof *tree->path_list);
    tree->path_list = list;
    if (!roomy)
        return USN_TREE_NONE;
    size_t at;
    uint32_t found = probe(&tree->path_table, hash, &at, true);
    for (; found != USN_TREE_NONE; found = probe(&tree->path_table, hash, &at, false))
        if (tree->path_list[found].parent == parent && tree->path_list[found].name == name)
            return found;
    found = put(&tree->path_table, hash, at);
    const struct usn_tree_path *above = &tree->path_list[parent];
    tree->path_list[found] = (struct usn_tree_path){
        parent, name, above->size + 1 + tree->name_list[name].size, above->depth + 1, USN_TREE_NONE};
    return found;
}

static uint32_t node_of(struct usn_tree *tree, uint64_t reference) {
    uint32_t hash = hash_pair(tree, reference, 0);
    void *list = tree->node_list;
    bool roomy = grow(&tree->node_table, &list, sizeof *tree->node_list);
    tree->node_list = list;
    if (!roomy)
        return USN_TREE_NONE;
    size_t at;
    uint32_t found = probe(&tree->node_table, hash, &at, true);
    for (; found != USN_TREE_NONE; found = probe(&tree->node_table, hash, &at, false))
        if (tree->node_list[found].reference == reference)
            return found;
    found = put(&tree->node_table, hash, at);
    tree->node_list[found] = (struct usn_tree_node){.reference = reference};
    return found;
}

static uint64_t reference_of(uint64_t record, uint16_t sequence) {
    return record << 16 | sequence;
}

uint32_t usn_tree_node(struct usn_tree *tree, uint64_t record, uint16_t sequence) {
    return node_of(tree, reference_of(record, sequence));
}

uint64_t usn_tree_record(const struct usn_tree *tree, uint32_t node) {
    return tree->node_list[node].reference >> 16;
}

uint16_t usn_tree_sequence(const struct usn_tree *tree, uint32_t node) {
    return (uint16_t)tree->node_list[node].reference;
}

bool usn_tree_open(struct usn_tree *ret) {
    *ret = (struct usn_tree){.moment = 1, .turn = 1};
    void *paths = NULL;
    bool roomy = grow(&ret->path_table, &paths, sizeof *ret->path_list);
    ret->path_list = paths;
    if (!roomy)
        return false;
    ret->seed =
        stir((uint64_t)(uintptr_t)paths, (uint64_t)(uintptr_t)ret); /* addresses differ from run to run */
    size_t at;
    (void)probe(&ret->path_table, 0, &at, true);
    ret->path_list[put(&ret->path_table, 0, at)] =
        (struct usn_tree_path){0, USN_TREE_NONE, 0, 0, USN_TREE_NONE};
    return true;
}

void usn_tree_free(struct usn_tree *tree) {
    struct usn_tree_table *const tables[] = {&tree->name_table, &tree->path_table, &tree->node_table};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        free(tables[i]->slots);
        free(tables[i]->hashes);
    }
    text_free(&tree->names);
    free(tree->name_list);
    free(tree->path_list);
    free(tree->node_list);
    *tree = (struct usn_tree){0};
}

/* A path as the $MFT's listing writes it. Names in it hold no slash. */
static uint32_t path_of(struct usn_tree *tree, const char *text, size_t size) {
    uint32_t path = 0;
    while (size > 0 && path != USN_TREE_NONE) {
        const char *slash = memchr(text, '/', size);
        size_t part = slash ? (size_t)(slash - text) : size, step = slash ? part + 1 : part;
        if (part > 0)
            path = child(tree, path, usn_tree_name(tree, text, part));
        text += step;
        size -= step;
    }
    return path;
}

static bool list_as(struct usn_tree *tree, uint64_t reference, const struct state *state, uint32_t path) {
    uint32_t node = node_of(tree, reference);
    if (node == USN_TREE_NONE)
        return false;
    struct usn_tree_node *it = &tree->node_list[node];
    if (it->is_listed && it->listed.source <= state->source)
        return true;
    it->is_listed = true;
    it->listed = *state;
    struct usn_tree_path *place = &tree->path_list[path];
    if (place->folder == USN_TREE_NONE || state->source == USN_TREE_MFT)
        place->folder = node;
    return true;
}

bool usn_tree_list(struct usn_tree *tree, const struct usn_tree_listed *listed) {
    uint32_t base = path_of(tree, listed->folder, listed->folder_size), path = base;
    struct state state = {USN_TREE_NONE, USN_TREE_NONE, base,
                          listed->deleted ? USN_TREE_DELETED : USN_TREE_MFT, listed->orphan};
    if (listed->name_size > 0) {
        state.name = usn_tree_name(tree, listed->name, listed->name_size);
        path = child(tree, base, state.name);
    }
    if (path == USN_TREE_NONE)
        return false;
    uint16_t before = listed->sequence > 1 ? (uint16_t)(listed->sequence - 1) : UINT16_MAX;
    return (!listed->deleted || list_as(tree, reference_of(listed->record, before), &state, path)) &&
           list_as(tree, reference_of(listed->record, listed->sequence), &state, path);
}

void usn_tree_begin(struct usn_tree *tree) {
    tree->turn++;
    tree->moment++;
}

/* The root has this reference on every volume. */
static bool is_root(const struct usn_tree_node *node) {
    return node->reference == reference_of(ROOT, ROOT) ||
           (node->is_listed && node->reference >> 16 == ROOT && node->listed.source == USN_TREE_MFT);
}

static struct state listed_state(const struct usn_tree *tree, const struct usn_tree_node *node) {
    struct state state = {USN_TREE_NONE, USN_TREE_NONE, 0, USN_TREE_UNKNOWN, false};
    if (!node->is_listed)
        return state;
    state = node->listed;
    if (state.base != 0)
        state.parent = tree->path_list[state.base].folder;
    return state;
}

static struct usn_tree_node *now(struct usn_tree *tree, uint32_t node) {
    struct usn_tree_node *it = &tree->node_list[node];
    if (it->turn == tree->turn)
        return it;
    it->turn = tree->turn;
    it->set = it->busy = false;
    it->moment = 0;
    it->now = listed_state(tree, it);
    return it;
}

bool usn_tree_is_fresh(const struct usn_tree *tree, uint32_t node) {
    return tree->node_list[node].turn != tree->turn || !tree->node_list[node].set;
}

/* Whether the $MFT says the same. */
static bool agrees(const struct usn_tree *tree, const struct usn_tree_node *node, uint32_t name,
                   uint32_t parent) {
    struct state listed = listed_state(tree, node);
    if (!node->is_listed || listed.source != USN_TREE_MFT || listed.name != name)
        return false;
    return listed.parent == parent ||
           (listed.parent == USN_TREE_NONE && listed.base == 0 && is_root(&tree->node_list[parent]));
}

void usn_tree_set(struct usn_tree *tree, uint32_t node, uint32_t name, uint32_t parent) {
    struct usn_tree_node *it = now(tree, node);
    bool same = it->set && it->now.name == name && it->now.parent == parent;
    it->set = true;
    if (same)
        return;
    bool listed = name != USN_TREE_NONE && agrees(tree, it, name, parent);
    it->now = (struct state){name, parent, 0, listed ? USN_TREE_MFT : USN_TREE_JOURNAL, false};
    tree->moment++;
}

uint32_t usn_tree_unknown(struct usn_tree *tree, uint32_t node) {
    char name[64];
    int size = snprintf(name, sizeof name, "$Unknown-%llu-%u",
                        (unsigned long long)usn_tree_record(tree, node), usn_tree_sequence(tree, node));
    return child(tree, 0, usn_tree_name(tree, name, (size_t)size));
}

static void keep(const struct usn_tree *tree, struct usn_tree_node *node, uint32_t path, unsigned source) {
    node->path = path;
    node->path_source = (uint8_t)source;
    node->moment = tree->moment;
    node->busy = false;
}

/* Where a climb ends: at the root, at a path that still holds, or where nothing is known. */
static bool ends(struct usn_tree *tree, struct usn_tree_node *node, uint32_t number, bool far, uint32_t *path,
                 unsigned *source) {
    if (node->moment == tree->moment) {
        *path = node->path;
        *source = node->path_source;
    } else if (is_root(node)) {
        *path = 0;
        *source = USN_TREE_MFT;
    } else if (node->busy || far || node->now.name == USN_TREE_NONE) {
        *path = usn_tree_unknown(tree, number);
        *source = USN_TREE_UNKNOWN;
    } else
        return false;
    return true;
}

/* The next step down: one more folder below `path`, unless that becomes too much. */
static uint32_t step(struct usn_tree *tree, uint32_t number, uint32_t path, unsigned *source) {
    const struct usn_tree_node *node = &tree->node_list[number];
    if (path == USN_TREE_NONE)
        return path;
    const struct usn_tree_path *above = &tree->path_list[path];
    if (above->depth >= USN_TREE_DEPTH ||
        above->size + 1 + tree->name_list[node->now.name].size > USN_TREE_SIZE) {
        *source = USN_TREE_UNKNOWN;
        return usn_tree_unknown(tree, number);
    }
    *source = node->now.source > *source ? node->now.source : *source;
    return child(tree, path, node->now.name);
}

uint32_t usn_tree_path(struct usn_tree *tree, uint32_t node, enum usn_tree_source *source) {
    uint32_t chain[USN_TREE_DEPTH], at = node, path = 0;
    size_t count = 0;
    unsigned from = USN_TREE_UNKNOWN;
    for (;;) {
        struct usn_tree_node *it = now(tree, at);
        if (ends(tree, it, at, count == USN_TREE_DEPTH, &path, &from))
            break;
        it->busy = true;
        chain[count++] = at;
        if (it->now.parent == USN_TREE_NONE) {
            path = it->now.base;
            from = it->now.orphan ? USN_TREE_UNKNOWN : USN_TREE_MFT;
            break;
        }
        at = it->now.parent;
    }
    if (count == 0 && path != USN_TREE_NONE)
        keep(tree, &tree->node_list[node], path, from);
    while (count > 0) {
        uint32_t number = chain[--count];
        path = step(tree, number, path, &from);
        keep(tree, &tree->node_list[number], path, from);
    }
    *source = (enum usn_tree_source)from;
    return path;
}

size_t usn_tree_size(const struct usn_tree *tree, uint32_t path) {
    return tree->path_list[path].size;
}

void usn_tree_text(const struct usn_tree *tree, uint32_t path, struct text *ret) {
    uint32_t chain[USN_TREE_DEPTH + 1];
    size_t count = 0;
    for (; path != 0 && count <= USN_TREE_DEPTH; path = tree->path_list[path].parent)
        chain[count++] = path;
    while (count > 0) {
        const struct usn_tree_name *name = &tree->name_list[tree->path_list[chain[--count]].name];
        text_char(ret, '/');
        text_bytes(ret, tree->names.data + name->start, name->size);
    }
}
