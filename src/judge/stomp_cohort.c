#include "judge/stomp_suspect.h"

#include <stdlib.h>
#include <string.h>

#define TOGETHER ((uint64_t)600 * STOMP_SECOND) /* made in one go */
#define AT_ONCE  ((uint64_t)60 * STOMP_SECOND)
#define APART    ((uint64_t)3600 * STOMP_SECOND)

enum { LOOK = 200, FEW = 2, MANY = 5, BULK = 8, HOLDERS = 3 };

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

static int by_set_time(const void *left, const void *right) {
    const struct stomp_suspect *a = *(struct stomp_suspect *const *)left,
                               *b = *(struct stomp_suspect *const *)right;
    return a->set_time != b->set_time ? (a->set_time > b->set_time) - (a->set_time < b->set_time)
                                      : (a->file > b->file) - (a->file < b->file);
}

static bool was_moved(const struct stomp_suspect *s) {
    return s->set_time && s->seen & (STOMP_MOVED_LATER | STOMP_NEVER_MADE | STOMP_LOG_LATER);
}

static bool find_set_together(struct stomp_suspects *suspects) {
    struct stomp_suspect **moved = malloc((suspects->count + 1) * sizeof(struct stomp_suspect *));
    size_t count = 0;
    if (!moved)
        return false;
    for (size_t i = 0; i < suspects->count; i++)
        if (was_moved(&suspects->list[i]))
            moved[count++] = &suspects->list[i];
    qsort(moved, count, sizeof(struct stomp_suspect *), by_set_time);
    for (size_t i = 0, first = 0, end = 0; i < count; i++) {
        while (moved[i]->set_time - moved[first]->set_time > AT_ONCE)
            first++;
        while (end < count && (end <= i || moved[end]->set_time - moved[i]->set_time <= AT_ONCE))
            end++;
        uint32_t others = (uint32_t)(end - first - 1);
        if (others >= BULK)
            moved[i]->seen |= STOMP_SET_BULK;
        if (others > moved[i]->cohort)
            moved[i]->cohort = others;
    }
    free(moved);
    return true;
}

/* --- cloned --- */

struct holders {
    uint64_t created, modified;
    uint32_t count, file[HOLDERS];
};

struct holder_table {
    struct holders *slots;
    size_t room;
};

static struct holders *holders_of(const struct holder_table *table, const uint64_t si[4]) {
    uint64_t hash = (si[0] * 0x9e3779b97f4a7c15u) ^ (si[1] * 0xc2b2ae3d27d4eb4fu);
    size_t at = (size_t)(hash ^ hash >> 29) & (table->room - 1);
    while (table->slots[at].count &&
           (table->slots[at].created != si[0] || table->slots[at].modified != si[1]))
        at = (at + 1) & (table->room - 1);
    return &table->slots[at];
}

/* Only values that a suspect has are of interest; then all files are asked whether they have one. */
static bool count_holders(const struct stomp_volume *volume, const struct stomp_suspects *suspects,
                          struct holder_table *table) {
    size_t want = 16;
    while (want < 2 * suspects->count)
        want *= 2;
    table->room = want;
    table->slots = calloc(want, sizeof *table->slots);
    if (!table->slots)
        return false;
    for (size_t i = 0; i < suspects->count; i++) {
        const struct stomp_suspect *s = &suspects->list[i];
        const uint64_t *si = volume->files[s->file].times.si;
        if (!(s->seen & STOMP_EXACT))
            continue;
        struct holders *holders = holders_of(table, si);
        if (!holders->count)
            *holders = (struct holders){.created = si[0], .modified = si[1], .count = 1};
    }
    for (uint32_t i = 0; i < volume->count; i++) {
        struct holders *holders = holders_of(table, volume->files[i].times.si);
        if (holders->count == 0)
            continue;
        if (holders->count <= HOLDERS)
            holders->file[holders->count - 1] = i;
        holders->count++; /* one more than there are */
    }
    return true;
}

static bool same_name(struct db_query *names, const struct stomp_file *a, const struct stomp_file *b) {
    db_reset(names);
    db_bind_integer(names, 1, a->artifact);
    db_bind_integer(names, 2, b->artifact);
    return db_step(names) && db_integer(names, 0) != 0;
}

/* A copy that keeps all times has the name, or the size, of what it is a copy of. */
static bool is_unrelated(struct db_query *names, const struct stomp_file *file,
                         const struct stomp_file *other) {
    uint64_t a = file->times.fn[0], b = other->times.fn[0];
    return a > b && a - b > APART && file->size != other->size && !(other->flags & STOMP_FOLDER) &&
           !same_name(names, file, other);
}

static void find_twin(const struct stomp_volume *volume, const struct holder_table *table,
                      struct db_query *names, struct stomp_suspect *s) {
    const struct stomp_file *file = &volume->files[s->file];
    const struct holders *holders = holders_of(table, file->times.si);
    if (!(s->seen & STOMP_EXACT) || file->flags & STOMP_FOLDER || holders->count == 0 ||
        holders->count - 1 != 2)
        return;
    for (uint32_t i = 0; i < holders->count - 1; i++)
        if (holders->file[i] != s->file && is_unrelated(names, file, &volume->files[holders->file[i]])) {
            s->twin = holders->file[i];
            s->seen |= STOMP_CLONE;
        }
}

static bool find_twins(const struct stomp_volume *volume, struct stomp_suspects *suspects, struct db *db) {
    struct holder_table table = {0};
    struct db_query *names = db_prepare(db, "SELECT lower(a.name) = lower(b.name) FROM artifact a, artifact b"
                                            " WHERE a.id = ? AND b.id = ?");
    bool good = names && count_holders(volume, suspects, &table);
    for (size_t i = 0; good && i < suspects->count; i++)
        find_twin(volume, &table, names, &suspects->list[i]);
    db_finish(names);
    free(table.slots);
    return good;
}

bool stomp_cohort(const struct stomp_volume *volume, struct stomp_suspects *suspects, struct db *db) {
    for (size_t i = 0; i < suspects->count; i++)
        if (volume->files[suspects->list[i].file].flags & STOMP_IRREGULAR)
            find_company(volume, &suspects->list[i]);
    return find_set_together(suspects) && find_twins(volume, suspects, db);
}
