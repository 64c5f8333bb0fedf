#include "judge/chain_hosts.h"

/* With the file that it is, if it was found inside other evidence. */
static const char evidences_sql[] =
    "SELECT e.id, e.path, e.host, e.kind, coalesce(e.artifact, 0), coalesce(a.evidence, 0), coalesce(a.volume, 0), f.path,"
    " a.name, e.collector IS NOT NULL FROM evidence e LEFT JOIN artifact a ON a.id = e.artifact LEFT JOIN folder f ON"
    " f.id = a.folder WHERE e.kind <> 'catalogs' ORDER BY e.id";

static const char volumes_sql[] = "SELECT id, evidence, coalesce(shadow, 0), drive FROM volume ORDER BY id";

/* What only a machine with Windows has. A hive in an archive makes no machine of it: any installer can hold
 * one. */
static const char windows_sql[] =
    "SELECT DISTINCT evidence FROM volume WHERE drive IS NOT NULL UNION SELECT a.evidence FROM hive h JOIN artifact a ON"
    " a.id = h.artifact JOIN evidence e ON e.id = a.evidence WHERE h.kind IN ('system', 'software') AND"
    " e.kind <> 'archive'";

static const char names_sql[] =
    "SELECT a.evidence, p.value FROM posture p JOIN artifact a ON a.id = p.hive WHERE"
    " p.fact = 'computer name' ORDER BY p.hive";

static bool volumes(struct chain_case *c) {
    struct db_query *q = db_prepare(c->db, volumes_sql);
    while (q && db_step(q) &&
           chain_room(c, &c->volumes, &c->volume_room, c->volume_count, sizeof *c->volumes)) {
        size_t size;
        const char *drive = db_text(q, 3, &size);
        c->volumes[c->volume_count++] =
            (struct chain_volume){.id = db_integer(q, 0),
                                  .evidence = db_integer(q, 1),
                                  .shadow = db_integer(q, 2),
                                  .drive = size ? chain_keep(c, drive, size) : NULL};
    }
    db_finish(q);
    return q && !c->failed && db_error(c->db)[0] == 0;
}

static uint32_t host_named(const struct chain_case *c, const char *name) {
    for (size_t i = 0; name[0] && i < c->host_count; i++)
        if (c->hosts[i].name && strcasecmp(c->hosts[i].name, name) == 0)
            return (uint32_t)i;
    return CHAIN_NONE;
}

static uint32_t host_add(struct chain_case *c, int64_t evidence, const char *name) {
    if (!chain_room(c, &c->hosts, &c->host_room, c->host_count, sizeof *c->hosts))
        return CHAIN_NONE;
    c->hosts[c->host_count] =
        (struct chain_host){.evidence = evidence, .name = name[0] ? chain_keep(c, name, strlen(name)) : NULL};
    return (uint32_t)c->host_count++;
}

/* What lies inside is of the host of what it lies in, unless it is a disk or says another name. */
static uint32_t host_of(struct chain_case *c, struct db_query *q) {
    const char *name = db_text(q, 2, NULL), *kind = db_text(q, 3, NULL);
    bool disk = strcmp(kind, "disk-image") == 0 || strcmp(kind, "volume-image") == 0;
    const struct chain_evidence *outer = chain_evidence_of(c, db_integer(q, 5));
    uint32_t host = host_named(c, name);
    if (host != CHAIN_NONE)
        return host;
    if (outer && !disk && (!name[0] || (outer->host != CHAIN_NONE && !c->hosts[outer->host].name)))
        return outer->host;
    return host_add(c, db_integer(q, 0), name);
}

static bool evidences(struct chain_case *c) {
    struct db_query *q = db_prepare(c->db, evidences_sql);
    while (q && db_step(q) && !c->failed &&
           chain_room(c, &c->evidences, &c->evidence_room, c->evidence_count, sizeof *c->evidences)) {
        size_t size;
        const char *path = db_text(q, 1, &size), *kind = db_text(q, 3, NULL);
        bool inside = db_integer(q, 4) != 0;
        struct chain_evidence row = {.id = db_integer(q, 0),
                                     .artifact = db_integer(q, 4),
                                     .host = host_of(c, q),
                                     .package = strcmp(kind, "archive") == 0 && !db_integer(q, 9)};
        row.path = inside ? chain_path(c, db_integer(q, 5), db_integer(q, 6), db_text(q, 7, NULL),
                                       db_text(q, 8, NULL))
                          : chain_keep(c, path, size);
        c->evidences[c->evidence_count++] = row;
    }
    db_finish(q);
    return q && !c->failed && db_error(c->db)[0] == 0;
}

/* An archive with a Windows in it is a collection, whoever made it. */
static bool windows(struct chain_case *c) {
    struct db_query *q = db_prepare(c->db, windows_sql);
    while (q && db_step(q))
        for (size_t i = 0; i < c->evidence_count; i++)
            if (c->evidences[i].id == db_integer(q, 0) && c->evidences[i].host != CHAIN_NONE) {
                c->hosts[c->evidences[i].host].windows = true;
                c->evidences[i].package = false;
            }
    db_finish(q);
    return q && db_error(c->db)[0] == 0;
}

/* A name that the registry has, for people: it joins no evidence. */
static bool names(struct chain_case *c) {
    struct db_query *q = db_prepare(c->db, names_sql);
    while (q && db_step(q)) {
        const struct chain_evidence *e = chain_evidence_of(c, db_integer(q, 0));
        size_t size;
        const char *name = db_text(q, 1, &size);
        if (e && size > 0 && !c->hosts[e->host].name)
            c->hosts[e->host].name = chain_keep(c, name, size);
    }
    db_finish(q);
    return q && !c->failed && db_error(c->db)[0] == 0;
}

bool chain_hosts(struct chain_case *c) {
    return volumes(c) && evidences(c) && windows(c) && names(c);
}
