#include "judge/host_path_index.h"

#include "judge/host_path_short.h"

#include <stdlib.h>

static const char folders_sql[] = "SELECT id, path FROM folder";

static const char paths_sql[] =
    "SELECT a.folder, a.name, a.id, 0, coalesce(a.volume, -a.evidence), a.flags & 2 FROM artifact a"
    " WHERE a.stream IS NULL AND a.folder IS NOT NULL UNION ALL"
    " SELECT l.folder, l.name, a.id, l.rowid, coalesce(a.volume, -a.evidence), a.flags & 2 FROM artifact_path l"
    " JOIN artifact a ON a.id = l.artifact WHERE a.stream IS NULL";

/* The letter of a volume, if nothing else says it, by the table of drives in the system's registry. */
static const char volumes_sql[] =
    "SELECT v.id, v.evidence, coalesce(v.shadow_of, 0), coalesce(v.offset, 0), v.serial, coalesce(v.drive, '')"
    " FROM volume v ORDER BY v.id";

static const char drives_sql[] =
    "SELECT a.evidence, v.name, v.data FROM hive h JOIN artifact a ON a.id = h.artifact JOIN hive_key k ON"
    " k.artifact = h.artifact AND k.path = '/MountedDevices' AND k.state = 'live' JOIN hive_value v ON"
    " v.artifact = k.artifact AND v.key = k.ordinal WHERE h.kind = 'system' AND v.state = 'live' AND v.size = 12"
    " ORDER BY h.artifact, v.ordinal";

/* Of drives of a collection, what their $MFT lists. */
static const char twins_sql[] =
    "SELECT m.volume, n.id FROM evidence e JOIN artifact m ON m.id = e.artifact JOIN volume n ON n.evidence = e.id"
    " LEFT JOIN folder p ON p.id = m.folder WHERE e.kind = 'mft' AND m.name = '$MFT' AND coalesce(p.path, '') = ''"
    " AND m.volume IS NOT NULL ORDER BY n.id DESC";

static bool grow(void **list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t want = *room ? 2 * *room : 1024;
    void *more = realloc(*list, want * size);
    if (!more)
        return false;
    *list = more;
    *room = want;
    return true;
}

/* By folder.id, the hash of its path. */
static uint64_t *read_folders(struct db *db, size_t *count) {
    struct db_query *q = db_prepare(db, folders_sql);
    void *list = NULL;
    size_t room = 0;
    bool good = q != NULL;
    *count = 1;
    while (good && db_step(q)) {
        size_t size, id = (size_t)db_integer(q, 0);
        const char *path = db_text(q, 1, &size);
        good = id < UINT32_MAX;
        while (good && id >= *count) {
            good = grow(&list, *count, &room, sizeof(uint64_t));
            if (good)
                ((uint64_t *)list)[(*count)++] = 0;
        }
        if (good)
            ((uint64_t *)list)[id] = host_path_hash(HOST_PATH_HASH, path, size);
    }
    db_finish(q);
    if (good && list)
        return list;
    free(list);
    return good ? calloc(1, sizeof(uint64_t)) : NULL;
}

static int entry_order(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->hash != b->hash)
        return (a->hash > b->hash) - (a->hash < b->hash);
    if (a->deleted != b->deleted)
        return a->deleted - b->deleted;
    if (a->artifact != b->artifact)
        return (a->artifact > b->artifact) - (a->artifact < b->artifact);
    return (a->link > b->link) - (a->link < b->link);
}

static bool read_paths(struct host_paths *paths) {
    size_t folder_count;
    uint64_t *folders = read_folders(paths->db, &folder_count);
    struct db_query *q = db_prepare(paths->db, paths_sql);
    bool good = folders && q;
    while (good && db_step(q)) {
        size_t size, folder = (size_t)db_integer(q, 0);
        const char *name = db_text(q, 1, &size);
        void *list = paths->entries;
        good = grow(&list, paths->count, &paths->room, sizeof *paths->entries);
        paths->entries = list;
        if (!good || folder >= folder_count)
            continue;
        uint64_t hash = host_path_hash(host_path_hash(folders[folder], "/", 1), name, size);
        paths->entries[paths->count++] = (struct entry){.hash = hash,
                                                        .artifact = db_integer(q, 2),
                                                        .link = db_integer(q, 3),
                                                        .place = (int32_t)db_integer(q, 4),
                                                        .deleted = (int32_t)db_integer(q, 5)};
    }
    db_finish(q);
    free(folders);
    if (good && paths->count > 0)
        qsort(paths->entries, paths->count, sizeof *paths->entries, entry_order);
    return good;
}

/* --- volumes --- */

static bool read_volumes(struct host_paths *paths) {
    struct db_query *q = db_prepare(paths->db, volumes_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        void *list = paths->volumes;
        good = grow(&list, paths->volume_count, &paths->volume_room, sizeof *paths->volumes);
        paths->volumes = list;
        if (!good)
            break;
        size_t size;
        const char *serial = db_text(q, 4, &size), *drive = db_text(q, 5, NULL);
        struct volume *volume = &paths->volumes[paths->volume_count++];
        *volume = (struct volume){.id = db_integer(q, 0),
                                  .evidence = db_integer(q, 1),
                                  .shadow_of = db_integer(q, 2),
                                  .offset = (uint64_t)db_integer(q, 3),
                                  .has_serial = size == 16,
                                  .drive = drive[0] && drive[1] == ':' ? (char)(drive[0] & 0x5f) : 0};
        if (size == 16)
            volume->serial = (uint32_t)strtoul(serial + 8, NULL, 16);
    }
    db_finish(q);
    return good;
}

/* The only volume of the evidence that begins there. */
static struct volume *begins_at(struct host_paths *paths, int64_t evidence, uint64_t offset) {
    struct volume *found = NULL;
    for (size_t i = 0; i < paths->volume_count; i++) {
        struct volume *volume = &paths->volumes[i];
        if (volume->evidence != evidence || volume->offset != offset || volume->shadow_of)
            continue;
        if (found)
            return NULL;
        found = volume;
    }
    return found;
}

/* \DosDevices\D: with 4 bytes of the disk and 8 of the partition's offset (MBR). */
static bool read_drives(struct host_paths *paths) {
    struct db_query *q = db_prepare(paths->db, drives_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        size_t size;
        const char *name = db_text(q, 1, &size);
        struct span data = db_blob(q, 2);
        if (size < 2 || name[size - 1] != ':' || !strstr(name, "DosDevices") || data.size != 12)
            continue;
        uint64_t offset = 0;
        for (size_t i = 12; i > 4; i--)
            offset = offset << 8 | data.data[i - 1];
        struct volume *volume = offset ? begins_at(paths, db_integer(q, 0), offset) : NULL;
        if (volume && !volume->drive)
            volume->drive = (char)(name[size - 2] & 0x5f);
    }
    db_finish(q);
    return good;
}

struct volume *host_path_volume(const struct host_paths *paths, int64_t id) {
    for (size_t i = 0; i < paths->volume_count; i++)
        if (paths->volumes[i].id == id)
            return &paths->volumes[i];
    return NULL;
}

static bool read_twins(struct host_paths *paths) {
    struct db_query *q = db_prepare(paths->db, twins_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct volume *volume = host_path_volume(paths, db_integer(q, 0));
        if (volume)
            volume->twin = db_integer(q, 1);
    }
    db_finish(q);
    return good;
}

struct host_paths *host_paths_open(struct db *db) {
    struct host_paths *paths = calloc(1, sizeof *paths);
    if (!paths)
        return NULL;
    paths->db = db;
    paths->first_path = db_prepare(
        db, "SELECT o.path, a.name FROM artifact a JOIN folder o ON o.id = a.folder WHERE a.id = ?");
    paths->link_path = db_prepare(
        db, "SELECT o.path, l.name FROM artifact_path l JOIN folder o ON o.id = l.folder WHERE l.rowid = ?");
    paths->place_of = db_prepare(db, "SELECT a.evidence, coalesce(a.volume, 0), coalesce(o.path, '') FROM"
                                     " artifact a LEFT JOIN folder o ON o.id = a.folder WHERE a.id = ?");
    paths->flags_of = db_prepare(db, "SELECT flags FROM artifact WHERE id = ?");
    if (paths->first_path && paths->link_path && paths->place_of && paths->flags_of && read_volumes(paths) &&
        read_drives(paths) && read_twins(paths) && read_paths(paths) && db_error(db)[0] == 0)
        return paths;
    host_paths_close(paths);
    return NULL;
}

void host_paths_close(struct host_paths *paths) {
    if (!paths)
        return;
    db_finish(paths->first_path);
    db_finish(paths->link_path);
    db_finish(paths->place_of);
    db_finish(paths->flags_of);
    host_path_short_close(paths);
    free(paths->entries);
    free(paths->volumes);
    text_free(&paths->normal);
    text_free(&paths->tree);
    text_free(&paths->read.path);
    free(paths);
}

/* --- looking --- */

static bool is_there(struct host_paths *paths, const struct entry *entry, const char *path, size_t size) {
    struct db_query *q = entry->link ? paths->link_path : paths->first_path;
    db_reset(q);
    db_bind_integer(q, 1, entry->link ? entry->link : entry->artifact);
    bool same = false;
    if (db_step(q)) {
        size_t folder_size, name_size;
        const char *folder = db_text(q, 0, &folder_size), *name = db_text(q, 1, &name_size);
        same = size > name_size && path[size - name_size - 1] == '/' &&
               host_path_equal(path + size - name_size, name_size, name, name_size) &&
               host_path_equal(path, size - name_size - 1, folder, folder_size);
    }
    db_reset(q);
    return same;
}

const struct entry *host_path_look(struct host_paths *paths, int32_t place, const char *path, size_t size) {
    uint64_t hash = host_path_hash(HOST_PATH_HASH, path, size);
    size_t low = 0, high = paths->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (paths->entries[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < paths->count && paths->entries[low].hash == hash; low++)
        if (paths->entries[low].place == place && is_there(paths, &paths->entries[low], path, size))
            return &paths->entries[low];
    return NULL;
}

const struct volume *host_path_drive(const struct host_paths *paths, const struct host *host, char drive) {
    for (size_t i = 0; i < paths->volume_count; i++)
        if (paths->volumes[i].evidence == host->evidence && paths->volumes[i].drive == drive &&
            !paths->volumes[i].shadow_of)
            return &paths->volumes[i];
    return NULL;
}

const struct volume *host_path_serial(const struct host_paths *paths, const struct host *host,
                                      uint32_t serial) {
    const struct volume *own = host_path_volume(paths, host->volume);
    if (own && own->has_serial && own->serial == serial)
        return own;
    for (size_t i = 0; i < paths->volume_count; i++)
        if (paths->volumes[i].evidence == host->evidence && paths->volumes[i].has_serial &&
            paths->volumes[i].serial == serial && !paths->volumes[i].shadow_of)
            return &paths->volumes[i];
    return NULL;
}
