#include "judge/trust_catalogs.h"

#include <stdlib.h>

/* Where Windows keeps those that it consults: CatRoot, servicing, packages of the store, driver packages. Of
 * a volume only these folders themselves, which not everybody may write to. */
static const char catalogs_sql[] =
    "SELECT c.artifact, a.evidence, coalesce(a.volume, 0), coalesce(c.complete, 0) AND EXISTS (SELECT 1 FROM signature s"
    " WHERE s.artifact = c.artifact), e.kind IN ('file', 'catalogs'),"
    " lower(o.path) LIKE '/windows/system32/catroot/%' OR lower(o.path) LIKE '/windows/winsxs/catalogs%' OR"
    " lower(o.path) LIKE '/program files/windowsapps/%' OR lower(o.path) LIKE '/windows/systemapps/%' OR"
    " lower(o.path) LIKE '/windows/system32/driverstore/filerepository/%'"
    " FROM catalog c JOIN artifact a ON a.id = c.artifact JOIN evidence e ON e.id = a.evidence"
    " LEFT JOIN folder o ON o.id = a.folder ORDER BY c.artifact";

static const char digests_sql[] =
    "SELECT artifact, size, digests FROM catalog_digests ORDER BY artifact, ordinal";

static bool load_catalogs(struct db *db, struct trust_catalogs *to) {
    struct db_query *query = db_prepare(db, catalogs_sql);
    size_t room = 0;
    while (query && db_step(query)) {
        bool in_image = db_integer(query, 2) != 0, consulted = db_integer(query, 5) != 0;
        if (in_image && !consulted)
            continue;
        if (to->catalog_count == room) {
            room = room ? 2 * room : 64;
            struct trust_catalogs_catalog *more = realloc(to->catalogs, room * sizeof *more);
            if (!more)
                break;
            to->catalogs = more;
        }
        to->catalogs[to->catalog_count++] =
            (struct trust_catalogs_catalog){db_integer(query, 0), db_integer(query, 1), db_integer(query, 2),
                                            db_integer(query, 4) != 0, db_integer(query, 3) != 0};
    }
    db_finish(query);
    return query && (to->catalog_count < room || room == 0 || to->catalogs) && db_error(db)[0] == 0;
}

/* Both lists are in the order of artifacts. */
static bool add_digests(struct trust_catalogs *to, uint32_t catalog, size_t size, struct span digests,
                        size_t *room) {
    for (size_t at = 0; size > 0 && size <= 32 && digests.size - at >= size; at += size) {
        if (to->entry_count == *room) {
            *room = *room ? 2 * *room : 4096;
            struct trust_catalogs_entry *more = realloc(to->entries, *room * sizeof *more);
            if (!more)
                return false;
            to->entries = more;
        }
        struct trust_catalogs_entry *entry = &to->entries[to->entry_count++];
        *entry = (struct trust_catalogs_entry){.size = (uint8_t)size, .catalog = catalog};
        span_copy(span_part(digests, at, size), entry->digest, sizeof entry->digest);
    }
    return true;
}

static int order(const void *a, const void *b) {
    const struct trust_catalogs_entry *x = a, *y = b;
    int digest = x->size != y->size ? x->size - y->size : memcmp(x->digest, y->digest, sizeof x->digest);
    return digest ? digest : x->catalog < y->catalog ? -1 : x->catalog > y->catalog;
}

bool trust_catalogs_load(struct db *db, struct trust_catalogs *ret) {
    *ret = (struct trust_catalogs){0};
    if (!load_catalogs(db, ret))
        return false;
    struct db_query *query = ret->catalog_count > 0 ? db_prepare(db, digests_sql) : NULL;
    size_t room = 0;
    uint32_t at = 0;
    bool good = true;
    while (query && good && db_step(query)) {
        int64_t artifact = db_integer(query, 0), size = db_integer(query, 1);
        while (at < ret->catalog_count && ret->catalogs[at].artifact < artifact)
            at++;
        if (at < ret->catalog_count && ret->catalogs[at].artifact == artifact && size > 0)
            good = add_digests(ret, at, (size_t)size, db_blob(query, 2), &room);
    }
    db_finish(query);
    if (ret->entry_count > 0)
        qsort(ret->entries, ret->entry_count, sizeof *ret->entries, order);
    return good && db_error(db)[0] == 0;
}

void trust_catalogs_free(struct trust_catalogs *catalogs) {
    free(catalogs->catalogs);
    free(catalogs->entries);
    *catalogs = (struct trust_catalogs){0};
}

static bool speaks_for(const struct trust_catalogs_catalog *catalog, int64_t evidence, int64_t volume) {
    return catalog->everywhere || (catalog->evidence == evidence && catalog->volume == volume);
}

int64_t trust_catalogs_next(const struct trust_catalogs *catalogs, struct span digest, int64_t evidence,
                            int64_t volume, size_t *at) {
    struct trust_catalogs_entry wanted = {.size = (uint8_t)digest.size};
    size_t low = 0, high = catalogs->entry_count;
    span_copy(digest, wanted.digest, sizeof wanted.digest);
    while (*at == 0 && low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(&catalogs->entries[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = *at ? *at : low; i < catalogs->entry_count; i++) {
        const struct trust_catalogs_entry *entry = &catalogs->entries[i];
        if (entry->size != wanted.size || memcmp(entry->digest, wanted.digest, sizeof wanted.digest) != 0)
            break;
        *at = i + 1;
        if (speaks_for(&catalogs->catalogs[entry->catalog], evidence, volume))
            return catalogs->catalogs[entry->catalog].artifact;
    }
    return 0;
}

bool trust_catalogs_any(const struct trust_catalogs *catalogs, int64_t evidence, int64_t volume,
                        bool *whole) {
    bool any = false;
    *whole = true;
    for (size_t i = 0; i < catalogs->catalog_count; i++)
        if (speaks_for(&catalogs->catalogs[i], evidence, volume)) {
            any = true;
            *whole = *whole && catalogs->catalogs[i].complete;
        }
    return any;
}
