#include "judge/stomp_volume.h"

#include "model/listing.h"
#include "model/stamps.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 1 << 27 };

static const char files_sql[] =
    "SELECT a.id, a.record, a.sequence, a.flags, a.size, a.folder, a.si_created, a.si_modified, a.si_changed,"
    " a.si_accessed, a.fn_created, a.fn_modified, a.fn_changed, a.fn_accessed FROM artifact a WHERE a.volume = ?"
    " AND a.stream IS NULL AND a.fn_created IS NOT NULL AND a.si_created IS NOT NULL ORDER BY a.id";

/* A further name that was given when the file was made, or later. */
static const char links_sql[] =
    "SELECT p.artifact, p.fn_created FROM artifact_path p JOIN artifact a ON a.id = p.artifact"
    " WHERE a.volume = ? AND p.fn_created IS NOT NULL ORDER BY p.artifact";

static const char asked_sql[] =
    "SELECT a.id FROM meta m JOIN artifact a ON a.id = CAST(m.value AS INTEGER) WHERE m.key LIKE 'time_of%' AND a.volume = ?";

bool stomp_volume_grow(void **list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t want = *room ? 2 * *room : 4096;
    void *more = want < UINT32_MAX ? realloc(*list, want * size) : NULL;
    if (!more)
        return false;
    *list = more;
    *room = want;
    return true;
}

static bool take_file(struct stomp_volume *volume, struct db_query *q) {
    void *list = volume->files;
    bool good = stomp_volume_grow(&list, volume->count, &volume->file_room, sizeof *volume->files);
    volume->files = list;
    if (!good)
        return false;
    struct stomp_file *file = &volume->files[volume->count++];
    unsigned flags = (unsigned)db_integer(q, 3);
    *file = (struct stomp_file){.artifact = (uint32_t)db_integer(q, 0),
                                .record = (uint32_t)db_integer(q, 1),
                                .sequence = (uint16_t)db_integer(q, 2),
                                .size = (uint64_t)db_integer(q, 4),
                                .folder = (uint32_t)db_integer(q, 5)};
    for (int i = 0; i < LISTING_TIMES; i++) {
        file->times.si[i] = (uint64_t)db_integer(q, 6 + i);
        file->times.fn[i] = (uint64_t)db_integer(q, 10 + i);
    }
    file->flags = (uint16_t)((flags & LISTING_DIRECTORY ? STOMP_FOLDER : 0) |
                             (flags & LISTING_DELETED ? STOMP_DELETED : 0) |
                             (stamps_irregular(file->times.si, file->times.fn) ? STOMP_IRREGULAR : 0));
    if (file->record >= volume->record_count && file->record < RECORDS)
        volume->record_count = file->record + 1;
    return true;
}

static bool number_records(struct stomp_volume *volume) {
    volume->by_record = calloc((size_t)volume->record_count + 1, sizeof *volume->by_record);
    if (!volume->by_record)
        return false;
    for (uint32_t i = 0; i < volume->count; i++)
        if (volume->files[i].record < volume->record_count && !volume->by_record[volume->files[i].record])
            volume->by_record[volume->files[i].record] = i + 1;
    return true;
}

/* Sorts by creation in $FILE_NAME: least significant digits first, each of 11 bits. */
static bool sort_births(struct stomp_volume *volume) {
    enum { DIGIT = 2048, PASSES = 6 };
    uint32_t *from = malloc(((size_t)volume->count + 1) * sizeof *from);
    uint32_t *to = malloc(((size_t)volume->count + 1) * sizeof *to);
    if (!from || !to)
        return free(from), free(to), false;
    for (uint32_t i = 0; i < volume->count; i++)
        from[i] = i;
    for (unsigned shift = 0; shift < PASSES * 11; shift += 11) {
        uint32_t starts[DIGIT + 1] = {0};
        for (uint32_t i = 0; i < volume->count; i++)
            starts[(volume->files[i].times.fn[0] >> shift & (DIGIT - 1)) + 1]++;
        for (size_t i = 0; i < DIGIT; i++)
            starts[i + 1] += starts[i];
        for (uint32_t i = 0; i < volume->count; i++)
            to[starts[volume->files[from[i]].times.fn[0] >> shift & (DIGIT - 1)]++] = from[i];
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    volume->by_birth = from;
    free(to);
    return true;
}

/* The creation time that a further name has is as good as that of the first. */
static void take_link(struct stomp_volume *volume, struct db_query *q) {
    uint32_t at = stomp_volume_of(volume, db_integer(q, 0));
    uint64_t created = (uint64_t)db_integer(q, 1);
    if (at == STOMP_NONE)
        return;
    struct stomp_file *file = &volume->files[at];
    uint64_t si = file->times.si[0];
    if (si >= created && si - created <= 2 * STAMPS_SECOND)
        file->flags &= (uint16_t)~STOMP_IRREGULAR;
}

static bool load_links(struct stomp_volume *volume, struct db *db) {
    struct db_query *q = db_prepare(db, links_sql);
    if (!q)
        return false;
    db_bind_integer(q, 1, volume->id);
    while (db_step(q))
        take_link(volume, q);
    db_finish(q);
    q = db_prepare(db, asked_sql);
    if (!q)
        return false;
    db_bind_integer(q, 1, volume->id);
    while (db_step(q)) {
        uint32_t at = stomp_volume_of(volume, db_integer(q, 0));
        if (at != STOMP_NONE)
            volume->files[at].flags |= STOMP_ASKED;
    }
    db_finish(q);
    return true;
}

bool stomp_volume_load(struct stomp_volume *ret, struct db *db, int64_t id, int64_t journal, int64_t log) {
    *ret = (struct stomp_volume){.id = id, .journal.artifact = journal, .log.artifact = log};
    struct db_query *q = db_prepare(db, files_sql);
    if (!q)
        return false;
    bool good = true;
    db_bind_integer(q, 1, id);
    while (good && db_step(q))
        good = take_file(ret, q);
    db_finish(q);
    good = good && db_error(db)[0] == 0 && number_records(ret) && sort_births(ret) && load_links(ret, db);
    if (good && ret->record_count > 0 && ret->by_record[0])
        ret->born = ret->files[ret->by_record[0] - 1].times.si[0];
    return good && stomp_history_load(ret, db) && stomp_traces_load(ret, db) && stomp_events_load(ret, db) &&
           db_error(db)[0] == 0;
}

void stomp_volume_free(struct stomp_volume *volume) {
    free(volume->files);
    free(volume->by_record);
    free(volume->by_birth);
    free(volume->sessions);
    free(volume->changes);
    free(volume->entries);
    free(volume->clock.steps);
    *volume = (struct stomp_volume){0};
}

uint32_t stomp_volume_find(const struct stomp_volume *volume, uint64_t record, uint64_t sequence) {
    if (record >= volume->record_count || !volume->by_record[record])
        return STOMP_NONE;
    uint32_t at = volume->by_record[record] - 1;
    const struct stomp_file *file = &volume->files[at];
    bool same = sequence == file->sequence;
    bool before = file->flags & STOMP_DELETED && ((uint16_t)(sequence + 1) == file->sequence ||
                                                  (sequence == UINT16_MAX && file->sequence == 1));
    return same || before ? at : STOMP_NONE;
}

uint32_t stomp_volume_of(const struct stomp_volume *volume, int64_t artifact) {
    uint32_t low = 0, high = volume->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if ((int64_t)volume->files[middle].artifact < artifact)
            low = middle + 1;
        else
            high = middle;
    }
    return low < volume->count && (int64_t)volume->files[low].artifact == artifact ? low : STOMP_NONE;
}

/* Sessions that do the same, one behind the other, leave what the last one leaves. */
static bool is_repeated(const struct stomp_session *session, const struct stomp_session *next) {
    return session->marks == next->marks && !(session->marks & (STOMP_CREATE | STOMP_RENAME));
}

size_t stomp_volume_sessions(const struct stomp_volume *volume, const struct stomp_file *file,
                             struct stomp_session *ret, size_t room) {
    size_t all = 0;
    for (uint32_t at = file->first_session; at; at = volume->sessions[at - 1].next) {
        const struct stomp_session *session = &volume->sessions[at - 1].session;
        size_t last = all < room ? all : room;
        if (all > 0 && is_repeated(&ret[last - 1], session)) {
            ret[last - 1] = *session;
            continue;
        }
        if (all >= room && room > 1)
            memmove(&ret[1], &ret[2], (room - 2) * sizeof *ret);
        ret[last < room ? last : room - 1] = *session;
        all++;
    }
    return all;
}

uint64_t stomp_volume_birth(const struct stomp_volume *volume, const struct stomp_file *file, bool *sure) {
    const uint64_t *fn = file->times.fn;
    if (file->first_session) {
        const struct stomp_session *session = &volume->sessions[file->first_session - 1].session;
        if (session->marks & STOMP_CREATE) {
            *sure = true;
            return session->start;
        }
    }
    *sure = fn[0] == fn[1] && fn[1] == fn[2];
    return *sure || fn[2] < fn[0] ? fn[0] : fn[2];
}
