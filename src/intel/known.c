#include "intel/known.h"

#include "base/db.h"

#include <stdlib.h>
#include <string.h>

/* Of a question, though an unindexed table of 100,000 products is read, and of a text. */
enum { STEPS = 4000000, BYTES = 65536 };

struct known {
    struct db *db;
    struct db_query *find;
    struct text name;
    char upper[65], lower[65];
};

static const char columns_sql[] =
    "SELECT (SELECT count(*) FROM pragma_table_info('FILE') WHERE lower(name) IN ('sha256', 'file_name', 'package_id')),"
    " (SELECT count(*) FROM pragma_table_info('PKG') WHERE lower(name) IN ('package_id', 'name', 'version', 'manufacturer_id')),"
    " (SELECT count(*) FROM pragma_table_info('MFG') WHERE lower(name) IN ('manufacturer_id', 'name')),"
    " (SELECT count(*) FROM pragma_table_info('VERSION') WHERE lower(name) = 'version')";

static const char bare_sql[] =
    "SELECT f.file_name, NULL, NULL, NULL FROM FILE f WHERE f.sha256 IN (?1, ?2) LIMIT 1";

static const char products_sql[] =
    "SELECT f.file_name, p.name, p.version, NULL FROM FILE f LEFT JOIN PKG p ON p.package_id = f.package_id WHERE f.sha256"
    " IN (?1, ?2) LIMIT 1";

static const char makers_sql[] =
    "SELECT f.file_name, p.name, p.version, m.name FROM FILE f LEFT JOIN PKG p ON p.package_id = f.package_id LEFT JOIN MFG m"
    " ON m.manufacturer_id = p.manufacturer_id WHERE f.sha256 IN (?1, ?2) LIMIT 1";

static const char version_sql[] = "SELECT max(version) FROM VERSION";

/* The plan of the question for the digests alone: an index, or all of it? */
static const char plan_sql[] = "EXPLAIN QUERY PLAN SELECT file_name FROM FILE WHERE sha256 IN ('A', 'a')";

static bool is_quick(struct db *db) {
    struct db_query *q = db_prepare(db, plan_sql);
    bool quick = q != NULL, any = false;
    while (q && db_step(q)) {
        const char *line = db_text(q, 3, NULL);
        any = any || strncmp(line, "SEARCH", 6) == 0;
        quick = quick && strncmp(line, "SCAN", 4) != 0;
    }
    db_finish(q);
    return quick && any;
}

static void name_it(struct known *known, const char *path, bool version) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    text_from_bytes(&known->name, span_of(name, strlen(name), 0));
    struct db_query *q = version ? db_prepare(known->db, version_sql) : NULL;
    if (q && db_step(q) && !db_is_null(q, 0)) {
        text_add(&known->name, ", ");
        size_t size;
        const char *text = db_text(q, 0, &size);
        text_from_bytes(&known->name, span_of(text, size < KNOWN_TEXT ? size : KNOWN_TEXT, 0));
    }
    db_finish(q);
}

/* Chooses the question by what there is. False with a reason. */
static bool look(struct known *known, const char *path, const char **why) {
    struct db_query *q = db_prepare(known->db, columns_sql);
    bool read = q && db_step(q);
    int64_t file = read ? db_integer(q, 0) : 0, package = read ? db_integer(q, 1) : 0;
    int64_t maker = read ? db_integer(q, 2) : 0, version = read ? db_integer(q, 3) : 0;
    db_finish(q);
    *why = read ? "it has no table FILE with sha256, file_name and package_id, as NSRL's RDSv3 has"
                : "it is no database of SQLite that can be read";
    if (file != 3)
        return false;
    *why =
        "to look up one SHA-256 all of it would have to be read; an index helps: CREATE INDEX by_sha256 ON FILE (sha256)";
    if (!is_quick(known->db))
        return false;
    known->find = db_prepare(known->db, package == 4 ? maker == 2 ? makers_sql : products_sql : bare_sql);
    *why = "it cannot be asked";
    name_it(known, path, version == 1);
    return known->find != NULL && db_error(known->db)[0] == 0;
}

struct known *known_open(const char *path, struct text *error) {
    char *reason = NULL;
    const char *why = "out of memory";
    struct known *known = calloc(1, sizeof *known);
    if (known)
        known->db = db_open(path, &reason);
    if (known && known->db) {
        db_limit(known->db, STEPS, BYTES);
        if (look(known, path, &why)) {
            free(reason);
            return known;
        }
    }
    text_format(error, "%s: %s", path, known && !known->db && reason ? reason : why);
    if (known && known->db && db_error(known->db)[0])
        text_format(error, " (%s)", db_error(known->db));
    free(reason);
    known_close(known);
    return NULL;
}

void known_close(struct known *known) {
    if (!known)
        return;
    db_finish(known->find);
    db_close(known->db);
    text_free(&known->name);
    free(known);
}

const char *known_name(const struct known *known) {
    return text_string(&known->name);
}

const char *known_error(const struct known *known) {
    return db_error(known->db);
}

static void copy(struct db_query *q, int at, char to[KNOWN_TEXT]) {
    size_t size;
    const char *text = db_text(q, at, &size);
    struct text stored = {0};
    text_from_bytes(&stored, span_of(text, size < KNOWN_TEXT / 8 ? size : KNOWN_TEXT / 8, 0));
    snprintf(to, KNOWN_TEXT, "%s", text_string(&stored));
    text_free(&stored);
}

bool known_find(struct known *known, struct span sha256, struct known_hit *ret) {
    struct db_query *q = known->find;
    *ret = (struct known_hit){{0}, {0}, {0}, {0}};
    if (sha256.size != 32)
        return false;
    for (size_t i = 0; i < 32; i++) {
        snprintf(known->upper + 2 * i, 3, "%02X", sha256.data[i]);
        snprintf(known->lower + 2 * i, 3, "%02x", sha256.data[i]);
    }
    db_reset(q);
    db_bind_text(q, 1, known->upper, 64);
    db_bind_text(q, 2, known->lower, 64);
    if (!db_step(q))
        return false;
    copy(q, 0, ret->name);
    copy(q, 1, ret->product);
    copy(q, 2, ret->version);
    copy(q, 3, ret->maker);
    db_reset(q);
    return true;
}
