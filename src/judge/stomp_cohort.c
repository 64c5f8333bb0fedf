#include "judge/stomp_suspect.h"

#include <stdlib.h>
#include <string.h>

#define TOGETHER ((uint64_t)600 * STOMP_SECOND) /* made in one go */
#define AT_ONCE  ((uint64_t)60 * STOMP_SECOND)
#define IN_A_ROW ((uint64_t)120 * STOMP_SECOND) /* one after the other */
#define APART    ((uint64_t)3600 * STOMP_SECOND)

enum { LOOK = 200, FEW = 2, MANY = 5, BULK = 8, ROW = 5, HOLDERS = 256 };

/* --- made together --- */

static uint32_t place_of(const struct stomp_volume *volume, uint64_t birth) {
    uint32_t low = 0, high = volume->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (volume->files[volume->by_birth[middle]].times.fn[0] < birth)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct company {
    uint32_t same, plain,
        around; /* irregular and regular ones in its folder; irregular ones anywhere at once */
};

/* False once they are too far away in time. */
static bool meet(const struct stomp_volume *volume, const struct stomp_file *file, uint32_t at,
                 struct company *company) {
    const struct stomp_file *other = &volume->files[volume->by_birth[at]];
    uint64_t a = file->times.fn[0], b = other->times.fn[0], apart = a < b ? b - a : a - b;
    if (apart > TOGETHER)
        return false;
    if (other == file)
        return true;
    bool shows = other->flags & STOMP_IRREGULAR &&
                 (other->times.si[0] < other->times.fn[0]) == (file->times.si[0] < file->times.fn[0]);
    if (other->folder == file->folder) {
        company->same += shows;
        company->plain += !shows;
    }
    company->around += shows && apart <= AT_ONCE;
    return true;
}

static void find_company(const struct stomp_volume *volume, struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    struct company company = {0};
    uint32_t place = place_of(volume, file->times.fn[0]);
    for (uint32_t i = place; i < volume->count && i - place < LOOK && meet(volume, file, i, &company); i++)
        ;
    for (uint32_t i = place; i > 0 && place - i < LOOK && meet(volume, file, i - 1, &company); i--)
        ;
    s->siblings = company.same;
    s->cohort = company.same > company.around ? company.same : company.around;
    if (company.same >= FEW || company.around >= MANY)
        s->seen |= STOMP_BULK;
    else if (company.same == 0 && company.around == 0)
        s->seen |= STOMP_LONE;
    if (company.same == 0 && company.plain >= FEW)
        s->seen |= STOMP_OUTLIER;
}

/* --- set together: a tool that goes over many files, one session each --- */

static const char path_sql[] = "SELECT path FROM folder WHERE id = ?";

/* What belongs together lies in one tree: the first two folders of a path. */
static uint32_t tree_of(struct db_query *paths, uint32_t folder) {
    uint32_t hash = 2166136261u;
    size_t size, parts = 0;
    db_reset(paths);
    db_bind_integer(paths, 1, folder);
    if (!db_step(paths))
        return 0;
    const char *path = db_text(paths, 0, &size);
    for (size_t i = 0; i < size; i++) {
        parts += path[i] == '/';
        if (parts > 2)
            break;
        hash = (hash ^ (unsigned char)path[i]) * 16777619u;
    }
    return hash ? hash : 1;
}

/* A tool sets times of what it has just made, or of what has long been there; who hides among others has to
 * make those, too. */
static bool was_prompt(const struct stomp_suspect *s) {
    return s->create_usn != 0 && s->set_time >= s->birth && s->set_time - s->birth <= TOGETHER;
}

static int by_set_time(const void *left, const void *right) {
    const struct stomp_suspect *a = *(struct stomp_suspect *const *)left,
                               *b = *(struct stomp_suspect *const *)right;
    if (a->tree != b->tree)
        return (a->tree > b->tree) - (a->tree < b->tree);
    if (was_prompt(a) != was_prompt(b))
        return was_prompt(a) ? 1 : -1;
    return a->set_time != b->set_time ? (a->set_time > b->set_time) - (a->set_time < b->set_time)
                                      : (a->file > b->file) - (a->file < b->file);
}

static bool was_moved(const struct stomp_suspect *s) {
    return s->set_time && s->seen & (STOMP_MOVED_LATER | STOMP_NEVER_MADE | STOMP_LOG_LATER);
}

static bool follows(const struct stomp_suspect *a, const struct stomp_suspect *later) {
    return a->tree == later->tree && was_prompt(a) == was_prompt(later) &&
           later->set_time - a->set_time <= IN_A_ROW;
}

static void excuse_row(struct stomp_suspect **row, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (count > ROW)
            row[i]->seen |= STOMP_SET_BULK;
        if (count - 1 > row[i]->cohort)
            row[i]->cohort = (uint32_t)(count - 1);
    }
}

static bool find_set_together(struct stomp_suspects *suspects, struct db *db) {
    struct stomp_suspect **moved = malloc((suspects->count + 1) * sizeof(struct stomp_suspect *));
    struct db_query *paths = db_prepare(db, path_sql);
    size_t count = 0;
    for (size_t i = 0; moved && paths && i < suspects->count; i++)
        if (was_moved(&suspects->list[i])) {
            moved[count++] = &suspects->list[i];
            suspects->list[i].tree = tree_of(paths, suspects->list[i].folder);
        }
    db_finish(paths);
    if (!moved || !paths)
        return free(moved), false;
    qsort(moved, count, sizeof(struct stomp_suspect *), by_set_time);
    for (size_t first = 0, i = 1; i <= count; i++)
        if (i == count || !follows(moved[i - 1], moved[i])) {
            excuse_row(&moved[first], i - first);
            first = i;
        }
    free(moved);
    return true;
}

/* --- gone over together: a restore or a copy tool changed many files long after they were made, of which
 * only a few have left an old entry --- */

static int by_change(const void *left, const void *right) {
    const struct stomp_suspect *a = *(struct stomp_suspect *const *)left,
                               *b = *(struct stomp_suspect *const *)right;
    return a->changed != b->changed ? (a->changed > b->changed) - (a->changed < b->changed)
                                    : (a->file > b->file) - (a->file < b->file);
}

static bool was_gone_over(const struct stomp_volume *volume, const struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    return file->flags & STOMP_IRREGULAR && s->changed > file->times.fn[0] &&
           s->changed - file->times.fn[0] > APART;
}

static uint32_t known_tree(struct db_query *paths, struct stomp_suspect *s) {
    if (s->tree == 0)
        s->tree = tree_of(paths, s->folder);
    return s->tree;
}

/* How many others of its tree were changed with it. */
static uint32_t count_changed_with(struct stomp_suspect **list, size_t count, size_t at,
                                   struct db_query *paths) {
    uint32_t sum = 0, tree = known_tree(paths, list[at]);
    for (size_t i = at + 1; i < count && i - at < LOOK && list[i]->changed - list[at]->changed <= TOGETHER;
         i++)
        sum += known_tree(paths, list[i]) == tree;
    for (size_t i = at; i > 0 && at - i < LOOK && list[at]->changed - list[i - 1]->changed <= TOGETHER; i--)
        sum += known_tree(paths, list[i - 1]) == tree;
    return sum;
}

static bool find_old_together(const struct stomp_volume *volume, struct stomp_suspects *suspects,
                              struct db *db) {
    struct stomp_suspect **list = malloc((suspects->count + 1) * sizeof(struct stomp_suspect *));
    struct db_query *paths = db_prepare(db, path_sql);
    size_t count = 0;
    for (size_t i = 0; list && i < suspects->count; i++)
        if (was_gone_over(volume, &suspects->list[i]))
            list[count++] = &suspects->list[i];
    if (list && paths) {
        qsort(list, count, sizeof(struct stomp_suspect *), by_change);
        for (size_t i = 0; i < count; i++)
            if (list[i]->seen & (STOMP_INDEX_OLD | STOMP_SHADOW_OLD) &&
                count_changed_with(list, count, i, paths) >= BULK)
                list[i]->seen |= STOMP_OLD_BULK;
    }
    bool good = list && paths;
    db_finish(paths);
    free(list);
    return good;
}

/* --- cloned --- */

/* A file with times that a suspect has, too. */
struct holder {
    uint64_t created, modified, birth;
    uint32_t file;
};

static int by_value(const void *left, const void *right) {
    const struct holder *a = left, *b = right;
    if (a->created != b->created)
        return (a->created > b->created) - (a->created < b->created);
    if (a->modified != b->modified)
        return (a->modified > b->modified) - (a->modified < b->modified);
    return a->birth != b->birth ? (a->birth > b->birth) - (a->birth < b->birth)
                                : (a->file > b->file) - (a->file < b->file);
}

static uint64_t hash_value(uint64_t created, uint64_t modified) {
    uint64_t hash = created * 0x9e3779b97f4a7c15u ^ modified * 0xc2b2ae3d27d4eb4fu;
    return hash ^ hash >> 29;
}

/* Bits of the values that suspects have: what is not in it is not of interest. */
static uint8_t *values_of(const struct stomp_volume *volume, const struct stomp_suspects *suspects,
                          size_t *mask) {
    size_t bits = 1024;
    while (bits < 16 * suspects->count)
        bits *= 2;
    uint8_t *set = calloc(bits / 8, 1);
    *mask = bits - 1;
    for (size_t i = 0; set && i < suspects->count; i++) {
        const uint64_t *si = volume->files[suspects->list[i].file].times.si;
        uint64_t hash = hash_value(si[0], si[1]) & *mask;
        if (suspects->list[i].seen & STOMP_EXACT)
            set[hash / 8] |= (uint8_t)(1u << hash % 8);
    }
    return set;
}

/* In order of value, then of birth. NULL if memory runs out. */
static struct holder *list_holders(const struct stomp_volume *volume, const struct stomp_suspects *suspects,
                                   size_t *count) {
    size_t mask, room = 0;
    uint8_t *set = values_of(volume, suspects, &mask);
    struct holder *list = NULL;
    bool good = set != NULL;
    *count = 0;
    for (uint32_t i = 0; good && i < volume->count; i++) {
        const struct stomp_file *file = &volume->files[i];
        uint64_t hash = hash_value(file->times.si[0], file->times.si[1]) & mask;
        if (!(set[hash / 8] >> hash % 8 & 1))
            continue;
        void *more = list;
        good = stomp_volume_grow(&more, *count, &room, sizeof *list);
        list = more;
        if (good)
            list[(*count)++] = (struct holder){file->times.si[0], file->times.si[1], file->times.fn[0], i};
    }
    free(set);
    if (good && *count > 1)
        qsort(list, *count, sizeof *list, by_value);
    if (!good)
        free(list);
    return good ? (list ? list : calloc(1, sizeof *list)) : NULL;
}

/* The same name, whatever stands behind its last dot: a picture in another format keeps its dates. */
static bool same_stem(struct db_query *names, const struct stomp_file *a, const struct stomp_file *b) {
    size_t size, first = 0, second = 0;
    char stem[256];
    for (int i = 0; i < 2; i++) {
        db_reset(names);
        db_bind_integer(names, 1, i == 0 ? a->artifact : b->artifact);
        if (!db_step(names))
            return false;
        const char *name = db_text(names, 0, &size), *dot = strrchr(name, '.');
        size = dot && dot > name ? (size_t)(dot - name) : size;
        if (i == 0) {
            first = size < sizeof stem ? size : sizeof stem;
            memcpy(stem, name, first);
        } else
            second = size < sizeof stem && size == first && strncasecmp(stem, name, size) == 0;
    }
    return second != 0;
}

/* A copy that keeps all times has the size of what it is a copy of; another form of it, the name. Programs
 * have no other forms, and a false one often bears the name of the true one. */
static bool is_unrelated(struct db_query *names, const struct stomp_file *file,
                         const struct stomp_file *other) {
    uint64_t a = file->times.fn[0], b = other->times.fn[0];
    return a > b && a - b > APART && file->size != other->size && !(other->flags & STOMP_FOLDER) &&
           (file->flags & STOMP_PROGRAM || !same_stem(names, file, other));
}

/* How many with times from elsewhere were born with it, itself included. */
static uint32_t born_with(const struct stomp_volume *volume, const struct holder *group, size_t count,
                          uint64_t birth, uint64_t within) {
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++)
        if (volume->files[group[i].file].flags & STOMP_IRREGULAR)
            sum += (group[i].birth < birth ? birth - group[i].birth : group[i].birth - birth) <= within;
    return sum;
}

/* Whose times they are: of those that came with others, else of the first; a rename may make a clone look so.
 */
static const struct holder *owner_of(const struct holder *group, size_t count,
                                     struct stomp_suspect *const *suspect_of) {
    for (size_t i = 0; i < count; i++)
        if (suspect_of[group[i].file] && suspect_of[group[i].file]->siblings >= FEW)
            return &group[i];
    return &group[0];
}

/* If the owner's times are from elsewhere, too, and it came alone, nobody knows whose they are. If others
 * were born with it, an image or a cabinet holds that value; if several of the later ones were made together,
 * somebody copied a lot. */
static void find_clones(const struct stomp_volume *volume, const struct holder *group, size_t count,
                        struct stomp_suspect *const *suspect_of, struct db_query *names) {
    if (count < 2 || count > HOLDERS)
        return;
    const struct holder *owner = owner_of(group, count, suspect_of);
    const struct stomp_suspect *first = suspect_of[owner->file];
    bool own = !(volume->files[owner->file].flags & STOMP_IRREGULAR) ||
               (first && (first->siblings >= FEW || first->alone.by_tunnel));
    if (!own || born_with(volume, group, count, owner->birth, APART) > 1)
        return;
    for (size_t i = 0; i < count; i++) {
        struct stomp_suspect *s = suspect_of[group[i].file];
        const struct stomp_file *file = &volume->files[group[i].file];
        uint32_t with = born_with(volume, group, count, group[i].birth, TOGETHER);
        /* Others that came with it and have times of their own: it was unpacked with them. */
        if (!s || with > BULK || s->siblings + 1 >= FEW + with || !(s->seen & STOMP_EXACT) ||
            file->flags & STOMP_FOLDER || !(file->flags & STOMP_IRREGULAR) || s->siblings >= FEW ||
            born_with(volume, group, count, group[i].birth, TOGETHER) > FEW || &group[i] == owner ||
            !is_unrelated(names, file, &volume->files[owner->file]))
            continue;
        s->twin = owner->file;
        s->seen |= STOMP_CLONE;
    }
}

static bool find_twins(const struct stomp_volume *volume, struct stomp_suspects *suspects, struct db *db) {
    struct db_query *names = db_prepare(db, "SELECT name FROM artifact WHERE id = ?");
    size_t count;
    struct holder *list = list_holders(volume, suspects, &count);
    struct stomp_suspect **suspect_of = calloc((size_t)volume->count + 1, sizeof(struct stomp_suspect *));
    bool good = names && list && suspect_of;
    for (size_t i = 0; good && i < suspects->count; i++)
        suspect_of[suspects->list[i].file] = &suspects->list[i];
    for (size_t first = 0, i = 1; good && i <= count; i++) {
        if (i < count && list[i].created == list[first].created && list[i].modified == list[first].modified)
            continue;
        find_clones(volume, &list[first], i - first, suspect_of, names);
        first = i;
    }
    db_finish(names);
    free(list);
    free(suspect_of);
    return good;
}

bool stomp_cohort(const struct stomp_volume *volume, struct stomp_suspects *suspects, struct db *db) {
    for (size_t i = 0; i < suspects->count; i++)
        if (volume->files[suspects->list[i].file].flags & STOMP_IRREGULAR)
            find_company(volume, &suspects->list[i]);
    return find_set_together(suspects, db) && find_old_together(volume, suspects, db) &&
           find_twins(volume, suspects, db);
}
