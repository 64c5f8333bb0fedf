#include "judge/release.h"

#include "judge/release_excerpt.h"

#include <stdlib.h>
#include <strings.h>

enum { ENCRYPTED = 8, DIRECTORY = 1 };

const char *release_text(struct job *job, const char *text, size_t size) {
    char *copy = job_alloc(job, size + 1, 1);
    if (!copy)
        return "";
    memcpy(copy, text, size);
    return copy;
}

/* --- versions and paths --- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static const char *next_number(const char *text, uint64_t *number) {
    while (*text && !is_digit(*text))
        text++;
    if (!*text)
        return NULL;
    *number = 0;
    for (; is_digit(*text); text++)
        *number = *number < UINT64_MAX / 16 ? *number * 10 + (uint64_t)(*text - '0') : *number;
    return text;
}

enum diff_step release_step(const char *before, const char *after) {
    static const enum diff_step steps[] = {DIFF_STEP_MAJOR, DIFF_STEP_MINOR, DIFF_STEP_PATCH};
    uint64_t a, b;
    for (size_t i = 0;; i++) {
        before = before ? next_number(before, &a) : NULL;
        after = after ? next_number(after, &b) : NULL;
        if (!before && !after)
            return i == 0 ? DIFF_STEP_UNKNOWN : DIFF_STEP_NONE;
        a = before ? a : 0;
        b = after ? b : 0;
        if (a != b && i == 0 && (!before || !after))
            return DIFF_STEP_UNKNOWN;
        if (a != b)
            return i < 3 ? steps[i] : DIFF_STEP_PATCH;
    }
}

bool release_is_lower(const char *a, const char *b) {
    uint64_t x, y;
    while (a && b) {
        a = next_number(a, &x);
        b = next_number(b, &y);
        x = a ? x : 0;
        y = b ? y : 0;
        if (x != y)
            return x < y;
    }
    return false;
}

const char *release_plain(struct job *job, const char *path) {
    char *plain = job_alloc(job, strlen(path) + 1, 1), *to = plain;
    if (!plain)
        return NULL;
    while (*path) {
        if (!is_digit(*path)) {
            *to++ = (char)(*path >= 'A' && *path <= 'Z' ? *path | 32 : *path);
            path++;
            continue;
        }
        *to++ = '#';
        while (is_digit(*path) || ((*path == '.' || *path == '-' || *path == '_') && is_digit(path[1])))
            path++;
    }
    *to = 0;
    return plain;
}

/* --- members --- */

/* What evidence adds in front of the paths of what lies in it. */
struct place {
    int64_t id;
    const char *prefix;
    bool root; /* the one file that the release is lies in it */
};

struct loading {
    struct job *job;
    struct db *db;
    struct release *release;
    struct place *places;
    size_t place_count, place_room;
    size_t room;
    int64_t roots; /* evidence that was given */
    struct db_query *path_of;
};

static const char members_sql[] =
    "SELECT a.id, a.evidence, coalesce(o.path, ''), a.name, coalesce(a.size, 0), coalesce(a.state, ''), a.reason, "
    "coalesce(a.flags, 0), h.sha256, p.artifact, p.authentihash_sha256, coalesce(p.fixed_file_version, p.file_version), "
    "p.product, p.company, p.original_name, p.machine, coalesce(p.characteristics & 8192, 0), t.state, t.signer, "
    "coalesce(m.own, 0), c.format, "
    "(SELECT n.state || '|' || coalesce(n.reason, '') FROM evidence n WHERE n.artifact = a.id LIMIT 1) "
    "FROM artifact a LEFT JOIN folder o ON o.id = a.folder LEFT JOIN hashes h ON h.artifact = a.id "
    "LEFT JOIN pe p ON p.artifact = a.id LEFT JOIN trust t ON t.artifact = a.id "
    "LEFT JOIN member m ON m.artifact = a.id LEFT JOIN container c ON c.artifact = a.id "
    "WHERE coalesce(a.flags, 0) & 33 = 0 AND a.stream IS NULL ORDER BY a.evidence, a.id";

enum {
    M_ID,
    M_EVIDENCE,
    M_FOLDER,
    M_NAME,
    M_SIZE,
    M_STATE,
    M_REASON,
    M_FLAGS,
    M_SHA256,
    M_PE,
    M_IMAGE,
    M_VERSION,
    M_PRODUCT,
    M_COMPANY,
    M_ORIGINAL,
    M_MACHINE,
    M_LIBRARY,
    M_TRUST,
    M_SIGNER,
    M_OWN,
    M_CONTAINER,
    M_NESTED
};

static const char *text_of(struct loading *l, struct db_query *q, int at) {
    size_t size = 0;
    const char *text = db_text(q, at, &size);
    return size > 0 ? release_text(l->job, text, size) : "";
}

static const struct place *place_of(const struct loading *l, int64_t evidence) {
    size_t low = 0, high = l->place_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (l->places[middle].id < evidence)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->place_count && l->places[low].id == evidence ? &l->places[low] : NULL;
}

static bool ends_in(const char *name, const char *const *ends) {
    size_t size = strlen(name);
    for (; *ends; ends++)
        if (size > strlen(*ends) && strcasecmp(name + size - strlen(*ends), *ends) == 0)
            return true;
    return false;
}

static enum diff_kind kind_of(const struct diff_member *member, bool program, bool container) {
    static const char *const pictures[] = {".png", ".ico",  ".jpg",  ".jpeg", ".gif",
                                           ".bmp", ".webp", ".icns", NULL};
    static const char *const texts[] = {".js",     ".mjs",      ".cjs",    ".ts",   ".json", ".html", ".htm",
                                        ".css",    ".xml",      ".txt",    ".md",   ".ps1",  ".bat",  ".cmd",
                                        ".vbs",    ".sh",       ".py",     ".rb",   ".pl",   ".php",  ".ini",
                                        ".yml",    ".yaml",     ".svg",    ".map",  ".hta",  ".wsf",  ".inf",
                                        ".config", ".manifest", ".nuspec", ".psd1", ".psm1", NULL};
    return program                           ? DIFF_PROGRAM
           : container                       ? DIFF_CONTAINER
           : ends_in(member->name, pictures) ? DIFF_PICTURE
           : ends_in(member->name, texts)    ? DIFF_TEXT
                                             : DIFF_DATA;
}

/* By its name alone something people mean to be opened. */
static bool is_container_name(const char *name) {
    static const char *const ends[] = {".zip",  ".7z",   ".rar", ".cab",  ".msi", ".msp", ".nupkg", ".msix",
                                       ".appx", ".jar",  ".xpi", ".vsix", ".whl", ".tgz", ".tar",   ".gz",
                                       ".xz",   ".asar", ".iso", ".deb",  ".rpm", ".bz2", ".zst",   NULL};
    return ends_in(name, ends);
}

static void see_state(struct loading *l, struct db_query *q, struct diff_member *member, bool program) {
    const char *state = db_text(q, M_STATE, NULL), *nested = db_text(q, M_NESTED, NULL);
    bool container = !db_is_null(q, M_CONTAINER) || (!program && is_container_name(member->name));
    bool opened = strncmp(nested, "read|", 5) == 0;
    member->kind = kind_of(member, program, container || (opened && !program));
    if (db_integer(q, M_FLAGS) & ENCRYPTED)
        member->state = DIFF_ENCRYPTED;
    else if (strcmp(state, "damaged") == 0)
        member->state = DIFF_DAMAGED;
    else if (strcmp(state, "skipped") == 0 || strcmp(state, "unread") == 0)
        member->state = DIFF_UNREAD;
    if (member->state != DIFF_READ)
        member->reason = text_of(l, q, M_REASON);
    else if ((container && !opened) || (nested[0] && !opened)) {
        member->state = DIFF_UNREAD;
        const char *bar = strchr(nested, '|');
        member->reason = bar && bar[1] ? release_text(l->job, bar + 1, strlen(bar + 1))
                                       : "a container that was not opened";
    }
}

static const char *join(struct job *job, const char *a, const char *b, const char *c, const char *d) {
    size_t size = strlen(a) + strlen(b) + strlen(c) + strlen(d) + 1;
    char *to = job_alloc(job, size, 1);
    if (!to)
        return "";
    snprintf(to, size, "%s%s%s%s", a, b, c, d);
    return to;
}

static bool digest(struct db_query *q, int at, uint8_t to[32]) {
    struct span blob = db_blob(q, at);
    return !db_is_null(q, at) && blob.size == 32 && span_copy(blob, to, 32) == 32;
}

static bool make_room(struct loading *l) {
    struct release *release = l->release;
    if (release->count < l->room)
        return true;
    size_t room = l->room ? 2 * l->room : 1024;
    struct diff_member *list = job_alloc(l->job, room, sizeof *list);
    if (!list)
        return false;
    if (release->count > 0)
        memcpy(list, release->members, release->count * sizeof *list);
    release->members = list;
    l->room = room;
    return true;
}

static bool take(struct loading *l, struct db_query *q) {
    struct release *release = l->release;
    const struct place *place = place_of(l, db_integer(q, M_EVIDENCE));
    if (release->count == RELEASE_MEMBERS) {
        release->omitted++;
        return true;
    }
    if (!place)
        return true; /* of an image of a disk */
    if (!make_room(l))
        return false;
    struct diff_member *member = &release->members[release->count++];
    const char *folder = db_text(q, M_FOLDER, NULL);
    while (*folder == '/')
        folder++;
    bool program = !db_is_null(q, M_PE);
    *member = (struct diff_member){.artifact = db_integer(q, M_ID),
                                   .name = text_of(l, q, M_NAME),
                                   .size = (uint64_t)db_integer(q, M_SIZE),
                                   .root = place->root,
                                   .own = db_integer(q, M_OWN) != 0,
                                   .version = text_of(l, q, M_VERSION),
                                   .product = text_of(l, q, M_PRODUCT),
                                   .company = text_of(l, q, M_COMPANY),
                                   .original_name = text_of(l, q, M_ORIGINAL),
                                   .signer = text_of(l, q, M_SIGNER),
                                   .trust = text_of(l, q, M_TRUST),
                                   .machine = db_integer(q, M_MACHINE),
                                   .library = db_integer(q, M_LIBRARY) != 0};
    member->path = join(l->job, place->prefix, folder, *folder ? "/" : "", member->name);
    member->hashed = digest(q, M_SHA256, member->sha256);
    member->imaged = digest(q, M_IMAGE, member->authentihash);
    see_state(l, q, member, program);
    return l->job->fault.code == FAULT_NONE;
}

/* --- evidence --- */

/* The path of the file that evidence is, which has an earlier number. */
static const char *prefix_of(struct loading *l, int64_t artifact) {
    const char *ret = NULL;
    db_bind_integer(l->path_of, 1, artifact);
    if (db_step(l->path_of)) {
        const struct place *place = place_of(l, db_integer(l->path_of, 0));
        const char *folder = db_text(l->path_of, 1, NULL), *name = db_text(l->path_of, 2, NULL);
        bool root = db_integer(l->path_of, 3) != 0 && l->roots == 1;
        while (*folder == '/')
            folder++;
        if (place && root)
            ret = "";
        else if (place) {
            const char *front = join(l->job, place->prefix, folder, *folder ? "/" : "", name);
            ret = join(l->job, front, "!/", "", "");
        }
    }
    db_reset(l->path_of);
    return ret;
}

static const char *base_name(struct job *job, const char *path) {
    size_t size = strlen(path);
    while (size > 0 && path[size - 1] == '/')
        size--;
    size_t start = size;
    while (start > 0 && path[start - 1] != '/')
        start--;
    return join(job, release_text(job, path + start, size - start), "/", "", "");
}

static bool add_place(struct loading *l, int64_t id, const char *prefix, bool root) {
    if (l->place_count == l->place_room) {
        size_t room = l->place_room ? 2 * l->place_room : 64;
        struct place *list = job_alloc(l->job, room, sizeof *list);
        if (!list)
            return false;
        if (l->place_count > 0)
            memcpy(list, l->places, l->place_count * sizeof *list);
        l->places = list;
        l->place_room = room;
    }
    l->places[l->place_count++] = (struct place){id, prefix, root};
    return true;
}

static bool load_places(struct loading *l) {
    struct db_query *q =
        db_prepare(l->db, "SELECT id, artifact, path, kind, (SELECT count(*) FROM evidence WHERE "
                          "artifact IS NULL AND kind <> 'catalogs') FROM evidence WHERE kind IN "
                          "('file', 'folder', 'archive', 'package') ORDER BY id");
    bool good = q != NULL;
    while (good && db_step(q)) {
        const char *prefix;
        l->roots = db_integer(q, 4);
        if (db_is_null(q, 1))
            prefix = l->roots == 1 ? "" : base_name(l->job, db_text(q, 2, NULL));
        else
            prefix = prefix_of(l, db_integer(q, 1));
        bool root = l->roots == 1 && db_is_null(q, 1) && strcmp(db_text(q, 3, NULL), "file") == 0;
        good = !prefix || add_place(l, db_integer(q, 0), prefix, root);
    }
    db_finish(q);
    return good;
}

/* --- the whole --- */

static int by_path(const void *left, const void *right) {
    const struct diff_member *a = left, *b = right;
    int order = strcmp(a->path, b->path);
    return order ? order : a->artifact < b->artifact ? -1 : a->artifact > b->artifact;
}

/* 1.2.0-beta3 is not 1.2.0. */
static bool has_stage(const char *text) {
    static const char *const stages[] = {"alpha",  "beta",    "rc",  "pre", "preview",
                                         "canary", "nightly", "dev", "next"};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        if (strncasecmp(text, stages[i], strlen(stages[i])) == 0)
            return true;
    return false;
}

/* The last run of numbers with dots between them in the name that was given: app-1.2.3-win.zip. */
static const char *version_in_name(struct job *job, const char *path) {
    const char *base = strrchr(path, '/'), *found = "";
    size_t found_size = 0;
    base = base && base[1] ? base + 1 : path;
    for (const char *at = base; *at; at++) {
        size_t size = 0, dots = 0;
        while (is_digit(at[size]) || (size > 0 && at[size] == '.' && is_digit(at[size + 1])))
            dots += at[size++] == '.';
        size_t word = dots > 0 ? size : 0;
        if (word > 0 && at[word] == '-' && has_stage(at + word + 1))
            word += 1 + strcspn(at + word + 1, "-_.");
        if (dots > 0) {
            found = at;
            found_size = word;
        }
        at += size > 0 ? size - 1 : 0;
    }
    return found_size > 0 ? release_text(job, found, found_size) : "";
}

static bool ask_version(struct loading *l, const char *sql, const char *from, bool is_name) {
    struct db_query *q = db_prepare(l->db, sql);
    if (!q)
        return false;
    if (l->release->version[0] == 0 && db_step(q) && db_text(q, 0, NULL)[0]) {
        const char *version = is_name ? version_in_name(l->job, db_text(q, 0, NULL)) : text_of(l, q, 0);
        l->release->version = version;
        l->release->version_from = version[0] ? from : "";
    }
    db_finish(q);
    return true;
}

/* The manifest at the top of a package of scripts. */
static bool ask_manifest(struct loading *l) {
    static const char *const paths[] = {"package.json", "package/package.json",
                                        "resources/app.asar!/package.json", "app.asar!/package.json"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0] && l->release->version[0] == 0; i++) {
        const struct diff_member *member = release_find(l->release, paths[i]);
        if (!member)
            continue;
        l->release->version =
            release_excerpt_key(l->job, release_excerpt(l->release, l->job, member->artifact), "version");
        l->release->version_from = l->release->version[0] ? "its package.json" : "";
    }
    return true;
}

/* What the package says; else its manifest; else what the file that is the release says of itself; else its
 * name; else what most programs say, which says nothing when it stays the same. */
static bool find_version(struct loading *l) {
    static const char package[] =
        "SELECT f.value FROM package_fact f WHERE f.kind = 'version' AND f.value <> '' "
        "ORDER BY f.artifact LIMIT 1";
    static const char own[] =
        "SELECT coalesce(p.product_version, p.fixed_file_version) FROM evidence e JOIN artifact a ON "
        "a.evidence = e.id JOIN pe p ON p.artifact = a.id WHERE e.artifact IS NULL AND e.kind = "
        "'file' AND p.fixed_file_version IS NOT NULL ORDER BY a.id LIMIT 1";
    static const char name[] =
        "SELECT path FROM evidence WHERE artifact IS NULL AND kind <> 'catalogs' ORDER BY id LIMIT 1";
    static const char most[] =
        "SELECT p.product_version FROM pe p WHERE p.product_version IS NOT NULL GROUP BY 1 HAVING "
        "count(*) * 2 > (SELECT count(*) FROM pe WHERE product_version IS NOT NULL) LIMIT 1";
    return ask_version(l, package, "the package", false) && ask_manifest(l) &&
           ask_version(l, own, "its version resource", false) &&
           (l->roots != 1 || ask_version(l, name, "its name", true)) &&
           ask_version(l, most, RELEASE_MOST_PROGRAMS, false);
}

static bool is_complete(struct loading *l) {
    struct db_query *q = db_prepare(l->db, "SELECT value FROM meta WHERE key = 'complete'");
    bool complete = q && db_step(q) && strcmp(db_text(q, 0, NULL), "1") == 0;
    db_finish(q);
    return complete;
}

bool release_load(struct job *job, struct casefile *casefile, struct release *ret) {
    struct loading l = {.job = job, .db = casefile_db(casefile), .release = ret};
    *ret = (struct release){.casefile = casefile, .version = "", .version_from = ""};
    l.path_of = db_prepare(
        l.db, "SELECT a.evidence, coalesce(o.path, ''), a.name, e.artifact IS NULL AND e.kind = 'file' "
              "FROM artifact a JOIN evidence e ON e.id = a.evidence LEFT JOIN folder o ON o.id = "
              "a.folder WHERE a.id = ?");
    bool good = l.path_of && load_places(&l);
    struct db_query *q = good ? db_prepare(l.db, members_sql) : NULL;
    good = q != NULL;
    while (good && db_step(q))
        good = take(&l, q);
    db_finish(q);
    db_finish(l.path_of);
    ret->complete = is_complete(&l) && ret->omitted == 0;
    if (good && ret->count > 0)
        qsort(ret->members, ret->count, sizeof *ret->members, by_path);
    good = good && find_version(&l);
    return good && db_error(l.db)[0] == 0 && job->fault.code == FAULT_NONE;
}

const struct diff_member *release_find(const struct release *release, const char *path) {
    size_t low = 0, high = release->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(release->members[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < release->count && strcmp(release->members[low].path, path) == 0 ? &release->members[low]
                                                                                 : NULL;
}

/* --- likeness --- */

struct release_near {
    struct db_query *query;
};

struct release_near *release_near_open(const struct release *release) {
    struct release_near *near = calloc(1, sizeof *near);
    if (near)
        near->query = db_prepare(casefile_db(release->casefile), "SELECT tlsh FROM fuzzy WHERE artifact = ?");
    if (near && !near->query) {
        free(near);
        return NULL;
    }
    return near;
}

void release_near_close(struct release_near *near) {
    if (near)
        db_finish(near->query);
    free(near);
}

bool release_near_of(struct release_near *near, int64_t artifact, uint8_t ret[35]) {
    db_bind_integer(near->query, 1, artifact);
    bool found = db_step(near->query) && db_blob(near->query, 0).size == 35 &&
                 span_copy(db_blob(near->query, 0), ret, 35) == 35;
    db_reset(near->query);
    return found;
}
