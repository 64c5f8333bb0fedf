#include "judge/stakes_owner.h"

#include <stdlib.h>
#include <strings.h>

struct profile {
    int64_t evidence, volume;
    char *path, *sid;
};

struct since {
    int64_t evidence, time;
};

struct stakes_owners {
    struct profile *profiles;
    size_t profile_count;
    struct since *since;
    size_t since_count;
};

static const char profiles_sql[] =
    "SELECT a.evidence, coalesce(w.shadow_of, a.volume, 0), substr(k.path, length(?1) + 1), v.text FROM hive h"
    " CROSS JOIN hive_value v ON v.artifact = h.artifact CROSS JOIN hive_key k ON k.artifact = v.artifact AND"
    " k.ordinal = v.key JOIN artifact a ON a.id = h.artifact LEFT JOIN volume w ON w.id = a.volume"
    " WHERE h.kind = 'software' AND v.name = 'ProfileImagePath' COLLATE NOCASE AND v.state = 'live'"
    " AND substr(k.path, 1, length(?1)) = ?1 COLLATE NOCASE ORDER BY h.artifact, k.ordinal LIMIT 10000";

static const char list_key[] = "/Microsoft/Windows NT/CurrentVersion/ProfileList/";

/* A host is everything with its name, or what came with its evidence. */
static const char since_sql[] =
    "WITH RECURSIVE above(id, up) AS (SELECT id, id FROM evidence UNION SELECT b.id, a.evidence FROM above b JOIN"
    " evidence e ON e.id = b.up JOIN artifact a ON a.id = e.artifact)"
    " SELECT b.id, min(v.since) FROM above b JOIN evidence e ON e.id = b.up JOIN verdict v ON v.evidence = e.id OR"
    " v.host = e.host WHERE v.word LIKE 'compromised%' AND v.evidence IS NOT NULL AND v.since > 0 GROUP BY b.id"
    " ORDER BY b.id LIMIT 10000";

/* C:\Users\a, %SystemDrive%\Users\a: the part behind the drive, with slashes. */
static char *normal(const char *text) {
    const char *rest = strchr(text, '\\');
    char *path = rest ? strdup(rest) : NULL;
    for (char *at = path; at && *at; at++)
        if (*at == '\\')
            *at = '/';
    return path;
}

static bool add_profile(struct stakes_owners *owners, struct db_query *q) {
    struct profile *more = realloc(owners->profiles, (owners->profile_count + 1) * sizeof *more);
    char *path = normal(db_text(q, 3, NULL)), *sid = strdup(db_text(q, 2, NULL));
    owners->profiles = more ? more : owners->profiles;
    if (more && path && sid) {
        more[owners->profile_count++] = (struct profile){db_integer(q, 0), db_integer(q, 1), path, sid};
        return true;
    }
    bool none = more && sid; /* a value without a backslash names no folder */
    free(path);
    free(sid);
    return none;
}

static bool read_profiles(struct stakes_owners *owners, struct db *db) {
    struct db_query *q = db_prepare(db, profiles_sql);
    bool good = q != NULL;
    if (q)
        db_bind_text(q, 1, list_key, sizeof list_key - 1);
    while (good && db_step(q))
        good = add_profile(owners, q);
    db_finish(q);
    return good;
}

static bool read_since(struct stakes_owners *owners, struct db *db) {
    struct db_query *q = db_prepare(db, since_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct since *more = realloc(owners->since, (owners->since_count + 1) * sizeof *more);
        good = more != NULL;
        if (!more)
            break;
        owners->since = more;
        more[owners->since_count++] = (struct since){db_integer(q, 0), db_integer(q, 1)};
    }
    db_finish(q);
    return good;
}

struct stakes_owners *stakes_owners_open(struct db *db) {
    struct stakes_owners *owners = calloc(1, sizeof *owners);
    if (owners && read_profiles(owners, db) && read_since(owners, db) && db_error(db)[0] == 0)
        return owners;
    stakes_owners_close(owners);
    return NULL;
}

void stakes_owners_close(struct stakes_owners *owners) {
    if (!owners)
        return;
    for (size_t i = 0; i < owners->profile_count; i++) {
        free(owners->profiles[i].path);
        free(owners->profiles[i].sid);
    }
    free(owners->profiles);
    free(owners->since);
    free(owners);
}

const char *stakes_owners_sid(const struct stakes_owners *owners, int64_t evidence, int64_t volume,
                              const char *path, size_t size) {
    for (size_t i = 0; i < owners->profile_count; i++) {
        const struct profile *profile = &owners->profiles[i];
        if (profile->evidence == evidence && profile->volume == volume && strlen(profile->path) == size &&
            strncasecmp(profile->path, path, size) == 0)
            return profile->sid;
    }
    return NULL;
}

int64_t stakes_owners_since(const struct stakes_owners *owners, int64_t evidence) {
    for (size_t i = 0; i < owners->since_count; i++)
        if (owners->since[i].evidence == evidence)
            return owners->since[i].time;
    return 0;
}
