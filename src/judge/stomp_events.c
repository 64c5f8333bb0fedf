#include "judge/stomp_volume.h"

#include "base/filetime.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 4096, TARGETS = 1 << 20, PATH = 1024 };

/* The evidence that the volume is of; a $MFT that was collected lies in that of its collection. */
#define OF_MACHINE                                                                                           \
    " a.evidence IN (SELECT n.evidence FROM volume n WHERE n.id = ?1 UNION SELECT m.evidence FROM volume n"  \
    " JOIN evidence e ON e.id = n.evidence JOIN artifact m ON m.id = e.artifact WHERE n.id = ?1)"

static const char known_sql[] =
    "SELECT EXISTS (SELECT 1 FROM event_log l JOIN artifact a ON a.id = l.artifact WHERE" OF_MACHINE ")";

static const char steps_sql[] =
    "SELECT c.before, c.after, c.source <> 'change journal' FROM clock_step c JOIN artifact a ON"
    " a.id = c.artifact WHERE" OF_MACHINE " ORDER BY c.artifact, c.ordinal";

static const char sysmon_sql[] =
    "SELECT e.artifact, e.number, json_extract(e.data, '$.TargetFilename'), json_extract(e.data, '$.CreationUtcTime'),"
    " json_extract(e.data, '$.PreviousCreationUtcTime'), json_extract(e.data, '$.UtcTime'), (SELECT drive FROM volume"
    " WHERE id = ?1) FROM event e JOIN artifact a ON a.id = e.artifact WHERE e.slack = 0 AND e.event_id = 2 AND e.provider"
    " = 'Microsoft-Windows-Sysmon' AND" OF_MACHINE " ORDER BY e.artifact, e.ordinal";

static const char files_sql[] =
    "SELECT a.id, o.path, a.name FROM artifact a JOIN folder o ON o.id = a.folder WHERE a.volume = ?1 AND a.stream IS NULL"
    " AND a.flags & 3 = 0 ORDER BY a.id";

static struct db_query *ask(const struct stomp_volume *volume, struct db *db, const char *sql) {
    struct db_query *q = db_prepare(db, sql);
    if (q)
        db_bind_integer(q, 1, volume->id);
    return q;
}

/* --- the clock --- */

static bool load_steps(struct stomp_volume *volume, struct db *db) {
    struct stomp_clock *clock = &volume->clock;
    struct db_query *q = ask(volume, db, steps_sql);
    clock->steps = malloc(STEPS * sizeof *clock->steps);
    bool good = q && clock->steps;
    while (good && db_step(q)) {
        struct stomp_step step = {(uint64_t)db_integer(q, 0), (uint64_t)db_integer(q, 1)};
        bool told = db_integer(q, 2) != 0;
        clock->told += told;
        if (step.before > step.after && step.before - step.after > clock->back)
            clock->back = step.before - step.after;
        if (told && clock->count < STEPS)
            clock->steps[clock->count++] = step;
    }
    db_finish(q);
    return good;
}

/* --- Sysmon 2 --- */

/* A file whose creation time Sysmon saw changed. */
struct target {
    char *path; /* lower case, with / */
    struct stomp_change change;
};

struct targets {
    struct target *list;
    size_t count, room;
};

static void lower(char *path) {
    for (; *path; path++)
        *path = *path == '\\' ? '/' : *path >= 'A' && *path <= 'Z' ? (char)(*path + 32) : *path;
}

/* "2019-03-18 11:06:29.911", in UTC. */
static bool parse_time(const char *text, uint64_t *ret) {
    char copy[FILETIME_TEXT];
    int size = snprintf(copy, sizeof copy, "%sZ", text);
    if (size <= 11 || (size_t)size >= sizeof copy)
        return false;
    copy[10] = 'T';
    return filetime_parse(copy, ret);
}

static bool take_target(struct targets *targets, struct db_query *q) {
    struct stomp_change change = {.log = (uint32_t)db_integer(q, 0), .lsn = (uint64_t)db_integer(q, 1)};
    const char *path = db_text(q, 2, NULL), *drive = db_text(q, 6, NULL);
    bool here = path[0] && path[1] == ':' && (db_is_null(q, 6) || (path[0] & ~32) == (drive[0] & ~32));
    if (!here || strlen(path) >= PATH || targets->count == TARGETS ||
        !parse_time(db_text(q, 3, NULL), &change.after) || !parse_time(db_text(q, 4, NULL), &change.before) ||
        !parse_time(db_text(q, 5, NULL), &change.time))
        return true;
    void *list = targets->list;
    bool good = stomp_volume_grow(&list, targets->count, &targets->room, sizeof *targets->list);
    targets->list = list;
    char *copy = good ? strdup(path + 2) : NULL;
    if (!copy)
        return false;
    lower(copy);
    targets->list[targets->count++] = (struct target){copy, change};
    return true;
}

static int by_path(const void *left, const void *right) {
    const struct target *a = left, *b = right;
    int order = strcmp(a->path, b->path);
    return order ? order : (a->change.time > b->change.time) - (a->change.time < b->change.time);
}

static bool add_change(struct stomp_volume *volume, uint32_t at, const struct stomp_change *change) {
    void *list = volume->changes;
    bool good = stomp_volume_grow(&list, volume->change_count, &volume->change_room, sizeof *volume->changes);
    volume->changes = list;
    if (!good)
        return false;
    volume->changes[volume->change_count] = *change;
    volume->changes[volume->change_count].next = volume->files[at].changes;
    volume->files[at].changes = ++volume->change_count;
    return true;
}

/* The first target of this path, or the place where it would be. */
static size_t first_of(const struct targets *targets, const char *path) {
    size_t low = 0, high = targets->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(targets->list[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool join(struct stomp_volume *volume, struct db *db, const struct targets *targets) {
    struct db_query *q = ask(volume, db, files_sql);
    bool good = q != NULL;
    char path[PATH];
    while (good && db_step(q)) {
        uint32_t at = stomp_volume_of(volume, db_integer(q, 0));
        int size = snprintf(path, sizeof path, "%s/%s", db_text(q, 1, NULL), db_text(q, 2, NULL));
        if (at == STOMP_NONE || size < 0 || (size_t)size >= sizeof path)
            continue;
        lower(path);
        for (size_t i = first_of(targets, path);
             good && i < targets->count && strcmp(targets->list[i].path, path) == 0; i++)
            good = add_change(volume, at, &targets->list[i].change);
    }
    db_finish(q);
    return good;
}

static bool load_sysmon(struct stomp_volume *volume, struct db *db) {
    struct targets targets = {0};
    struct db_query *q = ask(volume, db, sysmon_sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = take_target(&targets, q);
    db_finish(q);
    if (good && targets.count > 0) {
        qsort(targets.list, targets.count, sizeof *targets.list, by_path);
        good = join(volume, db, &targets);
    }
    for (size_t i = 0; i < targets.count; i++)
        free(targets.list[i].path);
    free(targets.list);
    return good;
}

bool stomp_events_load(struct stomp_volume *volume, struct db *db) {
    struct db_query *q = ask(volume, db, known_sql);
    if (!q)
        return false;
    volume->clock.logs = db_step(q) && db_integer(q, 0) != 0;
    db_finish(q);
    return load_steps(volume, db) && (!volume->clock.logs || load_sysmon(volume, db));
}

bool stomp_events_took_back(const struct stomp_volume *volume, uint64_t time) {
    const struct stomp_clock *clock = &volume->clock;
    for (uint32_t i = 0; i < clock->count; i++)
        if (time > clock->steps[i].after && time <= clock->steps[i].before + STOMP_SAME)
            return true;
    return false;
}
