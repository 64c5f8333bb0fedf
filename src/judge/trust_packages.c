#include "judge/trust_packages.h"

#include <stdlib.h>

enum { DIGEST = 32 };

struct trust_packages_package {
    int64_t evidence, volume, map, signature; /* artifacts; 0: not there */
    char *folder;                             /* small letters */
    uint8_t signed_map[DIGEST], map_digest[DIGEST];
    bool has_signed, has_digest;
    bool whole; /* what is there of both was read wholly */
};

struct trust_packages_file {
    int64_t map;
    char *name; /* small letters */
    uint64_t size;
    uint8_t blocks[DIGEST];
};

/* Signatures, then block maps. SQLite's lower() changes ASCII letters only, like here in all places. */
static const char parts_sql[] =
    "SELECT k.artifact, 0, a.evidence, coalesce(a.volume, 0), lower(coalesce(o.path, '')), k.complete, k.block_map"
    " FROM package k JOIN artifact a ON a.id = k.artifact LEFT JOIN folder o ON o.id = a.folder UNION ALL"
    " SELECT m.artifact, 1, a.evidence, coalesce(a.volume, 0), lower(coalesce(o.path, '')), m.complete, h.sha256"
    " FROM package_map m JOIN artifact a ON a.id = m.artifact LEFT JOIN folder o ON o.id = a.folder"
    " LEFT JOIN hashes h ON h.artifact = m.artifact ORDER BY 1";

static const char files_sql[] = "SELECT artifact, lower(name), size, blocks FROM package_file";

static const char where_sql[] =
    "SELECT lower(coalesce(o.path, '')), lower(a.name), a.size, p.blocks FROM artifact a"
    " JOIN pe p ON p.artifact = a.id LEFT JOIN folder o ON o.id = a.folder WHERE a.id = ?";

static char *copy(struct db_query *query, int at) {
    const char *text = db_text(query, at, NULL);
    size_t size = strlen(text) + 1;
    char *ret = malloc(size);
    if (ret)
        memcpy(ret, text, size);
    return ret;
}

/* Room for one more of `size` bytes in `list`; false if memory runs out. */
static bool grow(void **list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t want = *room ? 2 * *room : 64;
    void *more = realloc(*list, want * size);
    if (!more)
        return false;
    *list = more;
    *room = want;
    return true;
}

static int compare_place(const struct trust_packages_package *a, int64_t evidence, int64_t volume,
                         const char *folder, size_t size) {
    if (a->evidence != evidence)
        return a->evidence < evidence ? -1 : 1;
    if (a->volume != volume)
        return a->volume < volume ? -1 : 1;
    int order = strncmp(a->folder, folder, size);
    return order ? order : a->folder[size] != 0;
}

static int by_place(const void *left, const void *right) {
    const struct trust_packages_package *a = left, *b = right;
    return compare_place(a, b->evidence, b->volume, b->folder, strlen(b->folder));
}

static int by_name(const void *left, const void *right) {
    const struct trust_packages_file *a = left, *b = right;
    return a->map != b->map ? (a->map < b->map ? -1 : 1) : strcmp(a->name, b->name);
}

static bool load_parts(struct db *db, struct trust_packages *to) {
    struct db_query *query = db_prepare(db, parts_sql);
    size_t room = 0;
    bool good = query != NULL;
    while (good && db_step(query)) {
        if (!(good = grow((void **)&to->list, to->count, &room, sizeof *to->list)))
            break;
        bool map = db_integer(query, 1) != 0;
        struct trust_packages_package *part = &to->list[to->count];
        *part = (struct trust_packages_package){.evidence = db_integer(query, 2),
                                                .volume = db_integer(query, 3),
                                                .map = map ? db_integer(query, 0) : 0,
                                                .signature = map ? 0 : db_integer(query, 0),
                                                .folder = copy(query, 4),
                                                .whole = db_integer(query, 5) != 0};
        bool has = span_copy(db_blob(query, 6), map ? part->map_digest : part->signed_map, DIGEST) == DIGEST;
        part->has_digest = map && has;
        part->has_signed = !map && has;
        good = part->folder != NULL;
        to->count += good;
    }
    db_finish(query);
    return good;
}

/* Makes one of both parts of a package. A folder with two of a kind is none that Windows made: the first
 * counts.
 */
static void join_parts(struct trust_packages *to) {
    size_t kept = 0;
    if (to->count > 0)
        qsort(to->list, to->count, sizeof *to->list, by_place);
    for (size_t i = 0; i < to->count; i++) {
        struct trust_packages_package *part = &to->list[i], *last = kept ? &to->list[kept - 1] : NULL;
        if (!last || by_place(last, part) != 0) {
            to->list[kept++] = *part;
            continue;
        }
        last->whole = last->whole && part->whole;
        if (part->map && !last->map) {
            last->map = part->map;
            last->has_digest = part->has_digest;
            memcpy(last->map_digest, part->map_digest, DIGEST);
        }
        if (part->signature && !last->signature) {
            last->signature = part->signature;
            last->has_signed = part->has_signed;
            memcpy(last->signed_map, part->signed_map, DIGEST);
        }
        free(part->folder);
    }
    to->count = kept;
}

static bool load_files(struct db *db, struct trust_packages *to) {
    struct db_query *query = db_prepare(db, files_sql);
    size_t room = 0;
    bool good = query != NULL;
    while (good && db_step(query)) {
        if (!(good = grow((void **)&to->files, to->file_count, &room, sizeof *to->files)))
            break;
        struct trust_packages_file *file = &to->files[to->file_count];
        *file = (struct trust_packages_file){
            .map = db_integer(query, 0), .name = copy(query, 1), .size = (uint64_t)db_integer(query, 2)};
        good = file->name != NULL;
        to->file_count += good && span_copy(db_blob(query, 3), file->blocks, DIGEST) == DIGEST;
    }
    db_finish(query);
    if (to->file_count > 0)
        qsort(to->files, to->file_count, sizeof *to->files, by_name);
    return good;
}

/* The block map that lies there is the one that was signed. */
static bool is_signed(const struct trust_packages_package *package) {
    return package->has_signed && package->has_digest &&
           memcmp(package->signed_map, package->map_digest, DIGEST) == 0;
}

static int by_number(const void *left, const void *right) {
    const int64_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

/* The signatures of packages whose block map is another than they speak of, in order. */
static bool list_changed(struct trust_packages *to) {
    to->changed = malloc((to->count + 1) * sizeof *to->changed);
    if (!to->changed)
        return false;
    for (size_t i = 0; i < to->count; i++) {
        const struct trust_packages_package *package = &to->list[i];
        if (package->signature && package->has_signed && package->has_digest && !is_signed(package))
            to->changed[to->changed_count++] = package->signature;
    }
    if (to->changed_count > 0)
        qsort(to->changed, to->changed_count, sizeof *to->changed, by_number);
    return true;
}

bool trust_packages_load(struct db *db, struct trust_packages *ret) {
    *ret = (struct trust_packages){0};
    if (!load_parts(db, ret))
        return false;
    join_parts(ret);
    if (!list_changed(ret))
        return false;
    if (ret->count > 0 && !load_files(db, ret))
        return false;
    ret->where = ret->count > 0 ? db_prepare(db, where_sql) : NULL;
    return (ret->count == 0 || ret->where) && db_error(db)[0] == 0;
}

void trust_packages_free(struct trust_packages *packages) {
    for (size_t i = 0; i < packages->count; i++)
        free(packages->list[i].folder);
    for (size_t i = 0; i < packages->file_count; i++)
        free(packages->files[i].name);
    free(packages->list);
    free(packages->files);
    free(packages->changed);
    db_finish(packages->where);
    *packages = (struct trust_packages){0};
}

static const struct trust_packages_package *find(const struct trust_packages *packages, int64_t evidence,
                                                 int64_t volume, const char *folder, size_t size) {
    size_t low = 0, high = packages->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_place(&packages->list[middle], evidence, volume, folder, size);
        if (order == 0)
            return &packages->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const struct trust_packages_file *find_file(const struct trust_packages *packages, int64_t map,
                                                   char *name) {
    struct trust_packages_file wanted = {.map = map, .name = name};
    return packages->file_count
               ? bsearch(&wanted, packages->files, packages->file_count, sizeof *packages->files, by_name)
               : NULL;
}

/* The file's path is in the current row of `where`. */
static enum trust_packages_answer ask_package(const struct trust_packages *packages,
                                              const struct trust_packages_package *package, size_t cut) {
    const char *folder = db_text(packages->where, 0, NULL), *name = db_text(packages->where, 1, NULL);
    const char *below = folder[cut] == '/' ? folder + cut + 1 : folder + cut;
    char path[8192];
    int size = snprintf(path, sizeof path, "%s%s%s", below, below[0] ? "/" : "", name);
    if (size < 0 || (size_t)size >= sizeof path)
        return TRUST_PACKAGES_NOTHING;
    const struct trust_packages_file *file = find_file(packages, package->map, path);
    struct span blocks = db_blob(packages->where, 3);
    if (!file || blocks.size != DIGEST)
        return TRUST_PACKAGES_NOTHING;
    return (uint64_t)db_integer(packages->where, 2) == file->size &&
                   memcmp(blocks.data, file->blocks, DIGEST) == 0
               ? TRUST_PACKAGES_MATCH
               : TRUST_PACKAGES_MISMATCH;
}

enum trust_packages_answer trust_packages_ask(const struct trust_packages *packages, int64_t artifact,
                                              int64_t evidence, int64_t volume, int64_t *signature) {
    if (!packages->where)
        return TRUST_PACKAGES_NOTHING;
    db_reset(packages->where);
    db_bind_integer(packages->where, 1, artifact);
    if (!db_step(packages->where))
        return TRUST_PACKAGES_NOTHING;
    const char *folder = db_text(packages->where, 0, NULL);
    for (size_t cut = strlen(folder);;) { /* the nearest folder that is a package */
        const struct trust_packages_package *package = find(packages, evidence, volume, folder, cut);
        if (package) {
            *signature = package->signature;
            return package->whole && is_signed(package) ? ask_package(packages, package, cut)
                                                        : TRUST_PACKAGES_NOTHING;
        }
        if (cut == 0)
            return TRUST_PACKAGES_NOTHING;
        for (cut--; cut > 0 && folder[cut] != '/';)
            cut--;
    }
}

bool trust_packages_changed(const struct trust_packages *packages, int64_t artifact) {
    return packages->changed_count > 0 && bsearch(&artifact, packages->changed, packages->changed_count,
                                                  sizeof *packages->changed, by_number) != NULL;
}

/* Where Windows has packages that it knows, and where not everybody may make a folder. */
static bool is_installed(const char *folder) {
    return strncmp(folder, "/program files/windowsapps/", 27) == 0 || strncmp(folder, "/windows/", 9) == 0;
}

bool trust_packages_torn(const struct trust_packages *packages, int64_t artifact, int64_t evidence,
                         int64_t volume) {
    if (!packages->where)
        return false;
    db_reset(packages->where);
    db_bind_integer(packages->where, 1, artifact);
    if (!db_step(packages->where))
        return false;
    const char *folder = db_text(packages->where, 0, NULL);
    for (size_t cut = strlen(folder);;) {
        const struct trust_packages_package *package = find(packages, evidence, volume, folder, cut);
        if (package && !package->whole && (volume == 0 || is_installed(package->folder)))
            return true;
        if (cut == 0)
            return false;
        for (cut--; cut > 0 && folder[cut] != '/';)
            cut--;
    }
}
