#include "judge/stakes_places.h"

#include <strings.h>

enum { ID = 32, FIREFOX = 6 };

struct name {
    const char *text;
    size_t size, end; /* end: of the path up to here */
};

struct path {
    const struct stakes *stakes;
    struct name names[STAKES_PLACES_DEPTH];
    size_t count, size;
    bool cut;            /* the folder is deeper */
    const char *browser; /* whose folder is being looked at */
    struct stakes_place *places;
    size_t place_count;
};

static const char *const folders[] = {
    [STAKES_PLACES_SETTINGS] = "Local Extension Settings",
    [STAKES_PLACES_SYNC] = "Sync Extension Settings",
    [STAKES_PLACES_MANAGED] = "Managed Extension Settings",
    [STAKES_PLACES_DATABASE] = "IndexedDB",
    [STAKES_PLACES_PROGRAM] = "Extensions",
};

static const char *const firefox[FIREFOX] = {"AppData", "Roaming", "Mozilla", "Firefox", "Profiles", "*"};

const char *stakes_places_folder(enum stakes_places_rank rank) {
    return rank < STAKES_PLACES_PLAIN ? folders[rank] : NULL;
}

static bool equals(const struct name *name, const char *word) {
    return strncasecmp(name->text, word, name->size) == 0 && !word[name->size];
}

static void push(struct path *path, const char *text, size_t size, size_t end) {
    path->cut = path->count == STAKES_PLACES_DEPTH;
    if (!path->cut)
        path->names[path->count++] = (struct name){text, size, end};
}

static bool is_users(const struct name *name) {
    return equals(name, "Users") || equals(name, "Documents and Settings") || equals(name, "ServiceProfiles");
}

/* On Windows XP, AppData\Roaming is Application Data, and AppData\Local is Local Settings\Application Data.
 */
static bool push_old(struct path *path, const struct name *name) {
    size_t n = path->count;
    bool below = n >= 2 && equals(&path->names[n - 2], "Documents and Settings");
    bool local = n >= 3 && equals(&path->names[n - 3], "Documents and Settings") &&
                 equals(&path->names[n - 1], "AppData");
    if (below && equals(name, "Local Settings"))
        push(path, "AppData", 7, name->end);
    else if (local && equals(name, "Application Data"))
        push(path, "Local", 5, name->end);
    else if (below && equals(name, "Application Data")) {
        push(path, "AppData", 7, name->end);
        push(path, "Roaming", 7, name->end);
    } else
        return false;
    return true;
}

static void divide(struct path *path, const char *folder) {
    const char *at = folder;
    while (*at == '/' && !path->cut) {
        size_t size = strcspn(++at, "/");
        struct name name = {at, size, (size_t)(at - folder) + size};
        if (!push_old(path, &name))
            push(path, name.text, name.size, name.end);
        at += size;
    }
    path->size = strlen(folder);
}

static void add(struct path *path, struct stakes_place place) {
    place.browser = path->browser;
    if (path->place_count < STAKES_PLACES_MOST)
        path->places[path->place_count++] = place;
}

/* Backwards: the last names of a place are the telling ones. */
static bool fits(const char *const *parts, size_t count, const struct name *names) {
    while (count-- > 0) {
        char first = parts[count][0];
        if (first != '*' && ((first ^ names[count].text[0]) & ~32) != 0)
            return false;
        if (!stakes_is(parts[count], names[count].text, names[count].size))
            return false;
    }
    return true;
}

/* A place that begins with the name numbered `from`; `group` 0: what belongs together is the place itself. */
static void try_rule(struct path *path, const struct stakes_rule *rule, size_t from, size_t user,
                     size_t group) {
    size_t left = path->count - from, folder_parts = rule->part_count - (rule->whole ? 0 : 1);
    bool deep = rule->whole ? left >= folder_parts : left == folder_parts && !path->cut;
    if (!deep || !fits(rule->parts, folder_parts, &path->names[from]))
        return;
    size_t end = rule->whole ? path->names[from + folder_parts - 1].end : path->size;
    add(path, (struct stakes_place){.rule = rule,
                                    .file = rule->whole ? NULL : rule->parts[rule->part_count - 1],
                                    .user = user,
                                    .group = group ? group : end,
                                    .rank = STAKES_PLACES_PLAIN});
}

/* chrome-extension_ID_0.indexeddb.leveldb, or the ID itself. */
static const char *id_of(const struct name *name, bool database, size_t *size) {
    static const char before[] = "chrome-extension_";
    size_t skip = database ? sizeof before - 1 : 0;
    *size = name->size - skip;
    if (name->size < skip + ID || (database && strncmp(name->text, before, skip) != 0) ||
        (database ? name->text[skip + ID] != '_' : *size != ID))
        return NULL;
    return name->text + skip;
}

static void try_extension(struct path *path, size_t at, size_t user, size_t group) {
    size_t size;
    for (unsigned rank = 0; at + 1 < path->count && rank < STAKES_PLACES_PLAIN; rank++) {
        if (!equals(&path->names[at], folders[rank]))
            continue;
        const char *id = id_of(&path->names[at + 1], rank == STAKES_PLACES_DATABASE, &size);
        for (size_t i = 0; id && i < path->stakes->count; i++) {
            const struct stakes_rule *rule = &path->stakes->list[i];
            if (rule->match == STAKES_EXTENSION && memcmp(rule->value, id, ID) == 0)
                add(path,
                    (struct stakes_place){rule, NULL, user, group, (enum stakes_places_rank)rank, NULL});
        }
    }
}

/* A browser: its profiles lie in this folder, or it is one itself. */
static void try_profiles(struct path *path, const struct stakes_rule *browser, size_t from, size_t user) {
    size_t inside = from + browser->part_count;
    if (inside > path->count || !fits(browser->parts, browser->part_count, &path->names[from]))
        return;
    path->browser = browser->name;
    for (size_t depth = 0; depth < 2 && inside + depth <= path->count; depth++) {
        size_t at = inside + depth, group = path->names[at - 1].end;
        for (size_t i = 0; i < path->stakes->count; i++)
            if (path->stakes->list[i].match == STAKES_CHROMIUM)
                try_rule(path, &path->stakes->list[i], at, user, group);
        try_extension(path, at, user, group);
    }
    path->browser = NULL;
}

static void try_firefox(struct path *path, const struct stakes_rule *rule, size_t from, size_t user) {
    size_t at = from + FIREFOX;
    if (at >= path->count || !fits(firefox, FIREFOX, &path->names[from]))
        return;
    struct stakes_place place = {rule, NULL, user, path->names[at - 1].end, STAKES_PLACES_SETTINGS, NULL};
    if (equals(&path->names[at], "browser-extension-data") && at + 1 < path->count &&
        stakes_is(rule->value, path->names[at + 1].text, path->names[at + 1].size))
        add(path, place);
    place.rank = STAKES_PLACES_PROGRAM;
    place.file = rule->value;
    if (equals(&path->names[at], "extensions") && at + 1 == path->count)
        add(path, place);
}

/* What lies below the folder of a user that ends before the name numbered `from`. */
static void try_user(struct path *path, size_t from) {
    size_t user = path->names[from - 1].end;
    for (size_t i = 0; i < path->stakes->count; i++) {
        const struct stakes_rule *rule = &path->stakes->list[i];
        if (rule->match == STAKES_USER)
            try_rule(path, rule, from, user, 0);
        else if (rule->match == STAKES_PROFILES)
            try_profiles(path, rule, from, user);
        else if (rule->match == STAKES_FIREFOX)
            try_firefox(path, rule, from, user);
    }
}

/* The name behind the folder of a user that begins with the name numbered `at`; 0 if none begins there. */
static size_t behind_user(const struct path *path, size_t at) {
    if (is_users(&path->names[at]))
        return at + 1 < path->count ? at + 2 : 0;
    return equals(&path->names[at], "systemprofile") ? at + 1 : 0;
}

size_t stakes_places_of(const struct stakes *stakes, const char *folder,
                        struct stakes_place ret[STAKES_PLACES_MOST]) {
    struct path path = {.stakes = stakes, .places = ret};
    divide(&path, folder);
    size_t user = 0;
    for (size_t at = 0; at < path.count; at++) {
        size_t behind = behind_user(&path, at);
        if (behind)
            try_user(&path, behind);
        user = behind ? path.names[behind - 1].end : user;
        for (size_t i = 0; i < stakes->count; i++)
            if (stakes->list[i].match == STAKES_ROOT)
                try_rule(&path, &stakes->list[i], at, user, 0);
    }
    return path.place_count;
}

const struct stakes_rule *stakes_places_name(const struct stakes *stakes, const char *name, size_t size) {
    char last = size > 0 ? name[size - 1] : 0;
    for (size_t i = 0; i < stakes->count; i++) {
        const struct stakes_rule *rule = &stakes->list[i];
        if (rule->match != STAKES_NAME)
            continue;
        char end = rule->value[strlen(rule->value) - 1];
        if ((end == '*' || ((end ^ last) & ~32) == 0) && stakes_is(rule->value, name, size))
            return rule;
    }
    return NULL;
}

bool stakes_places_aside(const struct stakes *stakes, const char *folder) {
    struct path path = {.stakes = stakes};
    divide(&path, folder);
    for (size_t at = 0; at < path.count; at++)
        for (size_t i = 0; i < stakes->count; i++)
            if (stakes->list[i].match == STAKES_PLACE && equals(&path.names[at], stakes->list[i].value))
                return true;
    return false;
}

size_t stakes_places_user(const char *folder) {
    struct path path = {0};
    size_t user = 0;
    divide(&path, folder);
    for (size_t at = 0; at < path.count; at++) {
        size_t behind = behind_user(&path, at);
        user = behind ? path.names[behind - 1].end : user;
    }
    return user;
}
