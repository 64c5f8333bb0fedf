#include "judge/host_registry.h"

#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

struct pair {
    int64_t key, ordinal;
};

struct walk {
    struct db *db;
    struct pair *pairs;
    size_t count, room;
    struct db_query *value;
    struct host_value values[HOST_REGISTRY_VALUES];
    size_t offsets[HOST_REGISTRY_VALUES][4]; /* of name, type, text and data in `texts` */
    struct text texts;
};

static const char keys_sql[] =
    "SELECT ordinal, path, state, coalesce(last_write, 0), coalesce(offset, 0) FROM"
    " hive_key WHERE artifact = ? ORDER BY ordinal";

static const char pairs_sql[] =
    "SELECT key, ordinal FROM hive_value WHERE artifact = ? AND key IS NOT NULL AND coalesce(flaw, '') <> 'gone'";

static const char value_sql[] =
    "SELECT name, type, text, data FROM hive_value WHERE artifact = ? AND ordinal = ?";

static int pair_order(const void *left, const void *right) {
    const struct pair *a = left, *b = right;
    return a->key != b->key ? (a->key > b->key) - (a->key < b->key)
                            : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static bool read_pairs(struct walk *walk, int64_t hive) {
    struct db_query *q = db_prepare(walk->db, pairs_sql);
    bool good = q != NULL;
    if (q)
        db_bind_integer(q, 1, hive);
    while (good && db_step(q)) {
        if (walk->count == walk->room) {
            size_t room = walk->room ? 2 * walk->room : 4096;
            struct pair *more = realloc(walk->pairs, room * sizeof *more);
            good = more != NULL;
            walk->pairs = more ? more : walk->pairs;
            walk->room = more ? room : walk->room;
        }
        if (good)
            walk->pairs[walk->count++] = (struct pair){db_integer(q, 0), db_integer(q, 1)};
    }
    db_finish(q);
    if (good && walk->count > 0)
        qsort(walk->pairs, walk->count, sizeof *walk->pairs, pair_order);
    return good;
}

static size_t first_of(const struct walk *walk, int64_t key) {
    size_t low = 0, high = walk->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (walk->pairs[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t keep(struct walk *walk, const void *data, size_t size) {
    size_t at = walk->texts.size;
    text_bytes(&walk->texts, data, size);
    text_char(&walk->texts, 0);
    return at;
}

static void keep_value(struct walk *walk, size_t at, int64_t ordinal) {
    struct host_value *value = &walk->values[at];
    size_t name_size, type_size, *offsets = walk->offsets[at];
    const char *name = db_text(walk->value, 0, &name_size), *type = db_text(walk->value, 1, &type_size);
    const char *text = db_text(walk->value, 2, &value->text_size);
    struct span data = db_blob(walk->value, 3);
    value->ordinal = ordinal;
    value->data = data;
    offsets[0] = keep(walk, name, name_size);
    offsets[1] = keep(walk, type, type_size);
    offsets[2] = keep(walk, text, value->text_size);
    offsets[3] = keep(walk, data.data, data.size);
}

/* Texts move while they are gathered; so pointers are set at the end. */
static bool read_values(struct walk *walk, int64_t hive, struct host_key *key) {
    text_clear(&walk->texts);
    key->values = walk->values;
    for (size_t at = first_of(walk, key->ordinal); at < walk->count && walk->pairs[at].key == key->ordinal;
         at++) {
        key->cut = key->count == HOST_REGISTRY_VALUES;
        if (key->cut)
            break;
        db_reset(walk->value);
        db_bind_integer(walk->value, 1, hive);
        db_bind_integer(walk->value, 2, walk->pairs[at].ordinal);
        if (db_step(walk->value))
            keep_value(walk, key->count++, walk->pairs[at].ordinal);
    }
    db_reset(walk->value);
    for (size_t i = 0; i < key->count; i++) {
        struct host_value *value = &walk->values[i];
        value->name = walk->texts.data + walk->offsets[i][0];
        value->type = walk->texts.data + walk->offsets[i][1];
        value->text = walk->texts.data + walk->offsets[i][2];
        value->data.data = (const uint8_t *)walk->texts.data + walk->offsets[i][3];
    }
    return !walk->texts.full;
}

bool host_registry_each(struct db *db, int64_t hive, const struct host_registry_taker *taker) {
    struct walk *walk = calloc(1, sizeof *walk);
    struct db_query *q = walk ? db_prepare(db, keys_sql) : NULL;
    bool good = q != NULL;
    if (good) {
        walk->db = db;
        walk->value = db_prepare(db, value_sql);
        good = walk->value && read_pairs(walk, hive);
        db_bind_integer(q, 1, hive);
    }
    while (good && db_step(q)) {
        struct host_key key = {.hive = hive,
                               .ordinal = db_integer(q, 0),
                               .path = db_text(q, 1, NULL),
                               .state = db_text(q, 2, NULL),
                               .last_write = db_integer(q, 3),
                               .offset = db_integer(q, 4)};
        if (taker->wants(taker->context, key.path, key.state))
            good = read_values(walk, hive, &key) && taker->take(taker->context, &key);
    }
    db_finish(q);
    if (walk) {
        db_finish(walk->value);
        free(walk->pairs);
        text_free(&walk->texts);
    }
    free(walk);
    return good && db_error(db)[0] == 0;
}

/* Of one name: *pattern ends at a slash or the end. Goes back to the last star only, so never long. */
static bool is_name(const char *pattern, size_t pattern_size, const char *name, size_t size) {
    size_t p = 0, n = 0, star = SIZE_MAX, from = 0;
    while (n < size) {
        if (p < pattern_size && pattern[p] == '*') {
            star = p++;
            from = n;
        } else if (p < pattern_size &&
                   tolower((unsigned char)pattern[p]) == tolower((unsigned char)name[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern_size && pattern[p] == '*')
        p++;
    return p == pattern_size;
}

bool host_registry_is(const char *pattern, const char *path) {
    while (*pattern == '/' && *path == '/') {
        size_t pattern_size = strcspn(++pattern, "/"), size = strcspn(++path, "/");
        if (pattern_size == 2 && memcmp(pattern, "**", 2) == 0)
            return size > 0;
        if (!is_name(pattern, pattern_size, path, size))
            return false;
        pattern += pattern_size;
        path += size;
    }
    return *pattern == 0 && *path == 0;
}

const struct host_value *host_registry_value(const struct host_key *key, const char *name) {
    for (size_t i = 0; i < key->count; i++)
        if (strcasecmp(key->values[i].name, name) == 0)
            return &key->values[i];
    return NULL;
}

bool host_registry_number(const struct host_key *key, const char *name, uint64_t *ret) {
    const struct host_value *value = host_registry_value(key, name);
    if (!value || !isdigit((unsigned char)value->text[0]))
        return false;
    *ret = strtoull(value->text, NULL, 10);
    return true;
}

const char *host_registry_text(const struct host_key *key, const char *name) {
    const struct host_value *value = host_registry_value(key, name);
    return value && value->text[0] ? value->text : NULL;
}
