#include "judge/stomp_volume.h"

/* Entries in slack, and live ones that differ: what is equal is not kept (detect/inspect_i30.h). */
static const char entries_sql[] =
    "SELECT e.file, e.file_sequence, e.created, e.changed, e.offset, e.artifact, e.slack, e.size FROM index_entry e"
    " JOIN artifact a ON a.id = e.artifact WHERE a.volume = ? AND e.file IS NOT NULL ORDER BY e.artifact, e.ordinal";

static const char copies_sql[] =
    "SELECT a.record, a.sequence, a.si_created, v.shadow_created, 0, a.id, 0, a.size FROM volume v JOIN artifact a ON"
    " a.volume = v.id WHERE v.shadow_of = ? AND a.stream IS NULL AND a.si_created IS NOT NULL ORDER BY a.id";

static const char shadows_sql[] = "SELECT count(*) FROM volume WHERE shadow_of = ?";

/* Link times in the future or before the first such file are hashes or nothing; those of signatures are of a
 * third party's clock. */
static const char contents_sql[] =
    "SELECT p.artifact, CASE WHEN coalesce(p.reproducible, 0) = 0 THEN p.timestamp END, (SELECT max(s.stamp_time) FROM"
    " signature s WHERE s.artifact = p.artifact AND s.stamp_faults = 0 AND s.verdict = 'match') FROM pe p JOIN artifact a"
    " ON a.id = p.artifact WHERE a.volume = ? ORDER BY p.artifact";

static const char zones_sql[] =
    "SELECT a.record, a.sequence FROM artifact a WHERE a.volume = ? AND a.stream = 'Zone.Identifier'";

#define UNIX_EPOCH    116444736000000000u
#define FIRST_PE      (UNIX_EPOCH + 725846400u * STOMP_SECOND) /* 1993-01-01 */
#define DIFFERS(a, b) (((a) < (b) ? (b) - (a) : (a) - (b)) > STOMP_SAME)

static struct db_query *of_volume(const struct stomp_volume *volume, struct db *db, const char *sql) {
    struct db_query *q = db_prepare(db, sql);
    if (q)
        db_bind_integer(q, 1, volume->id);
    return q;
}

static bool take_entry(struct stomp_volume *volume, struct db_query *q, bool shadow) {
    uint32_t at = stomp_volume_find(volume, (uint64_t)db_integer(q, 0), (uint64_t)db_integer(q, 1));
    uint64_t created = (uint64_t)db_integer(q, 2);
    if (at == STOMP_NONE || !DIFFERS(created, volume->files[at].times.si[0]))
        return true;
    void *list = volume->entries;
    bool good = stomp_volume_grow(&list, volume->entry_count, &volume->entry_room, sizeof *volume->entries);
    volume->entries = list;
    if (!good)
        return false;
    volume->entries[volume->entry_count] = (struct stomp_entry){.created = created,
                                                                .changed = (uint64_t)db_integer(q, 3),
                                                                .offset = (uint64_t)db_integer(q, 4),
                                                                .artifact = (uint32_t)db_integer(q, 5),
                                                                .size = (uint64_t)db_integer(q, 7),
                                                                .slack = db_integer(q, 6) != 0,
                                                                .shadow = shadow,
                                                                .next = volume->files[at].entries};
    volume->files[at].entries = ++volume->entry_count;
    return true;
}

static bool load_entries(struct stomp_volume *volume, struct db *db, const char *sql, bool shadow) {
    struct db_query *q = of_volume(volume, db, sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = take_entry(volume, q, shadow);
    db_finish(q);
    return good;
}

static void take_content(struct stomp_volume *volume, struct db_query *q) {
    uint32_t at = stomp_volume_of(volume, db_integer(q, 0));
    if (at == STOMP_NONE)
        return;
    struct stomp_file *file = &volume->files[at];
    uint64_t linked = db_is_null(q, 1) ? 0 : UNIX_EPOCH + (uint64_t)db_integer(q, 1) * STOMP_SECOND;
    uint64_t signed_at = (uint64_t)db_integer(q, 2);
    file->flags |= STOMP_PROGRAM;
    if (linked >= FIRST_PE && linked <= file->times.fn[0]) /* later than the file itself: no time */
        file->content = linked;
    if (signed_at > file->content) {
        file->content = signed_at;
        file->flags |= STOMP_SIGNED;
    }
}

static bool load_contents(struct stomp_volume *volume, struct db *db) {
    struct db_query *q = of_volume(volume, db, contents_sql);
    if (!q)
        return false;
    while (db_step(q))
        take_content(volume, q);
    db_finish(q);
    return true;
}

static bool load_zones(struct stomp_volume *volume, struct db *db) {
    struct db_query *q = of_volume(volume, db, zones_sql);
    if (!q)
        return false;
    while (db_step(q)) {
        uint32_t at = stomp_volume_find(volume, (uint64_t)db_integer(q, 0), (uint64_t)db_integer(q, 1));
        if (at != STOMP_NONE)
            volume->files[at].flags |= STOMP_WEB;
    }
    db_finish(q);
    return true;
}

bool stomp_traces_load(struct stomp_volume *volume, struct db *db) {
    struct db_query *q = of_volume(volume, db, shadows_sql);
    if (!q)
        return false;
    volume->has_shadows = db_step(q) && db_integer(q, 0) > 0;
    db_finish(q);
    return load_entries(volume, db, entries_sql, false) &&
           (!volume->has_shadows || load_entries(volume, db, copies_sql, true)) &&
           load_contents(volume, db) && load_zones(volume, db);
}
