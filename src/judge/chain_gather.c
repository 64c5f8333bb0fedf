#include "judge/chain_gather.h"

#include "base/filetime.h"
#include "judge/chain_hosts.h"

#include <stdlib.h>

/* Those of one file together. Files that hold records (hives, logs) are not what a finding there is about. */
static const char findings_sql[] =
    "WITH holder AS MATERIALIZED (SELECT artifact FROM hive UNION SELECT artifact FROM event_log UNION SELECT artifact FROM"
    " browser_history UNION SELECT artifact FROM usn_summary UNION SELECT artifact FROM host_name UNION SELECT artifact FROM"
    " connection UNION SELECT artifact FROM wmi_object)"
    " SELECT f.id, coalesce(f.artifact, 0), f.detector, f.severity, f.strength, f.offset, f.size,"
    " coalesce(a.evidence, v.evidence, f.evidence, 0), coalesce(a.volume, f.volume, 0), coalesce(d.path, ''),"
    " coalesce(a.name, ''), coalesce(a.stream, ''), coalesce(a.record, 0), coalesce(a.sequence, 0), coalesce(a.flags, 0),"
    " coalesce(a.fn_created, 0), coalesce(a.si_changed, 0), h.sha256, f.artifact IN (SELECT artifact FROM holder)"
    " FROM finding f LEFT JOIN artifact a ON a.id = f.artifact LEFT JOIN folder d ON d.id = a.folder LEFT JOIN hashes h ON"
    " h.artifact = f.artifact LEFT JOIN volume v ON v.id = f.volume WHERE f.id <= ? AND f.severity > 0"
    " ORDER BY f.artifact IS NULL OR f.artifact IN (SELECT artifact FROM holder), f.artifact, f.id";

/* What a record is about, and when. */
static const char details_sql[] =
    "SELECT finding, key, value FROM finding_detail WHERE finding <= ? AND key IN ('service', 'path', 'driver', 'first',"
    " 'key written') ORDER BY finding";

enum { DELETED = 2, SHA256 = 32 };

/* --- findings and what they are about --- */

static bool place(struct chain_case *c, struct chain_thing *thing) {
    const struct chain_evidence *e = chain_evidence_of(c, thing->evidence);
    thing->host = e ? e->host : CHAIN_NONE;
    if (thing->artifact == 0)
        return true;
    thing->place = chain_model_place(thing->folder, thing->volume != 0, &thing->product);
    if (thing->volume == 0 && thing->place == CHAIN_PLACE_ELSEWHERE)
        thing->place = CHAIN_PLACE_ANY; /* where it lay on a machine is not known */
    if (e && e->package)
        thing->place = CHAIN_PLACE_PACKAGE;
    if (thing->volume == 0 || !chain_volume_of(c, thing->volume))
        return true;
    struct text path = {0};
    text_format(&path, "%s/%s", thing->folder, thing->file);
    thing->path = path.full ? NULL : chain_keep_lower(c, text_string(&path));
    text_free(&path);
    return !c->failed;
}

/* A stream is told with its file's name in front. */
static const char *file_name(struct chain_case *c, const char *name, const char *stream) {
    struct text whole = {0};
    text_format(&whole, "%s%s%s", name, stream[0] ? ":" : "", stream);
    const char *kept = chain_keep(c, text_string(&whole), whole.size);
    text_free(&whole);
    return kept;
}

static bool add_thing(struct chain_case *c, struct db_query *q) {
    bool record = db_integer(q, 18) != 0;
    int64_t artifact = db_integer(q, 1);
    size_t size;
    const char *folder = db_text(q, 9, &size);
    struct span sha256 = db_blob(q, 17);
    struct chain_thing thing = {.artifact = record ? 0 : artifact,
                                .holder = record ? artifact : 0,
                                .evidence = db_integer(q, 7),
                                .volume = db_integer(q, 8),
                                .folder = chain_keep(c, folder, size),
                                .file = file_name(c, db_text(q, 10, NULL), db_text(q, 11, NULL)),
                                .record = db_integer(q, 12),
                                .sequence = db_integer(q, 13),
                                .deleted = db_integer(q, 14) & DELETED,
                                .born = db_integer(q, 15),
                                .changed = db_integer(q, 16),
                                .found = (uint32_t)c->found_count,
                                .has_sha256 = !record && sha256.size == SHA256};
    if (thing.has_sha256)
        memcpy(thing.sha256, sha256.data, SHA256);
    if (c->failed || !place(c, &thing) ||
        !chain_room(c, &c->things, &c->thing_room, c->thing_count, sizeof *c->things))
        return false;
    const char *name = artifact ? chain_path(c, thing.evidence, thing.volume, thing.folder, thing.file) : "";
    thing.name = name ? name : "";
    c->things[c->thing_count++] = thing;
    return !c->failed;
}

static bool add_found(struct chain_case *c, struct db_query *q) {
    struct chain_thing *thing = &c->things[c->thing_count - 1];
    struct chain_found found = {.id = db_integer(q, 0),
                                .severity = (enum severity)db_integer(q, 3),
                                .strength = (enum strength)db_integer(q, 4),
                                .offset = (uint64_t)db_integer(q, 5),
                                .size = (uint64_t)db_integer(q, 6),
                                .thing = (uint32_t)(c->thing_count - 1)};
    if (!chain_room(c, &c->founds, &c->found_room, c->found_count, sizeof *c->founds))
        return false;
    found.rule = chain_model_rule(db_text(q, 2, NULL), thing->place, found.severity, found.strength);
    c->founds[c->found_count++] = found;
    thing->founds++;
    return true;
}

static bool findings(struct chain_case *c) {
    struct db_query *q = db_prepare(c->db, findings_sql);
    int64_t last = 0;
    bool good = q != NULL;
    if (q)
        db_bind_integer(q, 1, CHAIN_FINDINGS);
    while (good && db_step(q)) {
        int64_t artifact = db_integer(q, 1);
        bool same = artifact != 0 && artifact == last && !db_integer(q, 18);
        good = (same || add_thing(c, q)) && add_found(c, q);
        last = artifact;
    }
    db_finish(q);
    return good && db_error(c->db)[0] == 0;
}

/* --- what records say --- */

struct numbered {
    int64_t id;
    uint32_t found;
};

static int by_id(const void *left, const void *right) {
    const struct numbered *a = left, *b = right;
    return a->id < b->id ? -1 : a->id > b->id;
}

static bool sort(struct chain_case *c) {
    struct numbered *list = malloc((c->found_count + 1) * sizeof *list);
    c->by_finding = malloc((c->found_count + 1) * sizeof *c->by_finding);
    bool good = list && c->by_finding;
    for (size_t i = 0; good && i < c->found_count; i++)
        list[i] = (struct numbered){c->founds[i].id, (uint32_t)i};
    if (good && c->found_count > 0)
        qsort(list, c->found_count, sizeof *list, by_id);
    for (size_t i = 0; good && i < c->found_count; i++)
        c->by_finding[i] = list[i].found;
    free(list);
    return good;
}

static void take_time(struct chain_found *found, const char *value) {
    uint64_t time;
    if (found->time == 0 && filetime_parse(value, &time) && time <= INT64_MAX)
        found->time = (int64_t)time;
}

/* What a record is about has no file; its path stands for it. */
static void take_path(struct chain_case *c, struct chain_thing *thing, const char *value) {
    if (thing->artifact != 0 || thing->path)
        return;
    const char *slash = strrchr(value, '/');
    size_t product;
    thing->path = chain_keep_lower(c, value);
    thing->file = chain_keep(c, slash ? slash + 1 : value, strlen(slash ? slash + 1 : value));
    thing->folder = chain_keep(c, value, slash ? (size_t)(slash - value) : 0);
    if (c->failed)
        return;
    thing->place = chain_model_place(thing->folder, true, &product);
    thing->name = chain_path(c, thing->evidence, thing->volume, thing->folder, thing->file);
}

static bool details(struct chain_case *c) {
    struct db_query *q = db_prepare(c->db, details_sql);
    size_t at = 0;
    if (q)
        db_bind_integer(q, 1, CHAIN_FINDINGS);
    while (q && !c->failed && db_step(q)) {
        const char *key = db_text(q, 1, NULL), *value = db_text(q, 2, NULL);
        while (at < c->found_count && c->founds[c->by_finding[at]].id < db_integer(q, 0))
            at++;
        struct chain_found *found = at < c->found_count ? &c->founds[c->by_finding[at]] : NULL;
        if (!found || found->id != db_integer(q, 0) || !value[0])
            continue;
        if (strcmp(key, "service") == 0)
            found->service = chain_keep_lower(c, value);
        else if (strcmp(key, "path") == 0 || strcmp(key, "driver") == 0)
            take_path(c, &c->things[found->thing], value);
        else
            take_time(found, value);
    }
    db_finish(q);
    return q && !c->failed && db_error(c->db)[0] == 0;
}

bool chain_gather(struct chain_case *c) {
    return chain_hosts(c) && findings(c) && sort(c) && details(c);
}
