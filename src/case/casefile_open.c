/* Somebody's case: nothing in it is believed before its schema is exactly ours. */
#include "case/casefile_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMA_ROWS = 1000 }; /* entries of a schema at most */

/* The tables that ANALYZE makes depend on how SQLite was built. They hold numbers for its planner only. */
static const struct {
    const char *name, *sql;
} statistics[] = {
    {"sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"},
    {"sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"},
};

static bool is_statistics(const char *name, const char *sql) {
    for (size_t i = 0; i < sizeof statistics / sizeof statistics[0]; i++)
        if (strcmp(name, statistics[i].name) == 0 && strcmp(sql, statistics[i].sql) == 0)
            return true;
    return false;
}

/* The schema as one text, one entry a paragraph, in order of names. */
static bool read_schema(struct db *db, struct text *out) {
    struct db_query *query = db_prepare(
        db, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name, rowid");
    size_t rows = 0;
    while (query && rows < SCHEMA_ROWS && db_step(query)) {
        const char *name = db_text(query, 1, NULL), *sql = db_text(query, 3, NULL);
        rows++;
        if (!is_statistics(name, sql))
            text_format(out, "%s %s %s\n%s\n\n", db_text(query, 0, NULL), name, db_text(query, 2, NULL), sql);
    }
    db_finish(query);
    return query && rows < SCHEMA_ROWS && db_error(db)[0] == 0 && !out->full;
}

static bool expected_schema(struct text *out) {
    char *why;
    struct text sql = {0};
    casefile_schema_create(&sql);
    casefile_schema_index(&sql);
    struct db *db = db_create(":memory:", &why);
    bool ok = db && db_run(db, text_string(&sql)) && read_schema(db, out);
    db_close(db);
    free(why);
    text_free(&sql);
    return ok;
}

static bool schema_is_ours(struct db *db) {
    struct text ours = {0}, theirs = {.max = 1 << 20};
    bool same = expected_schema(&ours) && read_schema(db, &theirs) &&
                strcmp(text_string(&ours), text_string(&theirs)) == 0;
    text_free(&ours);
    text_free(&theirs);
    return same;
}

static int64_t pragma(struct db *db, const char *sql) {
    struct db_query *query = db_prepare(db, sql);
    int64_t value = query && db_step(query) ? db_integer(query, 0) : -1;
    db_finish(query);
    return value;
}

static bool pages_are_sound(struct db *db) {
    struct db_query *query = db_prepare(db, "PRAGMA quick_check(1)");
    bool sound = query && db_step(query) && strcmp(db_text(query, 0, NULL), "ok") == 0;
    db_finish(query);
    return sound;
}

/* Why it is not a case that this program reads; NULL if it is one. */
static const char *refusal(struct db *db) {
    int64_t id = pragma(db, "PRAGMA application_id");
    if (db_error(db)[0] != 0)
        return db_error(db);
    if (id != CASEFILE_APPLICATION)
        return "not a case of assay";
    int64_t version = pragma(db, "PRAGMA user_version");
    if (version > CASEFILE_VERSION)
        return "a case of a newer assay; this one reads version 1";
    if (version != CASEFILE_VERSION)
        return "a case of an older assay, which this one does not read; scan the evidence again";
    if (!schema_is_ours(db))
        return "its tables are not those of a case; it was altered or made by another program";
    if (!pages_are_sound(db))
        return "the file is damaged";
    return NULL;
}

/* SQLite would wait for a pipe and say little about a missing file. */
static bool is_file(const char *path, struct text *error) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    bool ok = fd >= 0 && fstat(fd, &st) == 0;
    if (!ok)
        text_format(error, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode)) {
        text_format(error, "%s: not a file", path);
        ok = false;
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

struct casefile *casefile_open(const char *path, struct text *error) {
    char *why = NULL;
    if (!is_file(path, error))
        return NULL;
    struct casefile *casefile = calloc(1, sizeof *casefile);
    struct db *db = casefile ? db_open(path, &why) : NULL;
    const char *reason = db ? refusal(db) : why ? why : "out of memory";
    if (reason)
        text_format(error, "%s: %s", path, reason);
    if (casefile) {
        casefile->fd = -1;
        casefile->db = db;
    }
    free(why);
    if (!reason)
        return casefile;
    casefile_close(casefile);
    return NULL;
}
