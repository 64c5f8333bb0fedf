#include "format/regf_walk.h"

#include "format/regf_private.h"
#include "format/regf_text.h"

enum { NAME_UNITS = 1024 /* characters of a name in a path; Windows allows 255 */ };

/* A list of keys, whose elements may lie in several leaves below an index root. */
struct list {
    uint32_t at;              /* its cell, for damage */
    struct span leaves, leaf; /* elements */
    size_t leaves_left, left; /* how many of them */
    unsigned stride;          /* bytes of an element of the leaf */
};

struct frame {
    uint32_t cell;
    struct list list;
};

enum phase { TREE, LOST_KEYS, LOST_VALUES, END };

/* Where the search for what no list names has come to. */
struct sweep {
    uint32_t at;        /* in the bins */
    uint32_t bin_end;   /* of the bin that it lies in, or of what lies between bins */
    uint32_t cell_next; /* where the next cell begins, if cells follow each other */
    bool in_use;        /* the cell that begins at `at`, if one does */
};

struct regf_walk {
    struct regf *hive;
    enum phase phase;
    struct regf_item item; /* the last key */
    struct span values;    /* what is left of its list */
    uint32_t values_at;    /* of the list's cell */
    struct frame frames[REGF_DEPTH];
    unsigned depth;
    bool begun;
    struct sweep sweep;
};

struct regf_walk *regf_walk_new(struct regf *hive) {
    struct regf_walk *walk = job_alloc(hive->job, 1, sizeof *walk);
    if (walk)
        walk->hive = hive;
    return walk;
}

static bool step(struct regf *hive, uint32_t at) {
    return regf_step(hive, at, 0);
}

/* The elements of a leaf; false if it is none. */
static bool open_leaf(struct regf *hive, struct span body, struct list *list) {
    bool wide = span_starts(body, "lf", 2) || span_starts(body, "lh", 2);
    if (!wide && !span_starts(body, "li", 2))
        return false;
    struct cursor c = cursor_of(body);
    cursor_skip(&c, 2);
    uint16_t count = cursor_u16(&c);
    list->stride = wide ? 8 : 4;
    list->leaf = span_clip(body, 4, (uint64_t)count * list->stride);
    list->left = list->leaf.size / list->stride;
    if (list->left < count)
        regf_damage(hive, FAULT_TORN, list->at, "a list of keys that is longer than its cell");
    regf_use(hive, list->at, 8 + (uint64_t)list->leaf.size);
    return true;
}

static void open_root(struct regf *hive, struct span body, struct list *list) {
    struct cursor c = cursor_of(body);
    cursor_skip(&c, 2);
    uint16_t count = cursor_u16(&c);
    list->leaves = span_clip(body, 4, (uint64_t)count * 4);
    list->leaves_left = list->leaves.size / 4;
    if (list->leaves_left < count)
        regf_damage(hive, FAULT_TORN, list->at, "a list of lists that is longer than its cell");
    regf_use(hive, list->at, 8 + (uint64_t)list->leaves.size);
}

static void open_list(struct regf *hive, const struct regf_key *key, struct list *list) {
    struct span body;
    *list = (struct list){.at = key->subkey_list};
    if (key->subkeys == 0 || !regf_follow(hive, key->subkey_list, &body))
        return;
    if (span_starts(body, "ri", 2))
        open_root(hive, body, list);
    else if (!open_leaf(hive, body, list))
        regf_damage(hive, FAULT_BAD, key->subkey_list, "a list of keys that is none");
}

/* The next element of a list; false at its end. */
static bool list_next(struct regf *hive, struct list *list, uint32_t *ret) {
    while (list->left == 0) {
        struct span body;
        if (list->leaves_left == 0)
            return false;
        struct cursor c = cursor_of(list->leaves);
        list->at = cursor_u32(&c);
        list->leaves = span_from(list->leaves, 4);
        list->leaves_left--;
        if (!step(hive, 0))
            return false;
        if (regf_follow(hive, list->at, &body) && !open_leaf(hive, body, list))
            regf_damage(hive, FAULT_BAD, list->at, "a list of keys that is none");
    }
    struct cursor c = cursor_of(list->leaf);
    *ret = cursor_u32(&c);
    list->leaf = span_from(list->leaf, list->stride);
    list->left--;
    return true;
}

/* A key that something leads to; false if it is none or was told before. */
static bool take_key(struct regf *hive, uint32_t at, uint32_t parent, struct regf_key *ret) {
    struct span body;
    bool cut;
    if (!regf_follow(hive, at, &body))
        return false;
    if (regf_bit(hive->seen, at)) {
        regf_damage(hive, FAULT_BAD, at, "a key that is listed twice");
        return false;
    }
    if (!regf_read_key(hive, at, body, ret, &cut)) {
        regf_damage(hive, FAULT_BAD, at, "a list of keys with what is none");
        return false;
    }
    if (cut)
        regf_damage(hive, FAULT_TORN, at, "a key whose name is longer than its cell");
    if (!regf_step(hive, at, ret->name.size))
        return false;
    if (parent != REGF_NONE && ret->parent != parent)
        regf_damage(hive, FAULT_BAD, at, "a key that names another parent than the one that lists it");
    regf_set(hive->seen, at);
    regf_use(hive, at, 4 + REGF_KEY_NAME + (uint64_t)ret->name.size);
    if (ret->class_name.size > 0)
        regf_use(hive, (uint32_t)(ret->class_name.offset - hive->bins.offset - 4),
                 4 + (uint64_t)ret->class_name.size);
    return true;
}

static void open_values(struct regf_walk *walk) {
    const struct regf_key *key = &walk->item.key;
    struct regf *hive = walk->hive;
    struct span body;
    walk->values = span_part(hive->bins, 0, 0);
    walk->values_at = key->value_list;
    if (key->values == 0 || key->flags & REGF_PREDEFINED || !regf_follow(hive, key->value_list, &body))
        return;
    walk->values = span_clip(body, 0, (uint64_t)key->values * 4);
    regf_use(hive, key->value_list, 4 + (uint64_t)walk->values.size);
    if (walk->values.size / 4 < key->values)
        regf_damage(hive, FAULT_TORN, key->value_list, "a list of values that is longer than its cell");
}

/* The list of remains is believed only if nothing of the tree lies in its place. */
static void open_remains(struct regf_walk *walk) {
    const struct regf_key *key = &walk->item.key;
    struct regf *hive = walk->hive;
    struct span body;
    walk->values = span_part(hive->bins, 0, 0);
    if (key->values > 0 && !(key->flags & REGF_PREDEFINED) &&
        regf_cell(hive, key->value_list, &body) != REGF_OUTSIDE && !regf_bit(hive->used, key->value_list))
        walk->values = span_clip(body, 0, (uint64_t)key->values * 4);
}

static void enter(struct regf_walk *walk) {
    struct regf *hive = walk->hive;
    walk->item.kind = REGF_KEY;
    walk->item.state = REGF_LIVE;
    walk->item.depth = walk->depth;
    open_values(walk);
    if (walk->depth == REGF_DEPTH) {
        regf_damage(hive, FAULT_LIMIT, walk->item.key.cell, "keys that lie deeper than Windows allows");
        return;
    }
    struct frame *frame = &walk->frames[walk->depth++];
    frame->cell = walk->item.key.cell;
    open_list(hive, &walk->item.key, &frame->list);
}

/* Where the root is if the base block does not say so: the first cell of the first bin. */
static bool take_root(struct regf_walk *walk) {
    enum { FIRST = 32 };
    struct regf *hive = walk->hive;
    if (take_key(hive, hive->root, REGF_NONE, &walk->item.key))
        return true;
    if (hive->root == FIRST || !take_key(hive, FIRST, REGF_NONE, &walk->item.key))
        return false;
    hive->root = FIRST;
    return true;
}

static bool next_key(struct regf_walk *walk) {
    struct regf *hive = walk->hive;
    if (!walk->begun) {
        walk->begun = true;
        if (!take_root(walk))
            return false;
        enter(walk);
        return true;
    }
    while (walk->depth > 0) {
        struct frame *frame = &walk->frames[walk->depth - 1];
        uint32_t at;
        if (!list_next(hive, &frame->list, &at)) {
            walk->depth--;
            continue;
        }
        if (!step(hive, at))
            return false;
        if (take_key(hive, at, frame->cell, &walk->item.key)) {
            enter(walk);
            return true;
        }
    }
    return false;
}

static bool take_value(struct regf *hive, uint32_t at, struct regf_value *ret) {
    struct span body;
    bool cut;
    if (!regf_follow(hive, at, &body))
        return false;
    if (regf_bit(hive->seen, at)) {
        regf_damage(hive, FAULT_BAD, at, "a value that is listed twice");
        return false;
    }
    if (!regf_read_value(hive, at, body, ret, &cut)) {
        regf_damage(hive, FAULT_BAD, at, "a list of values with what is none");
        return false;
    }
    if (cut)
        regf_damage(hive, FAULT_TORN, at, "a value whose name is longer than its cell");
    if (!regf_step(hive, at, ret->name.size))
        return false;
    regf_set(hive->seen, at);
    regf_use(hive, at, 4 + REGF_VALUE_NAME + (uint64_t)ret->name.size);
    regf_find_data(hive, ret);
    return true;
}

/* Names of remains: no control characters, and not cut. */
static bool plausible_name(struct span name, bool latin, bool cut) {
    if (cut || (!latin && name.size % 2 != 0))
        return false;
    for (size_t i = 0; i < name.size; i += latin ? 1 : 2)
        if (name.data[i] < 0x20 && (latin || name.data[i + 1] == 0))
            return false;
    return true;
}

static bool plausible_link(const struct regf *hive, uint32_t at, bool there) {
    return !there || (at >= 32 && at % REGF_UNIT == 0 && at < hive->bins.size);
}

/* What lies in a cell in use is damaged rather than invented. */
static bool plausible_key(const struct regf *hive, const struct regf_key *key, bool in_use, bool cut) {
    if (in_use)
        return key->name.size > 0 && !cut;
    const uint64_t year1990 = 0x01b41e2a18d64000, year2100 = 0x022f716377640000;
    return key->flags < 0x400 && key->name.size > 0 && key->name.size <= 512 &&
           plausible_name(key->name, key->flags & REGF_LATIN, cut) && key->written > year1990 &&
           key->written < year2100 && plausible_link(hive, key->parent, true) &&
           plausible_link(hive, key->subkey_list, key->subkeys > 0) &&
           plausible_link(hive, key->value_list, key->values > 0) && key->values <= hive->bins.size / 4 &&
           key->subkeys <= hive->bins.size / 4;
}

/* A value of remains: one at `at` that was not told and where nothing of the tree lies. */
static bool take_remains(struct regf *hive, uint32_t at, struct regf_value *ret) {
    struct span body;
    bool cut;
    if (regf_cell(hive, at, &body) == REGF_OUTSIDE || regf_bit(hive->seen, at) || regf_bit(hive->used, at) ||
        !regf_read_value(hive, at, body, ret, &cut))
        return false;
    if (!plausible_name(ret->name, ret->latin, cut) || ret->cut || ret->size > hive->bins.size)
        return false;
    if (!regf_step(hive, at, ret->name.size))
        return false;
    regf_find_remains(hive, ret);
    if (ret->type > REGF_QWORD && ret->name.size == 0)
        return false;
    regf_set(hive->seen, at);
    regf_use(hive, at, 4 + REGF_VALUE_NAME + (uint64_t)ret->name.size);
    return true;
}

static bool next_value(struct regf_walk *walk) {
    struct regf *hive = walk->hive;
    while (walk->values.size >= 4) {
        struct cursor c = cursor_of(walk->values);
        uint32_t at = cursor_u32(&c);
        walk->values = span_from(walk->values, 4);
        if (!step(hive, at))
            return false;
        if (walk->item.state == REGF_LIVE ? take_value(hive, at, &walk->item.value)
                                          : take_remains(hive, at, &walk->item.value)) {
            walk->item.kind = REGF_VALUE;
            return true;
        }
    }
    return false;
}

/* The header of a bin at the sweep's place, or the end of what is none. */
static void enter_bin(struct regf_walk *walk) {
    struct regf *hive = walk->hive;
    struct sweep *sweep = &walk->sweep;
    struct cursor c = cursor_of(span_from(hive->bins, sweep->at));
    uint32_t magic = cursor_u32(&c), left = (uint32_t)(hive->bins.size - sweep->at);
    cursor_skip(&c, 4);
    uint32_t size = cursor_u32(&c);
    bool told = walk->phase == LOST_KEYS && sweep->at < hive->bins_size;
    if (!c.torn && magic == 0x6e696268 && size >= REGF_BIN && size % REGF_BIN == 0 && size <= left) {
        sweep->bin_end = sweep->at + size;
        sweep->at += 32;
        sweep->cell_next = sweep->at;
        return;
    }
    if (told)
        regf_damage(hive, FAULT_BAD, sweep->at, "a bin without its header");
    sweep->bin_end = left < REGF_BIN ? sweep->at + left : sweep->at + REGF_BIN;
    sweep->cell_next = sweep->bin_end;
}

/* Follows the cells of the bin up to the sweep's place. */
static void enter_cell(struct regf_walk *walk) {
    struct regf *hive = walk->hive;
    struct sweep *sweep = &walk->sweep;
    sweep->in_use = false;
    while (sweep->cell_next <= sweep->at && sweep->cell_next < sweep->bin_end) {
        struct cursor c = cursor_of(span_from(hive->bins, sweep->cell_next));
        uint32_t raw = cursor_u32(&c), size = raw >> 31 ? 0u - raw : raw;
        sweep->in_use = sweep->cell_next == sweep->at && raw >> 31;
        if (size < REGF_UNIT || size % REGF_UNIT != 0 || size > sweep->bin_end - sweep->cell_next) {
            if (walk->phase == LOST_KEYS && sweep->cell_next < hive->bins_size)
                regf_damage(hive, FAULT_BAD, sweep->cell_next, "cells that do not follow each other");
            sweep->in_use = false;
            sweep->cell_next = sweep->bin_end;
            return;
        }
        sweep->cell_next += size;
    }
}

/* The next place that nothing of the tree lies at and that may be a record with this signature. */
static bool sweep_next(struct regf_walk *walk, uint8_t first) {
    struct regf *hive = walk->hive;
    struct sweep *sweep = &walk->sweep;
    for (;; sweep->at += REGF_UNIT) {
        if (sweep->at >= hive->bins.size) {
            enter_cell(walk);
            return false;
        }
        if (sweep->at % REGF_BIN == 0) {
            if (!step(hive, sweep->at))
                return false;
            if (sweep->at >= sweep->bin_end) {
                enter_cell(walk); /* the rest of the last bin's */
                enter_bin(walk);
            }
        }
        if (sweep->at % 64 == 0 && hive->used[sweep->at / 64] == 0xff) {
            sweep->at += 64 - REGF_UNIT; /* the cells in between are caught up with later */
            continue;
        }
        if (regf_bit(hive->used, sweep->at))
            continue;
        if (span_u8(hive->bins, (uint64_t)sweep->at + 4) == first &&
            span_u8(hive->bins, (uint64_t)sweep->at + 5) == 'k') {
            enter_cell(walk);
            return true;
        }
    }
}

static bool next_lost_key(struct regf_walk *walk) {
    struct regf *hive = walk->hive;
    while (sweep_next(walk, 'n')) {
        uint32_t at = walk->sweep.at;
        struct regf_key *key = &walk->item.key;
        struct span body;
        bool cut, lost = walk->sweep.in_use;
        walk->sweep.at += REGF_UNIT;
        if (regf_cell(hive, at, &body) == REGF_OUTSIDE || regf_bit(hive->seen, at) ||
            !regf_read_key(hive, at, body, key, &cut) || !regf_step(hive, at, key->name.size) ||
            !plausible_key(hive, key, lost, cut))
            continue;
        regf_set(hive->seen, at);
        regf_use(hive, at, 4 + REGF_KEY_NAME + (uint64_t)key->name.size);
        walk->item.kind = REGF_KEY;
        walk->item.state = lost ? REGF_LOST : REGF_DELETED;
        walk->item.depth = 0;
        open_remains(walk);
        return true;
    }
    return false;
}

static bool next_lost_value(struct regf_walk *walk) {
    while (sweep_next(walk, 'v')) {
        uint32_t at = walk->sweep.at;
        bool lost = walk->sweep.in_use;
        walk->sweep.at += REGF_UNIT;
        if (take_remains(walk->hive, at, &walk->item.value)) {
            walk->item.key = (struct regf_key){.cell = REGF_NONE};
            walk->item.kind = REGF_VALUE;
            walk->item.state = lost ? REGF_LOST : REGF_DELETED;
            return true;
        }
    }
    return false;
}

bool regf_next(struct regf_walk *walk, struct regf_item *ret) {
    bool found = false;
    while (!found && walk->phase != END && !walk->hive->spent) {
        if (walk->phase != LOST_VALUES)
            found = next_value(walk);
        if (!found)
            found = walk->phase == TREE        ? next_key(walk)
                    : walk->phase == LOST_KEYS ? next_lost_key(walk)
                                               : next_lost_value(walk);
        if (!found) {
            walk->phase++;
            walk->sweep = (struct sweep){0};
        }
    }
    *ret = walk->item;
    return found;
}

bool regf_path(struct regf *hive, const struct regf_key *key, struct text *text) {
    struct regf_key keys[REGF_DEPTH]; /* from the key up */
    size_t count = 0;
    bool whole = false, cut;
    struct span body;
    for (keys[0] = *key;;) {
        whole = keys[count].flags & REGF_ENTRY || (hive->base_good && keys[count].cell == hive->root);
        count += !whole;
        if (whole || count == REGF_DEPTH)
            break;
        uint32_t parent = keys[count - 1].parent;
        if (regf_cell(hive, parent, &body) == REGF_OUTSIDE ||
            !regf_read_key(hive, parent, body, &keys[count], &cut) ||
            !regf_step(hive, parent, keys[count].name.size))
            break;
    }
    if (!whole)
        text_add(text, "?");
    while (count-- > 0) {
        text_char(text, '/');
        regf_name(keys[count].name, keys[count].flags & REGF_LATIN, NAME_UNITS, text);
    }
    return whole;
}
