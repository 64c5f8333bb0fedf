/* What of a case can be on other hosts, too. */
#include "store/extract_private.h"

#include "base/digest.h"
#include "store/normal.h"

#include <string.h>

struct names {
    struct text path, name;
};

static uint64_t time_of(struct db_query *query, int at) {
    return db_integer(query, at) > 0 ? (uint64_t)db_integer(query, at) : 0;
}

static const char *keep(struct extract *e, struct text *text) {
    const char *kept = extract_keep(e, text_string(text));
    text_clear(text);
    return kept;
}

static bool finish(struct extract_thing *thing) {
    thing->id = rows_thing_id(&thing->thing);
    return true;
}

/* --- images --- */

/* Lower-case hex by SQLite; what is no digest is none. */
#define IMAGES                                                                                               \
    "SELECT a.id, coalesce(o.path, ''), a.name, coalesce(a.fn_created, a.si_created, 0),"                    \
    " CASE length(h.sha256) WHEN 32 THEN lower(hex(h.sha256)) ELSE '' END,"                                  \
    " CASE length(p.authentihash_sha256) WHEN 32 THEN lower(hex(p.authentihash_sha256)) ELSE '' END,"        \
    " coalesce(t.state, ''), coalesce(t.signer, ''), coalesce(p.exports, ''),"                               \
    " coalesce(p.fixed_file_version, ''), coalesce(p.product, ''), p.subsystem"                              \
    " FROM pe p CROSS JOIN artifact a ON a.id = p.artifact LEFT JOIN folder o ON o.id = a.folder"            \
    " LEFT JOIN hashes h ON h.artifact = a.id LEFT JOIN trust t ON t.artifact = a.id"                        \
    " LEFT JOIN volume v ON v.id = a.volume LEFT JOIN evidence e ON e.id = a.evidence"                       \
    " WHERE a.stream IS NULL AND coalesce(a.flags, 0) & 2 = 0 AND v.shadow IS NULL AND a.volume IS NOT NULL" \
    " ORDER BY p.artifact"

/* A set of names as 16 digits, whatever their order; "" for none. */
static const char *exports(struct extract *e, const char *names) {
    uint8_t value[DIGEST_MAX];
    uint64_t sum = 0, count = 0;
    struct text hex = {0};
    for (const char *line = names; *line; count++) {
        size_t size = strcspn(line, "\n");
        uint64_t one = 0;
        digest_once(DIGEST_MD5, span_of(line, size, 0), value);
        memcpy(&one, value, sizeof one);
        sum += one; /* a sum has no order */
        line += size + (line[size] != 0);
    }
    if (count == 0)
        return "";
    text_format(&hex, "%016llx", (unsigned long long)sum);
    const char *kept = extract_keep(e, text_string(&hex));
    text_free(&hex);
    return kept;
}

/* Who is trusted to have signed; of what is altered, still the signer that Windows shows. */
static const char *signer(struct extract *e, const char *state, const char *name) {
    return strncmp(state, "trusted", 7) == 0 ? extract_keep(e, name) : "";
}

static bool holds(const char *path, const char *part) {
    return strstr(path, part) != NULL;
}

/* Made where they lie: by NGEN, by ASP.NET, by compilers for their users, by Windows' own installer caches.
 */
static bool is_built(const struct store_thing *t) {
    if (t->signer[0])
        return false;
    return holds(t->path, "/assembly/nativeimages") || holds(t->path, "/temporary asp.net files/") ||
           holds(t->path, "/assembly/temp/") ||
           ((holds(t->path, "/bin/debug/") || holds(t->path, "/bin/release/") ||
             holds(t->path, "/obj/debug/") || holds(t->path, "/obj/release/") ||
             holds(t->path, "/x64/debug/") || holds(t->path, "/x64/release/") ||
             holds(t->path, "/target/debug/") || holds(t->path, "/target/release/")) &&
            holds(t->path, "/users/"));
}

enum { SUBSYSTEM_NATIVE = 1 };

static bool is_driver(struct db_query *query, const char *name) {
    size_t size = strlen(name);
    return db_integer(query, 11) == SUBSYSTEM_NATIVE && size > 4 && strcmp(name + size - 4, ".sys") == 0;
}

static bool image(struct extract *e, struct db_query *query, struct names *names) {
    struct extract_thing *thing = extract_thing(e);
    if (!thing)
        return false;
    struct store_thing *t = &thing->thing;
    const char *name = db_text(query, 2, NULL);
    struct text whole = {0};
    text_format(&whole, "%s/%s", db_text(query, 1, NULL), name);
    normal_path(&names->path, text_string(&whole));
    text_free(&whole);
    normal_name(&names->name, name);
    t->path = keep(e, &names->path);
    t->name = keep(e, &names->name);
    t->sha256 = extract_keep(e, db_text(query, 4, NULL));
    t->authentihash = extract_keep(e, db_text(query, 5, NULL));
    t->signer = signer(e, db_text(query, 6, NULL), db_text(query, 7, NULL));
    t->exports = exports(e, db_text(query, 8, NULL));
    t->version = extract_keep(e, db_text(query, 9, NULL));
    t->product = extract_keep(e, db_text(query, 10, NULL));
    t->kind = is_driver(query, t->name) ? STORE_DRIVER : STORE_IMAGE;
    t->built = is_built(t);
    thing->time = time_of(query, 3);
    return finish(thing) && extract_map(e, db_integer(query, 0), thing->id);
}

/* --- services and what starts --- */

#define SERVICES                                                                                             \
    "SELECT name, coalesce(library_path, image_path, library, image, ''), last_write FROM service"           \
    " WHERE state = 'current' ORDER BY rowid"
#define AUTOSTARTS                                                                                           \
    "SELECT kind || ' ' || coalesce(name, ''), coalesce(path, command, ''), last_write FROM autostart"       \
    " WHERE state = 'live' AND coalesce(incomplete, 0) = 0 ORDER BY rowid"

/* What ran and is no file that is there now. */
#define EXECUTIONS                                                                                           \
    "SELECT path, path, coalesce(first_time, last_time) FROM execution WHERE artifact IS NULL AND"           \
    " path IS NOT NULL AND kind IN ('executed', 'loaded') ORDER BY id"

static void last_part(struct text *out, const char *path) {
    const char *slash = strrchr(path, '/');
    normal_name(out, slash ? slash + 1 : path);
}

static bool started(struct extract *e, struct db_query *query, enum store_kind kind, struct names *names) {
    struct extract_thing *thing = extract_thing(e);
    if (!thing)
        return false;
    const char *name = db_text(query, 0, NULL), *path = db_text(query, 1, NULL);
    normal_command(&names->path, path);
    if (kind == STORE_EXECUTION)
        last_part(&names->name, name);
    else if (kind == STORE_SERVICE)
        normal_service(&names->name, name);
    else
        normal_name(&names->name, name);
    thing->thing = (struct store_thing){.kind = kind,
                                        .path = keep(e, &names->path),
                                        .name = keep(e, &names->name),
                                        .sha256 = "",
                                        .authentihash = "",
                                        .signer = "",
                                        .exports = "",
                                        .version = "",
                                        .product = ""};
    thing->time = time_of(query, 2);
    return finish(thing);
}

/* --- software --- */

#define SOFTWARE                                                                                             \
    "SELECT n.text, coalesce(v.text, ''), coalesce(p.text, ''), k.last_write FROM hive_key k"                \
    " JOIN hive_value n ON n.artifact = k.artifact AND n.key = k.ordinal AND n.name = 'DisplayName'"         \
    " LEFT JOIN hive_value v ON v.artifact = k.artifact AND v.key = k.ordinal AND v.name = 'DisplayVersion'" \
    " LEFT JOIN hive_value p ON p.artifact = k.artifact AND p.key = k.ordinal AND p.name = 'Publisher'"      \
    " WHERE k.state = 'live' AND k.path LIKE '%/CurrentVersion/Uninstall/%' AND n.text <> ''"                \
    " ORDER BY k.artifact, k.ordinal"

static bool software(struct extract *e, struct db_query *query, struct names *names) {
    struct extract_thing *thing = extract_thing(e);
    if (!thing)
        return false;
    normal_name(&names->name, db_text(query, 0, NULL));
    thing->thing = (struct store_thing){.kind = STORE_SOFTWARE,
                                        .path = "",
                                        .name = keep(e, &names->name),
                                        .sha256 = "",
                                        .authentihash = "",
                                        .signer = "",
                                        .exports = "",
                                        .version = extract_keep(e, db_text(query, 1, NULL)),
                                        .product = extract_keep(e, db_text(query, 2, NULL))};
    thing->time = time_of(query, 3);
    return finish(thing);
}

static bool each(struct extract *e, struct db *db, const char *sql, int kind, struct names *names) {
    struct db_query *query = db_prepare(db, sql);
    bool good = query != NULL;
    while (good && db_step(query)) {
        text_clear(&names->path);
        text_clear(&names->name);
        good = kind == STORE_IMAGE      ? image(e, query, names)
               : kind == STORE_SOFTWARE ? software(e, query, names)
                                        : started(e, query, (enum store_kind)kind, names);
    }
    db_finish(query);
    return good && db_error(db)[0] == 0;
}

bool extract_things(struct extract *e, struct db *db) {
    struct names names = {{0}, {0}};
    bool good = each(e, db, IMAGES, STORE_IMAGE, &names) && each(e, db, SERVICES, STORE_SERVICE, &names) &&
                each(e, db, AUTOSTARTS, STORE_AUTOSTART, &names) &&
                each(e, db, EXECUTIONS, STORE_EXECUTION, &names) &&
                each(e, db, SOFTWARE, STORE_SOFTWARE, &names);
    text_free(&names.path);
    text_free(&names.name);
    if (good)
        extract_sort(e);
    return good;
}
